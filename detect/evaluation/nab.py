"""NAB's realTweets: ten real series of mentions per five minutes, with labelled windows, and NAB's way of scoring.

The scoring is written from its definition (Lavin & Ahmad 2015, "Evaluating real-time anomaly detection algorithms",
and the benchmark's own description): within a window the first detection earns up to 1, the earlier the more, by a
scaled sigmoid; each row detected outside costs by how far behind the last window it is; each window missed costs 1.
The score is 100 for the perfect detector and 0 for one that says nothing.
"""

import csv
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np

from detect.evaluation.stamped import Within

PROFILES = {"standard": (0.11, 1.0), "low FP": (0.22, 1.0), "low FN": (0.11, 2.0)}
"""Cost of a false row and of a missed window; a found one earns 1 in all three."""

PROBATION_SHARE, PROBATION_ROWS = 0.15, 750
"""The first rows of a series are not scored: 15 %, at most of 5000."""


FOLDER = Path("counts/nab")
"""Where the series lie in a folder of real data."""


RESAMPLES = 2000


class Series(msgspec.Struct, frozen=True):
    """One series: row times in seconds since the epoch, values, and the labelled windows as first and last row."""

    name: str
    seconds: np.ndarray
    values: np.ndarray
    windows: tuple[tuple[int, int], ...]

    @property
    def probation(self) -> int:
        """The first row that is scored."""
        return min(int(PROBATION_SHARE * len(self.values)), PROBATION_ROWS)


def load(folder: Path) -> list[Series]:
    """Read the ten series and their windows from a folder that has NAB's files under `counts/nab`.

    Raises
    ------
    FileNotFoundError
        Where the folder is not that.
    """
    labelled = json.loads((folder / "combined_windows.json").read_text("utf-8"))
    series = []
    for path in sorted(folder.glob("Twitter_volume_*.csv")):
        with path.open(encoding="utf-8") as file:
            rows = [(_seconds(row["timestamp"]), float(row["value"])) for row in csv.DictReader(file)]
        seconds, values = (np.array(column) for column in zip(*rows, strict=True))
        spans = [[_seconds(at) for at in window] for window in labelled[f"realTweets/{path.name}"]]
        windows = tuple(
            (int(np.searchsorted(seconds, start)), int(np.searchsorted(seconds, end, side="right")) - 1)
            for start, end in spans
        )
        series.append(Series(path.stem.removeprefix("Twitter_volume_"), seconds, values, windows))
    return series


def on_grid(series: Series) -> tuple[int, np.ndarray, np.ndarray]:
    """Lay a series on the grid of five minutes: first bucket, counts (NaN: no row), bucket of each row."""
    bucket = series.seconds.astype(np.int64) // 300
    first = int(bucket[0])
    counts = np.full(int(bucket[-1]) - first + 1, np.nan)
    for place, value in zip(bucket - first, series.values, strict=True):
        counts[place] = value if np.isnan(counts[place]) else counts[place] + value
    return first, counts, bucket


def raw_score(series: Series, rows: Sequence[int], profile: str) -> float:
    """Score the rows at which a detector spoke, on one series, before it is put on the scale of 100."""
    false_cost, miss_cost = PROFILES[profile]
    found: dict[int, float] = {}
    cost = 0.0
    for row in sorted(set(rows)):
        if row < series.probation:
            continue
        inside = next((n for n, (start, end) in enumerate(series.windows) if start <= row <= end), None)
        if inside is None:
            cost += false_cost * _behind(series, row)
        elif inside not in found:
            start, end = series.windows[inside]
            found[inside] = _sigmoid(-(end - row + 1) / (end - start + 1)) / _sigmoid(-1.0)
    scored = [n for n, (start, _) in enumerate(series.windows) if start >= series.probation]
    missed = sum(n not in found for n in scored)
    return sum(found.values()) + cost - miss_cost * missed


def score(series: Sequence[Series], rows: Mapping[str, Sequence[int]], profile: str = "standard") -> float:
    """Score a detector on all series: 100 perfect, 0 silent, below 0 worse than silence."""
    windows = sum(sum(start >= one.probation for start, _ in one.windows) for one in series)
    silent = -PROFILES[profile][1] * windows
    raw = sum(raw_score(one, rows[one.name], profile) for one in series)
    return 100 * (raw - silent) / (windows - silent)


def best_score(
    series: Sequence[Series], by_level: Mapping[float, Mapping[str, Sequence[int]]], profile: str = "standard"
) -> tuple[Within, Within]:
    """Score with the best level for all series, and with each series at the level best for the other nine.

    `by_level` are the rows spoken at per level and series. Returns both scores.
    """
    levels = list(by_level)
    raw = np.array([[raw_score(one, by_level[level][one.name], profile) for one in series] for level in levels])
    others = raw.sum(axis=1, keepdims=True) - raw
    left_out = np.array([raw[int(np.argmax(others[:, n])), n] for n in range(len(series))])
    best = raw[int(np.argmax(raw.sum(axis=1)))]
    return _scored(best, series, profile), _scored(left_out, series, profile)


def _scored(raw: np.ndarray, series: Sequence[Series], profile: str) -> Within:
    """Put scores on the scale of 100, with the interval of 90 % by drawing series again, their levels kept."""
    windows = np.array([sum(start >= one.probation for start, _ in one.windows) for one in series])
    silent = -PROFILES[profile][1] * windows
    drawn = np.random.default_rng(1).integers(0, len(series), (RESAMPLES, len(series)))
    chosen = np.vstack([np.arange(len(series)), drawn])
    whole = (windows - silent)[chosen].sum(axis=1)
    scores = 100 * (raw - silent)[chosen].sum(axis=1) / np.where(whole > 0, whole, np.nan)
    low, high = np.nanpercentile(scores[1:], (5, 95))
    return Within(float(scores[0]), float(low), float(high), 1)


def windowed_gaussian(values: np.ndarray, window: int = 6400, step: int = 100) -> np.ndarray:
    """Rate each value by how far in the tail of a normal distribution of the past it is: a check of the scoring.

    NAB's own simplest detector, from its description: mean and deviation of the last `window` values, moved `step`
    values at a time.
    """
    from scipy.special import erfc

    sums, squares = (np.concatenate([[0.0], np.cumsum(values**power)]) for power in (1, 2))
    row = np.arange(len(values))
    # Rows already in the window: all of them while it grows, then it moves `step` rows at a time.
    end = np.where(row <= window, row, window + (row - window) // step * step)
    start = np.maximum(end - window, 0)
    size = np.maximum(end - start, 1)
    mean = (sums[end] - sums[start]) / size
    deviation = np.sqrt(np.maximum((squares[end] - squares[start]) / size - mean**2, 0.0))
    rated: np.ndarray = 1 - 0.5 * erfc(np.abs(values - mean) / np.where(deviation > 0, deviation, 1e-6) / np.sqrt(2))
    rated[:1] = 0.0
    return rated


def _behind(series: Series, row: int) -> float:
    """Price a false row by its distance behind the last window, from nearly nothing to -1."""
    before = [(start, end) for start, end in series.windows if end < row]
    if not before:
        return -1.0
    start, end = before[-1]
    return _sigmoid((row - end) / max(end - start, 1))


def _sigmoid(position: float) -> float:
    if position > 3:
        return -1.0
    return float(2 / (1 + np.exp(5 * position)) - 1)


def _seconds(stamp: str) -> float:
    return datetime.fromisoformat(stamp).replace(tzinfo=UTC).timestamp()
