"""The doors, as a person or a script meets them: what they refuse, and what they survive."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest
from doors import HOLD, door, one_line, rows_of

POST = {
    "platform": "github", "post_id": "acme/tool#1", "place": "anthropics/claude-code", "author": "invented",
    "posted_at": "2026-03-11T14:02:31Z", "text": "API Error: 500 on everything",
}  # fmt: skip


def test_live_facts_do_not_mix_with_the_sample(sample: Path, tmp_path: Path) -> None:
    """Loading a file of one's own into the sample is refused with the way out, and the sample stays as it was."""
    file = tmp_path / "posts.jsonl"
    file.write_text(json.dumps(POST) + "\n")

    said = one_line(door("ingest", "load", str(file), cwd=sample))

    assert "--db FILE" in said


@pytest.mark.parametrize(
    "words",
    [
        ["ingest"],
        ["ingest", "load"],
        ["detect"],
        ["reports"],
        ["reports", "timeline"],
        ["reports", "now"],
        ["reports", "export"],
        ["detect", "mark"],
        ["reports", "alert"],
        ["reports", "watch"],
    ],
)
def test_help_teaches(words: list[str]) -> None:
    """Every door and verb explains itself and loads no heavy library for it."""
    run = door(*words, "--help", PYTHONPROFILEIMPORTTIME="1")

    assert run.returncode == 0
    assert "Usage:" in run.stdout
    assert not [line for line in run.stderr.splitlines() if line.endswith((" duckdb", " pandas", " sklearn", " praw"))]


@pytest.mark.parametrize(
    ("env_file", "wanted"),
    [
        ("ICD_REDDIT_CLIENT_ID", "line 1"),
        ("ICD_USER_AGENT=x\nICD_REDIT_CLIENT_ID=abc", "did you mean ICD_REDDIT_CLIENT_ID"),
        ("ICD_TIMEOUT_SECONDS=soon", "ICD_TIMEOUT_SECONDS must be a number"),
        ("ICD_WATCHLIST=nowhere.toml", "nowhere.toml"),
    ],
)
def test_a_broken_env_file_is_one_line(env_file: str, wanted: str, tmp_path: Path) -> None:
    """A .env that cannot be read is refused with its line or key, and no value of it is printed."""
    (tmp_path / ".env").write_text(env_file + "\n")

    said = one_line(door("ingest", "--source", "statuspage"))

    assert wanted in said
    assert "abc" not in said


@pytest.mark.parametrize(
    ("toml", "wanted"),
    [
        ("[claude", "watchlist"),
        ('[claude]\ntitel = "Claude"\naliases = ["claude"]', "titel"),
        ('[claude]\ntitle = "Claude"\naliases = []', "alias"),
        (
            '[claude]\ntitle = "C"\naliases = ["c"]\n[claude.status_page]\ntype = "stauspage"\nurl = "http://x"',
            "stauspage",
        ),
    ],
)
def test_a_watchlist_with_a_typo_is_one_line(toml: str, wanted: str, tmp_path: Path) -> None:
    """A watchlist that cannot be used is refused with the file and what is wrong in it."""
    path = tmp_path / "mine.toml"
    path.write_text(toml)

    said = one_line(door("ingest", ICD_WATCHLIST=str(path)))

    assert "mine.toml" in said
    assert wanted in said


def test_a_database_from_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    """A database that knows a later schema is refused, and not a byte of it changes."""
    file = tmp_path / "posts.jsonl"
    file.write_text(json.dumps(POST) + "\n")
    assert door("ingest", "load", "--db", "new.duckdb", str(file)).returncode == 0
    with duckdb.connect("new.duckdb") as connection:
        connection.execute("INSERT INTO migrations VALUES ('ingest', 999, '999_later.sql', now())")
    before = Path("new.duckdb").read_bytes()

    said = one_line(door("ingest", "load", "--db", "new.duckdb", str(file)))

    assert "newer version" in said
    assert Path("new.duckdb").read_bytes() == before


def test_a_locked_database_is_one_line(tmp_path: Path) -> None:
    """While another process holds the database, every door says who and what to do."""
    file = tmp_path / "posts.jsonl"
    file.write_text(json.dumps(POST) + "\n")
    assert door("ingest", "load", "--db", "held.duckdb", str(file)).returncode == 0
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert holder.stdout is not None
    holder.stdout.readline()
    try:
        for words in (["ingest", "load", "--db", "held.duckdb", str(file)], ["detect", "--db", "held.duckdb"]):
            assert "in use" in one_line(door(*words))
    finally:
        holder.kill()
        holder.communicate()


@pytest.mark.parametrize(
    "content", [b"this is no database at all, but it is long enough to look like one" * 200, b"short"]
)
def test_a_damaged_database_is_one_line(content: bytes, tmp_path: Path) -> None:
    """A file that is no database is refused and left as it is."""
    Path("broken.duckdb").write_bytes(content)
    file = tmp_path / "posts.jsonl"
    file.write_text(json.dumps(POST) + "\n")

    said = one_line(door("ingest", "load", "--db", "broken.duckdb", str(file)))

    assert "broken.duckdb" in said
    assert Path("broken.duckdb").read_bytes() == content


def test_a_truncated_database_is_one_line(sample: Path) -> None:
    """A database cut off in the middle is refused by every door."""
    whole = (sample / "data" / "sample.duckdb").read_bytes()
    Path("cut.duckdb").write_bytes(whole[: len(whole) // 2])
    Path("author.key").write_bytes((sample / "data" / "author.key").read_bytes())

    for words in (["ingest"], ["detect"], ["reports", "timeline"]):
        assert "cut.duckdb" in one_line(door(*words, "--db", "cut.duckdb"))


def test_a_pull_killed_at_any_moment_is_made_good_by_the_next(sample: Path) -> None:
    """After SIGKILL in the middle of a pull, the next run ends with the same facts as an undisturbed one."""
    for delay in (0.6, 1.4, 2.2):
        running = subprocess.Popen([sys.executable, "-m", "ingest", "--db", "killed.duckdb"], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)  # fmt: skip
        time.sleep(delay)
        running.send_signal(signal.SIGKILL)
        running.wait()

    assert door("ingest", "--db", "killed.duckdb").returncode == 0
    facts = "SELECT post_id, place, claimed_at, text FROM posts ORDER BY ALL"
    covered = (
        "SELECT platform, target, sum(epoch(covered_end) - epoch(covered_start)) FROM pulls GROUP BY ALL ORDER BY ALL"
    )
    killed, whole = Path("killed.duckdb"), sample / "data" / "sample.duckdb"
    for query in (facts, covered):
        assert rows_of(killed, query) == rows_of(whole, query)


def test_live_reading_without_network_says_so() -> None:
    """With no source answering, the run fails in words, and the page is recorded as unreadable."""
    run = door("ingest", "--source", "statuspage", ICD_CLAUDE_STATUS_URL="http://127.0.0.1:9")

    assert run.returncode == 1
    assert "no source answered" in run.stderr
    with duckdb.connect("data/outages.duckdb", read_only=True) as connection:
        assert connection.execute("SELECT indicator FROM page_states").fetchall() == [(None,)]
        assert connection.execute("SELECT count(*) FROM pulls WHERE covered_start IS NOT NULL").fetchall() == [(0,)]


def test_a_source_without_its_key_is_skipped_with_its_name() -> None:
    """A source that lacks a key is named with the key, and asked nothing."""
    run = door("ingest", "--source", "reddit", ICD_USER_AGENT="test")

    assert "ICD_REDDIT_CLIENT_ID is not set" in run.stdout
    assert run.returncode == 1
