"""How well our own corpus is read by models that did not see the text, its template, or its language. Pure."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.model_selection import GroupKFold

from detect.evaluation import figures, labelled, posts
from detect.reading import complaints
from detect.reading.complaints import Reader
from detect.reading.corpus import Text
from detect.reading.phrases import Rules

FOLDS = 5
SEED = 20260415


def evaluate(texts: Sequence[Text], rules: Rules, service: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read every text by a model fitted without its template; then by one fitted without its language.

    Returns
    -------
    The figures of `posts.evaluate`, and by language those of `figures.of_calls` with the language left out.
    """
    readings = [labelled.of_corpus(text, service) for text in texts]
    templates = np.array([text.template for text in texts])
    told: dict[int, posts.Told] = {}
    for seen, unseen in GroupKFold(FOLDS, shuffle=True, random_state=SEED).split(templates, groups=templates):
        told |= _read(texts, readings, rules, service, seen, unseen)
    found = posts.evaluate(readings, [told[number] for number in range(len(texts))], Reader(rules), service)
    languages, by_language = np.array([text.lang for text in texts]), {}
    for language in sorted(set(languages)):
        here = languages == language
        apart = _read(texts, readings, rules, service, np.flatnonzero(~here), np.flatnonzero(here))
        called = np.array([apart[number].kind == "outage" for number in apart])
        by_language[language] = figures.of_calls(called, np.array([readings[number].complaint for number in apart]))
    return found, by_language


def _read(
    texts: Sequence[Text], readings: Sequence[labelled.Labelled], rules: Rules, service: str, seen: np.ndarray,
    unseen: np.ndarray,
) -> dict[int, posts.Told]:  # fmt: skip
    reader = Reader(rules, complaints.fit([texts[number] for number in seen], rules))
    told = posts.tell([readings[number] for number in unseen], reader, service)
    return dict(zip(unseen.tolist(), told, strict=True))
