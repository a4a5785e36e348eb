"""What can go wrong with a lake and an engine: one clear line each, and never half a result that passes for a whole."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from lakeposts import FIRST, fill

from detect.engines import Engine, door, reading
from detect.engines.duck import Duck
from detect.engines.spark import Spark
from detect.reading import fitting, kernel
from ingest import settings, watchlist
from ingest.authors import open_keys
from ingest.errors import ConfigError, LakeError
from ingest.lake import manifest

ROOT = Path(__file__).resolve().parents[3]
WATCHED = watchlist.load()

pytestmark = pytest.mark.xdist_group("engines")
"""One lake, and one server of each kind, for all of them."""


class Killed:
    """A kernel whose process is killed from outside, as where memory runs out."""

    schema = pa.schema([("post_key", pa.int64())])
    dear = True

    def sift(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        return batch

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        os.kill(os.getpid(), signal.SIGKILL)
        yield from batches


class Heavy(Killed):
    """More than a pipe holds, as what is judged by is."""

    def __init__(self) -> None:
        self.packed = bytes(3_000_000)


class Failing(Killed):
    """A kernel with a defect."""

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        raise RuntimeError("it cannot be done")


@pytest.fixture
def places(tmp_path: Path) -> list[str]:
    """A small lake's files."""
    address = fill(tmp_path / "lake", days=2, per_day=3_000)
    return manifest.check(address, manifest.require(address).days)


def test_a_worker_process_that_is_killed_is_said(places: list[str]) -> None:
    """The run ends with one line, not with what the other worker made."""
    engine = Duck(workers=2)
    engine.read("posts", places)
    with pytest.raises(LakeError, match="a worker process died"):
        engine.map_batches("judged", "posts", Killed())
    engine.close()


def test_a_worker_process_that_dies_while_it_starts_is_said(places: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is to be handed over, here far more than a pipe holds, nobody waits for a process that never began."""
    monkeypatch.setattr(sys.modules["__main__"], "__file__", "no-such-file.py", raising=False)
    monkeypatch.setattr(sys.modules["__main__"], "__spec__", None)
    engine = Duck(workers=2)
    engine.read("posts", places)
    with pytest.raises(LakeError, match="a worker process died"):
        engine.map_batches("judged", "posts", Heavy())
    engine.close()


def test_what_a_worker_of_the_cluster_raised_is_said(places: list[str], sail: Any) -> None:
    """Of a traceback from the other side one line is told, the last."""
    engine = Spark(sail.remote)
    engine.read("posts", places)
    engine.map_batches("judged", "posts", Failing())
    with pytest.raises(LakeError, match="it cannot be done"):
        engine.collect("judged")
    engine.close()


def test_a_cluster_that_dies_is_said(places: list[str], serve_sail: Any, packed: bytes, tmp_path: Path,
                                     monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    """A cluster killed in the middle of the job ends it with one line, and no result is written."""
    monkeypatch.setattr("detect.engines.spark.RETRIES", 2)
    server, remote = serve_sail(tmp_path)
    engine = Spark(remote)
    engine.read("posts", places)
    server.kill()
    server.wait()
    with pytest.raises(LakeError, match=r"the cluster did not do it: .*[Cc]onnect"):
        reading.read(engine, WATCHED, packed, out=str(tmp_path / "out"))


def test_workers_of_another_version_are_refused(places: list[str], packed: bytes) -> None:
    """Where the workers' program reads differently nothing is judged."""
    sent = msgspec.msgpack.decode(packed, type=kernel.Packed)
    other = msgspec.msgpack.encode(msgspec.structs.replace(sent, reads=sent.reads ^ 1))
    engine = Duck()
    engine.read("posts", places)
    engine.sql("passing", "SELECT * FROM posts WHERE text IS NOT NULL")
    with pytest.raises(RuntimeError, match="another version"):
        engine.map_batches("judged", "passing", kernel.Reading(other))
    engine.close()


@pytest.mark.parametrize("which", ["duckdb", "sail"])
def test_a_file_that_is_no_parquet_is_said(which: str, places: list[str], request: pytest.FixtureRequest) -> None:
    """A file that is damaged and of the right size is found by the engine, and told in one line."""
    file = Path(places[0])
    file.write_bytes(b"x" * file.stat().st_size)
    engine: Engine = Duck() if which == "duckdb" else Spark(request.getfixturevalue("sail").remote)
    with pytest.raises(LakeError) as said:  # noqa: PT012  (an engine may read late)
        engine.read("posts", places)
        engine.sql("all_of_it", "SELECT count(text) AS n FROM posts")
        engine.collect("all_of_it")
    assert "\n" not in str(said.value)
    engine.close()


def test_no_cluster_is_said() -> None:
    """Without an address, and where nobody listens, one line says what to give."""
    with pytest.raises(ConfigError, match="--remote sc://"):
        Spark()
    with pytest.raises(LakeError, match=r"no cluster answers at sc://127\.0\.0\.1:9"):
        Spark("sc://127.0.0.1:9")


def test_a_cluster_that_is_not_installed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra the line names it."""
    for name in [name for name in sys.modules if name.startswith("pyspark.sql.connect")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyspark", None)
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(ConfigError, match=r"is-claude-down\[cluster\]"):
        Spark("sc://127.0.0.1:9")


def test_nobody_needs_a_cluster_to_read_here() -> None:
    """The modules of the doors and of the engines are imported without pyspark, fsspec or Sail."""
    code = (
        "import sys; import detect.__main__, detect.engines.door, detect.engines.duck, detect.engines.spark, "
        "ingest.__main__, ingest.lake.export; "
        "print([name for name in ('pyspark', 'fsspec', 'pysail', 'grpc') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert told.stdout.strip() == "[]"


def test_a_run_that_did_not_end_leaves_no_result(tmp_path: Path, packed: bytes) -> None:
    """`result.json` of an earlier run is removed before anything is written, and written last."""
    keys = open_keys(tmp_path / "data")
    fill(tmp_path / "lake", 1, 1_000, keys.fingerprint)
    sent = msgspec.msgpack.decode(packed, type=kernel.Packed)
    assert sent.model is not None
    fitting.file_in(tmp_path / "data").write_bytes(sent.model)
    asked = door.Asked("duckdb", str(tmp_path / "lake"), str(tmp_path / "out"), None, None, "sql", None, 1, "1GB", True)

    first = door.read_lake(asked, settings.load(), tmp_path / "data")

    told = json.loads((tmp_path / "out" / door.RESULT).read_text())
    assert told["digest"] == first.digest
    assert told["posts"] == first.posts == 1_000
    assert first.digest in door.tell(first)
    with pytest.raises(LakeError, match="no posts in that time"):
        door.read_lake(msgspec.structs.replace(asked, until=noon_of(FIRST)), settings.load(), tmp_path / "data")
    with pytest.raises(LakeError):
        door.read_lake(msgspec.structs.replace(asked, memory="1MB"), settings.load(), tmp_path / "data")
    assert not (tmp_path / "out" / door.RESULT).exists()
    with pytest.raises(ConfigError, match=r"author\.key is missing"):
        door.read_lake(asked, settings.load(), tmp_path)
    open_keys(tmp_path / "other")
    with pytest.raises(ConfigError, match=r"another author\.key"):
        door.read_lake(asked, settings.load(), tmp_path / "other")


def noon_of(day: date) -> datetime:
    """Give a time of a day."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
