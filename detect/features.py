"""What a post's text shows to the classifier: words, letters, and what stands around them. Pure.

A text is read for one service at a time. Its own name becomes one word and the other watched services' another, so that
what is learned from Claude's posts holds for any service on the watchlist, and no name is a special case.
"""

import re
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import scipy.sparse as sp
from sklearn.feature_extraction import FeatureHasher
from sklearn.feature_extraction.text import HashingVectorizer

from detect.mentions import Mention, Named

LETTERS = 2**17
WORDS = 2**17
SIGNS = 2**10
WIDTH = LETTERS + WORDS + SIGNS

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
_QUESTION = re.compile(r"[?？؟]")
_LOUD = re.compile(r"[!！]{2,}|[A-Z]{4,}")
_TAG = re.compile(r"^\[(\w+)\]")


class Shown(msgspec.Struct, frozen=True):
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
    signs += [f"code {code}" for code in sorted(set(_CODE.findall(folded)))]
    signs += [f"error {error}" for error in sorted(set(_ERROR.findall(folded)))]
    if tag := _TAG.match(folded):
        signs.append(f"tag {tag[1]}")
    asked, personal = bool(_QUESTION.search(folded)), bool(_FIRST_PERSON.search(folded))
    signs += [f"asked {asked}", f"personal {personal}", f"asked {asked} personal {personal}"]
    return Shown(_NUMBER.sub(_kept_code, text), tuple(signs))


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


_letters = HashingVectorizer(
    analyzer="char_wb", ngram_range=(2, 4), n_features=LETTERS, norm="l2", alternate_sign=False, dtype=np.float32
)
_words = HashingVectorizer(
    analyzer="word", ngram_range=(1, 2), n_features=WORDS, norm="l2", alternate_sign=False, dtype=np.float32,
    token_pattern=r"(?u)\w+|[?!]",  # noqa: S106  (no password)
)  # fmt: skip
_signs = FeatureHasher(n_features=SIGNS, input_type="string", alternate_sign=False, dtype=np.float32)


def matrix(shown: Sequence[Shown]) -> Any:
    """Turn posts into a sparse matrix, one row each, `WIDTH` columns: letters, words, signs."""
    texts = [one.text for one in shown]
    signs = _signs.transform([one.signs for one in shown])
    return sp.hstack([_letters.transform(texts) * 2, _words.transform(texts) * 2, signs * 0.6], format="csr")
