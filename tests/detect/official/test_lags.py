"""Signed lags, their spread, chance, and who rises together. Everything here is invented."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detect.detector.episodes import Episode
from detect.official import lags
from detect.official.beside import Published, judge
from detect.official.chance import SHUFFLES, against_chance
from detect.official.corroborate import Felt, Match, Rule, index
from detect.official.incidents import OfficialIncident
from detect.official.lags import interval_of_median, of_pair, share_interval, spread
from detect.official.peers import common_rises, side_by_side
from detect.official.phases import phases
from ingest import watchlist
from ingest.official import Incident, IncidentUpdate
from ingest.records import Window

NOON = datetime(2026, 4, 15, 12, tzinfo=UTC)
AS_OF = NOON + timedelta(weeks=30)
PAGE = (Window(NOON - timedelta(weeks=30), AS_OF),)
RULE = Rule()


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def felt(onset: float = 0, lasted: float = 60, service: str = "claude", available: float | None = None) -> Felt:
    """Invent an episode whose alarm came ten minutes after its onset."""
    return Felt(
        Episode(f"{service}-{onset}", service, after(onset), after(onset), after(onset), after(onset + 10),
                after(onset + 10), 9, 0.3, after(onset + lasted), 40, ("reddit",)),
        None if available is None else after(available),
    )  # fmt: skip


def incident(first: float, end: float, **fields: object) -> OfficialIncident:
    values: dict[str, object] = {
        "service": "claude", "incident_id": str(first), "name": "Errors", "impact": "minor", "started_at": None,
        "created_at": after(first), "resolved_at": after(end), "first_published_at": after(first),
    }  # fmt: skip
    return OfficialIncident(**(values | fields))  # type: ignore[arg-type]


def test_the_lags_of_a_pair_are_signed() -> None:
    """Each lag is the later minus the earlier of its name; what is not known has no lag."""
    pair = Match("claude-0", "claude", "x", "they overlap", after(-5), after(-20))
    told = of_pair(pair, felt(available=12))

    assert (told.acknowledgement_lag_min, told.alarm_to_page_min, told.available_to_page_min) == (-5, -15, -17)
    assert (told.declared_to_onset_min, told.declared_lag_min, told.declared_to_page_min) == (20, 30, 15)
    bare = of_pair(Match("claude-0", "claude", "x", "", after(30)), felt())
    assert (bare.available_to_page_min, bare.declared_lag_min, bare.acknowledgement_lag_min) == (None, None, 30)


def test_a_spread_says_how_many_the_page_won() -> None:
    """Quantiles, the number below zero and the interval of the median; of two values there is no interval."""
    told = spread("claude", "acknowledgement", [-5.0, None, 1.0, 2.0, 3.0, 30.0])
    assert told is not None
    assert (told.n, told.page_first, told.lowest, told.median, told.highest) == (5, 1, -5.0, 2.0, 30.0)
    assert told.median_low is not None
    assert told.median_high is not None
    assert told.median_low <= told.median <= told.median_high
    few = spread("claude", "acknowledgement", [1.0, 2.0])
    assert few is not None
    assert (few.median_low, few.median_high) == (None, None)
    assert spread("claude", "acknowledgement", [None]) is None


def test_the_interval_of_the_median_holds_it() -> None:
    """Of 200 samples with a known median, the resampled interval holds it in at least 88 %: 95 % is its promise."""
    drawn = np.random.default_rng(0)
    held = 0
    for _ in range(200):
        low, high = interval_of_median(drawn.exponential(10, 25))
        assert low is not None
        assert high is not None
        held += low <= 10 * np.log(2) <= high
    assert held >= 176


@given(st.integers(0, 200), st.integers(0, 200))
def test_the_interval_of_a_share_holds_it(count: int, more: int) -> None:
    """Wilson's interval lies in 0 to 1 and holds the share; of nothing it is the whole range."""
    low, high = share_interval(count, count + more)
    assert 0 <= low <= high <= 1
    if count + more:
        assert low - 1e-9 <= count / (count + more) <= high + 1e-9
    assert lags.share_interval(3, 10) == pytest.approx((0.1078, 0.6032), abs=1e-4)


