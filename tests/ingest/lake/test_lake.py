"""Facts as Parquet: equal facts, equal lakes; what is gone in the database is gone there; half a day is never read."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from lakefacts import DATABASE, KEYS, LAKE, NOON, exported, post, rows, save, state

from ingest.__main__ import door
from ingest.database import connect
from ingest.errors import LakeError
from ingest.lake import dropping, manifest
from ingest.lake.address import open_address
from ingest.lake.export import export
from ingest.records import Deletion, Edit, Window


def test_the_lake_holds_what_the_database_does() -> None:
    """By platform and day, sorted by time, integer keys, microseconds in UTC, zstd; with what was truly seen."""
    late = NOON + timedelta(hours=13, microseconds=7)
    covered = Window(NOON, late)
    save(post(2, late), post(1), post(3, NOON - timedelta(hours=1)), post(4, platform="x"), covered=covered)

    ran = exported()

    assert sorted(path.parent.relative_to(LAKE).as_posix() for path in LAKE.rglob("*.parquet")) == [
        "platform=bluesky/day=2026-04-15", "platform=bluesky/day=2026-04-16", "platform=x/day=2026-04-15",
    ]  # fmt: skip
    with connect(DATABASE, read_only=True) as connection:
        wanted = connection.execute("SELECT post_key, text, author_key, epoch_us(counted_at) FROM posts ORDER BY ALL")
        assert rows() == wanted.fetchall()
    (file,) = (LAKE / "platform=bluesky" / "day=2026-04-15").iterdir()
    table = pq.read_table(file)
    assert str(table.schema.field("counted_at").type) == "timestamp[us, tz=UTC]"
    assert str(table.schema.field("post_key").type) == "int64"
    assert table.column("counted_at").to_pylist() == [NOON - timedelta(hours=1), NOON]
    assert pq.ParquetFile(file).metadata.row_group(0).column(0).compression == "ZSTD"
    assert {"post_id", "url"}.isdisjoint(table.column_names)
    (seen,) = ran.manifest.coverage
    assert (seen.source, seen.target, seen.posts, seen.windows) == ("jetstream", "stream", 4, (covered,))
    for part in (part for day in ran.manifest.days for part in day.parts):
        assert (LAKE / part.path).stat().st_size == part.size


def test_again_writes_nothing() -> None:
    """An export of what is there already leaves every byte and every time of writing alone."""
    save(post(1), post(2, NOON + timedelta(days=1)))
    exported()
    before = state()

    ran = exported()

    assert (ran.written, ran.added, ran.unchanged) == (0, 0, 2)
    assert state() == before


def test_a_day_that_only_grew_gets_a_file_more_and_compaction_makes_it_one() -> None:
    """What is new is added beside what is there; compaction changes the files and nothing in them."""
    save(post(1), post(2, NOON + timedelta(days=1)))
    exported()
    save(post(3, NOON + timedelta(minutes=1)))
    before = state()

    ran = exported()
    grown = rows()

    assert (ran.written, ran.added, ran.unchanged) == (0, 1, 1)
    assert set(before) < set(state())
    address = open_address(str(LAKE))
    after, days = dropping.compact(address, ran.manifest)
    manifest.save(address, ran.manifest, after)
    assert days == 1
    assert len(list(LAKE.rglob("*.parquet"))) == 2
    assert rows() == grown
    assert exported().unchanged == 2


def test_what_is_gone_in_the_database_is_gone_in_the_lake() -> None:
    """Deletions, edits, retention and `forget` reach the lake with the next export; the old files are removed."""
    save(post(1), post(2), post(3, NOON + timedelta(days=1)))
    exported()
    save(edits=(Edit("bluesky", "p2", "edited", NOON),), deletions=(Deletion("bluesky", NOON, NOON, post_id="p1"),))

    ran = exported()

    assert (ran.written, ran.unchanged) == (1, 1)
    texts = {key: (text, author) for key, text, author, _ in rows()}
    assert texts[post(1).key] == (None, None)
    assert texts[post(2).key][0] == "edited"
    assert b"it's 1" not in b"".join(content for _, content in state().values())
    assert {path for path in state() if path.endswith("parquet")} == set(ran.manifest.paths)


def test_a_deletion_reaches_days_that_the_database_no_longer_has() -> None:
    """A person who is gone loses what the lake has of them from before; later posts and other people's stay."""
    save(
        post(1), post(2, NOON - timedelta(days=9)), post(3, NOON - timedelta(days=9)), post(4, NOON - timedelta(days=9))
    )
    exported()
    DATABASE.unlink()
    gone = Deletion("bluesky", NOON - timedelta(days=1), NOON, author_key=KEYS.of("bluesky", "invented1"))
    save(post(1), deletions=(gone,))

    exported()

    left = {key: text is not None and author is not None for key, text, author, _ in rows()}
    assert left == {post(1).key: True, post(2).key: True, post(3).key: True, post(4).key: False}
    assert exported().written == 0


def test_a_day_half_written_is_never_read_and_made_good() -> None:
    """Until the manifest is written the lake is what it was; what a killed run left is removed by the next."""
    save(post(1))
    exported()
    before = rows()
    save(post(2, NOON + timedelta(days=1)))
    rubbish = LAKE / "platform=bluesky" / "day=2026-04-16" / "0123456789abcdef.parquet"
    rubbish.parent.mkdir()
    rubbish.write_bytes(b"PAR1 half")

    assert rows() == before
    exported()
    assert len(rows()) == 2
    assert not rubbish.exists()


def test_killed_at_any_moment_the_next_export_ends_right(tmp_path: Path) -> None:
    """After SIGKILL in the middle of an export the lake is readable, and the next one makes it whole."""
    save(*(post(n, NOON - timedelta(hours=n)) for n in range(1500)))
    wanted = None
    for delay in (0.5, 0.9, 1.4):
        running = subprocess.Popen(
            [sys.executable, "-m", "ingest", "lake", "export", "--lake", "lake", "--db", "facts.duckdb"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ,
        )  # fmt: skip
        time.sleep(delay)
        running.send_signal(signal.SIGKILL)
        running.wait()
        found = manifest.load(open_address(str(LAKE)))
        assert found is None or len(rows()) == found.rows
    exported()
    wanted = rows()
    export(DATABASE, open_address("other"))
    assert wanted == rows(of=Path("other"))
    assert len(wanted) == 1500


def test_two_that_write_at_once_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who finds that the manifest changed meanwhile does not overwrite it."""
    save(post(1))
    address = open_address(str(LAKE))
    before = exported().manifest
    save(post(2))
    exported()

    with pytest.raises(LakeError, match="another process"):
        manifest.save(address, before, before)


def test_an_export_is_told_in_a_few_lines() -> None:
    """Of sixty days of two platforms, into a pipe: what was written, and a line a platform; none a day."""
    save(*(post(number, NOON - timedelta(days=number)) for number in range(60)), post(99, platform="x"))

    run = CliRunner().invoke(door, ["lake", "export", "--db", str(DATABASE), "--lake", str(LAKE)])

    lines = run.stdout.splitlines()
    assert (len(lines), run.stderr) == (3, "")
    assert lines[0].startswith("61 posts on 60 days (each platform's days: 61 written, 0 added to, 0 unchanged)")
    assert [" ".join(line.split()) for line in lines[1:]] == [
        "bluesky 60 posts, 60 days, 2026-02-15 to 2026-04-15", "x 1 post, 1 day, 2026-04-15 to 2026-04-15",
    ]  # fmt: skip
