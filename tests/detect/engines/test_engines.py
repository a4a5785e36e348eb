"""One contract for all engines: the same tables, to the last bit, for every SQL text and for the whole job."""

from typing import Any

import msgspec
import pytest

from detect.engines import Engine, reading, series, statements
from detect.engines.duck import Duck
from detect.engines.spark import Spark
from detect.reading import kernel, prefilter
from ingest import watchlist
from ingest.lake import manifest
from ingest.lake.address import open_address

WATCHED = watchlist.load()

pytestmark = pytest.mark.xdist_group("engines")
"""One lake, and one server of each kind, for all of them."""

PASSING = ("post_key", "platform", "place", "author_key", "form", "lang", "text")

TABLES = {
    "judged": tuple(kernel.READ.names),
    "complaints": (
        "service", "platform", "kind", "surface", "language", "bucket", "counted_us", "post_key", "person",
        "fingerprint",
    ),
    "marked": tuple(reading.MARKED.names),
    "counted": reading.COUNTS,
    "series": (*series.BY, "bucket", "people"),
}  # fmt: skip
"""What the SQL texts, the kernel and the groups make, and the columns that are held to be equal."""


class Made(msgspec.Struct, frozen=True):
    """What an engine made of a lake."""

    read: reading.Read
    tables: dict[str, reading.Digest]
    fitted: str
    every: reading.Digest


def make(engine: Engine, lake: Any, sifted: str = "sql", out: str | None = None) -> Made:
    """Run the whole job, and digest every table that it made."""
    address = open_address(str(lake.root))
    held = manifest.require(address)
    try:
        engine.read("posts", manifest.check(address, held.days))
        read = reading.read(engine, WATCHED, lake.packed, sifted, out)
        fitted = series.digest(series.fit(engine, held.coverage, WATCHED))
        tables = {name: reading.digest(engine, name, columns) for name, columns in TABLES.items()}
        engine.sql("passing", statements.passing(prefilter.prepare(WATCHED)))
        tables["passing"] = reading.digest(engine, "passing", PASSING)
        engine.sql("every", statements.ALL_POSTS)
        return Made(read, tables, fitted, reading.digest(engine, "every", PASSING))
    finally:
        engine.close()


@pytest.fixture(scope="session")
def on_duckdb(lake: Any) -> Made:
    """What DuckDB makes of it, by its SQL and in one process."""
    return make(Duck(), lake)


def test_the_lake_holds_what_is_to_be_proven(lake: Any, on_duckdb: Made) -> None:
    """Nearly all posts have a text, hundreds of them are judged, some complain, and some series are fitted."""
    assert 0.99 * 50_000 + lake.real - 50 < on_duckdb.every.rows < 50_000 + lake.real
    assert on_duckdb.tables["judged"].rows > 250
    assert on_duckdb.tables["complaints"].rows > 100
    assert on_duckdb.tables["series"].rows > 50
    assert on_duckdb.read.judged == on_duckdb.tables["judged"]


def test_the_kernel_alone_finds_what_the_prefilter_in_sql_does(lake: Any, on_duckdb: Made, tmp_path: Any) -> None:
    """The prefilter that is pushed into SQL loses no post that the kernel would judge; nor does writing it down."""
    held_equal(make(Duck(), lake, "kernel", str(tmp_path / "out")), on_duckdb)


def test_processes_change_nothing(lake: Any, on_duckdb: Made) -> None:
    """The kernel and the fits in processes of their own make what they make in one."""
    held_equal(make(Duck(workers=2), lake), on_duckdb)


def test_sail_agrees(lake: Any, on_duckdb: Made, sail: Any, tmp_path: Any) -> None:
    """A Spark Connect server without Java: every SQL text, the kernel, the groups and the fits."""
    held_equal(sail.run(lambda remote: make(Spark(remote), lake, out=str(tmp_path / "out"))), on_duckdb)


def test_sail_agrees_by_the_kernel_alone(lake: Any, on_duckdb: Made, sail: Any, tmp_path: Any) -> None:
    """All posts through the kernel, on the cluster's side."""
    held_equal(sail.run(lambda remote: make(Spark(remote), lake, "kernel", str(tmp_path / "out"))), on_duckdb)


def test_more_workers_change_nothing(lake: Any, on_duckdb: Made, sail_workers: Any, tmp_path: Any) -> None:
    """A driver and three workers make what one makes."""
    held_equal(sail_workers.run(lambda remote: make(Spark(remote), lake, out=str(tmp_path / "out"))), on_duckdb)


def test_spark_agrees(lake: Any, on_duckdb: Made, spark: str, tmp_path: Any) -> None:
    """Spark itself: every SQL text, the kernel, the groups and the fits."""
    held_equal(make(Spark(spark), lake, "kernel", str(tmp_path / "out")), on_duckdb)


def held_equal(made: Made, wanted: Made) -> None:
    """Hold two engines to the same tables."""
    assert made.tables == wanted.tables
    assert made.every == wanted.every
    assert made.fitted == wanted.fitted
    assert made.read.digest == wanted.read.digest
