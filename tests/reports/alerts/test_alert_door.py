"""The verb `alert`: secrets, rehearsals, options, and what it refuses."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from loopback.http import Response

from ingest.database import connect
from ingest.errors import ConfigError, DatabaseError
from reports.__main__ import door
from reports.alerts import alerting


def test_no_secret_is_kept_or_said(world: Any, answer: Any) -> None:
    """Neither the database, nor any line, holds an address or a part of it."""
    world.judged.episode(60, ended_at=None)
    world.stands(75)
    answer[f"/{world.secret}"] = lambda request: Response(500)
    said = [world.ask(), world.ask("--dry-run"), world.ask("--test"), world.ask("--json")]
    answer.clear()
    said += [world.ask(), world.ask("--json")]
    printed = [one.stdout + one.stderr for one in said]
    assert not [text for text in printed if world.secret in text or "127.0.0.1" in text]
    assert world.told[-1] == "claude-60/opened"
    for file in world.judged.path.parent.iterdir():
        assert world.secret.encode() not in file.read_bytes(), file
    with connect(world.judged.path, read_only=True) as connection:
        [(address,)] = connection.execute("SELECT address FROM alerts").fetchall()
    assert re.fullmatch("[0-9a-f]{32}", address)


def test_a_rehearsal_sends_and_notes_nothing(world: Any) -> None:
    """It prints what would be said to whom, opens the database to read, and leaves it as it was."""
    world.judged.episode(60, ended_at=None)
    world.stands(75)
    path = world.judged.path
    path.parent.joinpath("author.key").write_bytes(b"k" * 32)
    before = path.read_bytes()
    path.chmod(0o444)
    asked = world.ask("--dry-run")

    assert asked.exit_code == 0, asked.stderr
    assert asked.stdout.startswith("to address 1 (webhook): Claude is down, since")
    assert (world.told, path.read_bytes()) == ([], before)


def test_a_test_message_needs_no_outage(world: Any) -> None:
    """It goes to every address, whatever is going on, and is not noted."""
    world.judged.run()
    assert world.ask("--test").exit_code == 0
    assert [name.split("/")[0] for name in world.told] == ["test"]


def test_json_is_one_object_a_message(world: Any) -> None:
    """For a log: to whom by number, whether it was taken, and the message as it was sent."""
    world.judged.episode(60, ended_at=None)
    world.stands(75)
    [line] = world.ask("--json").stdout.splitlines()
    said = json.loads(line)
    assert (said["to"], said["sent"], said["message"]["message_id"]) == (
        "address 1 (webhook)",
        True,
        "claude-60/opened",
    )
    assert said["message"] == json.loads(world.server.requests[0].body)


def test_nobody_to_tell_is_one_line(world: Any) -> None:
    """Without an address it says how to name one; a rehearsal goes on without."""
    world.judged.episode(60, ended_at=None)
    world.stands(75)
    world.urls = ""
    asked = world.ask()
    assert isinstance(asked.exception, ConfigError)
    assert "ICD_ALERT_URLS is not set" in str(asked.exception)
    assert world.ask("--dry-run").stdout.startswith("to nobody yet: Claude is down")


def test_what_cannot_be_noted_is_not_sent(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a database that cannot be written nothing goes out: it would go out again and again."""
    world.judged.episode(60, ended_at=None)
    world.stands(75)
    monkeypatch.setattr(
        alerting, "connect", lambda *_, **__: (_ for _ in ()).throw(DatabaseError("invented.duckdb cannot be written"))
    )
    asked = world.ask()
    assert isinstance(asked.exception, DatabaseError)
    assert world.told == []


def test_a_second_round_at_the_same_time_is_refused(world: Any) -> None:
    """Two at once would both tell: the second says who is at it."""
    from reports.alone import alone

    world.judged.episode(60, ended_at=None)
    world.stands(75)
    with alone(world.judged.path, "alert"):
        asked = world.ask()
    assert "runs reports alert on it already" in str(asked.exception)
    assert world.told == []
    assert world.ask().exit_code == 0


def test_a_missing_database_and_wrong_options(world: Any) -> None:
    """A database that is not there is named and not made; options that exclude each other are code 2."""
    run = CliRunner(env={"ICD_ALERT_URLS": world.urls}).invoke(door, ["alert", "--db", "nowhere.duckdb"])
    assert "does not exist; fill it first" in str(run.exception)
    assert not Path("nowhere.duckdb").exists()
    assert world.ask("--dry-run", "--test").exit_code == 2


def test_the_sample_is_told_as_the_sample(judged: Any) -> None:
    """On the sample now is when it was judged, so that a look at the past shows what would have been said then."""
    judged.connection.execute("UPDATE about SET value = 'sample' WHERE name = 'kind'")
    judged.episode(60, ended_at=None)
    judged.run(75)
    judged.stands("down", "two platforms", run_id=75, as_of=judged.at(75), episode_id="claude-60")
    shutil.copy(judged.path, "sample.duckdb")
    run = subprocess.run(
        [sys.executable, "-m", "reports", "alert", "--db", "sample.duckdb", "--dry-run"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert run.stdout.startswith("to nobody yet: [SAMPLE, synthetic] Claude is down, since 01:00 UTC (15m)")
