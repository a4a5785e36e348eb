"""Google's two feeds, read by the real httpx over loopback; payloads are by hand unless a test says recorded."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from loopback.googlestatus import (
    CLOUD,
    GEMINI_API,
    GEMINI_APP,
    OTHER,
    WORKSPACE,
    GoogleStatus,
    environment,
    incident,
    written,
)
from loopback.http import Response, serve
from loopback.pagepull import NOW, ask, covered, pulling, reading

from ingest import settings
from ingest.errors import ConfigError, Truncated, UnexpectedShape, Unreachable
from ingest.records import Incident, PageState, Window
from ingest.sources import Memory, googlestatus

BEGIN = NOW - timedelta(days=20)


def known() -> list[str]:
    """Name the incidents that were saved."""
    return [code for (code,) in ask("SELECT incident_id FROM incidents ORDER BY 1")]


def read(payload: dict[str, Any], *products: str) -> Incident:
    """Parse one incident of the watched products."""
    fact = googlestatus.parse({"kind": "incident", "payload": payload, "products": list(products)}, reading("gemini"))
    assert isinstance(fact, Incident)
    return fact


def test_both_feeds_are_read_and_only_what_is_watched_is_kept() -> None:
    """By the product's id, in either list of it: 1 of 3 from Cloud's feed, 1 of 2 from Workspace's."""
    cloud = [incident("a", BEGIN, OTHER, GEMINI_API), incident("b", BEGIN, OTHER), incident("c", BEGIN, OTHER)]
    current = [{"title": "Gemini", "id": GEMINI_APP}]
    workspace = [incident("d", BEGIN, OTHER, currently_affected_products=current), incident("e", BEGIN, OTHER)]
    with (
        serve(GoogleStatus(cloud, workspace)) as server,
        pulling(googlestatus, "gemini", **environment(server.url)) as pull,
    ):
        outcome = pull()
        assert [request.path for request in server.requests] == [CLOUD, WORKSPACE]

    assert (outcome.failure, outcome.rejected) == (None, 0)
    assert ask("SELECT incident_id, components FROM incidents ORDER BY 1") == [
        ("a", ["Vertex Gemini API"]),
        ("d", ["Gemini"]),
    ]
    assert ask('SELECT "indicator", unresolved FROM page_states') == [("none", 0)]
    assert covered() == [(NOW - timedelta(days=2), NOW)]


def test_an_address_of_ones_own_reads_one_feed_only() -> None:
    """An own ICD_GEMINI_STATUS_URL brings no second feed along: that one covers by itself."""
    with (
        serve(GoogleStatus([incident("a", BEGIN, GEMINI_API)])) as server,
        pulling(googlestatus, "gemini", GEMINI_STATUS_URL=server.url + CLOUD) as pull,
    ):
        assert pull().failure is None
        assert [request.path for request in server.requests] == [CLOUD]

    assert known() == ["a"]
    assert len(covered()) == 1


def test_by_itself_it_reads_the_two_feeds_of_the_watchlist() -> None:
    """Without a setting both public feeds are named, and the five products of the watchlist."""
    client = googlestatus.connect(settings.load({}))
    assert [addresses[0].rpartition("/")[2] for addresses in client.feeds["gemini"]] == ["incidents.json"] * 2
    assert {GEMINI_API, GEMINI_APP} <= client.products["gemini"]
    assert [target.name for target in googlestatus.targets(settings.load({}))] == ["gemini/page"]


@pytest.mark.parametrize("broken", [CLOUD, WORKSPACE])
@pytest.mark.parametrize("fault", [Response(503, b""), Response(200, b"<html></html>"), Response(200, b"{}")])
def test_one_feed_alone_covers_nothing(broken: str, fault: Response) -> None:
    """What the other says is kept, but the page is unreadable, nothing is covered, and the line says why."""
    site = GoogleStatus([incident("a", BEGIN, GEMINI_API)], [incident("d", BEGIN, GEMINI_APP)], {broken: fault})
    with serve(site) as server, pulling(googlestatus, "gemini", **environment(server.url)) as pull:
        outcome = pull()

    assert type(outcome.failure) in (Unreachable, UnexpectedShape)
    assert known() == (["d"] if broken == CLOUD else ["a"])
    assert covered() == []
    assert ask('SELECT "indicator" FROM page_states') == [(None,)]


