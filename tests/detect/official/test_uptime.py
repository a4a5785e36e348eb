"""Uptime by definition. Incidents are shaped by hand, and so are the page's own seconds: no real ones are at hand."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from officialrecord import record

from detect.official.uptime import (
    ALL,
    DEFINITIONS,
    Difference,
    Uptime,
    downtimes,
    felt_uptime,
    reconcile,
    seconds_by_day,
    statuspage_share,
    uptimes,
)  # fmt: skip
from ingest import watchlist
from ingest.official import ComponentChange, Incident, IncidentUpdate
from ingest.records import Window

NOON = datetime(2026, 4, 15, 12, tzinfo=UTC)
DAY = Window(NOON, NOON + timedelta(days=1))
PARTS = {"API": "api", "api.old": "api", "Web": "web"}


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def incident(*told: tuple[float, str, dict[str, str]], **fields: Any) -> Incident:
    """Shape an incident from (minute, status, states of components); it is over with its last message."""
    updates = tuple(
        IncidentUpdate(
            status, after(at), after(at), "", tuple(ComponentChange(name, None, new) for name, new in states.items())
        )
        for at, status, states in told
    )
    values: dict[str, Any] = {
        "service": "claude", "incident_id": "shaped", "name": "Errors", "impact": "major", "status": told[-1][1],
        "started_at": None, "created_at": after(0), "resolved_at": None, "components": (), "updates": updates,
    }  # fmt: skip
    return Incident(**(values | fields))


def shares(*incidents: Incident, page: tuple[Window, ...] = (DAY,)) -> dict[tuple[str, str], Uptime]:
    counted = uptimes("claude", downtimes(incidents, DAY.end), DAY, page, PARTS)
    return {(one.part, one.definition): one for one in counted}


def test_definitions_side_by_side() -> None:
    """An hour of major, an hour of partial and an hour of degraded are 60, 78, 120 and 180 minutes by definition."""
    hours = incident(
        (0, "investigating", {"API": "major_outage"}), (60, "identified", {"API": "partial_outage"}),
        (120, "monitoring", {"API": "degraded_performance"}), (180, "resolved", {"API": "operational"}),
    )  # fmt: skip
    told = shares(hours)
    down = {name: told["api", name].down_min for name in DEFINITIONS if name != "felt"}
    assert down == {
        "major": 60, "statuspage": 78, "major + partial": 120, "anything": 180, "anything, notices too": 180,
    }  # fmt: skip
    assert told["web", "anything"].share == 1.0
    assert told[ALL, "statuspage"].share == pytest.approx(1 - 78 / 1440)


def test_overlapping_incidents_count_once_and_the_worse_state_wins() -> None:
    """Quirk 8: two incidents on one component, once under its old name, are no double outage."""
    one = incident((0, "investigating", {"API": "partial_outage"}), (60, "resolved", {"API": "operational"}))
    other = incident((30, "investigating", {"api.old": "major_outage"}), (90, "resolved", {"api.old": "operational"}))
    told = shares(one, other)
    assert told["api", "major"].down_min == 60
    assert told["api", "statuspage"].down_min == 60 + 0.3 * 30
    assert told["api", "anything"].down_min == 90


def test_a_dropped_component_is_down_to_the_end_of_the_incident() -> None:
    """Quirk 9: a component that never recovers inside its incident does not stay down for ever."""
    dropped = incident((0, "investigating", {"API": "major_outage"}), (45, "resolved", {}), resolved_at=after(40))
    assert shares(dropped)["api", "major"].down_min == 40


def test_a_suspension_stands_apart() -> None:
    """Quirk 14: a deliberate suspension is down only under the definition that says so; maintenance under none."""
    suspended = incident(
        (0, "monitoring", {"API": "degraded_performance"}), (600, "resolved", {}), name="We suspended a model"
    )
    works = incident((0, "in_progress", {"API": "major_outage"}), (60, "completed", {}), impact="maintenance")
    told = shares(suspended, works)
    assert told["api", "anything"].share == 1.0
    assert told["api", "anything, notices too"].down_min == 600


def test_only_what_was_read_counts() -> None:
    """The time in which nobody read the page is neither up nor down; where none was read the share is unknown."""
    hours = incident((0, "investigating", {"API": "major_outage"}), (120, "resolved", {"API": "operational"}))
    half = shares(hours, page=(Window(after(60), after(60 + 720)),))["api", "major"]
    assert (half.down_min, half.known) == (60, 0.5)
    assert half.share == pytest.approx(1 - 60 / 720)
    assert shares(hours, page=())["api", "major"].share is None


def test_felt_uptime_goes_by_episodes_and_judged_time() -> None:
    """Episodes are down, of the time in which complaints could be judged; without any of it nothing is known."""
    ran = (Window(after(-60), after(60)), Window(after(30), after(120)), Window(after(800), after(900)))
    told = felt_uptime("claude", ran, (Window(after(0), after(720)),), DAY)
    assert (told.down_min, told.known) == (120, 0.5)
    assert told.share == pytest.approx(1 - 120 / 720)
    assert felt_uptime("claude", ran, (), DAY).share is None


def test_the_pages_own_seconds_reconcile() -> None:
    """Shaped by hand: the page's seconds of partial and major per day give its share, and ours agree with them."""
    night = incident(
        (11 * 60, "investigating", {"API": "partial_outage"}), (13 * 60, "identified", {"API": "major_outage"}),
        (14 * 60, "resolved", {"API": "operational"}),
    )  # fmt: skip
    page = {date(2026, 4, 15): (3600.0, 0.0), date(2026, 4, 16): (3600.0, 3600.0)}
    ours = seconds_by_day(downtimes([night], DAY.end), "API")
    assert ours == page
    assert reconcile(page, ours) == []
    assert statuspage_share(page, 90) == pytest.approx(1 - (0.3 * 7200 + 3600) / (90 * 86_400))


