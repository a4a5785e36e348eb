"""How the three packages are called: verbs, one of them the default; errors as one line; exit codes for scripts.

0   all went well
1   it could not be done: one line on stderr says what, where, and what to do
2   the options are wrong: what was typed names nothing that there is, or is no time, no week, no age
3   part of it was done: the rest is still to do, and the next run does it
"""

import os
import signal
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ingest.errors import IngestError, WrongOption
from ingest.hostile import one_line
from ingest.times import parse_option

if TYPE_CHECKING:
    from rich.progress import Progress

WRONG, PARTLY = 2, 3


class Group(click.Group):
    """A group of verbs of which one is the default: used where the first word is none of the verbs."""

    default_verb: str | None = None

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the default verb in front unless a verb, or the wish for help, stands there already."""
        wants_help = any(arg in self.get_help_option_names(ctx) for arg in args[:1])
        if self.default_verb and not wants_help and (not args or args[0] not in self.commands):
            args = [self.default_verb, *args]
        return super().parse_args(ctx, args)


class Instant(click.ParamType[datetime]):
    """An option that is a time: ISO 8601, UTC unless it says otherwise."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read the time; a wrong one is an error of the options."""
        if isinstance(value, datetime):
            return value
        try:
            return parse_option(value)
        except IngestError as error:
            self.fail(str(error), param, ctx)


class Database(click.ParamType[Path]):
    """An option that names the database file: a folder is refused before anything is done."""

    name = "file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Turn the name into a path."""
        path = Path(value)
        if path.is_dir():
            self.fail(f"{path} is a folder; name a file in it, such as {path / 'outages.duckdb'}", param, ctx)
        return path


database_option: Callable[[Any], Any] = click.option(
    "--db", "database", type=Database(), metavar="FILE",
    help="Database file. Default: data/outages.duckdb, or data/sample.duckdb while nothing is configured.",
)  # fmt: skip


def progress(*, quiet: bool = False) -> "Progress":
    """Make a bar for the terminal that goes when it is done; into a file or a pipe nothing of it is written."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    return Progress(console=console, transient=True, disable=quiet or not console.is_terminal)


def run(group: click.Command) -> None:
    """Run a door, or a verb alone: what the world did wrong becomes one line on stderr and exit code 1.

    What was typed wrong does so with exit code 2. Never a traceback. A defect of ours keeps its own: hiding it would
    help nobody.
    """
    # Numerical libraries start a thread per core for matrices of a few hundred rows: 50 small fits took 15.5 s
    # instead of 0.3 s on a busy machine. To be said before numpy is imported.
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    if any("\udc80" <= sign <= "\udcff" for argument in sys.argv for sign in argument):
        click.echo("error: an argument is not in the terminal's encoding; write it in UTF-8", err=True)
        sys.exit(WRONG)
    try:
        group()
    except IngestError as error:
        click.echo(f"error: {one_line(str(error), 2000)}", err=True)
        sys.exit(WRONG if isinstance(error, WrongOption) else 1)
    except BrokenPipeError:
        # The reader of our output went away (`| head`): not an error, and nothing is left to say.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(128 + signal.SIGPIPE)
    except OSError as error:
        where = f" {error.filename}" if error.filename else ""
        click.echo(f"error:{where}: {one_line(error.strerror or str(error))}", err=True)
        sys.exit(1)
