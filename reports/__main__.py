"""The door to sentences: `python -m reports`."""

import os
import shutil
import sys
from datetime import datetime
from pathlib import Path

import click

from ingest.door import Group, Instant, database_option, run
from reports.alerts.door import alert, watch
from reports.takeaway import dictionary_verb, export_verb
from reports.weekdoor import week


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
def door() -> None:
    """Say what was found: when Claude was down, since when, what was affected, and who said so first.

    \b
    python -m reports timeline                                    everything, as a table
    python -m reports timeline --service claude --since 2026-04-01 --until 2026-05-01
    python -m reports timeline --episode ID                       one outage, line by line
    python -m reports now                                         is Claude down? one line and an exit code
    python -m reports week                                        the last week as HTML, Markdown and JSON
    python -m reports page                                        who was first, how late, and uptime by definition
    python -m reports alert                                       tell people: Slack, e-mail, a webhook
    python -m reports watch                                       ingest, detect and alert, over and over
    python -m reports timeline --json | jq '.[] | select(.verdict == "unacknowledged")'

    Nothing is computed here and nothing goes online: run `python -m ingest` and `python -m detect` first.

    Exit codes: 0 it was said (also where nothing was found), 1 it could not be (no database, nothing judged yet, in
    use), 2 wrong options (also a name or a week that there is not). Those of `now` are its own.
    """  # noqa: D301  (click's mark for lines kept as they are is the character itself)


