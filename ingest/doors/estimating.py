"""`--dry-run`: what would be asked, and what it would cost, without asking."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click

from ingest import ledger
from ingest.coverage import gaps
from ingest.database import connect
from ingest.doors.reading import chosen_sources, wanted
from ingest.doors.telling import hours
from ingest.errors import MissingKey
from ingest.records import Window
from ingest.saying import count
from ingest.settings import Settings
from ingest.sources import Source, Target


def estimate_all(
    settings: Settings, database: Path, names: Sequence[str], since: datetime | None, until: datetime | None
) -> int:
    """Print, per source, the gaps, the requests and the cost of filling them. Returns the exit code."""
    settings = replace(settings, folder=database.parent)
    requests, usd = 0, 0.0
    for source in chosen_sources(settings, names):
        window = wanted(settings, source, since, until)
        try:
            source.connect(settings)
        except MissingKey as missing:
            click.echo(f"{source.NAME:<13} not configured: {missing}")
            continue
        targets = source.targets(settings)
        missing_time = {target: _gaps(database, source, target, window) for target in targets}
        estimates = [
            source.estimate(settings, target, gap) for target, found in missing_time.items() for gap in found
        ]  # fmt: skip
        asked = sum(estimate.requests for estimate in estimates)
        cost = sum(estimate.usd for estimate in estimates)
        requests, usd = requests + asked, usd + cost
        left = [gap for found in missing_time.values() for gap in found]
        open_targets = sum(bool(found) for found in missing_time.values())
        line = f"{source.NAME:<13} {open_targets:>3} of {count(len(targets), 'target')}"
        line += f"  {hours(left)}  at most {count(asked, 'request')}  ${cost:.3f}" if left else "  nothing to ask"
        click.echo(line)
        for said in sorted({estimate.said for estimate in estimates if estimate.said}):
            click.echo(f"  {said}")
    click.echo(f"at most {count(requests, 'request')} and ${usd:.2f} in all; nothing was asked")
    return 0


def _gaps(database: Path, source: Source, target: Target, window: Window) -> list[Window]:
    """Ask the ledger what of a target is missing: all of it while there is no database."""
    if not database.exists():
        return [window]
    with connect(database, read_only=True) as connection:
        if not ledger.exists(connection):
            return [window]
        covered = ledger.load_covered(connection, source.NAME, target.name)
        spared = ledger.load_covered(connection, *target.spared_by) if target.spared_by else []
    return gaps(window, [*covered, *spared])
