"""From counts to episodes of many services at once: frames in, frames and episodes out.

The pass itself is `replay`; here streams are laid on one gapless grid, and what came out is told in instants.
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec
import numpy as np
import pandas as pd

from detect.detector.counts import MINUTES_TOLD
from detect.detector.episodes import Episode, Running, told
from detect.detector.replay import BLIND, JUDGED, LEARNING, Replay, Rows
from detect.detector.tuning import Tuning

STATES = {LEARNING: "learning", BLIND: "blind", JUDGED: "judged"}

Streams = Mapping[str, pd.DataFrame]
"""Per platform a frame by bucket start with `observed` (NaN: not covered), `coverage`, and maybe, for the minutes told,
`by_minute_1` to `by_minute_4`: people up to the end of that minute (NaN: not seen without a break up to then)."""


class Found(msgspec.Struct, frozen=True):
    """What was found of one service.

    `alarms` has, per bucket, `statistic`, `level`, `state` (learning, blind, judged) and `alarm`: true, false, or NA
    where nothing could be judged. `streams` are those given, on one grid, with `expected` (for what was covered of the
    bucket) and `dispersion`.
    """

    episodes: tuple[Episode, ...]
    alarms: pd.DataFrame
    streams: dict[str, pd.DataFrame]


def find(
    services: Mapping[str, Streams], promises: Mapping[str, float], *, step: int = 5, until: datetime | None = None,
    tuning: Tuning | None = None,
) -> dict[str, Found]:  # fmt: skip
    """Find the episodes of services, each on its own span.

    Parameters
    ----------
    services
        Per service its streams. Rows may be unsorted, missing (not covered) or told twice (the last one holds).
    promises
        Per service the false alarms it may raise in four weeks.
    step
        Minutes a bucket.
    until
        What was knowable then: the last bucket, where it would end later, is not over, and judged by its minutes alone.
    """
    services = {name: streams for name, streams in services.items() if any(len(one) for one in streams.values())}
    if not services:
        return {}
    laid = {
        (name, platform): _laid(one, step)
        for name, streams in services.items()
        for platform, one in streams.items()
        if len(one)
    }
    first = min(_bucket(one.index[0], step) for one in laid.values())
    last = max(_bucket(one.index[-1], step) for one in laid.values())
    index = pd.to_datetime(np.arange(first, last + 1) * step * 60, unit="s", utc=True).as_unit("us")
    laid = {key: one.reindex(index) for key, one in laid.items()}
    names = list(dict.fromkeys(name for name, _ in laid))
    replay = Replay(
        first, [names.index(name) for name, _ in laid], [promises[name] for name in names], step=step, tuning=tuning
    )
    over = until is None or (last + 1) * step * 60 <= until.timestamp()
    rows, running = _replayed(replay, laid, over=over)
    found = {}
    for number, name in enumerate(names):
        mine = {platform: place for place, (service, platform) in enumerate(laid) if service == name}
        found[name] = _found(number, name, mine, laid, rows, running, step)
    return found


def _replayed(
    replay: Replay, laid: Mapping[tuple[str, str], pd.DataFrame], *, over: bool
) -> tuple[Rows, list[Running]]:  # fmt: skip
    """Judge all buckets; `over` says whether the last one is."""
    counts = np.column_stack([one["observed"].to_numpy(float) for one in laid.values()])
    coverage = np.column_stack([one["coverage"].fillna(0.0).to_numpy(float) for one in laid.values()])
    minutes = np.full((len(counts), len(MINUTES_TOLD), counts.shape[1]), np.nan)
    for place, one in enumerate(laid.values()):
        for nth, minute in enumerate(MINUTES_TOLD):
            if f"by_minute_{minute}" in one.columns and replay.step == 5:
                minutes[:, nth, place] = one[f"by_minute_{minute}"].to_numpy(float)
    end = len(counts) if over else len(counts) - 1
    done = replay.advance(counts[:end], coverage[:end], minutes[:end])
    ahead, running = replay.peek(None if over else minutes[end])
    return Rows(done.first, *(
        np.concatenate([getattr(done, name), getattr(ahead, name)]) for name in Rows.__struct_fields__[1:]
    )), running  # fmt: skip


def _found(
    number: int, name: str, mine: Mapping[str, int], laid: Mapping[tuple[str, str], pd.DataFrame], rows: Rows,
    running: list[Running], step: int,
) -> Found:  # fmt: skip
    streams = {}
    for platform, place in mine.items():
        stream = laid[name, platform]
        coverage, seen = stream["coverage"].fillna(0.0), stream["observed"].notna()
        streams[platform] = stream.assign(
            coverage=coverage, expected=np.where(seen, rows.expected[:, place] * coverage, np.nan),
            dispersion=np.where(seen, rows.dispersion[:, place], np.nan),
        )  # fmt: skip
    index = next(iter(streams.values())).index
    state = rows.state[:, number]
    alarms = pd.DataFrame(
        {
            "statistic": rows.statistic[:, number],
            "level": rows.level[:, number],
            "alarm": pd.arrays.BooleanArray(rows.alarm[:, number].astype(bool), state != JUDGED),
            "state": [STATES[int(code)] for code in state],
        },
        index=index,
    )
    own = sorted((one for one in running if one.service == number), key=lambda one: one.alarm)
    return Found(tuple(told(one, name, list(mine), step) for one in own), alarms, streams)


def _laid(stream: pd.DataFrame, step: int) -> pd.DataFrame:
    """Sort a stream's rows, keep the last of those told twice, and drop those off the grid's span."""
    stream = stream[~stream.index.duplicated(keep="last")].sort_index()
    index = pd.DatetimeIndex(stream.index).floor(f"{step}min")
    if not (index == stream.index).all():
        raise ValueError(f"a stream's buckets must begin at multiples of {step} min")
    return stream


def _bucket(start: pd.Timestamp, step: int) -> int:
    return int(start.timestamp()) // (60 * step)
