"""Reads what the rules laid out: logistic regressions over words, letters and signs, fitted on our own corpus. Pure.

Plain arrays, no pickles: what is fitted is kept as numbers, and a file of them can do no harm.
"""

from collections.abc import Sequence
from functools import reduce
from io import BytesIO
from typing import Any

import msgspec
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict

from detect.reading.features import MEANT, WIDTH, WRITTEN, Shown, matrix
from detect.reading.lookup import Lookup

STRENGTH = 0.5
"""Inverse of the penalty on weights (scikit-learn's C)."""

STRENGTH_OF_MEANING = 3.0
"""The same where the words count by their meaning: a thousand columns need less of a penalty than a quarter million."""

STRENGTH_OF_EACH = 1.0
"""The same where one class of many is told from all others."""

FEWEST = 3
"""Texts that must hold a word, or a run of letters, for it to weigh anything: two thirds of them do not."""

FOLDS = 5
SEED = 20260415

PARTS = ("outage", "otherwise", "symptoms")


class Linear(msgspec.Struct, frozen=True):
    """One fitted regression: its classes, the columns that weigh anything, a row of weights for each, the intercepts.

    Of two classes there is one column of weights: the log-odds of the second.
    """

    classes: tuple[str, ...]
    columns: np.ndarray
    weights: np.ndarray
    intercepts: np.ndarray


class Model(msgspec.Struct, frozen=True):
    """What reads posts: whether it is an outage and how surely, what else it is, and which symptom it names.

    `outage` is the sum of two regressions, one by what is written and one by what the words mean: they err on different
    texts. `otherwise` knows the other kinds, with the reason where it is none. The calibration maps the sum to the
    log-odds that came true on texts neither had seen: a slope and an intercept (Platt 1999). `lookup` has the weights
    of the three side by side, in the order of `PARTS`.
    """

    outage: Linear
    otherwise: Linear
    symptoms: Linear
    slope: float
    intercept: float
    lookup: Lookup


class Read(msgspec.Struct, frozen=True):
    """What the model makes of posts: the calibrated probability of an outage, the likeliest other kind, a symptom."""

    outage: np.ndarray
    otherwise: list[str]
    symptoms: list[str]


def fit(shown: Sequence[Shown], kinds: Sequence[str], symptoms: Sequence[str | None], groups: Sequence[str]) -> Model:
    """Fit on labelled posts; the same posts give the same model.

    `kinds` as in `judgements`, with the reason behind a colon where it is none; `groups` keeps texts of one template
    together when the calibration is measured.
    """
    rows, labels = matrix(shown), np.asarray(kinds)
    failing = labels == "outage"
    split = list(GroupKFold(FOLDS, shuffle=True, random_state=SEED).split(rows, groups=np.asarray(groups)))
    unseen = sum(
        cross_val_predict(regression, rows[:, part], failing, cv=split, method="decision_function")
        for part, regression in ((WRITTEN, _written()), (MEANT, _meant()))
    )
    platt = LogisticRegression(C=1e6).fit(unseen[:, None], failing)
    named = np.array([symptom is not None for symptom in symptoms])
    return _ready(
        outage=_sum(_linear(_written(), rows, WRITTEN, failing), _linear(_meant(), rows, MEANT, failing)),
        otherwise=_each(rows[~failing], labels[~failing]),
        symptoms=_each(rows[named], np.asarray(symptoms)[named]),
        slope=float(platt.coef_[0, 0]),
        intercept=float(platt.intercept_[0]),
    )


def read(model: Model, shown: Sequence[Shown]) -> Read:
    """Read posts, in one batch; the same post is read the same, to the last bit, in any other."""
    parts = (model.outage, model.otherwise, model.symptoms)
    scores = model.lookup.scores(shown) + np.concatenate([part.intercepts for part in parts])
    ends = np.cumsum([len(part.intercepts) for part in parts])
    outage, otherwise, symptoms, _ = np.split(scores, ends, axis=1)
    log_odds = model.slope * outage[:, 0].astype(np.float64) + model.intercept
    return Read(
        1 / (1 + np.exp(-log_odds)), _likeliest(model.otherwise, otherwise), _likeliest(model.symptoms, symptoms)
    )


