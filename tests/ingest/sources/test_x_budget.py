"""What X's budget goes to: counts first, a sample with what is left of an even pace; and what of it is given back.

Through the real httpx over loopback; payloads are shaped by hand.
"""

from collections.abc import Iterator

import pytest
from loopback.x import COUNTS, PAYMENT, SEARCH, as_json, changed, every, hang_up, instead, late
from loopback.x_world import COMPLAINTS, EXPOSURE, HOUR, MINUTE, NOON, SAMPLE, SECOND, World, opened

from ingest.errors import SpendCapped
from ingest.records import Window
from ingest.settings import load
from ingest.sources import Memory, Page, x

MIDNIGHT = NOON + 12 * HOUR


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


def test_the_sample_leaves_the_counts_their_share(world: World) -> None:
    """By default at noon half a dollar is due: a page of what is left of that, and the counts still go on."""
    cap(world, day=1, month=20)
    world.pull(COMPLAINTS)
    outcome = world.pull()
    assert world.sent("max_results") == [None, "99"]
    assert "what is left is kept for the counts" in str(outcome.error)
    world.now = NOON + 5 * MINUTE
    assert world.pull(COMPLAINTS).error is None
    assert isinstance(world.pull().failure, SpendCapped)


def test_early_in_the_day_there_is_no_sample_yet(world: World) -> None:
    """At half past midnight two cents are due: too few for ten posts, and the line says from when on there are."""
    world.now = MIDNIGHT + 30 * MINUTE
    cap(world, day=1, month=1000)
    said = refused(*world.pages())
    assert "the next request could cost $0.050; what is left is kept for the counts" in said
    assert "free again at 2026-04-16T01:12Z" in said


def test_an_older_gap_takes_no_page_from_the_newest(world: World) -> None:
    """With money for one page the gap left yesterday is passed over without a word, and the newest is read."""
    cap(world, day=1.5)
    client = world.client()
    old = Window(NOON - 3 * HOUR, NOON - 2 * HOUR)
    assert list(x.fetch(client, SAMPLE, old, lambda: NOON, Memory())) == []
    assert sum(len(page.items) for page in world.pages(hours=0.5, client=client)) == 61


def test_an_older_gap_says_when_all_is_spent(world: World) -> None:
    """With no money at all the older gap says so: the newest could not be read either."""
    cap(world, day=1.5)
    old = Window(NOON - 3 * HOUR, NOON - 2 * HOUR)
    refused(*x.fetch(world.client(), SAMPLE, old, lambda: NOON, Memory({}, 1.4, 1.4)))


def test_an_empty_account_is_asked_once_a_run(world: World) -> None:
    """After a 402 the other targets do not ask; half an hour later they do, for credits may have been bought."""
    world.site.trouble(COUNTS, instead(PAYMENT))
    client = world.client()
    said = [str(world.pull(target, client=client).error) for target in (COMPLAINTS, EXPOSURE, SAMPLE)]
    assert all("credits are used up" in one for one in said)
    assert said[2].startswith("x claude/sample: ")
    assert len(world.server.requests) == 1
    world.now = NOON + 31 * MINUTE
    assert world.pull(COMPLAINTS, client=client).error is None


def test_an_estimate_is_the_worst_case() -> None:
    """A request for counts; for a sample five pages of a hundred; and never more than the caps."""
    window = Window(NOON - HOUR, NOON)
    many = load({"ICD_X_USD_PER_DAY": "100", "ICD_X_USD_PER_MONTH": "100"})
    found = [x.estimate(many, target, window) for target in (COMPLAINTS, SAMPLE)]
    assert [(one.requests, one.usd) for one in found] == [(1, 0.005), (5, 2.5)]
    assert x.estimate(load({}), SAMPLE, window).usd == 1.0


def test_a_days_cost_is_what_about_says() -> None:
    """Six requests a run, by the default watchlist: $0.72 a day hourly, $8.64 every five minutes, $22 a month."""
    counts = [target for target in x.targets(load({})) if target.brings == "volumes"]
    usd = sum(x.estimate(load({}), target, Window(NOON - HOUR, NOON)).usd for target in counts)
    for said in (f"${24 * usd:.2f} a day run hourly", f"(${24 * 31 * usd:.0f} a month)", f"${288 * usd:.2f} run every"):
        assert said in x.ABOUT.cost
    assert "$0.72 a day" in x.ABOUT.cost


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 429, 500, 503, 302])
def test_what_x_refuses_is_given_back(world: World, status: int) -> None:
    """Failed requests are not billed: the reservation and what is given back cancel, in the ledger as on the bill."""
    world.site.trouble(SEARCH, instead(as_json({}, status)))
    outcome = world.pull()
    assert outcome.failure is not None
    assert world.spent() == world.bill() == 0.0
    assert world.ask("SELECT cost_usd, requests FROM pulls ORDER BY pull_id") == [(0.5, 0), (-0.5, 0), (0.0, 1)]


def test_a_closed_port_costs_nothing(world: World) -> None:
    """Where nothing could be sent nothing was billed: a laptop without a network does not use up the day."""
    world.keys["ICD_X_URL"] = "http://127.0.0.1:1"
    client = world.client()
    for target in (COMPLAINTS, SAMPLE):
        assert "could not be reached" in str(world.pull(target, client=client).error)
    assert world.spent() == 0.0


@pytest.mark.parametrize("trouble", [late(0.6), hang_up], ids=["late", "hang up"])
def test_a_silence_keeps_the_reservation(world: World, trouble: object) -> None:
    """No answer, or half of one: X may have billed it, so the worst case stays in the ledger."""
    world.keys["ICD_TIMEOUT_SECONDS"] = "0.3"
    world.site.trouble(SEARCH, trouble)  # type: ignore[arg-type]
    assert world.pull().failure is not None
    assert world.spent() == 0.5


def test_more_posts_than_asked_for_are_paid(world: World) -> None:
    """A far end that gives more than max_results bills more than was reserved: the ledger says so."""

    def doubled(payload: dict[str, list[dict[str, str]]]) -> None:
        more = [one | {"id": str(int(one["id"]) + 1)} for one in payload["data"]]
        payload["data"] = sorted(payload["data"] + more, key=lambda one: int(one["id"]), reverse=True)

    world.site.trouble(SEARCH, changed(doubled))
    world.pull(hours=0.5)
    assert world.spent() == 0.61
