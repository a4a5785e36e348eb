"""Who stands behind an episode: a note where it stands out, in the terminal and in Markdown; always in JSON."""

import io
import json
from datetime import UTC
from typing import Any

import duckdb
import pytest
from rich.cells import cell_len
from rich.console import Console

from ingest.database import connect
from ingest.errors import DatabaseError
from reports.markdown import as_markdown
from reports.terminal import as_terminal
from reports.timeline import Timeline, as_json, load

CALM = {
    "complaints": 40, "repeats": 1, "busiest_share": 0.2, "usual_busiest_share": 0.25, "new_people": 12,
    "new_share": 0.4, "usual_new_share": 0.3,
}  # fmt: skip


def said(timeline: Timeline, width: int = 160) -> str:
    console = Console(file=io.StringIO(), width=width, color_system=None, highlight=False)
    with console.capture() as captured:
        console.print(as_terminal(timeline, width, UTC))
    return " ".join(captured.get().split())


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({"repeats": 30}, "30 complaints not counted: others' words repeated"),
        ({"busiest_share": 0.61}, "3 accounts wrote 61 % (usually 25 %)"),
        ({"busiest_share": 0.61, "usual_busiest_share": None}, "3 accounts wrote 61 %"),
        ({"new_share": 0.95}, "95 % of its people new to us (usually 30 %)"),
        ({"repeats": 8, "new_share": 0.95}, "8 complaints not counted: others' words repeated; 95 % of its people"),
    ],
)
def test_what_stands_out_is_noted(judged: Any, changes: dict[str, Any], note: str) -> None:
    """Repeats, few accounts and new accounts are said beside the usual, in the terminal and in Markdown."""
    judged.run()
    judged.episode(60, **CALM | changes)
    found = judged.load()
    assert note in said(found)
    assert "Note" in said(found)
    assert note in as_markdown(found)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"repeats": 7},
        {"repeats": 5, "complaints": 9, "busiest_share": 0.8},
        {"busiest_share": 0.49},
        {"busiest_share": 0.6, "usual_busiest_share": 0.5},
        {"new_share": 0.79},
        {"new_share": 0.9, "usual_new_share": 0.8},
        {"new_share": 1.0, "usual_new_share": None},
        {"new_share": 1.0, "new_people": 9},
        dict.fromkeys(CALM),
    ],
)
def test_what_is_usual_few_or_unknown_is_not_noted(judged: Any, changes: dict[str, Any]) -> None:
    """No note, and no column for one: a share near the usual, one of a few complaints, one that is not known."""
    judged.run()
    judged.episode(60, **CALM | changes)
    found = judged.load()
    assert "Note" not in said(found)
    assert "Note" not in as_markdown(found)


@pytest.mark.parametrize("width", [80, 120, 200])
def test_a_note_fits_every_width(judged: Any, width: int) -> None:
    """However narrow the terminal, a note is there and no line is too long."""
    judged.run()
    judged.episode(60, **CALM | {"repeats": 30, "busiest_share": 0.9, "new_share": 0.95})
    console = Console(file=io.StringIO(), width=width, color_system=None, highlight=False)
    with console.capture() as captured:
        console.print(as_terminal(judged.load(), width, UTC))
    assert max(map(cell_len, captured.get().splitlines())) <= width
    assert "3 accounts wrote 90 %" in " ".join(captured.get().split())


def test_json_has_the_figures_whether_they_stand_out_or_not(judged: Any) -> None:
    """A script reads them of every episode; of an incident that no episode met they are null."""
    judged.run()
    judged.episode(60, **CALM)
    judged.incident("quiet", 800, verdict="unfelt")
    episode, incident = json.loads(as_json(judged.load()))
    assert {name: episode[name] for name in CALM} == CALM
    assert {name: incident[name] for name in CALM} == dict.fromkeys(CALM)


def test_a_judgement_by_an_older_version_says_what_to_run(judged: Any) -> None:
    """Where the figures' columns are missing the reader is told to judge anew, not what the database lacks."""
    judged.run()
    with duckdb.connect(str(judged.path)) as connection:
        connection.execute("ALTER TABLE episodes DROP COLUMN usual_new_share")
    with connect(judged.path, read_only=True) as connection, pytest.raises(DatabaseError, match="make detect"):
        load(connection)
