"""The causal pass: batch is streaming, the future changes nothing, and bad input has an answer."""

import copy

import numpy as np
import pandas as pd
import pytest

from detect.detector.finding import find
from detect.detector.replay import BLIND, JUDGED, LEARNING, Replay, Rows
from detect.evaluation.worlds import SCENARIOS, draw

FIRST = 20_000 * 288 + 7
"""A bucket since the epoch that no block begins with."""

DAYS = 12


def world(seed: int = 0, streams: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Draw streams of all sorts, with outages planted in them."""
    rng = np.random.default_rng(seed)
    drawn = [draw(SCENARIOS[(seed + n) % len(SCENARIOS)], 0.8, DAYS * 288, rng) for n in range(streams)]
    counts, coverage = (np.concatenate(parts, axis=1) for parts in zip(*drawn, strict=True))
    for day in (5, 7, 8, 10, 11):
        counts[day * 288 + 60 * streams : day * 288 + 60 * streams + 12] += rng.poisson(4, (12, streams))
    return counts, coverage


def replayed(counts: np.ndarray, coverage: np.ndarray, pieces: list[int]) -> tuple[Rows, list[object]]:
    """Feed counts in pieces that end at the given buckets, looking at what is not over yet each time."""
    replay = Replay(FIRST, [0, 0, 1], 1.0)
    told = []
    for start, end in zip([0, *pieces], [*pieces, len(counts)], strict=True):
        told.append(replay.advance(counts[start:end], coverage[start:end]))
        replay.peek()
    ahead, running = replay.peek()
    told.append(ahead)
    names = Rows.__struct_fields__[1:]
    return Rows(FIRST, *(np.concatenate([getattr(one, name) for one in told]) for name in names)), running


def same(one: Rows, other: Rows) -> None:
    """Assert equality of every bit."""
    for name in Rows.__struct_fields__[1:]:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


@pytest.mark.parametrize("seed", range(3))
def test_batch_is_streaming_bit_for_bit(seed: int) -> None:
    """Told all at once or in pieces of any length, down to one bucket, everything that comes out is the same."""
    counts, coverage = world(seed)
    cuts = sorted(np.random.default_rng(seed).choice(len(counts), 30, replace=False).tolist())
    by_one = list(range(8 * 288, 8 * 288 + 40))

    whole, running = replayed(counts, coverage, [])
    for pieces in (cuts, by_one):
        parts, again = replayed(counts, coverage, pieces)
        same(parts, whole)
        assert again == running
    assert running


def test_the_future_changes_nothing_of_the_past() -> None:
    """Cut off anywhere, what was said up to then is the same, bit for bit, and so are the episodes' alarms."""
    counts, coverage = world(1)
    whole, running = replayed(counts, coverage, [])
    for cut in (5 * 288 + 185, 7 * 288 + 190, 8 * 288 + 181, 10 * 288 + 12, 11 * 288 + 200):
        part, then = replayed(counts[:cut], coverage[:cut], [])
        same(part, Rows(FIRST, *(getattr(whole, name)[:cut] for name in Rows.__struct_fields__[1:])))
        by_then = {(one.service, one.onset, one.alarm) for one in running if one.alarm < FIRST + cut}
        assert {(one.service, one.onset, one.alarm) for one in then} == by_then


def test_a_copied_state_goes_on_by_itself() -> None:
    """A state can be kept and gone on from twice, with the same result."""
    counts, coverage = world(2)
    replay = Replay(FIRST, [0, 0, 1], 1.0)
    replay.advance(counts[: 9 * 288], coverage[: 9 * 288])
    kept = copy.deepcopy(replay)

    same(replay.advance(counts[9 * 288 :], coverage[9 * 288 :]), kept.advance(counts[9 * 288 :], coverage[9 * 288 :]))


@pytest.mark.parametrize("buckets", [1, 4, 5, 6, 17, 18])
def test_a_beginning_inside_a_block_has_a_row_for_each_bucket(buckets: int) -> None:
    """However few buckets there are, before or after the first whole block, there are as many rows."""
    rows, _ = replayed(np.ones((buckets, 3)), np.ones((buckets, 3)), [])

    assert [len(getattr(rows, name)) for name in Rows.__struct_fields__[1:]] == [buckets] * 6


def index(buckets: int) -> pd.DatetimeIndex:
    """Lay buckets from a Monday on."""
    return pd.date_range("2026-03-02", periods=buckets, freq="5min", tz="UTC")


@pytest.mark.parametrize(
    ("observed", "states"),
    [
        (np.zeros(0), set()),
        (np.zeros(288), {"learning"}),
        (np.full(20 * 288, np.nan), {"blind"}),
        (np.zeros(20 * 288), {"learning", "judged"}),
        (np.full(20 * 288, 1e6), {"learning", "judged"}),
        (np.r_[np.zeros(3000), 1e6, np.zeros(3000)], {"learning", "judged"}),
        (np.r_[np.ones(3000), np.full(3000, np.nan)], {"learning", "judged", "blind"}),
        (np.r_[np.full(3000, np.nan), np.ones(3000)], {"learning", "judged", "blind"}),
    ],
    ids=["nothing", "a day", "gaps", "zeros", "millions", "one huge", "dies", "appears"],
)
def test_bad_input_has_a_state_and_no_alarm(observed: np.ndarray, states: set[str]) -> None:
    """Whatever comes, each bucket has a state, what is judged has a finite answer, and nothing is called an outage."""
    stream = pd.DataFrame(
        {"observed": observed, "coverage": (~np.isnan(observed)).astype(float)}, index=index(len(observed))
    )
    result = find({"claude": {"x": stream}}, {"claude": 1.0})
    if not len(observed):
        assert result == {}
        return
    one = result["claude"]
    judged = one.alarms["state"] == "judged"

    assert one.episodes == ()
    assert set(one.alarms["state"]) == states
    assert np.isfinite(one.alarms.loc[judged, ["statistic", "level"]].to_numpy()).all()
    assert (one.alarms["alarm"].notna() == judged).all()
    assert np.isfinite(one.streams["x"].loc[judged, ["expected", "dispersion"]].to_numpy()).all()


def test_rows_unsorted_missing_or_told_twice_are_put_right() -> None:
    """The order of rows does not matter, the last of two holds, and a row that is missing was not covered."""
    counts, coverage = world(1)
    stream = pd.DataFrame({"observed": counts[:, 0], "coverage": coverage[:, 0]}, index=index(len(counts)))
    hole = stream.copy()
    hole.iloc[3000:3010] = [np.nan, 0.0]
    muddled = pd.concat([stream.assign(observed=7.0).iloc[100:200], stream.drop(stream.index[3000:3010])]).sample(
        frac=1, random_state=1
    )
    muddled = pd.concat([muddled, stream.iloc[100:200]])

    pd.testing.assert_frame_equal(
        find({"c": {"x": muddled}}, {"c": 1.0})["c"].alarms, find({"c": {"x": hole}}, {"c": 1.0})["c"].alarms,
        check_freq=False,
    )  # fmt: skip
    with pytest.raises(ValueError, match="multiples of 5 min"):
        find({"c": {"x": stream.shift(freq="1min")}}, {"c": 1.0})


def test_the_states_are_told_apart() -> None:
    """A service is learning while it has covered too little, blind where nobody looks, judged on any judged stream."""
    counts, coverage = np.ones((6 * 288, 2)), np.ones((6 * 288, 2))
    counts[5 * 288 :], coverage[5 * 288 :] = np.nan, 0.0
    counts[: 2 * 288, 1], coverage[: 2 * 288, 1] = np.nan, 0.0
    rows = Replay(20_000 * 288, [0, 1], 1.0).advance(counts, coverage)

    assert (rows.state[:288, 0] == LEARNING).all()
    assert (rows.state[4 * 288 : 5 * 288, 0] == JUDGED).all()
    assert (rows.state[: 2 * 288, 1] == BLIND).all()
    assert (rows.state[3 * 288 : 4 * 288, 1] == LEARNING).all()
    assert (rows.state[5 * 288 :] == BLIND).all()
