"""Cells that leave the database: hostile texts made harmless, column by column, each different text once."""

from collections.abc import Callable

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from ingest.hostile import defused, one_line

LONGEST = 2000
"""Characters of a cell that are kept."""


def empty(schema: pa.Schema) -> pa.RecordBatch:
    """Make a batch of no rows."""
    return pa.RecordBatch.from_arrays([pa.array([], field.type) for field in schema], schema=schema)


def cleaned(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Take out of every text what a terminal or a viewer would obey."""
    return _columns(batch, lambda column: _texts(column, _plain))


def as_csv(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Lay a batch out in texts and numbers: instants in ISO 8601 with Z, lists as JSON, no cell a formula."""

    def column(values: pa.Array) -> pa.Array:
        if pa.types.is_timestamp(values.type):
            in_utc = values.cast(pa.timestamp("ms", tz="UTC"), safe=False)
            return pc.strftime(in_utc, format="%Y-%m-%dT%H:%M:%SZ")
        if pa.types.is_list(values.type):
            listed = _texts(values, _plain).to_pylist()
            return pa.array(
                [None if parts is None else msgspec.json.encode(parts).decode() for parts in listed], pa.string()
            )
        return _texts(values, lambda text: defused(_plain(text)))

    return _columns(batch, column)


def _columns(batch: pa.RecordBatch, shaped: Callable[[pa.Array], pa.Array]) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([shaped(column) for column in batch.columns], names=batch.schema.names)


def _texts(column: pa.Array, clean: Callable[[str], str]) -> pa.Array:
    """Clean the texts of a column, each different one once; other columns stay as they are."""
    if pa.types.is_list(column.type) and pa.types.is_string(column.type.value_type):
        parts = [None if parts is None else [clean(part) for part in parts] for parts in column.to_pylist()]
        return pa.array(parts, pa.list_(pa.string()))
    if not pa.types.is_string(column.type):
        return column
    encoded = column.dictionary_encode()
    texts = pa.array([clean(text) for text in encoded.dictionary.to_pylist()], pa.string())
    return texts.take(encoded.indices)


def _plain(text: str) -> str:
    return one_line(text, LONGEST)
