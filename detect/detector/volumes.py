"""Volumes on the grid of their own windows: judged as streams of their own, beside the people, never added to them."""

from collections.abc import Mapping
from datetime import datetime

import msgspec
import numpy as np
import pandas as pd

from detect.detector.finding import find

EXPOSURE = "exposure"
"""The query whose volume is a denominator: how much could have been seen. It is not judged."""

WIDTHS = (5, 10, 20, 30, 60, 120)
"""Minutes of the grids that are judged; a volume told in other windows is kept and not judged."""


class Judged(msgspec.Struct, frozen=True):
    """One grid, judged: a row for each stream and window, with the columns of `volume_buckets`."""

    rows: pd.DataFrame


def judge(volumes: pd.DataFrame, promises: Mapping[str, float]) -> Judged:
    """Judge the volumes of all services.

    Parameters
    ----------
    volumes
        `service`, `platform`, `place`, `query`, `window_start` and `window_end` (UTC), `count`. Windows shorter than
        five minutes are summed to five.
    promises
        False alarms in four weeks that all volumes of one service share: the more grids, the less for each.
    """
    volumes = volumes[volumes["query"] != EXPOSURE]
    minutes = (volumes["window_end"] - volumes["window_start"]).dt.total_seconds() / 60
    width = np.where(minutes < WIDTHS[0], WIDTHS[0], minutes)
    volumes = volumes.assign(minutes=minutes, width=width)
    grids = volumes[volumes["width"].isin(WIDTHS)]
    shared = grids.groupby("service")["width"].nunique()
    judged = [
        _judge_grid(grids[grids["width"] == step], int(step), promises, shared)
        for step in sorted(grids["width"].unique().tolist())
    ]
    return Judged(pd.concat(judged, ignore_index=True) if judged else pd.DataFrame())


def within(rows: pd.DataFrame, service: str, start: datetime, end: datetime) -> tuple[int | None, float | None]:
    """Sum what was counted, and expected, in the complete windows of [start, end); None where it is not known."""
    if not len(rows):
        return None, None
    until = rows["bucket_start"] + pd.to_timedelta(rows["minutes"], unit="min")
    during = rows[
        (rows["service"] == service) & (rows["bucket_start"] >= start) & (until <= end) & rows["count"].notna()
    ]
    if not len(during):
        return None, None
    expected = None if during["expected"].isna().any() else round(float(during["expected"].sum()), 2)
    return int(during["count"].sum()), expected


def _judge_grid(
    volumes: pd.DataFrame, step: int, promises: Mapping[str, float], shared: "pd.Series[int]"
) -> pd.DataFrame:
    services: dict[str, dict[str, pd.DataFrame]] = {}
    for (service, platform, query), mine in volumes.groupby(["service", "platform", "query"]):
        services.setdefault(str(service), {})[f"{platform}\n{query}"] = _stream(mine, step)
    found = find(services, {name: promises[name] / int(shared[name]) for name in services}, step=step)
    rows = []
    for service, one in found.items():
        for key, stream in one.streams.items():
            platform, query = key.split("\n", 1)
            told = stream.rename(columns={"observed": "count"})[["count", "expected", "dispersion"]].join(one.alarms)
            told = told.assign(service=service, platform=platform, query=query, minutes=step)
            rows.append(told.rename_axis("bucket_start").reset_index())
    return pd.concat(rows, ignore_index=True)


def _stream(volumes: pd.DataFrame, step: int) -> pd.DataFrame:
    """Sum the places and, below five minutes, the windows; what part of a bucket was told is its coverage."""
    bucket = volumes["window_start"].dt.floor(f"{step}min")
    sums = volumes.assign(bucket=bucket).groupby("bucket").agg(observed=("count", "sum"), told=("minutes", "sum"))
    coverage = (sums["told"] / (step * volumes["place"].nunique())).clip(upper=1.0)
    observed = sums["observed"].astype(float).where(coverage >= 0.5)
    frame = pd.DataFrame({"observed": observed, "coverage": coverage})
    return frame.rename_axis(None)
