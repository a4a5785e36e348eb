"""The notebooks: they run on the sample, define nothing, and what they show is small and what the sample gives."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
LARGEST = 300_000

LOGIC = (ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.For, ast.While, ast.If, ast.comprehension, ast.Try)


def read(path: Path) -> Any:
    """Read a notebook."""
    return nbformat.read(path, 4)  # type: ignore[no-untyped-call]


def shown(cell: Any) -> list[str]:
    """Give what a cell shows, as text."""
    return [str(output["data"].get("text/markdown", output["data"]["text/plain"])) for output in cell["outputs"]]


def test_they_run_and_answer_what_is_committed(sample: Path, tmp_path: Path) -> None:
    """On the sample every notebook runs to its end, and its answer is the one that the committed notebook shows."""
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    (tmp_path / "data").symlink_to(sample / "data")

    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--nbmake", "--overwrite", "notebooks"],
        capture_output=True, text=True, check=False, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip

    assert run.returncode == 0, run.stdout
    for path in NOTEBOOKS:
        committed, fresh = read(path), read(tmp_path / "notebooks" / path.name)
        assert shown(committed.cells[-1]) == shown(fresh.cells[-1]), "run: make notebooks-run"
        assert shown(fresh.cells[-1])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_they_ask_first_and_answer_last(path: Path) -> None:
    """A notebook begins with its question, ends with an answer made of the data, and one cell names the database."""
    cells = read(path).cells

    assert cells[0].source.startswith("# ")
    assert cells[0].source.splitlines()[0].endswith("?")
    assert cells[-1].source.startswith("answers.")
    assert [cell.source.count("database = ") for cell in cells if cell.cell_type == "code"].count(1) == 1


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_they_define_nothing(path: Path) -> None:
    """No cell holds logic of its own: it imports, asks and shows."""
    for cell in read(path).cells:
        if cell.cell_type == "code":
            assert not [node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, LOGIC)], cell.source


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_they_show_is_small_and_whole(path: Path) -> None:
    """A committed notebook is executed from top to bottom, without an error, a warning or a path, and is small."""
    code = [cell for cell in read(path).cells if cell.cell_type == "code"]

    assert path.stat().st_size < LARGEST
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert {output.output_type for cell in code for output in cell.outputs} <= {"execute_result"}
    assert str(ROOT) not in path.read_text("utf-8")
