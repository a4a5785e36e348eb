"""Measure how quickly Jetstream is read, beside yardsticks of the same run.

    python tests/bench_jetstream.py                 two million posts end to end: less than a minute
    python tests/bench_jetstream.py 20000000        as many as you like

(a) Decoding and matching in memory, beside the bare loop of the quickest libraries: typed decoding, lower case, one
    automaton. It reads no titles of links, as ours does: so there is one that does, too; neither keeps anything. Ours
    both ways: every frame decoded, and, where Hyperscan is installed (the extra `fast`), only those that show something
    in their bytes. Pin it to one core for figures: `taskset -c 0`.
(b) From a socket whose far end is another process, beside a reader of the same library that only counts frames.
(c) Memory, before and after all those posts.

The posts of (a) have keys, order and lengths as the recorded ones: half are replies, some have pictures or a link; 0.75
in a hundred name a service. Those of (b) and (c) are of 660 bytes each, one in a hundred names a service. One in eight
is a deletion, a third is not in Latin letters. All are invented. Figures depend on the machine; what counts is how they
compare.
"""

import base64
import gc
import hashlib
import json
import multiprocessing
import random
import socket
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

import ahocorasick_rs as ahocorasick
import msgspec
import psutil
from loopback.jetstream import POST, V2_PATH, cid, commit, did, record, rkey
from websockets.sync.client import connect

from ingest import watchlist
from ingest.records import Window
from ingest.settings import load
from ingest.sources import Memory, Target, jetstream
from ingest.sources.jetstream.frames import V2
from ingest.sources.jetstream.match import Names, Sieve
from ingest.sources.jetstream.reader import BATCH
from ingest.sources.jetstream.stream import FRAMES_AHEAD

POSTS = 2_000_000
CHUNK = 50_000
"""Posts in one minute of the invented stream: two thousand times the real one."""

BYTES = 660
REPEATS = 7
START = datetime(2026, 4, 15, tzinfo=UTC)
LATIN = ("the", "a", "nice", "day", "out", "with", "my", "dog", "and", "then", "we", "had", "lunch", "by", "the", "sea")
OTHER = ("今日は", "いい天気", "です", "ね", "散歩", "に", "行きました", "또", "만나요", "привет", "мир", "🌞", "ação")
OURS = ("claude", "is", "down", "again", "for", "anyone", "else", "?", "chatgpt", "too")


