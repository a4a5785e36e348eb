"""A text of the corpus is never read by a model that saw it, or its template, or in turn its language."""

from collections.abc import Sequence
from typing import Any

import pytest

from detect.evaluation import left_out
from detect.reading import classifier, complaints, corpus
from detect.reading.corpus import Text
from detect.reading.phrases import Rules


def test_nothing_that_was_seen_is_scored(reader: complaints.Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """In every fit, no template of the texts read; in the second round, no text of their language."""
    texts = [text for text in corpus.load() if text.lang in ("de", "pl", "id")][::4]
    fits: list[Sequence[Text]] = []
    real_tell = left_out.posts.tell
    read: list[tuple[set[str], set[str]]] = []

    def fit(seen: Sequence[Text], rules: Rules) -> classifier.Model | None:
        fits.append(seen)
        return reader.model

    def tell(chosen: Sequence[Any], *rest: Any) -> Any:
        mine = {one.text for one in chosen}
        here = [text for text in texts if text.text in mine]
        read.append(({text.template for text in here}, {text.lang for text in here}))
        return real_tell(chosen, *rest)

    monkeypatch.setattr(complaints, "fit", fit)
    monkeypatch.setattr(left_out.posts, "tell", tell)

    found, by_language = left_out.evaluate(texts, reader.rules, "claude")

    assert found["overall"]["n"] == len(texts)
    assert set(by_language) == {"de", "pl", "id"}
    assert len(fits) == len(read) == left_out.FOLDS + 3
    for number, (seen, (templates, languages)) in enumerate(zip(fits, read, strict=True)):
        assert not templates & {text.template for text in seen}
        if number >= left_out.FOLDS:
            assert not languages & {text.lang for text in seen}
