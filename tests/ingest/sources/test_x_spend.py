"""The hard cap on what X may cost: by day, by month, in the middle of a walk, over a kill, over midnight.

Through the real httpx over loopback, whose server keeps a bill; payloads are shaped by hand.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback.http import Request, Response
from loopback.x import SEARCH, every
from loopback.x_world import COMPLAINTS, DATABASE, EXPOSURE, HOUR, KEYS, MINUTE, NOON, SECOND, World, opened

from ingest.database import connect
from ingest.errors import SpendCapped
from ingest.pull import pull_target
from ingest.records import Window
from ingest.sources import Memory, Page, Target, x
from ingest.sources.x.spend import Purse

MIDNIGHT = datetime(2026, 4, 16, tzinfo=UTC)


@pytest.fixture
def world() -> Iterator[World]:
    """Three hours of posts, two a minute."""
    with opened(posts=every(30 * SECOND, NOON, 400)) as made:
        yield made


def cap(world: World, day: float = 1000, month: float = 1000) -> None:
    """Set what may be spent."""
    world.keys |= {"ICD_X_USD_PER_DAY": str(day), "ICD_X_USD_PER_MONTH": str(month)}


def refused(page: Page) -> str:
    """See that a page refuses to ask, and return its words."""
    assert (page.items, page.covered, page.requests, page.cost_usd) == ((), None, 0, 0.0)
    assert isinstance(page.problem, SpendCapped)
    return str(page.problem)


def test_counts_up_to_the_cap_of_the_day(world: World) -> None:
    """A cent a day is two requests: the third is not sent, and the line names the setting and when it is free again."""
    cap(world, day=0.01)
    for minute in (0, 5, 10):
        world.now = NOON + minute * MINUTE
        outcome = world.pull(COMPLAINTS)
    assert len(world.server.requests) == 2
    assert isinstance(outcome.failure, SpendCapped)
    assert str(outcome.failure) == (
        "x claude/complaints: ICD_X_USD_PER_DAY allows $0.01, $0.010 of it is spent or reserved, the next request "
        "could cost $0.005; free again at 2026-04-16T00:00Z, or raise it in .env"
    )
    assert world.spent() == world.bill() == 0.01


def test_counts_up_to_the_cap_of_the_month(world: World) -> None:
    """What the ledger knows of earlier days counts for the month, and the first of the next is named."""
    cap(world, month=20)
    pages = list(world.pages(COMPLAINTS, memory=Memory({}, 0.2, 19.995)))
    assert [page.cost_usd for page in pages] == [0.005, 0.0]
    said = refused(*world.pages(COMPLAINTS, memory=Memory({}, 0.2, 19.9951)))
    assert "ICD_X_USD_PER_MONTH allows $20.00" in said
    assert "free again at 2026-05-01T00:00Z" in said
    assert len(world.server.requests) == 1


def test_december_ends_in_january(world: World) -> None:
    """The month's end is a calendar's: from the 31st of December it is free again on the first of January."""
    world.now = datetime(2026, 12, 31, 12, tzinfo=UTC)
    cap(world, month=1)
    assert "2027-01-01T00:00Z" in refused(*world.pages(COMPLAINTS, memory=Memory({}, 0, 1)))


@pytest.mark.parametrize("day", ["0", "0.004"])
def test_a_cap_below_one_request_asks_nothing(world: World, day: str) -> None:
    """0 means nothing is asked; it does not become free at midnight, so no time is promised."""
    world.keys["ICD_X_USD_PER_DAY"] = day
    said = refused(*world.pages(COMPLAINTS))
    assert said.endswith("could cost $0.005; raise it in .env")
    assert world.server.requests == []


def test_two_hundred_counts_fit_into_a_dollar() -> None:
    """Thousandths of a dollar do not add up exactly in floats: the 200th request is sent, the 201st is not."""
    purse = Purse(1.0, 20.0)
    sent = 0
    while not purse.refusal(COMPLAINTS, 0.005, NOON):
        purse.book(0.005, NOON)
        sent += 1
    assert sent == 200


def test_a_reservation_is_saved_before_the_request(world: World) -> None:
    """The page that reserves comes first, with nothing sent yet; what was not spent is given back with the posts."""
    pages = world.pages(hours=0.5)
    first = next(pages)
    assert (first.items, first.covered, first.requests, first.cost_usd) == ((), None, 0, 0.5)
    assert world.server.requests == []
    second = next(pages)
    assert (len(second.items), second.requests, round(second.cost_usd, 3)) == (61, 1, -0.195)
    assert list(pages) == []


RUN = """
import sys
from datetime import timedelta
from functools import partial
from pathlib import Path
from ingest.database import connect
from ingest.pull import pull_target
from ingest.records import Window
from ingest.settings import load
from ingest.sources import x
from loopback.x_world import DATABASE, KEYS, NOON, SAMPLE
pull_target(
    x, x.connect(load()), SAMPLE, Window(NOON - timedelta(hours=3), NOON),
    open_database=partial(connect, DATABASE), keys=KEYS, now=lambda: NOON,
)
"""


def test_a_kill_between_reservation_and_answer_leaves_too_much(world: World) -> None:
    """Killed while X answers: the ledger holds the whole reservation, and the next run has that much less to spend."""
    cap(world, day=1.6, month=1000)  # $0.80 of it is due at noon
    asked, killed = threading.Event(), threading.Event()

    def answer_late(request: Request, right: Response) -> Response:
        asked.set()
        killed.wait(20)
        return right

    world.site.trouble(SEARCH, answer_late)
    root = Path(__file__).resolve().parents[3]
    found = os.environ | world.keys | {"PYTHONPATH": f"{root}{os.pathsep}{root / 'tests'}"}
    run = subprocess.Popen([sys.executable, "-c", RUN], env=found)
    try:
        assert asked.wait(20)
    finally:
        run.kill()
        run.wait()
        killed.set()
    assert world.ask("SELECT cost_usd, requests, fetched, covered_start FROM pulls") == [(0.5, 0, 0, None)]
    world.server.requests.clear()
    world.pull()
    assert world.sent("max_results") == ["60"]
    assert world.spent() >= world.bill() == 0.8


def test_after_a_kill_the_cap_still_holds(world: World) -> None:
    """However often a run is killed after its reservation, what was reserved and what is billed stay below the cap."""
    cap(world, day=0.02)
    for _ in range(3):
        pages = world.pages(COMPLAINTS, memory=Memory({}, world.spent(), world.spent()))
        page = next(pages)
        pages.close()
        save(world, page)
    assert world.spent() == 0.015
    world.pull(COMPLAINTS)
    world.now = NOON + 5 * MINUTE
    assert isinstance(world.pull(COMPLAINTS).failure, SpendCapped)
    assert (world.spent(), world.bill()) == (0.02, 0.005)


def save(world: World, page: Page) -> None:
    """Save one page as pull does: its cost is then in the ledger, whatever becomes of the program."""

    class OnePage:
        NAME, PLATFORM = x.NAME, x.PLATFORM

        @staticmethod
        def fetch(*_: object) -> Iterator[Page]:
            yield page

    pull_target(
        OnePage, None, COMPLAINTS, Window(world.now - HOUR, world.now), open_database=partial(connect, DATABASE),
        keys=KEYS, now=lambda: world.now,
    )  # fmt: skip


def test_a_walk_ends_at_the_cap(world: World) -> None:
    """Enough for two pages and not for a third: the rest stays a gap, which the next day's run fills."""
    cap(world, day=2.4)  # $1.20 of it is due at noon
    outcome = world.pull()
    assert isinstance(outcome.failure, SpendCapped)
    assert world.spent() == world.bill() == 1.0
    reached = NOON - 201 * 30 * SECOND + SECOND
    assert world.covered() == [Window(reached, NOON - 30 * SECOND)]
    world.now = MIDNIGHT + 20 * HOUR
    world.pull(hours=35)
    assert world.covered()[0].start == NOON - 3 * HOUR - MINUTE
    assert len(world.saved()) == 361 + 1
    assert world.spent() == world.bill()


