"""What is known by the end of each minute of a bucket: the same question, asked before the bucket is over.

By a minute's end those who have written so far stand against that minute's share of what the bucket was expected to
bring. Only a stream that was seen from the bucket's first instant on without a break has an answer; nothing of what
follows is looked at, neither people nor coverage. So an alarm is the same while the bucket lasts, at its end, and in
every later replay.
"""

from typing import Self

import msgspec
import numpy as np

from detect.detector.alarms import Statistic, answers
from detect.detector.counts import MINUTES_TOLD
from detect.detector.learning import Expected, Learned, surprise_of
from detect.detector.tuning import Tuning


class Before(msgspec.Struct, frozen=True):
    """What stood when each bucket of a block began.

    `values` (not weighed) and `since` are buckets x streams x questions; `gap` says, buckets x streams, that the bucket
    before was not covered.
    """

    values: np.ndarray
    since: np.ndarray
    gap: np.ndarray

    @classmethod
    def of(cls, statistic: Statistic, seen: np.ndarray) -> Self:
        """Note what stands before a block is taken in: of its first bucket, but for the gaps."""
        return cls(statistic.values[None], statistic.since[None], statistic.after_gap(seen))

    def then(self, values: np.ndarray, since: np.ndarray) -> Self:
        """Add what stands after each bucket of the block."""
        return type(self)(
            np.concatenate([self.values, values[:-1]]), np.concatenate([self.since, since[:-1]]), self.gap
        )  # fmt: skip


class ByMinute(msgspec.Struct, frozen=True):
    """What streams came to by the end of each minute told: buckets x minutes x streams, the last three x questions.

    `people` and `usual` are what was written and expected up to then, 0 where it is not `known`. `values` are the
    CUSUMs, weighed; `since`, their last zeros, is buckets x streams x questions.
    """

    known: np.ndarray
    people: np.ndarray
    usual: np.ndarray
    evidence: np.ndarray
    values: np.ndarray
    since: np.ndarray


class Early(msgspec.Struct, frozen=True):
    """What services came to by the end of each minute told: buckets x minutes x services, NaN where nothing is known.

    `levels` are those of the streams that are known then.
    """

    streams: ByMinute
    statistic: np.ndarray
    levels: np.ndarray

    def crossing(self) -> np.ndarray:
        """Say at which minutes the level is reached."""
        reached: np.ndarray = self.statistic >= self.levels
        return reached

    def highest(self, at_end: np.ndarray) -> np.ndarray:
        """Give each bucket's largest statistic, its end's included: buckets x services."""
        largest: np.ndarray = np.fmax(at_end, np.fmax.reduce(self.statistic, axis=1))
        return largest

    def where_unseen(self, statistic: np.ndarray, levels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Take the last minute that is known where a bucket, as a whole, is not: buckets x services."""
        unseen = np.isnan(statistic)
        for then, level in zip(self.statistic.swapaxes(0, 1), self.levels.swapaxes(0, 1), strict=True):
            known = unseen & ~np.isnan(then)
            statistic, levels = np.where(known, then, statistic), np.where(known, level, levels)
        return statistic, levels


def by_minute(
    people: np.ndarray, known: np.ndarray, before: Before, expected: Expected, past: Learned,
    most: np.ndarray, alone: np.ndarray, weights: np.ndarray, step: int, tuning: Tuning,
) -> ByMinute:  # fmt: skip
    """Judge streams by the end of each minute told.

    Parameters
    ----------
    people
        Distinct people up to then: buckets x minutes x streams.
    known
        Where that is known, of a stream that has learned enough.
    past
        What says how rare a surprise is.
    most, alone
        What one bucket may say, and so a part of it too (see `bounded`): buckets x streams.
    """
    share = np.array(MINUTES_TOLD)[None, :, None] / step
    people = np.where(known, people, 0.0)
    usual = np.where(known, expected.whole[:, None] * share, 0.0)
    most, alone = (np.broadcast_to(one[:, None], people.shape) for one in (most, alone))
    rarity = past.rarity(surprise_of(people, usual))
    ratios = (
        answers(people, usual, expected.dispersion, rarity, past.ranks, most, alone, tuning) - tuning.price_of_minutes
    )
    # As at a bucket's end: the first one after a gap never speaks for an outage.
    ratios = np.where(before.gap[:, None, :, None], np.minimum(ratios, 0.0), ratios)
    values = np.maximum(before.values[:, None] + ratios, 0.0) * weights
    return ByMinute(known, people, usual, ratios, np.where(known[..., None], values, 0.0), before.since)
