"""What is told of the issue series: episodes beside the page, recall, precision, and naive rules beside ours. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
import numpy as np
import pandas as pd

from detect.detector import counts, finding
from detect.detector.episodes import Episode
from detect.evaluation import naive
from detect.evaluation.issues import PLATFORM, SERVICE, Came
from detect.evaluation.rivals import RULES, alarms
from detect.evaluation.stamped import Row, Table, Within, binomial_interval, poisson_interval
from detect.official import corroborate, incidents
from detect.official.corroborate import Felt, Rule
from ingest.times import minutes
from ingest.watchlist import Watchlist

COMMAND = "python -m detect evaluate issues --data FOLDER"

AT_LEAST = (1, 3, 10)
"""Complaints in the loudest hour of an incident: without any, nobody can find it."""

BEFORE = timedelta(hours=1)
"""How long before an incident's begin people's word of it is looked for."""

TO_BEAT = datetime.fromisoformat("2026-03-17T19:45Z")
"""The alarm of a crude phrase rule with a prototype of the detector."""

IMPACTS = ("critical", "major", "minor", "none")

USUAL_LEVELS = {"rolling z, 24 h": 3.67, "EWMA .1": 1.0, "rank sum, 1 h": 40.0}
"""Textbook rules, and a level at which each is found in use or in the textbook."""


class Sought(msgspec.Struct, frozen=True):
    """One official outage in the time judged: its impact, whether it was felt, complaints in its loudest hour."""

    incident_id: str
    impact: str
    felt: bool
    loudest: int


def tables(came: Came, watchlist: Watchlist) -> list[Table]:
    """Lay out all that is told of the series."""
    weeks = sum((window.end - window.start for window in came.judged.judged), timedelta()) / timedelta(weeks=1)
    sample = (
        f"real: {len(came.issues):,} titles, {weeks:.2f} weeks judged; a development series, known while all this was "
        "built: no test"
    )
    rules = of_rules(came, watchlist, weeks)
    return [
        Table("issues", "Real issues of Claude Code, 2026-02-28 to 03-20: episodes beside the page", COMMAND, sample,
              ("onset", "alarm", "page spoke", "incident", "impact", "onset to page, min", "alarm to page, min",
               "onset to alarm, min", "declared start to alarm, min", "end"), of_episodes(came), _beaten(came)),
        Table("issues recall", "The same: official outages felt, by impact, and how many could have been", COMMAND,
              f"{sample}; complaints of the loudest hour, from an hour before the begin to the end; Wilson 90 %",
              ("impact", "outages", "felt", *(f"with {least} or more complaints" for least in AT_LEAST),
               *(f"felt of those with {least}" for least in AT_LEAST)), of_impacts(sought(came))),
        Table("issues precision", "The same: precision, chance, false alarms", COMMAND,
              f"{sample}; alarms moved to the same time of other weeks for chance", ("figure", "value", "interval"),
              of_precision(came, weeks)),
        Table("issues rules", "The same: naive readings and textbook rules beside ours", COMMAND,
              f"{sample}; a level that is 'without a false alarm' was chosen on this very series, ours was not",
              ("read by", "judged by", "alarms", "matched", "false a week", "11 March", "17 March"), rules),
    ]  # fmt: skip


def of_episodes(came: Came) -> tuple[Row, ...]:
    """Tell each episode beside the page's word on it; minutes are signed, a minus where the later came first."""
    impact = {one.incident_id: one.impact for one in came.published.incidents}
    rows: list[Row] = []
    for felt in came.felt:
        episode, verdict = felt.episode, came.record.episodes[felt.episode.episode_id]
        mine = [pair.incident_id for pair, _ in came.record.pairs if pair.episode_id == episode.episode_id]
        page = verdict.first_published_at
        rows.append((
            f"{episode.onset_at:%m-%d %H:%M} [{minutes(episode.onset_earliest - episode.onset_at):.0f}, "
            f"{minutes(episode.onset_latest - episode.onset_at):+.0f} min]",
            f"{episode.alarm_at:%H:%M}", f"{page:%H:%M}" if page else None, " ".join(mine) or None,
            " ".join(impact[one] for one in mine) or None, verdict.acknowledgement_lag_min,
            round(minutes(page - episode.alarm_at), 1) if page else None, verdict.detection_lag_min,
            verdict.declared_lag_min, f"{episode.ended_at:%H:%M}" if episode.ended_at else None,
        ))  # fmt: skip
    return tuple(rows)


