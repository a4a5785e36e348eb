"""Going back through a Statuspage's history: one test a trap. Shaped by hand, as public readers have it."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from loopback.http import Request, Response, serve
from loopback.pagepull import ask, covered, pulling
from loopback.statuspage import StatusPage, from_record, shown

from ingest.errors import Truncated, UnexpectedShape
from ingest.sources import statuspage

JSON = {"Content-Type": "application/json"}


def day(text: str) -> datetime:
    """Read a day as its first instant."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def stamp(at: datetime) -> str:
    """Write an instant as the page does."""
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"


def incident(code: str, *said: tuple[datetime, str], **fields: Any) -> dict[str, Any]:
    """Invent an incident with its messages, oldest first, each shown when it was published."""
    updates = [
        {"status": status, "created_at": stamp(at), "display_at": stamp(at), "body": "Invented.", "components": []}
        for at, status in said
    ]
    ended = stamp(said[-1][0]) if said[-1][1] == "resolved" else None
    line = {
        "id": code, "name": f"Invented {code}", "impact": "minor", "status": said[-1][1],
        "created_at": stamp(said[0][0]), "started_at": stamp(said[0][0]), "resolved_at": ended,
        "components": ["claude.ai"], "updates": updates,
    }  # fmt: skip
    return from_record(line) | fields


def hour(code: str, at: datetime) -> dict[str, Any]:
    """Invent an incident of an hour."""
    return incident(code, (at, "investigating"), (at + timedelta(hours=1), "resolved"))


def many(count: int, start: datetime, every: timedelta) -> list[dict[str, Any]]:
    """Invent a row of incidents of an hour."""
    return [hour(f"{number:012}", start + number * every) for number in range(count)]


def asked(requests: Iterable[Request]) -> list[str]:
    """Name what was asked for by id."""
    paths = [request.path for request in requests if request.path.startswith("/api/v2/incidents/")]
    return [path.removeprefix("/api/v2/incidents/").removesuffix(".json") for path in paths]


def known() -> list[str]:
    """Name the incidents that were saved."""
    return [code for (code,) in ask("SELECT incident_id FROM incidents ORDER BY 1")]


def test_the_history_ends_at_an_empty_page() -> None:
    """Past the page's first month there is an empty page: nothing is older, so all that was wanted is covered."""
    page = StatusPage(many(80, day("2025-11-20"), timedelta(days=2)))
    with serve(page) as server, pulling(statuspage, "claude", CLAUDE_STATUS_URL=server.url) as pull:
        outcome = pull(day("2023-01-01"))
        pages = [int(request.query["page"]) for request in server.requests if request.path == "/history.json"]

    assert (outcome.failure, outcome.gaps_left) == (None, ())
    assert pages == [1, 2, 3]
    assert min(covered())[0] == day("2023-01-01")


@pytest.mark.parametrize("body", [{"months": []}, {"months": None}, {}, {"months": [{"name": "Floréal", "year": 2026}]},
                                  {"months": [{"name": "June", "year": 99_999}]}, {"months": 7}])  # fmt: skip
def test_a_history_that_names_no_month_covers_nothing(body: dict[str, Any]) -> None:
    """Fifty incidents and no month cannot both be: such a history is a fault, not the page's beginning."""
    page = StatusPage(many(80, day("2026-01-05"), timedelta(days=2)))
    page.instead = {"/history.json": Response(200, json.dumps(body).encode(), JSON)}
    with serve(page) as server, pulling(statuspage, "claude", CLAUDE_STATUS_URL=server.url) as pull:
        outcome = pull(day("2026-01-05"))

    assert type(outcome.failure) is UnexpectedShape
    assert len(covered()) == 1
    assert min(covered())[0] > day("2026-03-01")


