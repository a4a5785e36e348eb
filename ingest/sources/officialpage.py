"""What the sources of official pages share: how a page is asked, what of its answer is taken, what a failure means.

Not a source. A page is asked with an honest name, by conditional requests where it gives validators, and at its second
address where the first does not let us in. An answer is bounded in every way: in bytes as sent and as decoded, in
redirects, and in the time that it takes altogether.
"""

import socket
import ssl
import threading
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from typing import Any

import httpx
import msgspec

from ingest.errors import ConfigError, RateLimited, Refused, SourceError, UnexpectedShape, Unreachable
from ingest.hostile import one_line
from ingest.settings import Settings
from ingest.sources import CachedAnswer, Target

MOST_BYTES = 50_000_000
"""The largest answer that is read, as sent and as decoded; the largest seen is Google's, below 2 MB."""

_AT_ONCE = 1_000_000

MOST_REDIRECTS = 5
"""The page's former address answers with one (seen 2026-08-09)."""


class BadBody(ValueError):
    """A body that is too large, or in an encoding that was not asked for."""


UNREADABLE = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, zlib.error, BadBody, msgspec.DecodeError,
              UnicodeError, RecursionError)  # fmt: skip
"""What asking can raise where the page cannot be read. UnicodeError: a host that is no name, a body that is no text."""


class Client(msgspec.Struct):
    """The HTTP client; each service's addresses, first choice first; seconds an answer may take, and between two."""

    http: httpx.Client
    urls: dict[str, tuple[str, ...]]
    seconds: float
    pause: float


class Answer(msgspec.Struct, frozen=True):
    """One decoded answer, and what to remember of it for the next conditional request."""

    payload: Any
    remember: tuple[CachedAnswer, ...] = ()


def connect(settings: Settings) -> Client:
    """Make the client. It needs no key. Raises ConfigError for a user agent that no header can hold."""
    if not (settings.user_agent.isascii() and settings.user_agent.isprintable()):
        raise ConfigError("ICD_USER_AGENT must be one line of plain ASCII; see .env.example")
    http = httpx.Client(
        headers={"User-Agent": settings.user_agent, "Accept": "application/json", "Accept-Encoding": "gzip"},
        timeout=settings.timeout,
        # A connection of its own for each request: `_within` can hang up on one that it saw being made.
        limits=httpx.Limits(max_keepalive_connections=0),
    )
    services = settings.watchlist.services
    urls = {name: settings.status_urls(service) for name, service in services.items()}
    return Client(http, urls, settings.timeout, settings.number("ICD_STATUSPAGE_PAUSE_SECONDS", 1.0))


def targets_of(page_type: str, settings: Settings) -> list[Target]:
    """Name the pages of the watched services that are of one type."""
    return [
        Target(f"{name}/page", name, brings="incidents")
        for name, service in settings.watchlist.services.items()
        if service.status_page and service.status_page.type == page_type
    ]


def ask_each(
    client: Client, addresses: Sequence[str], path: str, cache: Mapping[str, CachedAnswer], shape: Any
) -> Answer:
    """Ask each address in turn until one answers in this shape; the last one's failure is the failure."""
    for url in addresses[:-1]:
        with suppress(*UNREADABLE):
            return ask(client, url + path, cache, shape)
    return ask(client, addresses[-1] + path, cache, shape)


def ask(client: Client, url: str, cache: Mapping[str, CachedAnswer], shape: Any) -> Answer:
    """Ask one address. The payload is plain JSON that could be read as `shape`.

    Raises one of `UNREADABLE` where it is not, or cannot be had in time.
    """
    # Kept without what stands before an @ in an address: that is a secret, and the database is shared.
    key = str(httpx.URL(url).copy_with(userinfo=b""))
    known = cache.get(key)
    headers = {"If-None-Match": known.etag} if known else {}
    with _within(client.seconds) as extensions:
        request = client.http.build_request("GET", url, headers=headers, extensions=extensions)
        with closing(_followed(client.http, request)) as response:
            if response.status_code == httpx.codes.NOT_MODIFIED and known:
                body, etag = known.body.encode(), None
            else:
                response.raise_for_status()
                body, etag = _body(response), response.headers.get("ETag")
    payload = msgspec.json.decode(body)
    msgspec.convert(payload, shape)
    return Answer(payload, (CachedAnswer(key, etag, body.decode()),) if etag else ())


def _followed(http: httpx.Client, request: httpx.Request) -> httpx.Response:
    """Go where it redirects to, without reading what it says on the way."""
    for _ in range(MOST_REDIRECTS + 1):
        response = http.send(request, stream=True)
        if response.next_request is None:
            return response
        response.close()
        request = response.next_request
    raise httpx.TooManyRedirects("too many redirects", request=request)


