"""What every room's tests share."""

import os

# As the doors do, before numpy is imported: small fits on many threads are twenty times slower.
for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import fcntl
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings

from detect.reading import classifier, complaints, corpus, fitting, phrases
from ingest import watchlist

settings.register_profile("check", max_examples=100, deadline=None, derandomize=True)
settings.register_profile("fuzz", max_examples=5000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "check"))

REAL_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real recorded data beside the checkout; where it is absent the test is skipped."""
    path = Path(os.environ.get("OUTAGE_TEST_DATA", REAL_DATA))
    if not path.is_dir():
        pytest.skip(f"real recorded data is not at {path}; name its folder in OUTAGE_TEST_DATA")
    return path


@pytest.fixture(scope="session")
def together(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for what takes long to make, which all workers share, where there are several."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@contextmanager
def alone(made: Path) -> Iterator[None]:
    """Make something while no other worker makes the same."""
    with made.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def model(together: Path) -> classifier.Model:
    """The classifier as it is fitted at first use: once for all tests, since it takes some seconds."""
    made = together / "reader-made.npz"
    with alone(made):
        if not made.exists():
            fit = complaints.fit(corpus.load(), phrases.prepare(watchlist.load(), frozenset()))
            made.write_bytes(classifier.pack(fit))
    return classifier.unpack(made.read_bytes())


@pytest.fixture(scope="session")
def reader_file(model: classifier.Model) -> tuple[str, bytes]:
    """The name and content of the file that a first use leaves beside the database."""
    return fitting.file_in(Path()).name, classifier.pack(model)


@pytest.fixture
def fitted(reader_file: tuple[str, bytes]) -> Path:
    """The folder of the default database, with the fitted classifier in it as a first use leaves it."""
    folder = Path("data")
    folder.mkdir()
    (folder / reader_file[0]).write_bytes(reader_file[1])
    return folder


@pytest.fixture
def fitted_here(reader_file: tuple[str, bytes]) -> None:
    """The fitted classifier where the test stands, for a database that stands there too."""
    Path(reader_file[0]).write_bytes(reader_file[1])


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory, together: Path) -> Path:
    """A folder in which the README's first command was run, unconfigured: made once, a copy for each worker."""
    made = together / "sample-made"
    with alone(made):
        if not made.exists():
            _fill(tmp_path_factory.mktemp("filling")).rename(made)
    return shutil.copytree(made, tmp_path_factory.getbasetemp() / "sample")


def _fill(folder: Path) -> Path:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("ICD_")}
    clean["PYTHONPATH"] = str(Path(__file__).parents[1])
    for words in (["ingest"], ["detect"]):
        subprocess.run(
            [sys.executable, "-m", *words], cwd=folder, env=clean, check=True, capture_output=True, timeout=600
        )
    return folder


@pytest.fixture
def noon() -> datetime:
    """An instant to hang a test on."""
    return datetime(2026, 4, 15, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run every test in a folder of its own, with none of our keys set: no test sees a developer's .env."""
    for key in [key for key in os.environ if key.startswith("ICD_")]:
        monkeypatch.delenv(key)
    monkeypatch.chdir(tmp_path)
