"""Load a file of one's own: told apart by content, read as a stream, saved whole or not at all.

One transaction a file: a program that is killed, a disk that is full or a file that ends in the middle leaves the
database as it was, and the next run does it all.
"""

import shlex
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import msgspec

from ingest import ledger, store
from ingest.authors import AuthorKeys
from ingest.coverage import intersection, union
from ingest.errors import ConfigError, WrongOption
from ingest.files.linefile import Line, LineFile
from ingest.files.linereader import FileFact, FileKind, Reader, Reason, Stream, told_apart
from ingest.hostile import one_line
from ingest.records import Facts, Incident, Post, Pull, Volume, Window
from ingest.times import parse_option
from ingest.watchlist import Watchlist

BATCH_LINES = 50_000
"""Lines that are read before they are written: large enough for DuckDB, small enough for memory."""

BATCH_BYTES = 32_000_000
"""The same for long lines: 50,000 of 100 kB would not fit into memory."""

JUST_AFTER = timedelta(seconds=1)
"""`all` covers to a second after the last instant, which so lies inside the half-open window."""


class Loaded(msgspec.Struct, frozen=True):
    """What loading one file came to.

    `facts` could be read, `new` of them were not known, `rejected` lines could not be read, for these `reasons`, the
    most frequent first. `spans` holds, per stream, the first and the last instant (UTC, none in the future); `covered`
    counts the streams that the ledger now says were looked at; `blocks` say how to watch each service that was refused.
    """

    path: Path
    kind: FileKind
    facts: int
    new: int
    rejected: int
    reasons: tuple[Reason, ...]
    spans: dict[Stream, tuple[datetime, datetime]]
    covered: int
    blocks: tuple[str, ...]

    @property
    def lines(self) -> int:
        """How many lines there were to read, without empty ones and a CSV's header."""
        return self.facts + self.rejected

    @property
    def known(self) -> int:
        """How many facts were known already: from an earlier load, or from further up in the file."""
        return self.facts - self.new

    @property
    def span(self) -> Window | None:
        """From the first to just after the last instant of the file, in whole seconds; None where it has none."""
        if not self.spans:
            return None
        first = min(first for first, _ in self.spans.values())
        last = max(last for _, last in self.spans.values())
        return Window(first.replace(microsecond=0), last.replace(microsecond=0) + JUST_AFTER)

    def command(self, database: Path) -> str | None:
        """Write the command that says that all of the file's time was looked at; None where it has none."""
        if not self.span:
            return None
        words = ["python", "-m", "ingest", "load", "--db", str(database), "--covered", str(self.span), str(self.path)]
        return shlex.join(words)


class _Row(msgspec.Struct):
    """One stream's row of the ledger, as far as the file is read. `windows` are what `all` covers."""

    pull_id: int
    fetched: int = 0
    new: int = 0
    windows: list[Window] = []


def parse_covered(text: str) -> Window | None:
    """Read `FROM/TO`, or `all` as None. Raises WrongOption for anything else."""
    if text.strip().lower() == "all":
        return None
    start, _, end = text.partition("/")
    try:
        return Window(parse_option(start.strip()), parse_option(end.strip()))
    except (ValueError, ConfigError):
        raise WrongOption(
            f"--covered {one_line(text, 80)!r} is not FROM/TO with TO after FROM, nor `all`; "
            "write it as 2026-03-01/2026-03-20T12:00 (UTC)"
        ) from None


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
    """Load one file in one transaction, with a row of the ledger for each of its streams.

    `covered` is `FROM/TO`, said of every stream of the file, `all`, or None for "nobody vouches for it". `all` covers
    a place of posts and an official page from the first to the last instant that the file has of it, and a query's
    volumes for their own windows. `on_progress` is told the lines read and the share of the file, 0 to 1. Raises
    ConfigError where the file is missing, of no known kind, damaged, or has nothing of the time it is said to cover:
    then nothing of it is saved.
    """
    vouched = parse_covered(covered) if covered else None
    rows: dict[Stream, _Row] = {}
    with LineFile(path) as file:
        kind, parse, lines = told_apart(file, keys)
        reader = Reader(path, parse, watchlist, now)
        with store.transaction(connection):
            read = 0
            for batch in _batches(lines):
                # Each fact points to the row of its own stream: what a place usually brings is counted through it.
                for stream, found in reader.by_stream(batch).items():
                    row = rows.get(stream) or rows.setdefault(stream, _Row(ledger.next_pull_id(connection)))
                    facts = msgspec.structs.replace(Facts(), **{kind: tuple(found)})
                    row.fetched += len(found)
                    row.new += store.save_facts(connection, facts, row.pull_id, now)
                    row.windows = _joined(row.windows, found, now)
                read += len(batch)
                on_progress(read, file.share)
            windows = {stream: row.windows for stream, row in rows.items() if row.windows}
            if covered and vouched:
                windows = _vouched_for(path, windows, vouched, now)
            _save_ledger(connection, reader, kind, rows, windows if covered else {})
    return Loaded(
        path=path,
        kind=kind,
        facts=sum(row.fetched for row in rows.values()),
        new=sum(row.new for row in rows.values()),
        rejected=reader.rejected,
        reasons=tuple(sorted(reader.reasons.values(), key=lambda reason: (-reason.lines, reason.number))),
        spans={stream: _span(row.windows) for stream, row in rows.items() if row.windows},
        covered=len(windows) if covered else 0,
        blocks=tuple(reader.blocks.values()),
    )


