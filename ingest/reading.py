"""Ask every source for its gaps, and print the ledger of this run."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from ingest import sources, store
from ingest.authors import open_keys
from ingest.database import connect
from ingest.door import PARTLY
from ingest.errors import ConfigError, MissingKey
from ingest.hostile import one_line
from ingest.pull import Outcome, pull_target
from ingest.records import Window
from ingest.settings import Settings
from ingest.sources import Source

PATIENCE = timedelta(minutes=2)
"""How long to wait for another process that holds the database, rather than lose what was read."""


def read_all(
    settings: Settings, database: Path, names: Sequence[str], since: datetime | None, until: datetime | None
) -> int:
    """Pull every target of every source that is configured. Returns the exit code.

    Raises ConfigError for a source that does not exist or a span that is none.
    """
    settings = replace(settings, folder=database.parent)
    chosen = _chosen(settings, names)
    keys = open_keys(database.parent)
    open_database = partial(connect, database, patience=PATIENCE)
    with open_database() as connection:
        store.prepare(connection, kind="live" if settings.live else "sample", key_fingerprint=keys.fingerprint)
    outcomes: list[Outcome] = []
    with Progress(console=Console(stderr=True), transient=True) as progress:
        for source in chosen:
            wanted = _wanted(settings, source, since, until)
            try:
                client = source.connect(settings)
            except MissingKey as missing:
                click.echo(f"{source.NAME:<12} not configured: {missing}")
                continue
            for target in source.targets(settings):
                bar = progress.add_task(f"{source.NAME} {target.name}", total=None)
                outcome = pull_target(
                    source, client, target, wanted, open_database=open_database, keys=keys,
                    now=lambda: datetime.now(UTC),
                    on_page=lambda fetched, bar=bar, name=f"{source.NAME} {target.name}": progress.update(  # type: ignore[misc]
                        bar, description=f"{name}: {fetched:,}"
                    ),
                )  # fmt: skip
                progress.remove_task(bar)
                outcomes.append(outcome)
                _say(source, outcome, progress.console)
    return _summary(settings, database, outcomes)


def _chosen(settings: Settings, names: Sequence[str]) -> list[Source]:
    allowed = sources.LIVE if settings.live else sources.SAMPLE
    for name in names:
        if name not in allowed:
            hint = "" if settings.live else "; nothing is configured, so only the sample is read (cp .env.example .env)"
            raise ConfigError(
                f"there is no source {one_line(name, 40)!r} to read now; there is: {', '.join(allowed)}{hint}"
            )
    return [sources.open_source(name) for name in allowed if not names or name in names]


def _wanted(settings: Settings, source: Source, since: datetime | None, until: datetime | None) -> Window:
    if not settings.live:
        span = source.SPAN  # type: ignore[attr-defined]  # only the sample has one: there, now is its last instant
        start, end = since or span.start, until or span.end
    else:
        end = until or datetime.now(UTC)
        start = since or end - settings.lookback
    try:
        return Window(start, end)
    except ValueError:
        raise ConfigError(
            f"--since {start:%Y-%m-%dT%H:%MZ} does not lie before --until {end:%Y-%m-%dT%H:%MZ}"
        ) from None


def _say(source: Source, outcome: Outcome, errors: Console) -> None:
    line = f"{source.NAME:<12} {outcome.target.name:<28} {outcome.fetched:>7,} fetched {outcome.new:>7,} new"
    if outcome.gaps_left:
        line += f"  not covered: {_span(outcome.gaps_left)}"
    click.echo(line)
    if outcome.rejected:
        errors.print(f"  {outcome.rejected:,} could not be read: see the table rejects", markup=False)
    if outcome.error:
        errors.print(f"  {one_line(outcome.error)}", markup=False, highlight=False)


def _span(gaps: tuple[Window, ...]) -> str:
    hours = sum((gap.end - gap.start).total_seconds() for gap in gaps) / 3600
    return f"{hours:.1f} h in {len(gaps)} {'gap' if len(gaps) == 1 else 'gaps'}"


def _summary(settings: Settings, database: Path, outcomes: list[Outcome]) -> int:
    failed = [outcome for outcome in outcomes if outcome.error]
    new = sum(outcome.new for outcome in outcomes)
    click.echo(f"{new:,} new facts -> {database}" + ("" if settings.live else "  (the sample: nothing went online)"))
    if not outcomes:
        click.echo("error: no source is configured; see .env.example", err=True)
        return 1
    if len(failed) == len(outcomes):
        click.echo(
            "error: no source answered; nothing was seen, and nothing is known of now. Run it again later",
            err=True,
        )
        return 1
    if failed:
        click.echo(f"{len(failed)} of {len(outcomes)} targets failed; the next run asks for what they left", err=True)
        return PARTLY
    return 0
