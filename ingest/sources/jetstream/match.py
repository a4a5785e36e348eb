"""Which frames are kept: posts that name a watched service, every edit, every deletion. Pure.

A stream brings 25 posts a second and, replayed, ten thousand; one in some hundreds names a service. Names are looked
for twice: by clues in the text as it stands (`clues`), which costs nothing, and then, where one is found, in full.
Where Hyperscan is installed (the extra `fast`), frames are first looked through undecoded (`scan`), with the same
outcome. Whether a name means the service is judged later, by `detect`: here only nothing may be lost.
"""

from collections.abc import Callable, Iterable, Iterator

import ahocorasick_rs as ahocorasick
import msgspec

from ingest.clues import clues
from ingest.folding import folded
from ingest.hostile import one_line
from ingest.sources import atrecord
from ingest.sources.jetstream import scan
from ingest.sources.jetstream.frames import Change, Seen, Unreadable, Wire, title_on, without_dids
from ingest.watchlist import Watchlist

MOST_UNREADABLE = 100
"""Frames of another shape that are kept until they are taken; more say nothing new."""

REMEMBERED = 20_000
"""Changes kept that are known again when they come again: a reconnect repeats seconds, not hours."""

FEW = 32
"""Frames that are decoded sooner than scanned together: a stream that is followed live brings no more at once."""

Kept = Change | Unreadable


class Names:
    """Everything the watched services are called, ready to be searched for."""

    def __init__(self, watchlist: Watchlist) -> None:
        aliases = frozenset(folded(alias) for service in watchlist.services.values() for alias in service.aliases)
        self.clues = clues(aliases)
        self.find = _automaton(self.clues).find_matches_as_indexes
        # Few strings, of which any one will do: searched for many letters at a time.
        self.find_in_ascii = ahocorasick.AhoCorasick(
            sorted(filter(str.isascii, self.clues)), ahocorasick.MatchKind.LeftmostFirst, store_patterns=False
        ).find_matches_as_indexes
        self._find_whole = _automaton(aliases).find_matches_as_indexes

    def named_in(self, text: str) -> bool:
        """Say whether a name stands in a text, however it is typed, and not as a part of a longer word."""
        said = folded(text)
        found = self._find_whole(said, overlapping=True)
        return any(not _runs_on(said, start) and not _runs_on(said, end) for _, start, end in found)


def _automaton(words: frozenset[str]) -> ahocorasick.AhoCorasick:
    return ahocorasick.AhoCorasick(sorted(words), store_patterns=False, implementation=ahocorasick.Implementation.DFA)


def _runs_on(text: str, at: int) -> bool:
    """Say whether a Latin word runs on across `at`; beside a letter of another script one may begin or end."""
    return 0 < at < len(text) and all(letter.isascii() and letter.isalnum() for letter in text[at - 1 : at + 1])


def _both(unpacked: Callable[[bytes], bytes], seen: Callable[[bytes], Seen]) -> Callable[[bytes], Seen]:
    return lambda frame: seen(unpacked(frame))


class Sieve:
    """What of a run's frames is kept. One for a run, used by one thread.

    `scanner` looks through frames undecoded; None where it is not installed.
    """

    def __init__(self, names: Names) -> None:
        self.names = names
        self.scanner = scan.scanner(names.clues)
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
        if self.scanner is None:
            self._sift(frames, wire, unpacked)
            return
        batch: list[bytes] = []
        try:
            batch.extend(frames if unpacked is None else map(unpacked, frames))
        finally:
            self._scan(batch, wire, self.scanner)

    def _scan(self, batch: list[bytes], wire: Wire, scanner: scan.Scanner) -> None:
        """Sift only those of a batch of frames that show anything."""
        if len(batch) < FEW:
            self._sift(batch, wire, None)
            return
        reached = len(batch)

        def shown() -> Iterator[bytes]:
            nonlocal reached
            for reached in scanner.showing(batch):
                yield batch[reached]
            reached = len(batch)

        try:
            self._sift(shown(), wire, None)
        finally:
            # Nearly always the first that is looked at.
            readable = (self._read(frame, wire) for frame in reversed(batch[:reached]))
            self.last = next((message for message in readable if message is not None), None)

    def _read(self, frame: bytes, wire: Wire) -> Seen | None:
        try:
            message = wire.seen(frame)
        except (ValueError, RecursionError):
            return None
        body = message.payload
        told = (body.record is not None and body.operation == "create") or wire.timed(message)
        return message if told else None

    def _sift(self, frames: Iterable[bytes], wire: Wire, unpacked: Callable[[bytes], bytes] | None) -> None:
        seen, names = wire.seen if unpacked is None else _both(unpacked, wire.seen), self.names
        find, find_in_ascii, last = names.find, names.find_in_ascii, None
        self.last = None
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
                    text, card = said.text, said.embed
                    if card is not None and (card.external is not None or card.media is not None):
                        text = f"{text}\n{title_on(card)}"
                    if not (find_in_ascii(text.lower()) if text.isascii() else find(text.lower())):
                        continue
                    if not names.named_in(said.text) and (card is None or not names.named_in(title_on(card))):
                        continue
                self._whole(frame if unpacked is None else unpacked(frame), wire)
                # Not the server's notices, nor its farewell: they bear no time.
                last = message if wire.timed(message) else last
        finally:
            self.last = last

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
