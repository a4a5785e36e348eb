"""X's posts and counts as they come, and as facts. Pure.

X renamed its vocabulary in mid 2026 and answers in both: every renamed field is read by either name.
"""

import re
from datetime import datetime, timedelta
from html import unescape
from typing import Any, Literal

import msgspec

from ingest.hostile import one_line, plain
from ingest.records import Form, Post, Volume, Window
from ingest.sources import Reading
from ingest.times import EARLIEST, from_epoch, parse_instant

NAME = "x"
PLATFORM = "x"

MINUTE = timedelta(minutes=1)

_ID = re.compile(r"[0-9]{1,19}", re.ASCII)
_NO_LANGUAGE = re.compile(r"und|zxx|art|q[a-z]{2}")
"""What X writes where a text is in no language it knows, or is only links, hashtags or emoji."""

_SNOWFLAKE_MS = 1_288_834_974_657
"""Milliseconds since 1970 that X counts its ids from (2010-11-04)."""

_KEPT = (
    "id", "text", "created_at", "lang", "author_id", "conversation_id", "referenced_tweets", "referenced_posts",
    "note_tweet", "note_post",
)  # fmt: skip


class _Reference(msgspec.Struct):
    type: str
    id: str


class _Note(msgspec.Struct):
    text: str


class _Post(msgspec.Struct):
    id: str
    text: str
    created_at: str | None = None
    lang: str | None = None
    author: str | None = None
    conversation_id: str | None = None
    referenced_tweets: list[_Reference] | None = None
    referenced_posts: list[_Reference] | None = None
    note_tweet: _Note | None = None
    note_post: _Note | None = None


class _Count(msgspec.Struct):
    start: str
    end: str
    tweet_count: int | None = None
    post_count: int | None = None


class _Error(msgspec.Struct):
    title: str = "no title"


def labelled(sort: Literal["post", "count", "error"], raw: Any) -> dict[str, Any]:
    """Label one raw part of an answer with what it is, as `parse` wants it.

    A post is cut to the fields that are read, and its author stands under a name that is masked in a reject.
    """
    if sort == "post" and isinstance(raw, dict):
        kept = {key: raw[key] for key in _KEPT if key in raw and key != "author_id"}
        return {sort: kept | ({"author": str(raw["author_id"])} if raw.get("author_id") is not None else {})}
    return {sort: raw}


def parse(raw: Any, reading: Reading) -> Post | Volume | None:
    """Read a labelled part as a post or a minute's volume; None for a repost. Raises ValueError for another shape."""
    match raw:
        case {"post": payload}:
            return _post(payload, reading)
        case {"count": payload}:
            window, count = minute(payload)
            return Volume(
                platform=PLATFORM,
                place="",
                service=reading.target.service or "",
                query=reading.target.name.rpartition("/")[2],
                window=window,
                count=count,
                seen_at=reading.seen_at,
            )
        case {"error": payload}:
            # Beside posts: what X could not give with them. Kept as a reject, so that it is not lost.
            raise ValueError(f"a partial error: {one_line(msgspec.convert(payload, _Error).title, 80)}")
    raise ValueError("neither a post, a count nor an error")


def minute(raw: Any) -> tuple[Window, int]:
    """Read a count with its bucket. Raises ValueError where either cannot be read."""
    said = msgspec.convert(raw, _Count)
    count = said.tweet_count if said.post_count is None else said.post_count
    if count is None or count < 0:
        raise ValueError("a bucket without a count")
    return Window(_instant(said.start), _instant(said.end)), count


def created_at(raw: Any) -> datetime | None:
    """Say when a raw post was created; None where `parse` cannot read it."""
    try:
        return _created(_read(labelled("post", raw)["post"]))
    except ValueError:
        return None


def _read(payload: Any) -> _Post:
    said = msgspec.convert(payload, _Post)
    if not _ID.fullmatch(said.id):
        raise ValueError("id is not a post's number")
    return said


def _instant(text: str) -> datetime:
    try:
        return parse_instant(text)
    except OverflowError:  # the calendar's last day, west of UTC
        raise ValueError(f"{one_line(text, 40)} is not a time") from None


def _created(said: _Post) -> datetime:
    # The id holds the time as well: an answer without the field asked for is still dated.
    at = _instant(said.created_at) if said.created_at else from_epoch(((int(said.id) >> 22) + _SNOWFLAKE_MS) / 1e3)
    if at < EARLIEST:
        raise ValueError(f"created_at {at:%Y-%m-%d} lies before there were public posts")
    return at


def _post(payload: Any, reading: Reading) -> Post | None:
    said = _read(payload)
    at = _created(said)
    form, parent_id = _form(said)
    # X escapes &, < and > in its texts. First undone, then cleaned: a control character may be written as one of those.
    note = said.note_post or said.note_tweet
    text = plain(unescape(note.text if note and note.text else said.text)).strip()
    if form is None or not text:
        return None
    return Post(
        platform=PLATFORM,
        post_id=said.id,
        place="",
        author_key=reading.keys.of(PLATFORM, said.author) if said.author else None,
        claimed_at=at,
        received_at=at,
        seen_at=reading.seen_at,
        form=form,
        text=text,
        url=f"https://x.com/i/status/{said.id}",
        lang=plain(said.lang) if said.lang and not _NO_LANGUAGE.fullmatch(said.lang) else None,
        parent_id=parent_id,
    )


def _form(said: _Post) -> tuple[Form | None, str | None]:
    """Tell reply, quote and post apart; None for a repost, which says nothing of its own."""
    referenced = {to.type: to.id for to in (*(said.referenced_posts or ()), *(said.referenced_tweets or ()))}
    if referenced.keys() & {"retweeted", "reposted"}:
        return None, None
    forms: tuple[tuple[str, Form], ...] = (("replied_to", "reply"), ("quoted", "quote"))
    for name, form in forms:
        if name in referenced:
            return form, referenced[name] if _ID.fullmatch(referenced[name]) else None
    # One vocabulary cannot be asked for references without paying for people: the conversation tells a reply too.
    return ("reply", None) if said.conversation_id and said.conversation_id != said.id else ("post", None)