@pytest.mark.parametrize(
    ("word", "severity", "impact"),
    [("SERVICE_INFORMATION", "low", "minor"), ("SERVICE_DISRUPTION", "medium", "major"),
     ("SERVICE_OUTAGE", "high", "critical"), ("SERVICE_NOVELTY", "high", "critical"), (None, None, "minor")],
)  # fmt: skip
def test_an_open_incident_is_what_a_page_would_show(word: str | None, severity: str | None, impact: str) -> None:
    """The feeds state no indicator: it is the worst impact of what is open, derived, and says that it is."""
    shown = incident("a", NOW - timedelta(hours=3), GEMINI_API, hours=None, status_impact=word, severity=severity)
    over = incident("b", BEGIN, GEMINI_APP, status_impact="SERVICE_OUTAGE", severity="high")
    elsewhere = incident("c", NOW, OTHER, hours=None, status_impact="SERVICE_OUTAGE", severity="high")
    with (
        serve(GoogleStatus([shown, elsewhere], [over])) as server,
        pulling(googlestatus, "gemini", **environment(server.url)) as pull,
    ):
        pull()

    assert ask('SELECT "indicator", unresolved, description FROM page_states') == [
        (impact, 1, "derived from the incidents that are open")
    ]
    assert ask("SELECT impact, status, resolved_at FROM incidents WHERE incident_id = 'a'") == [
        (impact, "investigating", None)
    ]


def test_an_incident_is_read_with_its_own_times() -> None:
    """Begin, posting 95 minutes later and end are three times; AVAILABLE is over; the offset +00:00 is UTC."""
    found = read(incident("a", BEGIN, OTHER, GEMINI_API), GEMINI_API)

    assert (found.started_at, found.created_at) == (BEGIN, BEGIN + timedelta(minutes=95))
    assert (found.resolved_at, found.status) == (BEGIN + timedelta(hours=2), "resolved")
    assert found.first_published_at == BEGIN + timedelta(minutes=95)
    assert [update.status for update in found.updates] == ["resolved", "investigating"]
    assert found.name == "Invented a."
    assert "Invented: AVAILABLE." in found.updates[0].body


def test_what_is_shown_is_not_when_it_was_posted() -> None:
    """`when` can be another time than `created`: it is what is displayed, and dates nothing."""
    payload = incident("a", BEGIN, GEMINI_API)
    payload["updates"][-1]["when"] = written(BEGIN)
    found = read(payload, GEMINI_API)
    assert found.first_published_at == BEGIN + timedelta(minutes=95)
    assert found.updates[-1].display_at == BEGIN


def test_a_title_is_one_plain_line() -> None:
    """The first line of the description, plain and at most 200 characters; the products where there is none."""
    for said, name in {
        "\n\n \x1b[31mRed\u202e line\t here \nmore": "Red line here", "x" * 300: "x" * 199 + "…",
        "": "Vertex Gemini API", None: "Vertex Gemini API",
    }.items():  # fmt: skip
        assert read(incident("a", BEGIN, GEMINI_API, external_desc=said), GEMINI_API).name == name


def test_a_product_that_was_renamed_is_still_watched() -> None:
    """The whole Vertex line is being renamed: products go by their ids, and a new title elsewhere is no revision."""
    one = incident("a", BEGIN, GEMINI_API)
    with (
        serve(site := GoogleStatus([one])) as server,
        pulling(googlestatus, "gemini", **environment(server.url)) as pull,
    ):
        pull()
        one["affected_products"][0]["current_title"] = "Gemini on Agent Platform"
        pull(at=NOW + timedelta(minutes=5))
        assert ask("SELECT count(*) FROM incident_revisions") == [(1,)]
        site.cloud.append(incident("b", BEGIN, GEMINI_API))
        site.cloud[1]["affected_products"][0]["title"] = "Gemini on Agent Platform"
        pull(at=NOW + timedelta(minutes=10))

    assert known() == ["a", "b"]


def test_a_text_edited_long_after_is_a_revision_and_the_first_words_stay() -> None:
    """Post-mortems come days later (p90 6.5 days): the content changed; the message as first seen does not."""
    one = incident("a", BEGIN, GEMINI_API)
    with serve(GoogleStatus([one])) as server, pulling(googlestatus, "gemini", **environment(server.url)) as pull:
        pull()
        one["updates"][0]["text"] = "Invented analysis."
        one["modified"] = written(NOW + timedelta(days=6))
        pull(at=NOW + timedelta(days=6))
        one["modified"] = written(NOW + timedelta(days=7))
        pull(at=NOW + timedelta(days=7))

    assert ask("SELECT count(*) FROM incident_revisions") == [(2,)]
    assert ask("SELECT count(*) FILTER (WHERE body LIKE '%analysis%'), count(*) FROM incident_updates") == [(0, 2)]


def test_a_last_modified_is_no_validator() -> None:
    """Both feeds give Last-Modified and ignore If-Modified-Since: every poll is a full read, nothing is remembered."""
    with serve(GoogleStatus([])) as server, pulling(googlestatus, "gemini", **environment(server.url)) as pull:
        pull()
        pull(at=NOW + timedelta(minutes=5))
        conditions = {"if-modified-since", "if-none-match"}
        assert not any(conditions & request.headers.keys() for request in server.requests)

    assert ask("SELECT count(*) FROM cached_answers") == [(0,)]
    assert len(covered()) == 2


