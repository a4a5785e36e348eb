"""What was typed wrong ends with 2, what the world refuses with 1: a script can tell which of them to mend."""

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

from ingest.door import run

Asked = Callable[[str], tuple[int, list[str]]]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Asked:
    """Run a door as `python -m` does, in this process: its exit code, and the lines on stderr."""

    def door(words: str) -> tuple[int, list[str]]:
        room, *rest = words.split()
        monkeypatch.setattr(sys, "argv", [room, *rest])
        with pytest.raises(SystemExit) as ended:
            run(import_module(f"{room}.__main__").door)
        return int(str(ended.value.code)), capsys.readouterr().err.strip().splitlines()

    return door


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("ingest --source redit", "there is no source 'redit'"),
        ("ingest --dry-run --source redit", "there is no source 'redit'"),
        ("ingest --follow --source redit", "there is no source 'redit'"),
        ("ingest doctor --source redit", "there is no source 'redit'"),
        ("ingest --since 2027-01-01", "does not lie before --until"),
        ("ingest load --covered lately posts.jsonl", "is not FROM/TO"),
        ("ingest lake forget --lake lake --older-than soon", "is not an age"),
        ("detect loudest --service cluade", "service 'cluade' is not on the watchlist"),
        ("detect audit --service cluade", "service 'cluade' is not on the watchlist"),
        ("detect evaluate corpus --service cluade", "service 'cluade' is not on the watchlist"),
        ("reports timeline --service cluade", "service 'cluade' is not on the watchlist"),
        ("reports page --service cluade", "service 'cluade' is not on the watchlist"),
        ("reports week --service cluade", "service 'cluade' is not on the watchlist"),
        ("reports week --week 2026-W99", "is no ISO week"),
        ("reports watch --source redit", "there is no source 'redit'"),
        ("reports now --service cluade", "service 'cluade' is not on the watchlist"),
        ("reports now --surface pai", "'pai' is no part of claude"),
        ("reports now --model gpt", "'gpt' is no model of claude"),
    ],
)
def test_what_was_typed_wrong_is_code_two(asked: Asked, words: str, wanted: str) -> None:
    """A name, a week, an age that there is not: one line that says so, whatever the database holds, and code 2."""
    code, [line] = asked(words)

    assert code == 2
    assert line.startswith("error: ")
    assert wanted in line
    assert not Path("data").exists()


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("detect audit --rule none_such", "no rule is called"),
        ("detect loudest --since 2026-04-02 --until 2026-04-01", "--since must be before --until"),
        ("reports timeline --since yesterday", "is not a time"),
    ],
)
def test_what_the_options_themselves_refuse_is_code_two(asked: Asked, words: str, wanted: str) -> None:
    """So does what is refused while the options are read, with the usage above it."""
    code, lines = asked(words)

    assert code == 2
    assert wanted in lines[-1]


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("ingest --source reddit", "nothing is configured, so only the sample is read"),
        ("ingest load absent.jsonl", "No such file"),
        ("reports timeline --service claude", "does not exist; fill it first"),
        ("reports week --week 2026-W16", "does not exist; fill it first"),
    ],
)
def test_what_the_world_refuses_is_code_one(asked: Asked, words: str, wanted: str) -> None:
    """Where the same words may do tomorrow, the fault is not in them."""
    code, [line] = asked(words)

    assert code == 1
    assert wanted in line
