"""Walk a listing from the newest back, and say how far back it was truly read."""

from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
import praw

from ingest.errors import SourceError, Truncated, UnexpectedShape
from ingest.hostile import one_line
from ingest.records import Window
from ingest.sources import Target
from ingest.sources.reddit.shape import created_at

PAGE = 100
"""The most that Reddit gives in one answer."""

MAX_PAGES = 20
"""Twice what a listing holds: about 1,000 (praw's ListingGenerator). A server that pages for ever is left there."""

SECOND = timedelta(seconds=1)
"""`created_utc` counts whole seconds: others of the oldest's second may stand on the next page."""


class Answer(msgspec.Struct, frozen=True):
    """One page of a listing: the raw posts or comments as they stand, and where the next page begins."""

    children: tuple[Any, ...]
    after: str | None = None

    @property
    def times(self) -> list[datetime]:
        """When each was created, in the listing's order; those that cannot be read are left out."""
        return [at for child in self.children if (at := created_at(child)) is not None]


class _Listing(msgspec.Struct, frozen=True):
    kind: Literal["Listing"]
    data: Answer


def ask(client: praw.Reddit, target: Target, after: str | None) -> Answer:
    """Ask for one page. Raises msgspec.ValidationError where the answer is no listing, and what praw raises."""
    params: dict[str, str | int] = {"limit": PAGE} | ({"after": after} if after else {})
    # With the slash as praw's own calls have it, so that Reddit is asked nothing but what is recorded.
    path = f"/{target.name}/" if target.name.endswith("/comments") else f"/{target.name}"
    return msgspec.convert(client.request(method="GET", path=path, params=params), _Listing).data


class Walk(msgspec.Struct, frozen=True):
    """How far back a listing was read in one go, page by page.

    `covered` is sure from a second after `oldest` up to `asked_at`, the moment before the first request. `stopped`
    says why it cannot go on: `oldest` is then as far as it will get.
    """

    asked_at: datetime
    oldest: datetime | None = None
    read: int = 0
    pages: int = 0
    after: str | None = None
    passed: frozenset[str] = frozenset()
    stopped: str | None = None
    unreadable: bool = False

    def past(self, answer: Answer) -> "Walk":
        """Walk over one more page."""
        oldest, ordered = _oldest_in_order(self.oldest, answer.times)
        read, pages = self.read + len(answer.children), self.pages + 1
        stopped = None
        if not ordered:
            stopped = f"is not in order, newest first, past {_minute(oldest)}"
        elif not read:
            stopped = "is empty"
        elif answer.after is None or not answer.children:
            stopped = f"ended after {read:,}, at {_minute(oldest)}"
        elif answer.after in self.passed:
            stopped = f"goes in circles after {read:,}, at {_minute(oldest)}"
        elif pages == MAX_PAGES:
            stopped = f"does not end after {read:,}, at {_minute(oldest)}"
        return Walk(
            asked_at=self.asked_at,
            oldest=oldest,
            read=read,
            pages=pages,
            after=answer.after,
            passed=self.passed | ({answer.after} if answer.after else set()),
            stopped=stopped,
            # Were they only left out, a changed format would look like a calm hour.
            unreadable=2 * len(answer.times) < len(answer.children),
        )

    @property
    def covered(self) -> Window | None:
        """What was truly seen; None where that is nothing, or most of the last page could not be read."""
        if self.oldest is None or self.unreadable or self.oldest + SECOND >= self.asked_at:
            return None
        return Window(self.oldest + SECOND, self.asked_at)

    def problem(self, target: Target) -> SourceError | None:
        """Say why the walk ends here, short of what is wanted; None where it can go on."""
        if self.unreadable:
            return UnexpectedShape(
                f"reddit {target.name}: most of a page could not be read as posts or comments; see the table rejects, "
                "and look for a newer version of this program"
            )
        if self.stopped is None:
            return None
        said = f"reddit {target.name}: the listing {self.stopped}; older ones cannot be read"
        if self.covered:
            said += f", so run it more often than every {_span(self.covered.end - self.covered.start)}"
        return Truncated(one_line(said, 300))


def _oldest_in_order(oldest: datetime | None, times: list[datetime]) -> tuple[datetime | None, bool]:
    """Go down the times while they are newest first. Returns the oldest that is sure, and whether all were in order.

    Where the order breaks it is not known which of the two is out of place (the older may be a year old): sure is
    only what is newer than everything that follows.
    """
    for number, at in enumerate(times):
        if oldest is not None and at > oldest:
            return max(times[number:]), False
        oldest = at
    return oldest, True


def _minute(at: datetime | None) -> str:
    return f"{at:%Y-%m-%dT%H:%MZ}" if at else "no known time"


def _span(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    return f"{minutes // 60} h" if minutes >= 120 else f"{minutes} min" if minutes else "minute"
