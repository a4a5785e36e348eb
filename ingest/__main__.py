"""The door to facts: `python -m ingest`."""

from datetime import datetime
from pathlib import Path

import click

from ingest.door import Database, Group, Instant, database_option, run
from ingest.doors.lake import lake


class Ingest(Group):
    """The verbs of this room."""

    default_verb = "pull"


@click.group(cls=Ingest, context_settings={"help_option_names": ["-h", "--help"]})
def door() -> None:
    """Bring facts in: posts that mention outages, and what the official pages say.

    \b
    python -m ingest                          ask every source for what is not yet covered
    python -m ingest --source statuspage --since 2026-04-01
    python -m ingest --dry-run                say what would be asked, and what it would cost
    python -m ingest --follow                 read on until stopped
    python -m ingest load --covered all posts.jsonl.gz
    python -m ingest doctor                   what each source needs, and whether it answers
    python -m ingest forget --older-than 30d
    python -m ingest lake export --lake data/lake

    Without a verb: pull. Nothing configured (no .env, no ICD_ key set): fills the embedded sample and goes
    online for nothing; `cp .env.example .env` turns live reading on.

    Exit codes: 0 all went well, 1 nothing could be done, 2 wrong options, 3 some sources failed (what came is saved,
    the rest is asked again by the next run).
    """  # noqa: D301  (click's mark for lines kept as they are is the character itself)


sources_option = click.option(
    "--source", "names", multiple=True, metavar="NAME", help="Only this source; may be given again."
)


@door.command()
@database_option
@sources_option
@click.option("--since", type=Instant(), help="Ask from this time on. Default: the last 36 hours.")
@click.option("--until", type=Instant(), help="Ask up to this time. Default: now.")
@click.option(
    "--follow", is_flag=True, help="Read on until stopped: streams without a break, the rest every 5 minutes."
)
@click.option(
    "--paced", is_flag=True, help="Leave out what is not to be asked yet: X, which costs, hourly. For a timer."
)
@click.option("--dry-run", is_flag=True, help="Only say what would be asked, and what it would cost.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a target on stdout, for a log.")
def pull(
    database: Path | None, names: tuple[str, ...], since: datetime | None, until: datetime | None, *, follow: bool,
    paced: bool, dry_run: bool, as_json: bool,
) -> None:  # fmt: skip
    """Ask each source for its gaps, save what comes, and print what was truly covered."""
    from ingest import settings

    chosen = settings.load()
    where = database or chosen.database
    if follow and (since or until or dry_run):
        raise click.UsageError("--follow goes with neither --since, --until nor --dry-run")
    if paced and (follow or dry_run):
        raise click.UsageError(
            "--paced goes with neither --follow, which keeps each source's pace anyhow, nor --dry-run"
        )
    if dry_run:
        from ingest.doors.estimating import estimate_all

        raise SystemExit(estimate_all(chosen, where, names, since, until))
    if follow:
        from ingest.doors.following import follow_all

        raise SystemExit(follow_all(chosen, where, names, as_json=as_json))
    from ingest.doors.reading import read_all

    raise SystemExit(read_all(chosen, where, names, since, until, paced=paced, as_json=as_json))


@door.command()
@database_option
@sources_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object a source.")
def doctor(database: Path | None, names: tuple[str, ...], *, as_json: bool) -> None:
    """Look at every source: is it configured, does it answer, what was seen, what is missing, what did it cost.

    Each is asked one small question that costs nothing, and nothing of the answer is kept. Exit code 3 where a
    configured source does not answer.
    """
    from ingest import settings
    from ingest.doors.checkup import check_all

    chosen = settings.load()
    raise SystemExit(check_all(chosen, database or chosen.database, names, as_json=as_json))


@door.command("forget")
@database_option
@click.option("--older-than", metavar="AGE", help="Posts that came to us longer ago than this: 30d, 36h, 2w.")
@click.option("--platform", metavar="NAME", help="With --id or --author: where it was written.")
@click.option("--id", "post_id", metavar="ID", help="One post, by the platform's own id (Bluesky: its at:// address).")
@click.option("--author", metavar="NAME", help="All posts of one person, by handle (Bluesky: by DID; X: by number).")
def forget_door(
    database: Path | None, older_than: str | None, platform: str | None, post_id: str | None, author: str | None
) -> None:
    """Drop text and author of posts; what was judged of them stays, as a count.

    Texts are dropped by themselves after ICD_RETENTION_DAYS, and as soon as a source says that a post was deleted.
    """
    from ingest import settings
    from ingest.doors.forgetting import forget

    where = database or settings.load().database
    raise SystemExit(forget(where, older_than=older_than, platform=platform, post_id=post_id, author=author))


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
    from ingest.doors.loading import load_all

    chosen = settings.load()
    raise SystemExit(load_all(chosen, database or chosen.database, paths, covered))


door.add_command(lake)

if __name__ == "__main__":
    run(door)
