"""The verb `python -m reports week`."""

from datetime import timedelta
from pathlib import Path

import click

from ingest.door import database_option, progress
from ingest.saying import count

PATIENCE = timedelta(seconds=5)
"""How long a writer, who holds the database for moments at a time, is waited for."""


@click.command()
@database_option
@click.option("--week", "week_name", metavar="WEEK", help="An ISO week: 2026-W16. Default: the last complete one.")
@click.option("--service", metavar="NAME", help="Which service of the watchlist. Default: its first, claude.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Default: reports/ beside the database.")
@click.option("--all", "wants_all", is_flag=True, help="Every complete week from the first that could be judged.")
def week(database: Path | None, week_name: str | None, service: str | None, out: Path | None, wants_all: bool) -> None:
    """Write the report of a week: one HTML page, the same in Markdown with its pictures, and JSON.

    Beside it: an Atom feed of the outages, and index.html, which lists every week in the folder. A week that is
    reported again says what changed since. An outage counts in the week of its onset, its hours where they fall.

    \b
    python -m reports week
    python -m reports week --week 2026-W16 --service openai
    python -m reports week --all --out public
    """  # noqa: D301  (click's mark for lines kept as they are is the character itself)
    if week_name and wants_all:
        raise click.UsageError("--week and --all exclude each other")
    from ingest import settings
    from ingest.published import connect_to_read
    from reports.week import calendar, feed, files, loading, words

    if week_name:
        calendar.begin(week_name)  # a wrong one is said whatever there is to read
    chosen = settings.load()
    watched = chosen.watchlist.require(service or next(iter(chosen.watchlist.services)))
    path = database or chosen.database
    folder = out or path.parent / "reports"
    with (
        connect_to_read(path, patience=PATIENCE) as connection,
        progress() as shown,
    ):
        number, weeks = (
            loading.load_every(connection, chosen.watchlist, watched.name)
            if wants_all
            else (1, iter([loading.load(connection, chosen.watchlist, watched.name, week_name)]))
        )
        bar = shown.add_task("writing", total=number)
        for one in weeks:
            written = files.write(one, folder)
            shown.update(bar, advance=1, description=one.week)
        index = files.write_common(folder, {watched.name: feed.load(connection, watched.name, watched.title)})
    if not number:
        click.echo(f"no complete week of {watched.title} could be judged yet", err=True)
        click.get_current_context().exit(1)
    click.echo(f"{words.headline(one)}. {words.when(one)}")
    click.echo(words.coverage(one))
    if one.label:
        click.echo(one.label)
    click.echo(f"-> {', '.join(map(str, written))}")
    click.echo(f"-> {index}" + (f" ({count(number, 'week')})" if wants_all else ""))
