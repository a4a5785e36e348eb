"""Calls the doors as a person or a script does: real processes, real files."""

import os
import subprocess
import sys
from pathlib import Path

import duckdb


def door(*words: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run one door to its end."""
    return subprocess.run(
        [sys.executable, "-m", *words],
        capture_output=True, text=True, cwd=cwd, env={**os.environ, **environment}, timeout=120, check=False,
    )  # fmt: skip


def one_line(run: subprocess.CompletedProcess[str]) -> str:
    """Hold a refusal to its form: exit code 1, one line on stderr, no traceback."""
    assert run.returncode == 1, run
    lines = run.stderr.strip().splitlines()
    assert len(lines) == 1, run.stderr
    assert lines[0].startswith("error: ")
    return lines[0]


HOLD = "import duckdb, sys; c = duckdb.connect('held.duckdb'); print('held', flush=True); sys.stdin.read()"


def rows_of(database: Path, query: str) -> list[tuple[object, ...]]:
    """Ask a database one question."""
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(query).fetchall()
