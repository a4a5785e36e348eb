"""`doctor`: what each source needs, whether it answers, what was seen of it, what it cost, and the next step."""

import shlex
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import click
import msgspec

from ingest import ledger
from ingest.coverage import gaps, intersection, union
from ingest.database import connect
from ingest.doors.reading import chosen_sources, utc_now, wanted
from ingest.errors import MissingKey, Truncated
from ingest.hostile import one_line
from ingest.records import Window
from ingest.saying import count
from ingest.settings import Settings
from ingest.sources import Memory, Source, Target

TRIED = timedelta(minutes=1)
"""What a source is asked about to see whether it answers; nothing of it is kept."""


PASSING = timedelta(minutes=1)
"""What is not covered of each target just after a pull, because time went on."""


class Finding(msgspec.Struct, frozen=True):
    """What is known of one source. `answers` is None where it was not tried.

    `gaps` is what a pull may bring of what is to be read, `beyond` what none can; both in words, empty for nothing.
    """

    source: str
    configured: bool
    reaches: str
    cost: str
    without: str
    answers: bool | None = None
    last_covered: datetime | None = None
    gaps: str = ""
    beyond: str = ""
    spent_this_month_usd: float = 0.0
    next_step: str = ""


def check_all(settings: Settings, database: Path, names: Sequence[str], *, as_json: bool = False) -> int:
    """Look at every source and print what was found. Returns 0, or 3 where a configured source does not answer."""
    settings = replace(settings, folder=database.parent)
    if not as_json and not settings.live:
        click.echo("nothing is configured: the embedded sample is read, and nothing goes online (cp .env.example .env)")
    silent = False
    for source in chosen_sources(settings, names):
        finding = check(settings, database, source)
        silent = silent or finding.answers is False
        click.echo(msgspec.json.encode(finding).decode() if as_json else told(finding))
    return 3 if silent else 0


def check(settings: Settings, database: Path, source: Source) -> Finding:
    """Look at one source: its settings, its ledger, and whether it answers a small question that costs nothing."""
    about = source.ABOUT
    finding = Finding(source.NAME, False, about.reach_said, about.cost, about.without)
    try:
        client = source.connect(settings)
    except MissingKey as missing:
        return msgspec.structs.replace(finding, next_step=str(missing))
    targets = source.targets(settings)
    finding = msgspec.structs.replace(finding, configured=True)
    if not targets:
        return msgspec.structs.replace(finding, next_step="the watchlist names nothing for it to read")
    finding = _from_ledger(finding, settings, database, source, targets)
    answers, said = _tried(settings, source, client, targets[0])
    step = said or (_pull(settings, database, source) if finding.gaps else "")
    return msgspec.structs.replace(finding, answers=answers, next_step=step)


def _from_ledger(
    finding: Finding, settings: Settings, database: Path, source: Source, targets: Sequence[Target]
) -> Finding:
    window = wanted(settings, source, None, None)
    covered: dict[str, list[Window]] = {}
    memory = Memory()
    if database.exists():
        with connect(database, read_only=True) as connection:
            if ledger.exists(connection):
                memory = ledger.load_memory(connection, source.NAME, utc_now())
                for target in targets:
                    covered[target.name] = ledger.load_covered(connection, source.NAME, target.name)
                    if target.spared_by:
                        covered[target.name] += ledger.load_covered(connection, *target.spared_by)
    missing: list[Window] = []
    beyond: list[Window] = []
    for target in targets:
        seen, lost = covered.get(target.name, []), _out_of_reach(source, target, window)
        missing += gaps(window, [*seen, *lost])
        beyond += [part for gap in gaps(window, seen) for span in lost if (part := intersection(gap, span))]
    return msgspec.structs.replace(
        finding,
        last_covered=max((seen.end for windows in covered.values() for seen in union(windows)), default=None),
        gaps=_share(missing, window, len(targets)),
        beyond=_share(beyond, window, len(targets)),
        spent_this_month_usd=memory.spent_this_month_usd,
    )


def _out_of_reach(source: Source, target: Target, window: Window) -> list[Window]:
    """Name the spans of which no pull brings anything: past what the source reaches, or not in the sample at all."""
    first = utc_now() - source.ABOUT.reach if source.ABOUT.reach else window.start
    past = [Window(window.start, min(first, window.end))] if first > window.start else []
    return union([*past, *getattr(source, "unseen", lambda target: ())(target)])


def _pull(settings: Settings, database: Path, source: Source) -> str:
    """Write the command that asks a source for what is missing in this database."""
    own = [] if database == settings.database else ["--db", str(database)]
    return shlex.join(["python", "-m", "ingest", *own, "--source", source.NAME])


def _tried(settings: Settings, source: Source, client: Any, target: Target) -> tuple[bool | None, str]:
    """Ask for a minute and take the first answer. Returns whether it came, and what to do where it did not."""
    now = utc_now()
    window = Window(now - TRIED, now)
    if source.estimate(settings, target, window).usd:
        return None, "not tried: asking costs money"
    try:
        with closing(cast("Any", source.fetch(client, target, window, utc_now, Memory()))) as pages:
            page = next(iter(pages), None)
    except Exception as raised:
        problem = source.translate(raised, target)
        if problem is None:
            raise
        return False, str(problem)
    # A source that gave less than was asked has answered.
    if page is not None and page.problem is not None and not isinstance(page.problem, Truncated):
        return False, str(page.problem)
    return True, ""


def told(finding: Finding) -> str:
    """Lay one finding out for a person."""
    state = "not configured" if not finding.configured else {True: "answers", False: "does not answer", None: "ready"}[
        finding.answers
    ]  # fmt: skip
    lines = [f"{finding.source:<13} {state}"]
    if finding.configured:
        seen = (
            f"covered up to {finding.last_covered:%Y-%m-%d %H:%MZ}" if finding.last_covered else "nothing covered yet"
        )
        lines.append(f"  {seen}; {f'missing {finding.gaps}' if finding.gaps else 'nothing missing'}")
        if finding.beyond:
            lines.append(f"  not covered, and no pull can bring it: {finding.beyond}")
        if finding.spent_this_month_usd:
            lines.append(f"  spent this month: ${finding.spent_this_month_usd:.3f}")
    else:
        lines.append(f"  without it: {finding.without}")
    lines.append(f"  reaches back: {finding.reaches}; cost: {finding.cost}")
    if finding.next_step:
        lines.append(f"  next: {one_line(finding.next_step, 300)}")
    return "\n".join(lines)


def _share(missing: Sequence[Window], window: Window, targets: int) -> str:
    """Say how much of what is to be read is missing; nothing where nothing is, or what passes while one asks."""
    total, span = sum((gap.end - gap.start for gap in missing), timedelta()), window.end - window.start
    if total < PASSING * targets:
        return ""
    share = f"{total / (span * targets):.0%}" if total >= 0.01 * span * targets else "<1%"
    return f"{share} of {span / timedelta(hours=1):.0f} h, in {count(targets, 'target')}"
