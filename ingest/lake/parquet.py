"""The lake's own DuckDB, with no database file: it reads the files of a day and writes them anew."""

import hashlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb

from ingest.errors import LakeError
from ingest.hostile import one_line
from ingest.lake.address import Address
from ingest.lake.manifest import Day, Part

COLUMNS = (
    "post_key", "platform", "place", "author_key", "claimed_at", "received_at", "seen_at", "counted_at", "form", "lang",
    "text",
)  # fmt: skip
"""What of a post goes to the lake: what it is judged and counted by. Neither its id nor its address does."""

_SAID = ", ".join(
    f"coalesce('=' || {f'epoch_us({name})' if name.endswith('_at') else name}, '-')" for name in COLUMNS
)  # fmt: skip
HASH = f"md5_number_lower(concat_ws(chr(31), {_SAID}))::HUGEINT"
"""The hash of a row in SQL: whatever is NULL differs from whatever is not."""

ORDER = "counted_at, post_key"
COMPRESSION = "zstd"


@contextmanager
def opened(address: Address) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a DuckDB that reads a lake. Raises LakeError where a file of it cannot be read."""
    with tempfile.TemporaryDirectory(prefix="lake-") as spilled, duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"SET temp_directory = '{spilled}'")
        if address.filesystem is not None:
            connection.register_filesystem(address.filesystem)
        try:
            yield connection
        except duckdb.Error as error:
            raise LakeError(
                f"{address}: a file cannot be read ({one_line(str(error), 200)}); "
                "write it again: python -m ingest lake export"
            ) from error


def rows_of(connection: duckdb.DuckDBPyConnection, address: Address, day: Day) -> duckdb.DuckDBPyRelation:
    """Read the posts of a day."""
    return connection.read_parquet([address.of(part.path) for part in day.parts], hive_partitioning=False)


def write_part(
    address: Address, connection: duckdb.DuckDBPyConnection, query: str, params: Mapping[str, Any], key: tuple[str, Any]
) -> Part | None:
    """Write what a query finds as one file of a day (platform, date), in the order of time; None where it is nothing.

    The file bears its own digest as a name: it is written next to what it replaces, never over it.
    """
    platform, day = key
    with tempfile.TemporaryDirectory(prefix="lake-") as folder:
        file = Path(folder) / "part.parquet"
        connection.sql(f"{query} ORDER BY {ORDER}", params=dict(params)).write_parquet(
            str(file), compression=COMPRESSION
        )
        (rows,) = connection.execute(
            "SELECT num_rows FROM parquet_file_metadata($file)", {"file": str(file)}
        ).fetchall()[0]
        if not rows:
            return None
        size, digest = file.stat().st_size, _digest(file)
        path = f"platform={quote(platform, safe='')}/day={day}/{digest[:16]}.parquet"
        address.take(file, path)
    return Part(path, rows, size, digest)


def facts_of(connection: duckdb.DuckDBPyConnection, address: Address, parts: Sequence[Part]) -> str:
    """Sum the hashes of the rows of some files."""
    places = [address.of(part.path) for part in parts]
    found = connection.execute(
        f"SELECT sum({HASH}) FROM read_parquet($places, hive_partitioning = false)",  # noqa: S608  (a constant)
        {"places": places},
    )
    return str(found.fetchall()[0][0])


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
