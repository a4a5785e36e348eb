"""What the sources of plain JSON share: one bounded GET, and what its failures mean. A room, not a source.

Bounded in time, over connecting, headers and a body that drips, and in size, after unpacking. It asks one host only:
redirects are not followed and addresses of another host are not asked, so a token goes nowhere else.
"""

import asyncio
import json
import re
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec

from ingest.errors import ConfigError, RateLimited, Refused, SourceError, UnexpectedShape, Unreachable
from ingest.hostile import one_line
from ingest.settings import Settings
from ingest.times import from_epoch

MAX_BODY = 50_000_000
"""Unpacked bytes that are read of one answer: ten times the largest honest one."""

SHORTEST_WAIT = timedelta(minutes=1)
"""Where a far end asks us to slow down and does not say for how long: GitHub's documentation, rate limits."""

# Scheme, host and port, then a path: no user, no password, no query.
_ADDRESS = re.compile(
    r"(https?://(?:[\w-]{1,63}(?:\.[\w-]{1,63})*\.?|\[[\da-f:.]+\])(?::\d{1,5})?)(?:/[\w./~-]*)?",
    re.ASCII | re.IGNORECASE,
)


class Answer(msgspec.Struct, frozen=True):
    """One whole answer: its status, its headers by lower-case name, its body unpacked."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def served_at(self) -> datetime | None:
        """When the far end answered, by its own clock; None where it does not say."""
        return _http_date(self.headers.get("date", ""))

    @property
    def wait(self) -> timedelta:
        """For how long it asks us to stay away: by Retry-After, else by X-RateLimit-Reset, else `SHORTEST_WAIT`."""
        said = self.headers.get("retry-after") or self.headers.get("x-ratelimit-reset", "")
        until = _http_date(said)
        if said.isascii() and said.isdecimal() and len(said) < 11:
            seconds = int(said)
            # A reset is an instant at GitHub; elsewhere it may be a span. No span is of thirty years.
            if 0 < seconds < 1_000_000_000:
                return timedelta(seconds=seconds)
            until = from_epoch(seconds)
        # By the far end's clock alone: ours may be another.
        return max(until - self.served_at, SHORTEST_WAIT) if until and self.served_at else SHORTEST_WAIT

    @property
    def used_up(self) -> bool:
        """Whether it says that no request is left to us."""
        return self.headers.get("x-ratelimit-remaining", "").strip() == "0"


class BadStatus(Exception):
    """An answer with a status that is not a good one."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class BadBody(Exception):
    """A body that cannot be read as it came."""


class Elsewhere(Exception):
    """An address of another host, where we were asked to go on."""


