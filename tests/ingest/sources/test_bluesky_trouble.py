"""What the misbehaviour of Bluesky comes to: through the real client, over the wire, to one line with a remedy."""

import gzip
import socket
import threading
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from loopback.bluesky import (
    APP_PASSWORD,
    CREATE,
    DID,
    DOWN,
    HANDLE,
    SEARCH,
    Bluesky,
    environment,
    failing,
    fetch,
    named,
    opened,
    view,
)
from loopback.http import Response, serve
from loopback.reddit import JSON, Trouble, as_json, hang_up, html, instead, late, stall, status

from ingest.errors import RateLimited, Refused, SourceError, UnexpectedShape, Unreachable
from ingest.records import Window
from ingest.settings import load
from ingest.sources import bluesky
from ingest.sources.bluesky import wire

NOON = datetime(2026, 4, 15, 12, tzinfo=UTC)
DAY = Window(NOON - timedelta(days=1), NOON)
ROUND = "q=x&since=2026-04-15T00:00:00Z&until=2026-04-15T01:00:00Z"
DATE = "Wed, 15 Apr 2026 12:10:00 GMT"
SECRETS = (HANDLE, APP_PASSWORD, DID, "127.0.0.1", "eyJ", "access-", "refresh-")


def site() -> Bluesky:
    """Make a server with a post a minute."""
    return Bluesky([view(n, NOON - timedelta(minutes=n)) for n in range(1, 300)])


def said(url: str, **keys: str) -> SourceError:
    """Say what a search of a troubled server comes to, as the ledger would have it."""
    meaning = failing(fetch(bluesky.connect(load(environment(url, **keys))), DAY, NOON))
    line = str(meaning)
    assert line.startswith('bluesky search "claude down"')
    assert "\n" not in line
    assert not [secret for secret in SECRETS if secret in line]
    return meaning


def trouble_at(where: str, trouble: Trouble, **keys: str) -> SourceError:
    """Say what a server comes to that misbehaves at every call of one method."""
    made = site()
    made.trouble(where, trouble, forever=True)
    with serve(made) as server:
        return said(server.url, **keys)


def error(name: str, code: int) -> Trouble:
    """Answer with an error whose text repeats what it was told, as a careless server's might."""
    return instead(named(name, code, f"{HANDLE} {APP_PASSWORD} {DID}"))


def packed(body: bytes, packing: str = "gzip") -> Trouble:
    """Answer with a packed body."""
    return instead(Response(200, body, JSON | {"Content-Encoding": packing}))


