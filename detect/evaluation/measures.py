"""What of the detector can be measured, by name: each gives tables; those on real series say what they need."""

import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from detect.evaluation import (
    ablation,
    calibration,
    delays,
    injected,
    issue_tables,
    issues,
    limit,
    nab,
    platforms,
    sizes,
    tweets,
)
from detect.evaluation.stamped import Table
from ingest import watchlist


class Asked(msgspec.Struct, frozen=True):
    """What a measure goes by: a folder of real data, the seed of all that is drawn, where the classifier is kept."""

    recorded: Path
    seed: int
    quick: bool
    folder: Path

    @property
    def size(self) -> sizes.Size:
        """How much is simulated."""
        return sizes.SIZES["quick" if self.quick else "full"]


class Measured(msgspec.Struct, frozen=True):
    """What one measure gave, and the processor's seconds it took."""

    name: str
    tables: list[Table]
    seconds: float


def _issues(asked: Asked) -> list[Table]:
    known = watchlist.load()
    came = issues.come(issues.load(asked.recorded / issues.TITLES), asked.recorded / issues.RECORD, known, asked.folder)
    return issue_tables.tables(came, known)


def _ablation(asked: Asked) -> list[Table]:
    series = nab.load(asked.recorded / nab.FOLDER)
    return ablation.evaluate(series[:3] if asked.quick else series, asked.size, asked.seed)


MEASURES: dict[str, Callable[[Asked], list[Table]]] = {
    "limit": lambda asked: [limit.table()],
    "calibration": lambda asked: calibration.calibration(asked.size, asked.seed),
    "delay": lambda asked: delays.delay(asked.size, asked.seed),
    "injected": lambda asked: injected.evaluate(nab.load(asked.recorded / nab.FOLDER), asked.seed, quick=asked.quick),
    "platforms": lambda asked: platforms.evaluate(nab.load(asked.recorded / nab.FOLDER), asked.seed, quick=asked.quick),
    "ablation": _ablation,
    "nab": lambda asked: tweets.evaluate(nab.load(asked.recorded / nab.FOLDER)),
    "issues": _issues,
}
"""Every measure, in the order in which `all` tells them."""

LONGEST_FIRST = ("injected", "ablation", "delay", "platforms", "calibration")
"""In which order measures are given to processes; the others after them."""

NEEDS: dict[str, tuple[Path, ...]] = {
    "injected": (nab.FOLDER,),
    "platforms": (nab.FOLDER,),
    "ablation": (nab.FOLDER,),
    "nab": (nab.FOLDER,),
    "issues": (issues.TITLES, issues.RECORD),
}
"""Real data, by its place in the folder."""


def missing(name: str, recorded: Path) -> str | None:
    """Say in one line what a measure lacks; None where all is there."""
    absent = [str(recorded / part) for part in NEEDS.get(name, ()) if not (recorded / part).exists()]
    return f"{name} is skipped: there is no {' and no '.join(absent)}" if absent else None


def measure(name: str, asked: Asked) -> Measured:
    """Measure one thing: a function that a process of its own can be given."""
    began = time.process_time()
    tables = MEASURES[name](asked)
    return Measured(name, tables, round(time.process_time() - began, 1))