class WebClient:
    """Asks one host. `resume_at` is set where it asked us to stay away: nothing more is sent before.

    Parameters
    ----------
    settings
        For the timeout, in seconds, over one whole request, and for our name.
    key, default
        The setting that holds the host's address, and the address without it. Raises ConfigError for a bad one.
    token_key
        The setting that holds a bearer token, where the host takes one; it may be missing.
    """

    def __init__(self, settings: Settings, key: str, default: str, token_key: str | None = None) -> None:
        self._base = settings.text(key, default).strip().rstrip("/")
        if not (parts := _ADDRESS.fullmatch(self._base)):
            # Not the text: a password may stand in it.
            raise ConfigError(f"{key} is no address; write it as https://example.org, without user or password")
        self._origin = parts[1]
        self.resume_at: datetime | None = None
        self._timeout = settings.timeout
        self._headers = {
            "User-Agent": _printable("ICD_USER_AGENT", settings.user_agent),
            "Accept": "application/json",
            # What can be unpacked under a bound by the standard library.
            "Accept-Encoding": "gzip",
        }
        if token_key and token_key in settings.values:
            self._headers["Authorization"] = f"Bearer {_printable(token_key, settings.text(token_key).strip())}"
        self._tls = httpx.create_ssl_context()

    def get(
        self, address: str, params: dict[str, str | int] | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        """Ask for a path, or for an address of the same host. Raises Elsewhere for another one's, and what httpx does.

        One connection a request: a few requests a run are not worth one that outlives its deadline.
        """
        url = self._base + address if address.startswith("/") else address
        if not url.startswith(self._origin + "/"):
            raise Elsewhere
        return asyncio.run(self._get(url, params, self._headers | (headers or {})))

    def key(self, address: str) -> str:
        """Say under which name an answer to a path is remembered."""
        return self._base + address

    def heed(self, answer: Answer, now: datetime, *, limited: bool = False) -> None:
        """Note when we are to stay away: where no request is left, or an answer says so (`limited`)."""
        if limited or answer.status == 429 or answer.used_up:
            self.resume_at = now + answer.wait

    def too_early(self, named: str, now: datetime, hint: str = "") -> SourceError | None:
        """Say that we are still to stay away; None where we may ask. Going on can get one banned."""
        if self.resume_at is None or now >= self.resume_at:
            return None
        return RateLimited(
            f"{named}: the requests are used up for now; run it again after {self.resume_at:%Y-%m-%dT%H:%MZ}{hint}"
        )

    async def _get(self, url: str, params: dict[str, str | int] | None, headers: dict[str, str]) -> Answer:
        async with (
            asyncio.timeout(self._timeout),
            httpx.AsyncClient(verify=self._tls, timeout=None, follow_redirects=False) as http,  # noqa: S113
            http.stream("GET", url, params=params, headers=headers) as response,
        ):
            body = await _unpacked(response)
        return Answer(response.status_code, {name.lower(): text for name, text in response.headers.multi_items()}, body)


async def _unpacked(response: httpx.Response) -> bytes:
    """Read the body, never holding more than `MAX_BODY` of it: httpx itself unpacks a bomb whole."""
    packing = response.headers.get("content-encoding", "identity").lower()
    if packing not in ("identity", "gzip"):
        raise BadBody("it is packed in a way that was not asked for")
    body, unpack = bytearray(), zlib.decompressobj(16 + zlib.MAX_WBITS) if packing == "gzip" else None
    raw = 0
    async for chunk in response.aiter_raw():
        raw += len(chunk)
        body += unpack.decompress(chunk, MAX_BODY + 1 - len(body)) if unpack else chunk
        if len(body) > MAX_BODY:
            raise BadBody(f"it is of more than {MAX_BODY // 1_000_000} MB")
    if unpack and raw and not unpack.eof:
        raise BadBody("its end is missing")
    return bytes(body)


def decoded(answer: Answer) -> Any:
    """Read the body as JSON.

    By the standard library: msgspec refuses half a surrogate pair, and so a whole page for one odd post.
    """
    return json.loads(answer.body, parse_int=lambda digits: int(digits) if len(digits) < 20 else float(digits))


def resume_said(answer: Answer) -> str:
    """Say when to ask again."""
    if answer.served_at:
        return f"run it again after {answer.served_at + answer.wait:%Y-%m-%dT%H:%MZ}"
    return f"run it again in {answer.wait.total_seconds():.0f} s"


def meaning(error: Exception, named: str, key: str) -> SourceError | None:
    """Say what a failure means: `named` is the source and the target, `key` the setting of the address.

    No foreign text is repeated: it can hold an address or a header.
    """
    kind, what, remedy = _meaning(error, key) or (None, "", "")
    return kind(one_line(f"{named}: {what}; {remedy}", 300)) if kind else None


def _meaning(error: Exception, key: str) -> tuple[type[SourceError], str, str] | None:
    later = "the next run asks again"
    match error:
        case BadStatus(answer=answer):
            return _of_status(answer, key)
        case BadBody():
            return UnexpectedShape, f"the answer cannot be read: {error}", later
        case Elsewhere():
            return Refused, "it sends us to another host, and we do not go", f"check {key}"
        case TimeoutError() | httpx.TimeoutException():
            return Unreachable, "it did not answer in time", f"{later}; ICD_TIMEOUT_SECONDS says how long to wait"
        case httpx.HTTPError() | httpx.InvalidURL() | httpx.StreamError():
            return Unreachable, f"it could not be reached ({type(error).__name__})", f"check the network and {key}"
        case zlib.error():
            return UnexpectedShape, "the answer cannot be unpacked", later
        case json.JSONDecodeError() | UnicodeDecodeError() | RecursionError():
            return UnexpectedShape, "the answer is no JSON (a block page, or an outage of its own)", later
        case msgspec.ValidationError():
            return UnexpectedShape, "the answer is not of the documented shape", "look for a newer version"
    return None


def _of_status(answer: Answer, key: str) -> tuple[type[SourceError], str, str]:
    status = answer.status
    said = f"(status {status})"
    if status == 429:
        return RateLimited, f"it asks us to slow down {said}", resume_said(answer)
    if 300 <= status < 400:
        return Refused, f"it has moved {said}", f"check {key}"
    if status in (401, 403, 451):
        return Refused, f"it does not let us in {said}", "name yourself in ICD_USER_AGENT, and ask less often"
    if status >= 500 or status == 408:
        return Unreachable, f"it fails on its side {said}", "the next run asks again"
    return UnexpectedShape, f"it did not accept what was asked {said}", "look for a newer version of this program"


def _printable(key: str, text: str) -> str:
    # Not the text: it may be a token. A line break would start another header.
    if not (text.isascii() and text.isprintable()):
        raise ConfigError(f"{key} holds a character that cannot be sent; write it in plain letters, on one line")
    return text


def _http_date(text: str) -> datetime | None:
    try:
        at = datetime.strptime(text, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    except ValueError:
        return None
    # A date at the calendar's edge is nonsense, and would break the arithmetic.
    return at if 2000 < at.year < 2200 else None
