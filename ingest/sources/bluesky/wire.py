"""What passes over the wire, whatever the client does: requests to known hosts only, answers of bounded size and time.

The client follows redirects by itself, with the body and so the password, reads answers of any size, and waits for
each piece of one anew. These two hooks of httpx see every request it sends, redirected ones too.
"""

import time
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import httpx

MOST_BYTES = 50_000_000
"""Of one answer, unpacked. A page of 100 posts has about 300 kB."""


class Elsewhere(httpx.TransportError):
    """The server sends us to a host that nobody named: no credential goes there."""


class TooLarge(httpx.TransportError):
    """An answer of more than `MOST_BYTES`, or packed so that it cannot be bounded."""


class Wire:
    """Bounds one client. `sent` counts the requests.

    Parameters
    ----------
    server
        The address that the user set: always known.
    timeout
        Seconds for one answer, its last byte included.
    """

    def __init__(self, server: str, timeout: float) -> None:
        self.sent = 0
        self._known = {_origin(httpx.URL(server))}
        self._timeout = timeout

    def know(self, address: str) -> None:
        """Let requests go to one more host."""
        self._known.add(_origin(httpx.URL(address)))

    @property
    def hooks(self) -> dict[str, list[Callable[..., Any]]]:
        """What httpx is to call at each request and each answer."""
        return {"request": [self._leaving], "response": [self._arriving]}

    def _leaving(self, request: httpx.Request) -> None:
        if _origin(request.url) not in self._known:
            raise Elsewhere("sent to a host that nobody named")
        self.sent += 1
        request.extensions["deadline"] = time.monotonic() + self._timeout

    def _arriving(self, response: httpx.Response) -> None:
        packing = response.headers.pop("content-encoding", "identity").strip().lower()
        if packing not in {"identity", "gzip"}:
            raise TooLarge("packed in a way that was not asked for")
        assert isinstance(response.stream, httpx.SyncByteStream)  # noqa: S101  (the client is not asynchronous)
        deadline = response.request.extensions["deadline"]
        response.stream = _Bounded(response.stream, packed=packing == "gzip", deadline=deadline)


class _Bounded(httpx.SyncByteStream):
    """An answer's body, unpacked here: httpx would unpack a bomb before anybody could count."""

    def __init__(self, body: httpx.SyncByteStream, *, packed: bool, deadline: float) -> None:
        self._body, self._deadline = body, deadline
        self._unpacking = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16) if packed else None

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for piece in self._body:
            if time.monotonic() > self._deadline:
                raise httpx.ReadTimeout("the whole answer did not come in time")
            # One byte more than is allowed tells that there is more; never is more than that unpacked.
            unpacked = self._unpack(piece, MOST_BYTES + 1 - size)
            size += len(unpacked)
            if size > MOST_BYTES:
                raise TooLarge("an answer without end")
            yield unpacked

    def _unpack(self, piece: bytes, most: int) -> bytes:
        if self._unpacking is None:
            return piece
        try:
            return self._unpacking.decompress(piece, most)
        except zlib.error:
            raise httpx.DecodingError("not gzip") from None

    def close(self) -> None:
        self._body.close()


def home(named: str | None, server: str) -> str:
    """Say where to go on: at the host that the user's server named for the account where that is https, else at it.

    Accounts of bsky.social live on many hosts, and the answer to the sign-in names the one. It is trusted because the
    user's own server said so, and only with https; path and user are left out.
    """
    try:
        url = httpx.URL(named or "")
    except httpx.InvalidURL:
        return server
    if url.scheme != "https" or not url.host or _origin(url) == _origin(httpx.URL(server)):
        return server
    return f"https://{url.netloc.decode('ascii')}"


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
