"""Send one message to one address. Whatever goes wrong is said in words of ours: foreign text may hold the address."""

import asyncio

import httpx
import msgspec

from ingest.settings import Settings
from reports.alerts.addresses import Address
from reports.alerts.message import Message


class NotSent(Exception):
    """The address did not take the message; the text says why, and holds nothing of the address or its answer."""


def send(address: Address, message: Message, settings: Settings) -> None:
    """Send, and return once the address has taken it. Raises NotSent where it has not, or nobody can know."""
    if address.notifier is None:
        _post(address.url, message, settings)
        return
    try:
        taken = address.notifier.notify(body=message.details, title=message.headline, body_format="text")
    except Exception as error:
        raise NotSent(f"it could not be sent ({type(error).__name__})") from None
    if not taken:
        raise NotSent(f"it was not taken; try the address by itself: apprise -vv -b test {address.via}://...")


def _post(url: str, message: Message, settings: Settings) -> None:
    headers = {
        "Content-Type": "application/json",
        "User-Agent": settings.user_agent,
        "Idempotency-Key": message.message_id,
    }
    try:
        status = asyncio.run(_status(url, msgspec.json.encode(message), headers, settings.timeout))
    except (TimeoutError, httpx.TimeoutException):
        raise NotSent(f"it did not answer within {settings.timeout:g} s (ICD_TIMEOUT_SECONDS)") from None
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, UnicodeError) as error:
        raise NotSent(f"it could not be reached ({type(error).__name__})") from None
    if 300 <= status < 400:
        raise NotSent(f"it sends us elsewhere (status {status}), and we do not go; give the new address")
    if not 200 <= status < 300:
        raise NotSent(f"it answered with status {status}")


async def _status(url: str, body: bytes, headers: dict[str, str], timeout: float) -> int:
    """Post, and read of the answer its status alone: within one deadline, whatever the far end does."""
    async with (
        asyncio.timeout(timeout),
        httpx.AsyncClient(timeout=None, follow_redirects=False) as http,  # noqa: S113  (the deadline is around all of it)
        http.stream("POST", url, content=body, headers=headers) as response,
    ):
        return response.status_code
