"""Replays recorded exchanges with Reddit (the cassettes of praw, prawcore and asyncpraw) on loopback."""

import json
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from loopback.http import Request, Response

# The server writes its own, for a body that is not compressed.
_OF_THE_CONNECTION = {"content-length", "content-encoding", "transfer-encoding", "connection", "set-cookie"}


@dataclass(frozen=True)
class Exchange:
    """One recorded request with its answer."""

    method: str
    path: str
    query: dict[str, str]
    response: Response

    @property
    def is_token(self) -> bool:
        """Whether a token was asked for."""
        return self.path == "/api/v1/access_token"


def exchanges(recording: Path) -> list[Exchange]:
    """Read one file of recorded exchanges, in order."""
    return [_exchange(one) for one in json.loads(recording.read_text("utf-8"))["interactions"]]


def _exchange(one: dict) -> Exchange:
    address = urlsplit(one["request"]["uri"])
    query = {key: values[-1] for key, values in parse_qs(address.query, keep_blank_values=True).items()}
    headers = {
        key: value if isinstance(value, str) else value[0]
        for key, value in one["response"]["headers"].items()
        if key.lower() not in _OF_THE_CONNECTION
    }
    body = one["response"]["body"]["string"].encode()
    return Exchange(
        one["request"]["method"], address.path, query, Response(one["response"]["status"]["code"], body, headers)
    )


class Replay:
    """Answers each request as it was answered when recorded: the same method, path and query, in order.

    With `anywhere`, tokens are told from the rest and the rest is answered in order whatever its path: so the
    trouble that was recorded at one address happens at another. What was never recorded is 501.
    """

    def __init__(self, recorded: list[Exchange], *, anywhere: bool = False) -> None:
        self._left = list(recorded)
        self._anywhere = anywhere

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        for exchange in self._left:
            if self._is(exchange, request):
                self._left.remove(exchange)
                return exchange.response
        return Response(501, b"not recorded")

    def _is(self, exchange: Exchange, request: Request) -> bool:
        if self._anywhere:
            return exchange.is_token == (request.path == "/api/v1/access_token")
        # Recorded paths hold placeholders such as <USERNAME>, which clients quote.
        asked = (request.method, unquote(request.path), request.query)
        return asked == (exchange.method, unquote(exchange.path), exchange.query)
