"""What carries the reading to the posts of a lake: DuckDB on one machine, any Spark 4 cluster through Spark Connect.

An engine is small: it reads files, runs the SQL texts of `statements`, maps a kernel over batches and a fit over
groups, and writes. What is judged and counted does not depend on which it is: `tests/detect/engines` holds each to
equal digests.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

import pandas as pd
import pyarrow as pa

NAMES = ("duckdb", "spark")


class Kernel(Protocol):
    """A pure function from batches to batches of `schema` that can be pickled; how rows are cut into batches is free.

    One that is `dear` is worth processes of its own.
    """

    schema: pa.Schema
    dear: bool

    def sift(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Keep the rows of which the kernel may make any, cheaply; it does so itself where nobody did."""

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Map batches."""


class Fit(Protocol):
    """A pure function of one group's rows, in any order, to rows of `schema`; it can be pickled."""

    schema: pa.Schema
    dear: bool

    def __call__(self, group: pd.DataFrame) -> pd.DataFrame:
        """Map one group."""


class Engine(Protocol):
    """Tables by name, each made of others. A table may be made only when it is asked for."""

    def read(self, name: str, places: Sequence[str]) -> None:
        """Make a table of Parquet files of one schema; of none of them it cannot be made."""

    def sql(self, name: str, text: str) -> None:
        """Make a table as a SQL text says, in the subset that all engines mean the same by."""

    def map_batches(self, name: str, of: str, kernel: Kernel) -> None:
        """Make a table of what a kernel makes of another's rows."""

    def map_groups(self, name: str, of: str, by: tuple[str, ...], fit: Fit) -> None:
        """Make a table of what a fit makes of the rows that agree in the columns `by`, one frame at a time."""

    def write(self, name: str, place: str) -> None:
        """Write a table to a folder of Parquet files, in place of what was there."""

    def collect(self, name: str) -> pa.Table:
        """Bring a table here: a small one."""

    def close(self) -> None:
        """Let go of everything."""
