"""Volumes: judged on the grid of their own windows, beside the people; and surfaces beside their service."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
from scene import ONSET, Scene, every, own_words, scene

from detect.detector.volumes import judge, within

__all__ = ["scene"]

START = datetime(2026, 3, 2, tzinfo=UTC)


def told(minutes: int, days: int = 14, rise: int = 10, query: str = "complaints") -> pd.DataFrame:
    """Draw a platform's counts in windows of so many minutes, ten times as many in two hours of the last day."""
    starts = pd.date_range(START, periods=days * 1440 // minutes, freq=f"{minutes}min", tz="UTC").as_unit("us")
    noon = START + timedelta(days=days - 1, hours=12)
    risen = (starts >= noon) & (starts < noon + timedelta(hours=2))
    counts = np.random.default_rng(minutes).poisson(np.where(risen, rise, 1) * minutes / 10)
    return pd.DataFrame(
        {
            "service": "claude", "platform": "x", "place": "", "query": query, "window_start": starts,
            "window_end": starts + pd.Timedelta(minutes=minutes), "count": counts,
        }
    )  # fmt: skip


def test_a_volume_is_judged_on_the_grid_of_its_own_windows() -> None:
    """Windows of twenty minutes give rows of twenty minutes, an alarm within the rise, and none before it."""
    rows = judge(told(20), {"claude": 1.0}).rows
    alarms = rows.loc[rows["alarm"].fillna(False), "bucket_start"]

    assert set(rows["minutes"]) == {20}
    assert rows["count"].sum() == told(20)["count"].sum()
    assert START + timedelta(days=13, hours=12) <= alarms.min() < START + timedelta(days=13, hours=13)


def test_counts_by_the_minute_are_summed_to_five_and_a_denominator_is_not_judged() -> None:
    """Windows of a minute become buckets of five; the volume of all mentions is no complaint."""
    rows = judge(pd.concat([told(1, 5), told(1, 5, query="exposure")]), {"claude": 1.0}).rows

    assert (set(rows["minutes"]), set(rows["query"])) == ({5}, {"complaints"})
    assert rows["count"].sum() == told(1, 5)["count"].sum()


def test_what_was_counted_in_a_span_is_of_complete_windows_alone() -> None:
    """A window that sticks out of the span is not in it, and of no window nothing is known."""
    rows = judge(told(20), {"claude": 1.0}).rows
    start = START + timedelta(days=13, hours=12)
    inside = rows[(rows["bucket_start"] > start) & (rows["bucket_start"] < start + timedelta(minutes=80))]

    count, expected = within(rows, "claude", start + timedelta(minutes=5), start + timedelta(minutes=85))
    assert count == inside["count"].sum()
    assert expected is not None
    assert within(rows, "claude", start, start + timedelta(minutes=10)) == (None, None)
    assert within(rows, "openai", start, start + timedelta(hours=1)) == (None, None)


def test_a_surface_that_is_named_often_has_episodes_of_its_own(scene: Scene) -> None:
    """Where a hundred people say that the API fails, the service has an episode and so has its surface."""
    scene.tell(every(20, [f"claude api is down {own_words(n)}" for n in range(120)]))
    scene.judge()

    [(surface, onset)] = scene.ask("SELECT surface, onset_at FROM surface_episodes WHERE service = 'claude'")
    assert surface == "api"
    assert abs(onset - ONSET) <= timedelta(minutes=10)
    assert scene.ask("SELECT count(*) FROM episodes WHERE service = 'claude'") == [(1,)]
    assert scene.ask("SELECT DISTINCT state FROM alarms WHERE service = 'claude' ORDER BY ALL") == [
        ("judged",), ("learning",),
    ]  # fmt: skip
