"""Complaints that repeat what another person has written: reposts and copypasta, found without keeping any text. Pure.

A complaint's own words leave a fingerprint: 24 numbers, of which two texts share the more the more alike they are
(MinHash in bands: Broder 1997; Leskovec et al., Mining of Massive Datasets, 3.3 and 3.4). Each number stands for four
pieces of the text at once, keyed with the secret beside the database: who has a text can tell that it is the one, and
from the numbers no piece of it can be found by trying.

What many people say of themselves leaves none: a short complaint ("claude down?"), and whatever a machine put into
their mouths. Three hundred people who paste the same error message are three hundred witnesses.
"""

import hashlib
import re
import unicodedata
from collections import Counter
from datetime import timedelta

import numpy as np
import pandas as pd
import rensa

from detect.reading import mentions
from detect.reading.phrases import LONGEST

WINDOW = timedelta(hours=48)
"""How long after it was said a text is still the same wave: as long as an episode may last (`episodes.LONGEST`)."""

PIECE = 5
"""Letters in a piece. Pieces overlap: a changed word touches few of them."""

FEWEST_PIECES = 60
"""Different pieces that a text must have. Of 3,400 real titles of issues with 60 letters or more, written within three
weeks, hardly two are alike unless one person sent them twice; of those with 30 to 40 letters many are."""

BANDS, ROWS = 24, 4
"""How many numbers a fingerprint has, and how many of the smallest hashes each is made of."""

SHARED = 5
"""Numbers that two fingerprints must share. Of texts that have 8 in 10 of their pieces in common 99 in 100 do, with
7 in 10 72, with 6 in 10 19, with 5 in 10 one or two: a number is shared with the fourth power of that chance."""

CROWD = 8
"""Texts that are looked at for one number, the newest ones: thousands made from one template must not take the square
of their number."""

ENOUGH = 600
"""Letters that are compared: a text that begins with as many of another's is its copy."""

_SEED = 20260415

_NOT_OWN = re.compile(
    r"```.*?(?:```|\Z)"  # code
    r"|`[^`\n]*`"
    r"|\{[^\n]*"  # JSON, to the end of its line
    r"|\"[^\"\n]*\"|“[^“”\n]*”|«[^«»\n]*»|「[^「」\n]*」"  # quoted: somebody else's words
    r"|^[ \t]*(?:>|&gt;|#)[^\n]*"  # a parent's words, the headings of a form
    r"|https?://\S+|www\.\S+"
    r"|(?<![\w.])(?:@|/?[ur]/)[\w.-]+",
    re.DOTALL | re.MULTILINE,
)
"""What a text holds that is not its author's own words. Every part ends with its line, or at the next of its signs."""

_MAY_NOT_BE_OWN = re.compile('[`{"“«「>&#/@]|www')
"""What stands in whatever `_NOT_OWN` finds."""

_ERROR = re.compile(
    r"(?:error|exception|erreur|fehler|erro|błąd|hata|ошибка|помилка|错误|錯誤|エラー|오류|خطأ|त्रुटि|lỗi|galat)"
    r"[^\n:：]{0,20}[:：][^\n]*",
    re.IGNORECASE,
)
"""An error that is told as a program tells it: to the end of its line."""

_SHOWN = re.compile(
    r"try again|capacity constraints|issue persists|contact support|high demand|request[ _]id|internal server error",
    re.IGNORECASE,
)
"""What the services themselves show: the whole sentence is theirs."""

_SHOWN_HOLD = ("again", "capacity", "persists", "contact", "demand", "id", "internal")
"""One of these is in whatever `_SHOWN` finds."""

_SENTENCE_ENDS = re.compile(r"[\n.!?。！？]")
_NO_LETTERS = re.compile(r"[\W\d_]+")
_DENSE = re.compile("[\u2e80-\ud7ff]")
"""Scripts of which a letter says about as much as two of an alphabet."""


