"""What `python -m detect evaluate ... --json` wrote, read back."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pandas as pd

from ingest.errors import ConfigError
from reports.charts import Curve

BUCKET_MIN = 5
_WITH_INTERVAL = re.compile(r"(-?\d+(?:\.\d+)?) \[")
SIX_HOURS = 360.0
DRAWN = 120.0
"""Minutes: kinds of outages that take longer at best are in the table and not in the picture."""

FITTING = (0.5, 2.0)
"""Between which actual over promised is as wanted."""


class Measured(msgspec.Struct, frozen=True):
    """One table of an evaluation, and what was wanted of it and whether it was reached."""

    name: str
    title: str
    command: str
    sample: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    goals: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"{self.title}: {'; '.join(self.goals) or self.command}"

    def _repr_markdown_(self) -> str:
        said = [f"**{self.title}** · `{self.command}`", f"*{self.sample}*" if self.sample else ""]
        return "\n\n".join([*filter(None, said), *(f"- {goal}" for goal in self.goals)])


class Evaluation(msgspec.Struct, frozen=True):
    """All tables of one run, with the commit, the seed and the size that it was made with."""

    stamp: dict[str, Any]
    tables: tuple[Measured, ...]

    def has(self, name: str) -> bool:
        """Say whether the run measured it."""
        return any(table.name == name for table in self.tables)

    def table(self, name: str) -> Measured:
        """Give a table. Raises ConfigError, with those that there are, for one that was not measured."""
        for table in self.tables:
            if table.name == name:
                return table
        names = ", ".join(table.name for table in self.tables)
        raise ConfigError(f"this evaluation has no table {name!r}; it has: {names}")

    def shown(self, name: str) -> "pd.DataFrame | Measured":
        """Give a table as a frame; where the run did not measure it, the command that does."""
        if self.has(name):
            return self.frame(name)
        return Measured(name, "not measured by this run", f"python -m detect evaluate {name}", "", (), ())

    def frame(self, name: str) -> pd.DataFrame:
        """Give a table as a frame, as it was printed: figures with their intervals."""
        return self._laid_out(name, _told)

    def numbers(self, name: str) -> pd.DataFrame:
        """Give a table as a frame to reckon with: figures without their intervals."""
        return self._laid_out(name, _number)

    def _laid_out(self, name: str, shape: Callable[[Any], Any]) -> pd.DataFrame:
        table = self.table(name)
        columns = [
            column if column not in table.columns[:place] else f"{column} ({place})"
            for place, column in enumerate(table.columns)
        ]
        return pd.DataFrame([[shape(cell) for cell in row] for row in table.rows], columns=columns)

    def ratios(self) -> pd.Series:
        """Give false alarms, actual over promised, of every simulated world, by what was promised in four weeks."""
        frame = self.numbers("calibration").set_index(["promised in 4 weeks", "scenario"])
        return pd.Series(frame.stack().astype(float))

    def calibration(self) -> list[Curve]:
        """Sort the worlds by how many false alarms they had for each one promised, one line a promise."""
        curves = []
        for promised, ratios in self.ratios().groupby(level=0):
            ordered = sorted(ratios)
            share = [100 * (place + 1) / len(ordered) for place in range(len(ordered))]
            curves.append(Curve(f"{promised} promised in 4 weeks", tuple(zip(share, ordered, strict=True)), dots=True))
        bounds = [Curve(f"{bound:g}", ((0.0, bound), (100.0, bound))) for bound in FITTING]
        return [*curves, *bounds]

    def beside_others(self, ratio: str = "r=5", usual: float = 1.0) -> list[tuple[float, float, str, float]]:
        """Give, for each number of false alarms a week, our share of planted outages found, and the best other rule's.

        Each is (false alarms a week, ours, the other rule, its share), of outages of `ratio` times the `usual` people.
        """
        if not self.has("injected"):
            return []
        frame = self.numbers("injected")
        compared = []
        for rate, rows in frame[frame["l0"] == usual].groupby("false alarms a week", sort=False):
            shares = rows.set_index("rule")[ratio].astype(float)
            others = shares.drop("ours")
            compared.append((float(str(rate)), float(shares["ours"]), str(others.idxmax()), float(others.max())))
        return compared

    def delays(self) -> pd.DataFrame:
        """Give measured delays beside the least possible, in minutes, where the latter is six hours or less."""
        frame = self.numbers("delay")[["l0", "r", "limit", "mean delay", "wanted at most"]].astype(float)
        frame[["limit", "mean delay", "wanted at most"]] *= BUCKET_MIN
        return frame[frame["limit"] <= SIX_HOURS].sort_values("limit", ignore_index=True)

    def delay(self) -> list[Curve]:
        """Lay the measured delays over the least possible."""
        frame = self.delays()
        frame = frame[frame["limit"] <= DRAWN]
        longest = float(frame["limit"].max())
        return [
            Curve("measured", tuple(zip(frame["limit"], frame["mean delay"], strict=True)), line=False),
            Curve("least possible", ((0.0, 0.0), (longest, longest))),
            Curve("wanted at most", tuple(zip(frame["limit"], frame["wanted at most"], strict=True))),
        ]

    def __repr__(self) -> str:
        return f"evaluation of {self.stamp['made_at']}, commit {self.stamp['commit']}, size {self.stamp['size']}"

    def _repr_markdown_(self) -> str:
        said = self.stamp
        return f"Evaluation of {said['made_at']}: commit `{said['commit']}`, seed {said['seed']}, size {said['size']}"


def _told(cell: Any) -> Any:
    """Say a figure with its interval in words; other cells are what they are."""
    if not isinstance(cell, dict):
        return cell
    digits = cell["digits"]
    part = f"{cell['value']:.{digits}f}" if cell["of"] is None else f"{cell['value']:.0f} of {cell['of']}"
    return f"{part} [{cell['low']:.{digits}f}, {cell['high']:.{digits}f}]"


def _number(cell: Any) -> Any:
    """Take the figure out of one that carries its interval, in words or not; other cells are what they are."""
    if isinstance(cell, dict):
        return cell["value"]
    found = _WITH_INTERVAL.match(cell) if isinstance(cell, str) else None
    return float(found[1]) if found else cell


def open_evaluation(path: str | Path) -> Evaluation:
    """Read an evaluation. Raises ConfigError, naming the command that makes one, where it cannot be read."""
    try:
        return msgspec.json.decode(Path(path).read_bytes(), type=Evaluation)
    except (OSError, msgspec.DecodeError, msgspec.ValidationError) as error:
        raise ConfigError(
            f"{path} is no evaluation ({error}); make one: python -m detect evaluate calibration --json > {path}"
        ) from error
