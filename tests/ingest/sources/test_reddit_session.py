"""The HTTP beneath Reddit's client: a real end to waiting, a bound on bodies, and no way out to another host."""

import gzip
import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from loopback.http import Request, Response, serve
from loopback.reddit import BASIC, JSON, TOKEN, Reddit, Trouble, drip, environment, instead, status, submission

from ingest.errors import Refused, SourceError, UnexpectedShape, Unreachable
from ingest.records import Window
from ingest.settings import load
from ingest.sources import Page, Target, reddit
from ingest.sources.reddit.session import PunctualSession, TooLong

NOON = datetime(2026, 4, 15, 12, tzinfo=UTC)
NEW = Target("r/ClaudeAI/new", "claude")
HOUR = Window(NOON - timedelta(hours=1), NOON)
BOMB = gzip.compress(b'{"kind": "Listing", "data": {"children": [' + b" " * 60_000_000 + b"]}}")
REDIRECTS = (301, 302, 303, 307, 308)


def site(where: str = NEW.name, trouble: Trouble | None = None) -> Reddit:
    """Make a Reddit with a post a minute that is troubled at one place, for ever."""
    made = Reddit(new=[submission(n, (NOON - timedelta(minutes=n)).timestamp()) for n in range(1, 120)])
    if trouble:
        made.trouble(where, trouble, forever=True)
    return made


def pages(url: str, **keys: str) -> list[Page]:
    """Read the listing of a server through the real client."""
    client = reddit.connect(load(environment(url, **keys)))
    return list(reddit.fetch(client, NEW, HOUR, lambda: NOON, {}))


def said(url: str) -> SourceError:
    """Say what the reading of a troubled server comes to."""
    with pytest.raises(Exception, match=r".") as raised:
        pages(url)
    meaning = reddit.translate(raised.value, NEW)
    assert meaning is not None, f"{raised.value!r} is not translated"
    return meaning


def chunked(request: Request, right: Response) -> Response:
    """Drip one chunk that is promised to be long."""
    return Response(body=b"ffff\r\n" + right.body, headers={"Transfer-Encoding": "chunked"}, drip=0.03)


def until_closed(request: Request, right: Response) -> Response:
    """Drip the right answer, whole as long as nobody counts."""
    return Response(right.status, right.body, right.headers | {"Connection": "close"}, drip=0.03)


@pytest.mark.parametrize("trouble", [drip(0.03), chunked, until_closed], ids=["counted", "chunked", "until closed"])
def test_a_dripping_body_is_left_in_time(trouble: Trouble) -> None:
    """A byte every 30 ms never makes a read wait long, and would take half a minute: it is left when the time is up."""
    with serve(site(trouble=trouble)) as server:
        session = PunctualSession(0.3)
        began = time.monotonic()
        url = server.url + "/r/ClaudeAI/new?limit=1"
        with pytest.raises(requests.ReadTimeout):
            session.request("GET", url, headers={"Authorization": f"bearer {TOKEN}"})
        assert 0.25 < time.monotonic() - began < 2


def test_the_client_says_that_it_waited() -> None:
    """Through the real client: three tries of 0.2 s each, prawcore's pauses between them, and one line."""
    with serve(site(trouble=drip(0.02))) as server:
        with pytest.raises(Exception, match=r".") as raised:
            pages(server.url, ICD_TIMEOUT_SECONDS="0.2")
        meaning = reddit.translate(raised.value, NEW)
    assert type(meaning) is Unreachable
    assert "did not answer in time; the next run asks again; ICD_TIMEOUT_SECONDS" in str(meaning)
    assert [request.method for request in server.requests] == ["POST", "GET", "GET", "GET"]


