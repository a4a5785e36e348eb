"""Bucket by bucket through a block, for the services in which something happens: where episodes open, go on and end.

Everything else is arithmetic on whole blocks (`replay`). What is kept here is what that walk looks back on: the last
day of every stream, and the episodes so far.
"""

import msgspec
import numpy as np

from detect.detector.alarms import Statistic
from detect.detector.counts import MINUTES_TOLD
from detect.detector.episodes import Recent, Running, completed, continued, opened
from detect.detector.learning import BLOCK, Expected
from detect.detector.minutes import Early
from detect.detector.tuning import Tuning

RECENT = 288
"""Buckets that an onset may lie back."""


class Block(msgspec.Struct, frozen=True):
    """What one block came to; `first` is its first bucket.

    `evidence`, `values` and `since` are buckets x streams x questions, `values` weighed by `weights`; `statistic` and
    `levels` are the services'; `early` is all that by the end of its minutes, None where none is told.
    """

    first: int
    expected: Expected
    judged: np.ndarray
    evidence: np.ndarray
    values: np.ndarray
    since: np.ndarray
    weights: np.ndarray
    statistic: np.ndarray
    levels: np.ndarray
    early: Early | None


class Walk:
    """The episodes of all services, and the last day of their streams.

    Parameters
    ----------
    of
        Per service the places of its streams.
    streams, step
        How many streams there are, and minutes a bucket.
    """

    def __init__(self, of: list[np.ndarray], streams: int, step: int, tuning: Tuning) -> None:
        self.of, self.step, self.tuning = of, step, tuning
        self.running: dict[int, Running] = {}
        self.over: list[Running] = []
        self.people = np.zeros((RECENT, streams))
        self.usual = np.zeros((RECENT, streams))
        self.at_level_one = np.zeros((RECENT, streams))

    def keep(self, expected: Expected) -> None:
        """Let a block take the place of the oldest."""
        for kept, new in (
            (self.people, expected.counts), (self.usual, expected.people * expected.seen),
            (self.at_level_one, expected.at_level_one),
        ):  # fmt: skip
            kept[:-BLOCK] = kept[BLOCK:].copy()
            kept[-BLOCK:] = new

    def through(
        self, service: int, block: Block, alarm: np.ndarray, incident: np.ndarray, statistic: Statistic
    ) -> bool:  # fmt: skip
        """Walk a block for a service with an episode or a crossing; true where a lasting level has become usual.

        `alarm` (buckets x services) and `incident` (buckets x streams) are filled in; the statistic goes on from zero
        where an episode ended, and until the block is over only by whole buckets.
        """
        mine, tuning, expected = self.of[service], self.tuning, block.expected
        longest = int(tuning.longest_hours * 60 / self.step)
        anew: tuple[np.ndarray, np.ndarray] | None = None
        settled = False
        for i in range(BLOCK):
            now, live = block.first + i, block.judged[i, mine]
            running = self.running.get(service)
            if running is not None:
                alarm[i, service] = True
                if not live.any():
                    continue
                incident[i, mine] = expected.seen[i, mine]
                judged = mine[live]
                more = continued(
                    running, now, expected.counts[i, judged], expected.people[i, judged], expected.dispersion[judged],
                    np.where(live[:, None], block.evidence[i, mine], 0.0), float(block.levels[i, service]), longest,
                    tuning,
                )  # fmt: skip
                if running.end is None:
                    continue
                self.over.append(self.running.pop(service))
                anew = _at_zero(len(mine), tuning.questions, now + 1)
                settled |= running.settled
                if more:
                    self._open_again(running, service, block, i)
                continue
            opening = None
            if anew is None:
                opening = self._within(block, i, service)
                values, since = block.values[i, mine], block.since[i, mine]
                total = float(block.statistic[i, service])
            else:
                plain, since = anew
                plain += block.evidence[i, mine]
                since[plain <= 0] = now + 1
                plain[plain <= 0] = 0.0
                values = plain * block.weights[mine]
                total = float(np.where(live, values.max(axis=1), 0.0).sum())
            if opening is not None and live.any():
                evidence = np.where(live[:, None], block.evidence[i, mine], 0.0)
                completed(opening, self._recent(mine, i, block.first), evidence)
            elif live.any() and total >= block.levels[i, service]:
                recent = self._recent(mine, i, block.first)
                opening = opened(service, recent, values, since, live, (now + 1) * self.step, tuning)
            if opening is not None:
                self.running[service] = opening
                alarm[i, service] = True
                incident[i, mine] = expected.seen[i, mine]
        if anew is not None:
            statistic.go_on(mine, *anew)
        return settled

    def _open_again(self, was: Running, service: int, block: Block, i: int) -> None:
        """Begin the far larger episode inside the one that has just ended."""
        mine = self.of[service]
        recent = self._recent(mine, i, block.first)
        start = was.end if was.end is not None else recent.last
        since = np.full(block.since[i, mine].shape, start)
        live = block.judged[i, mine]
        values = np.maximum(block.values[i, mine], 1e-3)
        opening = opened(service, recent, values, since, live, (recent.last + 1) * self.step, self.tuning)
        if opening is not None:
            opening.earliest, opening.latest = max(opening.earliest, was.alarm), max(opening.latest, start)
            self.running[service] = opening

    def _within(self, block: Block, i: int, service: int) -> Running | None:
        """Open an episode by the end of a minute of bucket `i`, by what was known then: the first that crosses."""
        if block.early is None:
            return None
        mine, early = self.of[service], block.early.streams
        for place in np.flatnonzero(block.early.crossing()[i, :, service]).tolist():
            recent = self._recent(mine, i, block.first)
            recent.people[-1], recent.usual[-1] = early.people[i, place, mine], early.usual[i, place, mine]
            opening = opened(
                service, recent, early.values[i, place, mine], early.since[i, mine], early.known[i, place, mine],
                recent.last * self.step + MINUTES_TOLD[place], self.tuning,
            )  # fmt: skip
            if opening is not None:
                return opening
        return None

    def _recent(self, mine: np.ndarray, i: int, first: int) -> Recent:
        until = RECENT - BLOCK + i + 1
        # Copies: a list of places picks them out.
        return Recent(self.people[:until, mine], self.usual[:until, mine], first + i)


def _at_zero(streams: int, questions: int, bucket: int) -> tuple[np.ndarray, np.ndarray]:
    return np.zeros((streams, questions)), np.full((streams, questions), bucket, dtype=np.int64)
