"""What is looked up is what a product of features and weights gives, whatever was read before."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detect.reading import features, lookup
from detect.reading.features import Shown
from detect.reading.lookup import Lookup

CLASSES = 3
CHANCE = np.random.default_rng(20260415)
COLUMNS = np.sort(CHANCE.choice(features.AT_MEANING, features.AT_MEANING // 2, replace=False)).astype(np.int32)
COLUMNS = np.concatenate([COLUMNS, np.arange(features.AT_MEANING, features.WIDTH, dtype=np.int32)])
WEIGHTS = CHANCE.normal(size=(len(COLUMNS), CLASSES)).astype(np.float32)
KEPT = Lookup(COLUMNS, WEIGHTS)
"""Reads whatever the tests show it, one after another."""

words = st.sampled_from(["down", "is", "zzmine", "caído", "落ちてる", "503", "?!", "a", "x" * 40, "y/z" * 200])
texts = st.lists(words | st.text(st.characters(exclude_categories=["Cs"]), max_size=8), max_size=12).map(" ".join)
posts = st.builds(Shown, texts, st.lists(st.sampled_from(["form post", "asked True", "tag bug"])).map(tuple))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table that is full at once, and slices that still fit in."""
    monkeypatch.setattr(lookup, "MOST", 700)
    monkeypatch.setattr(lookup, "SLICE", 2)


@given(st.lists(posts, max_size=6))
def test_it_is_the_product(shown: list[Shown]) -> None:
    """Up to rounding: the matrix that was fitted on, times the weights."""
    product = features.matrix(shown)[:, COLUMNS] @ WEIGHTS

    assert np.allclose(KEPT.scores(shown), product, rtol=1e-4, atol=1e-4)


FORGETFUL = Lookup(COLUMNS, WEIGHTS)


@given(st.lists(posts, min_size=1, max_size=6))
def test_neither_batch_nor_past_changes_a_bit(shown: list[Shown]) -> None:
    """One by one or together, by what has read much or nothing: the same numbers to the last bit."""
    together = KEPT.scores(shown)

    assert np.array_equal(together, np.concatenate([KEPT.scores([one]) for one in shown]))
    FORGETFUL._known.clear()
    assert np.array_equal(together, FORGETFUL.scores(shown))


def fresh() -> Lookup:
    """Make one that has read nothing."""
    return Lookup(COLUMNS, WEIGHTS)


def test_a_table_that_overflows_begins_anew(small: None) -> None:
    """Many more words than it keeps: it keeps no more, and reads all the same."""
    shown = [Shown(" ".join(f"w{n}x{k}" for k in range(150)), ("form post",)) for n in range(20)]
    crowded = fresh()

    assert np.array_equal(crowded.scores(shown), KEPT.scores(shown))
    assert np.array_equal(crowded.scores(shown[:1]), KEPT.scores(shown[:1]))
    assert len(crowded._known) <= lookup.MOST


def test_long_words_are_read_and_not_kept() -> None:
    """An address weighs what it weighs, each time, and takes no room."""
    reader, shown = fresh(), [Shown("down " + "q" * 500, ())]

    assert np.array_equal(reader.scores(shown), reader.scores(shown))
    assert list(reader._known) == ["down"]


def test_nothing_read_is_nothing() -> None:
    """No posts have no rows; a post without a word and without a sign weighs nothing."""
    assert KEPT.scores([]).shape == (0, CLASSES)
    assert not KEPT.scores([Shown("", ())]).any()
