"""On calm simulated streams: whether the promise is kept, by character, rate and age, and after a gap."""

from itertools import pairwise

import msgspec
import numpy as np

from detect.detector.replay import JUDGED, Replay
from detect.detector.tuning import Tuning
from detect.evaluation.limit import RATES
from detect.evaluation.sizes import Size
from detect.evaluation.stamped import Row, Table, Within, poisson_interval
from detect.evaluation.worlds import MONDAY, SCENARIOS, WEEK, by_minute, draw, gaps

PROMISES = (1.0, 4.0)
"""False alarms in four weeks: one, and one a week."""

CELLS = tuple((scenario, rate) for scenario in SCENARIOS for rate in RATES)

AGES = (0, 1, 2, 4, 8, 16, 10_000)
"""Weeks of a stream's life between which false alarms are counted apart; nothing is judged in its first three days."""

AFTER = 12
"""Buckets after a gap in which an alarm is one from the recovery: an hour."""

PIECE = 4 * WEEK

COMMAND = "python -m detect evaluate calibration"


class Calm(msgspec.Struct, frozen=True):
    """What came of calm streams: the bucket of each alarm from the streams' first on, its stream, and what was judged.

    `judged` is buckets judged, by age (`AGES`) x streams.
    """

    alarms: np.ndarray
    stream: np.ndarray
    judged: np.ndarray


