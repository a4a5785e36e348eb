"""How many posts match a query, minute by minute: the cheap signal. One request tells seven days."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec

from ingest.coverage import union
from ingest.errors import Truncated, UnexpectedShape
from ingest.records import Window
from ingest.sources import Page, Target
from ingest.sources.x.shape import MINUTE, labelled, minute
from ingest.sources.x.spend import COUNTS_USD
from ingest.sources.x.trouble import only_errors
from ingest.sources.x.wire import LAG, OVERLAP, REACH, Client, Question, ask, settle

PATH = "/2/tweets/counts/recent"

MOST_PAGES = 3
"""X documents one. A server that pages for ever is left there."""


def count(client: Client, target: Target, wanted: Window, now: Callable[[], datetime]) -> Iterator[Page]:
    """Ask from `wanted.start` up to now, whatever lies between: that costs no more, and fills younger gaps as well.

    Only whole minutes that are over are kept and covered. X fills no gap beyond its reach: `Truncated` says so.
    """
    asked_at = now()
    start, end = _minute_of(wanted.start), _minute_of(asked_at - LAG)
    reach = _minute_of(asked_at - REACH) + MINUTE
    if wanted.end <= reach:
        yield Page((), None, requests=0, problem=too_old(target, reach))
        return
    first = max(start - OVERLAP, reach)
    if max(start, reach) >= end:
        return  # the minute is not over
    before = client.counted.get(target.name)
    if before and before.start <= start and end <= before.end:
        return  # an older gap's request told all there is, but for the minute in progress
    more = {"query": client.queries[target.name], "granularity": "minute"}
    question = Question(PATH, first, end, COUNTS_USD, more)
    for _ in range(MOST_PAGES):
        told = yield from ask(client, target, question, now)
        if told is None:
            return
        client.counted[target.name] = Window(question.start, end)
        off = settle(client, question, told, COUNTS_USD)
        raw, errors = told.payload.data or [], told.payload.errors or []
        buckets = _Buckets.of(raw, question)
        items = (*(labelled("count", one) for one in buckets.kept), *(labelled("error", one) for one in errors))
        problem = None if raw else only_errors(target, told.payload.errors)
        if raw and not buckets.covered:
            problem = UnexpectedShape(
                f"x {target.name}: no minute of its counts could be read; see the table rejects, and look for a newer "
                "version of this program"
            )
        seen: list[Window | None] = [*buckets.covered] or [None]
        yield Page(items, seen[0], requests=told.requests, cost_usd=off, problem=problem)
        for window in seen[1:]:  # X left minutes out: what is after them is covered, they are not
            yield Page((), window, requests=0)
        if problem:
            return
        question.next_token = told.payload.next_token
        if question.next_token is None:
            break
    else:
        yield Page((), None, requests=0, problem=Truncated(f"x {target.name}: its counts have more pages than known"))
        return
    if question.start > start:
        yield Page((), None, requests=0, problem=too_old(target, question.start))


def too_old(target: Target, reach: datetime) -> Truncated:
    """Say that X does not tell what is older."""
    return Truncated(
        f"x {target.name}: X tells only its last seven days; what is before {reach:%Y-%m-%dT%H:%MZ} stays a gap, so "
        "run it more often than once a week"
    )


class _Buckets(msgspec.Struct, frozen=True):
    """The buckets of an answer that are kept, and what they cover: not those cut short or in progress."""

    kept: list[Any]
    covered: list[Window]

    @classmethod
    def of(cls, raw: list[Any], question: Question) -> "_Buckets":
        kept, minutes = [], []
        for one in raw:
            try:
                window, _ = minute(one)
            except ValueError:
                kept.append(one)  # becomes a reject, and its minute stays a gap
                continue
            whole = window.end - window.start == MINUTE and _minute_of(window.start) == window.start
            if whole and question.start <= window.start and window.end <= question.end:
                kept.append(one)
                minutes.append(window)
        return cls(kept, union(minutes))


def _minute_of(at: datetime) -> datetime:
    return at - timedelta(seconds=at.second, microseconds=at.microsecond)
