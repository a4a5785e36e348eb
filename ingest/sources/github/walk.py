"""Walk a repository's list of issues from the newest back, and say how far back it was truly read."""

import re
from datetime import datetime, timedelta
from typing import Any

import msgspec

from ingest.errors import SourceError, Truncated, UnexpectedShape
from ingest.hostile import one_line
from ingest.records import Window
from ingest.sources import CachedAnswer, Target
from ingest.sources.github.shape import created_at, slim
from ingest.sources.webclient import Answer, decoded

PAGE = 100
"""The most that GitHub gives in one answer."""

MAX_PAGES = 500
"""Fifty thousand issues, three months of the busiest repository. A server that pages for ever is left there."""

SECOND = timedelta(seconds=1)
"""`created_at` counts whole seconds: others of the oldest's second may stand on the next page."""

STRAYS = 2
"""How many issues of a page may stand out of order, and how many at its end are not relied on."""

_NEXT = re.compile(r'<([^<>\s]+)>\s*;\s*rel="next"')


class Listed(msgspec.Struct, frozen=True):
    """One page of the list: its issues, slim, and where the next page begins; None at the list's end.

    `linked` where the answer itself says that there is a next page.
    """

    issues: tuple[dict[str, Any], ...]
    next: str | None
    linked: bool


class _FirstPage(msgspec.Struct, frozen=True):
    """What is remembered of a first page. Not the page: it names people, and quotes them."""

    oldest: datetime | None
    numbers: frozenset[int]
    next: str | None


def listed(answer: Answer, address: str, number: int) -> Listed:
    """Read a page of the list, asked at `address` as the `number`-th. Raises msgspec.ValidationError where it is none.

    The next page is where the header Link says: page numbers end at 10,000 issues with a 422, and shift when an
    issue is deleted between two requests. A full page without that header is not taken for the last.
    """
    issues = msgspec.convert(decoded(answer), list[Any])
    link = answer.headers.get("link", "")
    found = _NEXT.search(link)
    by_number = re.sub(r"&page=\d+$", "", address) + f"&page={number + 1}" if len(issues) >= PAGE and not link else None
    return Listed(tuple(slim(raw) for raw in issues), found[1] if found else by_number, found is not None)


class Walk(msgspec.Struct, frozen=True):
    """How far back a list was read in one go, page by page.

    `covered` is sure from a second after `oldest` up to `asked_at`, the moment before the first request by our clock
    or GitHub's, whichever is earlier. `ended` once the list's end was read; `stopped` says why it cannot go on before.
    """

    asked_at: datetime
    oldest: datetime | None = None
    numbers: frozenset[int] = frozenset()
    pages: int = 0
    next: str | None = None
    passed: frozenset[str] = frozenset()
    linked: bool = False
    ended: bool = False
    stopped: str | None = None
    unreadable: bool = False

    def past(self, page: Listed, served_at: datetime | None) -> "Walk":
        """Walk over one more page."""
        times = [at for issue in page.issues if (at := created_at(issue)) is not None]
        # What new ones pushed down from the page before stands here again.
        fresh = [issue for issue in page.issues if _number(issue) not in self.numbers]
        oldest, ordered = _reached(self.oldest, [at for issue in fresh if (at := created_at(issue)) is not None])
        numbers = self.numbers | {number for issue in fresh if (number := _number(issue)) is not None}
        pages, stopped = self.pages + 1, None
        if not page.issues and (self.linked or not self.pages):
            # An outage of GitHub's own is likelier than a watched repository that nobody ever wrote to.
            stopped = f"breaks off after {len(numbers):,}, at {_minute(oldest)}"
        elif page.next and not ordered:
            stopped = f"is not in order, newest first, past {_minute(oldest)}"
        elif page.next in self.passed or (page.next and not fresh):
            stopped = f"goes in circles after {len(numbers):,}, at {_minute(oldest)}"
        elif page.next and pages == MAX_PAGES:
            stopped = f"is longer than {len(numbers):,}, down to {_minute(oldest)}"
        return Walk(
            # Were our clock ahead of theirs, what is yet to be created would be taken for seen.
            asked_at=min(self.asked_at, served_at) if served_at and not self.pages else self.asked_at,
            oldest=oldest,
            numbers=numbers,
            pages=pages,
            next=page.next,
            passed=self.passed | ({page.next} if page.next else set()),
            linked=page.linked,
            ended=page.next is None and stopped is None,
            stopped=stopped,
            # Were they only left out, a changed format would look like a calm hour.
            unreadable=2 * len(times) < len(page.issues),
        )

    def again(self, remembered: CachedAnswer, served_at: datetime | None) -> "Walk":
        """Walk over a first page that is as it was: none was created since that is still there."""
        first = msgspec.json.decode(remembered.body, type=_FirstPage)
        return Walk(
            asked_at=min(self.asked_at, served_at) if served_at else self.asked_at,
            oldest=first.oldest,
            numbers=first.numbers,
            pages=1,
            next=first.next,
            passed=frozenset({first.next} if first.next else ()),
            linked=first.next is not None,
            ended=first.next is None,
        )

    def remember(self, address: str, answer: Answer) -> tuple[CachedAnswer, ...]:
        """Say what to keep of a first page for the next conditional request; nothing of one that is not sound."""
        etag = answer.headers.get("etag", "")
        sendable = etag.isascii() and etag.isprintable() and bool(etag)
        if self.pages != 1 or self.stopped or self.unreadable or not sendable:
            return ()
        first = _FirstPage(self.oldest, self.numbers, self.next)
        return (CachedAnswer(address, etag, msgspec.json.encode(first).decode()),)

    def covered(self, wanted: Window) -> Window | None:
        """What was truly seen; None where that is nothing, or most of the last page could not be read.

        A list read to its end has no older ones: all that is wanted is covered.
        """
        since = wanted.start if self.ended else self.oldest and self.oldest + SECOND
        return Window(since, self.asked_at) if since and since < self.asked_at and not self.unreadable else None

    def problem(self, target: Target) -> SourceError | None:
        """Say why the walk ends here, short of what is wanted; None where it can go on, or has read everything."""
        if self.unreadable:
            return UnexpectedShape(
                f"github {target.name}: most of a page could not be read as issues; see the table rejects, and look "
                "for a newer version of this program"
            )
        if self.stopped is None:
            return None
        return Truncated(
            one_line(f"github {target.name}: the list {self.stopped}; older ones cannot be read in one go", 300)
        )


def _reached(oldest: datetime | None, times: list[datetime]) -> tuple[datetime | None, bool]:
    """Say down to which time a page, after others down to `oldest`, was surely read, and whether it was in order.

    A few strays are let pass, issues moved here from another repository with the time they had there: those that are
    older than what follows them, and what could be such at the page's end. With more of them the list is not in the
    order that was asked for, and nothing of the page is sure: later pages may hold newer ones.
    """
    falling: list[datetime] = []
    strays = 0
    for at in times:
        while falling and falling[-1] < at:
            falling.pop()
            strays += 1
        falling.append(at)
    if not falling:
        return oldest, True
    reached = falling[max(len(falling) - 1 - STRAYS, 0)]
    if strays > STRAYS or (oldest is not None and reached > oldest):
        return oldest, False
    return reached, True


def _number(issue: dict[str, Any]) -> int | None:
    number = issue.get("number")
    return number if isinstance(number, int) else None


def _minute(at: datetime | None) -> str:
    return f"{at:%Y-%m-%dT%H:%MZ}" if at else "its beginning"