def _likeliest(linear: Linear, scores: np.ndarray) -> list[str]:
    return [linear.classes[number] for number in scores.argmax(axis=1).tolist()]


def pack(model: Model) -> bytes:
    """Lay a model out as arrays in one file."""
    arrays = {"calibration": np.array([model.slope, model.intercept])}
    for name, linear in zip(PARTS, (model.outage, model.otherwise, model.symptoms), strict=True):
        arrays |= {
            f"{name}_classes": np.array(linear.classes), f"{name}_columns": linear.columns,
            f"{name}_weights": linear.weights, f"{name}_intercepts": linear.intercepts,
        }  # fmt: skip
    packed = BytesIO()
    np.savez(packed, **arrays)  # type: ignore[arg-type]
    return packed.getvalue()


def unpack(packed: bytes) -> Model:
    """Read a model back. Raises ValueError, KeyError or IndexError where it is none; no code in it is ever run."""
    with np.load(BytesIO(packed), allow_pickle=False) as arrays:
        outage, otherwise, symptoms = (
            Linear(
                tuple(str(name) for name in arrays[f"{name}_classes"]),
                arrays[f"{name}_columns"], arrays[f"{name}_weights"], arrays[f"{name}_intercepts"],
            )
            for name in PARTS
        )  # fmt: skip
        slope, intercept = arrays["calibration"]
        return _ready(outage, otherwise, symptoms, float(slope), float(intercept))


def _written(strength: float = STRENGTH) -> LogisticRegression:
    """Make the regression by letters and words: in its dual form, fitted in a tenth of the time of the others."""
    return LogisticRegression(C=strength, solver="liblinear", dual=True, max_iter=300, tol=1e-2, random_state=SEED)


def _meant() -> LogisticRegression:
    return LogisticRegression(C=STRENGTH_OF_MEANING, solver="liblinear", max_iter=300, tol=1e-3, random_state=SEED)


def _each(rows: Any, labels: np.ndarray) -> Linear:
    """Fit each class against all others: as good as one regression for all of them, in a tenth of the time."""
    names = sorted(set(labels.tolist()))
    fitted = [_linear(_written(STRENGTH_OF_EACH), rows, WRITTEN, labels == name) for name in names]
    columns = fitted[0].columns  # which ones weigh is a matter of the texts, and so the same for all
    weights = np.concatenate([one.weights for one in fitted], axis=1)
    return Linear(tuple(names), columns, weights, np.concatenate([one.intercepts for one in fitted]))


def _linear(regression: LogisticRegression, rows: Any, part: slice, labels: np.ndarray) -> Linear:
    """Fit on those columns of a part that at least `FEWEST` of the rows know."""
    known = np.flatnonzero(np.bincount(rows.indices, minlength=WIDTH)[part] >= FEWEST) + part.start
    regression.fit(rows[:, known], labels)
    return Linear(
        tuple(str(name) for name in regression.classes_), known.astype(np.int32),
        regression.coef_.T.astype(np.float32), regression.intercept_.astype(np.float32),
    )  # fmt: skip


def _sum(one: Linear, other: Linear) -> Linear:
    columns = np.union1d(one.columns, other.columns)
    weights = _spread(one, columns) + _spread(other, columns)
    return Linear(one.classes, columns, weights, one.intercepts + other.intercepts)


def _spread(linear: Linear, columns: np.ndarray) -> np.ndarray:
    """Give each of some columns, its own among them, its weights; 0 to those that it does not know."""
    spread = np.zeros((len(columns), linear.weights.shape[1]), np.float32)
    spread[np.searchsorted(columns, linear.columns)] = linear.weights
    return spread


def _ready(outage: Linear, otherwise: Linear, symptoms: Linear, slope: float, intercept: float) -> Model:
    """Put a model together, ready to read. Raises ValueError or IndexError where its arrays do not fit each other."""
    parts = (outage, otherwise, symptoms)
    columns = reduce(np.union1d, [part.columns for part in parts])
    weights = np.concatenate([_spread(part, columns) for part in parts], axis=1)
    return Model(*parts, slope, intercept, Lookup(columns, weights))
