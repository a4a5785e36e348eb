"""`reports now` as a script meets it: real processes, exit codes, one line where it cannot be asked."""

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingest.database import connect

WHY = {"down": "two platforms", "probably": "one platform", "no sign": "as usual", "can't tell": "not looked",
       "learning": "learning"}  # fmt: skip


def called(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Call the door as a user does."""
    return subprocess.run(
        [sys.executable, "-m", "reports", "now", *arguments],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def stood(judged: Any, answer: str, age: timedelta = timedelta(), **other: Any) -> str:
    """Judge so by the wall clock, some time ago."""
    as_of = datetime.now(UTC) - age
    judged.insert("runs", run_id=24 * 60, as_of=as_of, ran_at=as_of, rule="", false_alarms_per_4_weeks=1.0, inputs=0)
    judged.stands(answer, WHY[answer], as_of=as_of, **other)
    return str(judged.path)


def one_line(run: subprocess.CompletedProcess[str], code: int = 1) -> str:
    """Hold a refusal to its form: its exit code, one line on stderr, nothing on stdout."""
    assert (run.returncode, run.stdout) == (code, ""), run
    assert run.stderr.startswith("error: ")
    assert run.stderr.count("\n") == 1
    return run.stderr


@pytest.mark.parametrize(("answer", "code"), [("no sign", 0), ("down", 10), ("probably", 11), ("can't tell", 12)])
def test_the_exit_code_is_the_answer(judged: Any, answer: str, code: int) -> None:
    """By the wall clock, each answer ends the process with its own code, and with nothing on stderr."""
    run = called("--db", stood(judged, answer))
    assert (run.returncode, run.stderr) == (code, "")


def test_an_hour_later_nothing_is_known(judged: Any) -> None:
    """A database that nobody has freshened for an hour is no sign of calm."""
    run = called("--db", stood(judged, "no sign", timedelta(hours=1)))
    assert run.returncode == 12
    assert run.stdout.startswith("Can't tell")


def test_a_missing_database_is_one_line() -> None:
    """No database: the line says how to fill it, and the code is that of an error, not of an outage."""
    assert "does not exist; fill it first: make ingest" in one_line(called())


def test_a_database_in_use_is_one_line(judged: Any) -> None:
    """While another process writes: who holds it, and exit code 1."""
    stood(judged, "down")
    with connect(judged.path):
        assert f"is in use by process {os.getpid()}" in one_line(called("--db", str(judged.path)))


def test_a_part_that_is_not_known_is_one_line(judged: Any) -> None:
    """A typo is named with what there is; it never ends as calm."""
    path = stood(judged, "no sign")
    assert "'pai' is no part of claude; its parts are: claude.ai, api" in one_line(
        called("--db", path, "--surface", "pai"), code=2
    )


def test_a_wrong_option_is_code_two(judged: Any) -> None:
    """What the options say wrong has the code that it has at every door."""
    assert called("--db", stood(judged, "down"), "--surfaces").returncode == 2


def test_it_loads_nothing_heavy(judged: Any) -> None:
    """One answer needs no data frames, no terminal library, no scikit-learn: it is there in a second."""
    path = stood(judged, "down")
    program = (
        "import sys; from reports.__main__ import door\n"
        f"try: door(['now', '--db', {path!r}])\n"
        "except SystemExit as ended: code = ended.code\n"
        "print(code, sorted({'rich', 'pandas', 'numpy', 'pyarrow', 'sklearn'} & set(sys.modules)), file=sys.stderr)"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stderr == "10 []\n"


def test_the_command_is_installed(judged: Any) -> None:
    """`is-claude-down` stands beside the interpreter, with the same answer, code and refusals."""
    command = shutil.which("is-claude-down", path=str(Path(sys.executable).parent))
    assert command, "not installed: make setup"
    path = stood(judged, "probably")
    run = subprocess.run([command, "--db", path], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (11, called("--db", path).stdout)
    refused = subprocess.run([command, "--db", "absent.duckdb"], capture_output=True, text=True, check=False)
    assert "absent.duckdb does not exist" in one_line(refused)
    assert "10  down" in subprocess.run([command, "--help"], capture_output=True, text=True, check=True).stdout


def test_an_output_that_is_not_utf8_is_served(judged: Any) -> None:
    """On an ASCII terminal the answer is there, without a crash that would read as an error."""
    judged.incident("inc", 1400, name="クロード − errors", lasted=None)
    judged.insert(
        "incident_times", service="claude", incident_id="inc", nature="outage", first_published_at=1400,
        published_start=judged.at(1400), published_end=judged.at(1440), surfaces=[], families=[],
    )  # fmt: skip
    path = stood(judged, "no sign", incident_ids=["inc"])
    run = subprocess.run(
        [sys.executable, "-m", "reports", "now", "--db", path, "--service", "claude"],
        env=os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}, capture_output=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0
    assert b"???? - errors (major)" in run.stdout