AT_THE_SEARCH = {
    "400": (error("InvalidRequest", 400), UnexpectedShape, "phrase"),
    "400 BadQueryString": (error("BadQueryString", 400), UnexpectedShape, "phrase"),
    "400 without a body": (status(400), UnexpectedShape, "phrase"),
    "400 ExpiredToken": (error("ExpiredToken", 400), Refused, "session"),
    "401": (error("AuthMissing", 401), Refused, "session"),
    "401 without a body": (status(401), Refused, "session"),
    "403 in HTML": (html(403), Refused, "blocked"),
    "403 in JSON": (error("Forbidden", 403), Refused, "may not search"),
    "404": (status(404), Refused, "ICD_BLUESKY_URL"),
    "501": (error("MethodNotImplemented", 501), Refused, "ICD_BLUESKY_URL"),
    "409": (error("Conflict", 409), Unreachable, "status 409"),
    "413": (status(413), UnexpectedShape, "status 413"),
    "418": (status(418), UnexpectedShape, "status 418"),
    "429": (error("RateLimitExceeded", 429), RateLimited, "some minutes"),
    "429 with seconds": (status(429, {"Retry-After": "17"}), RateLimited, "in 17 s"),
    "429 with a date": (status(429, {"Retry-After": DATE}), RateLimited, "some minutes"),
    "429 with a reset": (status(429, {"RateLimit-Reset": "1776254700"}), RateLimited, "after 2026-04-15T12:05:00Z"),
    "429 with another reset": (status(429, {"RateLimit-Reset": "9" * 30}), RateLimited, "some minutes"),
    "429 with a reset in 5138": (status(429, {"RateLimit-Reset": "9" * 11}), RateLimited, "some minutes"),
    "451": (status(451), Refused, "legal"),
    "500": (error("InternalServerError", 500), Unreachable, "status 500"),
    "502 in HTML": (html(502), Unreachable, "status 502"),
    "502": (error("UpstreamFailure", 502), Unreachable, "status 502"),
    "503": (status(503), Unreachable, "status 503"),
    "504": (error("UpstreamTimeout", 504), Unreachable, "status 504"),
    "302 to nowhere": (status(302), UnexpectedShape, "status 302"),
    "302 in circles": (status(302, {"Location": f"/xrpc/{SEARCH}?{ROUND}"}), Refused, "circles"),
    "HTML with 200": (html(200), UnexpectedShape, "block page"),
    "HTML said to be JSON": (status(200, JSON, b"<!doctype html>"), UnexpectedShape, "block page"),
    "nothing with 200": (status(200), UnexpectedShape, "no search answer"),
    "nothing said to be JSON": (status(200, JSON), UnexpectedShape, "block page"),
    "null": (instead(as_json(None)), UnexpectedShape, "no search answer"),
    "a list": (instead(as_json([])), UnexpectedShape, "no search answer"),
    "no posts": (instead(as_json({"cursor": "100"})), UnexpectedShape, "no search answer"),
    "posts of text": (instead(as_json({"posts": ["x"]})), UnexpectedShape, "no search answer"),
    "a number for a cursor": (instead(as_json({"posts": [], "cursor": 100})), UnexpectedShape, "no search answer"),
    "deep nesting": (status(200, JSON, b"[" * 200_000), UnexpectedShape, "block page"),
    "not gzip": (packed(b"no gzip at all"), UnexpectedShape, "unpacked"),
    "half a gzip": (packed(gzip.compress(b'{"posts": []}')[:-12]), UnexpectedShape, "block page"),
    "packed in another way": (packed(b"x", "zstd"), UnexpectedShape, "50 MB"),
    "packed twice": (packed(gzip.compress(gzip.compress(b"{}")), "gzip, gzip"), UnexpectedShape, "50 MB"),
    "a bomb": (packed(gzip.compress(b" " * 60_000_000, 1)), UnexpectedShape, "50 MB"),
    "hang up": (hang_up, Unreachable, "could not be reached"),
}  # fmt: skip


@pytest.mark.parametrize("name", AT_THE_SEARCH)
def test_trouble_at_the_search(name: str) -> None:
    """Each misbehaviour comes to one class and one line that says what to do, and repeats nothing (by hand)."""
    trouble, kind, hint = AT_THE_SEARCH[name]
    meaning = trouble_at(SEARCH, trouble)
    assert type(meaning) is kind
    assert hint in str(meaning)


AT_THE_SIGN_IN = {
    "400": (error("InvalidRequest", 400), Refused, "ICD_BLUESKY_HANDLE"),
    "401": (error("AuthenticationRequired", 401), Refused, "ICD_BLUESKY_APP_PASSWORD"),
    "401 for a code": (error("AuthFactorTokenRequired", 401), Refused, "use an app password"),
    "400 closed": (error("AccountTakedown", 400), Refused, "closed"),
    "401 closed": (error("AccountTakedown", 401), Refused, "closed"),
    "403 in HTML": (html(403), Refused, "blocked"),
    "404": (status(404), Refused, "ICD_BLUESKY_URL"),
    "429": (error("RateLimitExceeded", 429), RateLimited, "slow down"),
    "502": (error("UpstreamFailure", 502), Unreachable, "status 502"),
    "HTML with 200": (html(200), UnexpectedShape, "ModelError"),
    "no did": (instead(as_json({"accessJwt": "a", "refreshJwt": "b"})), UnexpectedShape, "ModelError"),
    "a number": (instead(as_json(7)), UnexpectedShape, "ModelError"),
    "hang up": (hang_up, Unreachable, "could not be reached"),
}  # fmt: skip


@pytest.mark.parametrize("name", AT_THE_SIGN_IN)
def test_trouble_at_the_sign_in(name: str) -> None:
    """The line says that it is the sign-in, what to check, and nothing that the server said (by hand)."""
    trouble, kind, hint = AT_THE_SIGN_IN[name]
    meaning = trouble_at(CREATE, trouble)
    assert type(meaning) is kind
    assert hint in str(meaning)
    assert "while signing in" in str(meaning)