def test_hard_cap_in_the_middle_of_a_walk(world: World) -> None:
    """The cap itself, not the even pace, ends a walk too: at the day's last minute all of it is due."""
    world.site.posts = every(SECOND, MIDNIGHT, 2000)
    world.now = MIDNIGHT - SECOND
    cap(world, day=1.2)
    pages = list(world.pages())
    assert [page.cost_usd for page in pages if page.cost_usd] == [0.5, 0.5]
    assert "ICD_X_USD_PER_DAY allows $1.20, $1.000 of it" in refused(pages[-1])
    assert world.bill() == 1.0


def test_gaps_of_one_pull_share_one_budget(world: World) -> None:
    """A target's memory is read once for all its gaps: what the first gap spends is not forgotten at the second."""
    cap(world, day=0.01)
    memory, client = Memory(), world.client()
    for hours in (1, 2, 3):
        world.now = NOON + hours * HOUR
        pages = list(world.pages(COMPLAINTS, hours, memory, client))
    refused(pages[-1])
    assert world.bill() == 0.01


def test_midnight_in_the_middle_of_a_run(world: World) -> None:
    """The day's cap is used up at 23:59; after midnight it is free, though the memory is still yesterday's."""
    cap(world, day=0.01)
    memory, client = Memory({}, 0.005, 0.005), world.client()
    world.now = MIDNIGHT - MINUTE
    assert len(list(world.pages(COMPLAINTS, 1, memory, client))) == 2
    refused(*world.pages(EXPOSURE, 1, memory, client))
    world.now = MIDNIGHT + MINUTE
    assert len(list(world.pages(EXPOSURE, 1, memory, client))) == 2
    assert len(list(world.pages(COMPLAINTS, 1, memory, client))) == 2
    world.now = MIDNIGHT + 2 * MINUTE
    refused(*world.pages(COMPLAINTS, 1, memory, client))


