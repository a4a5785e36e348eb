"""Load a file of one's own: told apart by content, read as a stream, saved whole or not at all.

One transaction a file: a program that is killed, a disk that is full or a file that ends in the middle leaves the
database as it was, and the next run does it all.
"""

import csv
import gzip
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Literal

import duckdb
import msgspec

from ingest import lines, store
from ingest.authors import AuthorKeys
from ingest.errors import ConfigError, IngestError
from ingest.hostile import masked, one_line
from ingest.records import Fact, Facts, Incident, Post, Pull, Reject, Volume, Window
from ingest.times import parse_option
from ingest.watchlist import Watchlist

BATCH = 50_000
"""Lines that are parsed before they are written: large enough for DuckDB, small enough for memory."""

LONGEST_LINE = 1_000_000
"""Bytes of a line that is still read: a post ends at 40,000 characters, an incident at about 30 messages."""

REJECTS_PER_FILE = 1_000
"""Rejects that are kept of one file: enough to see what is wrong with it; the rest is counted."""

FileKind = Literal["posts", "volumes", "incidents"]
Stream = tuple[str, str, str | None]
"""What coverage is said of: platform, target, and the service where it is one service's."""


class Loaded(msgspec.Struct, frozen=True):
    """What loading one file came to. `spans` holds, per stream, the first and last instant found in it."""

    path: Path
    kind: FileKind
    facts: int
    new: int
    rejected: int
    first_reject: str | None
    spans: dict[Stream, tuple[datetime, datetime]]
    covered: int
    blocks: tuple[str, ...]


class _Reader(msgspec.Struct):
    """Where the reading of one file stands."""

    path: Path
    kind: FileKind
    keys: AuthorKeys
    watchlist: Watchlist
    seen_at: datetime
    rejected: int = 0
    first_reject: str | None = None
    rejects: list[Reject] = []
    spans: dict[Stream, tuple[datetime, datetime]] = {}
    blocks: dict[str, str] = {}

    def facts(self, numbered: list[tuple[int, bytes]], header: list[str]) -> list[Fact]:
        """Parse a batch of lines; what cannot be read is noted as a reject."""
        found = []
        for number, line in numbered:
            try:
                fact = self._fact(line, header)
            except ValueError as error:
                self.reject(number, str(error), line)
            else:
                found.append(fact)
                self._span(fact)
        return found

    def _fact(self, line: bytes, header: list[str]) -> Fact:
        if len(line) > LONGEST_LINE:
            raise ValueError(f"the line has {len(line):,} bytes; {LONGEST_LINE:,} are read at most")
        if self.kind == "posts":
            return lines.post(line, self.keys)
        fact: Incident | Volume
        if self.kind == "incidents":
            fact = lines.incident(line)
        else:
            row = next(csv.reader([line.decode("utf-8").replace("\0", "")], strict=True))
            if len(row) != len(header):
                raise ValueError(f"{len(row)} fields where the header has {len(header)}")
            fact = lines.volume(dict(zip(header, row, strict=True)))
        if fact.service not in self.watchlist.services:
            try:
                self.watchlist.require(fact.service)
            except ConfigError as error:
                self.blocks.setdefault(fact.service, str(error))
                raise ValueError(f"service {one_line(fact.service, 40)!r} is not on the watchlist") from None
        return fact

    def reject(self, number: int, reason: str, line: bytes) -> None:
        """Note a line that cannot be read."""
        self.rejected += 1
        reason = one_line(reason)
        self.first_reject = self.first_reject or f"line {number}: {reason}"
        if len(self.rejects) < REJECTS_PER_FILE:
            excerpt = masked(line[:1000].decode("utf-8", "replace"))
            self.rejects.append(Reject("file", f"{self.path.name}, line {number}", reason, excerpt, self.seen_at))

    def _span(self, fact: Fact) -> None:
        stream: Stream
        if isinstance(fact, Post):
            stream, first, last = (fact.platform, fact.place, None), fact.claimed_at, fact.claimed_at
        elif isinstance(fact, Incident):
            times = [update.created_at for update in fact.updates]
            stream, first, last = ("status", f"{fact.service}/page", fact.service), min(times), max(times)
        elif isinstance(fact, Volume):
            stream = (fact.platform, f"{fact.place}:{fact.query}", fact.service)
            first, last = fact.window.start, fact.window.end
        else:
            return
        known = self.spans.get(stream)
        self.spans[stream] = (min(first, known[0]), max(last, known[1])) if known else (first, last)


def parse_covered(text: str) -> Window | None:
    """Read `FROM/TO`, or `all` as None. Raises ConfigError for anything else."""
    if text.strip().lower() == "all":
        return None
    start, slash, end = text.partition("/")
    try:
        if not slash:
            raise ValueError
        return Window(parse_option(start), parse_option(end))
    except ValueError:
        raise ConfigError(f"--covered {one_line(text, 80)!r} is not FROM/TO with TO after FROM, nor `all`") from None


