"""The one causal pass: counts in, expectation, statistic and episodes out; batch and streaming alike, bit for bit.

Streams (a service on a platform) are worked on side by side, a block of twelve buckets at a time: whatever is learned
changes only between blocks, so a block is arithmetic on arrays, and its buckets are walked one by one only for a
service in which something happens. A `Replay` is the state; buckets of a block that is not over yet are kept, and
judged on a copy.
"""

import copy
from collections.abc import Sequence

import msgspec
import numpy as np

from detect.detector.alarms import Statistic
from detect.detector.counts import MINUTES_TOLD
from detect.detector.episodes import Running
from detect.detector.learning import BLOCK, Expected, Learned
from detect.detector.minutes import Before, Early, by_minute
from detect.detector.promise import Promise, block_maxima, ideal_level
from detect.detector.tuning import Tuning
from detect.detector.walking import Block, Walk
from detect.detector.weighing import Weighing

LATE = 2
"""Blocks that learning waits."""

LEARNING, BLIND, JUDGED = 0, 1, 2
"""States of a service's bucket: too little past, nobody looked, judged."""


class Rows(msgspec.Struct, frozen=True):
    """What came out, a row a bucket, from `first` (buckets since the epoch) on.

    `expected` (people, were all of the bucket seen) and `dispersion` are buckets x streams, NaN while a stream learns;
    the rest are buckets x services. `statistic` and `level` are NaN where the state is not `JUDGED`; where too little
    of a bucket was seen, or it is not over, they are those of its last minute that could be judged. `alarm` is true
    from an alarm to the end of its episode.
    """

    first: int
    expected: np.ndarray
    dispersion: np.ndarray
    statistic: np.ndarray
    level: np.ndarray
    state: np.ndarray
    alarm: np.ndarray


