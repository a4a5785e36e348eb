"""A post as Bluesky's search shows it, and as a fact. Pure."""

import re
from datetime import datetime
from typing import Any

import msgspec

from ingest.records import FUTURE_TOLERANCE, Post
from ingest.sources import Reading, atrecord
from ingest.times import EARLIEST, parse_instant

_URI = re.compile(r"at://(did:[a-z]+:[\w.:%-]{1,2000})/app\.bsky\.feed\.post/([\w.~:-]{1,512})", re.ASCII)


class View(dict[str, Any]):
    """One post of an answer, as it stands. It is written out without its values: handle and address name a person."""

    def __repr__(self) -> str:
        return _shape(dict(self), deep=2)


class _Author(msgspec.Struct):
    did: str


class _View(msgspec.Struct):
    """What is read of a view. Counts, embeds and labels come in shapes of their own every few months."""

    uri: str
    author: _Author
    record: dict[str, Any]
    indexedAt: str  # noqa: N815  (Bluesky's name)


def parse(raw: Any, reading: Reading) -> Post | None:
    """Read one view as a post. Raises ValueError for another shape or an impossible time.

    `received_at` is when the platform's own index took it in; when the author's record says it was written, anything
    can stand there.
    """
    view = msgspec.convert(raw, _View)
    did, rkey = _whose(view)
    received_at = _instant(view.indexedAt)
    if not EARLIEST <= received_at <= reading.seen_at + FUTURE_TOLERANCE:
        raise ValueError("indexedAt lies before there were posts, or in the future")
    return atrecord.post(reading.keys, did, rkey, view.record, received_at, reading.seen_at)


def sort_at(raw: Any) -> datetime | None:
    """Say by which time the search orders a view; None where it cannot be read as a post.

    Bluesky's rule: the earlier of the author's time and the index's; the index's where the author's is none.
    """
    try:
        view = msgspec.convert(raw, _View)
        _whose(view)
        received_at, record = _instant(view.indexedAt), atrecord.read(view.record)
    except ValueError:
        return None
    try:
        claimed_at = _instant(record.created_at)
    except ValueError:
        return received_at
    # Nobody wrote there before: the search must have gone by the other time.
    return min(claimed_at, received_at) if claimed_at >= EARLIEST else received_at


def _whose(view: _View) -> tuple[str, str]:
    address = _URI.fullmatch(view.uri)
    if address is None or address[1] != view.author.did:
        raise ValueError("uri is not the address of a post of its author")
    return address[1], address[2]


def _instant(text: str) -> datetime:
    try:
        return parse_instant(text)
    except OverflowError:  # the year 1 in a zone east of Greenwich
        raise ValueError("no calendar holds the time") from None
    except ValueError:
        raise ValueError("a time is not ISO 8601") from None


def _shape(value: Any, deep: int) -> str:
    if isinstance(value, dict) and deep:
        return "{" + ", ".join(f"{key}: {_shape(part, deep - 1)}" for key, part in sorted(value.items())) + "}"
    return type(value).__name__
