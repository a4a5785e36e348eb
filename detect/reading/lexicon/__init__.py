"""Which words are near each other in meaning, in many languages: 64 numbers a word, as data. How made: README.md here.

What a classifier learns of "laggy" and "caído" then holds for "sluggish" and "derrubado", which no text of ours says.
"""

import hashlib
import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from io import BytesIO
from itertools import chain

import msgspec
import numpy as np
import scipy.sparse as sp

WIDTH = 64

COMMON = 1000
"""How many words are common: the last of them weighs half of a rare one."""

_WORD = re.compile(r"[^\W\d_]{2,20}")


class Lexicon(msgspec.Struct, frozen=True):
    """The number of each word; by number 8-bit rows, and what they are to be multiplied by: the more the rarer."""

    numbers: dict[str, int]
    rows: np.ndarray
    scales: np.ndarray


def sums(texts: Sequence[str]) -> np.ndarray:
    """Give each text the sum of its words' numbers, as float32 (`WIDTH`); zeros where it has no known word."""
    known = _load()
    found = [[known.numbers[word] for word in _WORD.findall(text) if word in known.numbers] for text in texts]
    ends = np.zeros(len(found) + 1, np.int64)
    np.cumsum([len(one) for one in found], out=ends[1:])
    which = np.fromiter(chain.from_iterable(found), np.int64, ends[-1])
    counts = sp.csr_matrix((known.scales[which], np.arange(len(which)), ends), shape=(len(found), len(which)))
    sums: np.ndarray = np.asarray(counts @ known.rows[which].astype(np.float32))
    return sums


def means(texts: Sequence[str]) -> np.ndarray:
    """Give each text the mean of its words' numbers, as float32 of length 1; zeros where it has no known word."""
    return of_length_one(sums(texts))


def of_length_one(sums: np.ndarray) -> np.ndarray:
    """Make each row of length 1; what is zero stays so."""
    length = np.linalg.norm(sums, axis=1, keepdims=True)
    means: np.ndarray = np.divide(sums, length, out=np.zeros_like(sums), where=length > 0)
    return means


def pack(words: Sequence[str], rows: np.ndarray) -> bytes:
    """Lay words, the most frequent first, and their rows out in one file; 8 bits a number, the largest of a row 127."""
    scaled = np.round(rows / np.abs(rows).max(axis=1, keepdims=True) * 127).astype(np.int8)
    packed = BytesIO()
    np.savez_compressed(packed, words=np.frombuffer("\n".join(words).encode(), np.uint8), rows=scaled)
    return packed.getvalue()


def content() -> bytes:
    """Read the file."""
    return files(__name__).joinpath("words.npz").read_bytes()


def digest() -> str:
    """Hash the file: what is fitted with it holds as long as it stays the same."""
    return hashlib.blake2b(content(), digest_size=8).hexdigest()


@cache
def _load() -> Lexicon:
    with np.load(BytesIO(content()), allow_pickle=False) as arrays:
        words = arrays["words"].tobytes().decode().split("\n")
        rows = arrays["rows"]
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows, dtype=np.float32))
    # By Zipf's law the n-th word is said about 1/n as often as the first; the commonest say next to nothing (weights
    # a / (a + p) of Arora et al. 2017, the smooth inverse frequency).
    rank = np.arange(1, len(words) + 1, dtype=np.float32)
    return Lexicon({word: number for number, word in enumerate(words)}, rows, rank / (rank + COMMON) / lengths)
