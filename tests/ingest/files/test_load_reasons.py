"""Why lines of a file could not be read: each reason once, with how many lines, and where to look at them."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner
from fileload import loaded, post_fields, written

from ingest.__main__ import door
from ingest.files.linereader import MOST_REASONS


def test_each_reason_is_told_with_its_count(tmp_path: Path) -> None:
    """The most frequent first; what differs only in the line's own values is one reason."""
    naive = [post_fields(number, posted_at=f"2026-03-11T14:02:{number:02}") for number in range(10, 15)]
    lacking = [{name: value for name, value in post_fields(number).items() if name != "place"} for number in (20, 21)]
    path = written(tmp_path / "posts.jsonl", post_fields(1), *lacking, *naive, b'{"post_id": ')

    reasons = loaded(path).reasons

    assert [(reason.lines, reason.number) for reason in reasons] == [(5, 4), (2, 2), (1, 9)]
    assert "names no zone" in reasons[0].says
    assert "place" in reasons[1].says
    assert "truncated" in reasons[2].says


def test_reasons_without_end_are_bounded(tmp_path: Path) -> None:
    """A file in which every line fails in its own way has so many reasons and no more, and every line is counted."""
    lines = [post_fields(number) | {"posted_at": "x" * number} for number in range(1, 4)]
    odd = [json.dumps(post_fields(1)).encode().replace(b'"text"', b'"te' + bytes([97 + n % 26]) * (n + 1) + b'"')
           + b" " + bytes([97 + n % 26]) for n in range(100)]  # fmt: skip
    came = loaded(written(tmp_path / "posts.jsonl", post_fields(0), *lines, *odd))

    assert len(came.reasons) <= MOST_REASONS + 1
    assert sum(reason.lines for reason in came.reasons) == came.rejected == 103


def test_the_door_tells_the_reasons_and_where_to_look() -> None:
    """At most five reasons and the rest in a line; the command that it prints shows the rejects."""
    path = written(Path("posts.jsonl"), post_fields(1), post_fields(2, posted_at="2026-03-11T14:02:31"), b"{", b"[]")
    run = CliRunner().invoke(door, ["load", "--db", "own.duckdb", str(path)])

    assert run.exit_code == 3
    assert "3 lines could not be read, and the rest is loaded:" in run.stderr
    assert re.search(r"1  .*names no zone.* \(line 2\)", run.stderr)
    assert len(run.stderr.strip().splitlines()) == 5
    [command] = [line for line in run.stderr.splitlines() if "rejects" in line]
    words = shlex.split(command.partition("rejects: ")[2])
    shown = subprocess.run([sys.executable, *words[1:]], capture_output=True, text=True, check=True, timeout=60)
    assert "posts.jsonl, line 3" in shown.stdout
