"""The reading of a lake at scale: speed, equality, slope, memory. `make bench-scale`; a script, no test.

    python tests/bench_scale.py [--days 5] [--slope 20] [--lake FOLDER] [--remote sc://...]

(a) The yardstick: DuckDB scans the same lake bare, counting posts and letters, and beside it with the prefilter alone.
(b) The whole job on 5 million generated posts: DuckDB with the prefilter in its SQL, through the kernel alone, in two
    processes; Sail as one worker and as three; `--remote` adds a cluster of one's own, through the kernel alone. All
    digests must be equal.
(c) From 1 to 20 million posts: seconds of CPU, and the slope of their logarithms (1: linear).
(d) 20 million posts in a process that may take 2 GB and no more: the kernel ends it otherwise (a control group, which
    takes root); beside it the peak memory that every line of (b) and (c) tells.

The machine is seldom idle. So beside seconds by the clock the CPU's are told; "on two free cores" is the larger of half
of them and of what one thread, which cannot be shared, takes of them.
"""

import argparse
import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

PER_DAY = 1_000_000
LIMIT = 2 << 30
HERE = Path(__file__).resolve().parent


def peak() -> float:
    """Megabytes that this process has taken at most."""
    status = Path("/proc/self/status").read_text() if Path("/proc/self/status").exists() else ""
    found = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return float(found[0].split()[1]) / 1e3 if found else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def run_here(asked: dict[str, Any]) -> dict[str, Any]:
    """Run one job in this process, and say what it took."""
    if asked.get("group"):
        (Path(asked["group"]) / "cgroup.procs").write_text(str(os.getpid()))
    sys.path[:0] = [str(HERE), str(HERE.parent)]
    from detect.engines import reading
    from detect.engines.duck import Duck
    from detect.reading import classifier, complaints, kernel
    from ingest import watchlist
    from ingest.lake import manifest, parquet
    from ingest.lake.address import open_address

    watched = watchlist.load()
    model = classifier.unpack((Path(asked["lake"]) / "reader.npz").read_bytes())
    packed = kernel.pack(watched, complaints.prepare(watched, frozenset(), model, secret=17))
    address = open_address(asked["lake"])
    days = manifest.require(address).days[: asked["days"]]
    places = manifest.check(address, days)
    kernel._ready(packed)
    began = {"clock": time.perf_counter(), "cpu": cpu(), "thread": time.thread_time()}
    told: dict[str, Any] = {"posts": sum(day.rows for day in days)}
    if asked["engine"] == "scan":
        from detect.engines import statements
        from detect.reading import prefilter

        with parquet.opened(address) as connection:
            connection.execute("CREATE MACRO regexp_like(said, pattern) AS regexp_matches(said, pattern)")
            connection.read_parquet(places, hive_partitioning=False).create_view("posts")
            of = statements.passing(prefilter.prepare(watched)) if asked["prefilter"] == "sql" else "FROM posts"
            told["passed"] = connection.execute(f"SELECT count(*), sum(length(text)) FROM ({of})").fetchall()[0][0]  # noqa: S608  (texts of our own)
    else:
        if asked["engine"] == "duckdb":
            engine: Any = Duck(workers=asked.get("workers", 1), memory=asked.get("memory", "1GB"), threads=2)
        else:
            from detect.engines.spark import Spark

            engine = Spark(asked["engine"])
        engine.read("posts", places)
        with tempfile.TemporaryDirectory() as out:
            read = reading.read(engine, watched, packed, asked["prefilter"], f"{out}/out")
        engine.close()
        told |= {"judged": read.judged.rows, "digest": read.digest}
    took = {"clock": time.perf_counter(), "cpu": cpu(), "thread": time.thread_time()}
    return told | {name: took[name] - began[name] for name in took} | {"peak": peak()}


