"""A Jetstream on 127.0.0.1: a real websocket server that speaks v2 and v1 as the lexicon and the recordings have them.

It has a history of changes by its own clock, replays it from a cursor, and stays open. Everything it tells is invented.
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

import zstandard
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

POST = "app.bsky.feed.post"
V2_PATH = "/xrpc/network.bsky.jetstream.subscribeEvents"
DICTIONARY_PATH = "/xrpc/network.bsky.jetstream.getZstdDictionary"
SUBPROTOCOL = "xrpc.v1.json"
KINDS = {"commit", "identity", "account", "sync"}
V2_PARAMETERS = {"cursor", "kinds", "dids", "collections", "maxMessageSizeBytes", "zstdDictionary"}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LETTERS = "abcdefghijklmnopqrstuvwxyz234567"


def did(number: int) -> str:
    """Invent a person."""
    return "did:plc:" + _letters(number * 7919, 24)


def rkey(number: int) -> str:
    """Invent a record's key, of 13 letters as Bluesky's are."""
    return "3" + _letters(number, 12)


def cid(number: int) -> str:
    """Invent a content's id."""
    return "bafyrei" + _letters(number * 104729, 52)


def _letters(number: int, length: int) -> str:
    return "".join(LETTERS[number // 32**place % 32] for place in reversed(range(length)))


@dataclass(frozen=True)
class Told:
    """One thing that happened on the network, and when the host saw it."""

    at: datetime
    did: str
    kind: str
    body: dict[str, Any]

    def v1(self, skew: timedelta) -> dict[str, Any]:
        """Write it as a line of v1."""
        return {"did": self.did, "time_us": micros(self.at + skew), "kind": self.kind, self.kind: self.body}

    def v2(self, seq: int, skew: timedelta) -> dict[str, Any]:
        """Write it as a frame of v2."""
        stated = self.body if self.kind == "commit" else {self.kind: self.body}
        payload = {
            "$type": f"network.bsky.jetstream.subscribeEvents#{self.kind}",
            "seq": seq, "did": self.did, "time": stamp(self.at + skew), **stated,
        }  # fmt: skip
        return {"$type": "message", "payload": payload}


def micros(at: datetime) -> int:
    """Write an instant as a cursor."""
    return (at - EPOCH) // timedelta(microseconds=1)


def stamp(at: datetime) -> str:
    """Write an instant as v2 does, with six decimals."""
    return f"{at:%Y-%m-%dT%H:%M:%S.%fZ}"


def record(text: str, at: datetime, **more: Any) -> dict[str, Any]:
    """Write a post's record."""
    return {"$type": POST, "createdAt": f"{at:%Y-%m-%dT%H:%M:%S}.000Z", "langs": ["en"], "text": text} | more


def commit(
    number: int, at: datetime, operation: str, said: dict[str, Any] | None, *, author: int = 0, rev: int = 0,
    collection: str = POST,
) -> Told:  # fmt: skip
    """Create, update or delete the record of a number."""
    body = {"rev": rkey(rev or number), "operation": operation, "collection": collection, "rkey": rkey(number)}
    if said is not None:
        body |= {"record": said, "cid": cid(number)}
    return Told(at, did(author or number), "commit", body)


def account(number: int, at: datetime, *, active: bool, status: str | None = None) -> Told:
    """Tell that an account changed its state."""
    body = {"active": active, "did": did(number), "seq": 30_000_000_000 + number, "time": stamp(at)}
    return Told(at, did(number), "account", body | ({"status": status} if status else {}))


def identity(number: int, at: datetime) -> Told:
    """Tell that an account changed its name."""
    return Told(at, did(number), "identity", {"did": did(number), "seq": 31_000_000_000 + number, "time": stamp(at)})


@dataclass(frozen=True)
class Asked:
    """What a client asked for: the path, its parameters, and how it names itself."""

    path: str
    query: dict[str, list[str]]
    agent: str

    @property
    def cursor(self) -> int:
        """Say from when on."""
        return int(self.query["cursor"][0])


@dataclass
class Jetstream:
    """One host: what it knows, how it speaks, and what goes wrong.

    `skew` is how far its clock is ahead, `floor` before when it has forgotten everything, `dictionary` what it
    compresses with, `refuses` the answer to a path that it does not let anybody use. `troubles` are done one a
    stream: each is given the connection and the number of frames sent on it, before every frame.
    """

    history: list[Told] = field(default_factory=list)
    skew: timedelta = timedelta(0)
    floor: datetime | None = None
    dictionary: bytes | None = None
    refuses: dict[str, tuple[int, str]] = field(default_factory=dict)
    troubles: list[Callable[[ServerConnection, int], None]] = field(default_factory=list)
    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    compressed: int = 0
    open: int = 0
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def dictionary_id(self) -> int:
        """Say the dictionary's number."""
        return zstandard.ZstdCompressionDict(self.dictionary or b"").dict_id()

    def answer(self, connection: ServerConnection, request: Request) -> Response | None:
        """Answer before the stream opens: a refusal, the dictionary, or nothing."""
        parts = urlsplit(request.path)
        query = parse_qs(parts.query)
        self.asked.append(Asked(parts.path, query, request.headers.get("User-Agent", "")))
        if parts.path in self.refuses:
            status, name = self.refuses[parts.path]
            return refusal(status, name)
        if parts.path == DICTIONARY_PATH:
            return answered(200, self.dictionary) if self.dictionary else refusal(400, "DictionaryNotFound")
        if parts.path == V2_PATH:
            return self._check_v2(query)
        return None if parts.path == "/subscribe" else refusal(404, "NotFound")

    def _check_v2(self, query: dict[str, list[str]]) -> Response | None:
        if set(query) - V2_PARAMETERS or set(query.get("kinds", ())) - KINDS:
            return refusal(400, "InvalidRequest")
        if "collections" in query and "commit" not in query.get("kinds", KINDS):
            return refusal(400, "InvalidRequest")
        wanted = query.get("zstdDictionary")
        if wanted and (not self.dictionary or int(wanted[0]) != self.dictionary_id):
            return refusal(400, "UnknownZstdDictionary")
        cursor = int(query.get("cursor", ["0"])[0])
        return refusal(400, "CursorTooOld") if self.floor and 0 < cursor < 10**15 else None

    def speak(self, connection: ServerConnection) -> None:
        """Replay the history from the cursor on, and then keep the stream open."""
        self.open += 1
        try:
            self._speak(connection, self.troubles.pop(0) if self.troubles else lambda connection, number: None)
        except (ConnectionClosed, OSError):
            pass  # the client went, or was sent away
        finally:
            self.open -= 1

    def _speak(self, connection: ServerConnection, trouble: Callable[[ServerConnection, int], None]) -> None:
        parts = urlsplit(connection.request.path if connection.request else "")
        query = parse_qs(parts.query)
        v2 = parts.path == V2_PATH
        packed = zstandard.ZstdCompressor(
            dict_data=zstandard.ZstdCompressionDict(self.dictionary or b"")
        ).compress if "zstdDictionary" in query else None  # fmt: skip
        told, frames = len(self.history), 0
        due = [*self._notices(query, v2=v2), *self._replay(query, v2=v2, first=0)]
        while not self.ended.is_set():
            for said in due:
                trouble(connection, frames)
                text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
                self.compressed += packed is not None
                connection.send(packed(text.encode()) if packed else text)
                frames += 1
            if due:
                trouble(connection, frames)
            with suppress(TimeoutError):
                connection.recv(0.02)
            due = list(self._replay(query, v2=v2, first=told))
            told += len(due)

    def _from(self, query: dict[str, list[str]]) -> datetime | None:
        cursor = int(query.get("cursor", ["0"])[0])
        latest = self.history[-1].at + self.skew if self.history else EPOCH
        asked = EPOCH + timedelta(microseconds=cursor) if cursor else latest
        return None if asked > latest else asked  # the future is live

    def _notices(self, query: dict[str, list[str]], *, v2: bool) -> Iterator[dict[str, Any]]:
        since = self._from(query)
        name = "FutureCursor" if since is None else "OutdatedCursor" if self.floor and since < self.floor else None
        if v2 and name:
            payload = {"$type": "network.bsky.jetstream.subscribeEvents#info", "name": name, "message": "seq 1"}
            yield {"$type": "message", "payload": payload}

    def _replay(self, query: dict[str, list[str]], *, v2: bool, first: int) -> Iterator[dict[str, Any]]:
        kinds = set(query.get("kinds", KINDS)) if v2 else KINDS - {"sync"}
        collections = query.get("collections" if v2 else "wantedCollections")
        since = self._from(query)
        since = self.history[-1].at + self.skew if since is None and self.history else since
        for seq, told in enumerate(self.history[first:], first + 1):
            if told.kind not in kinds or (since and told.at + self.skew < max(since, self.floor or since)):
                continue
            if told.kind == "commit" and collections and told.body["collection"] not in collections:
                continue
            yield told.v2(seq, self.skew) if v2 else told.v1(self.skew)


def answered(status: int, body: bytes) -> Response:
    """Answer plain HTTP."""
    headers = Headers(
        {"Content-Type": "application/octet-stream", "Content-Length": str(len(body)), "Connection": "close"}
    )
    return Response(status, HTTPStatus(status).phrase, headers, body)


def refusal(status: int, name: str) -> Response:
    """Refuse as XRPC does."""
    return answered(status, json.dumps({"error": name, "message": f"{name}: invented-detail-4F"}).encode())


@contextmanager
def running(*hosts: Jetstream) -> Iterator[str]:
    """Run the hosts until the block ends. Hands out their addresses as the setting has them."""
    servers, threads = [], []
    for host in hosts:
        server = serve(
            host.speak, "127.0.0.1", 0, process_request=host.answer, compression=None, close_timeout=0.5,
            subprotocols=None, select_subprotocol=lambda _, offered: next(iter(offered), None),
        )  # fmt: skip
        host.url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        servers.append(server)
        threads.append(threading.Thread(target=server.serve_forever, daemon=True))
        threads[-1].start()
    try:
        yield " ".join(host.url for host in hosts)
    finally:
        for host, server, thread in zip(hosts, servers, threads, strict=True):
            host.ended.set()
            server.shutdown()
            thread.join()


def after(number: int, do: Callable[[ServerConnection], None]) -> Callable[[ServerConnection, int], None]:
    """Do something once so many frames were sent."""

    def trouble(connection: ServerConnection, sent: int) -> None:
        if sent == number:
            do(connection)

    return trouble


def closing(code: int) -> Callable[[ServerConnection], None]:
    """Close the stream properly, with a code."""
    return lambda connection: connection.close(code, "invented-reason-8K")


def dropping(connection: ServerConnection) -> None:
    """Tear the connection down without a word."""
    connection.close_socket()


def saying(frame: str | bytes) -> Callable[[ServerConnection], None]:
    """Send one frame of one's own."""
    return lambda connection: connection.send(frame)


def too_slow(connection: ServerConnection) -> None:
    """End the stream as v2 does with a reader that does not keep up."""
    connection.send(json.dumps({"$type": "error", "error": "ConsumerTooSlow", "message": "invented-detail-4F"}))
    connection.close(1008)
