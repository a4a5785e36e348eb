"""What X's misbehaviour comes to: through the real httpx, over the wire, to one line with a remedy; all shaped by hand.

And that the token gets nowhere: not into the ledger, an error, a log, or what is printed.
"""

import gzip
import json
import logging
import traceback
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from loopback.http import Request, Response, serve
from loopback.x import (
    COUNTS,
    CREDITS,
    JSON,
    NOT_ENROLLED,
    PAYMENT,
    SEARCH,
    SINCE_ID,
    TOKEN,
    USAGE,
    Trouble,
    as_json,
    every,
    hang_up,
    instead,
    invalid,
    late,
    packed,
    slow_down,
)
from loopback.x_world import COMPLAINTS, DATABASE, HOUR, MINUTE, NOON, SAMPLE, opened

from ingest.errors import (
    ConfigError,
    MissingKey,
    RateLimited,
    Refused,
    SourceError,
    SpendCapped,
    Truncated,
    UnexpectedShape,
    Unreachable,
)
from ingest.records import Window
from ingest.settings import load
from ingest.sources import Memory, Target, x

RESET = int(datetime(2026, 4, 15, 12, 15, tzinfo=UTC).timestamp())
HTML = {"Content-Type": "text/html; charset=utf-8"}
PAGE = b"<!doctype html><html><body><h1>Something went wrong</h1></body></html>"
GREEK = as_json({"title": "Forbidden", "detail": "\u03b1", "type": "about:blank"}, 403)

TROUBLES: dict[str, tuple[Trouble, type[SourceError], str]] = {
    "402 CreditsDepleted": (instead(CREDITS), SpendCapped, "credits are used up, says X (status 402); buy some"),
    "402 Payment Required": (instead(PAYMENT), SpendCapped, "credits are used up, says X (status 402); buy some"),
    "402 in HTML": (instead(Response(402, PAGE, HTML)), SpendCapped, "console.x.com"),
    "429 rate limit": (instead(slow_down(RESET)), RateLimited, "run it again after 2026-04-15T12:15:00Z"),
    "429 without a reset": (instead(slow_down(None)), RateLimited, "in some minutes"),
    "429 with an odd reset": (instead(slow_down("soon")), RateLimited, "in some minutes"),
    "429 with a far reset": (instead(slow_down(10**12)), RateLimited, "in some minutes"),
    "429 with an empty body": (instead(Response(429)), RateLimited, "slow down"),
    "429 UsageCapExceeded": (instead(USAGE), SpendCapped, "usage cap is reached, says X (status 429); raise it"),
    "401": (instead(as_json({"title": "Unauthorized", "status": 401}, 401)), Refused, "ICD_X_BEARER_TOKEN"),
    "403 client-not-enrolled": (instead(NOT_ENROLLED), Refused, "not enrolled for this"),
    "403": (instead(GREEK), Refused, "may not ask this (status 403)"),
    "404": (instead(Response(404)), Refused, "check ICD_X_URL"),
    "400": (instead(invalid("query", "There were errors: no viable alternative")), UnexpectedShape, "no viable"),
    "400 in HTML": (instead(Response(400, PAGE, HTML)), UnexpectedShape, "without a reason"),
    "400 with odd errors": (instead(as_json({"errors": [None, 5, {"message": 7}]}, 400)), UnexpectedShape, "reason"),
    "400 a list": (instead(as_json([1], 400)), UnexpectedShape, "without a reason"),
    "451": (instead(Response(451)), Refused, "status 451"),
    "418": (instead(Response(418)), UnexpectedShape, "status 418"),
    "500": (instead(Response(500)), Unreachable, "status 500"),
    "503 over capacity": (instead(as_json({"title": "Service Unavailable"}, 503)), Unreachable, "status 503"),
    "301": (instead(Response(301, b"", {"Location": "/elsewhere"})), Refused, "redirect (status 301)"),
    "HTML with 200": (instead(Response(200, PAGE, HTML)), UnexpectedShape, "no JSON"),
    "HTML called JSON": (instead(Response(200, PAGE, JSON)), UnexpectedShape, "no JSON"),
    "nothing with 200": (instead(Response(200)), UnexpectedShape, "no JSON"),
    "204": (instead(Response(204)), UnexpectedShape, "status 204"),
    "half of a JSON": (instead(Response(200, b'{"data": [{"id": "1"', JSON)), UnexpectedShape, "no JSON"),
    "bytes that are no text": (instead(Response(200, b'{"data": "\xff\xfe"}', JSON)), UnexpectedShape, "no JSON"),
    "a list": (instead(as_json([])), UnexpectedShape, "documented shape"),
    "data is a number": (instead(as_json({"data": 7})), UnexpectedShape, "documented shape"),
    "deep nesting": (instead(Response(200, b"[" * 200_000, JSON)), UnexpectedShape, "no JSON"),
    "brotli": (packed(b"{}", "br"), UnexpectedShape, "cannot be read"),
    "a gzip bomb": (packed(b" " * 60_000_000), UnexpectedShape, "more than 50 MB"),
    "no gzip at all": (instead(Response(200, b"{}", JSON | {"Content-Encoding": "gzip"})), UnexpectedShape, "unpacked"),
    "half a gzip": (
        instead(Response(200, gzip.compress(b'{"meta": {}}')[:-9], JSON | {"Content-Encoding": "gzip"})),
        UnexpectedShape,
        "end is missing",
    ),
    "hang up": (hang_up, Unreachable, "could not be reached"),
    "late": (late(0.8), Unreachable, "did not answer in time"),
    "a dripping body": (lambda request, right: replace(right, drip=0.05), Unreachable, "did not answer in time"),
}  # fmt: skip


