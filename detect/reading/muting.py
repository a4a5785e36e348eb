"""Whom the watchlist mutes: read and judged like everybody, and never counted. Pure."""

from collections.abc import Callable, Iterable

import msgspec

from ingest.records import hashed_key
from ingest.watchlist import Mute


class Muted(msgspec.Struct, frozen=True):
    """Accounts by `author_key` or by person, and (platform, place) pairs, the place in folded case."""

    keys: frozenset[int] = frozenset()
    places: frozenset[tuple[str, str]] = frozenset()

    def mutes(self, platform: str, place: str, author_key: int | None) -> bool:
        """Say whether a post that stands there and is by this author is muted."""
        if (platform, place.casefold()) in self.places:
            return True
        if not self.keys or author_key is None:
            return False
        return author_key in self.keys or person(author_key) in self.keys


def prepare(mute: Mute, key_of: Callable[[str, str], int]) -> Muted:
    """Make what a post is looked up in; `key_of` gives the author key of a handle on a platform."""
    by_handle = (key_of(platform, handle) for platform, handles in mute.authors.items() for handle in handles)
    places = ((platform, place.casefold()) for platform, listed in mute.places.items() for place in listed)
    return Muted(frozenset([*mute.keys, *by_handle]), frozenset(places))


def person(author_key: int) -> int:
    """Make the one-way token under which judgements know an author: it outlives the author key, and leads to nobody."""
    return hashed_key("person", str(author_key))


def people(author_keys: Iterable[int | None], post_keys: Iterable[int]) -> list[int]:
    """Make the tokens of the authors of posts; a post whose author is not known is a person of its own."""
    return [
        hashed_key("post", str(post)) if author is None else person(author)
        for author, post in zip(author_keys, post_keys, strict=True)
    ]
