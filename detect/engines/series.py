"""The usual of many series, fitted group by group: what is expected of each service, platform, surface and language.

A series is the people who complain of an outage, in the buckets that were looked at; where nobody looked there is no
count, and so nothing to fit. What was covered travels with the fit, as data.
"""

import hashlib
from collections.abc import Iterable

import msgspec
import numpy as np
import pandas as pd
import pyarrow as pa

from detect.detector import counts, covering
from detect.detector.baseline import RateBaseline
from detect.engines import Engine, statements
from ingest.lake.manifest import Seen
from ingest.records import Window
from ingest.watchlist import Watchlist

BY = ("service", "platform", "surface", "language")
"""Nobody states a region; the language stands nearest to one."""

SHAPE_MINUTES = 60

FITTED = pa.schema(
    [
        *((name, pa.string()) for name in BY),
        ("buckets", pa.int64()), ("people", pa.int64()), ("usual", pa.float64()), ("dispersion", pa.float64()),
        ("shape", pa.list_(pa.float64())),
    ]
)  # fmt: skip
"""`buckets` were covered; `usual` are people per covered bucket; `dispersion` is Pearson's, 1 where people come by
chance alone; `shape` are 24 hours of a weekday and 24 of a weekend, UTC, averaging 1."""


class Covered(msgspec.Struct, frozen=True):
    """What share of each bucket was seen of one stream, from bucket number `first` on: 32-bit floats."""

    first: int
    shares: bytes


class Fitting:
    """The fit of one series, ready to be sent with what was covered of the streams, by "service platform"."""

    schema = FITTED
    dear = True

    def __init__(self, covered: dict[str, Covered]) -> None:
        self.covered = covered

    def __call__(self, group: pd.DataFrame) -> pd.DataFrame:
        """Fit one series: `bucket` and `people` where somebody complained. No row where none of it was covered."""
        names = [str(group[name].iloc[0]) for name in BY]
        stream = self.covered.get(f"{names[0]} {names[1]}")
        if stream is None:
            return _none()
        share = np.frombuffer(stream.shares, np.float32).astype(np.float64)
        observed = np.zeros(len(share))
        at = group["bucket"].to_numpy(np.int64) - stream.first
        inside = (at >= 0) & (at < len(share))
        observed[at[inside]] = group["people"].to_numpy(np.float64)[inside]
        seen = share >= counts.MIN_COVERAGE
        if not seen.any():
            return _none()
        minutes = (stream.first + np.flatnonzero(seen).reshape(-1, 1)) * (counts.BUCKET.total_seconds() / 60)
        baseline = RateBaseline().fit(minutes, observed[seen] / share[seen], share[seen])
        expected = baseline.predict(minutes) * share[seen]
        scatter = float(((observed[seen] - expected) ** 2 / expected).sum() / max(int(seen.sum()) - 1, 1))
        fitted = [int(seen.sum()), int(observed[seen].sum()), float(baseline.mean_), scatter]
        shape = baseline.shape(SHAPE_MINUTES).ravel().tolist()
        return pd.DataFrame([[*names, *fitted, shape]], columns=FITTED.names)


def fit(engine: Engine, seen: Iterable[Seen], watchlist: Watchlist) -> pa.Table:
    """Fit every series of the table `marked`, wherever the engine does that; in the order of their names.

    Makes the tables `series` and `fitted`.
    """
    engine.sql("series", statements.SERIES)
    engine.map_groups("fitted", "series", BY, Fitting(covered(seen, watchlist)))
    return engine.collect("fitted").sort_by([(name, "ascending") for name in BY])


def covered(seen: Iterable[Seen], watchlist: Watchlist) -> dict[str, Covered]:
    """Lay out what was seen of every stream, by bucket."""
    listed = list(seen)
    windows = [(one.source, one.platform, one.target, one.service, window) for one in listed for window in one.windows]
    brought: dict[tuple[str, str], int] = {}
    for one in listed:
        brought[one.platform, one.target] = brought.get((one.platform, one.target), 0) + one.posts
    found = {}
    for service, platforms in covering.by_stream(windows, brought, watchlist).items():
        for platform, targets in platforms.items():
            spans = [window for target in targets for window in target.windows]
            if spans:
                span = Window(min(one.start for one in spans), max(one.end for one in spans))
                buckets = counts.grid(span)
                first = int(buckets[0].timestamp() // counts.BUCKET.total_seconds())
                share = counts.coverage_by_bucket(targets, buckets).to_numpy(np.float32)
                found[f"{service} {platform}"] = Covered(first, share.tobytes())
    return found


def digest(fitted: pa.Table) -> str:
    """Digest what was fitted, to the last bit."""
    return hashlib.blake2b(msgspec.json.encode(fitted.to_pylist()), digest_size=8).hexdigest()


def _none() -> pd.DataFrame:
    return pd.DataFrame({field.name: pd.Series(dtype=field.type.to_pandas_dtype()) for field in FITTED})
