"""A database filled by an older version opens with its facts intact."""

import gzip
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

FIXTURES = Path(__file__).parent / "fixtures"
RELEASED = sorted(FIXTURES.glob("*.duckdb.gz"))

FACTS = {
    "posts": "SELECT count(*), count(DISTINCT post_key), min(claimed_at)::VARCHAR, count(text) FROM posts",
    "volumes": 'SELECT platform, service, query, "count" FROM volumes',
    "incidents": "SELECT service, incident_id, name, first_published_at::VARCHAR FROM incidents",
    "covered": "SELECT platform, target, covered_start::VARCHAR FROM pulls ORDER BY ALL",
    "rejects": 'SELECT "where" FROM rejects',
}
KNOWN = {
    "posts": [(400, 400, "2026-03-01 00:02:31+00", 400)],
    "volumes": [("x", "claude", "complaints", 17)],
    "incidents": [("claude", "synthetic0001", "Synthetic errors", "2026-03-11 14:40:00.123+00")],
}


@pytest.mark.usefixtures("fitted_here")
@pytest.mark.parametrize("packed", RELEASED, ids=lambda path: path.name.removesuffix(".duckdb.gz"))
def test_an_older_database_keeps_its_facts(packed: Path) -> None:
    """The doors of today take a released version's database over, judge it and tell it, and no fact is lost."""
    name = packed.name.removesuffix(".duckdb.gz")
    database = Path("old.duckdb")
    database.write_bytes(gzip.decompress(packed.read_bytes()))
    shutil.copy(FIXTURES / f"{name}.author.key", "author.key")
    before = told(database)

    runs = [
        subprocess.run(
            [sys.executable, "-m", *words, "--db", str(database)], capture_output=True, text=True, check=False
        )
        for words in (["detect"], ["reports", "timeline"])
    ]

    assert [run.returncode for run in runs] == [0, 0], runs
    assert told(database) == before
    assert {name: before[name] for name in KNOWN} == KNOWN


def test_there_is_a_database_of_every_released_schema() -> None:
    """Each numbered schema file of facts has the fixture that its version left behind."""
    steps = len(list((FIXTURES.parents[1] / "ingest" / "schema").glob("*.sql")))

    assert len([path for path in RELEASED if path.name.startswith("ingest")]) >= steps


def told(database: Path) -> dict[str, list[tuple[object, ...]]]:
    """Read the facts that a version must not lose."""
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return {name: connection.execute(query).fetchall() for name, query in FACTS.items()}
