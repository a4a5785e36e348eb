"""The matching rule, the verdicts and the signed lags. All episodes and incidents are invented but for named ids."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from officialrecord import record

from detect.detector.episodes import Episode
from detect.official.corroborate import Felt, Match, Rule, index, match
from detect.official.declared import DeclaredWindow
from detect.official.incidents import OfficialIncident, published_span, read
from detect.official.verdicts import EpisodeVerdict, judge_episode, judge_incident
from ingest import watchlist
from ingest.records import Window

NOON = datetime(2026, 4, 15, 12, tzinfo=UTC)
LATER = NOON + timedelta(days=2)
READ = (Window(NOON - timedelta(days=30), LATER),)
RULE = Rule()
CLAUDE = watchlist.load().services["claude"]


def after(minutes: float) -> datetime:
    """Name an instant by its minutes after noon."""
    return NOON + timedelta(minutes=minutes)


def episode(onset: float = 0, alarm: float = 10, end: float | None = 60, service: str = "claude") -> Episode:
    """Invent an episode, in minutes after noon."""
    return Episode(
        "id", service, after(onset), after(onset), after(onset), after(alarm), after(alarm), 9, 0.3,
        None if end is None else after(end), 40, ("reddit",),
    )  # fmt: skip


def incident(first: float = 17, end: float | None = 70, **fields: object) -> OfficialIncident:
    """Invent an incident whose page spoke so many minutes after noon."""
    values: dict[str, object] = {
        "service": "claude", "incident_id": "aaaaaaaaaaaa", "name": "Invented errors", "impact": "major",
        "started_at": after(first), "created_at": after(first), "resolved_at": None if end is None else after(end),
        "first_published_at": after(first),
    }  # fmt: skip
    return OfficialIncident(**(values | fields))  # type: ignore[arg-type]


def declared(start: float, end: float | None, confidence: str = "high") -> DeclaredWindow:
    """Invent a declared window, in minutes after noon."""
    return DeclaredWindow(
        after(start), None if end is None else after(end), after(600), (0, 1), confidence=confidence  # type: ignore[arg-type]
    )  # fmt: skip


def paired(one: Episode | Felt, *others: OfficialIncident, rule: Rule = RULE, as_of: datetime = LATER) -> list[Match]:
    felt = one if isinstance(one, Felt) else Felt(one)
    return match([felt], index(others, rule, as_of), rule, as_of)


def verdict(one: Episode, *others: OfficialIncident, page: object = READ, as_of: datetime = LATER) -> EpisodeVerdict:
    return judge_episode(one, paired(one, *others, as_of=as_of), page, RULE, as_of)  # type: ignore[arg-type]


def test_an_early_alarm_and_its_lag() -> None:
    """An alarm before the page's first word is early, and the lag from onset to that word is positive."""
    found = verdict(episode(), incident(first=17))

    assert (found.verdict, found.acknowledgement_lag_min, found.detection_lag_min) == ("early", 17.0, 10.0)


def test_a_page_that_was_first_has_a_negative_lag() -> None:
    """Where the page spoke before people complained, the lag says so by its sign."""
    found = verdict(episode(onset=30, alarm=40), incident(first=5))

    assert (found.verdict, found.acknowledgement_lag_min) == ("acknowledged", -25.0)


def test_first_publication_is_neither_started_nor_created() -> None:
    """Backdated stamps, as of 124yr07585k9, do not make the page earlier than it was."""
    backdated = incident(first=23, started_at=after(0), created_at=after(0))

    assert verdict(episode(), backdated).acknowledgement_lag_min == 23.0


def test_the_declared_lag_goes_by_the_operators_own_start() -> None:
    """Alarm minus declared start, of the start that lies nearest to the onset; none where none is sure."""
    stated = incident(first=17, declared=(declared(-5, 50), declared(-300, -280)))
    doubtful = incident(first=17, declared=(declared(-5, 50, "low"),))

    assert verdict(episode(), stated).declared_lag_min == 15.0
    assert verdict(episode(), doubtful).declared_lag_min is None


def test_without_a_match_silence_is_told_from_not_looking() -> None:
    """Unmatched is unacknowledged where the page was read, unknown where it was not, pending while young."""
    gap = (Window(NOON - timedelta(days=1), after(30)), Window(after(90), LATER))

    assert verdict(episode()).verdict == "unacknowledged"
    assert verdict(episode(), page=gap).verdict == "unknown"
    assert verdict(episode(), page=()).verdict == "unknown"
    assert verdict(episode(), as_of=after(100)).verdict == "pending"


