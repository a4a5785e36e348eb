"""What to look for first: strings of which one at least stands in any text that names a watched service. Pure.

A name is found in a folded text (`ingest.folding`), and folding every post of the network is too dear. So the text is
only put in lower case and searched for the names, and for all that folding could make one of: a character that becomes
a letter of a name, one that disappears from within, a letter of another alphabet beside one of ours. Where no clue is
found no name is; where one is, the text is folded and searched in full.
"""

import itertools
import re
from collections.abc import Iterable
from functools import cache
from unicodedata import is_normalized, normalize

from ingest.folding import LOOK_LIKE, MARKS, PLAINLY, SHOWS_NOTHING, folded

_MOST_VARIANTS = 81
_SPACE = re.compile(r"[\s']+")
_DROPPED = re.compile(f"[{SHOWS_NOTHING}{MARKS}]")
_WITHIN_EMOJI = "\u200d\ufe0f"
"""What is dropped and stands in many posts, after an emoji: a clue only after a letter of a name."""


@cache
def clues(names: frozenset[str]) -> frozenset[str]:
    """List the clues, in lower case, of names that are `folded`."""
    words = _words(names)
    spelled = "".join(words)
    letters = frozenset(spelled + normalize("NFD", spelled))
    alike = {letter.lower() for letter, latin in LOOK_LIKE.items() if latin in letters}
    return frozenset(
        {
            *itertools.chain.from_iterable(map(_variants, words)),
            *(text for text in _becoming(letters) if text not in _WITHIN_EMOJI and text != "ı"),
            *(part for letter in spelled for part in normalize("NFD", letter)[1:]),
            *map("".join, itertools.product(letters | alike, _WITHIN_EMOJI)),
            *itertools.chain.from_iterable(map(_mixed, names)),
        }
    )


def _words(names: Iterable[str]) -> set[str]:
    """Give some words of which every name contains one: between words people type all kinds of spaces."""
    words: set[str] = set()
    for name in sorted(names, key=lambda name: (len(_SPACE.split(name)), len(name), name)):
        if not any(word in name for word in words):
            words.add(max(_SPACE.split(name), key=len))
    return words


def _variants(word: str) -> set[str]:
    """A folded word as it can stand in a text in lower case: Turkish has two letters i, and lower İ is two."""
    parts = word.split("i")
    if 3 ** (len(parts) - 1) > _MOST_VARIANTS:
        return {word}
    joints = itertools.product(("i", "ı", "i̇"), repeat=len(parts) - 1)
    return {"".join(itertools.chain(*zip(parts, (*joint, ""), strict=True))) for joint in joints}


def _mixed(name: str) -> Iterable[str]:
    """Give every pair of neighbours in a name of which one is written in another alphabet."""
    for left, right in itertools.pairwise(name):
        for letter, latin in LOOK_LIKE.items():
            if latin == right and left.isascii() and left.isalpha():
                yield left + letter.lower()
            if latin == left and right.isascii() and right.isalpha():
                yield letter.lower() + right


def _becoming(letters: frozenset[str]) -> Iterable[str]:
    """Give every character that folding drops, or makes one of these letters of, in lower case."""
    for character in _changing():
        if _DROPPED.search(normalize("NFKC", character)) or not letters.isdisjoint(folded(character)):
            yield character.lower()


@cache
def _changing() -> tuple[str, ...]:
    """List the characters of which folding makes something else than lower case does."""
    found = []
    for start in itertools.chain(range(0x80, 0xD800, 0x80), range(0xE000, 0x110000, 0x80)):
        block = "".join(map(chr, range(start, start + 0x80)))
        plain = is_normalized("NFKC", block) and block.casefold() == block.lower()
        if plain and not _DROPPED.search(block) and not any(letter in block for letter in PLAINLY):
            continue
        found += [letter for letter in block if folded(letter) != " ".join(letter.lower().split())]
    return tuple(found)


@cache
def capitals() -> dict[str, list[str]]:
    """List, of each letter, those that lower case makes it of."""
    found: dict[str, list[str]] = {"ς": ["Σ"]}  # where a word ends
    for start in range(0, 0x110000, 0x80):
        block = "".join(map(chr, range(start, start + 0x80)))
        for letter in block if block.lower() != block else "":
            lower = letter.lower()
            if lower != letter:
                found.setdefault(lower, []).append(letter)
    return found
