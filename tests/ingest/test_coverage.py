"""Arithmetic on windows."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ingest.coverage import covered_time, gaps, intersection, union
from ingest.records import Window

START = datetime(2026, 4, 1, tzinfo=UTC)


@st.composite
def windows(draw: st.DrawFn) -> Window:
    """Draw a window of whole minutes within a day."""
    start = draw(st.integers(0, 1400))
    return Window(START + timedelta(minutes=start), START + timedelta(minutes=start + draw(st.integers(1, 200))))


def minutes_of(listed: list[Window]) -> set[int]:
    """Name every minute that lies under one of the windows."""
    return {
        minute
        for window in listed
        for minute in range(
            int((window.start - START).total_seconds() // 60), int((window.end - START).total_seconds() // 60)
        )
    }


@given(st.lists(windows()))
def test_union_covers_the_same_minutes_and_is_disjoint(listed: list[Window]) -> None:
    """A union loses and adds no minute, is sorted, and its parts do not touch."""
    joined = union(listed)

    assert minutes_of(joined) == minutes_of(listed)
    assert all(a.end < b.start for a, b in pairwise(joined))


@given(windows(), st.lists(windows()))
def test_gaps_are_exactly_what_was_not_seen(wanted: Window, covered: list[Window]) -> None:
    """Gaps and coverage share no minute, and together they are what was wanted."""
    missing = gaps(wanted, covered)

    assert minutes_of(missing) == minutes_of([wanted]) - minutes_of(covered)
    assert gaps(wanted, [*covered, *missing]) == []
    assert covered_time(wanted, covered) == timedelta(minutes=len(minutes_of([wanted]) & minutes_of(covered)))


@given(windows(), windows())
def test_intersection_is_common_time_or_nothing(one: Window, other: Window) -> None:
    """An intersection holds the minutes that both have, and windows that only touch have none."""
    both = intersection(one, other)

    assert minutes_of([both] if both else []) == minutes_of([one]) & minutes_of([other])
