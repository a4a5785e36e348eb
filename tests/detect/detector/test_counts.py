"""People per bucket, and nothing where nobody looked."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from detect.detector.counts import MIN_COVERAGE, TargetCoverage, bucket_counts, coverage_by_bucket, grid
from ingest.coverage import covered_time
from ingest.records import Window

START = datetime(2026, 4, 1, tzinfo=UTC)
DAY = Window(START, START + timedelta(hours=6))


def at(seconds: int) -> datetime:
    """Name an instant of the morning."""
    return START + timedelta(seconds=seconds)


windows = st.tuples(st.integers(0, 21_000), st.integers(1, 9_000)).map(lambda w: Window(at(w[0]), at(w[0] + w[1])))


@given(st.lists(st.lists(windows, min_size=1, max_size=6), min_size=1, max_size=3), st.data())
def test_coverage_is_the_weighted_share_of_time_seen(targets: list[list[Window]], data: st.DataObject) -> None:
    """The fast integral equals what plain arithmetic on windows gives, bucket by bucket."""
    posts = [data.draw(st.integers(0, 500)) for _ in targets]
    seen = [TargetCoverage(tuple(listed), count) for listed, count in zip(targets, posts, strict=True)]
    buckets = grid(DAY)

    fast = coverage_by_bucket(seen, buckets)

    whole = Window(at(0), at(40_000))
    hours = [covered_time(whole, listed) / timedelta(hours=1) for listed in targets]
    weights = [(count + 1) / max(hour, 1.0) for count, hour in zip(posts, hours, strict=True)]
    for start, share in fast.items():
        bucket = Window(start.to_pydatetime(), start.to_pydatetime() + timedelta(minutes=5))
        shares = [covered_time(bucket, listed) / timedelta(minutes=5) for listed in targets]
        expected = sum(w * s for w, s in zip(weights, shares, strict=True)) / sum(weights)
        assert abs(share - expected) < 1e-6


@given(st.lists(st.tuples(st.integers(0, 21_599), st.integers(1, 8)), max_size=60), st.randoms())
def test_people_are_counted_once_a_bucket_in_any_order(said: list[tuple[int, int]], random: st.DataObject) -> None:
    """A person counts once in a bucket, however often and in whatever order posts arrive."""
    share = pd.Series(1.0, index=grid(DAY))
    frame = pd.DataFrame(
        {"counted_at": pd.to_datetime([at(s) for s, _ in said], utc=True), "person": [p for _, p in said]}
    )
    shuffled = frame.sample(frac=1, random_state=random.randrange(1000)) if len(frame) else frame  # type: ignore[attr-defined]

    counts = bucket_counts(shuffled, share)["observed"]

    assert counts.sum() == len({(second // 300, person) for second, person in said})


def test_unknown_is_not_zero() -> None:
    """A bucket of which less than half was seen has no count, not even where somebody was heard in it."""
    share = pd.Series([1.0, MIN_COVERAGE - 0.01, 0.0], index=grid(Window(START, START + timedelta(minutes=15))))
    frame = pd.DataFrame({"counted_at": pd.to_datetime([at(10), at(310)], utc=True), "person": [1, 2]})

    observed = bucket_counts(frame, share)["observed"]

    assert observed.iloc[0] == 1
    assert np.isnan(observed.iloc[1:]).all()


def test_a_quiet_target_costs_little_and_a_busy_one_much() -> None:
    """Where the busy comments were not read the bucket is not covered; where a quiet place was not, it is."""
    hour = Window(START, START + timedelta(hours=1))
    early, late = Window(START, START + timedelta(minutes=30)), hour
    busy_missing = coverage_by_bucket([TargetCoverage((early,), 900), TargetCoverage((late,), 10)], grid(hour))
    quiet_missing = coverage_by_bucket([TargetCoverage((late,), 900), TargetCoverage((early,), 10)], grid(hour))

    assert busy_missing.iloc[-1] < 0.05
    assert quiet_missing.iloc[-1] > 0.95
