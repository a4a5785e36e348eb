"""What a person said is kept as it was said, and what is taken back stays known as that."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from ingest import marks, store
from ingest.database import connect
from ingest.marks import Mark
from ingest.windows import Window

NOON = datetime(2026, 4, 15, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def wrong(why: str = "a joke", minute: int = 0) -> Mark:
    """Mark the hour after noon."""
    return Mark("claude", Window(NOON, NOON + HOUR), "wrong", why, "claude-1", NOON + timedelta(minutes=minute))


@pytest.fixture
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    """A database that is ready for facts."""
    with connect(Path("facts.duckdb")) as connection:
        store.prepare(connection, kind="live", key_fingerprint="x")
        yield connection


def test_a_mark_is_loaded_as_it_was_kept(database: duckdb.DuckDBPyConnection) -> None:
    """Marks come back whole, the oldest first, each with a number of its own."""
    for mark in (wrong(minute=5), wrong("still a joke")):
        marks.save(database, mark)

    found = marks.load(database)

    assert [(one.why, one.marked_at, one.span) for one in found] == [
        ("still a joke", NOON, Window(NOON, NOON + HOUR)),
        ("a joke", NOON + timedelta(minutes=5), Window(NOON, NOON + HOUR)),
    ]
    assert len({one.mark_id for one in found}) == 2


def test_a_mark_taken_back_is_not_forgotten(database: duckdb.DuckDBPyConnection) -> None:
    """It is in force no more, and the row that says so stays."""
    marks.save(database, wrong())
    marks.withdraw(database, marks.load(database)[0], NOON + HOUR)

    assert marks.load(database) == ()
    assert database.execute("SELECT why, withdrawn_at IS NULL FROM marks").fetchall() == [("a joke", False)]


def test_an_older_database_has_no_marks() -> None:
    """Where the table is not there yet, nothing is marked, and reading says no more than that."""
    with connect(Path("old.duckdb")) as connection:
        assert marks.load(connection) == ()


@pytest.mark.parametrize("why", ["", "  \n"])
def test_a_mark_without_a_reason_is_none(why: str) -> None:
    """Nobody can weigh a mark that does not say why."""
    with pytest.raises(ValueError, match="why"):
        wrong(why)
