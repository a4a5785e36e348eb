"""Load the files that a person names, and say what came of each."""

import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress, TaskID

from ingest import store
from ingest.authors import open_keys
from ingest.database import connect
from ingest.door import PARTLY, progress
from ingest.files.linereader import REJECTS_PER_FILE
from ingest.files.load import Loaded, load_file, parse_covered
from ingest.hostile import one_line
from ingest.saying import count
from ingest.settings import Settings

SHOWN = 5
"""Reasons that are printed; of the rest, how many lines they are."""


def load_all(settings: Settings, database: Path, paths: tuple[Path, ...], covered: str | None) -> int:
    """Load each file, print a line about each, and return the exit code."""
    if covered:
        parse_covered(covered)  # a wrong one is said before anything is read
    keys = open_keys(database.parent)
    rejected = 0
    with connect(database) as connection, progress() as shown:
        store.prepare(connection, kind="live", key_fingerprint=keys.fingerprint)
        for path in paths:
            bar = shown.add_task(one_line(path.name, 40), total=1.0)
            loaded = load_file(
                connection, path, keys=keys, watchlist=settings.watchlist, now=datetime.now(UTC), covered=covered,
                on_progress=partial(_draw, shown, bar, path.name),
            )  # fmt: skip
            shown.remove_task(bar)
            _say(loaded, database, shown.console)
            rejected += loaded.rejected
    return PARTLY if rejected else 0


def _rejects(loaded: Loaded, database: Path) -> Iterator[str]:
    """Say why lines could not be read, the most frequent reasons first, and where to look at them."""
    if not loaded.rejected:
        return
    yield f"{count(loaded.rejected, 'line')} could not be read, and the rest is loaded:"
    for reason in loaded.reasons[:SHOWN]:
        first = "line" if reason.lines == 1 else "first in line"
        yield f"  {reason.lines:>6,}  {reason.says} ({first} {reason.number:,})"
    if left := sum(reason.lines for reason in loaded.reasons[SHOWN:]):
        yield f"  {left:>6,}  for {count(len(loaded.reasons) - SHOWN, 'more reason')}"
    kept = f"the first {REJECTS_PER_FILE:,} of them" if loaded.rejected > REJECTS_PER_FILE else "each"
    look = f"import duckdb; duckdb.connect({str(database)!r}, read_only=True).sql('FROM rejects').show()"
    quoted = shlex.quote(look) if set(look) & set('"$`\\!') else f'"{look}"'
    yield f"{kept} with its line and reason, in the table rejects: python -c {quoted}"


def _draw(shown: Progress, bar: TaskID, name: str, read: int, share: float) -> None:
    shown.update(bar, completed=share, description=f"{one_line(name, 40)}: {count(read, 'line')}")


def _say(loaded: Loaded, database: Path, errors: Console) -> None:
    known = loaded.facts - loaded.new
    click.echo(
        f"{loaded.path.name}: {count(loaded.facts, loaded.kind.removesuffix('s'))}, {loaded.new:,} new"
        + (f", {known:,} known already" if known else "")
        + f" -> {database}"
    )
    for block in loaded.blocks:
        errors.print(f"  {block}", markup=False, highlight=False)
    for line in _rejects(loaded, database):
        errors.print(f"  {line}", markup=False, highlight=False, soft_wrap=True)
    if loaded.covered:
        click.echo(f"  covered: {count(loaded.covered, 'place')}")
    elif command := loaded.command(database):
        click.echo(
            "  covers nothing yet: no bucket is judged on it. Was every post of these places looked at? Then say so:\n"
            f"    {command}\n"
            "  (--covered all: each place from its first to its last instant)"
        )