@pytest.mark.parametrize("where", [CREATE, SEARCH])
@pytest.mark.parametrize("trouble", [late(1.0), stall], ids=["late", "stalled body"])
def test_a_silent_server_is_left(where: str, trouble: Trouble) -> None:
    """Our own timeout holds, not the client's 5 s: before an answer, and in the middle of one."""
    made = site()
    made.trouble(where, trouble, forever=True)
    with serve(made) as server:
        started = time.monotonic()
        meaning = said(server.url, ICD_TIMEOUT_SECONDS="0.2")
        assert time.monotonic() - started < 0.9
    assert isinstance(meaning, Unreachable)
    assert "ICD_TIMEOUT_SECONDS" in str(meaning)


@contextmanager
def dripping(every: float) -> Iterator[str]:
    """Serve an answer whose body comes one byte at a time, for ever."""
    listening = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def answer() -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(65_536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n")
            while not over.wait(every):
                try:
                    connection.sendall(b" ")
                except OSError:
                    return

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        over.set()
        thread.join()
        listening.close()


def test_a_dripping_server_is_left() -> None:
    """Each byte comes in time, the answer never does: the timeout is for the whole of it (by hand)."""
    with dripping(0.05) as url:
        meaning = said(url, ICD_TIMEOUT_SECONDS="0.3")
    assert isinstance(meaning, Unreachable)
    assert "did not answer in time" in str(meaning)


def test_an_answer_without_end_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than the most bytes, unpacked or not, is left in the middle; as many are read."""
    posts = as_json({"posts": [view(n, NOON - timedelta(hours=1)) for n in range(5)]})
    monkeypatch.setattr(wire, "MOST_BYTES", len(posts.body))
    for trouble in (instead(posts), packed(gzip.compress(posts.body))):
        made = site()
        made.trouble(SEARCH, trouble)
        with serve(made) as server:
            (page,) = fetch(opened(server), DAY, NOON)
        assert len(page.items) == 5
    monkeypatch.setattr(wire, "MOST_BYTES", len(posts.body) - 1)
    for trouble in (instead(posts), packed(gzip.compress(posts.body))):
        assert isinstance(trouble_at(SEARCH, trouble), UnexpectedShape)


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    """60 kB that would be 60 MB: no more of it is unpacked than may be kept, not even for a moment (by hand)."""
    monkeypatch.setattr(wire, "MOST_BYTES", 1_000_000)
    bomb = packed(gzip.compress(b" " * 60_000_000, 9))
    tracemalloc.start()
    try:
        meaning = trouble_at(SEARCH, bomb)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert isinstance(meaning, UnexpectedShape)
    assert peak < 20_000_000


def test_nobody_there() -> None:
    """A port that nobody listens at."""
    meaning = said("http://127.0.0.1:1")
    assert isinstance(meaning, Unreachable)
    assert "ICD_BLUESKY_URL" in str(meaning)


def test_a_failure_on_the_second_page_leaves_the_first() -> None:
    """What was read before the trouble is handed out with its own coverage; the trouble comes after it."""
    made = site()
    made.trouble(SEARCH, None, None, error("UpstreamFailure", 502))
    with serve(made) as server:
        pages = fetch(opened(server), DAY, NOON)
        first, second = next(pages), next(pages)
        meaning = failing(pages)
    assert (len(first.items), len(second.items)) == (100, 100)
    assert second.covered
    assert second.covered.start > DAY.start + timedelta(hours=20)
    assert isinstance(meaning, Unreachable)


NO_ADDRESSES = ["bluesky", "http://", "gopher://127.0.0.1", "https://me:p4ssw0rd@host", "http://h/?a=p4ssw0rd"]


@pytest.mark.parametrize("url", NO_ADDRESSES)
def test_an_address_that_is_none_is_said(url: str) -> None:
    """A mistyped address is named by its key before anything is sent, and not repeated: a password may stand in it."""
    with pytest.raises(Exception, match="ICD_BLUESKY_URL") as raised:
        bluesky.connect(load(environment(url)))
    assert "p4ssw0rd" not in str(raised.value)


def test_a_name_no_header_can_hold_is_said() -> None:
    """A line break in the user agent would be a header of its own."""
    for name in ("invented\nX-Injected: yes", "имя"):
        with pytest.raises(Exception, match="ICD_USER_AGENT"):
            bluesky.connect(load(environment("http://127.0.0.1:1", ICD_USER_AGENT=name)))


def test_a_defect_of_ours_is_not_translated() -> None:
    """What the client did not raise is none of the server's doing: it must not end as a row of the ledger."""
    for ours in (ValueError("ours"), KeyError("ours"), OSError("ours"), TypeError("ours")):
        with pytest.raises(type(ours)) as raised:
            raise ours
        assert bluesky.translate(raised.value, DOWN) is None
