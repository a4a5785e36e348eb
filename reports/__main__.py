"""The door to sentences: `python -m reports`."""

from datetime import datetime
from pathlib import Path

import click

from ingest.door import Group, Instant, database_option, run


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
def door() -> None:
    """Say what was found: when Claude was down, since when, what was affected, and who said so first.

    \b
    python -m reports timeline                                    everything, as a table
    python -m reports timeline --service claude --since 2026-04-01 --until 2026-05-01
    python -m reports timeline --json | jq '.[] | select(.verdict == "unacknowledged")'

    Nothing is computed here and nothing goes online: run `python -m ingest` and `python -m detect` first.

    Exit codes: 0 it was said (also where nothing was found), 1 it could not be (no database, nothing judged yet, in
    use), 2 wrong options.
    """  # noqa: D301  (click's mark for lines kept as they are is the character itself)


@door.command()
@database_option
@click.option("--service", metavar="NAME", help="Only this service of the watchlist. Default: all.")
@click.option("--since", type=Instant(), help="Only what was still going on at this time or began later.")
@click.option("--until", type=Instant(), help="Only what began before this time.")
@click.option("--json", "wants_json", is_flag=True, help="A list of objects, for scripts.")
@click.option("--markdown", "wants_markdown", is_flag=True, help="A document, as GitHub renders it.")
def timeline(
    database: Path | None,
    service: str | None,
    since: datetime | None,
    until: datetime | None,
    wants_json: bool,
    wants_markdown: bool,
) -> None:
    """Print the outages people felt, the official incidents nobody felt, and what they come to.

    Times are UTC, also those you give unless they say otherwise (2026-04-15T16:30+02:00). With --json every object is
    an episode or an official incident that no episode met (episode_id and alarm_at are null then, verdict is unfelt
    or unknown); lags are minutes, signed: acknowledgement_lag_min is negative where the page was first.

    \b
    python -m reports timeline --since 2026-04-13
    python -m reports timeline --markdown > april.md
    """  # noqa: D301  (as above)
    if wants_json and wants_markdown:
        raise click.UsageError("--json and --markdown exclude each other")
    if since and until and since >= until:
        raise click.UsageError("--since must be before --until")
    from ingest import settings
    from ingest.database import connect
    from reports import timeline as timelines

    chosen = settings.load()
    if service is not None:
        chosen.watchlist.require(service)
    with connect(database or chosen.database, read_only=True) as connection:
        found = timelines.load(connection, service, since, until)
    if wants_json:
        click.echo(f"{timelines.as_json(found)}\n".encode(), nl=False)
    elif wants_markdown:
        from reports.markdown import as_markdown

        click.echo(as_markdown(found).encode(), nl=False)
    else:
        from reports.terminal import show

        show(found)


if __name__ == "__main__":
    run(door)
