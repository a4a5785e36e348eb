"""Which posts speak of which service: by a name in the text, or by the place where they stand. Pure.

A name outweighs a place, but the place is never forgotten: "ChatGPT is down" in r/ClaudeAI speaks of OpenAI by alias
and of Claude by place. What is said there is then said of the service that is named (`about`), and the row about Claude
holds no complaint. Without any name the service of the place is meant: half of real complaints name none.
"""

import re
from typing import Literal

import ahocorasick_rs as ahocorasick
import msgspec

from ingest import folding
from ingest.watchlist import Watchlist

By = Literal["alias", "place"]

folded = folding.folded
"""As every text, name and phrase is folded before one is looked for in another: see `ingest.folding`."""

_JOINED = re.compile(
    r"[\s,/&+、]*(?:(?:and|or|nor|und|oder|y|e|et|i|и|та|en|ve|và|dan|और|و|和|跟|と|랑|하고)[\s,/&+、]*)?"
)
"""What may stand between names that are spoken of together, as in "claude, gemini and chatgpt are down"."""

_LONGEST_JOINT = 12
"""Characters. A thousand commas join nothing."""


class Named(msgspec.Struct, frozen=True, gc=False):
    """A name found: its service, and where it begins and ends in the folded text."""

    service: str
    start: int
    end: int


class Mention(msgspec.Struct, frozen=True, gc=False):
    """A service that a post speaks of, and how we know."""

    service: str
    by: By


class Names(msgspec.Struct, frozen=True):
    """Everything watched services are called, ready to be searched for; made once by `prepare`.

    `services` says of each of the automaton's patterns whose name it is; None where it makes a name somebody else's.
    """

    watchlist: Watchlist
    search: ahocorasick.AhoCorasick
    services: tuple[str | None, ...]


def prepare(watchlist: Watchlist) -> Names:
    """Make one automaton of every alias, and of every word that cancels one."""
    listed: list[tuple[str, str | None]] = []
    for name, service in watchlist.services.items():
        listed += [(folded(alias), name) for alias in service.aliases]
        listed += [(folded(word), None) for word in service.not_aliases]
    search = ahocorasick.AhoCorasick([word for word, _ in listed], store_patterns=False)
    return Names(watchlist, search, tuple(service for _, service in listed))


def whole(text: str, start: int, end: int) -> bool:
    """Say whether a find is whole words: no letter or digit runs on at either side, but for scripts without spaces.

    Chinese and Japanese are written without spaces, Korean particles stick to their noun: "claude가" is a whole word.
    """
    runs_in = start > 0 and _runs_on(text[start - 1]) and _runs_on(text[start])
    return not (runs_in or (end < len(text) and _runs_on(text[end]) and _runs_on(text[end - 1])))


def _runs_on(letter: str) -> bool:
    return letter.isalnum() and (letter < "\u2e80" or letter > "\ud7ff") and not "\u0e00" <= letter <= "\u0eff"


def find_names(text: str, names: Names) -> tuple[Named, ...]:
    """Find every name of a watched service in a `folded` text, in order, the longer of two that overlap."""
    found = [
        (start, end, names.services[which])
        for which, start, end in names.search.find_matches_as_indexes(text, overlapping=True)
        if whole(text, start, end)
    ]
    kept: list[Named] = []
    reached = 0
    # What cancels goes before a name of the same stretch, and takes it along.
    for start, end, service in sorted(found, key=lambda one: (one[0], -one[1], one[2] is not None)):
        if start >= reached:
            reached = end
            if service is not None:
                kept.append(Named(service, start, end))
    return tuple(kept)


def after(named: tuple[Named, ...], start: int) -> tuple[Named, ...]:
    """Keep the names that begin at `start` or later, as they stand in the text from there on."""
    if not start:
        return named
    return tuple(Named(one.service, one.start - start, one.end - start) for one in named if one.start >= start)


def nameless(text: str, named: tuple[Named, ...]) -> str:
    """Leave the names out of a text: what remains is of one language, and none of theirs."""
    parts, reached = [], 0
    for name in named:
        parts.append(text[reached : name.start])
        reached = name.end
    return " ".join([*parts, text[reached:]])


def tag(named: tuple[Named, ...], here: tuple[str, ...]) -> tuple[Mention, ...]:
    """List the services a post speaks of, once each: those `named` in it, then those its place is about (`here`)."""
    by_alias = dict.fromkeys(name.service for name in named)
    return (
        *(Mention(service, "alias") for service in by_alias),
        *(Mention(service, "place") for service in here if service not in by_alias),
    )


def about(at: int, named: tuple[Named, ...], here: tuple[str, ...], text: str, reach: int) -> tuple[str, ...]:
    """Say of which services the words that begin `at` speak: the names last before them, else the first after.

    Names that are listed together are spoken of together. Where none is named, it is the service of the place; a name
    more than `reach` characters away is not meant, unless the place is its own.
    """
    if not named:
        return here
    last = max((number for number, name in enumerate(named) if name.end <= at), default=None)
    step = 1 if last is None else -1
    number = last or 0
    away = max(at - named[number].end, named[number].start - at)
    if away > reach and named[number].service not in here:
        return ()
    meant = [named[number].service]
    while 0 <= number + step < len(named):
        near, far = sorted((number, number + step))
        between = text[named[near].end : named[far].start]
        if len(between) > _LONGEST_JOINT or not _JOINED.fullmatch(between):
            break
        number += step
        meant.append(named[number].service)
    return tuple(meant)
