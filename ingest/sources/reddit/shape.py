"""Reddit's posts and comments as they come, and as facts. Pure."""

import re
from datetime import datetime
from typing import Any

import msgspec

from ingest.hostile import plain
from ingest.records import Form, Post
from ingest.sources import Reading
from ingest.times import EARLIEST, from_epoch

NAME = "reddit"
PLATFORM = "reddit"
SITE = "https://www.reddit.com"

# "[deleted]" is the author's doing, "[removed]" a moderator's; Reddit's own come as "[ Removed by Reddit ]".
GONE = re.compile(r"\[ ?(?:deleted|removed)(?: by [^\]]*)? ?\]", re.IGNORECASE)
_SUBREDDIT = re.compile(r"\w{2,30}|u_[\w-]{1,30}", re.ASCII)  # the second is a person's profile
FULLNAME = re.compile(r"t[13]_[0-9a-z]{1,16}")


class _Submission(msgspec.Struct, tag_field="kind", tag="t3"):
    data: "_SubmissionData"


class _Comment(msgspec.Struct, tag_field="kind", tag="t1"):
    data: "_CommentData"


class _Common(msgspec.Struct):
    name: str
    subreddit: str
    created_utc: float  # a whole number in archives
    author: str | None
    permalink: str = ""  # comments had none before 2017


class _SubmissionData(_Common, kw_only=True):
    title: str
    selftext: str


class _CommentData(_Common, kw_only=True):
    body: str
    parent_id: str


def parse(raw: Any, reading: Reading) -> Post | None:
    """Read one raw child of a listing as a post.

    None for a comment that was gone before we saw it (a post keeps its title), and for what stands on a person's
    profile, whose name would be a handle. Raises ValueError for another shape or an impossible time.
    """
    child = _read(raw)
    data = child.data
    if data.subreddit.startswith("u_"):
        return None
    text, form, parent_id = _content(child)
    if not text:
        return None
    at = _created(data)
    known = data.author and not data.author.startswith("[")
    return Post(
        platform=PLATFORM,
        post_id=data.name,
        place=f"r/{data.subreddit}",
        author_key=reading.keys.of(PLATFORM, data.author) if known and data.author else None,
        claimed_at=at,
        received_at=at,
        seen_at=reading.seen_at,
        form=form,
        text=text,
        url=_url(data.permalink),
        parent_id=parent_id,
    )


def created_at(raw: Any) -> datetime | None:
    """Say when a raw child was created; None where `parse` cannot read it."""
    try:
        return _created(_read(raw).data)
    except ValueError:
        return None


def _read(raw: Any) -> _Submission | _Comment:
    child = msgspec.convert(raw, _Submission | _Comment)
    data = child.data
    if not FULLNAME.fullmatch(data.name) or data.name.startswith("t3") is not isinstance(child, _Submission):
        raise ValueError("data.name is not the full name of what it stands on")
    if not _SUBREDDIT.fullmatch(data.subreddit):
        raise ValueError("data.subreddit is not a subreddit's name")
    if isinstance(child, _Comment) and not FULLNAME.fullmatch(child.data.parent_id):
        raise ValueError("data.parent_id is not a full name")
    return child


def _created(data: _Common) -> datetime:
    at = from_epoch(data.created_utc)
    if at < EARLIEST:
        raise ValueError(f"data.created_utc {data.created_utc} lies before there were public posts")
    return at


def _content(child: _Submission | _Comment) -> tuple[str, Form, str | None]:
    if isinstance(child, _Submission):
        parts = (plain(child.data.title).strip(), plain(child.data.selftext).strip())
        return "\n\n".join(part for part in parts if part and not GONE.fullmatch(part)), "post", None
    body, parent_id = plain(child.data.body).strip(), child.data.parent_id
    return "" if GONE.fullmatch(body) else body, "reply" if parent_id.startswith("t1_") else "comment", parent_id


def _url(permalink: str) -> str | None:
    # Without its slash a permalink could name another host: https://www.reddit.com@example.org
    return SITE + permalink if permalink.startswith("/") and permalink.isprintable() else None
