"""The watch goes on: whatever a step dies of, one line a round, and a clean end when it is told to stop."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from ingest.errors import DatabaseBusy, DatabaseError
from reports import watching
from reports.__main__ import door
from reports.alone import alone
from reports.watching import Step, pause, steps, watch

MINUTE = timedelta(minutes=1)
SOON = timedelta(seconds=0.1)
HERE = Path(__file__).parents[2]


def step(name: str, program: str, limit: timedelta = MINUTE) -> Step:
    """Write a program that `python -m` finds where the test stands."""
    Path(f"{name}_step.py").write_text(program)
    return Step(name, (f"{name}_step",), limit)


def rounds(capsys: Any, number: int, *plan: Step) -> tuple[int, list[dict[str, Any]]]:
    """Watch so many rounds; the exit code, and what each said."""
    code = watch(plan, SOON, number, as_json=True)
    return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_round_is_ingest_detect_alert() -> None:
    """Three programs on one database, in this order; without an address nobody is told."""
    plan = steps(Path("d.duckdb"), ["reddit", "x"], 20 * MINUTE, alerting=True)
    assert [" ".join(one.words) for one in plan] == [
        "ingest pull --paced --db d.duckdb --source reddit --source x",
        "detect run --db d.duckdb",
        "reports alert --db d.duckdb",
    ]
    assert [one.name for one in steps(Path("d.duckdb"), [], MINUTE, alerting=False)] == ["ingest", "detect"]
    assert steps(Path("d.duckdb"), [], 300 * MINUTE, alerting=True)[0].limit > 300 * MINUTE


FAULTS = {
    "a crash of the machine's": ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", -11, "killed by SIGSEGV"),
    "no memory left": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -9, "killed by SIGKILL"),
    "a defect": ("raise ValueError('\\x1b[31mthis\\n and that')", 1, "and that"),
    "an error in words": ("import sys; print('error: in use', file=sys.stderr); sys.exit(1)", 1, "in use"),
    "no words": ("import sys; sys.exit(7)", 7, "exit code 7"),
    "bytes that are no text": ("import os; os.write(2, b'\\xff\\xfe'); os._exit(1)", 1, "\ufffd\ufffd"),
    "not to be found": (None, 1, "No module named nowhere_step"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_no_fault_of_a_step_ends_the_watch(fault: str, capsys: Any) -> None:
    """It is said in the round's line, the steps after it run, and so does the next round."""
    program, code, says = FAULTS[fault]
    bad = Step("ingest", ("nowhere_step",), MINUTE) if program is None else step("ingest", program)
    ended, said = rounds(capsys, 2, bad, step("detect", "print('13 episodes -> facts.duckdb')"))

    assert (ended, len(said)) == (1, 2)
    for one in said:
        ingest, detect = one["steps"]
        assert ingest["code"] == code
        assert says in ingest["says"]
        assert "\x1b" not in ingest["says"]
        assert detect == {"step": "detect", "code": 0, "says": "13 episodes"}


