"""How the timeline is called: options, exit codes, one line where it cannot be done."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from ingest.database import connect

Say = Callable[..., Result]


def called(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Call the door as a user does: another process."""
    return subprocess.run(
        [sys.executable, "-m", "reports", *arguments],
        capture_output=True,
        check=False,
        env=os.environ | environment,
    )


def test_json_and_markdown_and_table_are_one_timeline(judged: Any, say: Say) -> None:
    """The three shapes say the same rows, and each ends well."""
    judged.typical()
    shapes = [say(*options) for options in ((), ("--json",), ("--markdown",))]
    assert [shape.exit_code for shape in shapes] == [0, 0, 0]
    assert [row["verdict"] for row in json.loads(shapes[1].stdout)].count("unfelt") == 1
    assert all("Errors on file uploads" in shape.stdout for shape in shapes)


def test_nothing_found_is_no_failure(judged: Any, say: Say) -> None:
    """Nothing found: an empty list for a script, a sentence for a person, exit code 0."""
    judged.run()
    assert (say("--json").exit_code, json.loads(say("--json").stdout)) == (0, [])
    assert "Nothing found" in say().stdout
    assert say("--since", "2026-04-16", "--until", "2026-04-17").exit_code == 0


def test_options_choose_rows(judged: Any, say: Say) -> None:
    """The options --service, --since and --until reach the query, in UTC unless they say otherwise."""
    judged.typical()
    asked = ("--json", "--service", "claude", "--since", "2026-04-15T09:20-04:00", "--until", "2026-04-15T15:00")
    found = json.loads(say(*asked).stdout)
    assert [row["incident_ids"] for row in found if not row["episode_id"]] == [["quiet"]]
    assert [row["episode_id"] for row in found if row["episode_id"]] == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--json", "--markdown"), "exclude each other"),
        (("--since", "2026-04-16", "--until", "2026-04-15"), "--since must be before --until"),
        (("--since", "yesterday"), "is not a time"),
    ],
)
def test_wrong_options_are_named(say: Say, options: tuple[str, ...], message: str) -> None:
    """Options that contradict each other or are no times end with exit code 2."""
    result = say(*options)
    assert result.exit_code == 2
    assert message in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--db", "absent.duckdb"), b"absent.duckdb does not exist; fill it first"),
        ((), b"data/sample.duckdb does not exist; fill it first: make ingest"),
    ],
)
def test_what_cannot_be_done_is_one_line(arguments: tuple[str, ...], message: bytes) -> None:
    """A missing database: one line on stderr, nothing on stdout, exit code 1."""
    result = called("timeline", *arguments)
    assert result.returncode == 1
    assert result.stderr.startswith(b"error: ")
    assert message in result.stderr
    assert result.stderr.count(b"\n") == 1
    assert result.stdout == b""


def test_no_judgement_yet_is_one_line(judged: Any) -> None:
    """Facts that nobody judged: the line names the command that judges them."""
    result = called("timeline", "--db", str(judged.path), "--json")
    assert (result.returncode, result.stdout) == (1, b"")
    assert re.fullmatch(rb"error: nothing in this database is judged yet; run: make detect[^\n]*\n", result.stderr)


def test_a_database_in_use_is_one_line(judged: Any) -> None:
    """While another process writes, the timeline says who holds the database, and ends with 1."""
    judged.run()
    with connect(judged.path):
        result = called("timeline", "--db", str(judged.path))
    assert result.returncode == 1
    assert f"is in use by process {os.getpid()}".encode() in result.stderr
    assert result.stderr.count(b"\n") == 1


def test_a_file_that_is_no_database_is_one_line(tmp_path: Path) -> None:
    """A file of something else is named, and not replaced."""
    path = tmp_path / "notes.duckdb"
    path.write_text("these are my notes\n" * 200)
    result = called("timeline", "--db", str(path))
    assert result.returncode == 1
    assert result.stderr.count(b"\n") == 1
    assert path.read_text().startswith("these are my notes")


def test_a_lag_keeps_its_sign_on_a_terminal_without_utf8(judged: Any) -> None:
    """Where the output cannot say −, it says -: never a question mark before a number."""
    judged.typical()
    judged.incident("other", 850, verdict="unfelt", name="クロード")
    result = called("timeline", "--db", str(judged.path), PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert result.returncode == 0
    assert b" -5 min" in result.stdout
    assert b"?5" not in result.stdout


def test_piped_output_carries_no_colour_and_no_trailing_spaces(judged: Any) -> None:
    """A file or a pipe gets plain text; colour can be forced, and NO_COLOR takes it away."""
    judged.typical()
    plain = called("timeline", "--db", str(judged.path)).stdout
    assert b"\x1b" not in plain
    assert not re.search(rb" +\n", plain)
    forced = called("timeline", "--db", str(judged.path), FORCE_COLOR="1", TERM="xterm-256color").stdout
    assert b"\x1b[" in forced
    both = called("timeline", "--db", str(judged.path), FORCE_COLOR="1", NO_COLOR="1", TERM="xterm-256color").stdout
    assert not re.search(rb"\x1b\[[0-9;]*3[0-7]", both)


def test_help_loads_nothing_heavy() -> None:
    """Help is there at once: neither the database nor the terminal's library nor data frames are imported."""
    program = (
        "import sys; from reports.__main__ import door; door(['timeline', '--help'], standalone_mode=False); "
        "print(sorted({'duckdb', 'rich', 'pandas', 'pyarrow', 'msgspec'} & set(sys.modules)), file=sys.stderr)"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert b"Times are UTC" in result.stdout
    assert b"python -m reports timeline --markdown > april.md" in result.stdout
    assert result.stderr == b"[]\n"


def test_without_a_verb_there_is_help() -> None:
    """The door alone explains itself."""
    result = called()
    assert b"python -m reports timeline" in result.stdout + result.stderr
