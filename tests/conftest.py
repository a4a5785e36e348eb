"""What every room's tests share."""

import os

# As the doors do, before numpy is imported: small fits on many threads are twenty times slower.
for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings

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
