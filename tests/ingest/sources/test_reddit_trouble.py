"""What Reddit's misbehaviour comes to: through the real client, over the wire, to one line with a remedy."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from loopback.http import serve
from loopback.reddit import (
    CLIENT_SECRET,
    JSON,
    TOKEN,
    Reddit,
    Trouble,
    as_json,
    environment,
    hang_up,
    header,
    html,
    instead,
    late,
    stall,
    status,
    submission,
)

from ingest.errors import RateLimited, Refused, SourceError, Truncated, UnexpectedShape, Unreachable
from ingest.records import Window
from ingest.settings import load
from ingest.sources import Page, Target, reddit

NOON = datetime(2026, 4, 15, 12, tzinfo=UTC)
NEW = Target("r/ClaudeAI/new", "claude")
HOUR = Window(NOON - timedelta(hours=1), NOON)
DATE = "Wed, 15 Apr 2026 12:10:00 GMT"


def site() -> Reddit:
    """Make a Reddit with a post a minute."""
    return Reddit(new=[submission(n, (NOON - timedelta(minutes=n)).timestamp()) for n in range(1, 300)])


def fetch(url: str, wanted: Window = HOUR, **keys: str) -> Iterator[Page]:
    """Read the listing from a server."""
    client = reddit.connect(load(environment(url, **keys)))
    return reddit.fetch(client, NEW, wanted, lambda: NOON, {})


def said(url: str, **keys: str) -> SourceError:
    """Say what the reading of a troubled server comes to, as the ledger would have it."""
    with pytest.raises(Exception, match=r".") as raised:
        list(fetch(url, **keys))
    meaning = reddit.translate(raised.value, NEW)
    assert meaning is not None, f"{raised.value!r} is not translated"
    return meaning


def trouble_at(where: str, *troubles: Trouble) -> SourceError:
    """Say what a server comes to that misbehaves at one place."""
    reddit_site = site()
    reddit_site.trouble(where, *troubles)
    with serve(reddit_site) as server:
        return said(server.url)


LISTING_TROUBLES = {
    "429 without Retry-After": (status(429), RateLimited, "some minutes"),
    "429 with seconds": (status(429, {"retry-after": "17"}), RateLimited, "in 17 s"),
    "429 with a date": (status(429, {"retry-after": DATE}), RateLimited, "some minutes"),
    "403 in HTML": (html(403), Refused, "ICD_USER_AGENT"),
    "403 in JSON": (instead(as_json({"message": "Forbidden", "error": 403}, 403)), Refused, "private"),
    "404": (instead(as_json({"message": "Not Found", "error": 404}, 404)), Refused, "watchlist"),
    "302": (status(302, {"location": "/subreddits/search"}), Refused, "watchlist"),
    "302 to nowhere": (status(302), UnexpectedShape, "stumbled"),
    "400 without a body": (status(400), UnexpectedShape, "status 400"),
    "400 with a list": (instead(as_json([], 400)), UnexpectedShape, "stumbled"),
    "409": (status(409), UnexpectedShape, "status 409"),
    "413": (status(413), UnexpectedShape, "status 413"),
    "414": (status(414), UnexpectedShape, "status 414"),
    "415 in HTML": (html(415), UnexpectedShape, "JSON"),
    "418": (status(418), UnexpectedShape, "status 418"),
    "451": (status(451), Refused, "legal"),
    "501": (status(501), Unreachable, "status 501"),
    "521": (status(521), Unreachable, "status 521"),
    "HTML with 200": (html(200), UnexpectedShape, "JSON"),
    "nothing with 200": (status(200), UnexpectedShape, "no listing"),
    "204": (status(204), UnexpectedShape, "no listing"),
    "null": (instead(as_json(None)), UnexpectedShape, "no listing"),
    "a list": (instead(as_json([{"kind": "Listing"}])), UnexpectedShape, "no listing"),
    "gzip that is none": (header("content-encoding", "gzip"), UnexpectedShape, "unpacked"),
    "another kind": (instead(as_json({"kind": "t5", "data": {"children": []}})), UnexpectedShape, "no listing"),
    "no children": (instead(as_json({"kind": "Listing", "data": {"after": None}})), UnexpectedShape, "no listing"),
    "used as 1.0": (header("x-ratelimit-used", "1.0"), UnexpectedShape, "rate-limit headers"),
    "remaining as inf": (header("x-ratelimit-remaining", "inf"), UnexpectedShape, "rate-limit headers"),
    "deep nesting": (status(200, {}, b"[" * 200_000), UnexpectedShape, "stumbled"),
}


@pytest.mark.parametrize("name", LISTING_TROUBLES)
def test_trouble_at_a_listing(name: str) -> None:
    """Each misbehaviour that is not retried comes to one class of error and one line that says what to do (by hand)."""
    trouble, kind, hint = LISTING_TROUBLES[name]
    meaning = trouble_at(NEW.name, trouble)
    assert type(meaning) is kind
    assert hint in str(meaning)
    assert str(meaning).startswith("reddit r/ClaudeAI/new: ")


TOKEN_TROUBLES = {
    "401": (instead(as_json({"message": "Unauthorized", "error": 401}, 401)), Refused, "ICD_REDDIT_CLIENT_ID"),
    "400": (instead(as_json({"message": "Bad Request", "error": 400}, 400)), Refused, "ICD_REDDIT_CLIENT_ID"),
    "403 in HTML": (html(403), Refused, "ICD_USER_AGENT"),
    "429": (instead(as_json({"message": "Too Many Requests", "error": 429}, 429)), RateLimited, "slow down"),
    "503": (status(503), Unreachable, "status 503"),
    "HTML with 200": (html(200), UnexpectedShape, "token endpoint"),
    "invalid_grant": (instead(as_json({"error": "invalid_grant"})), Refused, "ICD_REDDIT_CLIENT_ID"),
    "no token in it": (instead(as_json({"token_type": "bearer"})), UnexpectedShape, "stumbled"),
    "a number": (instead(as_json(7)), UnexpectedShape, "stumbled"),
}


@pytest.mark.parametrize("name", TOKEN_TROUBLES)
def test_trouble_at_the_token_endpoint(name: str) -> None:
    """A token that is not given ends the pull with what to check; none of these is retried (by hand)."""
    trouble, kind, hint = TOKEN_TROUBLES[name]
    meaning = trouble_at("token", trouble)
    assert type(meaning) is kind
    assert hint in str(meaning)


@pytest.mark.parametrize("retry_after", [{}, {"retry-after": "17"}, {"retry-after": DATE}], ids=str)
def test_a_429_is_not_asked_again(retry_after: dict[str, str]) -> None:
    """Who is asked to slow down does not try once more, with Retry-After or without (recorded: too_many_requests)."""
    troubled = site()
    troubled.trouble(NEW.name, status(429, retry_after), forever=True)
    with serve(troubled) as server:
        assert type(said(server.url)) is RateLimited
    assert [request.method for request in server.requests] == ["POST", "GET"]


BODIES = (b"", b"{}", b"[]", b"7", b'{"fields": [], "reason": 7}', b'{"error": 4, "message": null}', b"<html>")
ASKED_AGAIN = {401, 408, 500, 502, 503, 504, 520, 522}


def test_every_status_is_translated() -> None:
    """Whatever status Reddit gives, with whatever body, the line says what it means: no exception escapes (by hand)."""
    wrong = [code for code in (*range(202, 599), 700, 999) if code not in {*ASKED_AGAIN, 204, 304}]
    answers = [(code, BODIES[code % len(BODIES)]) for code in wrong] + [(400, body) for body in BODIES]
    troubled = site()
    troubled.trouble(NEW.name, *(status(code, JSON | {"location": "/a"}, body) for code, body in answers))
    with serve(troubled) as server:
        client = reddit.connect(load(environment(server.url)))
        for answer in answers:
            with pytest.raises(Exception) as raised:  # noqa: PT011  (whichever)
                list(reddit.fetch(client, NEW, HOUR, lambda: NOON, {}))
            meaning = reddit.translate(raised.value, NEW)
            assert meaning is not None, (answer, raised.value)
            assert "; " in str(meaning)


def test_a_wrong_secret_is_refused_and_not_repeated() -> None:
    """The line names the keys to check, and holds neither the secret nor the token nor an address's password."""
    with serve(site()) as server:
        url = server.url.replace("http://", "http://invented:p4ssw0rd@")
        meaning = said(server.url, ICD_REDDIT_CLIENT_SECRET="not-the-secret", ICD_REDDIT_OAUTH_URL=url)
    assert isinstance(meaning, Refused)
    for secret in ("not-the-secret", CLIENT_SECRET, TOKEN, "p4ssw0rd"):
        assert secret not in str(meaning)


