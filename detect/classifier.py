"""Reads what the rules laid out: a logistic regression over words, letters and signs, fitted on our own corpus. Pure.

Plain arrays, no pickles: what is fitted is kept as numbers, and a file of them can do no harm.
"""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import msgspec
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict

from detect.features import Shown, matrix

STRENGTH = 0.5
"""Inverse of the penalty on weights (scikit-learn's C)."""

FOLDS = 3
SEED = 20260415


class Linear(msgspec.Struct, frozen=True):
    """One fitted regression: its classes, the columns that it knows, a row of weights a class, and the intercepts."""

    classes: tuple[str, ...]
    columns: np.ndarray
    weights: np.ndarray
    intercepts: np.ndarray

    def probabilities(self, rows: Any) -> np.ndarray:
        """Give each row of a feature matrix a probability for each class."""
        scores = np.asarray(rows[:, self.columns] @ self.weights.T) + self.intercepts
        scores -= scores.max(axis=1, keepdims=True)
        odds = np.exp(scores)
        shares: np.ndarray = odds / odds.sum(axis=1, keepdims=True)
        return shares


class Model(msgspec.Struct, frozen=True):
    """What reads posts: the kind (with the reason where it is none), the symptom, and how sure to be of an outage.

    The calibration maps the log-odds of an outage, as the regression has them, to those that came true on texts it
    had not seen: a slope and an intercept (Platt 1999).
    """

    kinds: Linear
    symptoms: Linear
    slope: float
    intercept: float


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
    rows = matrix(shown)
    columns = np.unique(rows.indices)
    known, labels = rows[:, columns], np.asarray(kinds)
    regression = _regression()
    split = GroupKFold(FOLDS, shuffle=True, random_state=SEED)
    unseen = cross_val_predict(regression, known, labels, groups=np.asarray(groups), cv=split, method="predict_proba")
    regression.fit(known, labels)
    which = list(regression.classes_).index("outage")
    platt = LogisticRegression(C=1e6).fit(_log_odds(unseen[:, which])[:, None], labels == "outage")
    failing = [number for number, symptom in enumerate(symptoms) if symptom]
    of_symptoms = _regression().fit(known[failing], np.asarray([symptoms[number] for number in failing]))
    slope, intercept = float(platt.coef_[0, 0]), float(platt.intercept_[0])
    return Model(_linear(regression, columns), _linear(of_symptoms, columns), slope, intercept)


def read(model: Model, shown: Sequence[Shown]) -> Read:
    """Read posts, in one batch."""
    rows = matrix(shown)
    shares = model.kinds.probabilities(rows)
    which = model.kinds.classes.index("outage")
    outage = 1 / (1 + np.exp(-(model.slope * _log_odds(shares[:, which]) + model.intercept)))
    shares[:, which] = -1
    symptoms = model.symptoms.probabilities(rows).argmax(axis=1)
    return Read(
        outage,
        [model.kinds.classes[number] for number in shares.argmax(axis=1)],
        [model.symptoms.classes[number] for number in symptoms],
    )


def pack(model: Model) -> bytes:
    """Lay a model out as arrays in one file."""
    arrays = {"calibration": np.array([model.slope, model.intercept])}
    for name, linear in (("kinds", model.kinds), ("symptoms", model.symptoms)):
        arrays |= {
            f"{name}_classes": np.array(linear.classes), f"{name}_columns": linear.columns,
            f"{name}_weights": linear.weights, f"{name}_intercepts": linear.intercepts,
        }  # fmt: skip
    packed = BytesIO()
    np.savez(packed, **arrays)  # type: ignore[arg-type]
    return packed.getvalue()


def unpack(packed: bytes) -> Model:
    """Read a model back. Raises ValueError or KeyError where it is none; no code in it is ever run."""
    with np.load(BytesIO(packed), allow_pickle=False) as arrays:
        kinds, symptoms = (
            Linear(
                tuple(str(name) for name in arrays[f"{name}_classes"]), arrays[f"{name}_columns"],
                arrays[f"{name}_weights"], arrays[f"{name}_intercepts"],
            )
            for name in ("kinds", "symptoms")
        )  # fmt: skip
        slope, intercept = arrays["calibration"]
        return Model(kinds, symptoms, float(slope), float(intercept))


def _regression() -> LogisticRegression:
    return LogisticRegression(C=STRENGTH, max_iter=150, tol=1e-3)


def _linear(regression: LogisticRegression, columns: np.ndarray) -> Linear:
    return Linear(
        tuple(str(name) for name in regression.classes_), columns.astype(np.int32),
        regression.coef_.astype(np.float32), regression.intercept_.astype(np.float32),
    )  # fmt: skip


def _log_odds(share: np.ndarray) -> np.ndarray:
    kept = np.clip(share, 1e-6, 1 - 1e-6)
    odds: np.ndarray = np.log(kept / (1 - kept))
    return odds