def _body(response: httpx.Response) -> bytes:
    """Read a body up to `MOST_BYTES`. httpx itself would unpack each piece in full, a thousand times its size."""
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip"):
        raise BadBody("the body is in an encoding that was not asked for")
    unpack = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16) if encoding == "gzip" else None
    sent, body = 0, bytearray()
    for piece in response.iter_raw():
        sent += len(piece)
        for part in _unpacked(unpack, piece) if unpack else (piece,):
            body += part
            if max(sent, len(body)) > MOST_BYTES:
                raise BadBody(f"the answer is larger than {MOST_BYTES // 1_000_000} MB")
    return bytes(body)


def _unpacked(unpack: "zlib._Decompress", piece: bytes) -> Iterator[bytes]:
    """Unpack a piece, little by little."""
    yield unpack.decompress(piece, _AT_ONCE)
    while unpack.unconsumed_tail:
        yield unpack.decompress(unpack.unconsumed_tail, _AT_ONCE)


@contextmanager
def _within(seconds: float) -> Iterator[dict[str, Any]]:
    """Hang up where the whole answer is not there in time, and raise httpx.ReadTimeout.

    A timeout of httpx starts anew with every byte, so an answer that comes in drops would last for ever; this one
    holds for handshake, headers, redirects and body together. Only the look-up of the name is left to the system.
    Yields the request's extensions: httpcore's trace tells of each connection that is made, and a duplicate of its
    socket can be shut whatever TLS has made of it.
    """
    made: list[socket.socket] = []
    late = threading.Event()

    def hang_up() -> None:
        late.set()
        for connection in made:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def note(event: str, info: Mapping[str, Any]) -> None:
        if event.endswith("connect_tcp.complete"):
            made.append(info["return_value"].get_extra_info("socket").dup())
            if late.is_set():
                hang_up()

    timer = threading.Timer(seconds, hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield {"trace": note}
    except httpx.TransportError:
        if not late.is_set():
            raise
    finally:
        timer.cancel()
        timer.join()
        for connection in made:
            connection.close()
    if late.is_set():
        raise httpx.ReadTimeout("the whole answer was not there in time")


def translate(error: Exception, target: Target) -> SourceError | None:
    """Say what an exception of `ask` means, in one line; None for any other, which is a defect of ours.

    No text of an exception that can hold an address or a header is repeated.
    """
    kind, what = _meaning(error) or (None, "")
    return kind(f"{target.name}: {what}") if kind else None


def _meaning(error: Exception) -> tuple[type[SourceError], str] | None:
    match error:
        case httpx.HTTPStatusError(response=response):
            return _of_status(response)
        case httpx.TimeoutException():
            return Unreachable, "the page did not answer in time; raise ICD_TIMEOUT_SECONDS or wait"
        case msgspec.DecodeError() | UnicodeDecodeError():
            said = one_line(str(error), 80)
            return UnexpectedShape, f"the answer is not the page's JSON ({said}); look at the page, it may have changed"
        case httpx.InvalidURL() | httpx.UnsupportedProtocol() | UnicodeError():
            return Refused, "the page's address is no address; mend it in .env or in the watchlist"
        case httpx.TooManyRedirects():
            return Refused, f"the page redirects more than {MOST_REDIRECTS} times; set its new address in .env"
        case httpx.HTTPError() | httpx.StreamError() if _is_from(error, ssl.SSLError):
            return Unreachable, "the page's certificate cannot be verified; check the clock and the network (a proxy?)"
        case httpx.HTTPError() | httpx.StreamError() if _is_from(error, socket.gaierror):
            return Unreachable, "the page's name is not found; is the network up, is its address right in .env?"
        case httpx.HTTPError() | httpx.StreamError():
            return Unreachable, f"the page cannot be reached ({type(error).__name__}); is the network up?"
        case BadBody():
            return UnexpectedShape, f"{error}; check the page's address in .env"
        case zlib.error() | RecursionError():
            return UnexpectedShape, "the answer cannot be unpacked or is nested without end; the next run asks again"
        case _:
            return None


def _of_status(response: httpx.Response) -> tuple[type[SourceError], str]:
    status = response.status_code
    if status == httpx.codes.TOO_MANY_REQUESTS:
        wait = one_line(response.headers.get("Retry-After", "a few minutes"), 40)
        return RateLimited, f"the page asks us to slow down (wait: {wait}); poll it less often"
    if status in (401, 403, 405, 451):
        said = f"no address of the page lets us in (HTTP {status}, likely a challenge)"
        return Refused, f"{said}; wait, or set another address in .env"
    return Unreachable, f"the page answered HTTP {status}; the next run asks again"


def _is_from(error: BaseException, kind: type[BaseException]) -> bool:
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, kind):
        cause = cause.__cause__ or cause.__context__
    return cause is not None