@pytest.mark.parametrize("target", [COMPLAINTS, SAMPLE], ids=["counts", "search"])
@pytest.mark.parametrize("name", TROUBLES)
def test_trouble(name: str, target: Target) -> None:
    """Each misbehaviour comes to one class of error and one line with what to do; nothing is covered or retried."""
    trouble, kind, hint = TROUBLES[name]
    with opened(posts=every(MINUTE, NOON, 20)) as world:
        if kind is Unreachable:
            world.keys["ICD_TIMEOUT_SECONDS"] = "0.3"
        world.site.trouble(COUNTS if target is COMPLAINTS else SEARCH, trouble, forever=True)
        outcome = world.pull(target)
        assert type(outcome.failure) is kind, outcome.failure
        assert hint in str(outcome.failure)
        assert str(outcome.failure).startswith(f"x {target.name}: ")
        assert len(str(outcome.failure).splitlines()) == 1
        assert world.covered(target) == []
        assert len(world.server.requests) == 1


def test_a_gzip_answer_is_read() -> None:
    """X packs its answers (recorded so): the real thing is unpacked and read."""
    with opened(posts=every(MINUTE, NOON, 20)) as world:
        world.site.trouble(
            SEARCH,
            lambda request, right: replace(
                right, body=gzip.compress(right.body), headers=right.headers | {"Content-Encoding": "gzip"}
            ),
        )
        assert world.pull().new == 20


def test_the_token_goes_to_no_other_address() -> None:
    """A redirect to another server is refused: that server is never asked, so it never sees the token."""
    with serve(lambda request: as_json({})) as elsewhere, opened() as world:
        for status in (301, 302, 303, 307, 308):
            moved = Response(status, b"", {"Location": f"{elsewhere.url}/2/tweets/search/recent"})
            world.site.trouble(SEARCH, instead(moved))
            assert isinstance(world.pull().failure, Refused)
        assert elsewhere.requests == []


def too_old(limit: str) -> Response:
    """Refuse a window in the words X has for it."""
    said = f"Invalid 'start_time':'2026-04-08T12:01Z'. 'start_time' must be on or after {limit}"
    return invalid("start_time", said)


@pytest.mark.parametrize("refusal", [SINCE_ID, too_old("2026-04-08T12:20Z")], ids=["since_id", "start_time"])
@pytest.mark.parametrize("target", [COMPLAINTS, SAMPLE], ids=["counts", "search"])
def test_a_window_too_old_is_asked_from_the_reach(refusal: Response, target: Target) -> None:
    """400 in either shape: asked again from a minute after what X names, covered from there, the rest Truncated."""
    with opened(posts=every(HOUR, NOON, 20)) as world:
        world.site.trouble(COUNTS if target is COMPLAINTS else SEARCH, instead(refusal))
        outcome = world.pull(target, hours=168)
        assert isinstance(outcome.failure, Truncated)
        asked = world.sent("start_time")
        assert len(asked) == 2
        assert asked[1] == "2026-04-08T12:21:01Z"
        start = world.covered(target)[0].start
        assert start == datetime(2026, 4, 8, 12, *((22, 0) if target is COMPLAINTS else (21, 1)), tzinfo=UTC)
        assert world.spent() == world.bill()


def test_a_window_too_old_without_a_time_is_asked_from_our_own_reach() -> None:
    """Where the clock moved on between planning and asking, and X names no time, our own reach is asked instead."""
    with opened(posts=every(HOUR, NOON, 20)) as world:
        client = world.client()
        times = iter([NOON] * 4 + [NOON + 10 * MINUTE] * 99)
        world.site.trouble(SEARCH, instead(invalid("start_time", "'start_time' must be later")))
        window = Window(NOON - 168 * HOUR, NOON)
        pages = list(x.fetch(client, SAMPLE, window, lambda: next(times), Memory()))
        assert world.sent("start_time")[1] == "2026-04-08T12:11:01Z"
        assert isinstance(pages[-1].problem, Truncated)


@pytest.mark.parametrize(
    "said",
    [
        "'start_time' must be a minimum of 10 seconds prior to the request time.",
        "'start_time' must be on or after 2026-99-99T99:99Z",
        "'start_time' must be on or after 2027-01-01T00:00Z",
    ],
)
def test_other_words_about_the_window_are_said(said: str) -> None:
    """A start that no reach would mend is asked once, and X's words are repeated."""
    with opened() as world:
        world.site.trouble(SEARCH, instead(invalid("start_time", said)), forever=True)
        outcome = world.pull()
        assert isinstance(outcome.failure, UnexpectedShape)
        assert "'start_time' must be" in str(outcome.failure)
        assert len(world.server.requests) == 1