@pytest.mark.parametrize("url", ["reddit", "http://", "gopher://127.0.0.1"])
def test_an_address_that_is_none_is_said(url: str) -> None:
    """A mistyped address is named by its key, whatever requests makes of it."""
    meaning = said(url)
    assert type(meaning) is Unreachable
    assert "ICD_REDDIT_URL" in str(meaning)


def test_a_key_no_header_can_hold_is_said() -> None:
    """A key of another alphabet, or a line break in the user agent, fails before it is sent: said in one line."""
    with serve(site()) as server:
        for keys in ({"ICD_REDDIT_CLIENT_SECRET": "секрет-7Q"}, {"ICD_USER_AGENT": "invented\nX-Injected: yes"}):
            meaning = said(server.url, **keys)
            assert isinstance(meaning, Unreachable)
            assert "секрет" not in str(meaning)
        assert server.requests == []


def test_a_token_that_expired_is_renewed() -> None:
    """A 401 that says the token is invalid costs one more token and no page (recorded: invalid_access_token__retry)."""
    challenge = {"www-authenticate": 'Bearer realm="reddit", error="invalid_token"'}
    troubled = site()
    troubled.trouble(NEW.name, instead(as_json({"message": "Unauthorized", "error": 401}, 401, challenge)))
    with serve(troubled) as server:
        pages = list(fetch(server.url))
    assert [len(page.items) for page in pages] == [100]
    assert [request.method for request in server.requests] == ["POST", "GET", "POST", "GET"]


