"""Ask one source about one target: its gaps, page by page, saved as they come, with what each truly covered.

The only place where a client's exception is caught. It becomes a row of the ledger, and the gap stays for the
next run; so does the gap that a crash leaves. Nothing is ever marked as covered before it is saved.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

import duckdb
import msgspec

from ingest import ledger, store
from ingest.authors import AuthorKeys
from ingest.coverage import gaps
from ingest.errors import SourceError, UnexpectedShape
from ingest.hostile import masked, one_line
from ingest.records import Deletion, Edit, Facts, Incident, PageState, Post, Pull, Reject, Volume, Window
from ingest.sources import Page, Reading, Source, Target

_KINDS = (Post, Volume, Incident, PageState, Edit, Deletion, Reject)
"""In the order of the fields of `Facts`."""

Open = Callable[[], AbstractContextManager[duckdb.DuckDBPyConnection]]


class Outcome(msgspec.Struct, frozen=True):
    """What pulling one target came to: facts fetched, new ones, rejects, and the error that ended it, if one did."""

    target: Target
    fetched: int = 0
    new: int = 0
    rejected: int = 0
    error: str | None = None
    gaps_left: tuple[Window, ...] = ()


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
) -> Outcome:
    """Fill the gaps of one target within `wanted`, oldest first. The database is open only while a page is saved."""
    with open_database() as connection:
        covered = ledger.load_covered(connection, source.NAME, target.name)
        memory = ledger.load_memory(connection, source.NAME, now())
    outcome = Outcome(target)
    for gap in gaps(wanted, covered):
        if not gaps(gap, covered):
            continue  # the reading of an older gap came past it
        started_at, error = now(), None
        try:
            for page in source.fetch(client, target, gap, now, memory):
                saved = _save_page(source, target, gap, page, started_at, open_database, keys, now)
                outcome = _sum(outcome, saved)
                covered = [*covered, page.covered] if page.covered else covered
                error = page.problem
                on_page(outcome.fetched)
                started_at = now()
        except Exception as raised:
            error = source.translate(raised, target)
            if error is None:
                raise
            _save_error(source, target, gap, error, started_at, open_database, now)
        if error is not None:
            outcome = msgspec.structs.replace(outcome, error=str(error))
            break
    return msgspec.structs.replace(outcome, gaps_left=tuple(gaps(wanted, covered)))


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


def _save_page(
    source: Source, target: Target, gap: Window, page: Page, started_at: datetime,
    open_database: Open, keys: AuthorKeys, now: Callable[[], datetime],
) -> Outcome:  # fmt: skip
    seen_at = now()
    facts = read_items(source, target, page, Reading(target, seen_at, keys))
    pull = Pull(
        source=source.NAME, platform=target.platform or source.PLATFORM, target=target.name, service=target.service,
        asked=gap,
        covered=page.covered, fetched=len(facts), started_at=started_at, ended_at=seen_at, requests=page.requests,
        cost_usd=page.cost_usd, error=str(page.problem) if page.problem else None, brings=target.brings,
    )  # fmt: skip
    with open_database() as connection:
        new = store.save(connection, pull, facts, page.remember)
    return Outcome(target, len(facts), new, len(facts.rejects))


def _save_error(
    source: Source, target: Target, gap: Window, error: SourceError, started_at: datetime,
    open_database: Open, now: Callable[[], datetime],
) -> None:  # fmt: skip
    pull = Pull(
        source=source.NAME, platform=target.platform or source.PLATFORM, target=target.name, service=target.service,
        asked=gap,
        covered=None, fetched=0, started_at=started_at, ended_at=now(), error=f"{type(error).__name__}: {error}",
        brings=target.brings,
    )  # fmt: skip
    with open_database() as connection:
        store.save(connection, pull, Facts())


def _sum(total: Outcome, saved: Outcome) -> Outcome:
    return msgspec.structs.replace(
        total,
        fetched=total.fetched + saved.fetched,
        new=total.new + saved.new,
        rejected=total.rejected + saved.rejected,
    )
