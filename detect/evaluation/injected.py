"""Outages and news planted into real counts: what is found at equal false alarms, ours beside the textbook's rules."""

from collections.abc import Sequence

import numpy as np

from detect.detector.tuning import Tuning
from detect.evaluation.nab import Series
from detect.evaluation.planting import NEWS, NEWS_RATIOS, PROMISES, RATIOS, Spoken, Stream, build, ours
from detect.evaluation.rivals import RULES, Rule, alarms
from detect.evaluation.stamped import Row, Table, Within, binomial_interval
from detect.evaluation.weekly import Tally, at_budgets, tally, told
from detect.official.lags import interval_of_median

RATES = (0.2, 1.0, 5.0)

BUDGETS = (1.0, 0.25)
"""False alarms a stream and week of observed time, at which rules are compared."""

CURVED = ("rolling z, 24 h", "EWMA .1", "ECOD, 12 lags, causal", "rank sum, 1 h")
"""Rules of which the whole curve is told, at l0 = 1: those that come near."""

SLOW = ("IsolationForest, 12 lags",)
"""Rules that take longer than all others together: on outages alone, and not where a quick look is asked for."""

CURVE = (0.1, 0.25, 0.5, 1.0, 2.0, 3.0)

GOALS = {(1.0, 5): 0.51, (1.0, 10): 0.87, (1.0, 30): 0.99, (0.25, 5): 0.13, (0.25, 10): 0.51, (0.25, 30): 0.88}
"""Recall wanted at l0 = 1, by budget and ratio."""

COMMAND = "python -m detect evaluate injected --data FOLDER"


def evaluate(series: Sequence[Series], seed: int, *, quick: bool, tuning: Tuning | None = None) -> list[Table]:
    """Compare what is found at equal false alarms, ours beside the rivals."""
    rows, curves, news, onsets, goals = _empty(), _empty(), _empty(), _empty(), []
    counted = {}
    for rate in (1.0,) if quick else RATES:
        outages, calls = build(series, rate, seed), build(series, rate, seed + 1, NEWS, NEWS_RATIOS)
        counted[rate] = sum(len(one.planted) for one in outages), sum(len(one.planted) for one in calls)
        spoken = ours(outages, tuning=tuning)
        onsets += _onsets(rate, outages, spoken[PROMISES.index(1.0)])
        by_rule = {"ours": ([tally(outages, one, RATIOS) for one in spoken],
                            [tally(calls, one, NEWS_RATIOS) for one in ours(calls, tuning=tuning)])}  # fmt: skip
        for name, rule in RULES.items():
            if name not in SLOW or not quick:
                by_rule[name] = _of_rule(rule, outages, () if name in SLOW else calls)
        for name, (found, alarmed) in by_rule.items():
            at = at_budgets(found, CURVE)
            # News is alarmed on at the setting that is within the budget where there are outages.
            rows += [(rate, budget, name, *told(at[budget][0])) for budget in BUDGETS]
            if alarmed:
                disturbed = [_joined(one, other) for one, other in zip(found, alarmed, strict=True)]
                at_news = at_budgets(disturbed, BUDGETS)
                news += [(rate, budget, name, *told(at_news[budget][0])) for budget in BUDGETS]
            if name == "ours" or (rate == 1.0 and name in CURVED):
                curves += [
                    (rate, name, budget, *told(at[budget][0])[1:], *told(at[budget][1], 0)[1:]) for budget in CURVE
                ]
            if name == "ours" and rate == 1.0:
                goals = [
                    f"r={ratio} at {budget:g} a week: {at[budget][0].value[RATIOS.index(ratio)]:.2f} (wanted: {wanted})"
                    for (budget, ratio), wanted in GOALS.items()
                ]
    sample = (
        "ten real series thinned; planted outages and news: "
        + ", ".join(f"{found} and {calls} at l0={rate:g}" for rate, (found, calls) in counted.items())
        + "; 70 % steps, 15 % ramps, 15 % flapping; labelled windows masked; 90 % by drawing weeks again"
    )
    by_ratio = tuple(f"r={ratio}" for ratio in RATIOS)
    large = by_ratio[1:]
    return [
        Table("injected", "Outages planted into real counts: share found at equal false alarms", COMMAND, sample,
              ("l0", "false alarms a week", "rule", *by_ratio), tuple(rows), tuple(goals)),
        Table("injected curves", "The same: share found, and mean minutes waited (a miss: all its length)", COMMAND,
              sample, ("l0", "rule", "false alarms a week", *large, *(f"waited, {one}" for one in large)),
              tuple(curves)),
        Table("injected news", "Bursts of talk without an outage: share alarmed on, at equal false alarms", COMMAND,
              sample, ("l0", "false alarms a week", "rule", *(f"height {ratio}" for ratio in NEWS_RATIOS)),
              tuple(news)),
        Table("onset", "Onset error and delay at one promised in 4 weeks, minutes", COMMAND, sample,
              ("l0", "r", "onset 10 %", "onset 50 %", "onset 90 %", "within 10 min", "the same, l0 and r known",
               "delay 10 %", "delay 50 %", "delay 90 %"), tuple(onsets)),
    ]  # fmt: skip