def test_a_day_that_does_not_reconcile_is_named() -> None:
    """Shaped by hand: the page counts ten minutes that no message tells of, and leaves out a day that one does."""
    page = {date(2026, 4, 15): (600.0, 0.0)}
    ours = {date(2026, 4, 15): (590.0, 0.0), date(2026, 4, 17): (0.0, 120.0)}
    assert reconcile(page, ours) == [Difference(date(2026, 4, 17), 0.0, 0.0, 0.0, 120.0)]
    assert len(reconcile(page, ours, tolerance_s=5)) == 2


STATES = ("operational", "major_outage", "partial_outage", "degraded_performance", "under_maintenance", "nonsense")


TOLD = st.tuples(st.integers(0, 2000), st.sampled_from(sorted(PARTS)), st.sampled_from(STATES))


@given(
    st.lists(
        st.lists(TOLD, min_size=1, max_size=5),
        max_size=5,
    )
)  # fmt: skip
def test_stricter_definitions_never_find_less(told: list[list[tuple[int, str, str]]]) -> None:
    """A definition that counts more finds at least as much down, and no share leaves 0 to 1."""
    incidents = [
        incident(*((at, "investigating", {name: state}) for at, name, state in sorted(each)), resolved_at=after(2100))
        for each in told
    ]
    counted = shares(*incidents)
    for part in (ALL, "api", "web"):
        down = [counted[part, name].down_min for name in ("major", "statuspage", "major + partial", "anything")]
        assert down == sorted(down)
        assert down[-1] <= counted[ALL, "anything"].down_min + 0.1
        assert all(0 <= (counted[part, name].share or 0) <= 1 for name in DEFINITIONS if name != "felt")


def test_the_real_suspension_moves_only_its_own_definition(shared_data: Path) -> None:
    """In the 90 days to 1 July 2026 s9w82lp9dcn9 alone takes 17 days off, and only where notices count."""
    as_of = datetime(2026, 7, 1, tzinfo=UTC)
    service = watchlist.load().services["claude"]
    parts = {component: surface for surface, known in service.surfaces.items() for component in known.components}
    span = Window(as_of - timedelta(days=90), as_of)

    def down(without: str = "") -> dict[str, float]:
        known = [each for name, each in record(shared_data / "status").items() if name != without]
        told = uptimes("claude", downtimes(known, as_of), span, (span,), parts)
        return {one.definition: one.down_min / 1440 for one in told if one.part == ALL}

    whole, others = down(), down(without="s9w82lp9dcn9")
    assert whole["anything"] == others["anything"]
    assert 16 <= whole["anything, notices too"] - others["anything, notices too"] <= 18
    assert whole["major"] < whole["statuspage"] < whole["major + partial"] < whole["anything"]
