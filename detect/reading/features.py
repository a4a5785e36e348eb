"""What a post's text shows to the classifier: words, letters, and what stands around them. Pure.

A text is read for one service at a time. Its own name becomes one word and the other watched services' another, so that
what is learned from Claude's posts holds for any service on the watchlist, and no name is a special case.
"""

import re
from collections.abc import Sequence
from itertools import chain
from typing import Any

import msgspec
import numpy as np
import scipy.sparse as sp

from detect.reading import lexicon, spelling
from detect.reading.mentions import Mention, Named

SIGNS = 2**10
AT_TOKENS = spelling.LETTERS
AT_SIGNS = AT_TOKENS + spelling.TOKENS
AT_MEANING = AT_SIGNS + SIGNS
WIDTH = AT_MEANING + lexicon.WIDTH
"""Columns of a text, and where the tokens, the signs and the meaning begin; the letters come first."""

WRITTEN, MEANT = slice(0, AT_MEANING), slice(AT_SIGNS, WIDTH)

WRITTEN_WEIGHS, SIGNS_WEIGH, MEANING_WEIGHS = 2.0, 0.6, 2.0
"""What the columns are multiplied by: the more, the less is it penalised to learn from them."""

LAYOUT = 3
"""To be raised with every change of what the columns mean: a model that was fitted before it is fitted anew."""

MINE, OTHERS = " zzmine ", " zzother "

LONGEST = 600
"""Characters of a text that are shown: a complaint says so at its beginning, or at its end."""

_NUMBER = re.compile(r"\d+")
_CODE = re.compile(r"(?<!\d)(?:4\d\d|5\d\d)(?!\d)")
_ERROR = re.compile(
    r"overloaded_error|internal server error|service unavailable|bad gateway|gateway time-?out|econnre\w+|etimedout|"
    r"api[ _]?error|rate_limit_error|authentication_error|timed? ?out|connection error|fetch failed|socket hang up"
)
_FIRST_PERSON = re.compile(
    r"\b(?:i|i'm|im|me|my|we|our|us|yo|je|moi|ich|mir|io|eu|ik|ja|я|мне|у меня|ben|मुझे|私|나|我)\b"
)
_PERSONS = frozenset(
    {"i", "im", "me", "my", "we", "our", "us", "yo", "je", "moi", "ich", "mir", "io", "eu", "ik", "ja", "я", "мне"}
    | {"ben", "私", "나", "我"}
)
"""The words of `_FIRST_PERSON` that are one word for a regular expression too."""

_WORD = re.compile(r"\w+")
_QUESTION = re.compile(r"[?？؟]")
_TAG = re.compile(r"^\[(\w+)\]")


class Shown(msgspec.Struct, frozen=True, gc=False):
    """One post as it is shown for one service: its text with the names taken out, and the signs around it."""

    text: str
    signs: tuple[str, ...]


def show(
    folded: str, mention: Mention, named: Sequence[Named], here: Sequence[str], *, platform: str, form: str,
    found: Sequence[str], ruled: str,
) -> Shown:  # fmt: skip
    """Lay one post out for one of the services it speaks of.

    `found` are the lists of the vocabulary that its phrases stand in, `ruled` is what the rules made of it.
    """
    text = without_names(folded, mention.service, named)
    if len(text) > LONGEST:
        text = f"{text[: LONGEST * 2 // 3]} {text[-LONGEST // 3 :]}"
    others = {name.service for name in named} - {mention.service}
    signs = [
        f"by {mention.by}", f"form {form}", f"platform {platform}", f"ruled {ruled}", f"ruled {ruled} in {form}",
        f"place {'own' if mention.service in here else 'others' if here else 'open'}",
        f"others named {min(len(others), 2)}", f"length {min(len(folded), 800).bit_length()}",
    ]  # fmt: skip
    signs += [f"found {name}" for name in sorted(set(found))]
    numbers = _NUMBER.search(folded) is not None
    if numbers:
        signs += [f"code {code}" for code in sorted(set(_CODE.findall(folded)))]
    if _may_hold_an_error(folded):
        signs += [f"error {error}" for error in sorted(set(_ERROR.findall(folded)))]
    if tag := _TAG.match(folded):
        signs.append(f"tag {tag[1]}")
    asked, personal = bool(_QUESTION.search(folded)), is_personal(folded)
    signs += [f"asked {asked}", f"personal {personal}", f"asked {asked} personal {personal}"]
    return Shown(_NUMBER.sub(_kept_code, text) if numbers else text, tuple(signs))


