"""Any Spark 4 cluster, through Spark Connect: the client is plain Python (the extra `cluster`), the cluster exists."""

import os
import socket
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
import pyarrow as pa

from detect.engines import Fit, Kernel
from ingest.errors import ConfigError, LakeError, WrongOption
from ingest.hostile import one_line

_TYPES = {
    pa.int64(): "bigint", pa.string(): "string", pa.float64(): "double", pa.bool_(): "boolean",
    pa.list_(pa.int64()): "array<bigint>", pa.list_(pa.float64()): "array<double>",
}  # fmt: skip


RETRIES = 6
"""How often a call is tried again where the cluster does not answer: for a good minute, not the client's ten."""

PATIENCE = 10.0
"""Seconds for the cluster to take a first connection."""

_RAISED = ("Error", "Exception", "Interrupt")
"""How the name of what Python raises ends."""

_DETAILS = "details = "
"""Where gRPC says why a call ended, below a line that names only its class."""


class Spark:
    """The engine `spark`. Workers need the same version of this program installed; see deploy/README.md."""

    def __init__(self, remote: str | None = None) -> None:
        where = remote or os.environ.get("SPARK_REMOTE")
        if not where:
            raise WrongOption("say where the cluster is: --remote sc://HOST:15002, or SPARK_REMOTE")
        with self._told():
            try:
                from pyspark.sql.connect.client.retries import DefaultPolicy
                from pyspark.sql.connect.session import SparkSession
            except ImportError as error:
                raise ConfigError("the engine spark is not installed: pip install 'is-claude-down[cluster]'") from error
            _reach(where)
            self._session: Any = SparkSession.builder.remote(where).create()
            self._session.client.set_retry_policies([DefaultPolicy(max_retries=RETRIES)])
            self._session.conf.set("spark.sql.session.timeZone", "UTC")

    def read(self, name: str, places: Sequence[str]) -> None:
        """Make a view of the files."""
        with self._told():
            self._session.read.parquet(*places).createOrReplaceTempView(name)

    def sql(self, name: str, text: str) -> None:
        """Make a view."""
        with self._told():
            self._session.sql(text).createOrReplaceTempView(name)

    def map_batches(self, name: str, of: str, kernel: Kernel) -> None:
        """Map the kernel, wherever the rows are, and keep what it makes where it is made."""

        def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            return kernel(batches)

        with self._told():
            self._session.table(of).mapInArrow(run, _ddl(kernel.schema)).persist().createOrReplaceTempView(name)

    def map_groups(self, name: str, of: str, by: tuple[str, ...], fit: Fit) -> None:
        """Shuffle the rows by group, and fit each."""

        def run(group: pd.DataFrame) -> pd.DataFrame:
            return fit(group)

        with self._told():
            mapped = self._session.table(of).groupBy(*by).applyInPandas(run, _ddl(fit.schema))
            mapped.persist().createOrReplaceTempView(name)

    def write(self, name: str, place: str) -> None:
        """Write the folder, by the cluster's own commit: what was begun and not ended has no `_SUCCESS`."""
        with self._told():
            self._session.table(name).write.mode("overwrite").parquet(place)

    def collect(self, name: str) -> pa.Table:
        """Bring a table here."""
        with self._told():
            return self._session.table(name).toArrow()

    def close(self) -> None:
        """End the session."""
        self._session.stop()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say in one line what the cluster said: the first line, which has the cause; the rest is its stack."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # its client warns of pandas 3, of retries: what counts is raised
                yield
        except (ConfigError, LakeError):
            raise
        except Exception as error:
            raise LakeError(f"the cluster did not do it: {_cause(error)}; nothing of this run is kept") from error


def _reach(where: str) -> None:
    """See that somebody listens there, so that a wrong address is not tried for minutes. A token is not repeated."""
    try:
        address = urlsplit(where)
        host, port = address.hostname or "", address.port or 15002
    except ValueError as error:
        raise WrongOption("--remote is no address of a cluster; write it as sc://HOST:15002") from error
    try:
        socket.create_connection((host, port), PATIENCE).close()
    except OSError as error:
        told = f"no cluster answers at sc://{one_line(host, 80)}:{port} ({error})"
        raise LakeError(f"{told}; see to --remote and the network") from error


def _cause(error: Exception) -> str:
    """Find the line that has the cause: what a worker's Python raised, what the connection died of, else the first."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    named = [(line.partition(": ")[0], line) for line in reversed(lines)]
    raised = [line for name, line in named if name.endswith(_RAISED) and " " not in name]
    died = [line.removeprefix(_DETAILS).strip('"') for line in lines if line.startswith(_DETAILS)]
    return one_line([*raised, *died, lines[0]][0], 240)


def _ddl(schema: pa.Schema) -> str:
    return ", ".join(f"{field.name} {_TYPES[field.type]}" for field in schema)