def _batches(lines: Iterable[Line]) -> Iterator[list[Line]]:
    batch, size = [], 0
    for numbered in lines:
        batch.append(numbered)
        size += len(numbered[1])
        if len(batch) >= BATCH_LINES or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    yield batch


def _joined(windows: list[Window], found: list[FileFact], now: datetime) -> list[Window]:
    """Extend what `all` covers of one stream by some of its facts. What lies in the future, nobody has looked at."""
    counted = [fact.window for fact in found if isinstance(fact, Volume) and fact.window.start < now]
    if counted:
        return union([*windows, *(Window(window.start, min(window.end, now)) for window in counted)])
    times = [fact.claimed_at for fact in found if isinstance(fact, Post)]
    times += [update.created_at for fact in found if isinstance(fact, Incident) for update in fact.updates]
    times = [at for at in times if at <= now]
    if not times:
        return windows
    start, last = min(times), max(times)
    return [Window(min([start, *(w.start for w in windows)]), max([last + JUST_AFTER, *(w.end for w in windows)]))]


def _span(windows: list[Window]) -> tuple[datetime, datetime]:
    return windows[0].start, max(windows[-1].end - JUST_AFTER, windows[0].start)


def _vouched_for(
    path: Path, windows: dict[Stream, list[Window]], vouched: Window, now: datetime
) -> dict[Stream, list[Window]]:
    """Cover every stream for the span that somebody vouches for, up to now.

    Raises ConfigError where the file has nothing in it: a year mistyped would turn a time that nobody looked at calm.
    """
    if not any(intersection(window, vouched) for known in windows.values() for window in known):
        raise ConfigError(
            f"{path}: nothing in it lies in --covered {vouched}; nothing of it was saved. Check the dates, or say all"
        )
    return {stream: [Window(vouched.start, min(vouched.end, now + JUST_AFTER))] for stream in windows}


def _save_ledger(
    connection: duckdb.DuckDBPyConnection,
    reader: Reader,
    kind: FileKind,
    rows: dict[Stream, _Row],
    windows: dict[Stream, list[Window]],
) -> None:
    """Write one row for each stream, further ones for further windows of it; the first carries the file's rejects."""
    nothing: Stream = ("file", reader.path.name, None)
    for number, (stream, row) in enumerate((rows or {nothing: _Row(ledger.next_pull_id(connection))}).items()):
        platform, target, service = stream
        if number == 0:
            store.save_facts(connection, Facts(rejects=tuple(reader.rejects)), row.pull_id, reader.now)
        for part, covered in enumerate(windows.get(stream) or [None]):
            asked = Window(row.windows[0].start, row.windows[-1].end) if row.windows else None
            pull = Pull(
                source="file", platform=platform, target=target, service=service, asked=asked, covered=covered,
                fetched=0 if part else row.fetched, started_at=reader.now, ended_at=reader.now,
                error=None if rows else "no line of the file could be read",
                brings=kind,
            )  # fmt: skip
            ledger.save_pull(
                connection, pull, ledger.next_pull_id(connection) if part else row.pull_id,
                new=0 if part else row.new, rejected=0 if number or part else reader.rejected,
            )  # fmt: skip
