"""Ask one source about one target: its gaps, page by page, saved as they come, with what each truly covered.

The only place where a client's exception is caught. It becomes a row of the ledger, and the gap stays for the
next run; so does the gap that a crash leaves. Nothing is ever marked as covered before it is saved.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from datetime import datetime
from typing import Any, cast

import duckdb
import msgspec

from ingest import ledger, store
from ingest.authors import AuthorKeys
from ingest.coverage import gaps
from ingest.errors import SourceError, Truncated, UnexpectedShape
from ingest.hostile import masked, one_line
from ingest.records import Deletion, Edit, Facts, Incident, PageState, Post, Pull, Reject, Volume, Window
from ingest.sources import Page, Reading, Source, Target

_KINDS = (Post, Volume, Incident, PageState, Edit, Deletion, Reject)
"""In the order of the fields of `Facts`."""

FEW = 10
"""Below this many on a page, one that cannot be read says nothing about the others."""

Open = Callable[[], AbstractContextManager[duckdb.DuckDBPyConnection]]


class Outcome(msgspec.Struct, frozen=True):
    """What pulling one target came to: facts fetched, new ones, rejects, cost, and the error that ended it, if any."""

    target: Target
    fetched: int = 0
    new: int = 0
    rejected: int = 0
    requests: int = 0
    cost_usd: float = 0.0
    failure: SourceError | None = None
    gaps_left: tuple[Window, ...] = ()

    @property
    def error(self) -> str | None:
        """The failure, in words."""
        return None if self.failure is None else str(self.failure)


class Pulling(msgspec.Struct, frozen=True):
    """What every pull of a run shares: the database, the key, the clock, and how it is watched and stopped."""

    open_database: Open
    keys: AuthorKeys
    now: Callable[[], datetime]
    on_page: Callable[[int], None] = lambda fetched: None
    stopped: Callable[[], bool] = lambda: False


def pull_target(
    source: Source,
    client: Any,
    target: Target,
    wanted: Window,
    *,
    open_database: Open,
    keys: AuthorKeys,
    now: Callable[[], datetime],
    on_page: Callable[[int], None] = lambda fetched: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Fill the gaps of one target within `wanted`, oldest first. The database is open only while a page is saved."""
    run = Pulling(open_database, keys, now, on_page, stopped)
    with open_database() as connection:
        covered = ledger.load_covered(connection, source.NAME, target.name)
        spared = ledger.load_covered(connection, *target.spared_by) if target.spared_by else []
        memory = ledger.load_memory(connection, source.NAME, now())
    outcome = Outcome(target)
    for gap in gaps(wanted, [*covered, *spared]):
        if not gaps(gap, covered):
            continue  # the reading of an older gap came past it
        started_at, error = now(), None
        pages = source.fetch(client, target, gap, now, memory)
        try:
            # Closed in any case: a source may hold a socket and a thread for as long as it is read.
            with closing(cast("Any", pages)):
                for page in _each(pages, stopped):
                    saved, kept = _save_page(source, target, gap, page, started_at, run)
                    outcome = _sum(outcome, saved)
                    covered = [*covered, kept.covered] if kept.covered else covered
                    error = kept.problem
                    on_page(outcome.fetched)
                    started_at = now()
        except Exception as raised:
            error = source.translate(raised, target)
            if error is None:
                raise
            _save_error(source, target, gap, error, started_at, run)
        if error is not None:
            outcome = msgspec.structs.replace(outcome, failure=error)
        # What lies past a source's reach must not keep it from being asked for what lies within.
        if stopped() or not isinstance(error, Truncated | None):
            break
    return msgspec.structs.replace(outcome, gaps_left=tuple(gaps(wanted, [*covered, *spared])))


def read_items(source: Source, target: Target, page: Page, reading: Reading) -> Facts:
    """Parse a page's items; one that cannot be read becomes a reject, and the rest is kept."""
    found: dict[type, list[Any]] = {kind: [] for kind in _KINDS}
    for number, raw in enumerate(page.items, 1):
        try:
            fact = source.parse(raw, reading)
        except (ValueError, UnexpectedShape) as error:
            where = f"{target.name}, item {number}"
            reason = one_line(str(error))
            fact = Reject(source.NAME, where, reason, masked(repr(raw)), reading.seen_at)  # type: ignore[assignment]
        if fact is not None:
            found[type(fact)].append(fact)
    return Facts(*(tuple(found[kind]) for kind in _KINDS))


def vouched(page: Page, facts: Facts, target: Target) -> Page:
    """Take back what a page covers where most of it could not be read: a changed format must not look like calm."""
    if len(page.items) < FEW or 2 * len(facts.rejects) <= len(page.items):
        return page
    problem = UnexpectedShape(
        f"{target.name}: {len(facts.rejects)} of {len(page.items)} could not be read; see the table rejects, and look "
        "for a newer version of this program"
    )
    return msgspec.structs.replace(page, covered=None, problem=page.problem or problem)


def _each(pages: Iterator[Page], stopped: Callable[[], bool]) -> Iterator[Page]:
    for page in pages:
        yield page
        if stopped():
            return


def _save_page(
    source: Source, target: Target, gap: Window, page: Page, started_at: datetime, run: Pulling
) -> tuple[Outcome, Page]:
    seen_at = run.now()
    facts = read_items(source, target, page, Reading(target, seen_at, run.keys))
    page = vouched(page, facts, target)
    pull = Pull(
        source=source.NAME, platform=target.platform or source.PLATFORM, target=target.name, service=target.service,
        asked=gap, covered=page.covered, fetched=len(facts), started_at=started_at, ended_at=seen_at,
        requests=page.requests, cost_usd=page.cost_usd, error=str(page.problem) if page.problem else None,
        brings=target.brings,
    )  # fmt: skip
    with run.open_database() as connection:
        new = store.save(connection, pull, facts, page.remember)
    return Outcome(target, len(facts), new, len(facts.rejects), page.requests, page.cost_usd), page


def _save_error(
    source: Source, target: Target, gap: Window, error: SourceError, started_at: datetime, run: Pulling
) -> None:
    pull = Pull(
        source=source.NAME, platform=target.platform or source.PLATFORM, target=target.name, service=target.service,
        asked=gap, covered=None, fetched=0, started_at=started_at, ended_at=run.now(),
        error=f"{type(error).__name__}: {error}", brings=target.brings,
    )  # fmt: skip
    with run.open_database() as connection:
        store.save(connection, pull, Facts())


def _sum(total: Outcome, saved: Outcome) -> Outcome:
    counted = ("fetched", "new", "rejected", "requests", "cost_usd")
    return msgspec.structs.replace(total, **{name: getattr(total, name) + getattr(saved, name) for name in counted})