def test_a_history_that_pages_for_ever_is_left() -> None:
    """A server with ever older empty months ends at the limit: what it passed is covered, what is older is not."""

    def for_ever(request: Request) -> Response:
        if request.path != "/history.json":
            return page(request)
        last = 2026 * 12 + 5 - 3 * (int(request.query["page"]) - 1)
        months = [{"name": f"{datetime(2026, back % 12 + 1, 1, tzinfo=UTC):%B}", "year": back // 12, "incidents": []}
                  for back in range(last, last - 3, -1)]  # fmt: skip
        return Response(200, json.dumps({"months": months}).encode(), JSON)

    page = StatusPage(many(80, day("2026-01-05"), timedelta(days=2)))
    with serve(for_ever) as server, pulling(statuspage, "claude", CLAUDE_STATUS_URL=server.url) as pull:
        outcome = pull(day("2006-04-01"))
        pages = len([request for request in server.requests if request.path == "/history.json"])

    assert type(outcome.failure) is Truncated
    assert pages == statuspage.MOST_HISTORY_PAGES
    assert min(covered())[0] == day("2006-07-01")


def test_an_incident_filed_by_its_end_is_found_where_it_began() -> None:
    """An incident begun 13 June and closed 1 July stands on the next quarter's page (`s9w82lp9dcn9`).

    A gap in June alone reads it from there, and nothing else of that page.
    """
    across = incident("aaaaaaaaaaaa", (day("2025-06-13"), "investigating"), (day("2025-07-01"), "resolved"))
    page = StatusPage([across, *many(180, day("2025-04-03"), timedelta(days=2))])
    with serve(page) as server, pulling(statuspage, "claude", CLAUDE_STATUS_URL=server.url) as pull:
        outcome = pull(day("2025-06-10"), until=day("2025-06-20"))
        details = asked(server.requests)

    assert (outcome.failure, outcome.gaps_left) == (None, ())
    assert "aaaaaaaaaaaa" in known()
    assert details[0] == "aaaaaaaaaaaa"
    assert len(details) == 1 + 40  # of the quarter itself, those that may have begun before the gap ends
    assert (day("2025-04-01"), day("2025-06-20")) in covered()


def test_a_beginning_is_shown_with_tags_and_without_a_year() -> None:
    """`Dec <var>31</var> … - Jan <var> 1</var> …` under January 2026 began in 2025, and is read for a gap in 2025.

    What began later is not asked for.
    """
    eve = incident("aaaaaaaaaaaa", (day("2025-12-31") + timedelta(hours=23, minutes=50), "investigating"),
                   (day("2026-01-01") + timedelta(minutes=10), "resolved"))  # fmt: skip
    later = hour("bbbbbbbbbbbb", day("2026-01-20"))
    page = StatusPage(
        [eve, later, *many(60, day("2026-04-02"), timedelta(days=1)), hour("cccccccccccc", day("2025-12-02"))]
    )
    first = shown(day("2025-12-31") + timedelta(hours=23, minutes=50), day("2026-01-01") + timedelta(minutes=10))
    assert first == ("Dec <var data-var='date'>31</var>, <var data-var='time'>23:50</var> - "
                           "Jan <var data-var='date'> 1</var>, <var data-var='time'>00:10</var> UTC")  # fmt: skip
    with serve(page) as server, pulling(statuspage, "claude", CLAUDE_STATUS_URL=server.url) as pull:
        assert pull(day("2025-12-30"), until=day("2026-01-01")).failure is None
        assert asked(server.requests) == ["aaaaaaaaaaaa", "cccccccccccc"]


def test_a_beginning_that_cannot_be_read_is_not_passed_over() -> None:
    """Where the stamp is of another form, or names a day that is none, the incident itself is read."""
    page = StatusPage([hour("bbbbbbbbbbbb", day("2026-01-20")), *many(60, day("2026-04-02"), timedelta(days=1)),
                       hour("cccccccccccc", day("2026-02-20")), hour("dddddddddddd", day("2026-01-25")),
                       hour("eeeeeeeeeeee", day("2025-12-02"))])  # fmt: skip

    def answer(request: Request) -> Response:
        right = page(request)
        stamps = {
            b"Feb <var data-var='date'>20": b"Feb <var data-var='date'>30",
            b"Jan <var data-var='date'>20": b"<b>20",
        }
        body = right.body
        for was, now in stamps.items():
            body = body.replace(was, now)
        return Response(right.status, body, right.headers) if request.path == "/history.json" else right

    with serve(answer) as server, pulling(statuspage, "claude", CLAUDE_STATUS_URL=server.url) as pull:
        assert pull(day("2025-12-30"), until=day("2026-01-01")).failure is None
        found = asked(server.requests)

    assert {"bbbbbbbbbbbb", "cccccccccccc"} < set(found)
    assert "dddddddddddd" not in found


def test_a_code_that_would_lead_elsewhere_is_not_followed() -> None:
    """A code becomes part of an address: one that is no code is a fault of the history, and is not asked for."""
    page = StatusPage(many(80, day("2026-01-05"), timedelta(days=2)))
    month = {"name": "June", "year": 2026, "incidents": [{"code": "../../admin?x=", "timestamp": ""}]}
    page.instead = {"/history.json": Response(200, json.dumps({"months": [month]}).encode(), JSON)}
    with serve(page) as server, pulling(statuspage, "claude", CLAUDE_STATUS_URL=server.url) as pull:
        outcome = pull(day("2026-01-05"))
        assert asked(server.requests) == []

    assert type(outcome.failure) is UnexpectedShape
