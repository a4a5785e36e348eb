"""Folders of what is not whole yet: a killed program's are cleared, a living one's are left alone."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ingest.unfinished import clear, unfinished

ROOT = Path(__file__).resolve().parents[2]
WRITE = (
    "import sys; from pathlib import Path; from ingest.unfinished import unfinished\n"
    "with unfinished(Path('.'), '.making-') as folder:\n"
    "    (folder / 'half').write_text('half'); print(folder, flush=True); sys.stdin.read()\n"
)
OFTEN = (
    "from pathlib import Path; from ingest.unfinished import unfinished\n"
    "for number in range(150):\n"
    "    with unfinished(Path('.'), '.making-') as folder:\n"
    "        (folder / 'one').write_text('1'); (folder / 'two').write_text('2')\n"
    "        assert sorted(path.name for path in folder.iterdir()) == ['one', 'two']\n"
)


def running(program: str) -> "subprocess.Popen[str]":
    """Start a program of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip


def left() -> list[str]:
    """Name the folders that stand there."""
    return sorted(path.name for path in Path().glob(".making-*"))


def test_what_a_killed_program_left_goes_with_the_next_and_a_living_ones_stays() -> None:
    """Of two who write, the one that is killed leaves its folder to be cleared; the other's is not touched."""
    killed, living = running(WRITE), running(WRITE)
    assert killed.stdout
    assert living.stdout
    names = [one.stdout.readline().strip() for one in (killed, living) if one.stdout]
    clear(Path(), ".making-")
    assert left() == sorted(names), "both are alive"

    killed.kill()
    killed.communicate()
    with unfinished(Path(), ".making-") as mine:
        assert left() == sorted([names[1], mine.name])
        assert (Path(names[1]) / "half").read_text() == "half"
    living.communicate()

    assert living.returncode == 0
    assert left() == []


def test_many_at_once_leave_each_other_alone() -> None:
    """Four programs that make and clear as fast as they can: none loses a file, and nothing is left."""
    programs = [running(OFTEN) for _ in range(4)]

    assert [program.communicate() and program.returncode for program in programs] == [0, 0, 0, 0]
    assert left() == []


def test_a_file_system_without_locks_clears_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody can hold a folder nobody can tell whose it is: it is left, and writing goes on."""

    def refuse(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", refuse)
    Path(".making-somebody").mkdir()
    with unfinished(Path(), ".making-") as mine:
        assert mine.is_dir()
    assert left() == [".making-somebody"]