@contextmanager
def dripping_heads() -> Iterator[str]:
    """Serve the head of an answer byte by byte, one header line for ever."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(4096)
                for byte in b"HTTP/1.1 200 OK\r\nX-Endless: " + b"x" * 200:
                    try:
                        connection.sendall(bytes([byte]))
                    except OSError:
                        return
                    time.sleep(0.03)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        thread.join()


def test_a_dripping_head_is_left_in_time() -> None:
    """The same where the head never ends."""
    with dripping_heads() as url:
        began = time.monotonic()
        with pytest.raises(requests.ReadTimeout):
            PunctualSession(0.3).request("GET", url)
        assert time.monotonic() - began < 2


def test_a_connection_that_is_not_taken_is_left_in_time() -> None:
    """A server that takes no connection, its queue being full, is left when the time is up."""
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for waiting in (first, second):
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        began = time.monotonic()
        with pytest.raises(requests.Timeout):
            PunctualSession(0.3).request("GET", f"http://127.0.0.1:{full.getsockname()[1]}/")
        assert time.monotonic() - began < 2


def test_the_next_request_after_one_that_was_cut_is_answered() -> None:
    """Cutting a connection leaves the session whole: the next one opens another."""
    troubled = site()
    troubled.trouble(NEW.name, drip(0.03))
    headers = {"Authorization": f"bearer {TOKEN}"}
    with serve(troubled) as server:
        session = PunctualSession(0.3)
        with pytest.raises(requests.ReadTimeout):
            session.request("GET", server.url + "/r/ClaudeAI/new", headers=headers)
        answer = session.request("GET", server.url + "/r/ClaudeAI/new", headers=headers)
        again = session.request("GET", server.url + "/r/ClaudeAI/new", headers=headers)
    assert len(answer.json()["data"]["children"]) == len(again.json()["data"]["children"]) == 25


@pytest.mark.parametrize("code", [200, 302, 429, 500])
@pytest.mark.parametrize("where", [NEW.name, "token"])
def test_a_bomb_is_not_unpacked(where: str, code: int) -> None:
    """58 kB that unpack to 60 MB are left at 50, whatever the status; a redirect's are not even looked at for a way."""
    bomb = Response(code, BOMB, JSON | {"Content-Encoding": "gzip", "location": "/elsewhere"})
    with serve(site(where, instead(bomb))) as server:
        meaning = said(server.url)
    assert type(meaning) is UnexpectedShape
    assert "does not end after 50 MB" in str(meaning)
    assert len(server.requests) == (1 if where == "token" else 2)


def test_a_long_answer_is_read() -> None:
    """What is long and ends is read: compressed like this, and 40 MB of it."""
    body = b'{"kind": "Listing", "data": {"children": [' + b" " * 40_000_000 + b"]}}"
    packed = Response(200, gzip.compress(body, 1), JSON | {"Content-Encoding": "gzip"})
    with serve(site(trouble=instead(packed))) as server:
        (page,) = pages(server.url)
    assert page.items == ()


@pytest.mark.parametrize("code", REDIRECTS)
@pytest.mark.parametrize("where", [NEW.name, "token"])
def test_no_key_follows_a_redirect(where: str, code: int) -> None:
    """Sent elsewhere, the client does not go: the other host is not asked at all, so it sees neither token nor keys.

    By itself requests would send the token's form to the other host (without the keys, with the body at 307).
    """
    with serve(Reddit()) as other, serve(site(where, status(code, {"location": other.url + "/take"}))) as server:
        meaning = said(server.url)
    assert other.requests == []
    assert len(server.requests) == (1 if where == "token" else 2)
    assert type(meaning) is Refused
    assert other.url not in str(meaning)
    assert ("ICD_REDDIT_URL" in str(meaning)) is (where == "token" or code > 302)


def test_no_key_follows_a_redirect_on_the_same_host() -> None:
    """Nor within one host, where requests would keep the header: a listing of elsewhere is none of this place."""
    with serve(site("token", status(302, {"location": "/r/ClaudeAI/new"}))) as server:
        said(server.url)
    assert [request.path for request in server.requests] == ["/api/v1/access_token"]


def test_a_password_of_netrc_stays_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ~/.netrc with an entry for the host, or a default one, does not take the place of the token."""
    netrc = tmp_path / "netrc"
    netrc.write_text("default login invented password p4ssw0rd\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with serve(site()) as server:
        (page,) = pages(server.url)
    assert len(page.items) == 100
    assert [request.headers["authorization"] for request in server.requests] == [BASIC, f"bearer {TOKEN}"]


def test_a_retry_is_not_told_to_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where nobody set logging up, prawcore's warning with the address would stand on stderr amid our own lines."""
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    troubled = site()
    troubled.trouble(NEW.name, status(503))
    with serve(troubled) as server:
        pages(server.url)
    assert len(server.requests) == 3
    assert capsys.readouterr() == ("", "")


def test_an_alphabet_that_is_not_named_is_not_guessed() -> None:
    """Guessing it from a long body that is no JSON takes longer than reading it (by hand)."""
    with serve(lambda request: Response(body=b"\xc3\xa4")) as server:
        answer = PunctualSession(5).request("GET", server.url)
    assert (answer.encoding, answer.text) == ("utf-8", "\u00e4")


def test_the_bound_is_an_error_of_requests() -> None:
    """So that prawcore takes it for what it is, and does not try again."""
    assert issubclass(TooLong, requests.RequestException)
    assert not issubclass(TooLong, requests.ConnectionError)
