"""The copy that readers use: whole or not there, without what a deletion must reach, and in nobody's way."""

import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.authors import AuthorKeys
from ingest.database import connect
from ingest.errors import DatabaseBusy, DatabaseError
from ingest.published import connect_to_read, publish, published_path
from ingest.records import Facts, Post, Pull, Window
from ingest.store import prepare, save
from ingest.unfinished import unfinished

KEYS = AuthorKeys(b"k" * 32)
NOON = datetime(2026, 4, 15, 12, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]


def tell(database: Path, *numbers: int) -> None:
    """Save invented posts in a transaction of their own."""
    posts = tuple(
        Post(
            platform="reddit", post_id=f"invented_{number}", place="r/ClaudeAI", author_key=KEYS.of("reddit", "one"),
            claimed_at=NOON, received_at=None, seen_at=NOON, form="post", text="is claude down?", url="https://x.test/",
        )
        for number in numbers
    )  # fmt: skip
    window = Window(NOON, NOON.replace(hour=13))
    pull = Pull(
        source="file", platform="reddit", target="r/ClaudeAI", service=None, asked=window, covered=window,
        fetched=len(posts), started_at=NOON, ended_at=NOON,
    )  # fmt: skip
    with connect(database) as connection:
        save(connection, pull, Facts(posts=posts))


def count(database: Path, what: str = "count(*)") -> int:
    """Ask for one number about the posts."""
    with connect(database, read_only=True) as connection:
        [(number,)] = connection.execute(f"SELECT {what} FROM posts").fetchall()  # noqa: S608  (ours)
    return int(number)


@pytest.fixture
def database() -> Path:
    """A database with one post."""
    path = Path("facts.duckdb")
    with connect(path) as connection:
        prepare(connection, kind="live", key_fingerprint=KEYS.fingerprint)
    tell(path, 1)
    return path


def holding(database: Path, read_only: bool) -> subprocess.Popen[str]:
    """Hold a database open in another process, until its input ends."""
    code = f"import duckdb, sys; c = duckdb.connect({str(database)!r}, read_only={read_only}); "
    code += "print(c.execute('SELECT count(*) FROM posts').fetchone()[0], flush=True); sys.stdin.read(); "
    code += "print(c.execute('SELECT count(*) FROM posts').fetchone()[0], flush=True)"
    holder = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )  # fmt: skip
    assert holder.stdout is not None
    assert holder.stdout.readline() == "1\n"
    return holder


def test_what_a_deletion_must_reach_stays_behind(database: Path) -> None:
    """The copy counts the same posts, and holds no text, no author and no address of any; the database keeps them."""
    assert publish(database)

    copy = published_path(database)
    assert count(copy) == 1
    assert count(copy, "count(text) + count(author_key) + count(url)") == 0
    assert count(database, "count(text) + count(author_key) + count(url)") == 3
    for secret in (b"is claude down?", b"https://x.test/"):
        assert secret not in copy.read_bytes()


def test_comments_and_views_come_along(database: Path) -> None:
    """Who opens the copy reads the same words about every column as in the database."""
    publish(database)

    asked = "SELECT table_name, column_name, comment FROM duckdb_columns() WHERE NOT internal ORDER BY ALL"
    with connect(database, read_only=True) as live, connect(published_path(database), read_only=True) as copy:
        assert live.execute(asked).fetchall() == copy.execute(asked).fetchall()


def test_nothing_new_is_not_copied_again(database: Path) -> None:
    """A copy is made where something changed since the last one, and only there."""
    assert publish(database)
    before = published_path(database).stat()
    assert not publish(database)
    assert published_path(database).stat() == before

    tell(database, 2)
    assert publish(database)
    assert count(published_path(database)) == 2


def test_a_reader_is_in_nobodys_way(database: Path) -> None:
    """With a notebook holding the copy, facts are saved and a new copy appears; the notebook keeps the one it has."""
    publish(database)
    notebook = holding(published_path(database), read_only=True)

    tell(database, 2)
    assert publish(database)

    assert count(published_path(database)) == 2
    assert notebook.communicate("", timeout=60)[0] == "1\n"


def test_a_writer_is_in_no_readers_way(database: Path) -> None:
    """While another process writes, the copy is read; where there is none, it is said who holds the database."""
    writer = holding(database, read_only=False)
    with pytest.raises(DatabaseBusy, match="in use"), connect_to_read(database):
        pass
    writer.communicate("", timeout=60)

    publish(database)
    tell(database, 2)
    writer = subprocess.Popen(
        [sys.executable, "-c", f"import duckdb, sys; c = duckdb.connect('{database}'); print(1, flush=True); input()"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert writer.stdout is not None
    writer.stdout.readline()
    with connect_to_read(database) as connection:
        assert connection.execute("SELECT count(*) FROM posts").fetchall() == [(1,)]
    writer.communicate("\n", timeout=60)
    with connect_to_read(database) as connection:
        assert connection.execute("SELECT count(*) FROM posts").fetchall() == [(2,)]


def test_a_killed_run_leaves_a_whole_copy(database: Path) -> None:
    """Killed at any moment, a run leaves the copy that was there before, or a whole new one; never half of one."""
    tell(database, *range(2, 20_000))
    publish(database)
    again = (
        "import os; from pathlib import Path; from ingest.published import publish\n"
        f"print('go', flush=True)\nwhile True: os.utime('{database}'); publish(Path('{database}'))"
    )
    for delay in (0.02, 0.06, 0.12, 0.2, 0.33):
        running = subprocess.Popen(
            [sys.executable, "-c", again],
            stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        assert running.stdout is not None
        running.stdout.readline()
        time.sleep(delay)
        running.kill()
        running.communicate()
        assert count(published_path(database)) == 19_999


def test_what_was_left_half_done_is_cleared_away(database: Path) -> None:
    """The remains of a killed run go with the next; what somebody still writes stays."""
    folder = published_path(database).parent
    (folder / ".publishing-killed").mkdir(parents=True)
    (folder / ".publishing-killed" / "facts.duckdb").write_bytes(b"half")

    with unfinished(folder, ".publishing-") as running:
        publish(database)
        assert {path.name for path in folder.iterdir()} == {running.name, "facts.duckdb"}


def test_a_folder_that_cannot_be_written_is_one_line(database: Path) -> None:
    """Where the copy's folder cannot be made, it is said which, and that nothing is lost; the database stays."""
    Path("published").write_text("in the way")

    with pytest.raises(DatabaseError, match=r"published/facts\.duckdb .*the database is unharmed"):
        publish(database)
    assert count(database) == 1
