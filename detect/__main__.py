"""The door to opinions: `python -m detect`."""

from datetime import datetime
from pathlib import Path

import click

from ingest.door import Group, Instant, database_option, run


class Detect(Group):
    """The verbs of this room."""

    default_verb = "run"


@click.group(cls=Detect, context_settings={"help_option_names": ["-h", "--help"]})
def door() -> None:
    """Judge what was ingested: who complains, what is more than usual, and what the official page said to it.

    \b
    python -m detect                            judge everything known now
    python -m detect --as-of 2026-04-15T15:00   what was knowable then

    Without a verb: run. Exit codes: 0 judged, 1 it could not be done, 2 wrong options.
    """  # noqa: D301  (click's mark for lines kept as they are is the character itself)


@door.command("run")
@database_option
@click.option("--as-of", type=Instant(), help="Look at nothing later. Default: now; on the sample, its last instant.")
def run_verb(database: Path | None, as_of: datetime | None) -> None:
    """Judge the posts, find the episodes, match them with the official record; replaces what was held before."""
    from detect.judging import judge_all
    from ingest import settings

    chosen = settings.load()
    judge_all(chosen, database or chosen.database, as_of)


if __name__ == "__main__":
    run(door)
