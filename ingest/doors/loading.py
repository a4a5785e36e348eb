"""Load the files that a person names, and say what came of each."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress, TaskID

from ingest import store
from ingest.authors import open_keys
from ingest.database import connect
from ingest.door import PARTLY
from ingest.files.load import Loaded, load_file, parse_covered
from ingest.hostile import one_line
from ingest.settings import Settings


def load_all(settings: Settings, database: Path, paths: tuple[Path, ...], covered: str | None) -> int:
    """Load each file, print a line about each, and return the exit code."""
    if covered:
        parse_covered(covered)  # a wrong one is said before anything is read
    keys = open_keys(database.parent)
    rejected = 0
    with connect(database) as connection, Progress(console=Console(stderr=True), transient=True) as progress:
        store.prepare(connection, kind="live", key_fingerprint=keys.fingerprint)
        for path in paths:
            bar = progress.add_task(one_line(path.name, 40), total=1.0)
            loaded = load_file(
                connection, path, keys=keys, watchlist=settings.watchlist, now=datetime.now(UTC), covered=covered,
                on_progress=partial(_draw, progress, bar, path.name),
            )  # fmt: skip
            progress.remove_task(bar)
            _say(loaded, database, progress.console)
            rejected += loaded.rejected
    return PARTLY if rejected else 0


def _draw(progress: Progress, bar: TaskID, name: str, read: int, share: float) -> None:
    progress.update(bar, completed=share, description=f"{one_line(name, 40)}: {read:,} lines")


def _say(loaded: Loaded, database: Path, errors: Console) -> None:
    known = loaded.facts - loaded.new
    click.echo(
        f"{loaded.path.name}: {loaded.facts:,} {loaded.kind}, {loaded.new:,} new"
        + (f", {known:,} known already" if known else "")
        + f" -> {database}"
    )
    for block in loaded.blocks:
        errors.print(f"  {block}", markup=False, highlight=False)
    if loaded.rejected:
        errors.print(
            f"  {loaded.rejected:,} lines could not be read (table rejects); {loaded.first_reject}",
            markup=False, highlight=False,
        )  # fmt: skip
    if loaded.covered:
        click.echo(f"  covered: {loaded.covered} {'place' if loaded.covered == 1 else 'places'}")
    elif command := loaded.command(database):
        click.echo(
            "  covers nothing yet: no bucket is judged on it. Was every post of these places looked at? Then say so:\n"
            f"    {command}\n"
            "  (--covered all: each place from its first to its last instant)"
        )
