"""GitHub's issues as they come, and as facts. Pure."""

import re
from datetime import datetime
from typing import Any

import msgspec

from ingest.hostile import plain
from ingest.records import Post
from ingest.sources import Reading
from ingest.times import EARLIEST, parse_instant

NAME = "github"
PLATFORM = "github"

GHOST = "ghost"
"""Who GitHub names as the author once an account is gone: many people, so nobody that is known."""

_KEPT = ("number", "title", "body", "created_at", "html_url")
_URL = re.compile(r"https://github\.com/[\w.-]+/[\w.-]+/issues/\d+", re.ASCII)


class _Issue(msgspec.Struct):
    number: int
    author: str | None
    title: str
    body: str | None
    created_at: str
    html_url: str | None = None
    pull_request: bool = False


def slim(raw: Any) -> dict[str, Any]:
    """Keep of a listed issue what `parse` reads, the author's name where a reject's excerpt masks it.

    The rest names people in a dozen places (assignees, addresses) that nothing would mask.
    """
    if not isinstance(raw, dict):
        return {"unreadable": type(raw).__name__}
    user = raw.get("user")
    author = user.get("login", False) if isinstance(user, dict) else None if user is None else False
    kept = {"author": author} | {name: raw[name] for name in _KEPT if name in raw}
    # What is no plain value cannot be read anyway, and could hold anything.
    kept = {name: value if isinstance(value, str | int | None) else [] for name, value in kept.items()}
    return kept | {"pull_request": raw.get("pull_request") is not None}


def parse(raw: Any, reading: Reading) -> Post | None:
    """Read one listed issue as a post; None for a pull request. Raises ValueError for another shape or time."""
    issue = msgspec.convert(raw, _Issue)
    if issue.pull_request:
        return None
    if issue.number < 1:
        raise ValueError(f"number {issue.number} is no issue's")
    at = _created(issue)
    parts = (plain(issue.title).strip(), plain(issue.body or "").strip())
    known = issue.author and issue.author != GHOST
    place = reading.target.name
    return Post(
        platform=PLATFORM,
        # As a file has it: one issue known from both is one post.
        post_id=f"{place}#{issue.number}",
        place=place,
        author_key=reading.keys.of(PLATFORM, issue.author) if known and issue.author else None,
        claimed_at=at,
        received_at=at,
        seen_at=reading.seen_at,
        form="issue",
        text="\n\n".join(part for part in parts if part),
        url=issue.html_url if issue.html_url and _URL.fullmatch(issue.html_url) else None,
    )


def created_at(raw: Any) -> datetime | None:
    """Say when a listed issue or pull request was created; None where `parse` cannot read it."""
    try:
        return _created(msgspec.convert(raw, _Issue))
    except ValueError:
        return None


def _created(issue: _Issue) -> datetime:
    at = parse_instant(issue.created_at)
    if at < EARLIEST:
        raise ValueError(f"created_at {issue.created_at} lies before there were public posts")
    return at
