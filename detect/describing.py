"""What an episode's complaints name, and when the alarm could have been known. Pure."""

from collections import Counter
from datetime import datetime

import pandas as pd

from detect import store
from detect.detector import episodes, floods


def describe(
    episode: episodes.Episode, said: pd.DataFrame, ended_at: datetime, flood: floods.Flood,
    together: tuple[str, ...] = (), volume: tuple[int | None, float | None] = (None, None),
) -> store.Described:  # fmt: skip
    """Say what an episode's complaints name, most people first, and when the last one that raised it had arrived."""
    within = (said["counted_at"] >= episode.onset_at) & (said["counted_at"] < ended_at)
    during = said[within & ~said["repeats"]]
    raised_by = during[during["counted_at"] < episode.alarm_at]["seen_at"]
    available_at = None
    if len(raised_by) and not raised_by.isna().any():
        available_at = max(raised_by.max().to_pydatetime(), episode.alarm_at)
    return store.Described(
        episode,
        available_at,
        symptoms=_named_by(during["symptom"], 3),
        surfaces=_named_by(during["surface"], 4),
        models=_named_by(during["model"], 3),
        flood=flood,
        together=together,
        volume=volume[0],
        volume_expected=volume[1],
    )


def _named_by(column: pd.Series, most: int) -> tuple[str, ...]:
    """List what at least two people, or a tenth of those who name any, name; most often first."""
    named = Counter(column.dropna())
    enough = max(2.0, 0.1 * sum(named.values()))
    return tuple(
        sorted((name for name, n in named.items() if n >= enough), key=lambda name: (-named[name], name))[:most]
    )
