"""Is it more than usual? Sequential likelihood ratios per stream, over several sizes of outage at once.

Per stream one CUSUM asks after each size; it adds the log-likelihood ratio of its bucket and never falls below zero. A
CUSUM has the least delay at a given false-alarm rate (Moustakides 1986); several side by side stay within a fifth of it
over all sizes. Another asks how rare its counts are in the stream's past, whatever their size. One that has fallen far
from its highest starts again at zero: what it had seen is over. Each is weighed by how quiet it has been in the
stream's past (`weighing`), and the largest of a stream's is summed over the streams that are covered (Mei 2010): that
survives one big source that hardly reacts.
"""

import numpy as np

from detect.detector.learning import BLOCK, Expected
from detect.detector.tuning import Tuning


def likelihood_ratios(
    counts: np.ndarray, people: np.ndarray, dispersion: np.ndarray, rates: tuple[float, ...] | np.ndarray
) -> np.ndarray:
    """Compute log-likelihood ratios of `rates` times the expectation against the expectation.

    Negative binomial with variance over mean `dispersion` at the usual rate and the same size at the raised one, the
    Poisson in the limit of 1.

    Parameters
    ----------
    counts, people, dispersion
        Observed, expected (0 says nothing), variance over mean; any shapes that broadcast.
    rates
        Outage sizes, each above 1.

    Returns
    -------
    Nats, of the counts' shape with one more axis: the rates.
    """
    usual = np.where(people > 0, people, 1.0)
    size = usual / np.maximum(dispersion - 1, 1e-3)
    raised = np.asarray(rates)
    shrunk = -np.log1p((raised - 1) * (usual / (size + usual))[..., None])
    ratios = np.asarray(counts)[..., None] * (np.log(raised) + shrunk) + size[..., None] * shrunk
    known: np.ndarray = np.where((people > 0)[..., None], ratios, 0.0)
    return known


def bounded(ratios: np.ndarray, most: np.ndarray, alone: np.ndarray, tuning: Tuning) -> np.ndarray:
    """Bound evidence: that of `Tuning.rates` at `most`, of `Tuning.outsized` what exceeds it counts by its logarithm.

    A storm in one bucket so says little to the questions that many buckets answer, and to the others the more, the
    larger it is, but never enough alone.

    Parameters
    ----------
    ratios
        Log-likelihood ratios, the questions last.
    most, alone
        What one bucket may say, and what no bucket may exceed: of the ratios' shape without the questions.
    """
    most, alone = most[..., None], alone[..., None]
    steady, spiky = np.split(ratios, [len(tuning.rates)], axis=-1)
    times = np.maximum(spiky / np.maximum(most, 1e-9), 1.0)
    spiky = np.minimum(np.where(times > 1, most * (1 + np.log(times)), spiky), alone)
    both: np.ndarray = np.concatenate([np.minimum(steady, most), spiky], axis=-1)
    return both


def by_rank(rarity: np.ndarray, times: tuple[float, ...]) -> np.ndarray:
    """Turn how rare counts are into evidence that they are rarer than chance: ln(k * p ** (k - 1)), k = 1 / times.

    These are the calibrators of Vovk and Wang ("E-values: calibration, combination and applications", Annals of
    Statistics 49, 2021): whatever the counts are distributed like, evidence is as often feigned as that of a likelihood
    ratio. It is the likelihood ratio itself where rarity, exponential with mean 1 in the usual, has a mean of `times`.

    Parameters
    ----------
    rarity
        -ln p, p the chance of as much or more by the stream's own past; any shape.

    Returns
    -------
    Nats, of that shape with one more axis: the times.
    """
    mean = np.asarray(times)
    evidence: np.ndarray = rarity[..., None] * (1 - 1 / mean) - np.log(mean)
    return evidence


