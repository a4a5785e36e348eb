"""How well posts are read: our judgements against labels that people gave. Pure."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import numpy as np

from detect.evaluation import figures, naive
from detect.evaluation.labelled import KINDS, REASONS, Labelled, expected
from detect.reading.complaints import Reader, as_batch, judge

FEWEST = 10
"""Texts of a symptom or a surface without which nothing is said of how it is told."""


class Told(msgspec.Struct, frozen=True):
    """What was judged of one labelled text: about the service asked about, and whether another's outage was seen.

    `kind` is ours, with the reason behind a colon where it is none; "none: not mentioned" where the text speaks of the
    service nowhere. `probability` is that of an outage; None where the classifier was not asked.
    """

    kind: str
    probability: float | None
    symptom: str | None
    surface: str | None
    elsewhere: bool


def tell(texts: Sequence[Labelled], reader: Reader, service: str) -> list[Told]:
    """Judge labelled texts as posts are judged, in one batch."""
    rows = judge(as_batch(texts), reader).to_pylist()
    mine = {row["post_key"]: row for row in rows if row["service"] == service}
    elsewhere = {row["post_key"] for row in rows if row["service"] != service and row["kind"] == "outage"}
    told = []
    for number in range(len(texts)):
        row = mine.get(number)
        if row is None:
            told.append(Told("none: not mentioned", None, None, None, number in elsewhere))
            continue
        kind = row["kind"] if row["kind"] != "none" else f"none: {row['reason']}"
        told.append(Told(kind, row["probability"], row["symptom"], row["surface"], number in elsewhere))
    return told


def evaluate(texts: Sequence[Labelled], told: Sequence[Told], reader: Reader, service: str) -> dict[str, Any]:
    """Hold judgements against labels.

    Returns
    -------
    `overall`, `by_platform` (with `not_github`), `by_language`, `by_kind` (the labels' kinds) and `by_surface`: each
    with `precision`, `recall`, `f1`, `n` and intervals (`figures.of_calls`); None where there is nothing to divide by.
    `elsewhere` is the question whether another service's outage is told, `mistaken` which share of each other kind of
    complaint is called an outage, `calibration`, `symptom` and `surface` on the real complaints, `baselines` the naive
    rules, `mapping` the kinds as they are read, `confusion` rows of label, ours and how many.
    """
    called = np.array([one.kind == "outage" for one in told])
    real = np.array([text.complaint for text in texts])

    def by(key: Callable[[Labelled], str]) -> dict[str, Any]:
        keys = np.array([key(text) for text in texts], dtype=object)
        return {name: figures.of_calls(called[keys == name], real[keys == name]) for name in sorted(set(keys))}

    off = np.array([text.platform != "github" for text in texts])
    weighed = np.array([one.probability is not None for one in told])
    probability = np.array([one.probability or 0.0 for one in told])
    return {
        "service": service,
        "overall": figures.of_calls(called, real),
        "by_platform": by(lambda text: text.platform) | {"not_github": figures.of_calls(called[off], real[off])},
        "by_language": by(lambda text: text.lang or "und"),
        "by_kind": by(lambda text: text.kind),
        "by_surface": by(lambda text: text.surface or "not told"),
        "elsewhere": figures.of_calls(
            np.array([one.elsewhere for one in told]), np.array([text.elsewhere for text in texts])
        ),
        "mistaken": {
            kind: figures.share(int(called[here].sum()), int(here.sum()))
            for kind in ("limits", "quality")
            if (here := np.array([text.kind == kind for text in texts])).any()
        },
        "calibration": figures.of_probabilities(probability[weighed], real[weighed]),
        "symptom": _part(texts, told, "symptom"),
        "surface": _part(texts, told, "surface"),
        "baselines": {
            name: figures.of_calls(said, real)
            for name, said in naive.rules(texts, reader.rules.names.watchlist, service).items()
        },
        "mapping": {kind: expected(kind) for kind in sorted({*KINDS, *REASONS, *(text.kind for text in texts)})},
        "confusion": confusion(texts, told),
    }


def _part(texts: Sequence[Labelled], told: Sequence[Told], name: str) -> dict[str, Any]:
    """Compare what is told of real complaints with their labels: of all, and of those that were called."""
    labelled = [
        (one, label)
        for text, one in zip(texts, told, strict=True)
        if text.complaint and (label := getattr(text, name)) is not None
    ]
    seen = [(one, label) for one, label in labelled if one.kind == "outage"]
    return {
        which: figures.macro_f1([getattr(one, name) for one, _ in chosen], [label for _, label in chosen], FEWEST)
        for which, chosen in (("of_all", labelled), ("of_called", seen))
    }


def confusion(texts: Sequence[Labelled], told: Sequence[Told]) -> list[dict[str, Any]]:
    """Count how often each labelled kind was held for each of ours, the most frequent first."""
    pairs: dict[tuple[str, str], int] = {}
    for text, one in zip(texts, told, strict=True):
        pairs[text.kind, one.kind] = pairs.get((text.kind, one.kind), 0) + 1
    ordered = sorted(pairs.items(), key=lambda pair: (-pair[1], pair[0]))
    return [{"labelled": label, "expected": expected(label), "held": held, "n": n} for (label, held), n in ordered]


def listing(texts: Sequence[Labelled], told: Sequence[Told]) -> list[dict[str, Any]]:
    """List every text that was called wrongly or missed, with what was held of it: ready for a data frame."""
    return [
        {
            "number": number, "id": text.id, "wrong": "missed" if text.complaint else "called", "labelled": text.kind,
            "held": one.kind, "probability": one.probability, "platform": text.platform, "place": text.place,
            "language": text.lang, "text": text.text,
        }
        for number, (text, one) in enumerate(zip(texts, told, strict=True))
        if text.complaint != (one.kind == "outage")
    ]  # fmt: skip
