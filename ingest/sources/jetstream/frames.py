"""Jetstream's two wires, v1 and v2, brought to one shape. Pure.

Every frame is decoded once, by types that take from it only what is needed to see that it does not matter; the few
that do are decoded a second time, whole. A frame of either wire is one JSON object; v2's may come zstd-compressed.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import msgspec

from ingest.hostile import one_line
from ingest.sources.atrecord import COLLECTION, External
from ingest.times import EARLIEST, parse_instant

Operation = Literal["create", "update", "delete", "account"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DID = re.compile(r"did:[a-z0-9]+:[\w.:%-]+")


class ServerSaid(Exception):
    """The server ended the stream and named a reason: `ConsumerTooSlow` is the documented one."""

    def __init__(self, name: str) -> None:
        super().__init__(one_line(name, 40))


class Account(msgspec.Struct, frozen=True, gc=False):
    """What became of an account, as the network says it; `time` is the relay's, not Jetstream's."""

    active: bool
    status: str = ""
    time: str = ""


class Change(msgspec.Struct, frozen=True, gc=False):
    """One change to a post, or to an account, whichever wire brought it.

    `time` is the server's receipt as it was sent, `record` the undecoded JSON of the post, `rev` the revision of the
    repository: of a million deletions a replay brings, none is decoded further before somebody asks for it.
    """

    did: str
    time: str | int
    operation: Operation
    rkey: str = ""
    rev: str = ""
    record: bytes = b""
    account: Account | None = None

    @property
    def at(self) -> datetime:
        """The server's receipt. Raises ValueError where it is none, or lies before there were public posts."""
        at = parse_instant(self.time) if isinstance(self.time, str) else from_microseconds(self.time)
        if at < EARLIEST:
            raise ValueError(f"the server's time {at.isoformat()} is none")
        return at

    @property
    def key(self) -> tuple[str, str, str, str]:
        """The same for a change however often, and from whichever host, it comes."""
        told = self.rev if self.account is None else self.account.status + self.account.time
        return self.did, self.operation, self.rkey, told

    def __repr__(self) -> str:
        """Say what it is without the author's did: a payload that cannot be read is kept as it shows itself."""
        return f"Change({self.operation}, {without_dids(self.record.decode('utf-8', 'replace'))})"


class Unreadable(msgspec.Struct, frozen=True, gc=False):
    """A frame that is not of the documented shape: why, and its beginning without dids. It becomes a reject."""

    reason: str
    beginning: str


def without_dids(text: str) -> str:
    """Take the authors out of a raw text."""
    return _DID.sub("did:…", text)


class Card(msgspec.Struct, gc=False):
    """What hangs on a post, as far as the hot path looks: links, of their own or beside a quotation."""

    external: External | None = None
    media: "Card | None" = None


def title_on(card: Card) -> str:
    """Give the title of the link that hangs on a post, or nothing."""
    external = card.external or (card.media.external if card.media else None)
    return external.title if external else ""


class Said(msgspec.Struct, gc=False):
    """What is searched of a post."""

    text: str
    embed: Card | None = None


class _Body(msgspec.Struct, gc=False, frozen=True):
    operation: str = ""
    record: Said | None = None
    time: str = ""


_NO_BODY = _Body()


class _FrameV2(msgspec.Struct, gc=False):
    payload: _Body = _NO_BODY


class _FrameV1(msgspec.Struct, gc=False):
    payload: _Body = msgspec.field(name="commit", default=_NO_BODY)
    time_us: int = 0


Seen = _FrameV1 | _FrameV2
"""A frame as the hot path sees it."""


class _Commit(msgspec.Struct, gc=False):
    rkey: str = ""
    operation: str = ""
    collection: str = ""
    rev: str = ""
    record: msgspec.Raw = msgspec.Raw(b"")


class _PayloadV2(_Commit, gc=False):
    type: str = msgspec.field(name="$type", default="")
    did: str = ""
    time: str = ""
    account: Account | None = None


class _MessageV2(msgspec.Struct, gc=False):
    type: str = msgspec.field(name="$type", default="")
    payload: _PayloadV2 | None = None
    error: str = ""


class _LineV1(msgspec.Struct, gc=False):
    did: str
    time_us: int
    kind: str
    commit: _Commit | None = None
    account: Account | None = None


_message_v2 = msgspec.json.Decoder(_MessageV2).decode
_line_v1 = msgspec.json.Decoder(_LineV1).decode


class Wire(msgspec.Struct, frozen=True):
    """One of the two wires: how a stream is asked for, and how its frames are read.

    `seen` is the hot path's look at a frame, `timed` and `at` whether it bears the server's time, and which,
    `whole` the change that a frame tells, None for what is of no concern. All but `timed` raise ValueError.
    """

    name: str
    path: str
    subprotocol: str | None
    asked: str
    seen: Callable[[bytes], Seen]
    timed: Callable[[Any], bool]
    at: Callable[[Any], datetime]
    whole: Callable[[bytes], Change | None]


def _timed_v2(seen: _FrameV2) -> bool:
    return seen.payload.time != ""


def _at_v2(seen: _FrameV2) -> datetime:
    return parse_instant(seen.payload.time)


def _timed_v1(seen: _FrameV1) -> bool:
    return seen.time_us != 0


def _at_v1(seen: _FrameV1) -> datetime:
    return from_microseconds(seen.time_us)


def from_microseconds(microseconds: int) -> datetime:
    """Read microseconds since 1970 exactly. Raises ValueError where no calendar holds them."""
    try:
        return _EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        raise ValueError(f"{microseconds} µs is no time") from None


def microseconds(at: datetime) -> int:
    """Write an instant as Jetstream's cursors have it."""
    return (at - _EPOCH) // _MICROSECOND


def _whole_v2(frame: bytes) -> Change | None:
    message = _message_v2(frame)
    if message.type == "error":
        raise ServerSaid(message.error)
    payload = message.payload
    if message.type != "message" or payload is None:
        return None
    match payload.type.rpartition("#")[2]:
        case "commit":
            return _change(payload.did, payload.time, payload, None)
        case "account":
            return _change(payload.did, payload.time, None, payload.account)
    return None  # identity, sync, info, and what is yet to come


def _whole_v1(frame: bytes) -> Change | None:
    line = _line_v1(frame)
    if line.kind not in {"commit", "account"}:
        return None
    return _change(line.did, line.time_us, line.commit, line.account)


def _change(did: str, time: str | int, commit: _Commit | None, account: Account | None) -> Change | None:
    if not did.startswith("did:"):
        raise ValueError("a frame names no repository (did)")
    if account is not None:
        return Change(did, time, "account", account=account)
    if commit is None:
        raise ValueError("a frame holds neither a commit nor an account")
    match commit.operation:
        case "create" | "update" | "delete" as operation if commit.collection == COLLECTION:
            return Change(did, time, operation, commit.rkey, commit.rev, bytes(commit.record))
    return None


V2 = Wire(
    name="v2",
    path="/xrpc/network.bsky.jetstream.subscribeEvents",
    subprotocol="xrpc.v1.json",
    asked=f"collections={COLLECTION}&kinds=commit&kinds=account",
    seen=msgspec.json.Decoder(_FrameV2).decode,
    timed=_timed_v2,
    at=_at_v2,
    whole=_whole_v2,
)
V1 = Wire(
    name="v1",
    path="/subscribe",
    subprotocol=None,
    asked=f"wantedCollections={COLLECTION}",  # accounts and identities always come along
    seen=msgspec.json.Decoder(_FrameV1).decode,
    timed=_timed_v1,
    at=_at_v1,
    whole=_whole_v1,
)
