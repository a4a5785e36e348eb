"""Which posts cannot speak of a watched service, told by two patterns before anything is read. Pure.

Reading folds every text, and of a whole stream one post in a hundred speaks of a service. The patterns let through
every post that `complaints.judge` would have a row for, and few others: what stands in any text that names a service
(`ingest.clues`), in capitals or not, or a place that is about one. They hold letters, classes, alternatives and anchors
alone, spelled out without a flag for case, so that they mean the same to RE2 (DuckDB, Arrow), to Java's (Spark) and to
Rust's (Sail) expressions; and neither a quotation mark nor a backslash, so that any SQL can hold them.
"""

import itertools
from collections.abc import Iterable

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from ingest.clues import capitals, clues
from ingest.folding import folded
from ingest.watchlist import Watchlist

_NO_ASCII = "[\u0080-\U0010ffff]"
_NOTHING = "$."
"""An expression that nothing matches: it wants a character after the end."""

_SIGNS = ((0x21, 0x2F, "!-/"), (0x3A, 0x40, ":-@"), (0x5B, 0x60, "Z-a"), (0x7B, 0x7E, "z-~"))
"""Signs of ASCII, in a class: ranges that hold them all, since some of them mean something in some expressions."""


class Prefilter(msgspec.Struct, frozen=True):
    """Two expressions: wherever there is a judgement `names` is found in the text, or `places` in the place's name."""

    names: str
    places: str


def prepare(watchlist: Watchlist) -> Prefilter:
    """Write the expressions of a watchlist."""
    aliases = frozenset(folded(alias) for service in watchlist.services.values() for alias in service.aliases)
    places = {
        place
        for service in watchlist.services.values()
        for listed in service.places.values()
        for place in listed
    }  # fmt: skip
    return Prefilter(_names(aliases), _places(places))


def sift(batch: pa.RecordBatch, prefilter: Prefilter) -> pa.RecordBatch:
    """Keep the posts that may speak of a service; those without a text never do, but where they stand."""
    named = pc.match_substring_regex(batch.column("text"), prefilter.names)
    at_home = pc.match_substring_regex(batch.column("place"), prefilter.places)
    return batch.filter(pc.or_kleene(named, at_home))


def _names(aliases: frozenset[str]) -> str:
    found = clues(aliases)
    # Lower case makes two letters of İ, of which the second is a clue by itself.
    alone = {letter for clue in found if len(clue) == 1 for letter in _written(clue)} | {"İ"}
    rest = [clue for clue in found if len(clue) > 1 and alone.isdisjoint(clue)]
    words = sorted(clue for clue in rest if len(clue) > 2 or clue.isascii() or not _is_mixed(clue))
    # Of a pair whichever two letters of its sort: three classes are looked for sooner than every pair there is.
    pairs: dict[tuple[bool, bool], tuple[set[str], set[str]]] = {}
    for clue in set(rest) - set(words):
        lefts, rights = pairs.setdefault((clue[0].isascii(), clue[1].isalpha()), (set(), set()))
        lefts |= _written(clue[0])
        rights |= _written(clue[1])
    mixed = [_one_of(lefts) + _one_of(rights) for _, (lefts, rights) in sorted(pairs.items())]
    return "(?s)" + "|".join([*map(_word, words), *mixed, _one_of(alone)])


def _is_mixed(pair: str) -> bool:
    """Say whether a pair is of two alphabets, or a letter with something behind it that is none."""
    return pair[0].isascii() != pair[1].isascii() or not pair[1].isalpha()


def _places(places: Iterable[str]) -> str:
    """Match the places and what lies below them; and whatever is not ASCII, of which folding may make anything."""
    plain = sorted({place.lower() for place in places if place.isascii()})
    return f"^(?:{'|'.join(map(_word, plain)) or _NOTHING})(?:/|$)|{_NO_ASCII}"


def _word(word: str) -> str:
    return "".join(_one_of(_written(letter)) if letter.isalpha() else _sign(letter) for letter in word)


def _sign(letter: str) -> str:
    """Write what is no letter as it is where it means itself in every expression, else as any character at all."""
    return letter if letter.isdigit() or letter in "/ _" or not letter.isascii() else "."


def _written(letter: str) -> set[str]:
    """Give the ways to write a letter that lower case makes this one of."""
    return {letter, *capitals().get(letter, ())}


def _one_of(letters: Iterable[str]) -> str:
    """Write a class, with runs of neighbours as ranges; of a single letter or sign that alone."""
    codes = sorted({ord(letter) for letter in letters if not "\ud800" <= letter <= "\udfff"})
    signs = [spelled for first, last, spelled in _SIGNS if any(first <= code <= last for code in codes)]
    codes = [code for code in codes if not any(first <= code <= last for first, last, _ in _SIGNS)]
    if len(codes) == 1 and not signs:
        return chr(codes[0])
    runs = [
        [code for _, code in run] for _, run in itertools.groupby(enumerate(codes), key=lambda pair: pair[1] - pair[0])
    ]
    spelled = (chr(run[0]) if len(run) == 1 else f"{chr(run[0])}-{chr(run[-1])}" for run in runs)
    return f"[{''.join([*spelled, *signs])}]"
