"""A sample of the posts themselves: dear, so only with what the counts leave of an evenly spent budget.

X gives the newest first. Each page covers from a second after its oldest post up to the walk's end, so a walk that
stops anywhere leaves exactly the older rest as a gap for the next run, and no token needs to be kept.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from ingest.errors import SourceError, SpendCapped, Truncated, UnexpectedShape
from ingest.records import Window
from ingest.sources import Page, Target
from ingest.sources.x.counts import too_old
from ingest.sources.x.shape import created_at, labelled
from ingest.sources.x.spend import POST_USD
from ingest.sources.x.trouble import only_errors
from ingest.sources.x.wire import LAG, OVERLAP, REACH, Client, Question, ask, settle

PATH = "/2/tweets/search/recent"

PAGE, SMALLEST_PAGE = 100, 10
"""The most and the fewest posts that X gives in one answer."""

PAGE_USD = PAGE * POST_USD
"""What a page costs at worst: $0.50."""

MOST_PAGES = 5
"""The most for one gap in one run, whatever the budget: 500 posts, $2.50."""

LIVE = timedelta(minutes=3)
"""A gap that ended longer ago is an older one: it is read only where a page for the newest is left as well."""

SECOND = timedelta(seconds=1)
"""X's windows count whole seconds: others of the oldest's second may stand on the next page."""


def sample(client: Client, target: Target, wanted: Window, now: Callable[[], datetime]) -> Iterator[Page]:
    """Walk from `wanted.end` backwards, as far as the budget allows.

    The newest gap says why it was not filled. An older one says it by staying a gap: `pull` comes to it first and
    ends with the first problem, and what was written just now is worth more than what was left yesterday.
    """
    asked_at = now()
    latest, reach = _floor(asked_at - LAG), _ceil(asked_at - REACH)
    if wanted.end <= reach:
        yield Page((), None, requests=0, problem=too_old(target, reach))
        return
    start, end = _floor(wanted.start), min(_ceil(wanted.end), latest)
    if max(start, reach) >= end:
        return  # too young to be found
    old = wanted.end < asked_at - LIVE
    size, refusal = _size(client, target, asked_at, keep=PAGE_USD if old else 0.0)
    if refusal:
        if not old or client.purse.left(asked_at) < PAGE_USD:
            yield Page((), None, requests=0, problem=refusal)
        return
    more = {"query": client.queries[target.name], "max_results": str(size), "sort_order": "recency"}
    question = Question(PATH, max(start - OVERLAP, reach), end, size * POST_USD, more, fields=True)
    walk = _Walk(end)
    while True:
        told = yield from ask(client, target, question, now)
        if told is None:
            return
        raw = told.payload.data or []
        off = settle(client, question, told, len(raw) * POST_USD)
        fresh = walk.past(raw, question.start)
        question.next_token = told.payload.next_token
        problem = walk.problem(target, told.payload.errors, told.payload.meta)
        whole = problem is None and question.next_token is None
        covered = Window(question.start, end) if whole else walk.covered
        items = [labelled("post", one) for one in fresh] + [labelled("error", one) for one in told.payload.errors or ()]
        done = not whole and not problem and walk.pages >= MOST_PAGES
        if done and not old:
            problem = walk.short(target, start, f"after {MOST_PAGES} pages")
        yield Page(tuple(items), covered, requests=told.requests, cost_usd=off, problem=problem)
        if problem or done:
            return
        if whole:
            break
        keep = PAGE_USD if old else 0.0
        refusal = client.purse.refusal(target, question.usd + keep, now(), evenly=True)
        if refusal:
            if not old:
                yield Page((), None, requests=0, problem=refusal)
            return
    if question.start > start:
        yield Page((), None, requests=0, problem=too_old(target, question.start))


def _size(client: Client, target: Target, at: datetime, *, keep: float) -> tuple[int, SpendCapped | None]:
    """Say how many posts to ask for at once, or why none. An older gap gets a full page or nothing."""
    left = client.purse.left(at, evenly=True) - keep
    size = min(PAGE, int(left / POST_USD)) if left > 0 else 0
    least = PAGE if keep else SMALLEST_PAGE
    return size, client.purse.refusal(target, least * POST_USD + keep, at, evenly=True)


class _Walk:
    """How far back one walk has come, newest first."""

    def __init__(self, end: datetime) -> None:
        self._end = end
        self._oldest: datetime | None = None
        self._seen: set[str] = set()
        self._ordered = True
        self._unreadable = self._repeats = self._empty = False
        self.pages = 0

    def past(self, raw: list[Any], start: datetime) -> list[Any]:
        """Walk over one more page of what was asked from `start` on; returns the posts that were on none before."""
        self.pages += 1
        fresh = [one for one in raw if _id(one) not in self._seen]
        times = [at for one in raw if (at := created_at(one)) is not None]
        self._seen |= {_id(one) for one in raw} - {""}
        self._empty, self._repeats = not raw, bool(raw) and not fresh
        # Were they only left out, a changed format would look like a calm hour.
        self._unreadable = 2 * len(times) < len(raw)
        for at in times:
            if not start <= at < self._end:
                continue  # not asked: a stray post from last year is no sign that the year was walked
            self._ordered = self._ordered and (self._oldest is None or at <= self._oldest)
            self._oldest = at if self._oldest is None else min(at, self._oldest)
        return fresh

    @property
    def covered(self) -> Window | None:
        """What is sure while older pages are to come: nothing where the order was broken."""
        sure = self._oldest is not None and self._ordered and not self._unreadable
        if not sure or self._oldest is None or self._oldest + SECOND >= self._end:
            return None
        return Window(self._oldest + SECOND, self._end)

    def problem(self, target: Target, errors: list[Any] | None, meta: dict[str, Any] | None) -> SourceError | None:
        """Say why the page just read is no good, or the walk can not go on; None where all is well."""
        if self._empty and (errors or (meta or {}).get("result_count") != 0):
            return only_errors(target, errors)
        if self._unreadable:
            return UnexpectedShape(
                f"x {target.name}: most of a page could not be read as posts; see the table rejects, and look for a "
                "newer version of this program"
            )
        if self._repeats:
            return Truncated(f"x {target.name}: its pages repeat themselves; the next run asks for the rest")
        return None

    def short(self, target: Target, start: datetime, why: str) -> Truncated:
        """Say how much was left."""
        reached = self.covered.start if self.covered else self._end
        hours = max((reached - start).total_seconds(), 0.0) / 3600
        return Truncated(
            f"x {target.name}: the sample ends {why} at {reached:%Y-%m-%dT%H:%MZ} and leaves {hours:.1f} h before it; "
            "run it more often, or narrow the query on the watchlist"
        )


def _id(raw: Any) -> str:
    found = raw.get("id") if isinstance(raw, dict) else None
    return found if isinstance(found, str) else ""


def _floor(at: datetime) -> datetime:
    return at.replace(microsecond=0)


def _ceil(at: datetime) -> datetime:
    return at if not at.microsecond else _floor(at) + SECOND