@pytest.mark.parametrize("trouble", [status(503), hang_up, late(1.6)], ids=["503", "hang up", "late"])
def test_what_recovers_is_read(trouble: Trouble) -> None:
    """A failure on its side, a hang-up in the middle of the body, an answer too late: asked again, and read.

    The 503 is recorded, the others are made by the server here.
    """
    troubled = site()
    troubled.trouble(NEW.name, trouble)
    with serve(troubled) as server:
        pages = list(fetch(server.url, ICD_TIMEOUT_SECONDS="1"))
    assert [(len(page.items), page.problem) for page in pages] == [(100, None)]


LASTING = {
    "503": (status(503), "status 503"),
    "522": (status(522), "status 522"),
    "hang up": (hang_up, "could not be reached"),
    "late": (late(5), "did not answer in time"),
    "stalled body": (stall, "did not answer in time"),
    "refused": (None, "could not be reached"),
    "401 without a challenge": (status(401), "not accepted"),
}


SILENT = ("late", "stalled body")


def _lasting(name: str) -> SourceError:
    trouble, _ = LASTING[name]
    troubled = site()
    troubled.trouble(NEW.name, trouble, forever=True)
    with serve(troubled) as server:
        url = "http://127.0.0.1:1" if name == "refused" else server.url
        return said(url, ICD_TIMEOUT_SECONDS="0.2" if name in SILENT else "20")


def test_what_does_not_recover_is_given_up() -> None:
    """Three tries, and then one line; a silent server is left after our own timeout, not prawcore's 16 s.

    They are tried at the same time: prawcore sleeps 2 to 6 s between its tries.
    """
    with ThreadPoolExecutor(len(LASTING)) as pool:
        meanings = dict(zip(LASTING, pool.map(_lasting, LASTING), strict=True))
    for name, (_, hint) in LASTING.items():
        assert hint in str(meanings[name]), name
        assert type(meanings[name]) is (Refused if name.startswith("401") else Unreachable), name


def test_a_failure_on_the_second_page_leaves_the_first() -> None:
    """What was read before the trouble is handed out with its own coverage; the trouble comes after it."""
    troubled = site()
    troubled.trouble(NEW.name, None, status(429))
    with serve(troubled) as server:
        pages = fetch(server.url, Window(NOON - timedelta(hours=4), NOON))
        first = next(pages)
        assert first.covered is not None
        with pytest.raises(Exception, match="429") as raised:
            next(pages)
    assert isinstance(reddit.translate(raised.value, NEW), RateLimited)
    assert not isinstance(first.problem, Truncated)