def test_what_rolled_out_of_the_feeds_is_not_covered() -> None:
    """They hold about twelve months: eleven are vouched for, and what is older is a gap with a reason."""
    with serve(GoogleStatus([])) as server, pulling(googlestatus, "gemini", **environment(server.url)) as pull:
        outcome = pull(NOW - timedelta(days=500))

    assert type(outcome.failure) is Truncated
    assert covered() == [(NOW - timedelta(days=335), NOW)]
    assert [gap.end for gap in outcome.gaps_left] == [NOW - timedelta(days=335)]


def test_an_incident_that_left_the_feed_is_not_gone() -> None:
    """It rolled out of the window: what was seen of it stays."""
    site = GoogleStatus([incident("a", BEGIN, GEMINI_API)])
    with serve(site) as server, pulling(googlestatus, "gemini", **environment(server.url)) as pull:
        pull()
        site.cloud.clear()
        pull(at=NOW + timedelta(days=400))

    assert known() == ["a"]


def test_one_broken_incident_costs_only_itself() -> None:
    """One of another shape, of no product, or of no message goes to the rejects or is no one's; the others are kept."""
    good = [incident(f"good{n}", BEGIN, GEMINI_API) for n in range(9)]
    broken = [7, {"id": 7}, incident("no message", BEGIN, GEMINI_API, updates=[]),
              incident("no time", BEGIN, GEMINI_API) | {"begin": "0001-01-01T00:00:00+14:00"},
              incident("no product", BEGIN, affected_products=[])]  # fmt: skip
    with (
        serve(GoogleStatus([*good, *broken])) as server,
        pulling(googlestatus, "gemini", **environment(server.url)) as pull,
    ):
        outcome = pull()

    assert (outcome.failure, outcome.rejected) == (None, 4)
    assert len(known()) == 9
    assert ask('SELECT "indicator" FROM page_states') == [("none",)]


@pytest.mark.parametrize("key", ["affected_products", "id"])
def test_a_format_that_changed_does_not_look_calm(key: str) -> None:
    """Were the products called otherwise, nothing would be watched any more: that is a fault, not calm."""
    renamed = [{("other" if name == key else name): value for name, value in one.items()}
               for one in (incident(f"{n}", BEGIN, OTHER) for n in range(20))]  # fmt: skip
    with serve(GoogleStatus(renamed)) as server, pulling(googlestatus, "gemini", **environment(server.url)) as pull:
        outcome = pull()

    assert type(outcome.failure) is UnexpectedShape
    assert covered() == []
    assert ask('SELECT "indicator" FROM page_states') == [(None,)]


def test_an_incident_in_both_feeds_is_one() -> None:
    """The first feed's telling of it is taken, at every poll the same."""
    one, two = (incident("a", BEGIN, product) for product in (GEMINI_API, GEMINI_APP))
    with (
        serve(GoogleStatus([one], [two])) as server,
        pulling(googlestatus, "gemini", **environment(server.url)) as pull,
    ):
        pull()
        pull(at=NOW + timedelta(minutes=5))

    assert ask("SELECT components FROM incident_revisions") == [(["Vertex Gemini API"],)]


def test_a_gap_before_the_feeds_begin_is_not_claimed() -> None:
    """Asked for two years ago, it covers what it has seen, and nothing of what was wanted."""
    old = Window(NOW - timedelta(days=800), NOW - timedelta(days=700))
    with serve(GoogleStatus([])) as server, pulling(googlestatus, "gemini", **environment(server.url)) as pull:
        pages = list(googlestatus.fetch(pull.client, pull.target, old, lambda: NOW, Memory()))

    assert [page.covered for page in pages] == [Window(NOW - timedelta(days=335), NOW), None]
    assert type(pages[-1].problem) is Truncated
    assert isinstance(googlestatus.parse(pages[0].items[0], reading("gemini")), PageState)


def test_a_page_without_products_is_a_watchlist_to_mend(tmp_path: Path) -> None:
    """With no product watched every incident would be left out, and the page be calm for ever."""
    path = tmp_path / "watchlist.toml"
    page = 'type = "googlestatus"\nurl = "http://127.0.0.1"'
    path.write_text(f'[gemini]\ntitle = "Gemini"\naliases = ["gemini"]\n[gemini.status_page]\n{page}\n')
    with pytest.raises(ConfigError, match="names no products"):
        googlestatus.targets(settings.load({"ICD_WATCHLIST": str(path)}))
