"""The verbs `alert`, and `watch`, which ends every round with it."""

from datetime import timedelta
from pathlib import Path

import click

from ingest.door import database_option
from ingest.saying import count


@click.command()
@database_option
@click.option("--dry-run", is_flag=True, help="Only print what would be sent; nothing is sent or noted.")
@click.option("--test", "tries", is_flag=True, help="Send each address a test message now, whatever is going on.")
@click.option("--json", "wants_json", is_flag=True, help="One JSON object a message on stdout, for a log.")
def alert(database: Path | None, *, dry_run: bool, tries: bool, wants_json: bool) -> None:
    """Tell people that an outage began, grew or ended: once per change and address, at the addresses you name.

    ICD_ALERT_URLS (environment or .env) holds the addresses, separated by spaces. https://... takes one JSON object by
    POST and needs nothing more; Slack, Discord, e-mail and some hundred others go by the library apprise.
    ICD_ALERT_SURFACES=api tells of outages of that part alone.

    \b
    python -m reports alert --test        does it arrive?
    python -m reports alert --dry-run     what would be said now?
    python -m reports alert               say it; to be run after each python -m detect
    python -m reports watch               ingest, detect and alert, over and over

    A message is sent when an outage is found, when it grows graver, when the official page first speaks of it, and
    when it is over; also when it is taken back. What was over for hours before anybody could be told is not told, nor
    is anything while what is known is too old to speak of now. What an address does not take is tried again by the next
    run. Should the program be killed just after sending, the same news comes twice, with the same id in [brackets].

    Exit codes: 0 all told, or nothing to tell; 1 nobody could be told; 2 wrong options; 3 some addresses failed.
    """  # noqa: D301  (click's mark for lines kept as they are is the character itself)
    if dry_run and tries:
        raise click.UsageError("--dry-run and --test exclude each other")
    from ingest import settings
    from reports.alerts import alerting

    chosen = settings.load()
    where = database or chosen.database
    if tries:
        raise SystemExit(alerting.try_all(chosen, as_json=wants_json))
    if dry_run:
        raise SystemExit(alerting.rehearse(chosen, where, as_json=wants_json))
    raise SystemExit(alerting.alert_all(chosen, where, as_json=wants_json))


@click.command()
@database_option
@click.option("--source", "names", multiple=True, metavar="NAME", help="Read only this source; may be given again.")
@click.option(
    "--every", "minutes", type=click.IntRange(1, 24 * 60), default=5, show_default=True, metavar="MINUTES",
    help="From the begin of one round to that of the next.",
)  # fmt: skip
@click.option("--rounds", type=click.IntRange(1), metavar="N", help="End after so many. Default: go on until stopped.")
@click.option("--json", "wants_json", is_flag=True, help="One JSON object a round on stdout, for a log.")
def watch(database: Path | None, names: tuple[str, ...], minutes: int, rounds: int | None, *, wants_json: bool) -> None:
    """Ingest, detect and alert, over and over, until stopped (Ctrl-C, SIGTERM): one line a round.

    \b
    python -m reports watch                 every 5 minutes
    python -m reports watch --rounds 1      once; without a .env, on the sample

    Every step is a program of its own, so that none takes the watch down with it: what fails is said and tried again
    by the next round, later and later while nothing gets better (at most six times the round). A source that costs
    money is asked at its own pace. Without ICD_ALERT_URLS nobody is told, and the rest goes on. Once it is told to
    stop, the running step may end; what is cut off is a gap that the next round fills, and nothing is half written.

    Exit codes: 0 stopped; after --rounds: 0 all went well, 1 a step failed, 3 some sources or addresses did; 1 too
    where it could not begin (this database is watched already), 2 wrong options.
    """  # noqa: D301  (as above)
    from ingest import settings
    from ingest.doors.reading import chosen_sources
    from reports import watching
    from reports.alerts import addresses, surfaces
    from reports.alone import alone

    chosen = settings.load()
    where = database or chosen.database
    if names:
        chosen_sources(chosen, names)  # or every round would fail at it
    to, only = addresses.read(chosen), surfaces.read(chosen)
    reading = timedelta(minutes=chosen.number("ICD_JETSTREAM_MINUTES", 20))
    whom = (
        f"alerts{surfaces.said(only)} to {count(len(to), 'address', 'addresses')}"
        if to
        else f"no alerts ({addresses.KEY} is not set)"
    )
    plan = watching.steps(where, names, reading, alerting=bool(to))
    with alone(where, "watch"):
        if not wants_json:
            click.echo(f"watching {where} every {minutes} min, {whom}; Ctrl-C stops", err=True)
        code = watching.watch(plan, timedelta(minutes=minutes), rounds, as_json=wants_json)
    raise SystemExit(code)
