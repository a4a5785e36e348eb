"""The door to facts: `python -m ingest`."""

from datetime import datetime
from pathlib import Path

import click

from ingest.door import Database, Group, Instant, database_option, run


class Ingest(Group):
    """The verbs of this room."""

    default_verb = "pull"


@click.group(cls=Ingest, context_settings={"help_option_names": ["-h", "--help"]})
def door() -> None:
    """Bring facts in: posts that mention outages, and what the official pages say.

    \b
    python -m ingest                          ask every source for what is not yet covered
    python -m ingest --source statuspage --since 2026-04-01
    python -m ingest load --covered all posts.jsonl.gz

    Without a verb: pull. Nothing configured (no .env, no ICD_ key set): fills the embedded sample and goes
    online for nothing; `cp .env.example .env` turns live reading on.

    Exit codes: 0 all went well, 1 nothing could be done, 2 wrong options, 3 some sources failed (what came is saved,
    the rest is asked again by the next run).
    """  # noqa: D301  (click's mark for lines kept as they are is the character itself)


@door.command()
@database_option
@click.option("--source", "names", multiple=True, metavar="NAME", help="Only this source; may be given again.")
@click.option("--since", type=Instant(), help="Ask from this time on. Default: the last 36 hours.")
@click.option("--until", type=Instant(), help="Ask up to this time. Default: now.")
def pull(database: Path | None, names: tuple[str, ...], since: datetime | None, until: datetime | None) -> None:
    """Ask each source for its gaps, save what comes, and print what was truly covered."""
    from ingest import settings
    from ingest.reading import read_all

    chosen = settings.load()
    raise SystemExit(read_all(chosen, database or chosen.database, names, since, until))


@door.command()
@database_option
@click.option(
    "--covered", metavar="FROM/TO | all",
    help="What of the files' places was looked at without a gap: a span, or `all` from first to last instant.",
)  # fmt: skip
@click.argument("paths", nargs=-1, required=True, type=Database(), metavar="FILE...")
def load(database: Path | None, covered: str | None, paths: tuple[Path, ...]) -> None:
    """Load files of your own: posts (JSONL), volumes (CSV), official incidents (JSONL); .gz too.

    The kind is told by content. A file covers nothing by itself, since nobody vouches for what is not in it: say
    with --covered what was looked at, or no bucket is judged on it. Lines that cannot be read are kept in the table
    `rejects` with their number and the reason, the rest is loaded, and the exit code is 3.
    """
    from ingest import settings
    from ingest.loading import load_all

    chosen = settings.load()
    raise SystemExit(load_all(chosen, database or chosen.database, paths, covered))


if __name__ == "__main__":
    run(door)
