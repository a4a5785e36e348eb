"""A lake that all engines read, and servers on loopback that speak Spark Connect."""

import gzip
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from lakeposts import FIRST, draw, put

from detect.reading import classifier, complaints, kernel
from ingest import watchlist
from ingest.errors import LakeError
from ingest.lake.address import open_address
from ingest.lake.parquet import COLUMNS
from ingest.records import hashed_key

ROOT = Path(__file__).resolve().parents[3]
GENERATED = 50_000
_UTC = pa.timestamp("us", tz="UTC")
_REAL = pa.schema(
    [
        (name, _UTC if name.endswith("_at") else pa.int64() if name.endswith("_key") else pa.string())
        for name in COLUMNS
    ]
)  # fmt: skip


class Sail:
    """Sail, a Spark Connect server without Java, which is started anew where it has died of itself.

    It is young, and about once in a hundred runs its process ends in the middle of one. What a run says then is a test
    of its own (`test_a_cluster_that_dies_is_said`); whether engines agree is not answered by it.
    """

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder, self.environment = folder, environment
        self.server, self.remote = start_sail(folder, **environment)

    def run(self, job: Callable[[str], Any]) -> Any:
        """Run a job at the server's address; once more, on a new server, where the old one died meanwhile."""
        try:
            return job(self.remote)
        except LakeError:
            if self.server.poll() is None:
                raise
        told = (self.folder / f"{self.remote.rpartition(':')[2]}.log").read_text()[-500:]
        warnings.warn(f"Sail died of itself, code {self.server.returncode}: {told!r}", stacklevel=2)
        self.server, self.remote = start_sail(self.folder, **self.environment)
        return job(self.remote)

    def close(self) -> None:
        """End it."""
        self.server.kill()
        self.server.wait()


class Lake(msgspec.Struct, frozen=True):
    """Where it is, what judges it, and how many of its posts are real."""

    root: Path
    packed: bytes
    real: int


@pytest.fixture(autouse=True)
def main_module_has_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """PySpark takes a main module without one, as that of a worker of xdist is, for a run of its own doctests.

    A process that is started reads that file, so it is one that can be read, and is empty.
    """
    if not hasattr(sys.modules["__main__"], "__file__"):
        monkeypatch.setattr(sys.modules["__main__"], "__file__", os.devnull, raising=False)


@pytest.fixture(scope="session")
def packed(model: classifier.Model) -> bytes:
    """Everything that judges, as it is sent."""
    watched = watchlist.load()
    return kernel.pack(watched, complaints.prepare(watched, frozenset(), model, secret=17))


@pytest.fixture(scope="session")
def lake(tmp_path_factory: pytest.TempPathFactory, packed: bytes) -> Lake:
    """50,000 generated posts on two days; and, where real recorded texts are at hand, those on a third."""
    root = tmp_path_factory.mktemp("lake")
    days = {FIRST + timedelta(days=n): draw(FIRST + timedelta(days=n), GENERATED // 2) for n in range(2)}
    texts = real_texts()
    if texts:
        day = FIRST + timedelta(days=2)
        days[day] = iter([as_posts(texts, day)])
    put(open_address(str(root)), days)
    return Lake(root, packed, len(texts))


def real_texts() -> list[tuple[str, str]]:
    """Read the real texts, each with the place where it stands; none where they are not beside the checkout."""
    folder = Path(os.environ.get("OUTAGE_TEST_DATA", ROOT.parent / "shared" / "data")) / "posts"
    found = []
    for path in sorted(folder.glob("*.jsonl*")):
        place = "anthropics/claude-code" if path.name.startswith("claude-code") else ""
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        found += [(json.loads(line)["text"] or "", place) for line in content.splitlines()]
    return [(text.encode("utf-8", "ignore").decode(), place) for text, place in found]


def as_posts(texts: list[tuple[str, str]], day: date) -> pa.Table:
    """Spread texts over a day."""
    noon = datetime(day.year, day.month, day.day, tzinfo=UTC)
    times = [noon + timedelta(seconds=86_000 * n / len(texts)) for n in range(len(texts))]
    rows = {
        "post_key": [hashed_key("real", str(n)) for n in range(len(texts))], "platform": ["x"] * len(texts),
        "place": [place for _, place in texts], "author_key": [n % 50_000 or None for n in range(len(texts))],
        "form": ["issue" if place else "post" for _, place in texts], "lang": [None] * len(texts),
        "text": [text for text, _ in texts],
    }  # fmt: skip
    return pa.table([rows.get(name, times) for name in COLUMNS], schema=_REAL)


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def serve(command: list[str], port: int, patience: float, folder: Path, **environment: str) -> subprocess.Popen[bytes]:
    """Start a server, and wait until it listens."""
    log = folder / f"{port}.log"
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests"), os.environ.get("PYTHONPATH", "")])
    with log.open("wb") as sink:
        server = subprocess.Popen(
            command,
            stdout=sink,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": paths, **environment},
        )
    until = time.monotonic() + patience
    while time.monotonic() < until and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return server
        time.sleep(0.1)
    server.kill()
    pytest.fail(f"{command[0]} did not listen within {patience:.0f} s: {log.read_text()[-2000:]}")


def start_sail(folder: Path, **environment: str) -> tuple[subprocess.Popen[bytes], str]:
    """Start Sail: a Spark Connect server without Java."""
    port = free_port()
    sail = str(Path(sys.executable).with_name("sail"))
    return serve(
        [sail, "spark", "server", "--port", str(port)], port, 60, folder, **environment
    ), f"sc://127.0.0.1:{port}"


@pytest.fixture
def serve_sail() -> Any:
    """Start a Sail of one's own, to be killed."""
    pytest.importorskip("pysail", reason="Sail is not installed: make setup brings it with the developer's environment")
    return start_sail


@pytest.fixture(scope="session")
def sail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sail]:
    """Sail in one process, as one worker."""
    pytest.importorskip("pysail", reason="Sail is not installed: make setup brings it with the developer's environment")
    served = Sail(tmp_path_factory.mktemp("sail"))
    yield served
    served.close()


@pytest.fixture(scope="session")
def sail_workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sail]:
    """Sail as a cluster of a driver and three workers."""
    pytest.importorskip("pysail", reason="Sail is not installed: make setup brings it with the developer's environment")
    served = Sail(
        tmp_path_factory.mktemp("sail"), SAIL_MODE="local-cluster", SAIL_CLUSTER__WORKER_INITIAL_COUNT="3",
        SAIL_CLUSTER__WORKER_TASK_SLOTS="2", SAIL_EXECUTION__DEFAULT_PARALLELISM="4",
    )  # fmt: skip
    yield served
    served.close()


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Spark itself on two cores, where Java and Spark are there."""
    home = os.environ.get("SPARK_HOME")
    if shutil.which("java") is None or not home:
        pytest.skip("Spark itself needs Java, and SPARK_HOME naming a Spark 4: make spark installs one")
    port = free_port()
    settings = {
        "spark.connect.grpc.binding.port": str(port), "spark.ui.enabled": "false", "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1", "spark.sql.shuffle.partitions": "4",
    }  # fmt: skip
    command = [
        f"{home}/bin/spark-submit", "--class", "org.apache.spark.sql.connect.service.SparkConnectServer",
        "--master", "local[2]", *(word for key, value in settings.items() for word in ("--conf", f"{key}={value}")),
        "spark-internal",
    ]  # fmt: skip
    server = serve(command, port, 120, tmp_path_factory.mktemp("spark"), PYSPARK_PYTHON=sys.executable)
    yield f"sc://127.0.0.1:{port}"
    server.terminate()
    server.wait(30)