def cpu() -> float:
    """Seconds of CPU of this process and of those it has waited for."""
    return sum(
        one.ru_utime + one.ru_stime for one in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def run(lake: Path, engine: str, prefilter: str, days: int, **more: Any) -> dict[str, Any]:
    """Run one job in a process of its own."""
    asked = json.dumps({"lake": str(lake), "engine": engine, "prefilter": prefilter, "days": days} | more)
    ran = subprocess.run([sys.executable, __file__, "--one", asked], capture_output=True, text=True, check=False)
    if ran.returncode:
        return {"failed": ran.stderr.strip().splitlines()[-1]}
    told: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return told


def line(label: str, told: dict[str, Any], yardstick: float | None = None) -> None:
    """Print one job's figures."""
    if "failed" in told:
        print(f"  {label:<34} {told['failed'][:90]}", flush=True)
        return
    posts, free = told["posts"], max(told["thread"], told["cpu"] / 2)
    ratio = f"{told['cpu'] / yardstick:5.1f}x" if yardstick else ""
    print(
        f"  {label:<34} {told['clock']:7.1f} s  {posts / told['clock'] / 1e6:5.2f} M/s by the clock  "
        f"{told['cpu']:7.1f} s CPU  "
        f"{posts / free / 1e6:5.2f} M/s on two free cores {ratio:>7}  {told['peak']:6.0f} MB  {told.get('digest', '')}",
        flush=True,
    )


def prepare(root: Path, days: int) -> None:
    """Make the lake, where it is not there already, and the classifier."""
    sys.path[:0] = [str(HERE), str(HERE.parent)]
    from lakeposts import fill

    from detect.reading import classifier, complaints, corpus, phrases
    from ingest import watchlist

    if not (root / "manifest.json").exists():
        began = time.process_time()
        fill(root, days, PER_DAY)
        print(f"lake: {days} days of {PER_DAY:,} posts drawn and written in {time.process_time() - began:.0f} s of CPU")
    if not (root / "reader.npz").exists():
        model = complaints.fit(corpus.load(), phrases.prepare(watchlist.load(), frozenset()))
        (root / "reader.npz").write_bytes(classifier.pack(model))
    size = sum(file.stat().st_size for file in root.rglob("*.parquet"))
    print(f"lake: {size / 1e6:,.0f} MB of Parquet\n", flush=True)


def sails(folder: Path) -> list[tuple[str, str, subprocess.Popen[bytes]]]:
    """Start Sail as one worker, and as three; none where it is not installed."""
    import socket

    several = {
        "SAIL_MODE": "local-cluster",
        "SAIL_CLUSTER__WORKER_INITIAL_COUNT": "3",
        "SAIL_EXECUTION__DEFAULT_PARALLELISM": "4",
    }
    started = []
    program = Path(sys.executable).with_name("sail")
    for label, environment in (("Sail", {}), ("Sail, three workers", several)) if program.exists() else ():
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        paths = os.pathsep.join([str(HERE.parent), os.environ.get("PYTHONPATH", "")])
        server = subprocess.Popen(
            [str(program), "spark", "server", "--port", str(port)], cwd=folder, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": paths, **environment},
        )  # fmt: skip
        started.append((label, f"sc://127.0.0.1:{port}", server))
    time.sleep(5)
    return started


def speeds(lake: Path, days: int, remotes: list[tuple[str, str]]) -> None:
    """Measure (a) and (b)."""
    bare = run(lake, "scan", "none", days)
    line("(a) DuckDB, bare scan", bare)
    line("    DuckDB, scan and prefilter", run(lake, "scan", "sql", days), bare["cpu"])
    jobs = {
        "(b) DuckDB, prefilter in SQL": run(lake, "duckdb", "sql", days),
        "    DuckDB, kernel alone": run(lake, "duckdb", "kernel", days),
        "    DuckDB, SQL, two processes": run(lake, "duckdb", "sql", days, workers=2),
    }
    for label, told in jobs.items():
        line(label, told, bare["cpu"])
    for label, remote in remotes:
        # Java's expressions would take hours: a cluster of one's own is asked as `detect read` asks it.
        for prefilter in ("kernel",) if label == remote else ("sql", "kernel"):
            jobs[f"    {label}, {prefilter}"] = told = run(lake, remote, prefilter, days)
            line(f"    {label}, {prefilter} (CPU: client's)", told)
    digests = {told.get("digest") for told in jobs.values()}
    print(f"  digests: {'all equal' if len(digests) == 1 else f'THEY DIFFER: {digests}'}\n", flush=True)


def slope(lake: Path, most: int) -> None:
    """Measure (c) and the first half of (d)."""
    took = {}
    for days in sorted({1, 2, 5, 10, most} & set(range(1, most + 1))):
        told = run(lake, "duckdb", "sql", days)
        line(f"(c) {days} M posts", told)
        took[days] = told["cpu"]
    logs = [(math.log(days), math.log(seconds)) for days, seconds in took.items()]
    middle = [sum(one) / len(logs) for one in zip(*logs, strict=True)]
    fitted = sum((x - middle[0]) * (y - middle[1]) for x, y in logs) / sum((x - middle[0]) ** 2 for x, _ in logs)
    per_post = {days: seconds / days for days, seconds in took.items()}
    said = ", ".join(f"{days} M: {seconds:.2f}" for days, seconds in per_post.items())
    print(f"  slope of the logarithms {fitted:.2f}; seconds of CPU a million posts: {said}\n", flush=True)


def limited(lake: Path, most: int) -> None:
    """Measure (d)."""
    group = Path("/sys/fs/cgroup/memory" if Path("/sys/fs/cgroup/memory").exists() else "/sys/fs/cgroup") / "icd-bench"
    try:
        group.mkdir(exist_ok=True)
        limits = [group / name for name in ("memory.max", "memory.limit_in_bytes") if (group / name).exists()]
        limits[0].write_text(str(LIMIT))
    except (OSError, IndexError) as error:
        print(f"(d) no control group can be made here ({error})")
        return
    line(f"(d) {most} M posts, limit of 2 GB", run(lake, "duckdb", "sql", most, group=str(group)))
    group.rmdir()


def main() -> None:
    """Print all of it."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--days", type=int, default=5)
    asked.add_argument("--slope", type=int, default=20)
    asked.add_argument("--lake", type=Path)
    asked.add_argument("--remote", action="append", default=[])
    asked.add_argument("--only", choices=("speeds", "slope", "limited"))
    asked.add_argument("--one")
    options = asked.parse_args()
    if options.one:
        print(json.dumps(run_here(json.loads(options.one))))
        return
    with tempfile.TemporaryDirectory() as folder:
        lake = options.lake or Path(folder) / "lake"
        prepare(lake, max(options.days, options.slope))
        if options.only in (None, "speeds"):
            servers = sails(Path(folder))
            speeds(
                lake,
                options.days,
                [(label, remote) for label, remote, _ in servers] + [(one, one) for one in options.remote],
            )
            for *_, server in servers:
                server.kill()
                server.wait()
        if options.only in (None, "slope"):
            slope(lake, options.slope)
        if options.only in (None, "limited"):
            limited(lake, options.slope)


if __name__ == "__main__":
    main()