@door.command()
@database_option
@click.option("--service", metavar="NAME", help="Only this service of the watchlist. Default: all.")
@click.option("--since", type=Instant(), help="Only what was still going on at this time or began later.")
@click.option("--until", type=Instant(), help="Only what began before this time.")
@click.option("--episode", "episode_id", metavar="ID", help="Tell this one outage, line by line.")
@click.option("--incident", "incident_id", metavar="ID", help="Tell this official incident, with the episode it met.")
@click.option("--json", "wants_json", is_flag=True, help="A list of objects, for scripts.")
@click.option("--markdown", "wants_markdown", is_flag=True, help="A document, as GitHub renders it.")
def timeline(
    database: Path | None,
    service: str | None,
    since: datetime | None,
    until: datetime | None,
    episode_id: str | None,
    incident_id: str | None,
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
    python -m reports timeline --episode ID    an episode_id of timeline --json
    python -m reports timeline --incident f00h6l76tsjs --json

    With --episode or --incident one outage is told in the order of time: complaints rising, what they name, our alarm,
    each message of the page and each component it changes, what its prose declares, recovery, and what nobody saw.
    """  # noqa: D301  (as above)
    if wants_json and wants_markdown:
        raise click.UsageError("--json and --markdown exclude each other")
    if since and until and since >= until:
        raise click.UsageError("--since must be before --until")
    if episode_id and incident_id:
        raise click.UsageError("--episode and --incident exclude each other")
    if (episode_id or incident_id) and (service or since or until):
        raise click.UsageError("--episode and --incident tell one outage: no --service, --since or --until beside them")
    from ingest import settings
    from ingest.published import connect_to_read

    if episode_id or incident_id:
        _tell(database or settings.load().database, episode_id, incident_id, wants_json, wants_markdown)
        return
    from reports import timeline as timelines

    chosen = settings.load()
    if service is not None:
        chosen.watchlist.require(service)
    with connect_to_read(database or chosen.database) as connection:
        found = timelines.load(connection, service, since, until)
    if wants_json:
        click.echo(f"{timelines.as_json(found)}\n".encode(), nl=False)
    elif wants_markdown:
        from reports.markdown import as_markdown

        click.echo(as_markdown(found).encode(), nl=False)
    else:
        from reports.terminal import show

        show(found)


@door.command()
@database_option
@click.option("--service", metavar="NAME", help="Only this service of the watchlist. Default: all.")
@click.option("--json", "wants_json", is_flag=True, help="One object, for scripts.")
@click.option("--markdown", "wants_markdown", is_flag=True, help="A document, as GitHub renders it.")
def page(database: Path | None, service: str | None, wants_json: bool, wants_markdown: bool) -> None:
    """Say who was first, the page or the people; how late each was; and uptime by every definition, side by side.

    Episodes that the page answered before our alarm are listed first. Lags are minutes, signed.
    """
    if wants_json and wants_markdown:
        raise click.UsageError("--json and --markdown exclude each other")
    from ingest import settings
    from ingest.published import connect_to_read
    from reports import page as pages

    chosen = settings.load()
    if service is not None:
        chosen.watchlist.require(service)
    with connect_to_read(database or chosen.database) as connection:
        found = pages.load(connection, service)
    if wants_json:
        click.echo(f"{pages.as_json(found)}\n".encode(), nl=False)
    elif wants_markdown:
        from reports.markdown import escaped, table_of

        parts = ["# What the page said, and when"]
        for table, notes in pages.tables(found):
            parts += [table_of(table), *map(escaped, notes)]
        click.echo(("\n\n".join([*parts, *map(escaped, pages.closing(found))]) + "\n").encode(), nl=False)
    else:
        from rich.console import Group
        from rich.text import Text

        from reports.terminal import plain_table, prose, put

        put(
            lambda width: Group(
                *(
                    part
                    for table, notes in pages.tables(found)
                    for part in (
                        *plain_table(table, width, ""),
                        *(prose(Text(note, "dim"), width) for note in notes),
                        "",
                    )
                ),
                *(prose(Text(said), width) for said in pages.closing(found)),
            ),
            widest=160,
        )


@door.command()
@database_option
@click.option("--service", metavar="NAME", help="Which service of the watchlist. Default: its first, claude.")
@click.option("--surface", metavar="NAME", help="Only this part of it: claude.ai, api, claude_code, ...")
@click.option("--model", "model_name", metavar="NAME", help="Say too whether people and page name it: opus, opus 4.6.")
@click.option("--why", is_flag=True, help="Print the rule that gives the answer.")
@click.option("--json", "wants_json", is_flag=True, help="One object, for scripts.")
def now(
    database: Path | None,
    service: str | None,
    surface: str | None,
    model_name: str | None,
    why: bool,
    wants_json: bool,
) -> None:
    """Is Claude down? Say it in one line: down, probably, no sign, or can't tell; then what that rests on.

    The answer is that of the last `python -m detect`, held against the clock: what was judged more than half an hour
    ago, or was not looked at, is can't tell, never no sign. --model changes nothing in it. Times are UTC.

    \b
    python -m reports now --surface api --model opus
    is-claude-down --service openai --json | jq .answer
    is-claude-down --surface api; [ $? -eq 10 ] && echo "it is them, not us"

    \b
    Exit codes:
     0  no sign that it is down
    10  down
    11  probably down
    12  can't tell: stale, not looked at, or still learning what is usual
     1  it could not be asked (no database, in use, not judged): nothing is said about the service
     2  wrong options
    """  # noqa: D301  (as above)
    from datetime import timedelta

    from ingest import settings
    from ingest.errors import WrongOption
    from ingest.hostile import one_line
    from ingest.published import connect_to_read
    from reports import answering, models
    from reports import now as standing
    from reports.wording import writable

    chosen = settings.load()
    watched = chosen.watchlist.require(service or next(iter(chosen.watchlist.services)))
    if surface is not None and surface not in watched.surfaces:
        parts = ", ".join(watched.surfaces) or "none"
        raise WrongOption(f"{one_line(surface, 40)!r} is no part of {watched.name}; its parts are: {parts}")
    model = None if model_name is None else models.read(model_name, watched)
    # A writer holds the file for moments at a time: half a second outlasts most of them.
    with connect_to_read(database or chosen.database, patience=timedelta(seconds=0.5)) as connection:
        found = standing.load(connection, watched.name, surface, model, named=str(database) if database else None)
    if wants_json:
        click.echo(f"{standing.as_json(found)}\n".encode(), nl=False)
    else:
        width = min(shutil.get_terminal_size().columns, 110) if sys.stdout.isatty() else None
        style = answering.STYLES[found.answer]
        said = [click.style(answering.answer(found, watched.title), bold=True, fg=style)]
        said += answering.lines(answering.evidence(found, why=why), width)
        click.echo(writable("\n".join(said), sys.stdout.encoding), color=False if "NO_COLOR" in os.environ else None)
    click.get_current_context().exit(found.exit_code)


door.add_command(week)
door.add_command(export_verb)
door.add_command(dictionary_verb)


def is_claude_down() -> None:
    """Run `reports now` as a command of its own."""
    run(now)


def _tell(
    database: Path, episode_id: str | None, incident_id: str | None, wants_json: bool, wants_markdown: bool
) -> None:
    """Print one story."""
    from ingest.published import connect_to_read
    from reports import story, storytelling

    with connect_to_read(database) as connection:
        told = (
            story.load_episode(connection, episode_id)
            if episode_id
            else story.load_incident(connection, incident_id or "")
        )
    if wants_json:
        click.echo(f"{story.as_json(told)}\n".encode(), nl=False)
    elif wants_markdown:
        click.echo(storytelling.as_markdown(told).encode(), nl=False)
    else:
        from reports.terminal import put

        put(lambda width: storytelling.as_terminal(told, width))


door.add_command(alert)
door.add_command(watch)

if __name__ == "__main__":
    run(door)
