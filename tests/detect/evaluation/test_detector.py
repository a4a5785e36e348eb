"""The yardsticks: the exact limit, NAB's scoring, the simulated worlds, the planted outages, and who looks ahead."""

from pathlib import Path

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner

from detect.__main__ import door
from detect.detector.tuning import Tuning
from detect.evaluation import ablation, measures
from detect.evaluation.calibration import AFTER, Calm, _alone, _since, calibration
from detect.evaluation.delays import delay
from detect.evaluation.limit import least_delay
from detect.evaluation.nab import PROFILES, Series, best_score, load, score, windowed_gaussian
from detect.evaluation.rivals import RULES, alarms
from detect.evaluation.sizes import SIZES, Size
from detect.evaluation.stamped import as_json, as_markdown, binomial_interval, stamp
from detect.evaluation.worlds import SCENARIOS, draw

LIMITS = {
    (0.05, 5): (29.9, 28.6), (0.05, 30): (2.80, 2.77), (0.2, 2): (68.2, 63.5), (0.2, 5): (9.50, 9.16),
    (0.2, 10): (3.40, 3.36), (1, 2): (18.0, 17.1), (1, 3): (6.44, 6.24), (1, 5): (2.54, 2.51), (1, 10): (1.13, 1.13),
    (5, 2): (4.60, 4.49), (5, 3): (1.74, 1.73), (20, 2): (1.51, 1.50), (20, 5): (1.0, 1.0),
}  # fmt: skip
"""Worst case and typical start, as computed independently before."""


@pytest.mark.parametrize("cell", LIMITS)
def test_the_limit_is_the_one_computed_before(cell: tuple[float, float]) -> None:
    """Worst case and typical start agree with an independent computation within a half per cent and its rounding."""
    limit = least_delay(*cell)

    assert (limit.worst, limit.typical) == pytest.approx(LIMITS[cell], rel=0.005, abs=0.01)


def test_more_false_alarms_buy_less_delay() -> None:
    """The limit falls with the budget and with the outage's size, and is never under one bucket."""
    assert least_delay(0.2, 5, 2016).typical < least_delay(0.2, 5).typical < least_delay(0.2, 5, 26_000).typical
    assert least_delay(0.2, 3).typical > least_delay(0.2, 5).typical > least_delay(20, 30).typical >= 1


def test_nab_s_scoring_gives_the_published_figures(shared_data: Path) -> None:
    """Silence is 0, perfection 100, and the windowed Gaussian what NAB published of it on these ten series."""
    series = load(shared_data / "counts" / "nab")
    speaks = {one.name: np.flatnonzero(np.round(windowed_gaussian(one.values), 12) >= 1).tolist() for one in series}

    assert sum(len(one.windows) for one in series) == 33
    assert score(series, {one.name: [] for one in series}) == pytest.approx(0)
    assert score(series, {one.name: [start for start, _ in one.windows] for one in series}) == pytest.approx(100)
    assert [round(score(series, speaks, profile), 1) for profile in PROFILES] == [51.4, 16.3, 64.6]


def test_earlier_is_better_and_rows_outside_cost() -> None:
    """Within a window the first row counts, the earlier the more; outside each row costs, far from a window most."""
    series = [Series("one", np.arange(1000) * 300.0, np.ones(1000), ((400, 500),))]

    early, late, twice = (score(series, {"one": rows}) for rows in ([400], [490], [400, 410]))
    near, far = (score(series, {"one": [400, row]}) for row in (505, 900))

    assert early == twice == pytest.approx(100)
    assert 0 < late < early
    assert far < near < early


def test_a_score_has_its_interval_and_is_best_at_one_level() -> None:
    """The level that finds both windows is taken, for all and for each series left out; perfection has no width."""
    series = [Series(name, np.arange(1000) * 300.0, np.ones(1000), ((400, 500),)) for name in "ab"]
    best, left_out = best_score(series, {1.0: {"a": [], "b": []}, 2.0: {"a": [400], "b": [400]}})

    assert str(best) == str(left_out) == "100.0 [100.0, 100.0]"
    assert str(best_score(series, {1.0: {"a": [400], "b": []}})[0]) == "50.0 [0.0, 100.0]"


