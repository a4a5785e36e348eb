"""Looks through frames as they are, undecoded, for all that one may have to be kept for: the quick way, if installed.

Decoding is what reading a stream costs. Hyperscan (Wang et al., NSDI 2019; the extra `fast`) looks for thousands of
strings at once in the very bytes, a batch of frames in one pass. A frame that shows none of them is passed over:

- no clue (`clues`) in any letter case, and no escape of JSON that could hide one: so it names no watched service;
- no operation but "create", no account, no farewell: so it deletes and edits nothing;
- "create" and a record where the batch's first new post has them: so it is a post, and no frame of another shape.

All others are decoded and looked at as without it, so that the same is kept. What is looked for is a superset: ids are
scanned too, and some look like a short name.
"""

import re
import threading
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.util import find_spec
from itertools import accumulate

from ingest.clues import capitals

_CREATE, _RECORD = b'"operation":"create"', b'"record":{'

_SPACES = " \t\r\n"
_TOLD = (
    *(f'"operation":"{what}' for what in ("update", "delete")),
    *(f'"operation"{colon}{space}' for colon in ("", ":") for space in _SPACES),
    *('"account"', '#account"', '"error"'),
)
"""What stands in a frame that tells of no new post. Quotation marks within a text are escaped, and so none of it is
ever a part of what somebody wrote."""

_ESCAPED = re.compile(r'["\\/\x00-\x1f]')
"""Characters that JSON writes otherwise, or may."""

_HTML = {"0026": "&", "003c": "<", "003e": ">", "2028": "\u2028", "2029": "\u2029"}
"""Escapes that Go's encoder writes, and so half of all links hold one; no name does."""

_MOST_WAYS = 256
"""Of writing one word: enough for seven letters of another alphabet, capital or not."""


class Scanner:
    """Clues made ready to be scanned for, which takes half a second."""

    def __init__(self, clues: frozenset[str]) -> None:
        import hyperscan  # an extra

        self._lock = threading.Lock()  # it has one room to work in
        expressions = patterns(clues)
        self._database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        self._database.compile(
            expressions=expressions, ids=list(range(len(expressions))), elements=len(expressions),
            flags=hyperscan.HS_FLAG_CASELESS | hyperscan.HS_FLAG_DOTALL,
        )  # fmt: skip

    def showing(self, frames: Sequence[bytes]) -> list[int]:
        """List the numbers of the frames that must be decoded, in order."""
        found: list[int] = []
        with self._lock:
            self._database.scan(b"".join(frames), match_event_handler=lambda *match: found.append(match[2]))
        shown = set(_laid_out_otherwise(frames))
        if found:
            ends = list(accumulate(map(len, frames)))
            shown.update(bisect_left(ends, end) for end in found)
        return sorted(shown)


@cache
def scanner(clues: frozenset[str]) -> Scanner | None:
    """Make the scanner of these clues, once; None where Hyperscan is not installed, or a clue is of signs alone."""
    return Scanner(clues) if find_spec("hyperscan") is not None and all(map(_piece, clues)) else None


def _laid_out_otherwise(frames: Sequence[bytes]) -> Iterable[int]:
    """List the frames that have not "create" and a record at the very places where the first new post has them."""
    first = next((frame for frame in frames if _CREATE in frame and _RECORD in frame), None)
    if first is None:
        return range(len(frames))
    at, then = first.find(_CREATE), first.find(_RECORD)
    here, there = slice(at, at + len(_CREATE)), slice(then, then + len(_RECORD))
    return [number for number, frame in enumerate(frames) if frame[there] != _RECORD or frame[here] != _CREATE]


def patterns(clues: frozenset[str]) -> list[bytes]:
    """Write the expressions, for bytes and without regard to ASCII's case.

    Every text that holds a clue once it is in lower case shows one of them in its JSON.
    """
    # İ is the one letter that becomes two; the second, a mark, is a clue for any names.
    pieces = {*map(_piece, clues), "İ"}
    words = {way for piece in pieces for way in _ways(piece)}
    return [*map(_literally, sorted(words)), *map(_literally, _TOLD), _escapes("".join(clues))]


def _piece(clue: str) -> str:
    """Give the longest part of a clue that JSON writes as it is."""
    return max(_ESCAPED.split(clue), key=len)


def _ways(word: str) -> Iterable[str]:
    """Write a word in lower case, or the longest beginning of it that is not too dear, in every way but ASCII's."""
    ways = [""]
    for letter in word:
        letters = [letter, *(other for other in capitals().get(letter, ()) if not other.isascii())]
        if len(ways) * len(letters) > _MOST_WAYS:
            break
        ways = [way + other for way in ways for other in letters]
    return ways


def _literally(text: str) -> bytes:
    return b"".join(b"\\x%02x" % byte for byte in text.encode("utf-8", "surrogatepass"))


def _escapes(letters: str) -> bytes:
    r"""Match every \u of JSON but those for characters of which no clue is made, nor any part of one."""
    harmless = [code for code, letter in _HTML.items() if letter not in letters]
    return rb"\\u" + _none_of(harmless)


def _none_of(codes: Sequence[str]) -> bytes:
    """Match four characters that are none of these codes: there is no looking ahead."""
    firsts = {code[0] for code in codes}
    if not firsts:
        return b""
    ways = [b"[^" + "".join(sorted(firsts)).encode() + b"]"]
    for first in sorted(firsts):
        rest = [code[1:] for code in codes if code[0] == first]
        if all(rest):
            ways.append(first.encode() + _none_of(rest))
    return b"(?:" + b"|".join(ways) + b")"
