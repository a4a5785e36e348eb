"""Ask whether posts and comments still stand: Reddit tells nobody when one is deleted, and wants it dropped.

Never inferred from a listing: those leave out at random. `/api/info` is asked about each by its full name.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from math import ceil
from typing import Any

import msgspec
import praw

from ingest.errors import UnexpectedShape
from ingest.hostile import plain
from ingest.records import Deletion
from ingest.sources import Page, Reading
from ingest.sources.reddit.listing import PAGE, Listing
from ingest.sources.reddit.shape import FULLNAME, GONE, NAME, PLATFORM
from ingest.sources.reddit.trouble import Unanswered, budget_used_up

RECHECK_AFTER = timedelta(hours=36)
"""By then a fifth of all posts is gone, and little goes later: 19.5 % within 36 h, 21.2 % ever (January 2026)."""


class Rechecked(msgspec.Struct, frozen=True):
    """What Reddit answered about one full name that was asked about. A type of ours: no answer can pretend to be it."""

    child: Any


class Absent(msgspec.Struct, frozen=True):
    """A full name that was asked about and is not in the answer."""

    name: str


class _Data(msgspec.Struct):
    """What tells that something is gone; leaner than a post, because what is gone has lost most of its fields."""

    name: str
    author: str  # were it optional, a field of another name would delete everything
    title: str = ""
    selftext: str = ""
    body: str = ""
    removed_by_category: str | None = None
    removal_reason: str | None = None
    collapsed_reason_code: str | None = None


class _Child(msgspec.Struct):
    data: _Data


class _Named(msgspec.Struct):
    data: "_Name"


class _Name(msgspec.Struct):
    name: str


def recheck(client: praw.Reddit, post_ids: Sequence[str]) -> Iterator[Page]:
    """Ask about posts and comments, 100 at a time. Raises Unanswered, so that none of the rest counts as asked.

    What is no full name of Reddit's is left out: a file of the user's own may hold any, and Reddit would not know it.
    """
    names = [name for name in dict.fromkeys(post_ids) if FULLNAME.fullmatch(name)]
    batches = ceil(len(names) / PAGE)
    for number in range(batches):
        if used_up := budget_used_up(client, "deletions"):
            raise Unanswered(used_up)
        # Every so-manieth, so that batches are of one size and each holds all subreddits: one that was closed does not
        # make an answer empty.
        page = _page(client, names[number::batches])
        yield page
        odd = sum(isinstance(entry, Rechecked) and not _is_readable(entry.child) for entry in page.items)
        if 2 * odd > len(page.items):
            raise Unanswered(UnexpectedShape(
                f"{NAME} deletions: most of an answer could not be read; look for a newer version of this program"
            ))  # fmt: skip


def _page(client: praw.Reddit, asked: list[str]) -> Page:
    answer = client.request(method="GET", path="/api/info/", params={"id": ",".join(asked)})
    children = msgspec.convert(answer, Listing).data.children
    by_name = {_name(child): child for child in children}
    found = [name for name in asked if name in by_name]
    if not found:
        # One by one they may all be gone; more likely Reddit is not well, and what is dropped does not come back.
        raise Unanswered(UnexpectedShape(
            f"{NAME} deletions: the answer holds none of the {len(asked)} asked about; the next run asks again"
        ))  # fmt: skip
    entries: list[Rechecked | Absent] = [Rechecked(by_name[name]) for name in found]
    if None in by_name:
        # One that cannot be read may be any of those that are missing.
        entries += [Rechecked(child) for child in children if _name(child) is None]
    else:
        entries += [Absent(name) for name in asked if name not in by_name]
    return Page(tuple(entries), None)


def parse(entry: Rechecked | Absent, reading: Reading) -> Deletion | None:
    """Read what was answered about one post; None where it stands. Raises ValueError for another shape."""
    if isinstance(entry, Absent):
        name = entry.name
    else:
        data = msgspec.convert(entry.child, _Child).data
        if not FULLNAME.fullmatch(data.name):
            raise ValueError("data.name is not a full name")
        if not _is_gone(data):
            return None
        name = data.name
    # When it went is not said.
    return Deletion(platform=PLATFORM, post_id=name, deleted_at=reading.seen_at, seen_at=reading.seen_at)


def _is_gone(data: _Data) -> bool:
    """Say whether it was deleted, removed, held back by a filter, or its author's account is gone.

    With the account its identifiers must go, and the answer no longer says whose it was: the post goes as a whole.
    Texts speak of their authors too.
    """
    if data.removed_by_category or data.removal_reason == "legal" or data.collapsed_reason_code == "DELETED":
        return True
    return any(GONE.fullmatch(plain(text).strip()) for text in (data.author, data.title, data.selftext, data.body))


def _is_readable(child: Any) -> bool:
    try:
        return bool(msgspec.convert(child, _Child))
    except msgspec.ValidationError:
        return False


def _name(child: Any) -> str | None:
    try:
        return msgspec.convert(child, _Named).data.name
    except msgspec.ValidationError:
        return None
