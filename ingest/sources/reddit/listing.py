"""Walk a listing from the newest back, and say how far back it was truly read."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
import praw

from ingest.errors import ConfigError, SourceError, Truncated, UnexpectedShape
from ingest.hostile import one_line
from ingest.records import Window
from ingest.settings import Settings
from ingest.sources import Page, Target
from ingest.sources.reddit.shape import PLATFORM, created_at
from ingest.sources.reddit.trouble import budget_used_up

PAGE = 100
"""The most that Reddit gives in one answer."""

MAX_PAGES = 20
"""Twice what a listing holds: about 1,000 (praw's ListingGenerator). A server that pages for ever is left there."""

SECOND = timedelta(seconds=1)
"""`created_utc` counts whole seconds: others of the oldest's second may stand on the next page."""

_PLACE = re.compile(r"r/\w{2,30}", re.ASCII)


class Answer(msgspec.Struct, frozen=True):
    """One page of a listing: the raw posts or comments as they stand, and where the next page begins."""

    children: tuple[Any, ...]
    after: str | None = None

    @property
    def times(self) -> list[datetime]:
        """When each was created, in the listing's order; those that cannot be read are left out."""
        return [at for child in self.children if (at := created_at(child)) is not None]


class Listing(msgspec.Struct, frozen=True):
    """The wrapper around a page, as Reddit sends it."""

    kind: Literal["Listing"]
    data: Answer


def targets(settings: Settings) -> list[Target]:
    """Name the comments of every watched subreddit, then the posts. Raises ConfigError for a place that is none.

    Comments come first: moderators move the complaints into megathreads. Each subreddit is a target of its own. One
    request for "A+B+C" would do where all is calm, but it cannot vouch for each: its thousand are shared, so a busy
    subreddit pushes a small one out of reach, one that is closed is left out without a word, and a place added to the
    watchlist would be another name in the ledger, covered by nothing.

    A subreddit that several services share is read once, for no service in particular: the ledger goes by the name.
    """
    shared: dict[str, set[str]] = {}
    places: dict[str, str] = {}
    for service in settings.watchlist.services.values():
        for place in service.places.get(PLATFORM, ()):
            if not _PLACE.fullmatch(place):
                raise ConfigError(
                    f"watchlist: [{service.name}.places] reddit = {place!r} is no subreddit; write it as r/ClaudeAI"
                )
            # Upper and lower case are the same subreddit.
            places.setdefault(place.casefold(), place)
            shared.setdefault(place.casefold(), set()).add(service.name)
    return [
        Target(f"{place}/{kind}", next(iter(shared[folded])) if len(shared[folded]) == 1 else None)
        for kind in ("comments", "new")
        for folded, place in places.items()
    ]


def fetch(client: praw.Reddit, target: Target, wanted: Window, now: Callable[[], datetime]) -> Iterator[Page]:
    """Read a subreddit's listing from now backwards until `wanted.start` is reached, 100 to a page.

    Everything passed on the way is handed out, wanted or not. Each page's `covered` is what `Walk` is sure of.
    """
    # With the slash as praw's own calls have it, so that Reddit is asked nothing but what is recorded.
    path = f"/{target.name}/" if target.name.endswith("/comments") else f"/{target.name}"
    # Once, before anything is sent: what is published while older pages are read is for the next run.
    walk = Walk(asked_at=now())
    while True:
        if used_up := budget_used_up(client, target.name):
            yield Page((), None, requests=0, problem=used_up)
            return
        answer = ask(client, path, walk.after)
        walk = walk.past(answer)
        problem = None if walk.reached(wanted.start) else walk.problem(target)
        yield Page(answer.children, walk.covered, problem=problem)
        if walk.reached(wanted.start) or problem:
            return


def ask(client: praw.Reddit, path: str, after: str | None, query: Mapping[str, str] | None = None) -> Answer:
    """Ask for one page. Raises msgspec.ValidationError where the answer is no listing, and what praw raises."""
    params: dict[str, str | int] = {"limit": PAGE, **(query or {})}
    if after:
        params["after"] = after
    return msgspec.convert(client.request(method="GET", path=path, params=params), Listing).data


class Walk(msgspec.Struct, frozen=True):
    """How far back a listing was read in one go, page by page.

    `covered` is sure from a second after `oldest` up to `asked_at`, the moment before the first request. `ended` says
    why there is no next page; where the times are not `ordered`, newest first, `oldest` is as far as it will get.
    """

    asked_at: datetime
    oldest: datetime | None = None
    read: int = 0
    pages: int = 0
    after: str | None = None
    passed: frozenset[str] = frozenset()
    ordered: bool = True
    ended: str | None = None
    unreadable: bool = False

    def past(self, answer: Answer) -> "Walk":
        """Walk over one more page."""
        oldest, ordered = self._sure_after(answer.times)
        read, pages = self.read + len(answer.children), self.pages + 1
        ended = None
        if not read:
            ended = "is empty"
        elif answer.after is None or not answer.children:
            ended = f"ended after {read:,}, at {_minute(oldest)}"
        elif answer.after in self.passed:
            ended = f"goes in circles after {read:,}, at {_minute(oldest)}"
        elif pages == MAX_PAGES:
            ended = f"does not end after {read:,}, at {_minute(oldest)}"
        return Walk(
            asked_at=self.asked_at,
            oldest=oldest,
            read=read,
            pages=pages,
            after=answer.after,
            passed=self.passed | ({answer.after} if answer.after else set()),
            ordered=ordered,
            ended=ended,
            # Were they only left out, a changed format would look like a calm hour.
            unreadable=2 * len(answer.times) < len(answer.children),
        )

    def _sure_after(self, times: list[datetime]) -> tuple[datetime | None, bool]:
        """Go down the times, newest first. Returns the oldest that is sure, and whether all were in order.

        Where the order breaks it is not known which of the two is out of place (the older may be a year old): sure is
        only what is newer than everything that follows.
        """
        oldest = self.oldest
        for number, at in enumerate(times):
            if not self.ordered or (oldest is not None and at > oldest):
                return max([*times[number:], *([oldest] if oldest and not self.ordered else [])]), False
            oldest = at
        return oldest, self.ordered

    @property
    def covered(self) -> Window | None:
        """What was truly seen; None where that is nothing, or most of the last page could not be read."""
        if self.oldest is None or self.unreadable or self.oldest + SECOND >= self.asked_at:
            return None
        return Window(self.oldest + SECOND, self.asked_at)

    def reached(self, start: datetime) -> bool:
        """Say whether everything from `start` on was truly seen."""
        return self.covered is not None and self.covered.start <= start

    def problem(self, target: Target) -> SourceError | None:
        """Say why the walk ends here, short of what is wanted; None where it can go on."""
        if self.unreadable:
            return UnexpectedShape(
                f"reddit {target.name}: most of a page could not be read as posts or comments; see the table rejects, "
                "and look for a newer version of this program"
            )
        why = self.ended if self.ordered else f"is not in order, newest first, past {_minute(self.oldest)}"
        if why is None:
            return None
        said = f"reddit {target.name}: the listing {why}; older ones cannot be read"
        if self.covered:
            said += f", so run it more often than every {_span(self.covered.end - self.covered.start)}"
        return Truncated(one_line(said, 300))


def _minute(at: datetime | None) -> str:
    return f"{at:%Y-%m-%dT%H:%MZ}" if at else "no known time"


def _span(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    return f"{minutes // 60} h" if minutes >= 120 else f"{minutes} min" if minutes else "minute"
