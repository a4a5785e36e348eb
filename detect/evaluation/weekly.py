"""What came of planted outages, counted by week of each stream: so that whole weeks can be drawn again for intervals.

A rule is turned through its settings; what it finds at a given rate of false alarms is read off between them. Found is
an alarm within the outage or ten minutes after; every other alarm outside hidden buckets is false.
"""

from collections.abc import Sequence

import msgspec
import numpy as np

from detect.evaluation.planting import AFTERWARDS, TOLERANCE, Spoken, Stream
from detect.evaluation.stamped import Within

WEEK = 2016
RESAMPLES = 300

BOUNDS = (5, 95)
"""Percentiles of the resamples: intervals of 90 %."""


class Tally(msgspec.Struct, frozen=True):
    """What came of one setting, week by week: false alarms and observed weeks; by ratio planted, found, and waited.

    Of an outage that is missed its whole length was waited, in minutes.
    """

    false: np.ndarray
    weeks: np.ndarray
    planted: np.ndarray
    found: np.ndarray
    waited: np.ndarray


class Read(msgspec.Struct, frozen=True):
    """A figure by ratio, with its interval; NaN where the rule cannot be set so that its false alarms are as rare."""

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray


def tally(streams: Sequence[Stream], spoken: Spoken, ratios: Sequence[int], bucket: int = 5) -> Tally:
    """Compare what was told per stream with what was planted."""
    parts = []
    for stream, mine in zip(streams, spoken, strict=True):
        units = -(-len(stream.counts) // WEEK)
        false, weeks = np.zeros(units), np.zeros(units)
        planted, found, waited = (np.zeros((units, len(ratios))) for _ in range(3))
        hidden = stream.hidden.copy()
        for each in stream.planted:
            week, size = each.start // WEEK, ratios.index(each.ratio)
            end = each.start + each.length
            first = next((at for at, _ in mine if each.start <= at <= end + TOLERANCE), None)
            planted[week, size] += 1
            found[week, size] += first is not None
            waited[week, size] += bucket * min(each.length, (end if first is None else first) - each.start + 1)
            hidden[each.start : end + AFTERWARDS] = True
        for alarm, _ in mine:
            false[alarm // WEEK] += not hidden[alarm]
        observed = np.flatnonzero(~hidden & ~np.isnan(stream.counts))
        np.add.at(weeks, observed // WEEK, bucket / 5 / 2016)
        parts.append((false, weeks, planted, found, waited))
    return Tally(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def at_budgets(tallies: Sequence[Tally], budgets: Sequence[float], seed: int = 1) -> dict[float, tuple[Read, Read]]:
    """Read off, at each rate of false alarms a week, the share found and the mean wait, by ratio."""
    drawn = np.random.default_rng(seed)
    units = len(tallies[0].false)
    weights = np.vstack([np.ones(units), drawn.multinomial(units, np.full(units, 1 / units), RESAMPLES)])
    rates, found, waited = [], [], []
    for one in tallies:
        planted = np.maximum(weights @ one.planted, 1e-9)
        rates.append(weights @ one.false / (weights @ one.weeks))
        found.append(weights @ one.found / planted)
        waited.append(weights @ one.waited / planted)
    logs = np.log(np.maximum(np.array(rates), 1e-3))
    read = {}
    for budget in budgets:
        settled = [_between(logs, np.array(figure), budget) for figure in (found, waited)]
        if np.min(rates, axis=0)[0] > 1.2 * budget:
            settled = [np.full_like(figure, np.nan) for figure in settled]
        shares, waits = (Read(figure[0], *np.percentile(figure[1:], BOUNDS, axis=0)) for figure in settled)
        read[budget] = shares, waits
    return read


def _between(logs: np.ndarray, figure: np.ndarray, budget: float) -> np.ndarray:
    """Interpolate a figure, settings x resamples x ratios, on the logarithm of the false alarms."""
    order = np.argsort(logs, axis=0, kind="stable")
    at: np.ndarray = np.array([
        [
            np.interp(np.log(budget), logs[order[:, n], n], figure[order[:, n], n, ratio])
            for ratio in range(figure.shape[2])
        ]
        for n in range(figure.shape[1])
    ])  # fmt: skip
    return at


def told(read: Read, digits: int = 2) -> tuple[Within | None, ...]:
    """Tell a figure by ratio with its interval; None where there is none."""
    return tuple(
        None if np.isnan(value) else Within(float(value), float(low), float(high), digits)
        for value, low, high in zip(read.value, read.low, read.high, strict=True)
    )
