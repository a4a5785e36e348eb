"""What GitHub's misbehaviour comes to: through the real client, over the wire, to one line with a remedy."""

import gzip
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from loopback.github import REPOSITORY, TOKEN, GitHub, as_json, dripping, environment, minutely
from loopback.http import Request, Response, serve
from loopback.reddit import Trouble, hang_up, html, instead, stall, status

from ingest.authors import AuthorKeys
from ingest.errors import Refused, SourceError, UnexpectedShape, Unreachable
from ingest.records import Window
from ingest.settings import load
from ingest.sources import Memory, Page, Reading, Target, github, webclient

NOON = datetime(2026, 4, 15, 12, tzinfo=UTC)
TARGET = Target(REPOSITORY, "claude")


def back(**span: float) -> Window:
    """The span up to noon."""
    return Window(NOON - timedelta(**span), NOON)


def fetch(
    url: str, wanted: Window, memory: Memory | None = None, now: Callable[[], datetime] = lambda: NOON, **keys: str
) -> Iterator[Page]:
    """Read the list from a server."""
    client = github.connect(load(environment(url, **keys)))
    return github.fetch(client, TARGET, wanted, now, memory or Memory())


READING = Reading(TARGET, NOON, AuthorKeys(b"k" * 32))


def said(site: Callable[[Request], Response], **keys: str) -> SourceError:
    """Say what a troubled server comes to, as the ledger would have it."""
    with serve(site) as server, pytest.raises(Exception) as raised:  # noqa: PT011  (whatever the client raises)
        list(fetch(server.url, back(hours=1), **keys))
    meaning = github.translate(raised.value, TARGET)
    assert meaning is not None, f"{raised.value!r} is not translated"
    return meaning


def troubled(*troubles: Trouble | None) -> GitHub:
    """Make a site that misbehaves first."""
    site = GitHub(minutely(300, NOON))
    site.troubles = list(troubles)
    return site


TROUBLES = {
    "renamed": (status(301, {"Location": "/repositories/1/issues"}), Refused, "watchlist"),
    "moved for now": (status(307, {"Location": "http://127.0.0.1:1/"}), Refused, "watchlist"),
    "bad token": (status(401), Refused, "ICD_GITHUB_TOKEN"),
    "forbidden": (html(403), Refused, "ICD_USER_AGENT"),
    "deleted": (status(404), Refused, "watchlist"),
    "issues switched off": (status(410), Refused, "switched off"),
    "legal": (status(451), Refused, "legal"),
    "422": (status(422), UnexpectedShape, "status 422"),
    "500": (status(500), Unreachable, "status 500"),
    "204": (status(204), UnexpectedShape, "status 204"),
    "HTML with 200": (html(200), UnexpectedShape, "no JSON"),
    "nothing with 200": (status(200), UnexpectedShape, "no JSON"),
    "an object": (instead(as_json({"message": "hello"})), UnexpectedShape, "documented shape"),
    "null": (instead(as_json(None)), UnexpectedShape, "documented shape"),
    "deep nesting": (status(200, {}, b"[" * 200_000), UnexpectedShape, "no JSON"),
    "not UTF-8": (status(200, {}, b'["\xff"]'), UnexpectedShape, "no JSON"),
    "a bomb": (
        status(200, {"Content-Encoding": "gzip"}, gzip.compress(b" " * 60_000_000, 1)), UnexpectedShape, "50 MB"
    ),
    "no gzip": (status(200, {"Content-Encoding": "gzip"}, b"[]"), UnexpectedShape, "unpacked"),
    "half a gzip": (status(200, {"Content-Encoding": "gzip"}, gzip.compress(b"[]")[:-9]), UnexpectedShape, "its end"),
    "another packing": (status(200, {"Content-Encoding": "br"}, b"[]"), UnexpectedShape, "not asked for"),
    "hang up": (hang_up, Unreachable, "could not be reached"),
}  # fmt: skip


