"""The reading of posts as a function from batches to batches that travels: to another process, or another machine.

What it goes by (watchlist, keys, classifier) travels with it as bytes, plain data and no code, and is made ready once
in each process. Pure: it knows no engine, and what it says of a post depends on that post alone.
"""

import hashlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from detect.reading import classifier, complaints, fitting, muting, prefilter
from ingest.watchlist import Watchlist

BUCKET_US = 5 * 60 * 1_000_000
"""Microseconds of a bucket."""

READ = pa.schema(
    [
        *complaints.JUDGED,
        ("platform", pa.string()), ("person", pa.int64()), ("counted_us", pa.int64()), ("bucket", pa.int64()),
    ]
)  # fmt: skip
"""`counted_us` are microseconds since 1970, UTC, and `bucket` counts five minutes since then: integers, which no
engine takes for a time in some zone."""


class Packed(msgspec.Struct, frozen=True):
    """Everything that a reader is made of, to be sent. `reads` tells versions of the program that read differently."""

    watchlist: Watchlist
    echo_authors: tuple[int, ...]
    muted_keys: tuple[int, ...]
    muted_places: tuple[tuple[str, str], ...]
    secret: int | None
    model: bytes | None
    reads: int


class Reading:
    """The kernel, ready to be sent: `judge` on every batch, after a prefilter of its own."""

    schema = READ
    dear = True

    def __init__(self, packed: bytes) -> None:
        self.packed = packed

    def sift(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Keep the posts that may speak of a service."""
        return prefilter.sift(batch, _ready(self.packed)[1])

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Judge posts; `counted_at` is an instant, UTC, in microseconds."""
        reader, _ = _ready(self.packed)
        for batch in batches:
            few = self.sift(batch)
            if len(few):
                yield _with_post(few, complaints.judge(few, reader))


class Digesting:
    """A kernel that sums the hashes of the rows of batches: one row of integers each, which no order changes.

    Equal tables give equal sums, on every engine; a row more, less or other does not.
    """

    dear = False
    schema = pa.schema([("hashed", pa.int64()), *((f"part_{n}", pa.int64()) for n in range(4))])

    def __init__(self, columns: tuple[str, ...]) -> None:
        self.columns = columns

    def sift(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Keep all rows."""
        return batch

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Hash every row by its columns, in their order; the sums stay far from 64 bits."""
        for batch in batches:
            rows = zip(*(batch.column(name).to_pylist() for name in self.columns), strict=True)
            parts = np.zeros(4, np.int64)
            for row in rows:
                parts += np.frombuffer(hashlib.blake2b(msgspec.json.encode(row), digest_size=16).digest(), "<u4")
            yield pa.RecordBatch.from_pylist(
                [{"hashed": len(batch)} | {f"part_{n}": int(part) for n, part in enumerate(parts)}], schema=self.schema
            )


def pack(watchlist: Watchlist, reader: complaints.Reader) -> bytes:
    """Lay a reader out to be sent."""
    packed = Packed(
        watchlist,
        tuple(sorted(reader.rules.echo_authors)),
        tuple(sorted(reader.muted.keys)),
        tuple(sorted(reader.muted.places)),
        reader.secret,
        classifier.pack(reader.model) if reader.model else None,
        fitting.key(),
    )
    return msgspec.msgpack.encode(packed)


@lru_cache(maxsize=1)
def _ready(content: bytes) -> tuple[complaints.Reader, prefilter.Prefilter]:
    """Make a reader of what was sent, once in a process. Raises RuntimeError where this program reads differently."""
    packed = msgspec.msgpack.decode(content, type=Packed)
    if packed.reads != fitting.key():
        raise RuntimeError("is-claude-down on the workers is another version than here; install the same on both")
    reader = complaints.prepare(
        packed.watchlist,
        frozenset(packed.echo_authors),
        classifier.unpack(packed.model) if packed.model else None,
        muting.Muted(frozenset(packed.muted_keys), frozenset(packed.muted_places)),
        packed.secret,
    )
    return reader, prefilter.prepare(packed.watchlist)


def _with_post(posts: pa.RecordBatch, judged: pa.RecordBatch) -> pa.RecordBatch:
    """Add to each judgement its post's platform, person and time."""
    where = {key: row for row, key in enumerate(posts.column("post_key").to_pylist())}
    keys = judged.column("post_key").to_pylist()
    rows = pa.array([where[key] for key in keys], pa.int64())
    counted: Any = posts.column("counted_at").take(rows).cast(pa.timestamp("us", tz="UTC")).cast(pa.int64())
    bucket = counted.to_numpy() // BUCKET_US
    people = muting.people(posts.column("author_key").take(rows).to_pylist(), keys)
    columns = [
        *judged.columns,
        posts.column("platform").take(rows),
        pa.array(people, pa.int64()),
        counted,
        pa.array(bucket),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=READ)
