"""The evaluation of posts counts as it says: on texts and labels invented for it."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from detect.evaluation import figures, labelled, posts
from detect.evaluation.door import evaluate
from ingest import watchlist
from ingest.errors import ConfigError

WATCHED = watchlist.load()


def line(text: str, kind: str, platform: str = "reddit (title)", **more: Any) -> dict[str, Any]:
    """Invent one labelled line."""
    base = {"text": text, "platform": platform, "community": "r/ClaudeAI", "lang": "en", "kind": kind}
    return base | {"label_complaint": kind == "complaint"} | more


LINES = [
    line("claude is down again, 529 on every request", "complaint", symptom="errors", surface="unknown"),
    line("API Error: 500 internal server error since noon", "complaint", "github issue (title)",
         community="anthropics/claude-code", symptom="errors", surface="claude_code"),
    line("chatgpt is down, nothing loads", "other_service", "twitter", community="", other_service_complaint=True),
    line("hit my weekly limit after two prompts", "limits"),
    line("claude wrote my tests today, lovely", "praise", lang="de"),
]  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of labelled lines."""
    path = tmp_path / "labelled.jsonl"
    path.write_text("\n".join(map(json.dumps, LINES)), "utf-8")
    return path


def test_every_group_is_counted(file: Path, reader: Any) -> None:
    """By platform with `not_github`, by language and by kind: counts add up to the whole."""
    texts = labelled.load(file, WATCHED, "claude")
    found = posts.evaluate(texts, posts.tell(texts, reader, "claude"), reader, "claude")

    assert (found["overall"]["n"], found["overall"]["real"]) == (5, 2)
    assert found["overall"]["recall"] == 1.0
    assert found["by_platform"]["not_github"]["n"] == 4
    for group in ("by_platform", "by_language", "by_kind"):
        assert sum(one["n"] for name, one in found[group].items() if name != "not_github") == 5
        assert all({"precision", "recall", "f1", "n"} <= set(one) for one in found[group].values())
    assert found["elsewhere"]["real"] == found["elsewhere"]["called"] == 1
    assert sum(one["n"] for one in found["confusion"]) == 5
    assert found["mapping"]["limits"] == "limit"


def test_a_text_stands_where_its_source_would_have_brought_it(file: Path) -> None:
    """Platform, place and form of a labelled line are those of the source: the judge must see what it would see."""
    texts = labelled.load(file, WATCHED, "claude")

    assert [(text.platform, text.place, text.form) for text in texts[:3]] == [
        ("reddit", "r/ClaudeAI", "post"), ("github", "anthropics/claude-code", "issue"), ("x", "", "post"),
    ]  # fmt: skip
    assert labelled.place("Google Play: Claude", "googleplay", WATCHED) == "com.anthropic.claude"


@pytest.mark.usefixtures("fitted")
def test_the_door_writes_json_tables_and_what_was_misread(file: Path, tmp_path: Path) -> None:
    """`--json` for scripts; without it Markdown; `--listing` a CSV that no spreadsheet takes for formulas."""
    file.write_text(json.dumps(line("=1+1 is my favourite claude joke", "complaint")), "utf-8")
    listing = tmp_path / "misread.csv"

    asked = CliRunner().invoke(
        evaluate, ["posts", str(file), "--json", "--listing", str(listing)], catch_exceptions=False
    )
    tables = CliRunner().invoke(evaluate, ["posts", str(file)], catch_exceptions=False)

    assert json.loads(asked.stdout)["overall"]["recall"] == 0.0
    assert "| all " in tables.stdout
    (row,) = csv.DictReader(listing.read_text("utf-8").splitlines())
    assert (row["wrong"], row["text"][:2]) == ("missed", "'=")


@pytest.mark.parametrize("broken", ['{"text": 1}', "[]", '{"text": "a", "platform": "x"', "\xff"])
def test_a_broken_line_is_named(file: Path, broken: str) -> None:
    """One line: the file, the line's number, and what a line needs."""
    file.write_bytes(json.dumps(LINES[0]).encode() + b"\n" + broken.encode("latin-1"))

    with pytest.raises(ConfigError, match=r"labelled\.jsonl, line 2: .*; a line needs text, platform"):
        labelled.load(file, WATCHED, "claude")


def test_an_empty_file_is_an_error(file: Path) -> None:
    """Nothing labelled is no figure of nothing."""
    file.write_text("\n\n")

    with pytest.raises(ConfigError, match="holds no labelled text"):
        labelled.load(file, WATCHED, "claude")


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60))
def test_figures_are_the_definitions(pairs: list[tuple[bool, bool]]) -> None:
    """Precision, recall and F1 as defined, inside their intervals; unknown where there is nothing to divide by."""
    called, real = (np.array(column) for column in zip(*pairs, strict=True))
    found = figures.of_calls(called, real)
    hits = sum(a and b for a, b in pairs)

    assert found["precision"] == (round(hits / called.sum(), 4) if called.any() else None)
    assert found["recall"] == (round(hits / real.sum(), 4) if real.any() else None)
    for name in ("precision", "recall"):
        if found[name] is not None:
            low, high = found["intervals"][name]
            assert low - 1e-4 <= found[name] <= high + 1e-4
    if found["precision"] and found["recall"]:
        harmonic = 2 * found["precision"] * found["recall"] / (found["precision"] + found["recall"])
        assert abs(found["f1"] - harmonic) < 1e-3


def test_reliability_counts_every_text_once() -> None:
    """Bins hold all texts, the last one the certain; perfect claims have a Brier of zero."""
    claims = np.array([0.0, 0.04, 0.5, 0.95, 1.0])
    found = figures.of_probabilities(claims, claims > 0.3)

    assert sum(one["n"] for one in found["reliability"]) == 5
    assert figures.of_probabilities(np.array([0.0, 1.0]), np.array([False, True]))["brier"] == 0.0
    assert figures.of_probabilities(np.array([]), np.array([], dtype=bool))["brier"] is None


def test_rare_labels_say_nothing() -> None:
    """A macro F1 is over labels that occur often enough; where none does it is unknown."""
    told, labels = ["a"] * 10 + ["b"], ["a"] * 10 + ["b"]

    assert figures.macro_f1(told, labels, 10)["labels"] == ["a"]
    assert figures.macro_f1(told, labels, 11)["value"] is None
