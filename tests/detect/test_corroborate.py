"""The matching rule, the verdicts and the signed lags. All episodes and incidents are invented."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detect.corroborate import Match, OfficialIncident, Rule, judge_episode, judge_incident, match
from detect.episodes import Episode
from ingest.records import Window

NOON = datetime(2026, 4, 15, 12, tzinfo=UTC)
LATER = NOON + timedelta(days=2)
READ = (Window(NOON - timedelta(days=30), LATER),)
RULE = Rule()


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


def test_an_early_alarm_and_its_lag() -> None:
    """An alarm before the page's first word is early, and the lag from onset to that word is positive."""
    verdict = judge_episode(episode(), [incident(first=17)], READ, RULE, LATER)

    assert (verdict.verdict, verdict.acknowledgement_lag_min, verdict.detection_lag_min) == ("early", 17.0, 10.0)


def test_a_page_that_was_first_has_a_negative_lag() -> None:
    """Where the page spoke before people complained, the lag says so by its sign."""
    verdict = judge_episode(episode(onset=30, alarm=40), [incident(first=5)], READ, RULE, LATER)

    assert (verdict.verdict, verdict.acknowledgement_lag_min) == ("acknowledged", -25.0)


def test_first_publication_is_neither_started_nor_created() -> None:
    """Backdated stamps, as of 124yr07585k9, do not make the page earlier than it was."""
    backdated = incident(first=23, started_at=after(0), created_at=after(0))

    assert judge_episode(episode(), [backdated], READ, RULE, LATER).acknowledgement_lag_min == 23.0


def test_without_a_match_silence_is_told_from_not_looking() -> None:
    """Unmatched is unacknowledged where the page was read, unknown where it was not, pending while young."""
    gap = (Window(NOON - timedelta(days=1), after(30)), Window(after(90), LATER))

    assert judge_episode(episode(), [], READ, RULE, LATER).verdict == "unacknowledged"
    assert judge_episode(episode(), [], gap, RULE, LATER).verdict == "unknown"
    assert judge_episode(episode(), [], (), RULE, LATER).verdict == "unknown"
    assert judge_episode(episode(), [], READ, RULE, after(100)).verdict == "pending"


@pytest.mark.parametrize(
    ("one", "other", "matches"),
    [
        (episode(), incident(), True),
        (episode(onset=-150, alarm=-140, end=-120), incident(), True),
        (episode(onset=-250, alarm=-240, end=-170), incident(), False),
        (episode(onset=120, alarm=125, end=140), incident(end=70), True),
        (episode(onset=140, alarm=145, end=160), incident(end=70), False),
        (episode(service="openai"), incident(), False),
        (episode(), incident(impact="maintenance"), False),
        (episode(), incident(name="We suspended access to an invented model", impact="critical"), False),
        (episode(), incident(first=600, started_at=after(5), created_at=after(5), end=5), True),
        (episode(end=None), incident(first=300, end=None), True),
    ],
    ids=[
        "overlap", "users lead", "too early", "users trail", "too late", "another service", "maintenance",
        "suspension", "written up afterwards", "both running",
    ],
)  # fmt: skip
def test_the_rule(one: Episode, other: OfficialIncident, *, matches: bool) -> None:
    """An episode and an incident match by the printed rule, and each pair says why."""
    found = match([one], [other], RULE, LATER)

    assert bool(found) is matches
    assert all(isinstance(pair, Match) and pair.reason for pair in found)


@given(st.floats(-400, 400), st.floats(1, 300), st.floats(-400, 400), st.floats(0, 300), st.floats(-5000, 5000))
def test_the_rule_knows_no_clock(onset: float, lasted: float, first: float, open_for: float, moved: float) -> None:
    """Moving episode and incident together changes no match, and slack only ever adds matches."""
    here = match([episode(onset, onset + 1, onset + 1 + lasted)], [incident(first, first + open_for)], RULE, LATER)
    there = match(
        [episode(onset + moved, onset + moved + 1, onset + moved + 1 + lasted)],
        [incident(first + moved, first + moved + open_for)], RULE, LATER,
    )  # fmt: skip
    strict = Rule(users_lead=timedelta(), users_trail=timedelta())
    narrow = match([episode(onset, onset + 1, onset + 1 + lasted)], [incident(first, first + open_for)], strict, LATER)

    assert bool(here) == bool(there)
    assert not narrow or here


def test_an_incident_nobody_could_feel_is_unknown() -> None:
    """An incident is unfelt only where complaints were judged for half of its span."""
    whole, part = (Window(after(0), after(100)),), (Window(after(0), after(30)),)

    assert judge_incident(incident(), whole, LATER, matched=False).verdict == "unfelt"
    assert judge_incident(incident(), part, LATER, matched=False).verdict == "unknown"
    assert judge_incident(incident(), (), LATER, matched=False).verdict == "unknown"
    assert judge_incident(incident(), (), LATER, matched=True).verdict == "felt"


def test_the_rule_prints_its_parameters() -> None:
    """The sentence under every timeline names the figures that the rule goes by."""
    said = str(
        Rule(users_lead=timedelta(minutes=99), users_trail=timedelta(minutes=33), pending_for=timedelta(hours=5))
    )

    assert all(figure in said for figure in ("99 min", "33 min", "5 h"))
