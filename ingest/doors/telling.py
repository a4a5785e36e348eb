"""What a run of the sources came to, as lines for a person or as JSON for a log."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click
import msgspec

from ingest.door import PARTLY
from ingest.errors import MissingKey
from ingest.hostile import one_line
from ingest.pull import Outcome
from ingest.records import Window
from ingest.saying import count
from ingest.sources import Source


class Teller:
    """Prints as the run goes, and adds up for the last line and the exit code.

    Parameters
    ----------
    as_json
        One JSON object a target on stdout, and nothing else there.
    """

    def __init__(self, *, as_json: bool = False) -> None:
        self._as_json = as_json
        self._outcomes: list[Outcome] = []
        self._waiting = 0

    def not_configured(self, source: Source, missing: MissingKey) -> None:
        """Say that a source is left out, and which key it lacks."""
        if self._as_json:
            self._object({"source": source.NAME, "not_configured": str(missing)})
        else:
            click.echo(f"{source.NAME:<13} not configured: {missing}")

    def not_yet(self, source: Source, again: datetime) -> None:
        """Say that a source is left out for now, and from when on it is asked again."""
        self._waiting += 1
        if self._as_json:
            self._object({"source": source.NAME, "asked_again": again})
        else:
            click.echo(f"{source.NAME:<13} asked again from {again:%H:%M} UTC")

    def before(self, source: Source, said: str) -> None:
        """Say, before a first reading, what it will take."""
        if said and not self._as_json:
            click.echo(f"{source.NAME:<13} first reading: {said}", err=True)

    def outcomes(self, source: Source, outcomes: Sequence[Outcome], targets: int) -> None:
        """Say what a source came to: a line of its own, and one for each target that failed or was left incomplete."""
        self._outcomes += outcomes
        if self._as_json:
            for outcome in outcomes:
                self._object({"source": source.NAME} | told(outcome))
            return
        asked = [outcome for outcome in outcomes if outcome.target.brings != "deletions"]
        new, fetched = (sum(getattr(outcome, name) for outcome in outcomes) for name in ("new", "fetched"))
        noun = "target " if len(asked) == 1 else "targets"
        line = f"{source.NAME:<13} {len(asked):>3} {noun} {fetched:>8,} fetched {new:>8,} new"
        if cost := sum(outcome.cost_usd for outcome in outcomes):
            line += f"  ${cost:.3f}"
        click.echo(line)
        for outcome in outcomes:
            self._details(outcome)
        if len(asked) < targets:
            click.echo(f"  {targets - len(asked)} more were not asked: the next run asks them", err=True)

    def summary(self, database: Path, *, live: bool) -> int:
        """Say what all sources came to. Returns the exit code."""
        failed = [outcome for outcome in self._outcomes if outcome.failure]
        new = sum(outcome.new for outcome in self._outcomes)
        if not self._as_json:
            click.echo(
                f"{count(new, 'new fact')} -> {database}" + ("" if live else "  (the sample: nothing went online)")
            )
        if not self._outcomes and self._waiting:
            return 0
        if not self._outcomes:
            click.echo("error: no source is configured; see .env.example", err=True)
            return 1
        if len(failed) == len(self._outcomes):
            click.echo(
                "error: no source answered; nothing was seen, and nothing is known of now. Run it again later",
                err=True,
            )
            return 1
        if failed:
            said = (
                f"{len(failed)} of {count(len(self._outcomes), 'target')} failed; the next run asks for what was left"
            )
            click.echo(said, err=True)
            return PARTLY
        return 0

    def _details(self, outcome: Outcome) -> None:
        name = one_line(outcome.target.name, 60)
        if outcome.rejected:
            click.echo(f"  {name}: {outcome.rejected:,} could not be read: see the table rejects", err=True)
        if outcome.failure:
            click.echo(f"  {one_line(str(outcome.failure), 300)}", err=True)
        elif outcome.gaps_left:
            click.echo(f"  {name}: not covered: {hours(outcome.gaps_left)}")

    def _object(self, said: dict[str, object]) -> None:
        click.echo(msgspec.json.encode(said).decode())


def told(outcome: Outcome) -> dict[str, object]:
    """Lay one target's outcome out for a log."""
    return {
        "target": outcome.target.name,
        "service": outcome.target.service,
        "brings": outcome.target.brings,
        "fetched": outcome.fetched,
        "new": outcome.new,
        "rejected": outcome.rejected,
        "requests": outcome.requests,
        "cost_usd": round(outcome.cost_usd, 6),
        "not_covered": [[window.start, window.end] for window in outcome.gaps_left],
        "error": str(outcome.failure) if outcome.failure else None,
    }


def hours(gaps: Sequence[Window]) -> str:
    """Say how much time lies in gaps."""
    total = sum((gap.end - gap.start).total_seconds() for gap in gaps) / 3600
    said = f"{total:.1f} h" if total >= 1 else f"{total * 60:.0f} min"
    return f"{said} in {count(len(gaps), 'gap')}"