def fingerprint(text: str, names: mentions.Names, secret: int) -> list[int] | None:
    """Make a text's fingerprint: `BANDS` numbers of 64 bits; None where its own words are too few.

    The same for the same text, names and secret, on every machine.
    """
    if len(text) < FEWEST_PIECES // 2:
        return None
    letters = own_letters(text[:LONGEST], names)[:ENOUGH]
    size = PIECE if 2 * len(_DENSE.findall(letters)) < len(letters) else PIECE // 2
    pieces = {letters[start : start + size] for start in range(len(letters) - size + 1)}
    if len(pieces) * (1 if size == PIECE else 2) < FEWEST_PIECES:
        return None
    sketch = rensa.RMinHash(num_perm=BANDS * ROWS, seed=_SEED)
    sketch.update(list(pieces))
    hashes = np.array(sketch.digest(), dtype="<u8").tobytes()
    keyed = hashlib.blake2b(digest_size=8, key=secret.to_bytes(8, "big", signed=True))
    numbers = []
    for band in range(BANDS):
        number = keyed.copy()
        number.update(bytes([band]) + hashes[band * 8 * ROWS : (band + 1) * 8 * ROWS])
        numbers.append(int.from_bytes(number.digest(), "big", signed=True))
    return numbers


def own_letters(text: str, names: mentions.Names) -> str:
    """Keep of a text its author's own words, in letters alone: no service's name, address, mention, or pasted error."""
    own = _NOT_OWN.sub(" ", text) if _MAY_NOT_BE_OWN.search(text) else text
    if ":" in own or "：" in own:
        own = _ERROR.sub(" ", own)
    if _is_shown(own):
        own = ". ".join(sentence for sentence in _SENTENCE_ENDS.split(own) if not _SHOWN.search(sentence))
    own = mentions.folded(unicodedata.normalize("NFKC", own))
    kept, reached = [], 0
    for name in mentions.find_names(own, names):
        kept.append(own[reached : name.start])
        reached = name.end
    return _NO_LETTERS.sub("", "".join([*kept, own[reached:]]))


def _is_shown(text: str) -> bool:
    if text.isascii():
        low = text.lower()
        if not any(held in low for held in _SHOWN_HOLD):
            return False
    return _SHOWN.search(text) is not None


def mark(said: pd.DataFrame) -> pd.Series:
    """Say of each complaint whether it repeats one that another person wrote up to `WINDOW` before it.

    Complaints are taken in the order of time, and each is compared only with those before it that repeat nothing
    themselves: what comes later changes no mark. Who writes one text twice repeats nobody.

    Parameters
    ----------
    said
        One row a complaint: `service`, `counted_at` (UTC), `post_key`, `person`, `fingerprint` (`BANDS` numbers or
        null).

    Returns
    -------
    Booleans on the index of `said`.
    """
    marks = np.zeros(len(said), dtype=bool)
    placed = said.assign(row=np.arange(len(said)))[said["fingerprint"].notna()].sort_values(["counted_at", "post_key"])
    for _, here in placed.groupby("service"):
        numbers = np.array(here["fingerprint"].to_list(), dtype=np.int64)
        times = here["counted_at"].to_numpy("datetime64[us]").astype(np.int64)
        marks[here["row"].to_numpy()] = _marked(numbers, times.tolist(), here["person"].to_list())
    return pd.Series(marks, index=said.index)


def _marked(numbers: np.ndarray, times: list[int], people: list[int]) -> list[bool]:
    """Mark the complaints of one service, in the order of time; `times` are microseconds."""
    _, which, how_often = np.unique(numbers, return_inverse=True, return_counts=True)
    # Most numbers occur once: what nobody shares need not be looked for.
    shared_by = np.where(how_often > 1, np.arange(len(how_often)), -1)[which].reshape(numbers.shape)
    window = int(WINDOW.total_seconds() * 1e6)
    said_by: dict[int, list[int]] = {}
    marks = []
    for now, row in enumerate(shared_by.tolist()):
        mine = [number for number in row if number >= 0]
        if len(mine) < SHARED:
            marks.append(False)
            continue
        oldest = times[now] - window
        met = [other for number in mine for other in said_by.get(number, ()) if times[other] >= oldest]
        shared = Counter(met)
        # Most shared, then said first.
        original, most = max(shared.items(), key=lambda one: (one[1], -one[0]), default=(now, 0))
        repeats = most >= SHARED
        marks.append(repeats and people[original] != people[now])
        if not repeats:
            for number in mine:
                said_by[number] = [*said_by.get(number, ()), now][-CROWD:]
    return marks
