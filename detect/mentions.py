"""Which posts speak of which service: by a name in the text, or by the place where they stand. Pure.

A place speaks for its service as long as the text names no other one: "ChatGPT is down too" in r/ClaudeAI is about
OpenAI, and about Claude only where Claude is named beside it.
"""

import re
from typing import Literal

import msgspec

from ingest.watchlist import Watchlist

By = Literal["alias", "place"]


class Mention(msgspec.Struct, frozen=True):
    """A service that a post speaks of, how we know, and where its name ends in the folded text (-1 by place)."""

    service: str
    by: By
    at: int = -1


class Names(msgspec.Struct, frozen=True):
    """Everything watched services are called, ready to be searched for; made once by `prepare`."""

    watchlist: Watchlist
    pattern: re.Pattern[str]
    cancel: re.Pattern[str] | None
    service_of: dict[str, str]


def folded(text: str) -> str:
    """Fold case and white space, so that a name or a phrase is found however it is typed."""
    return " ".join(text.replace("’", "'").casefold().split())


def prepare(watchlist: Watchlist) -> Names:
    """Make one expression of every alias, longest first, and one of what cancels an alias."""
    service_of = {folded(alias): name for name, service in watchlist.services.items() for alias in service.aliases}
    cancels = [folded(word) for service in watchlist.services.values() for word in service.not_aliases]
    return Names(watchlist, _words(service_of), _words(cancels) if cancels else None, service_of)


def _words(words: dict[str, str] | list[str]) -> re.Pattern[str]:
    """Match whole words where the script has spaces; anywhere where it has none."""
    ordered = sorted(words, key=len, reverse=True)
    spaced = "|".join(re.escape(word) for word in ordered if word.isascii() or not _unspaced(word))
    unspaced = "|".join(re.escape(word) for word in ordered if not word.isascii() and _unspaced(word))
    parts = [rf"(?<![^\W_])(?:{spaced})(?![^\W_])"] if spaced else []
    return re.compile("|".join([*parts, *([unspaced] if unspaced else [])]))


def _unspaced(word: str) -> bool:
    # Chinese, Japanese, and Korean, whose particles stick to the noun.
    return any("\u3040" <= letter <= "\u9fff" or "\uac00" <= letter <= "\ud7a3" for letter in word)


def tag(text: str, platform: str, place: str, names: Names) -> tuple[Mention, ...]:
    """Name the services a post speaks of. `text` must be `folded`."""
    searched = names.cancel.sub(lambda found: " " * len(found[0]), text) if names.cancel else text
    named: dict[str, int] = {}
    for found in names.pattern.finditer(searched):
        named.setdefault(names.service_of[found[0]], found.end())
    if named:
        return tuple(Mention(service, "alias", at) for service, at in named.items())
    return tuple(Mention(service, "place") for service in names.watchlist.services_at(platform, place))
