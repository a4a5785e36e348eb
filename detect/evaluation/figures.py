"""Figures of an evaluation, with the intervals that say how little a small set decides. Pure."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

RESAMPLES = 2000
SEED = 20260415

Z = 1.959964
"""Of the normal distribution, for intervals of 95 %."""

BINS = (0.0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 1.0)
"""Edges of the reliability table: narrow where a probability claims to be sure."""


def share(part: int, whole: int) -> dict[str, Any]:
    """Give a share with its interval of 95 % (Wilson 1927); None where there is nothing to have a share of.

    >>> share(8, 10)["value"], [round(edge, 2) for edge in share(8, 10)["interval"]]
    (0.8, [0.49, 0.94])
    """
    if not whole:
        return {"value": None, "interval": None, "n": 0}
    p, squared = part / whole, Z * Z
    middle = (p + squared / (2 * whole)) / (1 + squared / whole)
    reach = Z * math.sqrt(p * (1 - p) / whole + squared / (4 * whole * whole)) / (1 + squared / whole)
    interval = [round(max(0.0, middle - reach), 4), round(min(1.0, middle + reach), 4)]
    return {"value": round(p, 4), "interval": interval, "n": whole}


def of_calls(called: np.ndarray, real: np.ndarray) -> dict[str, Any]:
    """Give precision, recall and F1 of calls, with intervals of 95 %.

    Parameters
    ----------
    called, real
        Booleans, one a text.

    Returns
    -------
    `precision`, `recall`, `f1` (0 to 1; None where nothing was called, or nothing real), `n` texts, `real` and `called`
    counts, and `intervals` by figure: Wilson's for the first two, for F1 the middle 95 % of `RESAMPLES` bootstrap
    samples of the texts (Efron 1979), the same ones every time.
    """
    hits, said, true = int((called & real).sum()), int(called.sum()), int(real.sum())
    precision, recall = share(hits, said), share(hits, true)
    return {
        "precision": precision["value"], "recall": recall["value"],
        "f1": round(f1(hits, said, true), 4) if true else None,
        "n": len(real), "real": true, "called": said,
        "intervals": {
            "precision": precision["interval"], "recall": recall["interval"],
            "f1": _f1_interval(called, real) if true else None,
        },
    }  # fmt: skip


def f1(hits: int, said: int, true: int) -> float:
    """Give the harmonic mean of precision and recall; 0 where nothing was found."""
    return 2 * hits / (said + true) if said + true else 0.0


def _f1_interval(called: np.ndarray, real: np.ndarray) -> list[float]:
    """Draw how often each of the four outcomes would occur among as many texts: as good as drawing the texts."""
    outcomes = np.array(
        [(called & real).sum(), (called & ~real).sum(), (~called & real).sum(), (~called & ~real).sum()]
    )
    drawn = np.random.default_rng(SEED).multinomial(len(real), outcomes / len(real), size=RESAMPLES)
    denominator = 2 * drawn[:, 0] + drawn[:, 1] + drawn[:, 2]
    values = np.divide(2 * drawn[:, 0], denominator, out=np.zeros(RESAMPLES), where=denominator > 0)
    return [round(float(edge), 4) for edge in np.quantile(values, (0.025, 0.975))]


def of_probabilities(probability: np.ndarray, real: np.ndarray) -> dict[str, Any]:
    """Compare claimed probabilities with what came true.

    Returns
    -------
    `n`, `brier` (mean squared gap: Brier 1950), `brier_of_the_base_rate` (of saying the share of real ones of every
    text: the yardstick), and `reliability`: per bin of the claimed probability how many texts, the mean claim, and the
    share that came true with its interval.
    """
    which = np.clip(np.digitize(probability, BINS[1:-1]), 0, len(BINS) - 2)
    table = []
    for number, (low, high) in enumerate(pairwise(BINS)):
        here = which == number
        claimed = round(float(probability[here].mean()), 4) if here.any() else None
        came_true = share(int(real[here].sum()), int(here.sum()))
        table.append(
            {
                "from": low, "to": high, "n": int(here.sum()), "claimed": claimed, "came_true": came_true["value"],
                "interval": came_true["interval"],
            }
        )  # fmt: skip
    known = len(real) > 0
    return {
        "n": len(real),
        "brier": round(float(np.mean((probability - real) ** 2)), 4) if known else None,
        "brier_of_the_base_rate": round(float(np.mean((real.mean() - real) ** 2)), 4) if known else None,
        "reliability": table,
    }


def macro_f1(told: Sequence[str | None], labels: Sequence[str], fewest: int) -> dict[str, Any]:
    """Give the mean F1 over the labels that occur at least `fewest` times, with a bootstrap interval of 95 %.

    A text of which nothing is told counts as told wrongly. `by_label` holds each label's own figures.
    """
    theirs, ours = np.array(labels, dtype=object), np.array(list(told), dtype=object)
    kept = sorted(label for label in set(labels) if (theirs == label).sum() >= fewest)
    if not kept:
        return {"value": None, "interval": None, "labels": [], "n": len(labels), "by_label": {}}
    by_label = {label: of_calls(ours == label, theirs == label) for label in kept}
    drawn = np.random.default_rng(SEED).integers(0, len(labels), size=(RESAMPLES, len(labels)))
    means = np.mean([_f1_rows(ours[drawn] == label, theirs[drawn] == label) for label in kept], axis=0)
    return {
        "value": round(float(np.mean([figures["f1"] for figures in by_label.values()])), 4),
        "interval": [round(float(edge), 4) for edge in np.quantile(means, (0.025, 0.975))],
        "labels": kept, "n": len(labels), "by_label": by_label,
    }  # fmt: skip


def _f1_rows(called: np.ndarray, real: np.ndarray) -> np.ndarray:
    denominator = called.sum(axis=1) + real.sum(axis=1)
    hits = (called & real).sum(axis=1)
    rows: np.ndarray = np.divide(2.0 * hits, denominator, out=np.zeros(len(hits)), where=denominator > 0)
    return rows