def test_a_step_that_hangs_is_ended(capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """At its limit, and by force where it does not heed; the round goes on."""
    monkeypatch.setattr(watching, "GRACE", 0.2)
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
    began = time.monotonic()
    ended, [said] = rounds(
        capsys, 1, step("ingest", deaf, timedelta(seconds=1)), step("detect", "print('judged')")
    )  # fmt: skip
    assert ended == 1
    assert [one["code"] for one in said["steps"]] == [None, 0]
    assert "took more than" in said["steps"][0]["says"]
    assert time.monotonic() - began < 15


def test_partly_done_is_no_failure(capsys: Any) -> None:
    """What one source left is said beside what the others brought."""
    partly = "import sys; print('5 new facts'); print('2 of 9 targets failed', file=sys.stderr); sys.exit(3)"
    ended, [said] = rounds(capsys, 1, step("ingest", partly))
    assert (ended, said["steps"][0]["says"]) == (3, "5 new facts (2 of 9 targets failed)")


def test_repeated_faults_are_tried_later_and_later() -> None:
    """Up to a bound, so that what has healed is found; the first round that goes well goes back to the usual pace."""
    five = 5 * MINUTE
    assert [pause(five, failures) / MINUTE for failures in (0, 1, 2, 3, 4, 10_000)] == [5, 10, 20, 30, 30, 30]


def test_a_line_has_the_time_in_utc(capsys: Any) -> None:
    """One line a round, for a log that nobody reads until something is wrong."""
    assert watch([step("ingest", "print('1 new fact')")], SOON, 1) == 0
    line = capsys.readouterr().out
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ round 1 \(\d+ s\) ingest: 1 new fact\n", line)


def test_a_database_is_watched_once() -> None:
    """The second watch says who is at it, and does nothing; another database is another's."""
    with alone(Path("facts.duckdb"), "watch"):
        refused = CliRunner().invoke(door, ["watch", "--db", "facts.duckdb", "--rounds", "1"])
        with alone(Path("other.duckdb"), "watch"):
            pass
    assert isinstance(refused.exception, DatabaseBusy)
    assert f"process {os.getpid()} runs reports watch on it already" in str(refused.exception)
    assert (refused.output, Path("facts.duckdb").exists()) == ("", False)


def started(*words: str) -> subprocess.Popen[str]:
    """Begin to watch, as a user does, with programs of a test in place of ours."""
    program = (
        "import sys; from datetime import timedelta\n"
        "from reports.watching import Step, watch\n"
        f"plan = [Step(name, (name + '_step',), timedelta(minutes=1)) for name in {words!r}]\n"
        "sys.exit(watch(plan, timedelta(hours=1)))"
    )
    return subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONPATH": f"{HERE}{os.pathsep}."},
    )  # fmt: skip


def wait_for(path: Path) -> None:
    until = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_between_rounds_it_ends_at_once(number: signal.Signals) -> None:
    """Exit code 0, and the last round's line is whole."""
    step("ingest", "print('1 new fact')")
    running = started("ingest")
    assert running.stdout is not None
    line = running.stdout.readline()
    running.send_signal(number)
    out, err = running.communicate(timeout=20)
    assert (running.returncode, out, err) == (0, "", "stopped\n")
    assert line.endswith("ingest: 1 new fact\n")


def test_told_to_stop_in_a_step_it_lets_the_step_end() -> None:
    """What is being written is written to its end; the steps after it are not begun."""
    step("ingest", "from pathlib import Path; import time; Path('began').touch(); time.sleep(1); Path('done').touch()")
    step("detect", "from pathlib import Path; Path('detected').touch()")
    running = started("ingest", "detect")
    wait_for(Path("began"))
    running.send_signal(signal.SIGTERM)
    running.communicate(timeout=30)
    assert running.returncode == 0
    assert Path("done").exists()
    assert not Path("detected").exists()


def test_the_verb_explains_itself_and_refuses_nonsense() -> None:
    """--help teaches, and what cannot be is code 2."""
    for words, code in ((["--help"], 0), (["--rounds", "0"], 2), (["--every", "-1"], 2), (["--every", "nan"], 2)):
        run = subprocess.run(
            [sys.executable, "-m", "reports", "watch", *words], capture_output=True, text=True, check=False,
            env=os.environ | {"PYTHONPATH": str(HERE)},
        )  # fmt: skip
        assert run.returncode == code, run
    bad = subprocess.run(
        [sys.executable, "-m", "reports", "watch"], capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": str(HERE), "ICD_ALERT_URLS": "gopher://x"},
    )  # fmt: skip
    assert (bad.returncode, bad.stderr.count("\n")) == (1, 1)


def test_a_lock_that_cannot_be_written_is_one_line() -> None:
    """Where the folder is a file, or is not ours, the line says what to do."""
    Path("folder").write_text("")
    with pytest.raises(DatabaseError, match=r"cannot be written .*--db FILE"), alone(Path("folder/d.duckdb"), "watch"):
        pass