def _empty() -> list[Row]:
    return []


def _of_rule(rule: Rule, outages: Sequence[Stream], calls: Sequence[Stream]) -> tuple[list[Tally], list[Tally]]:
    rated = [rule(stream.counts) for stream in outages]
    disturbed = [rule(stream.counts) for stream in calls]
    found, alarmed = [], []
    for level in levels(rated):
        found.append(tally(outages, _alarms(rated, level), RATIOS))
        alarmed += [tally(calls, _alarms(disturbed, level), NEWS_RATIOS)] if calls else []
    return found, alarmed


def _alarms(rated: Sequence[np.ndarray], level: float) -> Spoken:
    return [[(int(at), int(at)) for at in alarms(one, level)] for one in rated]


def levels(rated: Sequence[np.ndarray]) -> np.ndarray:
    """Choose the levels through which a rule is turned: high quantiles of all that it rated."""
    values = np.concatenate(rated)
    values = values[np.isfinite(values)]
    chosen: np.ndarray = np.unique(np.quantile(values, 1 - np.geomspace(1e-1, 2e-5, 30)))
    return chosen


def _joined(found: Tally, alarmed: Tally) -> Tally:
    """Take the false alarms of the one and the rest of the other: their series, and so their weeks, are the same."""
    return Tally(found.false, found.weeks, alarmed.planted, alarmed.found, alarmed.waited)


def _onsets(rate: float, streams: Sequence[Stream], spoken: Spoken) -> list[Row]:
    """Tell, by ratio, how far the onsets of steps are off, and how long an alarm took, of those that were found.

    Beside ours stands who knows the usual rate and the size, and takes the start that is the likeliest at the alarm.
    """
    rows = _empty()
    for ratio in RATIOS:
        errors, known, delays = [], [], []
        for stream, mine in zip(streams, spoken, strict=True):
            for each in stream.planted:
                hit = next((one for one in mine if each.start <= one[0] <= each.start + each.length + 2), None)
                if each.ratio == ratio and hit:
                    delays.append(5.0 * (hit[0] - each.start + 1))
                    if each.shape == "step":
                        errors.append(5.0 * (hit[1] - each.start))
                        known.append(5.0 * (likeliest(stream.counts[: hit[0] + 1], rate, ratio) - each.start))
        rows.append((rate, ratio, *_spread(errors), _near(errors), _near(known), *_spread(delays)))
    return rows


def likeliest(counts: np.ndarray, rate: float, ratio: float) -> int:
    """Name the bucket since which `ratio` times `rate`, to the last one, is the likeliest, were they Poisson."""
    said = np.nan_to_num(counts * np.log(ratio) - (ratio - 1) * rate)
    from_here = np.cumsum(said[::-1])[::-1]
    return int(np.argmax(from_here))


def _near(errors: Sequence[float]) -> Within | None:
    near = sum(abs(error) <= 10 for error in errors)
    return Within(near / len(errors), *binomial_interval(near, len(errors))) if errors else None


def _spread(values: Sequence[float]) -> Row:
    """Give the tenth, the middle (with its interval of 95 %) and the ninetieth of a hundred."""
    if not values:
        return None, None, None
    low, middle, high = (float(value) for value in np.quantile(values, [0.1, 0.5, 0.9]))
    least, most = interval_of_median(values)
    return low, middle if least is None or most is None else Within(middle, least, most, 1), high