def _may_hold_an_error(folded: str) -> bool:
    """Say whether a text holds what is in everything that `_ERROR` finds: written out, at a tenth of the cost."""
    return (
        "error" in folded or "out" in folded or "gateway" in folded or "econnre" in folded or "unavailable" in folded
        or "fetch failed" in folded or "hang up" in folded
    )  # fmt: skip


def is_personal(folded: str) -> bool:
    """Say whether a text speaks of its author, in one of some languages."""
    # Most words stand between spaces: those are looked up first, which is quicker than to look for words.
    if not _PERSONS.isdisjoint(folded.split()) or not _PERSONS.isdisjoint(_WORD.findall(folded)):
        return True
    return ("у меня" in folded or "मुझे" in folded) and bool(_FIRST_PERSON.search(folded))


def without_names(folded: str, service: str, named: Sequence[Named]) -> str:
    """Put one word for every name of the service itself, and another for every name of another."""
    parts, reached = [], 0
    for name in named:
        parts += [folded[reached : name.start], MINE if name.service == service else OTHERS]
        reached = name.end
    return " ".join("".join([*parts, folded[reached:]]).split())


def _kept_code(number: re.Match[str]) -> str:
    """Keep what may be a status code; of other numbers only that there is one."""
    return number[0] if _CODE.fullmatch(number[0]) else "0"


def matrix(shown: Sequence[Shown]) -> Any:
    """Turn posts into a sparse matrix, one row each, `WIDTH` columns: letters, tokens, signs, and the words' meaning.

    Pieces of letters, and tokens, count over the square root of how many a text has; the meaning is of length 1.
    Columns `WRITTEN` are what a text says letter by letter, with the signs; `MEANT` are the signs and the meaning.
    `detect.lookup` reads a fitted model to the same end without making these rows.
    """
    said = [one.text.split() for one in shown]
    numbers = {word: number for number, word in enumerate(dict.fromkeys(chain.from_iterable(said)))}
    counts, apart = spelling.rows(said, numbers, len(numbers)), spelling.take_apart(list(numbers))
    return sp.hstack(
        [
            sp.diags_array(over_root(counts @ apart.pieces)) @ (counts @ apart.letters) * WRITTEN_WEIGHS,
            sp.diags_array(over_root(counts @ apart.said)) @ (counts @ apart.tokens) * WRITTEN_WEIGHS,
            signs(shown) * SIGNS_WEIGH,
            sp.csr_matrix(lexicon.of_length_one(counts @ apart.meaning) * MEANING_WEIGHS),
        ],
        format="csr", dtype=np.float32,
    )  # fmt: skip


def signs(shown: Sequence[Shown]) -> Any:
    """Count the signs of each post: sparse, `SIGNS` columns."""
    return spelling.rows((one.signs for one in shown), _columns, SIGNS)


def over_root(counts: np.ndarray) -> np.ndarray:
    """Say what each count of a text is multiplied by: one over the square root of how many there are."""
    weights: np.ndarray = 1 / np.sqrt(np.maximum(counts, 1))
    return weights


class _Columns(dict[str, int]):
    """The column of a sign, hashed once; what is told of a post is some thousand signs, but for tags that people make.

    Those are not kept beyond `_MOST`.
    """

    def __missing__(self, sign: str) -> int:
        column = spelling.column(sign, SIGNS)
        if len(self) < _MOST:
            self[sign] = column
        return column


_MOST = 10_000
_columns = _Columns()
