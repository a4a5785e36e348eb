"""What people take away: whole files that say what they mean, and cells that do nothing to whoever opens them."""

import csv
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from ingest.unfinished import unfinished
from reports.__main__ import door
from reports.exporting import EXPORTED, UNFINISHED


def export(judged: Any, *options: str) -> Result:
    """Call `python -m reports export`."""
    return CliRunner().invoke(door, ["export", "--db", str(judged.path), "--out", "taken", *options])


def cells(name: str) -> list[dict[str, str]]:
    """Read a CSV as a spreadsheet does: every cell a text."""
    with Path("taken", name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_both_forms_hold_the_same_rows_and_the_schema_says_what_they_mean(judged: Any) -> None:
    """Every file has the rows of its view; the schema names each column in order, with its type and meaning."""
    judged.typical()
    assert export(judged).exit_code == 0

    package = json.loads(Path("taken/datapackage.json").read_text("utf-8"))
    assert {one["path"] for one in package["resources"]} == {
        f"{name}.{form}" for name in EXPORTED for form in ("csv", "parquet")
    }
    for one in package["resources"]:
        path = Path("taken", one["path"])
        frame = pd.read_csv(path) if one["format"] == "csv" else pd.read_parquet(path)
        assert [field["name"] for field in one["schema"]["fields"]] == list(frame.columns)
        assert all(field["description"] and field["type"] != "any" for field in one["schema"]["fields"])
        assert one["rows"] == len(frame)
    assert len(cells("episodes.csv")) == 3
    assert [row["incident_id"] for row in cells("lags.csv")] == ["late", "first"]


def test_unknown_stays_empty_and_times_are_utc(judged: Any) -> None:
    """What is not known is an empty cell, never a zero; instants end in Z, lists are JSON, lags keep their sign."""
    judged.typical()
    export(judged)

    late, first, open_one = cells("episodes.csv")
    assert late["onset_at"] == "2026-04-15T01:00:00.000Z"
    assert json.loads(late["platforms"]) == ["reddit", "github"]
    assert float(first["acknowledgement_lag_min"]) == -5
    assert (open_one["ended_at"], open_one["lasted_min"], open_one["acknowledgement_lag_min"]) == ("", "", "")
    assert pd.read_parquet("taken/episodes.parquet")["lasted_min"].isna().sum() == 1


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t=", "\r=", "\n@", "\uff1d", "  ="])
def test_a_hostile_title_is_a_text(judged: Any, first: str) -> None:
    """A title that a spreadsheet would run as a formula stands behind an apostrophe, whatever it begins with."""
    judged.run()
    judged.incident("evil", 60, verdict="unfelt", name=f"{first}cmd|' /C calc'!A0")
    export(judged)

    [row] = cells("incidents.csv")
    assert row["title"].startswith("'")
    assert row["title"].endswith("cmd|' /C calc'!A0")


def test_control_characters_are_taken_out(judged: Any) -> None:
    """No cell of either form carries what a terminal or a viewer would obey, nor breaks its line."""
    judged.run()
    judged.incident("evil", 60, verdict="unfelt", name='red \x1b[31malert\x1b[0m \u202eback\x07\nnext, "quoted"; half')
    export(judged)

    for title in (cells("incidents.csv")[0]["title"], pd.read_parquet("taken/incidents.parquet")["title"][0]):
        assert title == 'red alert back next, "quoted"; half'
    assert len(Path("taken/incidents.csv").read_bytes().splitlines()) == 2


def test_one_form_alone(judged: Any) -> None:
    """With --format csv there is no Parquet, and the schema speaks of none."""
    judged.typical()
    export(judged, "--format", "csv")

    assert sorted(path.suffix for path in Path("taken").iterdir()) == [".csv"] * 4 + [".json"]
    assert "parquet" not in Path("taken/datapackage.json").read_text("utf-8")


def test_nothing_judged_is_an_error_and_no_file(judged: Any) -> None:
    """Where nothing is judged yet, it is said what to run, and no folder of empty files is left."""
    done = export(judged)

    assert "make detect" in str(done.exception)
    assert not Path("taken").exists()


def test_a_folder_that_cannot_be_written_is_one_line(judged: Any) -> None:
    """A folder that cannot be made is named with the reason."""
    judged.typical()
    Path("taken").write_text("a file in the way")

    done = export(judged)

    assert "--out taken: cannot be written to" in str(done.exception)


def test_what_a_killed_export_left_is_cleared_and_what_another_writes_is_not(judged: Any) -> None:
    """The next export takes the remains away; the folder of one that is still at it stays until that is done."""
    judged.typical()
    Path("taken", ".exporting-killed").mkdir(parents=True)
    Path("taken", ".exporting-killed", "episodes.csv").write_text("half")

    with unfinished(Path("taken"), UNFINISHED) as running:
        assert export(judged).exit_code == 0
        assert [path.name for path in Path("taken").glob(".*")] == [running.name]
    assert len(cells("episodes.csv")) == 3
