"""The least possible delay: what no detector of counts can beat at a given rate of false alarms.

A CUSUM that knows both rates minimises the worst-case mean delay (Moustakides 1986). Its statistic over ln r is
x - c with c = (r - 1) l0 / ln r; with c as a fraction a/m it walks on a lattice of 1/m, where the means are solutions
of linear equations and nothing is simulated. A boundary that is drawn between two lattice points meets the budget
exactly.
"""

from fractions import Fraction
from functools import cache

import msgspec
import numpy as np
from scipy.stats import poisson

from detect.evaluation.stamped import Row, Table

RATES = (0.05, 0.2, 1.0, 5.0, 20.0)
RATIOS = (2.0, 3.0, 5.0, 10.0, 30.0)

BUCKETS_IN_4_WEEKS = 8064.0

_FINEST = 40
"""Largest denominator of the drift's fraction; with 80 no figure moves by a hundredth of itself."""


class Limit(msgspec.Struct, frozen=True):
    """Mean buckets from an outage's first bucket to the end of the alarm's; 1 is the least."""

    worst: float
    """From the statistic at zero."""
    typical: float
    """From where the statistic usually is, by its long-run distribution while there is no alarm."""


@cache
def least_delay(rate: float, ratio: float, between: float = BUCKETS_IN_4_WEEKS) -> Limit:
    """Compute the limit for `rate` people a bucket, `ratio` times that in an outage, `between` buckets a false alarm.

    >>> round(least_delay(1.0, 10.0).typical, 2)
    1.13
    """
    drift = Fraction((ratio - 1) * rate / np.log(ratio)).limit_denominator(_FINEST)
    if drift == 0:
        drift = Fraction((ratio - 1) * rate / np.log(ratio)).limit_denominator(4 * _FINEST)
    down, unit = drift.numerator, drift.denominator
    low, high = 0, unit
    while _mean_time(rate, high, 0.0, down, unit)[0] < between:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _mean_time(rate, middle, 0.0, down, unit)[0] < between else (low, middle)
    # Were no place up to `high` an alarm, alarms would be too rare: exactly there, one is drawn with some chance.
    never, always = 0.0, 1.0
    for _ in range(30):
        chance = (never + always) / 2
        if _mean_time(rate, high, chance, down, unit)[0] < between:
            always = chance
        else:
            never = chance
    boundary = (high, (never + always) / 2, down, unit)
    delays = _mean_time(ratio * rate, *boundary)
    return Limit(float(delays[0]), float(_long_run(rate, *boundary) @ delays))


def table() -> Table:
    """Lay out the exact limits, worst case and typical start."""
    rows: list[Row] = []
    for rate in RATES:
        limits = [least_delay(rate, ratio) for ratio in RATIOS]
        rows.append((rate, *(f"{limit.worst:.2f} ({limit.typical:.2f})" for limit in limits)))
    return Table(
        "limit", "Least mean delay in buckets of 5 minutes, worst case (typical start)",
        "python -m detect evaluate limit", "exact, by a Markov chain", ("l0", *(f"r={ratio:g}" for ratio in RATIOS)),
        tuple(rows),
    )  # fmt: skip


def _steps(rate: float, boundary: int, chance: float, down: int, unit: int) -> np.ndarray:
    """Lay out the chances of going from each place of the lattice to each, without an alarm: 0 to `boundary`."""
    most = int((boundary + down) / unit) + 1
    people = poisson.pmf(np.arange(most + 1), rate)
    chances = np.zeros((boundary + 1, boundary + 1))
    place = np.arange(boundary + 1)
    for count, probability in enumerate(people):
        to = np.maximum(place + count * unit - down, 0)
        inside = to <= boundary
        np.add.at(chances, (place[inside], to[inside]), probability)
    chances[:, boundary] *= 1 - chance
    return chances


def _mean_time(rate: float, boundary: int, chance: float, down: int, unit: int) -> np.ndarray:
    """Solve for the mean buckets to an alarm from each place."""
    chances = _steps(rate, boundary, chance, down, unit)
    times: np.ndarray = np.linalg.solve(np.eye(len(chances)) - chances, np.ones(len(chances)))
    return times


def _long_run(rate: float, boundary: int, chance: float, down: int, unit: int) -> np.ndarray:
    """Find where the statistic is in the long run, given that there was no alarm."""
    chances = _steps(rate, boundary, chance, down, unit)
    where = np.zeros(len(chances))
    where[0] = 1.0
    for _ in range(20_000):
        after = where @ chances
        after /= after.sum()
        if np.abs(after - where).max() < 1e-12:
            break
        where = after
    return where
