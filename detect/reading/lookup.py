"""What each word weighs for a fitted model: summed up once a word, and looked up from then on.

The columns of a text are sums over its words, and what is learned from columns is a sum again. So of a word only as
many numbers are needed as there are classes, with the count of its pieces and of its tokens, and its meaning; a text is
read by adding up those of its words. What is kept only spares time: each word is summed by itself and each text in its
own order, so that neither what was read before nor what stands beside it in a batch changes a digit.
"""

from collections.abc import Sequence
from itertools import chain
from threading import Lock

import numpy as np
import scipy.sparse as sp

from detect.reading import features, lexicon, spelling
from detect.reading.features import (
    AT_MEANING,
    AT_SIGNS,
    AT_TOKENS,
    MEANING_WEIGHS,
    SIGNS_WEIGH,
    WIDTH,
    WRITTEN_WEIGHS,
    Shown,
)

MOST = 2**16
"""Words that are kept; then they are gathered anew. Some 25 MB."""

LONGEST = 30
"""Letters of a word that is kept: what is longer is an address, or comes from a language without spaces."""

SLICE = MOST // (features.LONGEST // 2 + 1)
"""Texts that are read at once: as many as have room whatever their words."""


class Lookup:
    """Reads texts with the weights of one model.

    Parameters
    ----------
    columns, weights
        Columns of `features` that weigh anything, in order, and a row of weights for each, a column a class. The
        meaning, which is read by few, may weigh for the first class alone.
    """

    def __init__(self, columns: np.ndarray, weights: np.ndarray) -> None:
        self._classes = weights.shape[1]
        # Most columns weigh nothing: those share the last row.
        self._weights = np.concatenate([weights, np.zeros((1, self._classes))]).astype(np.float32)
        self._row = np.full(WIDTH, len(weights), np.int32)
        self._row[columns] = np.arange(len(columns))
        self._signs = self._weights[self._row[AT_SIGNS:AT_MEANING]] * np.float32(SIGNS_WEIGH)
        self._meaning = self._weights[self._row[AT_MEANING:]] * np.float32(MEANING_WEIGHS)
        self._table = np.empty((MOST, 2 * self._classes + 2 + lexicon.WIDTH), np.float32)
        self._known: dict[str, int] = {}
        self._lock = Lock()

    def scores(self, shown: Sequence[Shown]) -> np.ndarray:
        """Give each post the sum of its weights: float32, a column a class."""
        slices = [self._of_slice(shown[start : start + SLICE]) for start in range(0, len(shown), SLICE)]
        scores: np.ndarray = np.concatenate([np.zeros((0, self._classes), np.float32), *slices])
        return scores

    def _of_slice(self, shown: Sequence[Shown]) -> np.ndarray:
        said = [one.text.split() for one in shown]
        with self._lock:
            sums = spelling.rows(said, self._rows(said), len(self._table)) @ self._table
        letters, tokens, counts, meaning = np.split(
            sums, [self._classes, 2 * self._classes, 2 * self._classes + 2], axis=1
        )
        of_letters, of_tokens = (features.over_root(count)[:, None] for count in counts.T)
        scores: np.ndarray = (letters * of_letters + tokens * of_tokens) * np.float32(WRITTEN_WEIGHS)
        scores += features.signs(shown) @ self._signs
        means = lexicon.of_length_one(meaning)
        for number in np.flatnonzero(self._meaning.any(axis=0)):
            # Row by row, and not as one product, which adds up in another order in another batch.
            scores[:, number] += (means * self._meaning[:, number]).sum(axis=1)
        return scores

    def _rows(self, said: Sequence[Sequence[str]]) -> dict[str, int]:
        """Say in which row of the table each word stands, after it was put there where it was not."""
        words = dict.fromkeys(chain.from_iterable(said))
        fresh = [word for word in words if word not in self._known]
        if len(self._known) + len(fresh) > len(self._table):
            self._known, fresh = {}, list(words)
        if not fresh:
            return self._known
        fresh.sort(key=lambda word: len(word) > LONGEST)
        rows = range(len(self._known), len(self._known) + len(fresh))
        self._table[rows.start : rows.stop] = self._weigh(fresh)
        placed = dict(zip(fresh, rows, strict=True))
        self._known |= {word: row for word, row in placed.items() if len(word) <= LONGEST}
        return self._known if len(fresh[-1]) <= LONGEST else self._known | placed

    def _weigh(self, words: Sequence[str]) -> np.ndarray:
        apart = spelling.take_apart(words)
        letters, tokens = (self._sum(counts, at) for counts, at in ((apart.letters, 0), (apart.tokens, AT_TOKENS)))
        return np.column_stack([letters, tokens, apart.pieces, apart.said, apart.meaning])

    def _sum(self, counts: sp.csr_matrix, at: int) -> np.ndarray:
        rows = self._row[counts.indices + at]
        narrow = sp.csr_matrix((counts.data, rows, counts.indptr), shape=(counts.shape[0], len(self._weights)))
        sums: np.ndarray = narrow @ self._weights
        return sums
