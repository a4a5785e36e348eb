"""From the lines of a file to facts: which kind of file it is, told by content, and which lines cannot be read."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Literal

import msgspec

from ingest.authors import AuthorKeys
from ingest.errors import ConfigError
from ingest.files import lines
from ingest.files.linefile import LONGEST_LINE, Line, LineFile
from ingest.hostile import masked, one_line
from ingest.records import FUTURE_TOLERANCE, Incident, Post, Reject, Volume
from ingest.saying import count
from ingest.watchlist import Watchlist

LOOK_AHEAD = 1_000
"""Lines in which a file must show its kind."""

LOOK_AHEAD_BYTES = 32_000_000
"""The same for long lines, since what is looked at ahead is held in memory."""

REJECTS_PER_FILE = 1_000
"""Rejects that are kept of one file: enough to see what is wrong with it; the rest is counted."""

MOST_REASONS = 50
"""Kinds of reasons that are told apart; those of a file of noise could be as many as its lines."""

# What stands in a reason of the line's own: reasons that differ in it alone are one.
_VALUE = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|\S*\d\S*")

FileKind = Literal["posts", "volumes", "incidents"]
FileFact = Post | Volume | Incident
Parse = Callable[[bytes], FileFact]

Stream = tuple[str, str, str | None]
"""What coverage is said of: platform, target, and the service where it is one service's."""

# A person stands in such a field, whatever program wrote the line.
_NAMED = re.compile(r'("[^"]*(?:author|user|name|handle)[^"]*"\s*:\s*)"(?:[^"\\]|\\.)*"?', re.IGNORECASE)


def told_apart(file: LineFile, keys: AuthorKeys) -> tuple[FileKind, Parse, Iterator[Line]]:
    """Tell a file's kind by the first line that has one: the kind, how a line is parsed, and all lines to be parsed.

    Raises ConfigError where no line is of a kind.
    """
    held: list[Line] = []
    rest = (numbered for numbered in file.lines() if numbered[1].strip())
    for number, line in rest:
        header = _row(line.decode("utf-8", "replace").lower())
        if set(lines.VOLUME_HEADER.split(",")) <= set(header):
            return "volumes", partial(_volume, header=header), chain(held, rest)
        held.append((number, line))
        fields = _fields(line)
        if "post_id" in fields:
            return "posts", partial(lines.post, keys=keys), chain(held, rest)
        if "updates" in fields:
            return "incidents", lines.incident, chain(held, rest)
        if len(held) >= LOOK_AHEAD or sum(len(line) for _, line in held) > LOOK_AHEAD_BYTES:
            break
    what = f"none of its first {count(len(held), 'line')} is" if held else "it is empty; a line of it should be"
    raise ConfigError(
        f"{file.path}: {what} a post (post_id, platform, place, posted_at, text), an official incident (id, updates) "
        f"or the CSV header {lines.VOLUME_HEADER}; see docs/files-of-your-own.md"
    )


def stream_of(fact: FileFact) -> Stream:
    """Name the stream that a fact belongs to: a place, a query at a place, or a service's official page."""
    if isinstance(fact, Post):
        return fact.platform, fact.place, None
    if isinstance(fact, Incident):
        return "status", f"{fact.service}/page", fact.service
    return fact.platform, f"{fact.place}:{fact.query}", fact.service


class Reason(msgspec.Struct, frozen=True):
    """Why `lines` of a file could not be read, in the words of the first of them, which has this `number`."""

    says: str
    number: int
    lines: int = 0


class Reader(msgspec.Struct):
    """Turns lines into facts, and notes those that cannot be.

    `blocks` tells, by service, how to watch each one that was refused.
    """

    path: Path
    parse: Parse
    watchlist: Watchlist
    now: datetime
    rejected: int = 0
    reasons: dict[str, Reason] = {}
    rejects: list[Reject] = []
    blocks: dict[str, str] = {}

    def by_stream(self, batch: Iterable[Line]) -> dict[Stream, list[FileFact]]:
        """Read a batch of lines: the facts of each stream, in the file's order."""
        found: dict[Stream, list[FileFact]] = {}
        latest = self.now + FUTURE_TOLERANCE
        for number, line in batch:
            try:
                if len(line) > LONGEST_LINE:
                    raise ValueError(f"the line is longer than {LONGEST_LINE:,} bytes")
                fact = self.parse(line)
                if fact.seen_at is not None and fact.seen_at > latest:
                    raise ValueError(f"seen_at {fact.seen_at:%Y-%m-%dT%H:%M:%SZ} lies in the future")
                if not isinstance(fact, Post):
                    self._require_watched(fact.service)
            except ValueError as error:
                self._reject(number, str(error), line)
            else:
                found.setdefault(stream_of(fact), []).append(fact)
        return found

    def _require_watched(self, service: str) -> None:
        try:
            self.watchlist.require(service)
        except ConfigError as error:
            self.blocks.setdefault(service, str(error))
            raise ValueError(f"service {one_line(service, 40)!r} is not on the watchlist") from None

    def _reject(self, number: int, reason: str, line: bytes) -> None:
        self.rejected += 1
        kind = _VALUE.sub("…", reason)
        if kind not in self.reasons and len(self.reasons) >= MOST_REASONS:
            kind, reason = "", "other reasons"
        known = self.reasons.get(kind) or Reason(one_line(reason, 160), number)
        self.reasons[kind] = msgspec.structs.replace(known, lines=known.lines + 1)
        if len(self.rejects) < REJECTS_PER_FILE:
            excerpt = masked(_NAMED.sub(r'\1"…"', line[:1000].decode("utf-8", "replace")))
            self.rejects.append(Reject("file", f"{self.path.name}, line {number}", reason, excerpt, self.now))


def _fields(line: bytes) -> dict[str, msgspec.Raw]:
    try:
        return msgspec.json.decode(line, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return {}


def _row(line: str) -> list[str]:
    try:
        return [field.strip() for field in next(csv.reader([line], strict=True))]
    except csv.Error:
        return []


def _volume(line: bytes, header: list[str]) -> Volume:
    row = _row(line.decode("utf-8"))
    if len(row) != len(header):
        raise ValueError(f"{count(len(row), 'field')} where the header has {len(header)}")
    return lines.volume(dict(zip(header, row, strict=True)))
