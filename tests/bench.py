"""Every benchmark, one after the other: figures beside a yardstick of the same run. Run by `make bench`; never a test.

Absolute figures orient; the ratios are what counts.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent


def timed(label: str, *words: str, cwd: str) -> float:
    """Run one door as a process and print how long it took."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", *words], cwd=cwd, check=True, capture_output=True)
    took = time.perf_counter() - started
    print(f"  {label:<44} {took:6.2f} s")
    return took


def doors() -> None:
    """Time the doors on the sample, beside an empty run of the interpreter."""
    print("doors, on the sample")
    with tempfile.TemporaryDirectory() as folder:
        timed("yardstick: python -m this", "this", cwd=folder)
        timed("ingest, first", "ingest", cwd=folder)
        timed("detect, first", "detect", cwd=folder)
        again = timed("ingest, nothing new", "ingest", cwd=folder) + timed("detect, nothing new", "detect", cwd=folder)
        print(f"  {'both, nothing new (aim: under 3 s)':<44} {again:6.2f} s")
        timed("timeline", "reports", "timeline", cwd=folder)
        now(folder)
        timed("--help (aim: under 0.5 s)", "ingest", "--help", cwd=folder)


def now(folder: str) -> None:
    """Time the one-line answer, and beside it the same file opened and asked one question by DuckDB alone."""
    bare = "import duckdb; duckdb.connect('data/sample.duckdb', read_only=True).execute('FROM standing').fetchall()"
    for label, words in (
        ("now, median of 9 (aim: under 1 s)", ["-m", "reports", "now"]),
        ("yardstick: DuckDB opens it and reads", ["-c", bare]),
    ):
        took = []
        for _ in range(9):
            started = time.perf_counter()
            subprocess.run([sys.executable, *words], cwd=folder, check=True, capture_output=True)
            took.append(time.perf_counter() - started)
        print(f"  {label:<44} {statistics.median(took):6.2f} s, at most {max(took):.2f} s")


if __name__ == "__main__":
    for key in [key for key in os.environ if key.startswith("ICD_")]:
        del os.environ[key]
    doors()
    for script in sorted(set(HERE.glob("bench_*.py")) - {HERE / "bench_scale.py"}):  # half an hour: make bench-scale
        print(f"\n{script.stem.removeprefix('bench_')}", flush=True)
        subprocess.run([sys.executable, str(script)], check=True)
