"""A load that is killed, or runs out of disk, leaves the database as it was; the next run does it all."""

import json
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fileload import facts_in, incident_fields, loaded, post_fields, rows, written

PROJECT = Path(__file__).resolve().parents[2]

DRIVER = """
import resource, signal, sys
from pathlib import Path
sys.path[:0] = [sys.argv[1], sys.argv[1] + "/tests"]
from fileload import loaded
path, limit = Path(sys.argv[2]), int(sys.argv[3])
def say(read, share):
    print("read", read, flush=True)
loaded(Path("warm.jsonl"))
if limit:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
print("start", flush=True)
loaded(path, covered="all", on_progress=say)
print("done", flush=True)
"""


def drive(path: Path, folder: Path, limit: int = 0, prefix: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    """Load a file in a process of its own, which says when it starts, what it has read, and when it is done."""
    written(folder / "warm.jsonl", incident_fields())
    return subprocess.Popen(
        [*prefix, sys.executable, "-c", DRIVER, str(PROJECT), str(path), str(limit)],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of 110,000 synthetic posts: three batches."""
    path = tmp_path_factory.mktemp("many") / "posts.jsonl"
    with path.open("w") as file:
        file.writelines(json.dumps(post_fields(number % 108_000)) + "\n" for number in range(110_000))
    return path


def test_a_load_killed_at_any_moment_is_made_up_for_by_the_next(many: Path, tmp_path: Path) -> None:
    """Killed around its batches a load leaves all or nothing; run again, it ends with the undisturbed facts."""
    random.seed(20260415)
    left = []
    for moment in ("start", "read 50000", "read 100000", "read 110000"):
        process = drive(many, tmp_path)
        assert process.stdout
        for said in process.stdout:
            if said.strip() == moment:
                break
        time.sleep(random.uniform(0, 0.15))
        process.kill()
        process.communicate()
        left += rows("SELECT count(*) FROM posts", tmp_path / "test.duckdb")
        assert rows("SELECT count(*) FROM pulls WHERE platform = 'reddit'", tmp_path / "test.duckdb") == [
            (int(left[-1] == (108_000,)),)
        ]

    assert set(left) <= {(0,), (108_000,)}
    assert left[:2] == [(0,)] * 2, "killed while batches stood uncommitted"
    process = drive(many, tmp_path)
    out, error = process.communicate()
    assert out.splitlines()[-1] == "done", error

    loaded(tmp_path / "warm.jsonl", Path("undisturbed.duckdb"))
    loaded(many, Path("undisturbed.duckdb"), covered="all")
    assert facts_in(tmp_path / "test.duckdb") == facts_in(Path("undisturbed.duckdb"))


def test_a_file_that_may_not_grow_loses_nothing(many: Path, tmp_path: Path) -> None:
    """Where the system stops the database from growing, the load fails whole, and the database opens as it was."""
    loaded(written(tmp_path / "warm.jsonl", incident_fields()))
    before = facts_in()

    _, error = drive(many, tmp_path, limit=2_000_000).communicate()

    assert "File too large" in error or "the disk is full" in error
    assert facts_in() == before
    assert loaded(many).new == 108_000


def test_a_full_disk_is_one_line_and_loses_nothing(many: Path, tmp_path: Path) -> None:
    """On a disk with no room left the load says so; what stood in the database before still does."""
    # A small disk that only this process and its children see; it asks for no privilege where the system allows it.
    own_disk = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c")
    mount = "mount -t tmpfs -o size=4m small ."
    if not shutil.which("unshare") or subprocess.run([*own_disk, mount], check=False, capture_output=True).returncode:
        pytest.skip("this system lets nobody mount a small disk of his own")
    disk = tmp_path / "disk"
    disk.mkdir()
    script = f'cd disk && {mount} && cd ../disk && cp ../warm.jsonl . && "$@"; cp test.duckdb* ..'

    out, error = drive(many, tmp_path, prefix=(*own_disk, script, "sh")).communicate()

    assert out.splitlines()[-1].startswith("read"), error
    last = error.splitlines()[-1]
    assert last.startswith("ingest.errors.DatabaseError: test.duckdb: the disk is full; nothing of this step was saved")
    assert len(rows("SELECT * FROM incident_updates")) == 2
    assert rows("SELECT * FROM posts") == []
    assert loaded(many).new == 108_000
