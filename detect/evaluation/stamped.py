"""Tables of an evaluation of the detector, with the command that makes them, stamped with what they come from."""

import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np
from scipy.stats import chi2


class Within(msgspec.Struct, frozen=True):
    """A figure with its interval, and how many decimals it is told with; `of` names what a count is a part of."""

    value: float | int
    low: float
    high: float
    digits: int = 2
    of: int | None = None

    def __str__(self) -> str:
        part = "" if self.of is None else f" of {self.of}"
        told = str(self.value) if isinstance(self.value, int) else f"{self.value:.{self.digits}f}"
        return f"{told}{part} [{self.low:.{self.digits}f}, {self.high:.{self.digits}f}]"


Cell = str | float | int | Within | None
Row = tuple[Cell, ...]


class Table(msgspec.Struct, frozen=True):
    """One table: what it shows, by which command, on how much; `goals` says what was to be reached, and whether."""

    name: str
    title: str
    command: str
    sample: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    goals: tuple[str, ...] = ()


class Stamp(msgspec.Struct, frozen=True):
    """Where figures come from; `seconds` of the processor, by what was measured."""

    commit: str
    seed: int
    size: str
    made_at: str
    seconds: dict[str, float] = {}


def stamp(seed: int, size: str, seconds: Mapping[str, float] | None = None) -> Stamp:
    """Name the commit, the seed and the size; the commit is "unknown" outside a checkout."""
    said = subprocess.run(
        ["git", "describe", "--always", "--dirty"],  # noqa: S607  (whatever git there is)
        cwd=Path(__file__).parent, capture_output=True, text=True, check=False,
    )  # fmt: skip
    made_at = f"{datetime.now(UTC):%Y-%m-%dT%H:%MZ}"
    return Stamp(said.stdout.strip() or "unknown", seed, size, made_at, dict(seconds or {}))


def as_markdown(tables: Sequence[Table], where: Stamp) -> str:
    """Write tables as Markdown, each under its title with its command."""
    said = [f"commit {where.commit}, seed {where.seed}, size {where.size}, {where.made_at}"]
    if where.seconds:
        took = ", ".join(f"{name} {seconds:.0f}" for name, seconds in where.seconds.items())
        said.append(f"processor's seconds: {took}; {sum(where.seconds.values()):.0f} in all")
    for table in tables:
        lines = [f"## {table.title}", "", f"`{table.command}` · {table.sample}", ""]
        lines += ["| " + " | ".join(table.columns) + " |", "|" + " --- |" * len(table.columns)]
        lines += ["| " + " | ".join(_told(cell) for cell in row) + " |" for row in table.rows]
        lines += ["", *(f"- {goal}" for goal in table.goals)] if table.goals else []
        said.append("\n".join(lines))
    return "\n\n".join(said) + "\n"


def as_json(tables: Sequence[Table], where: Stamp) -> str:
    """Write tables as one JSON object."""
    return msgspec.json.format(msgspec.json.encode({"stamp": where, "tables": tables}), indent=2).decode()


def binomial_interval(found: int, of: int) -> tuple[float, float]:
    """Bound a share by Wilson's 90 % interval; (0, 1) of none."""
    if not of:
        return 0.0, 1.0
    z, share = 1.645, found / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z * np.sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return float(max(middle - half, 0.0)), float(min(middle + half, 1.0))


def poisson_interval(count: float) -> tuple[float, float]:
    """Bound the mean of a count at 90 %, exactly (Garwood 1936).

    >>> [round(bound, 2) for bound in poisson_interval(3)]
    [0.82, 7.75]
    """
    return float(chi2.ppf(0.05, 2 * count)) / 2 if count else 0.0, float(chi2.ppf(0.95, 2 * count + 2)) / 2


def _told(cell: Cell) -> str:
    if cell is None:
        return "–"
    return f"{cell:.2f}" if isinstance(cell, float) else str(cell)
