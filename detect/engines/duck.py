"""One machine: DuckDB reads and filters, the kernel runs here or in some processes. Its scratch file spills to disk."""

import multiprocessing
import queue
import tempfile
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb
import joblib
import pandas as pd
import pyarrow as pa

from detect.engines import Fit, Kernel
from ingest.errors import LakeError
from ingest.hostile import one_line

BATCH = 2_048
"""Rows that are read at a time, DuckDB's own measure, and at least as many that the kernel is given at a time."""

AHEAD = 8
"""Batches that are read ahead of the kernel."""

TOGETHER = 20_000
"""Rows that are kept before they are written: small inserts are dear."""

Batches = Iterable[pa.RecordBatch]


class Duck:
    """The engine `duckdb`. `workers` are processes for the kernel and the fits; with 1 it all runs in this one."""

    def __init__(
        self, filesystem: Any = None, *, workers: int = 1, memory: str = "1GB", threads: int | None = None
    ) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="reading-")
        self._workers = workers
        self._connection = duckdb.connect(str(Path(self._folder.name) / "scratch.duckdb"))
        self._read = ""
        with self._told():
            self._connection.execute("SET TimeZone = 'UTC'; SET preserve_insertion_order = false")
            self._connection.execute(f"SET memory_limit = '{memory}'")
            if threads is not None:
                self._connection.execute(f"SET threads = {threads}")
            self._connection.execute("CREATE MACRO regexp_like(said, pattern) AS regexp_matches(said, pattern)")
            if filesystem is not None:
                self._connection.register_filesystem(filesystem)

    def read(self, name: str, places: Sequence[str]) -> None:
        """Make a view of the files."""
        with self._told():
            self._connection.read_parquet(list(places), hive_partitioning=False).create_view(name, replace=True)

    def sql(self, name: str, text: str) -> None:
        """Make a view."""
        with self._told():
            self._connection.execute(f"CREATE OR REPLACE VIEW {name} AS {text}")

    def map_batches(self, name: str, of: str, kernel: Kernel) -> None:
        """Stream the rows through the kernel into a table."""
        with self._told():
            batches = self._connection.cursor().sql(f"FROM {of}").to_arrow_reader(BATCH)
            self._keep(
                name, kernel.schema, _mapped(_ahead(batches, kernel), kernel, self._workers if kernel.dear else 1)
            )

    def map_groups(self, name: str, of: str, by: tuple[str, ...], fit: Fit) -> None:
        """Stream the rows in the order of their groups, and fit group after group."""
        with self._told():
            ordered = f"SELECT * FROM {of} ORDER BY {', '.join(by)}"  # noqa: S608  (names of our own)
            frames = _grouped(self._connection.cursor().sql(ordered).to_arrow_reader(BATCH), list(by))
            fits = joblib.Parallel(n_jobs=self._workers if fit.dear else 1, return_as="generator")(
                joblib.delayed(fit)(one) for one in frames
            )
            made = (pa.RecordBatch.from_pandas(one, fit.schema, preserve_index=False) for one in fits)
            self._keep(name, fit.schema, made)

    def write(self, name: str, place: str) -> None:
        """Write one file into the folder."""
        with self._told():
            if "://" not in place:
                Path(place).mkdir(parents=True, exist_ok=True)
            self._connection.table(name).write_parquet(f"{place}/part.parquet", compression="zstd")

    def collect(self, name: str) -> pa.Table:
        """Bring a table here."""
        with self._told():
            return self._connection.table(name).to_arrow_table()

    def close(self) -> None:
        """Close the scratch file and remove it."""
        self._connection.close()
        self._folder.cleanup()

    def _keep(self, name: str, schema: pa.Schema, made: Batches) -> None:
        self._connection.execute(f"DROP TABLE IF EXISTS {name}")
        self._connection.from_arrow(schema.empty_table()).create(name)
        kept: list[pa.RecordBatch] = []
        for batch in made:
            kept.append(batch)
            if sum(map(len, kept)) >= TOGETHER:
                self._insert(name, kept)
                kept = []
        self._insert(name, kept)

    def _insert(self, name: str, kept: list[pa.RecordBatch]) -> None:
        if kept:
            rows = pa.Table.from_batches(kept)  # noqa: F841  (DuckDB reads it by name)
            self._connection.execute(f"INSERT INTO {name} FROM rows").fetchall()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say in one line what of the world went wrong; a defect of our own SQL stays what it is."""
        try:
            yield
        except BrokenProcessPool as error:
            raise LakeError(
                "a worker process died (killed, or out of memory), and nothing of this run is kept; "
                "run it again, with fewer --workers"
            ) from error
        except (duckdb.ParserException, duckdb.CatalogException):
            raise
        except duckdb.Error as error:
            raise LakeError(f"the lake cannot be read: {one_line(str(error), 300)}") from error


def _ahead(batches: Batches, kernel: Kernel) -> Iterator[pa.RecordBatch]:
    """Read some batches ahead in a thread, and sift them there: neither waits for the kernel, which is Python."""
    ready: queue.Queue[pa.RecordBatch | BaseException | None] = queue.Queue(AHEAD)
    stopped = threading.Event()

    def put(one: pa.RecordBatch | BaseException | None) -> None:
        while not stopped.is_set():
            with suppress(queue.Full):
                ready.put(one, timeout=0.2)
                return

    def read() -> None:
        try:
            kept: list[pa.RecordBatch] = []
            for batch in batches:
                kept.append(kernel.sift(batch))
                if sum(map(len, kept)) >= BATCH:
                    put(pa.concat_batches(kept))
                    kept = []
                if stopped.is_set():
                    return
            if kept:
                put(pa.concat_batches(kept))
            put(None)
        except BaseException as error:
            put(error)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    try:
        while (one := ready.get()) is not None:
            if isinstance(one, BaseException):
                raise one
            yield one
    finally:
        stopped.set()
        thread.join()


def _mapped(batches: Batches, kernel: Kernel, workers: int) -> Batches:
    """Map a kernel here, or in processes that get it once each; what comes back keeps its order."""
    if workers == 1:
        yield from kernel(batches)
        return
    context = multiprocessing.get_context("spawn")  # never forked from here, where DuckDB has threads
    # By a queue: a process that dies while it starts never empties the pipe through which its arguments come, and
    # whoever starts it waits for ever where they are longer than the pipe.
    handed: multiprocessing.Queue[Kernel] = context.Queue()
    handed.cancel_join_thread()
    for _ in range(workers):
        handed.put(kernel)
    with ProcessPoolExecutor(workers, context, initializer=_begin, initargs=(handed,)) as pool:
        waiting: deque[Future[list[pa.RecordBatch]]] = deque()
        for batch in batches:
            waiting.append(pool.submit(_run, batch))
            if len(waiting) > 2 * workers:
                yield from waiting.popleft().result()
        for future in waiting:
            yield from future.result()


_kernel: Kernel


def _begin(handed: "multiprocessing.Queue[Kernel]") -> None:
    global _kernel  # noqa: PLW0603  (a process of the pool has one)
    _kernel = handed.get()


def _run(batch: pa.RecordBatch) -> list[pa.RecordBatch]:
    return list(_kernel([batch]))


def _grouped(batches: Batches, by: list[str]) -> Iterator[pd.DataFrame]:
    """Cut rows that come in the order of their groups into a frame each; one group is held at a time."""
    held: list[pd.DataFrame] = []
    for batch in batches:
        for _, group in batch.to_pandas().groupby(by, sort=False):
            if held and not (held[-1][by].iloc[0] == group[by].iloc[0]).all():
                yield pd.concat(held, ignore_index=True)
                held = []
            held.append(group)
    if held:
        yield pd.concat(held, ignore_index=True)
