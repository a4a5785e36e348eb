"""Which frames are kept: posts that name a watched service, every edit, every deletion. Pure.

A stream brings 25 posts a second and, replayed, ten thousand; one in some hundreds names a service. Names are looked
for twice: by one word of each in the text as it stands, which costs nothing, and then, where one is found, in full.
Whether a name means the service is judged later, by `detect`: here only nothing may be lost.
"""

import itertools
import re
from collections.abc import Callable, Iterable

import ahocorasick_rs as ahocorasick
import msgspec

from ingest.hostile import one_line
from ingest.sources import atrecord
from ingest.sources.jetstream.frames import Change, Said, Seen, Unreadable, Wire, without_dids
from ingest.watchlist import Watchlist

MOST_UNREADABLE = 100
"""Frames of another shape that are kept until they are taken; more say nothing new."""

REMEMBERED = 20_000
"""Changes kept that are known again when they come again: a reconnect repeats seconds, not hours."""

_MOST_VARIANTS = 81


Kept = Change | Unreadable


class Names:
    """Everything the watched services are called, ready to be searched for."""

    def __init__(self, watchlist: Watchlist) -> None:
        aliases = {_folded(alias) for service in watchlist.services.values() for alias in service.aliases}
        words = {variant for alias in aliases for variant in _variants(_longest_word(alias))}
        self.find = _automaton(words).find_matches_as_indexes
        self._find_whole = _automaton(aliases).find_matches_as_indexes

    def named_in(self, text: str) -> bool:
        """Say whether a name stands in a text, however it is typed, and not as a part of a longer word."""
        folded = _folded(text)
        found = self._find_whole(folded, overlapping=True)
        return any(not _runs_on(folded, start) and not _runs_on(folded, end) for _, start, end in found)


def _folded(text: str) -> str:
    # As `detect` folds what it judges: nothing that it would find may be left out here.
    text = text.casefold()
    if not text.isascii():
        text = text.replace("ı", "i").replace("i̇", "i").replace("’", "'")
    return " ".join(text.split())


def _longest_word(alias: str) -> str:
    """Of a name of several words the one to look for first: between words people type all kinds of spaces."""
    return max(re.split(r"[\s']+", alias), key=len)


def _variants(word: str) -> set[str]:
    """A folded word as it can stand in a text in lower case: Turkish has two letters i, and lower İ is two."""
    parts = word.split("i")
    if 3 ** (len(parts) - 1) > _MOST_VARIANTS:
        return {word}
    joints = itertools.product(("i", "ı", "i̇"), repeat=len(parts) - 1)
    return {"".join(itertools.chain(*zip(parts, (*joint, ""), strict=True))) for joint in joints}


def _automaton(words: set[str]) -> ahocorasick.AhoCorasick:
    return ahocorasick.AhoCorasick(sorted(words), store_patterns=False, implementation=ahocorasick.Implementation.DFA)


def _runs_on(text: str, at: int) -> bool:
    """Say whether a Latin word runs on across `at`; beside a letter of another script one may begin or end."""
    return 0 < at < len(text) and all(letter.isascii() and letter.isalnum() for letter in text[at - 1 : at + 1])


def _both(unpacked: Callable[[bytes], bytes], seen: Callable[[bytes], Seen]) -> Callable[[bytes], Seen]:
    return lambda frame: seen(unpacked(frame))


class Sieve:
    """What of a run's frames is kept. One for a run, used by one thread."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.kept: list[Kept] = []
        self.last: Seen | None = None
        self.unreadable = 0
        self._recent: set[tuple[str, str, str, str]] = set()
        self._before: set[tuple[str, str, str, str]] = set()

    def take(self) -> list[Kept]:
        """Hand over what was kept since the last time."""
        kept, self.kept, self.unreadable = self.kept, [], 0
        return kept

    def sift(self, frames: Iterable[bytes], wire: Wire, unpacked: Callable[[bytes], bytes] | None) -> None:
        """Keep what matters of the frames; `unpacked` decompresses one. `last` is the last that could be read.

        Raises ServerSaid where a frame is the server's farewell, and what `frames` and `unpacked` raise; what came
        before it is kept.
        """
        seen, find = wire.seen if unpacked is None else _both(unpacked, wire.seen), self.names.find
        last = self.last = None
        try:
            # Nearly every frame takes the first way out: this is the hot path, and so it is not neat.
            for frame in frames:
                try:
                    message = seen(frame)
                except (ValueError, RecursionError):
                    self._odd(frame if unpacked is None else unpacked(frame), wire)
                    continue
                body = message.payload
                said = body.record
                if said is not None and body.operation == "create":
                    last = message
                    if not find(said.text.lower()) and (said.embed is None or not self._titled(said)):
                        continue
                    if not self.names.named_in(said.text) and not self._titled(said):
                        continue
                self._whole(frame if unpacked is None else unpacked(frame), wire)
                # Not the server's notices, nor its farewell: they bear no time.
                last = message if wire.timed(message) else last
        finally:
            self.last = last

    def _titled(self, said: Said) -> bool:
        """Say whether the title of the link that hangs on a post bears a name."""
        card = said.embed
        external = card and (card.external or (card.media and card.media.external))
        return bool(external and self.names.find(external.title.lower()) and self.names.named_in(external.title))

    def _whole(self, frame: bytes, wire: Wire) -> None:
        try:
            change = wire.whole(frame)
        except (ValueError, RecursionError) as error:
            self._unread(frame, error)
            return
        if change is not None:
            self._keep(change)

    def _odd(self, frame: bytes, wire: Wire) -> None:
        """A frame that the hot path cannot read: a post with a part of another shape, or no frame at all."""
        try:
            change = wire.whole(frame)
            said = atrecord.read(msgspec.json.decode(change.record)) if change and change.record else None
        except (ValueError, RecursionError) as error:
            # A post without a text, if it names nobody, is nobody's loss; every other frame must be readable.
            if b'"record"' not in frame or self.names.named_in(frame.decode("utf-8", "replace")):
                self._unread(frame, error)
            return
        if change is not None and (change.operation != "create" or said is None or self._says(said)):
            self._keep(change)

    def _keep(self, change: Change) -> None:
        if not (change.account and change.account.active) and not self._known(change):
            self.kept.append(change)

    def _says(self, said: atrecord.Record) -> bool:
        return self.names.named_in(said.text) or self.names.named_in(said.title)

    def _unread(self, frame: bytes, error: Exception) -> None:
        self.unreadable += 1
        if self.unreadable <= MOST_UNREADABLE:
            shown = without_dids(frame[:2000].decode("utf-8", "replace"))
            self.kept.append(Unreadable(one_line(str(error)), one_line(shown)))

    def _known(self, change: Change) -> bool:
        key = change.key
        if key in self._recent or key in self._before:
            return True
        if len(self._recent) >= REMEMBERED:
            self._before, self._recent = self._recent, set()
        self._recent.add(key)
        return False