def load_file(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    *,
    keys: AuthorKeys,
    watchlist: Watchlist,
    now: datetime,
    covered: str | None = None,
    on_progress: Callable[[int, float], None] = lambda read, share: None,
) -> Loaded:
    """Load one file in one transaction.

    `covered` is `FROM/TO`, `all`, or None for "nobody vouches for it"; `on_progress` is told the lines read and the
    share of the file, 0 to 1. Raises IngestError where the file is missing, of no known kind, or ends in the middle:
    then nothing of it is saved.
    """
    span = parse_covered(covered) if covered else None
    with _Opened(path) as (raw, text):
        kind, header = _kind_of(path, text)
    reader = _Reader(path, kind, keys, watchlist, now)
    total = max(path.stat().st_size, 1)
    with _Opened(path) as (raw, text), store.transaction(connection):
        pull_id = store.next_pull_id(connection)
        facts = new = read = 0
        for batch in _batches(path, text, skip_header=kind == "volumes"):
            read += len(batch)
            found = reader.facts(batch, header)
            facts += len(found)
            new += store.save_facts(connection, _sorted_by_kind(found), pull_id, now)
            on_progress(read, min(raw.tell() / total, 1.0))
        store.save_facts(connection, Facts(rejects=tuple(reader.rejects)), pull_id, now)
        rows = _ledger(reader, span, facts, now, everything=covered is not None)
        for number, pull in enumerate(rows):
            row_id = pull_id if number == 0 else store.next_pull_id(connection)
            first = number == 0
            store.save_pull(connection, pull, row_id, new=new if first else 0, rejected=reader.rejected if first else 0)
    return Loaded(
        path, kind, facts, new, reader.rejected, reader.first_reject, reader.spans,
        len(rows) if covered else 0, tuple(reader.blocks.values()),
    )  # fmt: skip


def _ledger(reader: _Reader, span: Window | None, facts: int, now: datetime, *, everything: bool) -> list[Pull]:
    """One row for the file, and one for each further stream that was looked at."""
    rows: list[Pull] = []
    for (platform, target, service), (first, last) in sorted(reader.spans.items(), key=str):
        # The last instant is inside: half-open windows end just after it.
        whole = Window(first, last + timedelta(seconds=1))
        rows.append(
            Pull(
                source="file", platform=platform, target=target, service=service, asked=whole,
                covered=(span or whole) if everything else None, fetched=0 if rows else facts,
                started_at=now, ended_at=now,
            )
        )  # fmt: skip
    if rows:
        return rows
    return [
        Pull(
            source="file", platform="file", target=reader.path.name, service=None, asked=None, covered=None, fetched=0,
            started_at=now, ended_at=now, error="no line of the file could be read",
        )
    ]  # fmt: skip


def _sorted_by_kind(found: list[Fact]) -> Facts:
    return Facts(
        posts=tuple(fact for fact in found if isinstance(fact, Post)),
        volumes=tuple(fact for fact in found if isinstance(fact, Volume)),
        incidents=tuple(fact for fact in found if isinstance(fact, Incident)),
    )


class _Opened:
    """A file, unpacked where it is gzip by its first bytes, and the raw file that tells how far it is read."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> tuple[BinaryIO, BinaryIO]:
        try:
            self._raw: BinaryIO = self._path.open("rb")
        except OSError as error:
            raise IngestError(f"{self._path}: {error.strerror}; name a JSONL or CSV file") from None
        packed = self._raw.read(2) == b"\x1f\x8b"
        self._raw.seek(0)
        unpacked = gzip.GzipFile(fileobj=self._raw) if packed else self._raw
        return self._raw, unpacked  # type: ignore[return-value]  # GzipFile is one in all but name

    def __exit__(self, *raised: object) -> None:
        self._raw.close()


def _batches(path: Path, text: BinaryIO, *, skip_header: bool) -> Iterator[list[tuple[int, bytes]]]:
    batch: list[tuple[int, bytes]] = []
    for number, line in _numbered(path, text):
        if line.strip() and not (skip_header and number == 1):
            batch.append((number, line))
        if len(batch) >= BATCH:
            yield batch
            batch = []
    yield batch


def _numbered(path: Path, text: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Read line by line, never more than `LONGEST_LINE` of one line at once."""
    number = 0
    try:
        while line := text.readline(LONGEST_LINE + 1):
            number += 1
            while not line.endswith(b"\n") and (rest := text.readline(LONGEST_LINE)):
                line = line[:LONGEST_LINE] + b"+" if not rest.endswith(b"\n") else line[:LONGEST_LINE] + b"+\n"
            yield number, line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise IngestError(
            f"{path}: the packed file is damaged or ends in the middle, after line {number} ({error}); nothing of it "
            "was saved. Fetch it again"
        ) from None


def _kind_of(path: Path, text: BinaryIO) -> tuple[FileKind, list[str]]:
    """Tell the kind by the first line that has one."""
    checked = 0
    for _, line in _numbered(path, text):
        if not line.strip():
            continue
        checked += 1
        header = [name.strip().lower() for name in line.decode("utf-8", "replace").split(",")]
        if set(lines.VOLUME_HEADER.split(",")) <= set(header):
            return "volumes", header
        try:
            fields = msgspec.json.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            fields = None
        if isinstance(fields, dict) and "post_id" in fields:
            return "posts", []
        if isinstance(fields, dict) and "updates" in fields:
            return "incidents", []
        if checked >= 1000:
            break
    what = "no line of it is" if checked else "it is empty; a line should be"
    raise IngestError(
        f"{path}: {what} a post (post_id, platform, place, posted_at, text), an official incident (id, updates) or a "
        f"CSV headed {lines.VOLUME_HEADER}; see README, files of your own"
    )
