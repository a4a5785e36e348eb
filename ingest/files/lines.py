"""The lines of a file, as documented in the README: what a post, an incident and a volume look like. Pure.

A line is raw JSON (bytes or text) or a dictionary already decoded. What is not of the documented shape is a
ValueError that says which field and why.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar

import msgspec

from ingest.authors import AuthorKeys
from ingest.hostile import one_line, plain
from ingest.records import ComponentChange, Form, Incident, IncidentUpdate, Post, Volume, Window
from ingest.times import EARLIEST, parse_instant

Raw = bytes | str | Mapping[str, Any]

VOLUME_HEADER = "platform,place,service,query,from,to,count"

LARGEST_COUNT = 10**12
"""Above it a count is a mistake: the busiest platform carries about a billion posts a day."""

NOBODY = ("[deleted]", "[removed]")
"""What Reddit writes in place of every deleted account: as a handle it would be one very loud person."""


class PostLine(msgspec.Struct, gc=False):
    """A post as one line of JSON. Without `author` every post is a person of its own."""

    platform: str
    post_id: str
    place: str
    posted_at: str
    text: str
    author: str | None = None
    url: str | None = None
    lang: str | None = None
    form: Form | None = None
    parent_id: str | None = None
    seen_at: str | None = None


class UpdateLine(msgspec.Struct):
    """One official message: `components` are [name, old status, new status]."""

    status: str
    created_at: str
    display_at: str
    body: str = ""
    components: tuple[tuple[str, str | None, str | None], ...] = ()


class IncidentLine(msgspec.Struct):
    """An official incident as one line of JSON."""

    id: str
    name: str
    impact: str
    status: str
    created_at: str
    updates: tuple[UpdateLine, ...]
    started_at: str | None = None
    resolved_at: str | None = None
    components: tuple[str, ...] = ()
    service: str = "claude"
    seen_at: str | None = None


Shape = TypeVar("Shape", PostLine, IncidentLine)

_post_line = msgspec.json.Decoder(PostLine)
_incident_line = msgspec.json.Decoder(IncidentLine)


def post(raw: Raw, keys: AuthorKeys) -> Post:
    """Read one post line. Raises ValueError for another shape, a naive time, or one before there were posts.

    A time in the future is kept: `Post.counted_at` sees to it that it does not count.
    """
    line = _decoded(raw, _post_line, PostLine)
    platform = _label("platform", line.platform).lower()
    author = line.author.strip() if line.author else ""
    url = line.url
    return Post(
        platform=platform,
        post_id=_name("post_id", line.post_id),
        # A platform without places (Bluesky, X) has an empty one.
        place=_label("place", line.place) if line.place else "",
        author_key=keys.of(platform, author) if author and author not in NOBODY else None,
        claimed_at=_possible("posted_at", line.posted_at),
        received_at=None,
        seen_at=_possible("seen_at", line.seen_at) if line.seen_at else None,
        form=line.form or ("issue" if platform == "github" else "post"),
        text=plain(line.text),
        url=plain(url) if url and url[:8].lower().startswith(("https://", "http://")) else None,
        lang=_name("lang", line.lang) if line.lang else None,
        parent_id=_name("parent_id", line.parent_id) if line.parent_id else None,
    )


def incident(raw: Raw) -> Incident:
    """Read one incident line. Raises ValueError for another shape, a naive time, or an incident without updates.

    Only an update's `created_at` is a machine's stamp; the others are edited by hand and kept as they are.
    """
    line = _decoded(raw, _incident_line, IncidentLine)
    if not line.updates:
        raise ValueError("updates is empty: an incident that says nothing was never published")
    return Incident(
        service=_name("service", line.service),
        incident_id=_name("id", line.id),
        name=plain(line.name),
        impact=_name("impact", line.impact),
        status=_name("status", line.status),
        started_at=_instant("started_at", line.started_at) if line.started_at else None,
        created_at=_instant("created_at", line.created_at),
        resolved_at=_instant("resolved_at", line.resolved_at) if line.resolved_at else None,
        components=tuple(plain(name) for name in line.components),
        updates=tuple(_update(update) for update in line.updates),
        seen_at=_possible("seen_at", line.seen_at) if line.seen_at else None,
    )


def volume(row: Mapping[str, str]) -> Volume:
    """Read one row of a CSV headed `VOLUME_HEADER`. Raises ValueError for what is not a count in a window."""
    count = row["count"].strip()
    if not (count.isascii() and count.isdigit() and len(count) < 20 and int(count) <= LARGEST_COUNT):
        raise ValueError(f"count {one_line(count, 40)!r} is not a whole number from 0 to {LARGEST_COUNT:,}")
    return Volume(
        platform=_name("platform", row["platform"]).lower(),
        place=_name("place", row["place"]) if row["place"] else "",
        service=_name("service", row["service"]),
        query=_name("query", row["query"]) if row["query"] else "",
        window=Window(_possible("from", row["from"]), _possible("to", row["to"])),
        count=int(count),
    )


def _update(line: UpdateLine) -> IncidentUpdate:
    return IncidentUpdate(
        status=_name("status", line.status),
        created_at=_possible("created_at", line.created_at),
        display_at=_instant("display_at", line.display_at),
        body=plain(line.body),
        components=tuple(
            ComponentChange(plain(name), old and plain(old), new and plain(new)) for name, old, new in line.components
        ),
    )


def _decoded(raw: Raw, decoder: msgspec.json.Decoder[Shape], shape: type[Shape]) -> Shape:
    try:
        return msgspec.convert(raw, shape) if isinstance(raw, Mapping) else decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ValueError(one_line(str(error))) from None


def _name(field: str, text: str) -> str:
    name = (text if text.isascii() and text.isprintable() else plain(text)).strip()
    if not name or len(name) > 500:
        raise ValueError(f"{field} is empty or longer than 500 characters")
    return name


# A million posts have a handful of platforms and places.
_label = lru_cache(maxsize=1024)(_name)


def _possible(field: str, text: str) -> datetime:
    at = _instant(field, text)
    if at < EARLIEST:
        raise ValueError(f"{field} {one_line(text, 40)!r} lies before there were public posts")
    return at


def _instant(field: str, text: str) -> datetime:
    try:
        return parse_instant(text)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{field}: {one_line(str(error))}") from None