def calibration(size: Size, seed: int, tuning: Tuning | None = None) -> list[Table]:
    """Count false alarms in calm streams of 35 characters, by character, by age, and after gaps."""
    rows: list[Row] = []
    ages: list[Row] = []
    goals = []
    counts, coverage = _drawn(size.weeks * WEEK, size.streams, seed)
    for promise in PROMISES:
        calm = run(counts, coverage, promise, tuning)
        alarms = np.bincount(calm.stream // size.streams, minlength=len(CELLS))
        weeks = calm.judged.sum(axis=0).reshape(len(CELLS), -1).sum(axis=1) / WEEK
        told = dict(zip(CELLS, (_over(*one, promise) for one in zip(alarms, weeks, strict=True)), strict=True))
        rows += [(f"{promise:g}", scenario, *(told[scenario, rate] for rate in RATES)) for scenario in SCENARIOS]
        values = alarms / (weeks / 4) / promise
        inside = np.mean((values >= 0.5) & (values <= 2))
        goals.append(
            f"at {promise:g} in 4 weeks: {inside:.0%} of {len(values)} cells within [0.5, 2] (wanted: 80 %), "
            f"largest {values.max():.2f} (wanted: at most 3), median {np.median(values):.2f}"
        )
        old = np.searchsorted(np.array(AGES) * WEEK, calm.alarms, side="right") - 1
        for age, (since, until) in enumerate(pairwise(AGES)):
            judged = calm.judged[age].reshape(len(CELLS), -1).sum(axis=1) / WEEK
            by_cell = np.bincount(calm.stream[old == age] // size.streams, minlength=len(CELLS))
            if judged.sum():
                lives = f"{since} to {until}" if until <= size.weeks else f"{since} and more"
                by_rate = (
                    _over(by_cell[at :: len(RATES)].sum(), judged[at :: len(RATES)].sum(), promise)
                    for at in range(len(RATES))
                )
                ages.append((f"{promise:g}", lives, *by_rate, _over(by_cell.sum(), judged.sum(), promise)))
    sample = f"synthetic; {size.streams} streams of {size.weeks} weeks a cell, all judged time, 90 % Poisson intervals"
    by_rate_of = tuple(f"l0={rate:g}" for rate in RATES)
    return [
        Table("calibration", "False alarms, actual over promised", COMMAND, sample,
              ("promised in 4 weeks", "scenario", *by_rate_of), tuple(rows), tuple(goals)),
        Table("calibration by age", "The same by weeks of a stream's life, all seven scenarios", COMMAND, sample,
              ("promised in 4 weeks", "week", *by_rate_of, "all"), tuple(ages)),
        recovery(size, seed, tuning),
    ]  # fmt: skip


def run(counts: np.ndarray, coverage: np.ndarray, promise: float, tuning: Tuning | None = None) -> Calm:
    """Judge streams side by side, each a service, a few weeks at a time; by the minute, as a run does."""
    streams = counts.shape[1]
    replay, within = Replay(MONDAY, np.arange(streams), promise, tuning=tuning), np.random.default_rng(5)
    judged = np.zeros((len(AGES) - 1, streams))
    age = np.searchsorted(np.array(AGES) * WEEK, np.arange(len(counts)), side="right") - 1
    for start in range(0, len(counts), PIECE):
        piece = slice(start, start + PIECE)
        rows = replay.advance(counts[piece], coverage[piece], by_minute(counts[piece], within))
        of_rows = age[rows.first - MONDAY :][: len(rows.state)]
        for old in np.unique(of_rows):
            judged[old] += (rows.state[of_rows == old] == JUDGED).sum(axis=0)
    told = sorted((running.alarm - MONDAY, running.service) for running in replay.episodes)
    alarms, stream = np.array(told, dtype=np.int64).reshape(-1, 2).T
    return Calm(alarms, stream, judged)


def recovery(size: Size, seed: int, tuning: Tuning | None = None) -> Table:
    """Count the alarms within an hour after a source comes back, beside the same hours of streams without a gap.

    Once with what a gap leaves: buckets that nobody saw; and once with all that was missed in the first bucket after
    it, as a source may have it that tells when it read and not when it was written.
    """
    counts, coverage = _drawn(size.gap_weeks * WEEK, size.gap_streams, seed + 1)
    hidden = gaps(len(counts), counts.shape[1], np.random.default_rng([seed, 7]))
    back = ~hidden & np.roll(hidden, 1, axis=0)
    back[0] = False
    missing = np.where(hidden, np.nan_to_num(counts), 0.0).cumsum(axis=0)
    piled = counts.copy()
    for stream in range(counts.shape[1]):
        at = np.flatnonzero(back[:, stream])
        piled[at, stream] += np.diff(missing[at, stream], prepend=0.0)
    after = np.zeros_like(back)
    for later in range(AFTER):
        after[later:] |= back[: len(back) - later]
    seen = np.where(hidden, 0.0, coverage)
    began = _since(hidden)
    recoveries = back.sum(axis=0).reshape(len(SCENARIOS), -1).sum(axis=1)
    rows: list[Row] = []
    alone = np.zeros(2, dtype=np.int64)
    for promise in PROMISES:
        twin = run(counts, coverage, promise, tuning)
        left = run(np.where(hidden, np.nan, counts), seen, promise, tuning)
        told_after = run(np.where(hidden, np.nan, piled), seen, promise, tuning)
        late = [calm.stream[after[calm.alarms, calm.stream]] for calm in (twin, left, told_after)]
        late += [_alone(calm, twin, after, began) for calm in (left, told_after)]
        by_scenario = np.array([
            np.bincount(stream // (size.gap_streams * len(RATES)), minlength=len(SCENARIOS)) for stream in late
        ])  # fmt: skip
        alone += by_scenario[3:].sum(axis=1)
        for place, scenario in enumerate(SCENARIOS):
            counted = map(_counted, by_scenario[:, place].tolist())
            rows.append((f"{promise:g}", scenario, int(recoveries[place]), *counted))
        total = by_scenario.sum(axis=1).tolist()
        rows.append((f"{promise:g}", "all", int(recoveries.sum()), *map(_counted, total)))
    return Table(
        "recovery", "Alarms within an hour after a source came back", COMMAND,
        f"synthetic; {size.gap_streams} streams of {size.gap_weeks} weeks a cell, gaps on most days; 90 % Poisson "
        "intervals; alone: without the gap there is no alarm from three hours before it on",
        ("promised in 4 weeks", "scenario", "recoveries", "no gap there", "a gap", "a gap, all of it told after",
         "a gap, alone", "a gap, all of it told after, alone"),
        tuple(rows), (f"alarms from a recovery alone: {alone[0]}, where all is told after {alone[1]} (wanted: 0)",),
    )  # fmt: skip


def _since(hidden: np.ndarray) -> np.ndarray:
    """Name, for each bucket, the first bucket of the gap that was last; 0 before there was one."""
    begins = hidden & ~np.roll(hidden, 1, axis=0)
    begins[0] = hidden[0]
    latest: np.ndarray = np.maximum.accumulate(np.where(begins, np.arange(len(hidden))[:, None], 0), axis=0)
    return latest


def _alone(calm: Calm, twin: Calm, after: np.ndarray, began: np.ndarray) -> np.ndarray:
    """Give the streams of those alarms after a gap of which the twin without it has none around."""
    alone = []
    for alarm, stream in zip(calm.alarms.tolist(), calm.stream.tolist(), strict=True):
        theirs = twin.alarms[twin.stream == stream]
        around = (theirs >= began[alarm, stream] - 3 * AFTER) & (theirs <= alarm + AFTER)
        if after[alarm, stream] and not around.any():
            alone.append(stream)
    return np.array(alone, dtype=np.int64)


def _drawn(buckets: int, streams: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw all cells side by side: counts and coverage."""
    drawn = [
        draw(scenario, rate, buckets, np.random.default_rng([seed, number]), streams)
        for number, (scenario, rate) in enumerate(CELLS)
    ]
    counts, coverage = (np.concatenate(parts, axis=1) for parts in zip(*drawn, strict=True))
    return counts, coverage


def _over(alarms: int, weeks: float, promise: float) -> Within | None:
    if not weeks:
        return None
    low, high = (bound / (weeks / 4) / promise for bound in poisson_interval(alarms))
    return Within(float(alarms / (weeks / 4) / promise), float(low), float(high))


def _counted(count: int) -> Within:
    return Within(count, *poisson_interval(count), digits=1)
