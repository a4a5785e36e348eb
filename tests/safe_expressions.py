"""Regular expressions that are safe by construction: what makes one take more than linear time, read off its parts."""

import re
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

MANY = 100
"""A repeat of at most so many letters costs a constant."""

LETTERS = [*map(chr, range(0x250)), *"αβадеё٣अกが、！？：。「」“”«»一가ﬁＡ🌞\u0300\u2028\u200b\ud800"]
"""Letters by which two sets are told apart."""


ONE = (codes.LITERAL, codes.NOT_LITERAL, codes.IN, codes.ANY)
"""Parts that are a single letter."""


def fault(expression: re.Pattern[str], *, anchored: bool = False) -> str | None:
    """Say why an expression may take more than linear time on a text; None where it cannot.

    A repeat without a bound is of single letters. What may follow it shares none of them, so that no text is parted in
    two ways; and it is the last, or what stands before it is none of its letters, so that a search that fails does not
    begin again within the same stretch. `anchored` is one that is tried at the beginning of a text alone.
    """
    before = [(codes.AT, codes.AT_BEGINNING_STRING)] if anchored else []
    return _fault(list(parser.parse(expression.pattern, expression.flags)), before, [], expression.flags)


def _fault(nodes: list[Any], before: list[Any], after: list[Any], flags: int) -> str | None:
    for number, (code, told) in enumerate(nodes):
        left, right = [*before, *nodes[:number]], [*nodes[number + 1 :], *after]
        if code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            _, most, body = told
            problem = (
                _of_repeat(list(body), left, right, flags) if most > MANY else _fault(list(body), left, right, flags)
            )
        elif code is codes.SUBPATTERN:
            problem = _fault(list(told[-1]), left, right, flags)
        elif code is codes.BRANCH:
            problem = next(filter(None, (_fault(list(way), left, right, flags) for way in told[1])), None)
        elif code in (codes.ASSERT, codes.ASSERT_NOT):
            problem = _fault(list(told[1]), [], [], flags)
        else:
            problem = None
        if problem:
            return problem
    return None


def _of_repeat(body: list[Any], left: list[Any], right: list[Any], flags: int) -> str | None:
    if len(body) != 1 or body[0][0] not in ONE:
        return "a repeat of more than single letters"
    letters = _letters(body[0], flags)
    if _succeeds_at_the_end(right, letters, flags):
        return None
    follow, may_be_nothing = _first(right, flags)
    if letters & follow:
        return "what follows a repeat may be a part of it"
    if may_be_nothing:
        return None
    return None if _stands_apart(left, letters, flags) else "a search begins again within a repeat"


def _succeeds_at_the_end(right: list[Any], letters: set[str], flags: int) -> bool:
    """Say whether a repeat that goes on as far as it can must then match: at the end of its line, or of the text."""
    missing = set(LETTERS) - letters
    if not right:
        return True
    code, told = right[0]
    if code is codes.AT:
        return told is codes.AT_END and bool(flags & re.MULTILINE) and missing <= {"\n"}
    return code is codes.BRANCH and not missing and [(codes.AT, codes.AT_END_STRING)] in map(list, told[1])


def _stands_apart(left: list[Any], letters: set[str], flags: int) -> bool:
    """Say whether what stands before a repeat is never one of its letters."""
    if not left:
        return False
    code, told = left[-1]
    if code is codes.AT:
        return told is codes.AT_BEGINNING_STRING or (
            told is codes.AT_BEGINNING and ("\n" not in letters or not flags & re.MULTILINE)
        )
    if code is codes.BRANCH:
        return all(_stands_apart(list(way), letters, flags) for way in told[1])
    if code is codes.SUBPATTERN:
        return _stands_apart(list(told[-1]), letters, flags)
    if code in (codes.MAX_REPEAT, codes.MIN_REPEAT):
        return told[0] > 0 and _stands_apart(list(told[2]), letters, flags)
    return code in ONE and not (_letters(left[-1], flags) & letters)


def _first(nodes: list[Any], flags: int) -> tuple[set[str], bool]:
    """The letters that may come first, and whether nothing at all may come."""
    found: set[str] = set()
    for number, (code, told) in enumerate(nodes):
        if code in ONE:
            return found | _letters((code, told), flags), False
        if code in (codes.ASSERT, codes.ASSERT_NOT):
            return found | _first(nodes[number + 1 :], flags)[0], False  # it may fail and take nothing
        if code is codes.AT:
            if told is codes.AT_END and flags & re.MULTILINE:
                return found | {"\n"}, False
            continue
        if code is codes.BRANCH:
            ways = [_first(list(way), flags) for way in told[1]]
            inner, empty = set().union(*(way[0] for way in ways)), any(way[1] for way in ways)
        elif code is codes.SUBPATTERN:
            inner, empty = _first(list(told[-1]), flags)
        else:
            inner, empty = _first(list(told[2]), flags)
            empty = empty or told[0] == 0
        found |= inner
        if not empty:
            return found, False
    return found, True


def _letters(node: Any, flags: int) -> set[str]:
    return {letter for letter in LETTERS if _is(node, letter, flags)}


def _is(node: Any, letter: str, flags: int) -> bool:
    code, told = node
    forms = {letter, letter.lower(), letter.upper()} if flags & re.IGNORECASE else {letter}
    if code is codes.LITERAL:
        return chr(told) in forms
    if code is codes.NOT_LITERAL:
        return chr(told) not in forms
    if code is codes.ANY:
        return bool(flags & re.DOTALL) or letter != "\n"
    negated = told[0][0] is codes.NEGATE
    return negated != any(_in(one, forms) for one in told if one[0] is not codes.NEGATE)


def _in(one: Any, forms: set[str]) -> bool:
    code, told = one
    if code is codes.LITERAL:
        return chr(told) in forms
    if code is codes.RANGE:
        return any(told[0] <= ord(form) <= told[1] for form in forms if len(form) == 1)
    known = {codes.CATEGORY_DIGIT: r"\d", codes.CATEGORY_SPACE: r"\s", codes.CATEGORY_WORD: r"\w"}
    other = {codes.CATEGORY_NOT_DIGIT: r"\D", codes.CATEGORY_NOT_SPACE: r"\S", codes.CATEGORY_NOT_WORD: r"\W"}
    return any(re.fullmatch((known | other)[told], form) for form in forms)
