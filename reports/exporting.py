"""Take it away: episodes, incidents, lags and buckets as CSV and Parquet, with a schema that says what they mean.

What is written is what the views for analysts hold. Cells are hostile: control characters are taken out everywhere,
and in CSV no cell is a formula to a spreadsheet. Unknown stays empty.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import duckdb
import msgspec
import pyarrow as pa
from pyarrow import csv, parquet

from ingest.errors import ConfigError
from ingest.unfinished import unfinished
from reports import cells, dictionary
from reports.reading import label, require_judged, require_views

Format = Literal["csv", "parquet"]

EXPORTED = {"episodes": "outages", "incidents": "official_incidents", "lags": "lags", "buckets": "buckets"}
"""Each file's name, and the view or table that it holds."""

_FIRST = {"outages": "onset_at, ", "official_incidents": "first_published_at, ", "lags": "onset_at, "}
"""What rows are ordered by before all else."""

SCHEMA = "datapackage.json"

UNFINISHED = ".exporting-"
"""How a folder is called while what is in it is not whole; what a killed export left is cleared by the next."""

BATCH = 100_000

_TYPES = {"VARCHAR": "string", "DOUBLE": "number", "INTEGER": "integer", "BIGINT": "integer", "BOOLEAN": "boolean",
          "TIMESTAMP WITH TIME ZONE": "datetime", "VARCHAR[]": "array"}  # fmt: skip
"""DuckDB's types in the words of Frictionless' Table Schema."""


class Written(msgspec.Struct, frozen=True):
    """One file that was written, with its rows."""

    path: Path
    rows: int


def export(connection: duckdb.DuckDBPyConnection, folder: Path, formats: tuple[Format, ...]) -> list[Written]:
    """Write every file, and the schema of all, into a folder; each appears only when all are whole.

    Raises ConfigError where the folder cannot be written to, DatabaseError where nothing is judged.
    """
    run = require_judged(connection)
    require_views(connection)
    meanings = {table.name: table for table in dictionary.of(connection)}
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with unfinished(folder, UNFINISHED) as making:
            for name, table in EXPORTED.items():
                paths = {form: making / f"{name}.{form}" for form in formats}
                rows = _write(connection, meanings[table], paths)
                written += [Written(folder / path.name, rows) for path in paths.values()]
            package = _package(written, meanings, run["as_of"], label(connection))
            (making / SCHEMA).write_bytes(msgspec.json.format(msgspec.json.encode(package), indent=2))
            for path in sorted(making.iterdir()):
                path.replace(folder / path.name)
    except OSError as error:
        raise ConfigError(
            f"--out {folder}: cannot be written to ({error.strerror or error}); name another folder"
        ) from error
    return written


def _write(connection: duckdb.DuckDBPyConnection, table: dictionary.Table, paths: dict[Format, Path]) -> int:
    """Write one table in every form, batch by batch. Returns its rows."""
    rows = 0
    with ExitStack() as held:
        ordered = f"SELECT * FROM {table.name} ORDER BY {_FIRST.get(table.name, '')}COLUMNS(*)"  # noqa: S608  (ours)
        reader = connection.cursor().sql(ordered).to_arrow_reader(BATCH)
        writers: list[tuple[Any, Callable[[pa.RecordBatch], pa.RecordBatch]]] = []
        for form, path in paths.items():
            shaped: Callable[[pa.RecordBatch], pa.RecordBatch] = cells.as_csv if form == "csv" else cells.cleaned
            schema = shaped(cells.empty(reader.schema)).schema
            opened = (
                csv.CSVWriter(path, schema)
                if form == "csv"
                else parquet.ParquetWriter(path, schema, compression="zstd")
            )
            writers.append((held.enter_context(opened), shaped))
        for batch in reader:
            rows += batch.num_rows
            for writer, shaped in writers:
                writer.write_batch(shaped(batch))
    return rows


def _package(
    written: list[Written], tables: dict[str, dictionary.Table], as_of: datetime, synthetic: str | None
) -> dict[str, Any]:
    """Describe the files as a Data Package (https://specs.frictionlessdata.io/data-package/)."""
    return {
        "profile": "data-package", "name": "is-claude-down", "title": "Is Claude down?",
        "created": f"{as_of:%Y-%m-%dT%H:%M:%SZ}",
        "description": " ".join(filter(None, (f"What was known at {as_of:%Y-%m-%d %H:%M} UTC, judged.", synthetic))),
        "resources": list(_resources(written, tables)),
    }  # fmt: skip


def _resources(written: list[Written], tables: dict[str, dictionary.Table]) -> Iterator[dict[str, Any]]:
    for one in written:
        table = tables[EXPORTED[one.path.stem]]
        form = one.path.suffix[1:]
        yield {
            "name": one.path.name.replace(".", "-"), "path": one.path.name, "format": form, "encoding": "utf-8",
            "description": table.meaning, "rows": one.rows,
            "schema": {
                "missingValues": [""],
                "fields": [
                    {"name": column.name, "type": _TYPES.get(column.type, "any"), "description": column.meaning}
                    for column in table.columns
                ],
            },
        }  # fmt: skip
