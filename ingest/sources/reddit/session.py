"""The HTTP beneath praw: punctual, bounded, and never led elsewhere.

By itself prawcore hands 16 s to every call, and requests counts them anew with each read, unpacks a body of any size,
follows a redirect of the token endpoint with our request, and puts a password from ~/.netrc in the token's place.
"""

import socket
from collections.abc import Generator
from contextlib import suppress
from threading import Timer
from typing import Any
from weakref import WeakSet

import requests
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter

MOST_BYTES = 50_000_000
"""The longest body that is read, counted as unpacked. A page of 100 long posts has less than ten million."""

_CHUNK = 65_536


class TooLong(requests.RequestException):
    """A body did not end after `MOST_BYTES`."""


class PunctualSession(requests.Session):
    """Gives a whole answer within `seconds` of asking, or raises requests' Timeout; TooLong for an endless body."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds
        self._adapter = _Watching()
        self.mount("http://", self._adapter)
        self.mount("https://", self._adapter)
        # Where a session has an auth of its own, ~/.netrc is not looked at. The proxy settings still are.
        self.auth = _as_it_is

    def request(self, *args: Any, **kwargs: Any) -> Response:
        """Ask, and read the answer's body."""
        with _Deadline(self._seconds, self._adapter):
            response = super().request(*args, **{**kwargs, "timeout": self._seconds, "stream": True})
            response._content = _body(response)  # as requests itself does where it does not stream
            # Else guessed from the bytes, which takes long for a long body. Reddit writes nothing else.
            response.encoding = response.encoding or "utf-8"
            return response

    def resolve_redirects(self, *args: Any, **kwargs: Any) -> Generator[Any, None, None]:  # noqa: ARG002
        """Follow none, and do not read its body to look where it leads: the redirect itself is the answer."""
        yield from ()


class _Watching(HTTPAdapter):
    """Knows the sockets that it opened, so that they can be cut while another thread waits for one of them.

    The sockets, not the connections: one that is not kept alive forgets its socket before the body is read.
    """

    def __init__(self) -> None:
        self._opened: WeakSet[socket.socket] = WeakSet()
        super().__init__()

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        """Find the pool for an address, and watch what it opens."""
        pool = super().get_connection_with_tls_context(*args, **kwargs)
        kind: Any = pool.ConnectionCls
        if not hasattr(kind, "watched_by"):
            opened = self._opened

            def connect(connection: Any) -> None:
                kind.connect(connection)
                opened.add(connection.sock)

            pool.ConnectionCls = type(kind.__name__, (kind,), {"connect": connect, "watched_by": self})
        return pool

    def cut(self) -> None:
        """End every reading at once. A close would not wake who waits in it."""
        for opened in list(self._opened):
            # Each may be closing by itself at this very moment.
            with suppress(OSError):
                opened.shutdown(socket.SHUT_RDWR)


class _Deadline:
    """Cuts the connection when the time is up, however slowly and steadily the answer comes."""

    def __init__(self, seconds: float, adapter: _Watching) -> None:
        self._passed = False
        self._adapter = adapter
        self._timer = Timer(seconds, self._pass)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, raised: type[BaseException] | None, *rest: object) -> None:
        """Let go. What the cut made of the answer, or of its reading, gives way to the reason."""
        self._timer.cancel()
        if self._passed and (raised is None or issubclass(raised, Exception)):  # not the user's Ctrl-C
            raise requests.ReadTimeout("the answer was not complete in time")

    def _pass(self) -> None:
        self._passed = True
        self._adapter.cut()


def _body(response: Response) -> bytes:
    read, length = [], 0
    for chunk in response.iter_content(_CHUNK):
        length += len(chunk)
        if length > MOST_BYTES:
            response.close()
            raise TooLong(f"more than {MOST_BYTES} bytes")
        read.append(chunk)
    return b"".join(read)


def _as_it_is(request: PreparedRequest) -> PreparedRequest:
    return request