@pytest.mark.parametrize("name", RULES)
def test_no_rule_looks_ahead(name: str) -> None:
    """Cut off the future, and what each registered rule said of the past stays the same."""
    counts, _ = draw("bursty", 2.0, 12 * 288, np.random.default_rng(1))
    counts[1000:1030] = np.nan
    whole = RULES[name](counts[:, 0])

    for cut in (1500, 2017, 3000):
        np.testing.assert_array_equal(RULES[name](counts[:cut, 0]), whole[:cut])


def test_an_alarm_is_the_beginning_of_an_episode() -> None:
    """A rating that stays high is one alarm; after an hour below the level there is another."""
    rating = np.array([0.0, 5, 5, 0, 5, *[0] * 14, 5])

    assert alarms(rating, 4).tolist() == [1, 19]
    assert alarms(rating, 6).tolist() == []


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_worlds_have_the_rate_they_are_asked_for(scenario: str) -> None:
    """Averaged over weeks each world's rate is the one asked for, zeros told in gaps apart; same seed, same world."""
    counts, coverage = draw(scenario, 2.0, 8 * 2016, np.random.default_rng(3), 4)

    mean = np.nanmean(counts)
    assert (1.6 if scenario == "gaps_as_zeros" else 1.85) < mean < 2.15
    assert (np.isnan(counts) == (coverage == 0)).all()
    np.testing.assert_array_equal(counts, draw(scenario, 2.0, 8 * 2016, np.random.default_rng(3), 4)[0])


def test_tables_say_where_they_come_from() -> None:
    """A small calibration and its delays come out as Markdown and JSON, with command, seed and goals."""
    size = Size(1, 1, 2, 1, 1, 1, 1)
    tables = [*calibration(size, 1), *delay(size, 1, rates=(1.0,))]
    told = as_markdown(tables, stamp(1, "tiny"))

    assert "python -m detect evaluate calibration" in told
    assert "seed 1, size tiny" in told
    assert told.count("within [0.5, 2]") == 2
    assert '"name": "delay"' in as_json(tables, stamp(1, "tiny"))
    assert SIZES["full"].weeks == 40


def test_intervals_hold_the_share() -> None:
    """An interval lies in [0, 1], holds the share, and of nothing says nothing."""
    assert binomial_interval(0, 0) == (0.0, 1.0)
    for found, of in ((0, 5), (3, 5), (5, 5)):
        low, high = binomial_interval(found, of)
        assert 0 <= low <= found / of <= high <= 1


def test_the_door_tells_the_limit() -> None:
    """The command prints the table of limits, with the cell everybody knows."""
    told = CliRunner().invoke(door, ["evaluate", "limit"])

    assert told.exit_code == 0, told.output
    assert "2.54 (2.51)" in told.output


def test_an_alarm_after_a_gap_is_told_from_one_that_would_be_there_anyway() -> None:
    """Of two alarms in the hour after a gap one has a twin without the gap, in its time; the other stands alone."""
    hidden = np.zeros((1000, 2), dtype=bool)
    hidden[300:320] = hidden[700:710] = True
    after = np.zeros_like(hidden)
    after[320 : 320 + AFTER] = after[710 : 710 + AFTER] = True
    mine = Calm(np.array([325, 325, 500, 715]), np.array([0, 1, 0, 1]), np.zeros((1, 2)))
    twin = Calm(np.array([310]), np.array([0]), np.zeros((1, 2)))

    assert _since(hidden)[[299, 300, 325, 715], 0].tolist() == [0, 300, 300, 700]
    assert _alone(mine, twin, after, _since(hidden)).tolist() == [1, 1]


def test_all_skips_what_the_folder_lacks_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What needs no real data is measured in processes of its own, the rest is one line each, and the code is 3."""
    monkeypatch.setattr(measures, "MEASURES", {name: measures.MEASURES[name] for name in ("limit", "nab", "issues")})
    monkeypatch.setattr(measures, "LONGEST_FIRST", ())  # or the others are measured too, and thrown away
    told = CliRunner().invoke(door, ["evaluate", "all", "--quick", "--data", str(tmp_path)])

    assert told.exit_code == 3, told.output
    assert told.stderr.count(" is skipped: there is no ") == 2
    assert "2.54 (2.51)" in told.stdout


def test_an_ablation_is_one_part_taken_out() -> None:
    """Every variant names the fields it changes, and changes those and no others of what the product goes by."""
    for name, (fields, changes) in ablation.PARTS.items():
        default, variant = (msgspec.structs.asdict(one) for one in (Tuning(), Tuning(**changes)))
        assert {field for field in default if default[field] != variant[field]} == set(
            filter(None, fields.split(", "))
        ), name
