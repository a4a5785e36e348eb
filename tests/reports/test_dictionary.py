"""The data dictionary: complete, and the one that is committed is the one that the schema gives."""

from pathlib import Path

from reports import dictionary

COMMITTED = Path(__file__).resolve().parents[2] / "docs" / "data-dictionary.md"


def test_every_table_and_column_has_a_meaning() -> None:
    """No table, view or column is left without a comment, or a name that means the same everywhere."""
    tables = dictionary.read()

    assert [table.name for table in tables if not table.meaning] == []
    assert [(table.name, column.name) for table in tables for column in table.columns if not column.meaning] == []


def test_no_meaning_is_left_over() -> None:
    """Every common name is used by some column that has no comment of its own."""
    used = {(column.name, column.meaning) for table in dictionary.read() for column in table.columns}

    assert set(dictionary.COMMON.items()) <= used


def test_the_committed_one_is_current() -> None:
    """docs/data-dictionary.md is what `make dictionary` writes now."""
    assert COMMITTED.read_text("utf-8") == dictionary.as_markdown(dictionary.read())
