"""How long `detect` takes over a million posts, first and again, beside reading the same rows out of DuckDB.

The posts are `bench_load`'s: synthetic, 116 days, every one in a watched place, so that every one is judged.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import psutil
from bench_load import POSTS, write_posts


def door(folder: str, *words: str) -> tuple[float, int]:
    """Run a door as a process. Returns the seconds it took and the most memory it held, in bytes."""
    started, most = time.perf_counter(), 0
    with subprocess.Popen([sys.executable, "-m", *words], cwd=folder, stdout=subprocess.DEVNULL) as process:
        watched = psutil.Process(process.pid)
        while process.poll() is None:
            try:
                most = max(most, watched.memory_info().rss)
            except psutil.NoSuchProcess:
                break
            time.sleep(0.05)
    return time.perf_counter() - started, most


def main() -> None:
    """Fill a database, judge it twice, read it once."""
    with tempfile.TemporaryDirectory() as folder:
        write_posts(Path(folder, "posts.jsonl"), POSTS)
        door(folder, "ingest", "load", "--db", "facts.duckdb", "--covered", "all", "posts.jsonl")
        first, held = door(folder, "detect", "--db", "facts.duckdb")
        again, _ = door(folder, "detect", "--db", "facts.duckdb")
        with duckdb.connect(str(Path(folder, "facts.duckdb")), read_only=True) as connection:
            started = time.perf_counter()
            rows = connection.execute("SELECT count(*), sum(length(text)) FROM posts").fetchall()[0][0]
            read = time.perf_counter() - started
    print(f"  detect over {rows:,} posts, first (aim: under 60 s)  {first:6.1f} s, {held / 1e6:,.0f} MB at most")
    print(f"  detect again, nothing new                        {again:6.1f} s")
    print(f"  yardstick: DuckDB reads the same texts           {read:6.1f} s")


if __name__ == "__main__":
    main()
