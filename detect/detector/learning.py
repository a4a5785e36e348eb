"""What is learned of each stream as time passes: its shape, its level, its scatter, and how often it surprises.

Everything is learned two blocks late, so that the first hours of an outage do not teach what they are judged by; with
less weight in what looks like an outage, and with little in what was called one. All streams are worked on at once:
arrays have one column a stream.
"""

import msgspec
import numpy as np
from scipy.special import gammainc

from detect.detector.baseline import CELLS_A_DAY, MINUTES_A_DAY, RateBaseline, is_weekend, prior_shape_by_bucket
from detect.detector.tuning import Tuning

BLOCK = 12
"""Buckets worked on at once; what is learned changes between blocks."""

MEMORY_DAYS = 28
"""How far back a fit looks: four of each weekday."""

SETTLED_DAYS = 7
"""Covered days from which on surprises and scatter are kept: before, a weekend surprises by being the first."""

DAILY_FITS_DAYS = 14
"""Up to so many covered days the shape is fitted every day, after that on Mondays."""

SURPRISES = np.concatenate([[0.0], np.geomspace(0.3, 700, 60)])
"""Lower edges of the classes of surprise that are counted, in nats."""

PAST_WORTH = 2016.0
"""Buckets of a model's surprises that a stream begins with: a week."""

PRIOR_RATE, PRIOR_RATE_BUCKETS = 0.2, 24.0
PRIOR_DISPERSION, PRIOR_DISPERSION_BLOCKS = 1.3, 24.0


class Expected(msgspec.Struct, frozen=True):
    """What was expected of a block, buckets x streams: people, the same at level 1, and how surprising what came is.

    `whole` are the people that a bucket wholly seen would bring. `surprise` is that of `surprise_of`, `rank` its class
    in `SURPRISES`.
    """

    counts: np.ndarray
    seen: np.ndarray
    coverage: np.ndarray
    whole: np.ndarray
    people: np.ndarray
    at_level_one: np.ndarray
    dispersion: np.ndarray
    surprise: np.ndarray
    rank: np.ndarray
    index: int