def lift(incidents: list[OfficialIncident], *episodes: Felt, page: tuple[Window, ...] = PAGE):  # type: ignore[no-untyped-def]
    laid = index(incidents, RULE, AS_OF)
    hit = {
        one.episode.onset_at
        for one in episodes
        if any(abs(one.episode.onset_at - i.created_at) < timedelta(hours=2) for i in incidents)
    }
    return against_chance("claude", episodes, lambda one: one.episode.onset_at in hit, laid, page, RULE, AS_OF)


def test_a_weekly_incident_is_no_feat() -> None:
    """Alarms that match an incident of every week have no lift: the same time of any week would match."""
    week = 7 * 24 * 60
    told = lift([incident(n * week, n * week + 60) for n in range(-28, 29)], felt(5), felt(5 + week))
    assert (told.matched, told.precision, told.chance, told.lift, told.p) == (2, 1.0, 1.0, 1.0, 1.0)


def test_a_single_incident_is() -> None:
    """Alarms that match the only incident there is match nowhere else: chance is nil, and so lift has no number."""
    told = lift([incident(0, 60)], felt(5))
    assert (told.precision, told.chance, told.chance_high, told.lift, told.p) == (1.0, 0.0, 0.0, None, 0.0)
    assert told.shuffles == SHUFFLES


def test_half_of_the_weeks_is_half_by_chance() -> None:
    """With an incident in every second week half of the shuffles match, and lift is two; it is the same every time."""
    week = 7 * 24 * 60
    told = [lift([incident(n * week, n * week + 60) for n in range(-28, 29, 2)], felt(5)) for _ in range(2)]
    assert told[0] == told[1]
    assert told[0].chance == pytest.approx(0.5, abs=0.06)
    assert told[0].lift == pytest.approx(2, abs=0.3)


def test_chance_is_unknown_where_no_other_week_was_read() -> None:
    """Without another week of the record nothing can be shuffled: precision stands alone."""
    told = lift([incident(0, 60)], felt(5), page=(Window(after(-600), after(600)),))
    assert (told.precision, told.chance, told.shuffles) == (1.0, None, 0)
    assert lift([incident(0, 60)]).precision is None


def test_services_that_rise_together_are_named() -> None:
    """Onsets of two services within an hour are one rise; those of one service, or a minute further apart, are not."""
    told = common_rises([felt(0), felt(60, service="openai"), felt(300), felt(330), felt(361, service="gemini")])
    assert [(one.services, one.episode_ids) for one in told] == [(("claude", "openai"), ("claude-0", "openai-60"))]
    assert common_rises([felt(0), felt(61, service="openai")]) == []
    assert common_rises([]) == []


def test_peers_are_counted_in_their_own_terms() -> None:
    """Outages by impact, notices apart, the median of those longer than a minute, and how much was looked at."""
    day = Window(after(0), after(1440))
    known = [
        incident(0, 90), incident(100, 130, impact="major"), incident(200, 200, impact="none"),
        incident(300, 900, nature="suspension", impact="critical"), incident(-10, 50), incident(5, 6, service="openai"),
    ]  # fmt: skip
    told = side_by_side(
        "claude",
        known,
        [felt(-30), felt(600), felt(600, service="openai")],
        day,
        PAGE,
        (Window(after(0), after(720)),),
        AS_OF,
    )
    assert (told.incidents, told.notices, told.minor, told.major, told.none, told.critical) == (3, 1, 1, 1, 1, 0)
    assert (told.median_min, told.episodes, told.felt_hours) == (60.0, 2, 1.5)
    assert (told.read, told.judged) == (1.0, 0.5)
    blind = side_by_side("gemini", known, [], day, (), (), AS_OF)
    assert (blind.incidents, blind.critical, blind.episodes, blind.felt_hours, blind.read) == (
        None,
        None,
        None,
        None,
        0.0,
    )