def test_a_window_refused_for_ever_is_asked_twice() -> None:
    """A far end that says it of every window, a later time each, is left after one more request."""

    def later(request: Request, right: Response) -> Response:
        return too_old(f"2026-04-08T{13 + len(world.server.requests)}:00Z")

    with opened() as world:
        world.site.trouble(SEARCH, later, forever=True)
        assert isinstance(world.pull(hours=168).failure, UnexpectedShape)
        assert len(world.server.requests) == 2


def echo(request: Request, right: Response) -> Response:
    """Repeat the request's headers in everything an error can hold, as a broken proxy may."""
    sent = request.headers["authorization"]
    return as_json({"title": sent, "detail": sent, "type": sent, "errors": [{"message": sent, "title": sent}]}, 400)


def echo_in_success(request: Request, right: Response) -> Response:
    """Repeat them in what cannot be read, beside posts, and in a post's own text."""
    payload = json.loads(right.body)
    payload["data"][0]["text"] = request.headers["authorization"]
    payload["data"][1] = {"id": "1", "text": 5, "lang": request.headers["authorization"]}
    payload["errors"] = [{"title": request.headers["authorization"]}]
    return as_json(payload)


ECHOES: dict[str, Trouble] = {
    "400": echo, "200": echo_in_success, "401": instead(as_json({}, 401)), "hang up": hang_up, "html": instead(
        Response(200, PAGE, HTML)
    ), "late": late(0.5), "redirect": instead(Response(302, b"", {"Location": "/elsewhere", "X-Echo": TOKEN})),
}  # fmt: skip


@pytest.mark.parametrize("name", ECHOES)
def test_the_token_is_found_nowhere(
    name: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Planted, sent, repeated by the far end: it is in no row, exception, repr, log or output; only in the request."""
    caplog.set_level(logging.DEBUG)
    with opened(posts=every(MINUTE, NOON, 20)) as world:
        world.keys["ICD_TIMEOUT_SECONDS"] = "0.3"
        world.site.trouble(SEARCH, ECHOES[name])
        client = world.client()
        outcome = world.pull(client=client)
        assert world.server.requests[0].headers["authorization"] == f"Bearer {TOKEN}"
        held = [repr(client), str(client), repr(outcome), str(outcome.failure), repr(client.web)]
        world.site.trouble(SEARCH, ECHOES[name])
        world.now = NOON + HOUR
        try:
            held += [repr(page) for page in world.pages()]
        except Exception as error:
            held += [str(error), repr(error), "".join(traceback.format_exception(error)), repr(vars(error))]
        held += [repr(world.ask(f"SELECT * FROM {table}")) for table in ("pulls", "rejects", "posts")]  # noqa: S608
        # But for httpcore's own trace, at DEBUG, of the headers that the far end sent.
        held += [line for line in caplog.text.splitlines() if "receive_response_headers.complete" not in line]
        held += [*capfd.readouterr(), DATABASE.read_bytes().decode("latin-1")]
        assert not [text[:200] for text in held if TOKEN in text]


@pytest.mark.parametrize(
    ("keys", "named"),
    [
        ({"ICD_X_BEARER_TOKEN": "секрет-7Q"}, "ICD_X_BEARER_TOKEN"),
        ({"ICD_X_BEARER_TOKEN": "half\na secret-7Q"}, "ICD_X_BEARER_TOKEN"),
        ({"ICD_USER_AGENT": "invented\nX-Injected: secret-7Q"}, "ICD_USER_AGENT"),
        ({"ICD_X_URL": "http://invented:secret-7Q@127.0.0.1"}, "ICD_X_URL"),
        ({"ICD_X_URL": "secret-7Q"}, "ICD_X_URL"),
        ({"ICD_X_URL": "gopher://secret-7Q"}, "ICD_X_URL"),
        ({"ICD_X_USD_PER_DAY": "lots"}, "ICD_X_USD_PER_DAY"),
        ({"ICD_X_USD_PER_MONTH": "-1"}, "ICD_X_USD_PER_MONTH"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(keys: dict[str, str], named: str) -> None:
    """What no header or address can hold is said before anything is sent, by its key and without its value."""
    with opened() as world:
        world.keys |= keys
        with pytest.raises(ConfigError, match=named) as raised:
            world.client()
        assert "7Q" not in str(raised.value)
        assert world.server.requests == []


def test_without_a_token_it_is_not_configured() -> None:
    """The one key it needs is named."""
    with pytest.raises(MissingKey, match="ICD_X_BEARER_TOKEN"):
        x.connect(load({"ICD_X_URL": "http://127.0.0.1:1"}))


def test_a_defect_of_ours_is_not_translated() -> None:
    """What is not the client's keeps its traceback."""
    assert x.translate(KeyError("claude/sample"), SAMPLE) is None
    assert x.translate(ZeroDivisionError(), SAMPLE) is None