def sought(came: Came) -> list[Sought]:
    """List the official outages of whose time enough was judged, with the complaints that there were to be found."""
    times = {one.incident_id: one for one in came.record.times}
    impact = {one.incident_id: one.impact for one in came.published.incidents}
    own = came.said[(came.said["kind"] == "outage") & (came.said["service"] == SERVICE) & ~came.said["repeats"]]
    at = np.sort(own["counted_at"].to_numpy("datetime64[s]").astype(np.int64))
    found = []
    for verdict in came.record.incidents:
        when = times[verdict.incident_id]
        if verdict.verdict == "unknown" or when.nature != "outage":
            continue
        start = (when.published_start - BEFORE).timestamp()
        end = max(when.published_end, when.published_start + BEFORE).timestamp()
        found.append(
            Sought(verdict.incident_id, impact[verdict.incident_id], verdict.verdict == "felt", loudest(at, start, end))
        )
    return found


def loudest(at: np.ndarray, start: float, end: float) -> int:
    """Count the instants of the fullest hour of [start, end)."""
    mine = at[(at >= start) & (at < end)]
    return int((np.searchsorted(mine, mine + 3600) - np.arange(len(mine))).max(initial=0))


def of_impacts(outages: Sequence[Sought]) -> tuple[Row, ...]:
    """Count, by impact and of all, which outages were felt and which could have been."""
    rows: list[Row] = []
    for impact in (*IMPACTS, "all"):
        mine = [one for one in outages if impact in (one.impact, "all")]
        heard = [[one for one in mine if one.loudest >= least] for least in AT_LEAST]
        if mine:
            rows.append((
                impact, len(mine), _share(sum(one.felt for one in mine), len(mine)),
                *(_share(len(some), len(mine)) for some in heard),
                *(_share(sum(one.felt for one in some), len(some)) for some in heard),
            ))  # fmt: skip
    return tuple(rows)


def of_precision(came: Came, weeks: float) -> tuple[tuple[str, str, str], ...]:
    """Tell precision beside chance, false alarms a week of judged time, and the delays to what is declared."""
    rows = []
    for chance in came.record.chances:
        matched = f"{chance.matched} of {chance.episodes}"
        rows.append(("precision (verdicts that say yes or no)", matched, _between(chance.low, chance.high, "95 %")))
        if chance.chance and chance.low is not None and chance.high is not None:
            of_chance = (chance.low / chance.chance, chance.high / chance.chance)
            rows += [
                (
                    "precision by chance",
                    f"{chance.chance:.2f}",
                    _between(chance.chance_low, chance.chance_high, "95 %"),
                ),
                ("lift", f"{chance.lift:.1f}", f"{_between(*of_chance, '95 %')}, p = {chance.p:.3f}"),
            ]
    false = _false(came)
    low, high = (bound / weeks for bound in poisson_interval(false))
    rows.append(("false alarms a week (promised: .25)", f"{false} in {weeks:.2f}", _between(low, high, "90 %")))
    for name, what in (("declared", "declared start to alarm, min"), ("detection", "onset to alarm, min"),
                       ("alarm to page", "alarm to page, min")):  # fmt: skip
        for spread in came.record.spreads:
            if (spread.service, spread.lag) == (SERVICE, name):
                told = f"median {spread.median:g}, {spread.lowest:g} to {spread.highest:g}"
                rows.append((what, told, f"n = {spread.n}; too few for an interval" if spread.median_low is None
                             else _between(spread.median_low, spread.median_high, "95 %")))  # fmt: skip
    return tuple(rows)