def counted(*buckets: tuple[int, int | None]) -> pd.DataFrame:
    """Lay out buckets of one platform: minutes after noon, people."""
    return pd.DataFrame(
        {
            "bucket_start": pd.to_datetime([after(at) for at, _ in buckets], utc=True),
            "kind": "outage", "platform": "reddit",
            "observed": pd.array([people for _, people in buckets], dtype="Int64"),
            "expected": [None if people is None else 0.2 for _, people in buckets],
            "coverage": [0.0 if people is None else 1.0 for _, people in buckets],
        }
    )  # fmt: skip


def complained(*rows: tuple[float, int, str | None]) -> pd.DataFrame:
    """Lay out complaints: minutes after noon, person, symptom."""
    return pd.DataFrame(
        {
            "kind": "outage", "counted_at": pd.to_datetime([after(at) for at, _, _ in rows], utc=True),
            "person": [person for _, person, _ in rows], "symptom": [symptom for _, _, symptom in rows],
            "surface": None, "model": None,
        }
    )  # fmt: skip


def test_phases_say_what_changed() -> None:
    """A symptom is a quarter's where two people name it, however often one does; what nobody covered is unknown."""
    buckets = counted(*((at, 2) for at in range(-60, 15, 5)), (15, None), (20, None), (25, None), (30, 5))
    said = complained(
        (1, 1, "errors"), (2, 2, "errors"), (3, 3, "login"), (4, 3, "login"), (31, 4, "login"), (33, 5, "login")
    )
    told = phases([felt()], buckets, said, AS_OF)

    assert [(one.start, one.symptom) for one in told[4:]] == [
        (after(0), "errors"),
        (after(15), None),
        (after(30), "login"),
    ]
    assert [one.people for one in told] == [6, 6, 6, 6, 6, None, 5]
    assert [one.expected for one in told[4:]] == [0.6, None, 0.2]
    assert [one.covered for one in told[4:]] == [1.0, 0.0, 1.0]


def test_a_record_without_components_has_no_page_uptime() -> None:
    """Where a page's record names no component its uptime is not 100 % but unknown: there are no rows."""
    update = IncidentUpdate("resolved", after(0), after(0), "Over.")
    mute = Incident("openai", "x", "Errors", "minor", "resolved", None, after(0), after(0), (), (update,))
    told = judge([], Published((mute,), page={"openai": PAGE}), watchlist.load(), {}, RULE, AS_OF)
    assert told.uptimes == ()
    assert [one.incidents for one in told.peers if one.service == "openai"] == [0]


def test_two_pages_with_one_id_stay_apart() -> None:
    """Two pages, of one vendor or of two, may use the same id: each service's episode meets its own."""
    both = tuple(
        Incident(name, "same", "Errors", "minor", "resolved", None, after(first), after(60), (), (
            IncidentUpdate("investigating", after(first), after(first), ""),))
        for name, first in (("claude", 5), ("openai", 25))
    )  # fmt: skip
    page = {"claude": PAGE, "openai": PAGE}
    told = judge([felt(), felt(service="openai")], Published(both, page=page), watchlist.load(), {}, RULE, AS_OF)

    assert [(pair.service, lag.acknowledgement_lag_min) for pair, lag in told.pairs] == [("claude", 5), ("openai", 25)]
    assert [(one.service, one.verdict) for one in told.incidents] == [("claude", "felt"), ("openai", "felt")]


def test_ten_thousand_messages_and_odd_words_are_judged() -> None:
    """Ten thousand messages in unknown words, an end before the begin, no message at all: judged, not dropped."""
    many = tuple(IncidentUpdate("pondering", after(n), after(-n), f"{n}") for n in range(10_000))
    odd = Incident("claude", "many", "<script>|`odd`", "enormous", "strange", after(9), after(0), after(-90), (), many)
    empty = Incident("claude", "empty", "Nothing", "none", "resolved", None, after(0), None, (), ())
    told = judge([felt()], Published((odd, empty), page={"claude": PAGE}), watchlist.load(), {}, RULE, AS_OF)

    assert [pair.incident_id for pair, _ in told.pairs] == ["many"]
    found = {finding.rule for finding in told.findings}
    assert {"unknown_word", "negative_duration", "too_many_messages", "no_messages"} <= found
