"""What each part of the detector is worth: one field of its tuning changed at a time, at equal false alarms.

What several platforms are worth together is told by `evaluate platforms`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from detect.detector.tuning import Tuning
from detect.evaluation.calibration import run
from detect.evaluation.delays import mean_delays
from detect.evaluation.limit import least_delay
from detect.evaluation.nab import Series
from detect.evaluation.planting import RATIOS, Stream, build, ours
from detect.evaluation.sizes import Size
from detect.evaluation.stamped import Row, Table, Within
from detect.evaluation.weekly import at_budgets, tally, told
from detect.evaluation.worlds import WEEK, draw

NEVER = 1e9

PARTS: dict[str, tuple[str, Mapping[str, Any]]] = {
    "nothing: as it is": ("", {}),
    "a bucket's bound by the level": ("clip_share, most_alone", {"clip_share": NEVER, "most_alone": NEVER}),
    "a bucket's bound by its own past": ("bounded_by_past", {"bounded_by_past": False}),
    "one-hour dispersion": ("block_dispersion", {"block_dispersion": False}),
    "episodes weigh less in what is learned": ("known_weight", {"known_weight": 1.0}),
    "... and what looks like one": ("known_weight, outlier", {"known_weight": 1.0, "outlier": NEVER}),
    "what an episode still teaches": ("known_weight", {"known_weight": 0.0}),
    "memory of 3 to 28 days: 1 day": ("memory_days", {"memory_days": (1.0, 1.0)}),
    "memory of 3 to 28 days: 28 days": ("memory_days", {"memory_days": (28.0, 28.0)}),
    "a level by its own quiet hours": ("calibrate", {"calibrate": False}),
    "five sizes of outage: one": ("rates", {"rates": (3.0,)}),
    "a question for what is short and enormous": ("outsized", {"outsized": ()}),
    "a question by ranks": ("ranked", {"ranked": ()}),
    "each question's own level": ("weigh", {"weigh": False}),
    "what has fallen far is over": ("forgotten", {"forgotten": NEVER}),
}
"""What is taken out, the fields of `Tuning` that do it, and their values."""

STEPS = (10, 15)
"""Minutes a bucket, in place of five."""

PROMISES = (0.02, 0.1, 0.5, 2.0, 8.0, 32.0)
BUDGETS = (1.0, 0.25)

RATE = 1.0
DELAYED = (3.0, 5.0, 10.0)
"""Ratios of which the delay on clean streams is told."""

UNCALM = ("dispersed", "bursty", "news")
CALM_RATES = (0.2, 1.0, 5.0)

COMMAND = "python -m detect evaluate ablation --data FOLDER"


def evaluate(series: Sequence[Series], size: Size, seed: int) -> list[Table]:
    """Take each part out in turn."""
    streams = build(series, RATE, seed)
    # As many as show a tenth of the delay: a third of what the delays themselves are measured on.
    few = msgspec.structs.replace(
        size, delay_streams=max(size.delay_streams // 3, 8), delay_weeks=size.delay_weeks // 2
    )
    rows: list[Row] = []
    for name, (fields, changes) in PARTS.items():
        tuning = Tuning(**changes)
        means = mean_delays(RATE, few, seed, tuning)
        limits = {ratio: least_delay(RATE, ratio).typical for ratio in DELAYED}
        over = [_scaled(means[ratio], limits[ratio]) for ratio in DELAYED]
        rows.append((name, fields, _kept(size, seed, tuning), *over, *_found(streams, tuning, 5)))
    rows += [
        (f"buckets of 5 minutes: {step}", "", None, *(None for _ in DELAYED), *_found(streams, Tuning(), step))
        for step in STEPS
    ]
    sample = (
        f"false alarms over promised: median and extremes of nine cells (bursty, news, dispersed; l0 = .2, 1, 5), "
        f"synthetic; delay over limit: synthetic, l0 = {RATE:g}, {few.delay_streams} streams a promise; found: "
        f"{sum(len(one.planted) for one in streams)} outages planted into ten real series, l0 = {RATE:g}; 90 %"
    )
    columns = (
        "taken out", "fields", "false alarms over promised", *(f"delay, r={ratio:g}" for ratio in DELAYED),
        *(f"r={ratio} at {budget:g} a week" for budget in BUDGETS for ratio in RATIOS[1:]),
    )  # fmt: skip
    return [Table("ablation", "What each part is worth, at equal false alarms", COMMAND, sample, columns, tuple(rows))]


def _found(streams: Sequence[Stream], tuning: Tuning, step: int) -> list[Within | None]:
    tallies = [tally(streams, spoken, RATIOS) for spoken in ours(streams, PROMISES, tuning, step)]
    at = at_budgets(tallies, BUDGETS)
    return [figure for budget in BUDGETS for figure in told(at[budget][0])[1:]]


def _scaled(figure: tuple[float, float, float], by: float) -> Within:
    value, low, high = figure
    return Within(value / by, low / by, high / by)


def _kept(size: Size, seed: int, tuning: Tuning) -> Within:
    """Tell how the promise of one false alarm in four weeks is kept where it is hard."""
    cells = [(scenario, rate) for scenario in UNCALM for rate in CALM_RATES]
    drawn = [
        draw(scenario, rate, size.gap_weeks * WEEK, np.random.default_rng([seed, 9, number]), size.gap_streams)
        for number, (scenario, rate) in enumerate(cells)
    ]
    counts, coverage = (np.concatenate(parts, axis=1) for parts in zip(*drawn, strict=True))
    calm = run(counts, coverage, 1.0, tuning)
    alarms = np.bincount(calm.stream // size.gap_streams, minlength=len(cells))
    ratios = alarms / (calm.judged.sum(axis=0).reshape(len(cells), -1).sum(axis=1) / WEEK / 4)
    return Within(float(np.median(ratios)), float(ratios.min()), float(ratios.max()))