def of_rules(came: Came, watchlist: Watchlist, weeks: float) -> tuple[Row, ...]:
    """Set naive readings and textbook rules beside ours on the same buckets and against the same record."""
    buckets = came.judged.buckets
    own = buckets[(buckets["kind"] == "outage") & (buckets["platform"] == PLATFORM)].set_index("bucket_start")
    judged = came.judged.alarms.set_index("bucket_start")["alarm"].notna()
    crude = naive.crude([issue.title for issue in came.issues])
    told = pd.DataFrame(
        {"counted_at": pd.to_datetime([issue.at for issue, one in zip(came.issues, crude, strict=True) if one])}
    )
    whole = (own["coverage"] >= 1) * 5
    by_phrases = counts.bucket_counts(told.assign(person=range(len(told))), own["coverage"], whole)
    laid = _laid(came, watchlist)
    rows = [_row("ours", "ours", [one.episode for one in came.felt], laid, came.as_of, weeks)]
    others = finding.find({SERVICE: {PLATFORM: by_phrases}}, {SERVICE: 1.0}, until=came.as_of)[SERVICE]
    rows.append(_row("crude phrases", "ours", others.episodes, laid, came.as_of, weeks))
    for reading, observed in (("ours", own["observed"]), ("crude phrases", by_phrases["observed"])):
        for name, usual in USUAL_LEVELS.items():
            rating = np.where(judged.reindex(observed.index), RULES[name](observed.to_numpy(float)), np.nan)
            fair = _without_false(rating, observed.index, laid, came.as_of)
            for level, which in ((usual, f"level {usual:g}"), (fair, "level without a false alarm")):
                spoken = _spoken(rating, level, observed.index)
                rows.append(_row(reading, f"{name}, {which}", spoken, laid, came.as_of, weeks))
    return tuple(rows)


def _without_false(
    rating: np.ndarray, index: pd.Index, laid: dict[str, corroborate.Index], as_of: datetime
) -> float:  # fmt: skip
    """Find the lowest level at which a rule raises no false alarm on this series: its best case."""
    levels = np.unique(rating[np.isfinite(rating)])[::-1]
    best = float(levels[0])
    for level in levels[:400]:
        spoken = _spoken(rating, float(level), index)
        if _matched(spoken, laid, as_of) < len(spoken):
            break
        best = float(level)
    return best


def _spoken(rating: np.ndarray, level: float, index: pd.Index) -> list[Episode]:
    starts = [index[at].to_pydatetime() for at in alarms(rating, level)]
    return [_episode(start, start + counts.BUCKET) for start in starts]


def _episode(start: datetime, end: datetime) -> Episode:
    return Episode(f"{start:%m%dT%H%M}", SERVICE, start, start, start, end, start, 0, 0.0, end, 0, (PLATFORM,))


def _laid(came: Came, watchlist: Watchlist) -> dict[str, corroborate.Index]:
    service = watchlist.services[SERVICE]
    known = [read for one in came.published.incidents if (read := incidents.read(one, service, came.as_of))]
    return corroborate.index(known, Rule(), came.as_of)


def _matched(spoken: Sequence[Episode], laid: dict[str, corroborate.Index], as_of: datetime) -> int:
    pairs = corroborate.match([Felt(one) for one in spoken], laid, Rule(), as_of)
    return len(corroborate.by_episode(pairs))


def _row(
    reading: str, rule: str, spoken: Sequence[Episode], laid: dict[str, corroborate.Index], as_of: datetime,
    weeks: float,
) -> Row:  # fmt: skip
    matched = _matched(spoken, laid, as_of)
    false = len(spoken) - matched
    low, high = (bound / weeks for bound in poisson_interval(false))
    first: dict[str, str] = {}
    for one in sorted(spoken, key=lambda one: one.alarm_at):
        first.setdefault(f"{one.alarm_at:%m-%d}", f"{one.alarm_at:%H:%M}")
    return (
        reading, rule, len(spoken), matched, Within(false / weeks, low, high),
        *(first.get(day, "–") for day in ("03-11", "03-17")),
    )  # fmt: skip


def _false(came: Came) -> int:
    return sum(one.verdict == "unacknowledged" for one in came.record.episodes.values())


def _beaten(came: Came) -> tuple[str, ...]:
    day = [one.episode.alarm_at for one in came.felt if one.episode.alarm_at.date() == TO_BEAT.date()]
    told = f"{min(day):%H:%M}" if day else "none"
    return (f"first alarm on 17 March: {told} (to beat: {TO_BEAT:%H:%M}, by crude phrases and a prototype)",)


def _share(count: int, of: int) -> Within | None:
    """Tell a count with the interval of its share."""
    return Within(count, *binomial_interval(count, of), of=of) if of else None


def _between(low: float | None, high: float | None, how_sure: str) -> str:
    return "–" if low is None or high is None else f"[{low:.2f}, {high:.2f}] ({how_sure})"
