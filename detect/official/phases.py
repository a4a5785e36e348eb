"""How an episode went: what its people named, quarter hour by quarter hour. Pure."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec
import numpy as np
import pandas as pd

from detect.official.corroborate import Felt
from ingest.times import from_epoch

PHASE = timedelta(minutes=15)
"""Three buckets: long enough for a handful of people to name something, short enough to see it change."""

FEWEST = 2
"""People that must name a symptom or a surface before a phase is said to be about it."""

BEFORE = timedelta(hours=1)
"""How long before the onset the phases begin: what was usual."""


class Phase(msgspec.Struct, frozen=True):
    """A quarter of an hour of an episode.

    `people` complained of an outage (distinct per bucket and platform, as counted), `expected` is what was usual, both
    summed over the platforms; None where no platform was covered, and `covered` is the share of platform-time that
    was. `symptom`, `surface` and `model` are what most of them named, None where fewer than two people did.
    """

    episode_id: str
    start: datetime
    people: int | None
    expected: float | None
    covered: float
    symptom: str | None
    surface: str | None
    model: str | None


def phases(felt: Iterable[Felt], buckets: pd.DataFrame, said: pd.DataFrame, as_of: datetime) -> list[Phase]:
    """Lay out the phases of one service's episodes, each from an hour before its onset to its end.

    Parameters
    ----------
    buckets
        Of the service: `bucket_start`, `kind`, `observed`, `expected`, `coverage`.
    said
        The service's complaints, those that repeat others taken out: `kind`, `counted_at`, `person`, `symptom`,
        `surface`, `model`.
    """
    counted = buckets[buckets["kind"] == "outage"].sort_values("bucket_start", kind="stable")
    named = said[said["kind"] == "outage"].sort_values("counted_at", kind="stable")
    counted_at, named_at = _seconds(counted["bucket_start"]), _seconds(named["counted_at"])
    found = []
    for one in felt:
        start, end = _quarter(one.episode.onset_at - BEFORE), one.episode.ended_at or as_of
        edges = np.arange(int(start.timestamp()), int(end.timestamp()), int(PHASE.total_seconds()))
        ends = np.append(edges[1:], int(end.timestamp()))
        for from_s, to_s in zip(edges, ends, strict=True):
            mine = counted.iloc[slice(*np.searchsorted(counted_at, [from_s, to_s]))]
            if len(mine):
                people = named.iloc[slice(*np.searchsorted(named_at, [from_s, to_s]))]
                found.append(_phase(one.episode.episode_id, from_epoch(int(from_s)), mine, people))
    return found


def _phase(episode_id: str, start: datetime, counted: pd.DataFrame, named: pd.DataFrame) -> Phase:
    seen = counted["observed"].notna().to_numpy()
    return Phase(
        episode_id=episode_id,
        start=start,
        people=int(counted["observed"].to_numpy()[seen].sum()) if seen.any() else None,
        expected=_sum(counted["expected"].to_numpy()[seen]),
        covered=round(float(counted["coverage"].mean()), 3),
        **{name: _most(named, name) for name in ("symptom", "surface", "model")},
    )


def _seconds(times: pd.Series) -> np.ndarray:
    """Give instants as seconds since 1970."""
    return pd.DatetimeIndex(times).as_unit("us").asi8 / 1e6


def _sum(expected: np.ndarray) -> float | None:
    known = expected[~pd.isna(expected)].astype(float)
    return round(float(known.sum()), 2) if known.size else None


def _most(people: pd.DataFrame, name: str) -> str | None:
    """Name what most people named; of a tie, the first by its letters."""
    told = {(person, value) for person, value in zip(people["person"], people[name], strict=True) if pd.notna(value)}
    counts = Counter(value for _, value in told)
    best = min(counts, key=lambda value: (-counts[value], value), default=None)
    return best if best is not None and counts[best] >= FEWEST else None


def _quarter(at: datetime) -> datetime:
    return at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)
