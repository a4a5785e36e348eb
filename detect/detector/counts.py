"""Distinct complaining people per bucket and platform; nothing where nobody looked.

A stream is one service on one platform. It is read through targets (the new posts of one subreddit, its comments, a
file's place), each with windows that were truly seen.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
import numpy as np
import pandas as pd

from ingest.coverage import union
from ingest.records import Window

BUCKET = timedelta(minutes=5)
"""The grid. Bars of 15 minutes cost 6 to 8 minutes of delay, of 5 minutes 2 to 3 (Moustakides' limit, computed)."""

MIN_COVERAGE = 0.5
"""Below this share of a bucket its count says more about our looking than about people: it is NA."""

MINUTES_TOLD = (1, 2, 3, 4)
"""Minutes of a bucket by whose end it is counted too.

Simulated, one person a bucket, minutes to the alarm for those of the third and fourth alone: thirtyfold outages 5.9
[5.7, 6.0] for 7.8 [7.6, 8.0], tenfold 8.2 [7.7, 8.6] for 8.8 [8.3, 9.2], of smaller ones nothing that can be measured.
"""

REOPENED = timedelta(days=7)
"""How long after its time a post still counts where we had looked before without seeing it: so long a bucket is
opened again. A gap that is filled later was never looked at, and is filled however late."""

_NANOSECONDS = 1_000_000_000


class TargetCoverage(msgspec.Struct, frozen=True):
    """What was seen of one target, and how many posts it brought first: its weight in the stream."""

    windows: tuple[Window, ...]
    posts: int


def grid(window: Window) -> pd.DatetimeIndex:
    """Lay the buckets that touch `window`: their starts, UTC, every 5 minutes."""
    step = int(BUCKET.total_seconds())
    first = int(window.start.timestamp()) // step * step
    last = -(-int(np.ceil(window.end.timestamp())) // step) * step
    seconds = np.arange(first, last, step, dtype=np.int64)
    return pd.DatetimeIndex(pd.to_datetime(seconds * _NANOSECONDS, utc=True)).as_unit("us")


def coverage_by_bucket(targets: Sequence[TargetCoverage], buckets: pd.DatetimeIndex) -> pd.Series:
    """Say what share of each bucket was seen, 0 to 1, weighted by what each target usually brings.

    A target's weight is its posts per covered hour (one more than were seen, so that a quiet target has one too):
    missing a quiet subreddit costs little, missing the busy comments much.
    """
    shares = np.zeros(len(buckets))
    total = 0.0
    for target in targets:
        windows = union(target.windows)
        if not windows:
            continue
        hours = sum((window.end - window.start).total_seconds() for window in windows) / 3600
        weight = (target.posts + 1) / max(hours, 1.0)
        shares += weight * _share(windows, buckets)
        total += weight
    share = shares / total if total else shares
    # A sum of rounded shares may miss 1 by a hair.
    return pd.Series(np.clip(np.round(share, 9), 0.0, 1.0), index=buckets, name="coverage")


def whole_minutes(targets: Sequence[TargetCoverage], buckets: pd.DatetimeIndex) -> pd.Series:
    """Count the minutes from each bucket's start on that every target was seen without a break: 0 to 5."""
    minutes = np.full(len(buckets), BUCKET.total_seconds() // 60 if targets else 0.0)
    lower = buckets.as_unit("us").astype("int64").to_numpy() / 1e6
    for target in targets:
        windows = union(target.windows)
        if not windows:
            continue
        starts = np.array([window.start.timestamp() for window in windows])
        ends = np.array([window.end.timestamp() for window in windows])
        index = np.searchsorted(starts, lower, side="right") - 1
        seen = np.where(index >= 0, ends[np.maximum(index, 0)] - lower, 0.0)
        minutes = np.minimum(minutes, np.maximum(seen, 0.0) // 60)
    return pd.Series(minutes, index=buckets, name="whole_minutes")


def _share(windows: Sequence[Window], buckets: pd.DatetimeIndex) -> np.ndarray:
    """Integrate the covered time up to each bucket's edge, and take the differences: exact, and one pass."""
    step = BUCKET.total_seconds()
    starts = np.array([window.start.timestamp() for window in windows])
    ends = np.array([window.end.timestamp() for window in windows])
    before = np.concatenate([[0.0], np.cumsum(ends - starts)])
    lower = buckets.as_unit("us").astype("int64").to_numpy() / 1e6
    edges = np.append(lower, lower[-1] + step) if len(lower) else lower
    index = np.searchsorted(starts, edges, side="right")
    inside = np.where(
        index > 0, np.minimum(edges, ends[np.maximum(index - 1, 0)]) - starts[np.maximum(index - 1, 0)], 0
    )
    seen = np.where(index > 0, before[np.maximum(index - 1, 0)] + inside, 0.0)
    share: np.ndarray = np.diff(seen) / step
    return share


def bucket_counts(people: pd.DataFrame, coverage: pd.Series, whole: pd.Series | None = None) -> pd.DataFrame:
    """Count distinct people per bucket.

    Parameters
    ----------
    people
        One row a complaint: `counted_at` (UTC) and `person`.
    coverage
        Share seen of each bucket, by bucket start.
    whole
        Its `whole_minutes`; without, no minute is told.

    Returns
    -------
    DataFrame indexed by bucket start with `observed` (float, NaN where coverage is below `MIN_COVERAGE`), `coverage`,
    and `by_minute_1` to `by_minute_4`: those of the bucket's people who had written by the end of that minute, NaN
    where not all was seen up to then.
    """
    at = people["counted_at"].dt.floor("5min")
    first = people.assign(bucket=at).sort_values("counted_at").drop_duplicates(["bucket", "person"])
    counted = {"observed": _per_bucket(first, coverage.index).where(coverage >= MIN_COVERAGE)}
    if whole is not None:
        for minute in MINUTES_TOLD:
            by_then = first[first["counted_at"] - first["bucket"] < timedelta(minutes=minute)]
            counted[f"by_minute_{minute}"] = _per_bucket(by_then, coverage.index).where(whole >= minute)
    return pd.DataFrame(counted).assign(coverage=coverage)


def _per_bucket(first: pd.DataFrame, buckets: pd.Index) -> pd.Series:
    return first.groupby("bucket").size().reindex(buckets, fill_value=0).astype(float)


def covered_span(streams: Mapping[str, Sequence[TargetCoverage]], as_of: datetime) -> Window | None:
    """Name the span from the first instant seen to the last, up to `as_of`; None where nothing was."""
    windows = [window for targets in streams.values() for target in targets for window in target.windows]
    if not windows:
        return None
    start, end = min(window.start for window in windows), min(max(window.end for window in windows), as_of)
    return Window(start, end) if start < end else None
