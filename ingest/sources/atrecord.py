"""A post as it stands in a Bluesky repository (`app.bsky.feed.post`), and as a fact. Pure.

The stream brings the very record, the search brings it inside its own answer: what is in it is read here, once.
"""

import re
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from ingest.authors import AuthorKeys
from ingest.hostile import one_line, plain
from ingest.records import Form, Post
from ingest.times import EARLIEST, parse_instant

PLATFORM = "bluesky"
PLACE = "bluesky"
"""Bluesky has no places: all of it is one."""

COLLECTION = "app.bsky.feed.post"

_QUOTES = ("app.bsky.embed.record", "app.bsky.embed.recordWithMedia")
_LANG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4}", re.ASCII)
_MOST_TITLE = 1_000
"""Characters of a link's title that are kept. It has no limit in the lexicon, and a page's author chose it."""


_Part = TypeVar("_Part")


class External(msgspec.Struct, gc=False):
    """A link's card, of which its title counts: it is what people read."""

    title: str = ""


class Embed(msgspec.Struct):
    """What hangs on a post: a link, a quoted post, or both; pictures are not looked at."""

    type: str = msgspec.field(name="$type", default="")
    external: External | None = None
    media: "Embed | None" = None


class Strong(msgspec.Struct, gc=False):
    """A reference to another record."""

    uri: str = ""


class Reply(msgspec.Struct):
    """What a post answers: `parent` is the post itself, the beginning of the thread is not looked at."""

    parent: Strong | None = None


class _Text(msgspec.Struct):
    text: str


class Record(msgspec.Struct):
    """The parts of a post's record that are read. Only the text must be right; times are read where they can be."""

    text: str
    created_at: str = msgspec.field(name="createdAt", default="")
    langs: list[str] | None = None
    reply: Reply | None = None
    embed: Embed | None = None

    @property
    def title(self) -> str:
        """The title of the link that hangs on it, or nothing."""
        embed = self.embed
        if embed is None:
            return ""
        external = embed.external or (embed.media.external if embed.media else None)
        return external.title if external else ""


def uri(did: str, rkey: str) -> str:
    """Write a post's address as Bluesky does. It names the author: to be stored hidden only."""
    return f"at://{did}/{COLLECTION}/{rkey}"


def read(record: Any) -> Record:
    """Read a decoded record, part by part: a part of another shape is left out, whatever it is.

    Raises ValueError (msgspec.ValidationError) where there is no text at all: then it is no post.
    """
    if isinstance(record, Record):
        return record
    text = msgspec.convert(record, _Text).text
    created_at, langs, reply = record.get("createdAt"), record.get("langs"), record.get("reply")
    return Record(
        text=text,
        created_at=created_at if isinstance(created_at, str) else "",
        langs=[lang for lang in langs if isinstance(lang, str)] if isinstance(langs, list) else None,
        reply=Reply(_or_none(reply.get("parent"), Strong)) if isinstance(reply, dict) else None,
        embed=_embed(record.get("embed")),
    )


def post(keys: AuthorKeys, did: str, rkey: str, record: Any, received_at: datetime | None, seen_at: datetime) -> Post:
    """Make a post of a record (`Record`, or decoded JSON) that stands in the repository of `did` under `rkey`.

    `received_at` is the stream's receipt; None where the platform gives none that is live. Where the author's claim
    cannot be read or is impossible the receipt stands for it. Raises ValueError where there is neither, or no text.
    """
    said = read(record)
    claimed_at = _claim(said.created_at) or received_at
    if claimed_at is None:
        raise ValueError(f"createdAt {one_line(said.created_at, 40)!r} is no possible time, and there is no receipt")
    if not did.startswith("did:") or not rkey:
        raise ValueError("a post needs the did of its repository and a record key")
    parent = said.reply.parent.uri if said.reply and said.reply.parent else ""
    return Post(
        platform=PLATFORM,
        post_id=keys.hidden(PLATFORM, uri(did, rkey)),
        place=PLACE,
        author_key=keys.of(PLATFORM, did),
        claimed_at=claimed_at,
        received_at=received_at,
        seen_at=seen_at,
        form=_form(said),
        text=text_of(said),
        url=None,  # it would carry the author
        lang=_lang(said),
        parent_id=keys.hidden(PLATFORM, parent) if parent.startswith("at://") else None,
    )


def text_of(record: Record) -> str:
    """Say what a post says: its text, and the title of the link that hangs on it, without control characters."""
    parts = (plain(record.text).strip(), plain(record.title[:_MOST_TITLE]).strip())
    return "\n\n".join(part for part in parts if part)


def _form(record: Record) -> Form:
    if record.reply is not None:
        return "reply"
    return "quote" if record.embed is not None and record.embed.type in _QUOTES else "post"


def _lang(record: Record) -> str | None:
    first = record.langs[0] if record.langs else ""
    return first if _LANG.fullmatch(first) else None


def _claim(text: str) -> datetime | None:
    """Read the author's claim: year 0001, 1970, a space where a zone should be: all of it has been seen."""
    try:
        at = parse_instant(text)
    except (ValueError, OverflowError):
        return None
    return at if at >= EARLIEST else None


def _embed(embed: Any) -> Embed | None:
    if not isinstance(embed, dict):
        return None
    kind, media = embed.get("$type"), embed.get("media")
    return Embed(
        type=kind if isinstance(kind, str) else "",
        external=_or_none(embed.get("external"), External),
        media=Embed(external=_or_none(media.get("external"), External)) if isinstance(media, dict) else None,
    )


def _or_none(value: Any, kind: type[_Part]) -> _Part | None:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return None
