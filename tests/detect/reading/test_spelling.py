"""Words are taken apart each by itself, into the pieces that scikit-learn makes of them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from detect.reading import spelling

PIECES = CountVectorizer(analyzer="char_wb", ngram_range=(spelling.SHORTEST, spelling.LONGEST), lowercase=False)
analyse = PIECES.build_analyzer()

words = st.text(st.characters(exclude_categories=["Z", "C"]), min_size=1, max_size=12).filter(lambda word: word.split())


@given(st.lists(words, min_size=1, max_size=8, unique=True))
def test_as_many_pieces_as_scikit_learn_makes(said: list[str]) -> None:
    """Words of any script: every run of letters within a word counts, with a space at either side, and no other."""
    apart = spelling.take_apart(said)

    assert apart.pieces.tolist() == [len(analyse(word)) for word in said]
    assert np.ravel(apart.letters.sum(axis=1)).tolist() == apart.pieces.tolist()


@given(st.lists(words, min_size=1, max_size=8, unique=True))
def test_a_word_is_taken_apart_by_itself(said: list[str]) -> None:
    """What stands beside it changes nothing, to the last bit."""
    together = spelling.take_apart(said)

    for number, word in enumerate(said):
        alone = spelling.take_apart([word])
        assert (together.letters[[number]] != alone.letters).nnz == 0
        assert (together.tokens[[number]] != alone.tokens).nnz == 0
        assert np.array_equal(together.meaning[number], alone.meaning[0])


def test_pieces_fall_into_columns_of_their_own() -> None:
    """Hashing is as good as chance: of 5,000 pieces about one in fifty shares its column with another."""
    said = [f"{one}{other}" for one in "abcdefghijklmnopqrst" for other in "abcdefghijklmnopqrst"]
    different = {piece for word in said for piece in analyse(word)}
    columns = len(set(spelling.take_apart(said).letters.indices.tolist()))

    by_chance = spelling.LETTERS * (1 - (1 - 1 / spelling.LETTERS) ** len(different))
    assert abs(columns - by_chance) < 0.02 * by_chance


def test_tokens_are_words_numbers_and_questions() -> None:
    """Signs of joining part them; of other signs only two count."""
    apart = spelling.take_apart(["down?", "up/down", "…", "!"])

    assert apart.said.tolist() == [2, 2, 0, 1]
    assert (apart.tokens[[0]].toarray() * apart.tokens[[1]].toarray()).sum() == 1


def test_no_words_are_taken_apart_too() -> None:
    """A batch without a word has no rows, and all columns."""
    assert spelling.take_apart([]).letters.shape == (0, spelling.LETTERS)
