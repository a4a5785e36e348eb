"""Our detector on NAB's realTweets, one alarm an episode, beside the published results for the same ten series."""

from collections.abc import Mapping, Sequence

import numpy as np

from detect.detector.tuning import Tuning
from detect.evaluation.nab import PROFILES, Series, best_score, on_grid, score, windowed_gaussian
from detect.evaluation.planting import Stream, ours
from detect.evaluation.rivals import RULES, Rule, alarms
from detect.evaluation.stamped import Row, Table, Within, binomial_interval, poisson_interval

PROMISES = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)

PUBLISHED = (
    ("ARTime (published)", 84.3, 78.9),
    ("contextOSE (published)", 74.5, 70.7),
    ("Numenta HTM (published)", 70.7, 64.4),
)
"""Scores of published detectors' own ratings, one alarm an episode: level best for all, and best for the other nine."""

SATURATED = 12
"""Digits to which the published ratings are rounded: where they are 1, the windowed Gaussian speaks."""


def spoken(series: Sequence[Series], tuning: Tuning | None = None) -> dict[float, dict[str, list[int]]]:
    """Give the rows at which our detector begins an episode, per promise and series."""
    grids = [on_grid(one) for one in series]
    none = np.zeros(0, dtype=bool)
    streams = [Stream(one.name, grid[0], grid[1], none, ()) for one, grid in zip(series, grids, strict=True)]
    told = ours(streams, PROMISES, tuning)
    return {
        promise: {
            one.name: [int(np.searchsorted(grid[2], alarm + grid[0])) for alarm, _ in mine]
            for one, grid, mine in zip(series, grids, by_stream, strict=True)
        }
        for promise, by_stream in zip(PROMISES, told, strict=True)
    }


def evaluate(series: Sequence[Series], tuning: Tuning | None = None) -> list[Table]:
    """Score ours and the textbook rules; and check the scoring with three detectors whose scores are known."""
    by_promise = spoken(series, tuning)
    rows: list[Row] = [(name, best, left_out, None, None) for name, best, left_out in PUBLISHED]
    best, left_out = best_score(series, by_promise)
    promised, _ = best_score(series, {1.0: by_promise[1.0]})
    rows.append(("ours, the promise chosen so", best, left_out, None, None))
    rows.append(("ours, as promised: 1 in 4 weeks", promised, None, *_counted(series, by_promise[1.0])))
    for name, rule in RULES.items():
        rated = {one.name: _by_row(one, rule) for one in series}
        values = np.concatenate(list(rated.values()))
        levels = np.unique(np.quantile(values[np.isfinite(values)], 1 - np.geomspace(2e-2, 1e-4, 40)))
        by_level: dict[float, Mapping[str, Sequence[int]]] = {
            float(level): {code: alarms(rating, level, 144).tolist() for code, rating in rated.items()}
            for level in levels
        }
        rows.append((name, *best_score(series, by_level), None, None))
    goals = (
        f"standard {best} (wanted: 80), leave one series out {left_out} (wanted: 78)",
        *_checks(series),
    )
    columns = ("detector", "standard", "leave one series out", "windows found of 33", "false")
    return [
        Table("nab", "NAB's realTweets, one alarm an episode", "python -m detect evaluate nab --data FOLDER",
              "ten real series, 33 labelled windows; 90 % by drawing series again, levels kept",
              columns, tuple(rows), goals)
    ]  # fmt: skip


def _checks(series: Sequence[Series]) -> list[str]:
    silent: dict[str, list[int]] = {one.name: [] for one in series}
    perfect = {one.name: [start for start, _ in one.windows] for one in series}
    gaussian = {
        one.name: np.flatnonzero(np.round(windowed_gaussian(one.values), SATURATED) >= 1).tolist() for one in series
    }
    scores = ", ".join(f"{profile} {score(series, gaussian, profile):.1f}" for profile in PROFILES)
    return [
        f"scoring checked: silent {score(series, silent):.1f} (0), perfect {score(series, perfect):.1f} (100)",
        f"windowed Gaussian, each row: {scores} (published: 51.4, 16.3, 64.6)",
    ]


def _counted(series: Sequence[Series], told: Mapping[str, Sequence[int]]) -> tuple[Within, Within]:
    found = sum(any(start <= row <= end for row in told[one.name]) for one in series for start, end in one.windows)
    false = sum(
        row >= one.probation and not any(start <= row <= end for start, end in one.windows)
        for one in series
        for row in told[one.name]
    )
    windows = sum(len(one.windows) for one in series)
    low, high = (bound * windows for bound in binomial_interval(found, windows))
    return Within(found, low, high, 0), Within(false, *poisson_interval(false), digits=0)


def _by_row(series: Series, rule: Rule) -> np.ndarray:
    first, counts, bucket = on_grid(series)
    rating: np.ndarray = rule(counts)
    by_row: np.ndarray = rating[bucket - first]
    return by_row