def test_a_page_that_was_read_a_moment_ago_is_read() -> None:
    """A live page is never read up to this second: what it has not said 20 minutes ago is pending, 40 are too long."""
    until = (Window(NOON - timedelta(days=1), after(40)),)

    assert verdict(episode(), page=until, as_of=after(60)).verdict == "pending"
    assert verdict(episode(), page=until, as_of=after(80)).verdict == "unknown"
    before = (Window(NOON - timedelta(days=1), after(-5)),)
    assert verdict(episode(end=None), page=before, as_of=after(15)).verdict == "pending"
    assert verdict(episode(), page=READ, as_of=LATER).verdict == "unacknowledged"


@pytest.mark.parametrize(
    ("one", "other", "matches"),
    [
        (episode(), incident(), True),
        (episode(onset=-110, alarm=-100, end=-57), incident(), True),
        (episode(onset=-250, alarm=-240, end=-60), incident(), False),
        (episode(onset=99, alarm=105, end=140), incident(end=70), True),
        (episode(onset=101, alarm=105, end=140), incident(end=70), False),
        (episode(service="openai"), incident(), False),
        (episode(), incident(nature="maintenance"), False),
        (episode(), incident(nature="suspension"), False),
        (episode(), incident(nature="client release"), False),
        (episode(), incident(first=600, started_at=after(5), created_at=after(5), end=5), True),
        (episode(), incident(first=600, end=600, declared=(declared(-14, 40),)), True),
        (episode(), incident(first=600, end=600, declared=(declared(-14, 40, "low"),)), False),
        (episode(onset=-150, alarm=-140, end=-16), incident(first=10, declared=(declared(0, 40),)), False),
        (episode(onset=-150, alarm=-140, end=-14), incident(first=10, declared=(declared(0, 40),)), True),
        (episode(end=None), incident(first=300, end=None), True),
        (episode(onset=600, alarm=610, end=640), incident(first=0, end=900), False),
        (episode(onset=600, alarm=610, end=640), incident(first=0, end=900, spoke_at=(after(0), after(490))), True),
        (episode(onset=600, alarm=610, end=640), incident(first=0, end=900, spoke_at=(after(0), after(470))), False),
        (episode(onset=600, alarm=610, end=640), incident(first=0, end=900, spoke_at=(after(0), after(716))), False),
    ],
    ids=[
        "overlap", "users lead", "too early", "users trail", "too late", "another service", "maintenance",
        "suspension", "client release", "written up by its stamps", "written up by its prose", "prose in doubt",
        "before the declared start", "just before it", "both running", "open and silent", "open, spoke again",
        "open, spoke long before", "open, spoke long after",
    ],
)  # fmt: skip
def test_the_rule(one: Episode, other: OfficialIncident, *, matches: bool) -> None:
    """An episode and an incident match by the printed rule, and each pair says why."""
    found = paired(one, other)

    assert bool(found) is matches
    assert all(pair.reason for pair in found)


@pytest.mark.parametrize(
    ("surfaces", "models", "end", "matches"),
    [
        (("api",), ("sonnet 4.6",), 60, True),
        (("claude.ai",), ("sonnet 4.5",), 60, True),
        (("claude.ai",), (), 60, True),
        (("claude.ai",), (), 10, False),
        ((), ("opus 4.6",), 60, True),
        ((), ("opus 4.6",), 10, False),
        (("claude.ai",), ("opus 4.6",), 60, False),
        (("mobile",), (), 10, True),
        ((), (), 10, True),
    ],
    ids=["same", "model alone", "overlaps", "with slack", "other model overlaps", "other model with slack", "neither",
         "what no page names", "nothing named"],
)  # fmt: skip
def test_surfaces_and_models_decide(
    surfaces: tuple[str, ...], models: tuple[str, ...], end: float, *, matches: bool
) -> None:
    """Who names another surface or another model must overlap without slack; who names both others does not match."""
    named = {
        "surfaces": frozenset({"api"}),
        "families": frozenset({"sonnet"}),
        "nameable": frozenset({"api", "claude.ai"}),
    }
    felt = Felt(episode(alarm=5, end=end), None, surfaces, models)

    found = paired(felt, incident(first=17, **named))
    assert bool(found) is matches
    if found and "claude.ai" in surfaces:
        assert "people name claude.ai, the page api" in found[0].reason


def test_many_to_many() -> None:
    """One episode can meet two incidents and one incident two episodes; the page's word is the first of them."""
    first, second = incident(first=17, incident_id="a"), incident(first=9, incident_id="b")
    relapse = Felt(episode(onset=65, alarm=70, end=90))
    found = match([Felt(episode()), relapse], index([first, second], RULE, LATER), RULE, LATER)

    assert [(pair.incident_id, pair.page_spoke_at) for pair in found[:2]] == [("a", after(17)), ("b", after(9))]
    assert len(found) == 4
    assert judge_episode(episode(), found[:2], READ, RULE, LATER).verdict == "acknowledged"