def test_the_end_of_a_month_in_the_middle_of_a_run(world: World) -> None:
    """The month's cap is free on the first of the next, the day's as well; not one minute earlier."""
    cap(world, month=0.005)
    memory, client = Memory({}, 0.0, 0.005), world.client()
    turn = datetime(2026, 5, 1, tzinfo=UTC)
    world.now = turn - MINUTE
    refused(*world.pages(COMPLAINTS, 1, memory, client))
    world.now = turn + MINUTE
    assert len(list(world.pages(COMPLAINTS, 1, memory, client))) == 2


def test_a_reservation_that_midnight_overtakes_is_made_again(world: World) -> None:
    """It was saved for yesterday: today's request gets one of its own, and yesterday's is left as too much."""
    world.now = MIDNIGHT - SECOND
    pages = world.pages(COMPLAINTS)
    assert next(pages).cost_usd == 0.005
    world.now = MIDNIGHT + SECOND
    assert next(pages).cost_usd == 0.005
    assert world.server.requests == []
    assert next(pages).cost_usd == 0.0
    assert len(world.server.requests) == 1


@given(st.lists(st.tuples(st.integers(0, 3000), st.sampled_from([0.005, 0.05, 0.5]), st.booleans()), max_size=60))
def test_nothing_ever_passes_a_cap(steps: list[tuple[int, float, bool]]) -> None:
    """Whatever is asked and given back, over days and months: no day and no month is ever booked beyond its cap."""
    purse, at, target = Purse(1.0, 3.0), datetime(2026, 4, 28, tzinfo=UTC), Target("t")
    days: dict[object, float] = {}
    months: dict[object, float] = {}
    for minutes, usd, free in steps:
        at += timedelta(minutes=minutes)
        if purse.refusal(target, usd, at):
            continue
        purse.book(usd, at)
        spent = usd
        if free:
            purse.book(-usd, at)
            spent = 0.0
        days[at.date()] = days.get(at.date(), 0.0) + spent
        months[at.month] = months.get(at.month, 0.0) + spent
    assert all(spent <= 1.0 + 1e-5 for spent in days.values())
    assert all(spent <= 3.0 + 1e-5 for spent in months.values())
