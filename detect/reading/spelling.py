"""Words taken apart: pieces of letters, tokens, and meaning. Pure.

All that a text shows of its words is a sum over them, whatever stands beside them. So a word is taken apart once, and a
text only counts its words.
"""

import re
import zlib
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

import msgspec
import numpy as np
import scipy.sparse as sp

from detect.reading import lexicon

LETTERS = 2**17
TOKENS = 2**17
"""Columns that pieces and tokens are hashed to."""

SHORTEST, LONGEST = 2, 4
"""Letters in a piece; the space at either side of a word is one of them."""

_FACTOR = np.uint32(0x9E3779B1)
"""Knuth's multiplicative hashing (The Art of Computer Programming 3, 6.4): 2³² over the golden ratio, made odd."""

_TOKEN = re.compile(r"\w+|[?!]")


class Apart(msgspec.Struct, frozen=True):
    """Words taken apart, a row each.

    `letters` and `tokens` count what is hashed to each column (sparse, `LETTERS` and `TOKENS` wide); `pieces` and
    `said` are how many there are of each; `meaning` is the sum of the tokens' rows in the lexicon.
    """

    letters: Any
    tokens: Any
    pieces: np.ndarray
    said: np.ndarray
    meaning: np.ndarray


def take_apart(words: Sequence[str]) -> Apart:
    """Take words apart, each by itself: what is found of one does not depend on the others."""
    tokens = [_TOKEN.findall(word) for word in words]
    letters, counted = _pieces(words)
    said = np.fromiter(map(len, tokens), np.int64, len(tokens))
    columns = np.fromiter((column(token, TOKENS) for token in chain.from_iterable(tokens)), np.int64)
    return Apart(
        letters=letters,
        tokens=_counts(np.repeat(np.arange(len(words)), said), columns, (len(words), TOKENS)),
        pieces=counted.astype(np.float32),
        said=said.astype(np.float32),
        meaning=lexicon.sums(words),
    )


def column(name: str, columns: int) -> int:
    """Hash a name to one of the columns: the same one on every machine."""
    return zlib.crc32(name.encode("utf-8", "surrogatepass")) % columns


def rows(said: Iterable[Sequence[Any]], of: dict[Any, int], columns: int) -> Any:
    """Count in each row what is said in it, by its number: a sparse matrix, in the order in which it is said."""
    listed = list(said)
    ends = np.zeros(len(listed) + 1, np.int64)
    np.cumsum([len(one) for one in listed], out=ends[1:])
    numbers = np.fromiter(map(of.__getitem__, chain.from_iterable(listed)), np.int64, ends[-1])
    return sp.csr_matrix((np.ones(len(numbers), np.float32), numbers, ends), shape=(len(listed), columns))


def _pieces(words: Sequence[str]) -> tuple[Any, np.ndarray]:
    """Count every run of `SHORTEST` to `LONGEST` letters, with a space at either side; and say how many there are."""
    padded = [f" {word} " for word in words]
    letters = np.frombuffer("".join(padded).encode("utf-32-le", "surrogatepass"), np.uint32)
    lengths = np.fromiter(map(len, padded), np.int64, len(padded))
    word = np.repeat(np.arange(len(padded)), lengths)
    left = np.repeat(np.cumsum(lengths), lengths) - np.arange(len(letters))
    where, columns, hashed = [], [], letters * _FACTOR
    for size in range(2, LONGEST + 1):
        hashed = (hashed[:-1] + letters[size - 1 :]) * _FACTOR
        whole = left[: len(hashed)] >= size
        where.append(word[: len(hashed)][whole])
        columns.append(hashed[whole] >> np.uint32(32 - LETTERS.bit_length() + 1))
    counted = np.bincount(np.concatenate(where), minlength=len(words))
    return _counts(np.concatenate(where), np.concatenate(columns), (len(words), LETTERS)), counted


def _counts(where: np.ndarray, columns: np.ndarray, shape: tuple[int, int]) -> Any:
    """Count pairs of row and column; the columns of a row are in order, so that its sums come out the same."""
    counts = sp.coo_matrix((np.ones(len(where), np.float32), (where, columns.astype(np.int64))), shape).tocsr()
    counts.sort_indices()
    return counts
