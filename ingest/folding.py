"""How a text is folded before anything is looked for in it, so that a name is found however it is typed. Pure.

Folding hides differences that do not change what is read: case, white space, the compatibility forms of Unicode (full
width, ligatures, mathematical letters: NFKC, UAX #15), characters that show nothing, marks heaped on letters, and
letters of another alphabet that look like Latin ones. It also leaves out what no text can hold (unpaired surrogates).

Nothing of it is a translation: a word that is wholly of another alphabet stays what it is, so that no Russian word
becomes an English one. Positions in a folded text say nothing about the text it was made from.
"""

import re
from unicodedata import lookup, normalize

SHOWS_NOTHING = (
    "\u00ad\u034f\u0640\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff"
    "\U000e0000-\U000e01ef"
)
"""As a class of a regular expression: what is not seen, or only lengthens a word (the Arabic tatweel, U+0640).

From Unicode's Default_Ignorable_Code_Point, without the fillers of Hangul, which are letters."""

MARKS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
"""As a class: the blocks of combining marks that belong to no script of their own, where they do not make a letter."""

LOOK_LIKE = {
    # Cyrillic, capitals where only they look alike; then Greek and Armenian
    "а": "a", "А": "a", "В": "b", "Ь": "b", "с": "c", "С": "c", "ԁ": "d", "е": "e", "Е": "e", "ё": "e", "Ё": "e",
    "ԍ": "g", "Ԍ": "g", "һ": "h", "Һ": "h", "Н": "h", "і": "i", "І": "i", "ї": "i", "Ї": "i", "ј": "j", "Ј": "j",
    "к": "k", "К": "k", "ӏ": "l", "Ӏ": "l", "М": "m", "о": "o", "О": "o", "р": "p", "Р": "p", "ԛ": "q", "Ԛ": "q",
    "ѕ": "s", "Ѕ": "s", "Т": "t", "ѵ": "v", "Ѵ": "v", "ԝ": "w", "Ԝ": "w", "х": "x", "Х": "x", "у": "y", "У": "y",
    "ү": "y", "Ү": "y",
    "α": "a", "Α": "a", "Β": "b", "ϲ": "c", "Ϲ": "c", "ε": "e", "Ε": "e", "Η": "h", "ι": "i", "Ι": "i", "ϳ": "j",
    "Ϳ": "j", "κ": "k", "Κ": "k", "Μ": "m", "η": "n", "Ν": "n", "ο": "o", "Ο": "o", "ρ": "p", "Ρ": "p", "τ": "t",
    "Τ": "t", "υ": "u", "ν": "v", "ω": "w", "χ": "x", "Χ": "x", "γ": "y", "Υ": "y", "Ζ": "z",
    "հ": "h", "ո": "n", "օ": "o", "Օ": "o", "ս": "u", "Տ": "s", "ց": "g", "զ": "q", "Լ": "l",
}  # fmt: skip
"""Letters of other alphabets that a Latin one is mistaken for, where a word mixes both. A choice from the confusables
of Unicode (UTS #39), and the shapes of capitals and of hand-written type (ε, ω, γ) that people use."""

_ALIKE = str.maketrans(LOOK_LIKE)

PLAINLY = {
    **dict.fromkeys("’‘ʼ´", "'"), "ı": "i", "ɑ": "a", "ɡ": "g", "™": " ", "℠": " ",
    **{lookup(f"LATIN LETTER SMALL CAPITAL {letter}"): letter.lower() for letter in "ABCDEFGHIJKLMNOPQRSTUVWYZ"},
}  # fmt: skip
"""Characters that stand for others, which no form of Unicode's says or says rightly: one apostrophe, one letter i (in
capitals nobody can tell the Turkish ones apart), Latin letters in the shape of others. A trade mark is no part of a
name."""

_PLAINLY = re.compile(f"[{SHOWS_NOTHING}{''.join(PLAINLY)}\ud800-\udfff]")
_MARK = re.compile(f"[{MARKS}]")
_MARKED = re.compile(rf"\w[\w{MARKS}]*|[{MARKS}]")
_OTHERS = "\u0370-\u058f"  # the blocks of Greek, Cyrillic and Armenian
_LATIN = re.compile("[A-Za-z]")
_OTHER = re.compile(f"[{_OTHERS}]")
_LETTERS = re.compile(f"[A-Za-z{_OTHERS}]+")


def folded(text: str) -> str:
    """Fold a text of any content, in time linear in its length; one in ASCII is only put in lower case."""
    if text.isascii():
        return " ".join(text.lower().split())
    text = normalize("NFKC", _PLAINLY.sub(_plainly, text))
    if _MARK.search(text):
        text = _MARKED.sub(_unmarked, text)
    if _OTHER.search(text) and _LATIN.search(text):
        text = _LETTERS.sub(_of_one_alphabet, text)
    return " ".join(text.casefold().replace("i\u0307", "i").split())


def _plainly(found: re.Match[str]) -> str:
    return PLAINLY.get(found[0], "")


def _unmarked(found: re.Match[str]) -> str:
    """Take the heaped marks off a word; where a Latin word remains without any, those that make letters as well."""
    word = found[0]
    if not _MARK.search(word):
        return word
    bare = _MARK.sub("", normalize("NFD", word))
    return bare if bare.isascii() else _MARK.sub("", word)


def _of_one_alphabet(found: re.Match[str]) -> str:
    """Write a word that mixes alphabets in Latin letters, where every letter of it looks like one."""
    word = found[0]
    if word.isascii() or not _LATIN.search(word):
        return word
    latin = word.translate(_ALIKE)
    return latin if latin.isascii() else word