def answers(
    counts: np.ndarray, people: np.ndarray, dispersion: np.ndarray, rarity: np.ndarray, ranks: np.ndarray,
    most: np.ndarray, alone: np.ndarray, tuning: Tuning,
) -> np.ndarray:  # fmt: skip
    """Lay out what counts say to each question, in nats: after sizes (see `bounded`), then after ranks.

    Ranks speak for an outage only where the smallest size does: of many people a tenth more is rare, and no outage.

    Parameters
    ----------
    rarity
        -ln of the share of the stream's past that was as surprising.
    ranks
        Where that past is long enough to be asked by ranks; elsewhere they say nothing.
    most, alone
        What one bucket may say at most of what many answer, and what no bucket may exceed.

    Returns
    -------
    The shape that all of them broadcast to, with one more axis: the questions.
    """
    if tuning.bounded_by_past:
        most = np.minimum(most, np.maximum(rarity - tuning.past_margin, 0.0))
    by_size = bounded(likelihood_ratios(counts, people, dispersion, tuning.asked), most, alone, tuning)
    most_by_rank = np.where(by_size[..., :1] > 0, alone[..., None], 0.0)
    said: np.ndarray = np.concatenate(
        [by_size, np.minimum(by_rank(np.where(ranks, rarity, 0.0), tuning.ranked), most_by_rank)], axis=-1
    )  # fmt: skip
    return said


class Statistic:
    """The CUSUMs of all streams: what they come to, and since which bucket each has been above zero."""

    def __init__(self, streams: int, tuning: Tuning) -> None:
        self.tuning = tuning
        shape = streams, tuning.questions
        self.values = np.zeros(shape)
        self.peaks = np.zeros(shape)
        """The highest of each value since its last zero."""
        self.since = np.zeros(shape, dtype=np.int64)
        self.uncovered = np.zeros(streams, dtype=bool)
        """Whether the last bucket was not covered."""

    def evidence(
        self, expected: Expected, rarity: np.ndarray, ranks: np.ndarray, most: np.ndarray, alone: np.ndarray
    ) -> np.ndarray:
        """Lay out a block's evidence, buckets x streams x questions (see `answers`); none where nobody looked.

        The first bucket after a gap never speaks for an outage: it may hold what had piled up.
        """
        counts, people, dispersion = expected.counts, expected.people, expected.dispersion
        ratios = answers(counts, people, dispersion, rarity, ranks, most, alone, self.tuning)
        ratios = np.where(self.after_gap(expected.seen)[:, :, None], np.minimum(ratios, 0.0), ratios)
        kept: np.ndarray = np.where(expected.seen[:, :, None], ratios, 0.0)
        return kept

    def after_gap(self, seen: np.ndarray) -> np.ndarray:
        """Say of each bucket of a block, buckets x streams, whether the one before it was not covered."""
        return np.concatenate([self.uncovered[None], ~seen[:-1]])

    def add(self, ratios: np.ndarray, seen: np.ndarray, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Take a block's evidence in; returns value and last zero after each bucket, buckets x streams x questions.

        A stream that was not covered for a whole block starts again at zero: after it, since within it nobody knew.
        """
        first = index * BLOCK
        values, since = np.empty_like(ratios), np.empty(ratios.shape, dtype=np.int64)
        value, peak, start = self.values, self.peaks, self.since
        for i, ratio in enumerate(ratios):
            value = np.maximum(value + ratio, 0.0)
            peak = np.maximum(peak, value)
            zero = (value <= 0) | (peak - value >= self.tuning.forgotten)
            value, peak = np.where(zero, 0.0, value), np.where(zero, 0.0, peak)
            start = np.where(zero, first + i + 1, start)
            values[i], since[i] = value, start
        self.values, self.peaks, self.since = value, peak, start
        self.uncovered = ~seen[-1]
        self.reset(np.asarray(~seen.any(axis=0)), first + BLOCK)
        return values, since

    def go_on(self, which: np.ndarray, values: np.ndarray, since: np.ndarray) -> None:
        """Go on from other values than those of the blocks so far: an episode has ended."""
        self.values[which], self.peaks[which], self.since[which] = values, values, since

    def reset(self, which: np.ndarray, bucket: int) -> None:
        """Start again at zero, from `bucket` on."""
        self.values[which] = 0.0
        self.peaks[which] = 0.0
        self.since[which] = bucket


def change(people: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """Say of each bucket how likely a change for the worse began with it: ln of the generalised likelihood ratio.

    The size is that which explains the most (Hinkley 1970): the people from there on over those expected, were they
    Poisson. Nothing is bounded here: that there is an outage is decided, and what is asked is only where it began.

    >>> change(np.array([1.0, 0.0, 6.0, 5.0]), np.ones(4)).round(1).tolist()
    [5.2, 6.3, 9.8, 4.0]
    """
    people, usual = (np.cumsum(one[::-1])[::-1] for one in (people, usual))
    usual = np.maximum(usual, 1e-9)
    more = np.maximum(people / usual, 1.0)
    gain: np.ndarray = people * np.log(more) - (more - 1) * usual
    return gain