@pytest.mark.parametrize("name", TROUBLES)
def test_trouble_is_one_line_with_a_remedy(name: str) -> None:
    """Each misbehaviour comes to one class of error and one line that says what, where and what to do."""
    trouble, kind, hint = TROUBLES[name]
    meaning = said(troubled(trouble))
    assert type(meaning) is kind
    assert str(meaning).startswith("github acme/tool: ")
    assert hint in str(meaning)
    assert ";" in str(meaning)


def test_an_answer_packed_with_gzip_is_read() -> None:
    """The bounded unpacking reads what an honest server packs."""
    packed = Response(200, gzip.compress(json.dumps(minutely(50, NOON)).encode()), {"Content-Encoding": "gzip"})
    with serve(lambda request: packed) as server:
        (page,) = fetch(server.url, back(hours=1))
    assert len(page.items) == 50


def test_an_integer_of_five_thousand_digits_costs_one_issue() -> None:
    """Python refuses to read such a number: the issue it stands in becomes a reject, the others are posts."""
    body = json.dumps(minutely(3, NOON)).replace('"number": 3', '"number": ' + "9" * 5_000).encode()
    with serve(lambda request: Response(200, body)) as server:
        (page,) = fetch(server.url, back(hours=1))
    with pytest.raises(ValueError, match="number"):
        github.parse(page.items[0], READING)
    assert [post.post_id for raw in page.items[1:] if (post := github.parse(raw, READING))] == [
        "acme/tool#2",
        "acme/tool#1",
    ]


@pytest.mark.parametrize("drops", ["body", "headers", "stall"])
def test_a_drip_ends_at_the_deadline(drops: str) -> None:
    """An answer that comes byte by byte, or stops half-way, ends when the time for one answer is over."""
    if drops == "stall":
        meaning = said(troubled(stall), ICD_TIMEOUT_SECONDS="0.4")
    else:
        beginning = {"body": b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n[", "headers": b"HTTP/1.1 200 OK\r\nX: "}[
            drops
        ]
        started = datetime.now(UTC)
        with dripping(beginning) as url, pytest.raises(TimeoutError) as raised:
            list(fetch(url, back(hours=1), ICD_TIMEOUT_SECONDS="0.4"))
        assert datetime.now(UTC) - started < timedelta(seconds=3)
        meaning = github.translate(raised.value, TARGET) or SourceError()
    assert isinstance(meaning, Unreachable)
    assert "in time" in str(meaning)


def test_nobody_there() -> None:
    """A closed port is said with what to check."""
    with pytest.raises(httpx.HTTPError) as raised:
        list(fetch("http://127.0.0.1:1", back(hours=1)))
    meaning = github.translate(raised.value, TARGET)
    assert isinstance(meaning, Unreachable)
    assert "ICD_GITHUB_URL" in str(meaning)


def test_trouble_on_the_second_page_leaves_the_first() -> None:
    """What was read before the trouble is handed out with its own coverage; the trouble comes after it."""
    site = troubled(None, status(502))
    with serve(site) as server:
        pages = fetch(server.url, back(hours=4))
        assert next(pages).covered == back(minutes=97, seconds=-1)
        with pytest.raises(webclient.BadStatus):
            next(pages)


def below(kind: type[Exception]) -> Iterator[type[Exception]]:
    """Name a class and all that derive from it."""
    yield kind
    for child in kind.__subclasses__():
        yield from below(child)


@pytest.mark.parametrize(
    "kind", sorted({*below(httpx.HTTPError), *below(httpx.StreamError), httpx.InvalidURL}, key=str)
)
def test_every_class_of_httpx_is_translated_without_its_text(kind: type[Exception]) -> None:
    """Each exception class of the client has a meaning: one line, with a remedy, without what the exception says."""
    error = kind.__new__(kind)
    error.args = (f"Bearer {TOKEN}",)
    meaning = github.translate(error, TARGET)
    assert isinstance(meaning, SourceError)
    assert TOKEN not in str(meaning)


@pytest.mark.parametrize("error", [ValueError("ours"), KeyError("ours"), TypeError("ours"), AssertionError()])
def test_a_defect_of_ours_is_not_translated(error: Exception) -> None:
    """What is not the client's goes on as what it is."""
    assert github.translate(error, TARGET) is None