class Learned:
    """What is known of so many streams; the state that `learn` carries on and that `expect` reads."""

    def __init__(self, streams: int, step: int, tuning: Tuning) -> None:
        self.tuning, self.step = tuning, step
        self.a_day = MINUTES_A_DAY // step
        blocks = MEMORY_DAYS * self.a_day // BLOCK
        self.shape = np.repeat(prior_shape_by_bucket(step)[None], streams, axis=0)
        self.level_people = np.full(streams, PRIOR_RATE * PRIOR_RATE_BUCKETS)
        self.level_exposure = np.full(streams, PRIOR_RATE_BUCKETS)
        self.covered = np.zeros(streams)
        self.cell_people = np.zeros((MEMORY_DAYS, streams, CELLS_A_DAY))
        self.cell_exposure = np.zeros((MEMORY_DAYS, streams, CELLS_A_DAY))
        self.short_scatter, self.short_weight = np.full(streams, 300.0), np.full(streams, 300.0)
        self.block_people = np.full((blocks, streams), np.nan)
        self.block_level, self.block_exposure = np.zeros((blocks, streams)), np.zeros((blocks, streams))
        self.block_weight = np.zeros((blocks, streams))
        self.block_scatter = np.full(streams, PRIOR_DISPERSION)
        self.past = np.zeros((streams, len(SURPRISES)))
        self.past_weight = np.zeros(streams)

    @property
    def level(self) -> np.ndarray:
        """People per fully covered bucket, averaged over a week."""
        level: np.ndarray = self.level_people / self.level_exposure
        return level

    @property
    def ranks(self) -> np.ndarray:
        """Say which streams' past is long enough to say how rare something is in it: a week, once they have settled."""
        enough: np.ndarray = self.past_weight >= PAST_WORTH
        return enough

    @property
    def dispersion(self) -> np.ndarray:
        """Variance over mean: the larger of the bucket's and the block's."""
        scatter = self.short_scatter / self.short_weight
        if self.tuning.block_dispersion:
            scatter = np.maximum(scatter, self.block_scatter)
        clipped: np.ndarray = np.clip(scatter, 1.0, self.tuning.most_dispersion)
        return clipped

    def expect(self, index: int, counts: np.ndarray, coverage: np.ndarray) -> Expected:
        """Say what is expected of block `index` (since the epoch), and how surprising its counts are."""
        seen = ~np.isnan(counts)
        counts, coverage = np.where(seen, counts, 0.0), np.where(seen, coverage, 0.0)
        shape = self._shape_of(index)
        whole = np.maximum(self.level * shape, self.tuning.floor)
        people = whole * coverage
        surprise = surprise_of(counts, people)
        return Expected(
            counts, seen, coverage, whole, people, shape * coverage, self.dispersion, surprise, _rank(surprise), index
        )  # fmt: skip

    def rarity(self, surprise: np.ndarray) -> np.ndarray:
        """Say how rare surprises (streams last) are in the past: -ln of the share of buckets that surprised as much.

        Evidence is bounded by it too: no likelihood ratio that grows with the count can exceed one over the chance of
        as many or more (Markov's inequality), so where the past is as the model says the bound takes nothing away;
        where storms are common it takes what they would feign.
        """
        as_much = np.cumsum(self.past[:, ::-1], axis=1)[:, ::-1][np.arange(len(self.past)), _rank(surprise)]
        share = (as_much + 1 + PAST_WORTH * np.exp(-surprise)) / (self.past_weight + 1 + PAST_WORTH)
        rare: np.ndarray = -np.log(share)
        return rare

    def learn(self, was: Expected, incident: np.ndarray) -> None:
        """Take in a block that is over; `incident`, buckets x streams, where it was called an episode."""
        tuning = self.tuning
        looked = was.seen.sum(axis=0)
        people, usual = was.counts.sum(axis=0), was.people.sum(axis=0)
        dispersion = np.maximum(self.dispersion, 1.0)
        residual = (people - usual) / np.sqrt(np.maximum(usual * dispersion, 1e-9))
        # A new stream's first days are taken as they are: by the prior's lights all of a busy one is an outage.
        young = self.covered < tuning.learning_days * self.a_day
        trust = np.where(young, 1.0, _trust(residual, people, tuning))
        weight = np.where(incident, tuning.known_weight, 1.0) * trust * was.seen
        most = np.where(young, np.inf, was.people + 3 * np.sqrt(np.maximum(was.people * dispersion, 1.0)) + 1)
        capped = np.minimum(was.counts, most)
        level, exposure = self.level, was.coverage
        least, longest = (days * self.a_day for days in tuning.memory_days)
        keep = np.exp(-looked / np.clip(tuning.memory_people / np.maximum(level, 1e-6), least, longest))
        self.level_people = self.level_people * keep + (weight * capped).sum(axis=0)
        self.level_exposure = self.level_exposure * keep + (weight * was.at_level_one).sum(axis=0)
        self.covered += looked
        self._learn_scatter(was, incident, looked, people, usual, trust, level)
        settled = self.covered > SETTLED_DAYS * self.a_day
        keep = np.exp(-looked / (MEMORY_DAYS * self.a_day))
        self.past *= keep[:, None]
        counted = weight * settled
        np.add.at(self.past, (np.broadcast_to(np.arange(len(level)), was.rank.shape), was.rank), counted)
        self.past_weight = self.past_weight * keep + counted.sum(axis=0)
        first = was.index * BLOCK
        cells = (np.arange(first, first + BLOCK) % self.a_day) * CELLS_A_DAY // self.a_day
        day = (first // self.a_day) % MEMORY_DAYS
        for cell in np.unique(cells):
            self.cell_people[day, :, cell] = (weight * capped)[cells == cell].sum(axis=0)
            self.cell_exposure[day, :, cell] = (weight * exposure)[cells == cell].sum(axis=0)

    def _learn_scatter(
        self, was: Expected, incident: np.ndarray, looked: np.ndarray, people: np.ndarray, usual: np.ndarray,
        trust: np.ndarray, level: np.ndarray,
    ) -> None:  # fmt: skip
        tuning, any_incident = self.tuning, incident.any(axis=0)
        settled = self.covered > SETTLED_DAYS * self.a_day
        keep = np.exp(-looked / (MEMORY_DAYS * self.a_day))
        weight = trust * np.where(any_incident, tuning.known_weight, 1.0) * settled * looked
        squared = np.minimum((was.counts - was.people) ** 2 * was.seen, 1e12).sum(axis=0)
        self.short_scatter = self.short_scatter * keep + weight * squared / np.maximum(usual, 1e-9)
        self.short_weight = self.short_weight * keep + weight
        row = was.index % len(self.block_people)
        self.block_people[row] = np.where(looked >= BLOCK * 3 // 4, people, np.nan)
        self.block_level[row] = level
        self.block_exposure[row] = was.coverage.sum(axis=0)
        self.block_weight[row] = np.where(any_incident, tuning.known_weight, 1.0)

    def begin_day(self, day: int) -> None:
        """Fit the shapes that are due, and measure the blocks' scatter around them, before the first block of a day."""
        days = np.arange(day - MEMORY_DAYS + 1, day + 1)
        self.cell_people[day % MEMORY_DAYS] = self.cell_exposure[day % MEMORY_DAYS] = 0.0
        weekend = is_weekend(days)
        monday = is_weekend(day - 1) and not is_weekend(day)
        for stream, covered in enumerate(self.covered / self.a_day):
            if covered < 1 or (covered > DAILY_FITS_DAYS and not monday):
                continue
            people, exposure = (
                np.concatenate([cells[days[~weekend] % MEMORY_DAYS, stream].sum(axis=0),
                                cells[days[weekend] % MEMORY_DAYS, stream].sum(axis=0)])
                for cells in (self.cell_people, self.cell_exposure)
            )  # fmt: skip
            if people.sum() >= self.tuning.fewest_people:
                self.shape[stream] = RateBaseline().fit_cells(people, exposure).shape(self.step)
        self._measure_blocks(day)

    def _measure_blocks(self, day: int) -> None:
        """Measure variance over mean of the blocks of four weeks around the shape of now."""
        a_day = self.a_day // BLOCK
        blocks = np.arange((day - MEMORY_DAYS) * a_day, day * a_day)
        row = blocks % len(self.block_people)
        by_block = self.shape.reshape(len(self.shape), 2, a_day, BLOCK).mean(axis=3)
        shape = by_block[:, is_weekend(blocks // a_day).astype(int), blocks % a_day].T
        people, exposure = self.block_people[row], self.block_exposure[row]
        known = ~np.isnan(people) & (exposure > 0)
        people = np.where(known, people, 0.0)
        usual = np.where(known, np.maximum(self.block_level[row] * shape, self.tuning.floor) * exposure, 1.0)
        prior = PRIOR_DISPERSION_BLOCKS * np.median(usual, axis=0)
        scatter = np.maximum(self.block_scatter, 1.0)
        for _ in range(2):
            trust = _trust((people - usual) / np.sqrt(usual * scatter), people, self.tuning)
            weight = known * self.block_weight[row] * trust
            squared, mean = (weight * (people - usual) ** 2).sum(axis=0), (weight * usual).sum(axis=0)
            scatter = np.maximum((squared + PRIOR_DISPERSION * prior) / (mean + prior), 1.0)
        self.block_scatter = scatter

    def forget_level(self, stream: int, people: float, at_level_one: float) -> None:
        """Take a level that has lasted for the usual one."""
        if at_level_one > 0:
            self.level_people[stream], self.level_exposure[stream] = people + 1e-3, at_level_one

    def _shape_of(self, index: int) -> np.ndarray:
        first = index * BLOCK
        slot = first % self.a_day
        shape: np.ndarray = self.shape[:, int(is_weekend(first // self.a_day)), slot : slot + BLOCK].T
        return shape


def surprise_of(counts: np.ndarray, people: np.ndarray) -> np.ndarray:
    """Give -ln of the chance of as many people or more, were they Poisson with mean `people`; 0 of nobody."""
    # The chance of x or more is the regularised incomplete gamma function of x at the mean.
    came = counts > 0
    surprise = np.zeros(np.shape(counts))
    surprise[came] = -np.log(np.maximum(gammainc(counts[came], np.maximum(people[came], 1e-9)), 1e-300))
    return surprise


def _rank(surprise: np.ndarray) -> np.ndarray:
    return np.searchsorted(SURPRISES, surprise, side="right") - 1


def _trust(residual: np.ndarray, people: np.ndarray, tuning: Tuning) -> np.ndarray:
    """Weigh down what looks like an episode; fewer than three people never do."""
    suspect = (residual > tuning.outlier) & (people >= tuning.fewest_people)
    trust: np.ndarray = np.where(suspect, (tuning.outlier / np.maximum(residual, tuning.outlier)) ** 2, 1.0)
    return trust
