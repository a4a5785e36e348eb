"""What is planted into real counts is found, counted by week, and told with intervals."""

from pathlib import Path

import numpy as np
import pytest

from detect.evaluation import injected, weekly
from detect.evaluation.injected import likeliest
from detect.evaluation.nab import FOLDER, load
from detect.evaluation.planting import NEWS, NEWS_RATIOS, RATIOS, Planted, Stream, build, course, ours
from detect.evaluation.stamped import Within, as_json, stamp
from detect.evaluation.weekly import Tally, at_budgets, tally, told


def a_stream(*planted: Planted, buckets: int = 3 * 2016) -> Stream:
    """Invent a stream in which nothing is hidden."""
    return Stream("invented", 0, np.ones(buckets), np.zeros(buckets, dtype=bool), planted)


def test_planted_outages_are_found_and_counted(shared_data: Path) -> None:
    """Told nothing, none is found and none is false; told every planted start, all are, at once; ours finds most."""
    streams = build(load(shared_data / FOLDER)[:2], 1.0, 1)
    silent = tally(streams, [[] for _ in streams], RATIOS)
    perfect = tally(streams, [[(one.start, one.start) for one in stream.planted] for stream in streams], RATIOS)
    by_us = tally(streams, ours(streams, (4.0,))[0], RATIOS)

    assert (silent.false.sum(), silent.found.sum(), perfect.false.sum()) == (0, 0, 0)
    assert perfect.found.sum() == perfect.planted.sum() == sum(len(stream.planted) for stream in streams)
    assert (perfect.waited == 5 * perfect.found).all()
    assert by_us.found[:, 3].sum() > 0.7 * by_us.planted[:, 3].sum()


def test_a_miss_waits_all_its_length_and_a_hit_until_its_alarm() -> None:
    """An alarm ten minutes after the end still finds; a bucket later it is none, and false an hour after."""
    stream = a_stream(Planted(1000, 10, 5, "step"), Planted(3000, 10, 10, "step"))
    ten_after = tally([stream], [[(1012, 1000)]], RATIOS)
    later = tally([stream], [[(1013, 1000), (1021, 1021), (1022, 1022)]], RATIOS)

    assert ten_after.found.sum(axis=0).tolist() == [0, 1, 0, 0]
    assert ten_after.waited.sum(axis=0).tolist() == [0, 50, 50, 0]
    assert (later.found.sum(), later.false.tolist()) == (0, [1.0, 0.0, 0.0])
    assert ten_after.weeks.sum() == pytest.approx(3 - 2 * 22 / 2016)


def test_figures_are_read_off_between_settings() -> None:
    """At a rate between two settings' the figure lies between theirs; below the rarest one nothing is told."""
    weeks = np.ones(8)
    planted = np.full((8, 1), 10.0)
    settings = [
        Tally(np.full(8, false), weeks, planted, np.full((8, 1), found), np.full((8, 1), 50.0))
        for false, found in ((0.5, 2.0), (2.0, 8.0))
    ]
    read = at_budgets(settings, (0.1, 0.5, 1.0, 2.0))

    assert [read[budget][0].value[0] for budget in (0.5, 1.0, 2.0)] == pytest.approx([0.2, 0.5, 0.8])
    assert told(read[0.1][0]) == (None,)
    assert [str(one) for one in told(read[1.0][0])] == ["0.50 [0.50, 0.50]"]


def test_shapes_are_what_they_are_called() -> None:
    """A step stands at once, a ramp rises, flapping goes on and off by quarters of an hour, news dies away."""
    assert course("step", 5).tolist() == [1] * 5
    assert course("ramp", 4).tolist() == [0.5, 1, 1, 1]
    assert course("flapping", 9).tolist() == [1, 1, 1, 0, 0, 0, 1, 1, 1]
    assert course("news", 13)[[0, 12]].tolist() == pytest.approx([1, 0.3679], abs=1e-4)


def test_news_is_planted_as_outages_are(shared_data: Path) -> None:
    """Bursts of news come at the heights that are told, and nowhere in what is masked; same seed, same streams."""
    series = load(shared_data / FOLDER)[:1]
    [stream] = build(series, 1.0, 3, NEWS, NEWS_RATIOS)

    assert {one.shape for one in stream.planted} == {"news"}
    assert {one.ratio for one in stream.planted} <= set(NEWS_RATIOS)
    assert not any(stream.hidden[one.start : one.start + one.length].any() for one in stream.planted)
    np.testing.assert_array_equal(stream.counts, build(series, 1.0, 3, NEWS, NEWS_RATIOS)[0].counts)


def test_every_figure_has_its_interval(shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All tables come out, for ours and for a rule, and each share has an interval."""
    monkeypatch.setattr(injected, "RULES", {"rolling z, 24 h": injected.RULES["rolling z, 24 h"]})
    monkeypatch.setattr(injected, "PROMISES", (1.0, 8.0))
    monkeypatch.setattr(weekly, "RESAMPLES", 20)
    monkeypatch.setattr(injected, "ours", lambda streams, tuning: ours(streams, (1.0, 8.0), tuning))
    tables = injected.evaluate(load(shared_data / FOLDER)[:2], 1, quick=True)

    assert [table.name for table in tables] == ["injected", "injected curves", "injected news", "onset"]
    assert len(tables[3].columns) == len(tables[3].rows[0]) == 10
    assert all(isinstance(cell, Within) for row in tables[0].rows for cell in row[3:] if cell is not None)
    assert '"low"' in as_json(tables, stamp(1, "tiny"))
    assert {row[2] for row in tables[2].rows} == {"ours", "rolling z, 24 h"}


def test_who_knows_rate_and_size_names_the_likeliest_start() -> None:
    """Five times one person a bucket from the eleventh on: an empty bucket within does not move the start."""
    counts = np.r_[np.ones(10), 5.0, 4.0, 0.0, 6.0, 5.0]

    assert likeliest(counts, 1.0, 5) == 10