def test_a_relapse_is_answered_by_what_the_page_says_then() -> None:
    """In an incident that has long been open, the message that can speak of the episode counts, not the first one."""
    long_open = incident(first=0, end=900, spoke_at=(after(0), after(615), after(890)))
    [pair] = paired(episode(onset=600, alarm=610, end=640), long_open)

    assert pair.page_spoke_at == after(615)
    assert "the page had spoken of it 600 min before the onset" in pair.reason


@given(st.floats(-400, 400), st.floats(1, 300), st.floats(-400, 400), st.floats(0, 300), st.floats(-5000, 5000))
def test_the_rule_knows_no_clock(onset: float, lasted: float, first: float, open_for: float, moved: float) -> None:
    """Moving episode and incident together changes no match, and slack only ever adds matches."""
    here = paired(episode(onset, onset + 1, onset + 1 + lasted), incident(first, first + open_for))
    there = paired(
        episode(onset + moved, onset + moved + 1, onset + moved + 1 + lasted),
        incident(first + moved, first + moved + open_for),
    )
    strict = Rule(users_lead=timedelta(), users_trail=timedelta(), declared_slack=timedelta())
    narrow = paired(episode(onset, onset + 1, onset + 1 + lasted), incident(first, first + open_for), rule=strict)

    assert bool(here) == bool(there)
    assert not narrow or here


@given(st.lists(st.tuples(st.integers(-3000, 3000), st.integers(0, 600)), max_size=30), st.integers(-3000, 3000))
def test_the_index_leaves_nobody_out(spans: list[tuple[int, int]], onset: int) -> None:
    """Looking only at incidents nearby finds the pairs that looking at each alone finds."""
    many = [incident(first, first + length, incident_id=str(n)) for n, (first, length) in enumerate(spans)]
    one = episode(onset, onset + 5, onset + 50)
    assert paired(one, *many) == [pair for each in many for pair in paired(one, each)]


def test_an_incident_nobody_could_feel_is_unknown() -> None:
    """An incident is unfelt only where complaints were judged for half of its time and it is over."""
    whole, part = (Window(after(0), after(100)),), (Window(after(0), after(30)),)

    def judged(windows: object, one: OfficialIncident | None = None, *, matched: bool = False) -> str:
        return judge_incident(one or incident(), windows, RULE, LATER, matched=matched).verdict  # type: ignore[arg-type]

    assert judged(whole) == "unfelt"
    assert judged(part) == "unknown"
    assert judged(()) == "unknown"
    assert judged((), matched=True) == "felt"
    assert judged(READ, incident(end=None)) == "unknown"
    assert judged((), incident(nature="maintenance")) == "unfelt"
    # Written up hours later: its time is the window it declares, not the instant of the message.
    assert judged(part, incident(first=600, end=600, declared=(declared(0, 40),))) == "unfelt"


def test_the_rule_prints_its_parameters() -> None:
    """The sentence under every timeline names the figures that the rule goes by."""
    minute = timedelta(minutes=1)
    said = str(Rule(99 * minute, 33 * minute, 13 * minute, 111 * minute, 300 * minute, 0.7))

    assert all(figure in said for figure in ("99 min", "33 min", "13 min", "111 min", "5 h", "70%"))


def test_overlapping_real_incidents_are_two(shared_data: Path) -> None:
    """Quirk 20: an episode in the overlap of 77j6yv8kc0vn and 89vbl7qk5dqp meets both, each for its own reason."""
    as_of = datetime(2026, 5, 5, tzinfo=UTC)
    known = record(shared_data / "status")
    both = [read(known[name], CLAUDE, as_of) for name in ("77j6yv8kc0vn", "89vbl7qk5dqp")]
    onset = datetime(2026, 5, 4, 14, 10, tzinfo=UTC) - NOON
    minutes = onset.total_seconds() / 60
    found = paired(episode(minutes, minutes + 5, minutes + 15), *filter(None, both), as_of=as_of)
    assert [pair.incident_id for pair in found] == ["77j6yv8kc0vn", "89vbl7qk5dqp"]


@pytest.mark.parametrize("end", [-400, 0, 5])
def test_an_incident_that_ends_before_it_begins(end: float) -> None:
    """Quirk 3, shaped: resolved before it started, before it was created; it is kept, and of one instant."""
    odd = incident(first=10, end=end, started_at=after(60))
    span = published_span(odd, LATER)
    assert span.start == after(10)
    assert span.end - span.start == timedelta(microseconds=1)
    assert paired(episode(), odd)
