"""Walk one phrase's hits from the newest back, past the ceiling, and say how far back they were truly read."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from statistics import median_low
from typing import Any

import msgspec
from atproto import models
from atproto.exceptions import BadRequestError

from ingest.errors import SourceError, Truncated, UnexpectedShape
from ingest.records import Window
from ingest.sources import Page, Target
from ingest.sources.bluesky.session import Account
from ingest.sources.bluesky.shape import View, sort_at
from ingest.times import EARLIEST

METHOD = "app.bsky.feed.searchPosts"

LIMIT = 100
"""The most that one answer holds (lexicon)."""

CEILING = 9_900
"""Hits after which a new, shorter window is asked: the search gives 10,000 and then stops as if that were the end."""

MOST_PAGES = 300
"""Of one walk: 30,000 posts. The next run goes on where it stopped."""

LAG = timedelta(minutes=2)
"""The newest posts may not be in the index yet. In a recorded answer most were indexed within 3 s of being written."""

PATIENCE = timedelta(minutes=15)
"""A gap younger than this is left alone: the stream may yet fill it, and a search is for people (social-apis, B2)."""

OVERLAP = timedelta(minutes=15)
"""Asked before the gap as well: a post indexed late is filed under the time when its author wrote it."""

SLACK = timedelta(minutes=1)
"""Posts are not perfectly in order: this much of what a page ends with is not yet claimed."""

FEW = 10
"""Below this many on a page, one that cannot be read says nothing about the others."""

_MS = timedelta(milliseconds=1)


class _Answer(msgspec.Struct, frozen=True):
    posts: list[dict[str, Any]]
    cursor: str | None = None


class Found(msgspec.Struct, frozen=True):
    """One page: the views as they stand, where the next one begins, and whether the search refused to go so deep."""

    views: tuple[View, ...] = ()
    cursor: str | None = None
    too_deep: bool = False

    @property
    def times(self) -> list[datetime]:
        """Where each stands in the search's order; those that cannot be read are left out."""
        return [at for view in self.views if (at := sort_at(view)) is not None]

    @property
    def unreadable(self) -> bool:
        """Tell whether most of the page could not be read: a changed format must not look like calm."""
        return len(self.views) >= FEW and 2 * len(self.times) < len(self.views)


class Step(msgspec.Struct, frozen=True):
    """One request: hits before `until`, from `cursor` on; `depth` is how many hits lie before it, at most.

    Pages are counted, not posts: hits that this account may not see are missing from a page, and count all the same.
    """

    until: datetime
    cursor: str | None = None
    depth: int = 0

    def then(self, found: Found, times: list[datetime]) -> "Step | None":
        """Name the next request, given this one's answer and the last times seen; None where it was the last.

        Without a cursor the hits are at their end, or at the ceiling: there a new window is asked. It begins at the
        middle of the last page rather than at its oldest post, which can be out of place by hours.
        """
        depth = self.depth + LIMIT
        if depth < CEILING and not found.too_deep:
            return Step(self.until, found.cursor, depth) if found.cursor is not None else None
        return Step(min(to_ms(median_low(times)) + _MS, self.until) if times else self.until)


def walk(account: Account, target: Target, wanted: Window, now: Callable[[], datetime]) -> Iterator[Page]:
    """Read the hits of a target's phrase within `wanted`, newest first; nothing where the gap is too young.

    While there are more, a page covers only what is newer than all of its posts, and `SLACK`: what follows is older
    than it by the search's order, or nearly so. The last page covers the whole gap, up to `LAG` before now.
    """
    asked_at = now()
    end = to_ms(min(wanted.end, asked_at - LAG))
    if asked_at - wanted.start < PATIENCE or end <= wanted.start:
        return
    since = to_ms(max(wanted.start, EARLIEST)) - OVERLAP
    step: Step | None = Step(end)
    times: list[datetime] = []
    passed: set[tuple[datetime, str | None]] = set()
    while step is not None:
        passed.add((step.until, step.cursor))
        sent = account.wire.sent
        found = _ask(account, target, since, step)
        times = found.times or times
        step = step.then(found, times)
        problem = _problem(target, found, step, passed)
        ended = step is None and problem is None
        covered = Window(wanted.start, end) if ended else _sure(found, Window(wanted.start, end))
        yield Page(found.views, covered, requests=account.wire.sent - sent, problem=problem)
        if problem:
            return


def _sure(found: Found, gap: Window) -> Window | None:
    """Say what of the gap is surely seen while there is more to come."""
    if found.unreadable or not found.times:
        return None
    newest = max(found.times) + SLACK
    return Window(max(gap.start, newest), gap.end) if newest < gap.end else None


def to_ms(at: datetime) -> datetime:
    """Cut to the millisecond: the search knows no finer time."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _ask(account: Account, target: Target, since: datetime, step: Step) -> Found:
    """Ask for one page. Raises ValidationError where the answer is of another shape, and what `query` raises."""
    params = models.AppBskyFeedSearchPosts.Params(
        q=target.name.removeprefix("search "),
        sort="latest",
        since=_said(since),
        until=_said(step.until),
        limit=LIMIT,
        cursor=step.cursor,
    )
    try:
        answer = msgspec.convert(account.query(METHOD, params), _Answer)
    except BadRequestError as error:
        if step.cursor is None or not too_deep(error):
            raise
        return Found(too_deep=True)  # a ceiling lower than the one we know
    return Found(tuple(View(post) for post in answer.posts), answer.cursor)


def too_deep(error: BadRequestError) -> bool:
    """Tell whether the search refused to go further down: that has no name of its own, only a text."""
    return error.response is not None and "paginate" in str(getattr(error.response.content, "message", ""))


def _problem(
    target: Target, found: Found, step: Step | None, passed: set[tuple[datetime, str | None]]
) -> SourceError | None:
    what = None
    if found.unreadable:
        return UnexpectedShape(
            f"bluesky {target.name}: most of a page could not be read as posts; see the table rejects, and look for a "
            "newer version of this program"
        )
    if step is not None and (step.until, step.cursor) in passed:
        what = "the pages go in circles, or thousands of posts have one time; older ones cannot be read"
    elif step is not None and len(passed) == MOST_PAGES:
        what = f"more than {MOST_PAGES * LIMIT:,} posts in one go; run it again, it goes on there"
    return Truncated(f"bluesky {target.name}: {what}") if what else None


def _said(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
