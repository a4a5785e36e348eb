"""Words that are near each other in meaning are near each other in the lexicon, across languages."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detect.reading import lexicon


def near(one: str, other: str) -> float:
    """Say how near two words are: the cosine, −1 to 1."""
    rows = lexicon.means([one, other])
    return float(rows[0] @ rows[1])


@pytest.mark.parametrize(
    ("word", "kin", "stranger"),
    [
        ("slow", "sluggish", "recipe"),
        ("broken", "roto", "verano"),
        ("error", "fehler", "hochzeit"),
        ("password", "passwort", "garden"),
        ("work", "trabajo", "mountain"),
    ],
)
def test_kin_are_nearer_than_strangers(word: str, kin: str, stranger: str) -> None:
    """In one language and across two: what a word's kin is told of holds for it more than what a stranger's is."""
    assert near(word, kin) > near(word, stranger) + 0.1


def test_a_text_of_unknown_words_is_nowhere() -> None:
    """Zeros, not a guess: what has no known word moves nothing."""
    assert not lexicon.means(["", "????", "xqzzv wkkqj", "落ちてる"]).any()


def test_common_words_weigh_less() -> None:
    """An article says less of what a text is about than the noun after it."""
    both, rare = lexicon.means(["the password", "password"])

    assert both @ rare > 0.8


@given(st.lists(st.text(max_size=60), max_size=5))
def test_any_text_has_a_place_of_length_one_or_none(texts: list[str]) -> None:
    """Whatever the text: finite numbers, of length one or zero, and the same ones again."""
    rows = lexicon.means(texts)

    assert rows.shape == (len(texts), lexicon.WIDTH)
    lengths = np.linalg.norm(rows, axis=1)
    assert all(abs(length - 1) < 1e-5 or length == 0 for length in lengths)
    assert np.array_equal(rows, lexicon.means(texts))


def test_what_is_packed_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Words and their directions survive the 8 bits; the file holds plain arrays."""
    rows = np.random.default_rng(20260415).normal(size=(3, lexicon.WIDTH))
    monkeypatch.setattr(lexicon, "content", lambda: lexicon.pack(["one", "two", "three"], rows))
    lexicon._load.cache_clear()
    try:
        means = lexicon.means(["one", "three"])
    finally:
        monkeypatch.undo()
        lexicon._load.cache_clear()
    true = rows[[0, 2]] / np.linalg.norm(rows[[0, 2]], axis=1, keepdims=True)
    assert np.allclose(means, true, atol=0.01)