def frame(number: int, draw: random.Random) -> bytes:
    """Write one frame of v2, filled up to 660 bytes. Minute and key are patterns that a chunk replaces."""
    at = START + timedelta(microseconds=number % CHUNK * (60_000_000 // CHUNK))
    if number % 8 == 7:
        told = commit(number, at, "delete", None)
    else:
        words = OURS if number % 100 == 50 else OTHER if number % 3 == 0 else LATIN
        told = commit(number, at, "create", record(" ".join(draw.choices(words, k=24)), at))
    message = told.v2(number, timedelta(0))
    message["payload"]["rkey"] = f"3k0000k{number:06d}"
    text = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
    if "record" in message["payload"]:
        facets = b',"facets":"' + b"x" * (BYTES - len(text) - 13) + b'"'
        text = text.replace(b',"langs"', facets + b',"langs"', 1)
    return text


def frames() -> list[bytes]:
    """Write a chunk of them."""
    draw = random.Random(1)
    return [frame(number, draw) for number in range(CHUNK)]


def as_recorded(number: int, draw: random.Random) -> bytes:
    """Write one frame of v2 with the keys, the order and the lengths of recorded ones."""
    at, key = START + timedelta(milliseconds=number), 1 + draw.getrandbits(59)
    if number % 8 == 7:
        told = commit(key, at, "delete", None)
    else:
        words = OURS if number % 133 == 50 else OTHER if number % 3 == 0 else LATIN
        said = record(_text(words, draw), at)
        if draw.random() < 0.5:
            ref = {"cid": cid(draw.getrandbits(200)), "uri": f"at://{did(draw.getrandbits(90))}/{POST}/{rkey(number)}"}
            said["reply"] = {"parent": ref, "root": ref | {"cid": cid(draw.getrandbits(200))}}
        kind = draw.random()
        if kind < 0.15:
            blob = {
                "$type": "blob",
                "ref": {"$link": cid(draw.getrandbits(200))},
                "mimeType": "image/jpeg",
                "size": 72030,
            }
            picture = {"alt": "", "aspectRatio": {"height": 1016, "width": 1206}, "image": blob}
            said["embed"] = {"$type": "app.bsky.embed.images", "images": [picture]}
        elif kind < 0.25:
            link = {
                "title": _text(LATIN, draw),
                "description": _text(LATIN, draw),
                "uri": f"https://example.org/{number}?a=1&b",
            }
            said["embed"] = {"$type": "app.bsky.embed.external", "external": link}
        told = commit(key, at, "create", said)
    text = json.dumps(told.v2(50_000 + number, timedelta(0)), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return text.replace("&", "\\u0026").encode()  # as Go writes it


def _text(words: tuple[str, ...], draw: random.Random) -> str:
    return " ".join(draw.choices(words, k=1 + int(draw.expovariate(1 / 18))))


def recorded() -> list[bytes]:
    """Write a chunk of them."""
    draw = random.Random(2)
    return [as_recorded(number, draw) for number in range(CHUNK)]


def without_deletions(chunk: list[bytes]) -> list[bytes]:
    """Take out what the bare loop would drop and we must keep."""
    return [one for one in chunk if b'"operation":"delete"' not in one]


def later(chunk: bytes, minute: int) -> bytes:
    """Let a chunk have happened so many minutes later."""
    hour = b"%02d%02d" % divmod(minute, 60)
    return chunk.replace(b"T00:00:", b"T%s:%s:" % (hour[:2], hour[2:])).replace(b"k0000k", b"k%sk" % hour)


def serve(pipe: Connection, posts: int) -> None:
    """Send prebuilt frames to whoever asks, a minute of them at a time, and then one that ends it."""
    written = [b"\x81\x7e" + len(one).to_bytes(2, "big") + one for one in frames()]
    chunk = b"".join(written)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        pipe.send(listener.getsockname()[1])
        while True:
            connection, _ = listener.accept()
            with connection:
                asked = b""
                while b"\r\n\r\n" not in asked:
                    asked += connection.recv(65536)
                if V2_PATH.encode() not in asked:
                    connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
                    continue
                key = asked.split(b"Sec-WebSocket-Key: ")[1].split(b"\r\n")[0]
                accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())  # noqa: S324
                connection.sendall(
                    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    b"Sec-WebSocket-Protocol: xrpc.v1.json\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n"
                )
                try:
                    for minute in range(posts // CHUNK):
                        connection.sendall(later(chunk, minute))
                    connection.sendall(later(written[0], posts // CHUNK))
                    connection.settimeout(5)
                    connection.recv(65536)
                except OSError:
                    continue


def in_memory(said: str, chunk: list[bytes]) -> None:
    """(a): frames a second of the bare loop and of ours, alternating so that the machine's moods fall on all."""
    names = Names(watchlist.load())
    aliases = {alias for service in watchlist.load().services.values() for alias in service.aliases}
    automaton = ahocorasick.AhoCorasick(
        sorted(aliases), store_patterns=False, implementation=ahocorasick.Implementation.DFA
    )
    batches = [chunk[at : at + BATCH] for at in range(0, len(chunk), BATCH)]

    def bare() -> int:
        decode, find, found = V2.seen, automaton.find_matches_as_indexes, 0
        for one in chunk:
            record = decode(one).payload.record
            if record is not None and find(record.text.lower()):
                found += 1
        return found

    def with_titles() -> int:
        decode, find, found = V2.seen, automaton.find_matches_as_indexes, 0
        for one in chunk:
            record = decode(one).payload.record
            if record is not None:
                card = record.embed
                if find(record.text.lower()) or (card and card.external and find(card.external.title.lower())):
                    found += 1
        return found

    def ours(*, scanned: bool) -> int:
        sieve = Sieve(names)
        if not scanned:
            sieve.scanner = None
        for batch in batches:
            sieve.sift(batch, V2, None)
        return len(sieve.kept)

    ways: dict[str, Callable[[], int]] = {
        "bare loop": bare,
        "with titles": with_titles,
        "ours": lambda: ours(scanned=False),
    }
    aims = {"ours": 0.9, "ours, undecoded": 6.0}
    if Sieve(names).scanner is not None:
        ways["ours, undecoded"] = lambda: ours(scanned=True)
        assert ours(scanned=True) == ours(scanned=False)
    size = statistics.mean(len(one) for one in chunk)
    print(f"(a) in memory, {len(chunk):,} {said}, {size:.0f} bytes on average")
    took: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(3 * REPEATS):
        for name, way in ways.items():
            began = time.process_time()
            assert way()
            took[name].append(time.process_time() - began)
    for name, seconds in took.items():
        bare_, titled = (
            statistics.median(x / y for x, y in zip(took[loop], seconds, strict=True))
            for loop in ("bare loop", "with titles")
        )
        aim = f"{bare_:5.2f} of the bare loop (aim {aims[name]:g}), {titled:.2f} with titles" if name in aims else ""
        print(f"    {name:16}{len(chunk) / statistics.median(seconds):>12,.0f}/s   {aim}")


def counted(url: str, posts: int) -> float:
    """(b): seconds that the same library takes to count the frames."""
    began = time.perf_counter()
    with connect(f"{url}{V2_PATH}", subprotocols=["xrpc.v1.json"], compression=None, max_queue=FRAMES_AHEAD) as stream:  # type: ignore[list-item]
        for _ in range(posts + 1):
            stream.recv(decode=False)
        return time.perf_counter() - began


def read(url: str, posts: int) -> tuple[float, int]:
    """(b): seconds that a replay takes, and how many changes it kept."""
    client = msgspec.structs.replace(
        jetstream.connect(load({"ICD_JETSTREAM_URLS": url}, Path("none"))), longest=3600.0, pause=0.5
    )
    wanted = Window(START, START + timedelta(minutes=posts // CHUNK))
    now = wanted.end + timedelta(minutes=1)
    kept, covered = 0, START
    began = time.perf_counter()
    for page in jetstream.fetch(client, Target("stream"), wanted, lambda: now, Memory()):
        kept += len(page.items)
        assert page.problem is None
        covered = page.covered.end if page.covered else covered
    took = time.perf_counter() - began
    assert covered == wanted.end
    return took, kept


def main() -> None:
    """Print all three."""
    posts = int(sys.argv[1]) if len(sys.argv) > 1 else POSTS
    chunk = recorded()
    in_memory("posts", without_deletions(chunk))
    in_memory("posts and deletions", chunk)
    few = 4 * CHUNK
    counts, ours = [], []
    with far_end(few) as url:
        for _ in range(REPEATS):
            counts.append(counted(url, few))
            ours.append(read(url, few)[0])
    print(
        f"(b) through a socket: counting {few / statistics.median(counts):,.0f}/s, "
        f"ours {few / statistics.median(ours):,.0f}/s"
    )
    print(f"    ours over counting: {statistics.median(x / y for x, y in zip(counts, ours, strict=True)):.2f}")
    process = psutil.Process()
    with far_end(posts) as url:
        gc.collect()
        before = process.memory_info().rss / 1e6
        took, kept = read(url, posts)
        after = process.memory_info().rss / 1e6
    print(f"(c) {posts:,} posts in {took:.0f} s, {kept:,} kept: {before:.0f} MB before, {after:.0f} MB after")


@contextmanager
def far_end(posts: int) -> Iterator[str]:
    """Run the server in a process of its own."""
    spawned = multiprocessing.get_context("spawn")
    ours, theirs = spawned.Pipe()
    process = spawned.Process(target=serve, args=(theirs, posts), daemon=True)
    process.start()
    try:
        yield f"ws://127.0.0.1:{ours.recv()}"
    finally:
        process.terminate()
        process.join()


if __name__ == "__main__":
    main()
