"""Watch: ingest, detect and alert, round after round, whatever happens in one of them.

Each step is a program of its own. What it dies of (a defect, a library that crashes, a machine short of memory) ends
the step and not the watch; what it took of memory it gives back, and the database is free between any two; and it is
the very command that a person would run to look into it. A step that is cut off loses nothing: facts and their ledger
row commit together, and what was not covered is a gap that the next round fills.
"""

import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

import click
import msgspec

from ingest.door import PARTLY
from ingest.hostile import one_line
from ingest.stopping import stopping_on_signals

BACK_OFF = 6
"""A round that fails again and again is tried at least every so many round lengths."""

GRACE = 20.0
"""Seconds that a running step has to end by itself once the watch is told to stop, and again after it is told so."""


class Step(msgspec.Struct, frozen=True):
    """One program of a round, and how long it may take."""

    name: str
    words: tuple[str, ...]
    limit: timedelta


class Came(msgspec.Struct, frozen=True):
    """What came of a step: its exit code (negative: killed by that signal; None: stopped or not ended in time)."""

    step: str
    code: int | None
    says: str

    @property
    def failed(self) -> bool:
        """Whether nothing came of it: a step that did a part of its work has not failed."""
        return self.code not in (0, PARTLY)


class Round(msgspec.Struct, frozen=True):
    """One round: when it began, how long it took, and what its steps came to."""

    number: int
    began_at: datetime
    seconds: float
    steps: tuple[Came, ...]

    def __str__(self) -> str:
        """Say it in one line."""
        said = "; ".join(f"{came.step}{' FAILED' if came.failed else ''}: {came.says}" for came in self.steps)
        return f"{self.began_at:%Y-%m-%dT%H:%M:%SZ} round {self.number} ({self.seconds:.0f} s) {said}"


def steps(database: Path, sources: Sequence[str], reading: timedelta, *, alerting: bool) -> tuple[Step, ...]:
    """Name the programs of a round. `reading` is how long one run reads at most by its own settings."""
    where = ("--db", str(database))
    only = tuple(word for name in sources for word in ("--source", name))
    minutes = timedelta(minutes=1)
    found = (
        Step("ingest", ("ingest", "pull", "--paced", *where, *only), max(30 * minutes, reading + 15 * minutes)),
        Step("detect", ("detect", "run", *where), 60 * minutes),
        Step("alert", ("reports", "alert", *where), 10 * minutes),
    )
    return found if alerting else found[:-1]


def watch(plan: Sequence[Step], every: timedelta, rounds: int | None = None, *, as_json: bool = False) -> int:
    """Go round until told to stop (Ctrl-C, SIGTERM), or for so many rounds. Returns the exit code.

    It is 0 where it was told to stop, also in the middle of a step; after `rounds` it is that of the last round's
    worst step.
    """
    stop = threading.Event()
    failures, number, last = 0, 0, None
    with stopping_on_signals(stop):
        while not stop.is_set() and (rounds is None or number < rounds):
            number += 1
            began = time.monotonic()
            last = _round(number, plan, stop)
            if last.steps:
                click.echo(msgspec.json.encode(last).decode() if as_json else str(last))
                sys.stdout.flush()
            failures = failures + 1 if any(came.failed for came in last.steps) else 0
            if rounds is None or number < rounds:
                stop.wait(max(pause(every, failures).total_seconds() - (time.monotonic() - began), 1.0))
    if stop.is_set():
        click.echo("stopped", err=True)
        return 0
    return _exit_code(last)


def pause(every: timedelta, failures: int) -> timedelta:
    """Say how long after its begin the next round begins: doubled with every round that failed in a row, to a bound."""
    return every * min(2 ** min(failures, 10), BACK_OFF) if failures else every


def _round(number: int, plan: Sequence[Step], stop: threading.Event) -> Round:
    began_at, began = datetime.now(UTC), time.monotonic()
    came = []
    for step in plan:
        if stop.is_set():
            break
        came.append(_run(step, stop))
    return Round(number, began_at, round(time.monotonic() - began, 1), tuple(came))


def _run(step: Step, stop: threading.Event) -> Came:
    """Run one program to its end, or to the end of what it may take. A session of its own: Ctrl-C is for the watch."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        try:
            program = subprocess.Popen(  # noqa: S603  (our own words)
                [sys.executable, "-m", *step.words], stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            return Came(step.name, None, f"it could not be started ({error.strerror})")
        ended = _ended(program, step.limit.total_seconds(), stop)
        says = [_last_line(file) for file in (out, err)]
    if not ended:
        why = "stopped" if stop.is_set() else f"it took more than {step.limit / timedelta(minutes=1):g} min"
        return Came(step.name, None, f"{why}; the next round does the rest")
    return Came(step.name, program.returncode, _said(program.returncode, *says))


def _ended(program: subprocess.Popen[bytes], limit: float, stop: threading.Event) -> bool:
    """Wait for the program; False where it had to be ended: it is asked to first, and made to after a while."""
    until, told = time.monotonic() + limit, False
    while program.poll() is None and time.monotonic() < until:
        if stop.is_set() and not told:
            until, told = min(until, time.monotonic() + GRACE), True
        time.sleep(0.05)
    if program.returncode is not None:
        return True
    program.terminate()
    try:
        program.wait(GRACE)
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait()
    return False


def _said(code: int, out: str, err: str) -> str:
    """Say in a few words what a program ended with."""
    if code < 0:
        return f"killed by {signal.Signals(-code).name}" + (f" after: {err}" if err else "")
    if code == 0:
        return out
    why = err.removeprefix("error: ") or f"exit code {code}"
    return f"{out} ({why})" if code == PARTLY and out else why


def _last_line(file: IO[bytes]) -> str:
    """Read the last line that a program wrote: the one that sums up, or its error."""
    size = file.seek(0, 2)
    file.seek(max(size - 8192, 0))
    lines = file.read().decode("utf-8", "replace").strip().splitlines()
    return one_line(lines[-1], 300).split(" -> ", maxsplit=1)[0] if lines else ""


def _exit_code(last: Round | None) -> int:
    came = last.steps if last else ()
    if any(one.failed for one in came):
        return 1
    return PARTLY if any(one.code == PARTLY for one in came) else 0