class Replay:
    """The state of the detector after so many buckets.

    Parameters
    ----------
    first
        Bucket since the epoch at which the counts begin.
    service_of
        Per stream the number of its service, 0 on; no service has more than 63 streams.
    false_alarms_per_4_weeks
        The promise, per service or one for all.
    step
        Minutes a bucket: a divisor of 120, so that blocks fill days.
    """

    def __init__(
        self, first: int, service_of: Sequence[int] | np.ndarray,
        false_alarms_per_4_weeks: float | Sequence[float] | np.ndarray, *,
        step: int = 5, tuning: Tuning | None = None,
    ) -> None:  # fmt: skip
        if 120 % step:
            raise ValueError(f"a bucket must divide two hours, not last {step} min")
        self.tuning, self.step = tuning or Tuning(), step
        self.service_of = np.asarray(service_of, dtype=np.int64)
        streams, services = len(self.service_of), int(self.service_of.max()) + 1
        wanted = np.broadcast_to(np.asarray(false_alarms_per_4_weeks, dtype=float), (services,)).copy()
        self.of = [np.flatnonzero(self.service_of == service) for service in range(services)]
        self.alone = streams == services and bool((self.service_of == np.arange(streams)).all())
        self.bit = np.array([1 << int(np.searchsorted(self.of[s], n)) for n, s in enumerate(self.service_of)])
        self.learned = Learned(streams, step, self.tuning)
        self.statistic = Statistic(streams, self.tuning)
        self.promise = Promise(wanted, step, self.tuning)
        self.promise.renew()
        self.weighing = Weighing(wanted[self.service_of], step, self.tuning)
        self.ready = np.zeros(streams, dtype=bool)
        self.walk = Walk(self.of, streams, step, self.tuning)
        self.late: list[tuple[Expected, np.ndarray]] = []
        self.block, lead = divmod(first, BLOCK)
        self.first = first
        self.counts = np.full((lead, streams), np.nan)
        self.coverage = np.zeros((lead, streams))
        self.minutes = np.full((lead, len(MINUTES_TOLD), streams), np.nan)

    @property
    def episodes(self) -> list[Running]:
        """All episodes of the blocks that are over, those that still run last."""
        return [*self.walk.over, *self.walk.running.values()]

    def advance(self, counts: np.ndarray, coverage: np.ndarray, minutes: np.ndarray | None = None) -> Rows:
        """Take in the next buckets; returns the rows of the blocks that are over now.

        Parameters
        ----------
        counts, coverage
            Buckets x streams: people (NaN where not covered) and the share of the bucket that was seen.
        minutes
            Buckets x 4 x streams: people up to the end of the bucket's minutes `MINUTES_TOLD`, NaN where the stream was
            not seen without a break from the bucket's start to there. Without, an alarm is raised at a bucket's end.
        """
        if minutes is None:
            minutes = np.full((len(counts), len(MINUTES_TOLD), counts.shape[1]), np.nan)
        self.counts = np.concatenate([self.counts, counts])
        self.coverage = np.concatenate([self.coverage, coverage])
        self.minutes = np.concatenate([self.minutes, minutes])
        blocks = []
        while len(self.counts) >= BLOCK:
            blocks.append(self._judge(self.counts[:BLOCK], self.coverage[:BLOCK], self.minutes[:BLOCK]))
            self.counts, self.coverage, self.minutes = (
                waiting[BLOCK:] for waiting in (self.counts, self.coverage, self.minutes)
            )
        return self._joined(blocks)

    def peek(self, not_over: np.ndarray | None = None) -> tuple[Rows, list[Running]]:
        """Judge the buckets of the block that is not over, on a copy; returns their rows and all episodes as of now.

        `not_over`, minutes told x streams, are the minutes of one bucket more, which is not over: they may raise an
        alarm, and nothing else comes of it before it is.
        """
        waiting, streams = len(self.counts), len(self.service_of)
        if not waiting and not_over is None:
            return self._joined([]), copy.deepcopy(self.episodes)
        ahead = copy.deepcopy(self)
        missing = BLOCK - waiting
        minutes = np.full((missing, len(MINUTES_TOLD), streams), np.nan)
        if not_over is not None:
            minutes[0] = not_over
        rows = ahead.advance(np.full((missing, streams), np.nan), np.zeros((missing, streams)), minutes)
        # What lies before the first bucket of all is left out already.
        told = waiting + (not_over is not None) - max(self.first - self.block * BLOCK, 0)
        return Rows(rows.first, *(getattr(rows, name)[:told] for name in Rows.__struct_fields__[1:])), ahead.episodes

    def _joined(self, blocks: list[Rows]) -> Rows:
        names = Rows.__struct_fields__[1:]
        if not blocks:
            streams, services = len(self.service_of), len(self.of)
            wide = {"expected": streams, "dispersion": streams}
            empty = {name: np.zeros((0, wide.get(name, services))) for name in names}
            return Rows(first=max(self.block * BLOCK, self.first), **empty)
        lead = max(self.first - blocks[0].first, 0)
        joined = {name: np.concatenate([getattr(block, name) for block in blocks])[lead:] for name in names}
        return Rows(first=blocks[0].first + lead, **joined)

    def _judge(self, counts: np.ndarray, coverage: np.ndarray, minutes: np.ndarray) -> Rows:
        """Judge one whole block, and learn what is due."""
        index = self.block
        a_day = self.learned.a_day // BLOCK
        if index % a_day == 0:
            self.learned.begin_day(index // a_day)
            self.promise.renew()
            self.weighing.renew()
        expected = self.learned.expect(index, counts, coverage)
        clip, alone = (np.broadcast_to(one[self.service_of], expected.people.shape) for one in self._most_for_one())
        rarity = self.learned.rarity(expected.surprise)
        before = Before.of(self.statistic, expected.seen)
        evidence = self.statistic.evidence(expected, rarity, self.learned.ranks, clip, alone)
        plain, since = self.statistic.add(evidence, expected.seen, index)
        values = plain * self.weighing.weights
        self.walk.keep(expected)
        judged = expected.seen & self.ready
        best = np.where(judged, values.max(axis=2), 0.0)
        covered = self._covered(judged)
        statistic, levels = np.where(covered > 0, self._summed(best), np.nan), self._levels(covered)
        early = self._early(minutes, before.then(plain, since), expected, clip, alone)
        if early is not None:
            statistic, levels = early.where_unseen(statistic, levels)
        known = ~np.isnan(statistic)
        maxima = block_maxima(statistic if early is None else early.highest(statistic))
        incident = np.zeros(judged.shape, dtype=bool)
        crossing = (statistic >= levels).any(axis=0) | (False if early is None else early.crossing().any(axis=(0, 1)))
        alarm = np.zeros(statistic.shape, dtype=bool)
        block = Block(
            index * BLOCK, expected, judged, evidence, values, since, self.weighing.weights, statistic, levels, early
        )  # fmt: skip
        for service in sorted(set(self.walk.running) | set(np.flatnonzero(crossing).tolist())):
            if service in self.walk.running:
                maxima[service] = np.nan
            if self.walk.through(service, block, alarm, incident, self.statistic):
                self._settle(self.of[service])
        self.promise.note(index, maxima, covered[-1])
        calm = ~np.isnan(maxima)[self.service_of] & judged.any(axis=0)
        self.weighing.note(index, plain, calm, self.learned.ranks)
        for service in np.flatnonzero((covered[-1] != self.promise.usual) & (covered[-1] > 0)).tolist():
            self.promise.change(service, int(covered[-1, service]))
        learning = self._any((expected.seen | ~np.isnan(minutes).all(axis=1)) & ~self.ready)
        ready = np.broadcast_to(self.ready, judged.shape)
        rows = Rows(
            first=index * BLOCK, expected=np.where(ready, expected.whole, np.nan),
            dispersion=np.where(ready, expected.dispersion, np.nan), statistic=statistic,
            level=np.where(known, levels, np.nan), alarm=alarm & known,
            state=np.where(known, JUDGED, np.where(learning, LEARNING, BLIND)).astype(np.int8),
        )  # fmt: skip
        self._learn(expected, incident)
        self.block += 1
        return rows

    def _most_for_one(self) -> tuple[np.ndarray, np.ndarray]:
        """Bound what one bucket may say, per service: two must agree, so that no single storm is an outage."""
        alone = self.tuning.most_alone * np.minimum(self.promise.levels, 1e6)
        return np.minimum(self.tuning.clip_share * ideal_level(self.promise.wanted, self.step), alone), alone

    def _learn(self, expected: Expected, incident: np.ndarray) -> None:
        self.late.append((expected, incident))
        if len(self.late) > LATE:
            self.learned.learn(*self.late.pop(0))
        fresh = ~self.ready & (self.learned.covered >= self.tuning.learning_days * self.learned.a_day)
        self.ready |= fresh
        self.statistic.reset(fresh, (self.block + 1) * BLOCK)

    def _settle(self, mine: np.ndarray) -> None:
        """Take the last day's level for the usual one."""
        for stream in mine.tolist():
            self.learned.forget_level(
                stream, float(self.walk.people[:, stream].sum()), float(self.walk.at_level_one[:, stream].sum())
            )

    def _early(
        self, minutes: np.ndarray, before: Before, expected: Expected, clip: np.ndarray, alone: np.ndarray
    ) -> Early | None:  # fmt: skip
        """Judge the minutes told; None where none is."""
        told = ~np.isnan(minutes)
        if not told.any():
            return None
        streams = by_minute(
            minutes, told & self.ready, before, expected, self.learned, clip, alone, self.weighing.weights, self.step,
            self.tuning,
        )  # fmt: skip
        covered = self._covered(streams.known)
        statistic = np.where(covered > 0, self._summed(streams.values.max(axis=3)), np.nan)
        return Early(streams, statistic, self._levels(covered))

    def _levels(self, covered: np.ndarray) -> np.ndarray:
        levels = np.broadcast_to(self.promise.levels, covered.shape).copy()
        other = (covered != self.promise.usual) & (covered > 0)
        if other.any():
            pairs = np.stack([np.nonzero(other)[-1], covered[other]])
            for service, streams in np.unique(pairs, axis=1).T.tolist():
                levels[..., service][covered[..., service] == streams] = self.promise.level_of(service, streams)
        return levels

    def _summed(self, by_stream: np.ndarray) -> np.ndarray:
        if self.alone:
            return by_stream
        return np.stack([by_stream[..., mine].sum(axis=-1) for mine in self.of], axis=-1)

    def _covered(self, judged: np.ndarray) -> np.ndarray:
        return self._summed(np.where(judged, self.bit, 0))

    def _any(self, by_stream: np.ndarray) -> np.ndarray:
        return self._summed(by_stream.astype(np.int64)) > 0
