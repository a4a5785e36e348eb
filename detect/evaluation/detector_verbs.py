"""The verbs that measure the detector: each a click command, to be added to the group `evaluate`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ingest.door import PARTLY, database_option
from ingest.errors import ConfigError, DatabaseError

if TYPE_CHECKING:
    from detect.evaluation.measures import Asked, Measured

SEED = 20_260_401

PROCESSES = 2

_size = click.option("--quick", is_flag=True, help="Small sizes: to see that it works, not to quote.")
_seed = click.option("--seed", type=int, default=SEED, show_default=True, help="Of everything that is drawn.")
_json = click.option("--json", "wants_json", is_flag=True, help="For scripts.")
_data = click.option(
    "--data", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True,
    help="Folder of real data: counts/nab, posts, status.",
)  # fmt: skip


def _asked(data: Path, seed: int, *, quick: bool) -> "Asked":
    from detect.evaluation.measures import Asked
    from ingest import settings

    return Asked(data, seed, quick, settings.load().database.parent)


def _say(measured: list["Measured"], seed: int, *, quick: bool, wants_json: bool) -> None:
    from detect.evaluation.stamped import as_json, as_markdown, stamp

    tables = [table for one in measured for table in one.tables]
    where = stamp(seed, "quick" if quick else "full", {one.name: one.seconds for one in measured})
    click.echo(as_json(tables, where) if wants_json else as_markdown(tables, where))


@click.command("limit")
@_json
def limit_verb(wants_json: bool) -> None:
    """Compute the least possible mean delay at one false alarm in four weeks: exact, nothing is simulated."""
    from detect.evaluation.measures import measure

    _say([measure("limit", _asked(Path(), 0, quick=False))], 0, quick=False, wants_json=wants_json)


def _simulated(name: str, what: str) -> click.Command:
    @click.command(name, help=what)
    @_size
    @_seed
    @_json
    def verb(quick: bool, seed: int, wants_json: bool) -> None:
        from detect.evaluation.measures import measure

        _say([measure(name, _asked(Path(), seed, quick=quick))], seed, quick=quick, wants_json=wants_json)

    return verb


def _on_series(name: str, what: str) -> click.Command:
    @click.command(name, help=what)
    @_data
    @_size
    @_seed
    @_json
    def verb(data: Path, quick: bool, seed: int, wants_json: bool) -> None:
        from detect.evaluation.measures import measure, missing

        if lacking := missing(name, data):
            raise ConfigError(f"{lacking}; name the folder that has it with --data")
        _say([measure(name, _asked(data, seed, quick=quick))], seed, quick=quick, wants_json=wants_json)

    return verb


@click.command("marks")
@database_option
@_json
def marks_verb(database: Path | None, wants_json: bool) -> None:
    """Count what people marked as right or wrong (python -m detect mark) against the episodes in force."""
    from detect import store
    from detect.evaluation.marked import evaluate
    from detect.evaluation.stamped import as_json, as_markdown, stamp
    from ingest import marks, settings
    from ingest.database import connect

    with connect(database or settings.load().database, read_only=True) as connection:
        as_of = store.judged_as_of(connection)
        if as_of is None:
            raise DatabaseError("nothing is judged yet; run: make detect, or python -m detect --db FILE")
        table = evaluate(marks.load(connection), store.load_known_episodes(connection, as_of), as_of)
    where = stamp(0, "all that is marked")
    click.echo(as_json([table], where) if wants_json else as_markdown([table], where))


@click.command("all")
@_data
@_size
@_seed
@_json
def all_verb(data: Path, quick: bool, seed: int, wants_json: bool) -> None:
    """Measure everything, in two processes; what the folder lacks is skipped with a line (and exit code 3)."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    from detect.evaluation.measures import LONGEST_FIRST, MEASURES, measure, missing

    lacking = {name: told for name in MEASURES if (told := missing(name, data))}
    for told in lacking.values():
        click.echo(told, err=True)
    asked = _asked(data, seed, quick=quick)
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        names = dict.fromkeys((*LONGEST_FIRST, *MEASURES))
        running = {name: pool.submit(measure, name, asked) for name in names if name not in lacking}
        measured = [running[name].result() for name in MEASURES if name in running]
    _say(measured, seed, quick=quick, wants_json=wants_json)
    if lacking:
        sys.exit(PARTLY)


VERBS: tuple[click.Command, ...] = (
    limit_verb,
    _simulated("calibration", "Count false alarms on calm simulated streams of 35 characters, by age and after gaps."),
    _simulated("delay", "Measure the mean delay on simulated streams beside the exact limit."),
    _on_series("injected", "Plant outages into real counts, and compare with textbook rules at equal false alarms."),
    _on_series("platforms", "Let one of three platforms storm or die, and compare three ways to hear them together."),
    _on_series("ablation", "Take each part of the detector out in turn, and measure what it is worth."),
    _on_series("nab", "Score NAB's realTweets, beside the published results."),
    _on_series("issues", "Judge a real series of issues beside the official record: development, no test."),
    marks_verb,
    all_verb,
)
