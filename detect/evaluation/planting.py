"""Outages, and news that is none, planted into real counts: NAB's realTweets thinned to the rates of complaints.

Semi-synthetic: the backgrounds are real, bursts and all; what is planted is drawn. A labelled window is masked, neither
judged as found nor as false.
"""

from collections.abc import Sequence

import msgspec
import numpy as np

from detect.detector.replay import Replay
from detect.detector.tuning import Tuning
from detect.evaluation.nab import Series, on_grid

OUTAGES = {"step": 0.7, "ramp": 0.15, "flapping": 0.15}
"""Shapes of outages, and how often each is drawn: at once, rising for half its time, 15 minutes on and 15 off."""

RATIOS = (3, 5, 10, 30)
"""Times the usual rate, of outages."""

NEWS = {"news": 1.0}
"""A burst of talk without an outage: it jumps, and is down to a third after an hour."""

NEWS_RATIOS = (3, 5, 10)
"""Times the usual rate, at their height, of news: how many people say of an outage that is none, or is another's."""

NEWS_HOURS = 1.0

EVERY, SHORTEST, LONGEST = 432, 9, 36
"""Buckets between what is planted, about, and its length: 45 minutes to three hours."""

FIRST_DAYS = 3
TOLERANCE, AFTERWARDS = 2, 12
"""Buckets after an outage in which it is still found, and in which nothing is called false."""

PROMISES = (0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
"""Ours is set by its one knob; it is turned until the budget is met."""


class Planted(msgspec.Struct, frozen=True):
    """One outage, or news: first bucket of its stream, buckets, times the usual rate, shape."""

    start: int
    length: int
    ratio: int
    shape: str


class Stream(msgspec.Struct, frozen=True):
    """A real background with what was planted; `hidden` are labelled buckets and those in which nobody judges yet."""

    name: str
    first: int
    counts: np.ndarray
    hidden: np.ndarray
    planted: tuple[Planted, ...]


Spoken = list[list[tuple[int, int]]]
"""Per stream, the buckets of each alarm and of its onset."""


def thinned(one: Series, rate: float, rng: np.random.Generator) -> tuple[int, np.ndarray, np.ndarray]:
    """Thin a series to a mean rate; returns its first bucket, counts, and which buckets are labelled."""
    first, counts, bucket = on_grid(one)
    seen = ~np.isnan(counts)
    share = min(1.0, rate / float(np.nanmean(counts)))
    hidden = np.zeros(len(counts), dtype=bool)
    for start, end in one.windows:
        hidden[bucket[start] - first : bucket[end] - first + 1] = True
    return first, np.where(seen, rng.binomial(np.nan_to_num(counts).astype(np.int64), share), np.nan), hidden


def build(
    series: Sequence[Series], rate: float, seed: int, shapes: dict[str, float] = OUTAGES,
    ratios: tuple[int, ...] = RATIOS,
) -> list[Stream]:  # fmt: skip
    """Thin every series to a mean rate, and plant something about every day and a half."""
    rng = np.random.default_rng([seed, int(rate * 100)])
    streams = []
    for one in series:
        first, counts, hidden = thinned(one, rate, rng)
        planted = draw_times(counts, hidden, rng, shapes, ratios)
        for each in planted:
            span = slice(each.start, each.start + each.length)
            counts[span] += rng.poisson((each.ratio - 1) * rate * course(each.shape, each.length))
        hidden[: FIRST_DAYS * 288] = True
        streams.append(Stream(one.name, first, counts, hidden, tuple(planted)))
    return streams


def draw_times(
    counts: np.ndarray, hidden: np.ndarray, rng: np.random.Generator, shapes: dict[str, float], ratios: tuple[int, ...]
) -> list[Planted]:
    """Draw when what is planted begins, where nothing is hidden and all is known."""
    planted = []
    at = FIRST_DAYS * 288 + int(rng.integers(0, EVERY))
    while at < len(counts) - LONGEST - TOLERANCE:
        length = int(rng.integers(SHORTEST, LONGEST + 1))
        ratio, shape = int(rng.choice(ratios)), str(rng.choice(list(shapes), p=list(shapes.values())))
        around = slice(max(0, at - AFTERWARDS), at + length + AFTERWARDS)
        if not hidden[around].any() and not np.isnan(counts[at : at + length]).any():
            planted.append(Planted(at, length, ratio, shape))
        at += int(EVERY * (0.75 + 0.5 * rng.random()))
    return planted


def course(shape: str, length: int) -> np.ndarray:
    """Give the height of each bucket of a shape, 0 to 1."""
    at = np.arange(length)
    heights: dict[str, np.ndarray] = {
        "step": np.ones(length),
        "ramp": np.minimum((at + 1) / (length / 2), 1.0),
        "flapping": (at // 3 % 2 == 0).astype(float),
        "news": np.exp(-at / (12 * NEWS_HOURS)),
    }
    return heights[shape]


def ours(
    streams: Sequence[Stream], promises: Sequence[float] = PROMISES, tuning: Tuning | None = None, step: int = 5
) -> list[Spoken]:
    """Run our detector on all streams at all promises at once; alarms per promise, in the streams' own buckets.

    `step` is the minutes of the buckets that are judged, a multiple of 5; an alarm is then in the last of its fives.
    """
    wide = step // 5
    first = min(one.first for one in streams) // wide * wide
    last = -(-max(one.first + len(one.counts) for one in streams) // wide) * wide
    counts = np.full((last - first, len(streams)), np.nan)
    for place, one in enumerate(streams):
        counts[one.first - first : one.first - first + len(one.counts), place] = one.counts
    counts = np.tile(counts.reshape(-1, wide, len(streams)).sum(axis=1), (1, len(promises)))
    replay = Replay(
        first // wide, np.arange(counts.shape[1]), np.repeat(promises, len(streams)), tuning=tuning, step=step
    )  # fmt: skip
    replay.advance(counts, (~np.isnan(counts)).astype(float))
    told: list[Spoken] = [[[] for _ in streams] for _ in promises]
    for running in sorted(replay.peek()[1], key=lambda one: one.alarm):
        promise, place = divmod(running.service, len(streams))
        start = streams[place].first
        told[promise][place].append(((running.alarm + 1) * wide - 1 - start, running.onset * wide - start))
    return told
