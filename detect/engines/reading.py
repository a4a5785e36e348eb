"""The whole job on a lake, the same on every engine: filter, judge, mark what repeats, count; and a digest of it."""

import hashlib

import msgspec
import pandas as pd
import pyarrow as pa

from detect.engines import Engine, statements
from detect.reading import kernel, prefilter, repeats
from ingest.watchlist import Watchlist

COUNTS = ("service", "platform", "kind", "bucket", "people", "repeated")

MARKED = pa.schema(
    [
        ("service", pa.string()), ("platform", pa.string()), ("kind", pa.string()), ("surface", pa.string()),
        ("language", pa.string()), ("bucket", pa.int64()), ("person", pa.int64()), ("repeats", pa.bool_()),
    ]
)  # fmt: skip


class Digest(msgspec.Struct, frozen=True):
    """How many rows a table has, and a digest of them that no order of rows changes."""

    rows: int
    digest: str


class Read(msgspec.Struct, frozen=True):
    """What a reading came to: the judgements, and the counts made of them."""

    judged: Digest
    counted: Digest

    @property
    def digest(self) -> str:
        """One digest of both."""
        return hashlib.blake2b(f"{self.judged.digest} {self.counted.digest}".encode(), digest_size=8).hexdigest()


def read(engine: Engine, watchlist: Watchlist, packed: bytes, sifted: str = "sql", out: str | None = None) -> Read:
    """Judge the table `posts`, and count: makes the tables `judged`, `marked` and `counted`.

    `sifted` says who looks first which posts may speak of a service at all: the engine, by its "sql", or the "kernel"
    alone. With `out` the judgements are written there and read from there, else the engine keeps them.
    """
    engine.sql("passing", statements.passing(prefilter.prepare(watchlist)) if sifted == "sql" else statements.ALL_POSTS)
    engine.map_batches("judged_here", "passing", kernel.Reading(packed))
    if out is None:
        engine.sql("judged", statements.JUDGED_HERE)
    else:
        engine.write("judged_here", f"{out}/judged")
        engine.read("judged", [f"{out}/judged/*.parquet"])
    judged = digest(engine, "judged", tuple(kernel.READ.names))
    engine.sql("complaints", statements.COMPLAINTS)
    engine.map_groups("marked", "complaints", ("service",), Marking())
    engine.sql("counted", statements.COUNTED)
    if out is not None:
        engine.write("counted", f"{out}/counted")
    return Read(judged, digest(engine, "counted", COUNTS))


class Marking:
    """Says of the complaints about one service which repeat another's words."""

    schema = MARKED
    dear = False

    def __call__(self, group: pd.DataFrame) -> pd.DataFrame:
        """Mark them, in the order of time."""
        ordered = group.sort_values(["counted_us", "post_key"], ignore_index=True)
        ordered["counted_at"] = pd.to_datetime(ordered["counted_us"], unit="us", utc=True)
        marked: pd.DataFrame = ordered.assign(repeats=repeats.mark(ordered))[MARKED.names]
        return marked


def digest(engine: Engine, of: str, columns: tuple[str, ...]) -> Digest:
    """Digest a table where it lies: only sums travel."""
    engine.map_batches(f"{of}_hashed", of, kernel.Digesting(columns))
    engine.sql(f"{of}_totals", statements.totals(f"{of}_hashed"))
    (total,) = engine.collect(f"{of}_totals").to_pylist()
    return Digest(
        total["hashed"], hashlib.blake2b(msgspec.json.encode(list(total.values())), digest_size=8).hexdigest()
    )
