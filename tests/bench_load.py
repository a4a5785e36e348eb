"""Measure how quickly posts are loaded, beside yardsticks of the same run.

    python tests/bench_load.py

The posts are synthetic. Figures depend on the machine; what counts is how they compare.
"""

import json
import random
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import psutil
from fileload import KEYS

from ingest import store, watchlist
from ingest.database import connect
from ingest.files import lines
from ingest.files.load import load_file
from ingest.records import Facts, Post, Pull

POSTS = 1_000_000
NEXT = 1_000
NAIVE = 5_000
REPEATS = 9

START = datetime(2026, 1, 1, tzinfo=UTC)
PLACES = ("r/ClaudeAI", "r/ClaudeCode", "r/Anthropic", "r/OpenAI")
WORDS = (
    "claude", "is", "down", "again", "for", "me", "since", "an", "hour", "the", "api", "gives", "529", "errors", "and",
    "page", "says", "all", "green", "anyone", "else", "cannot", "log", "in", "worked", "fine", "this", "morning",
)  # fmt: skip
KEYED = "CREATE TABLE keyed AS SELECT * EXCLUDE (pull_id) FROM posts; ALTER TABLE keyed ADD PRIMARY KEY (post_key)"


def write_posts(path: Path, count: int, first: int = 0) -> None:
    """Write synthetic post lines: one every ten seconds, by 200,000 invented people, some 160 characters each."""
    draw = random.Random(first)
    with path.open("w") as file:
        for number in range(first, first + count):
            fields = {
                "platform": "reddit",
                "post_id": f"synthetic_{number}",
                "place": draw.choice(PLACES),
                "author": f"invented_{draw.randrange(200_000)}",
                "posted_at": f"{START + timedelta(seconds=10 * number):%Y-%m-%dT%H:%M:%SZ}",
                "text": " ".join(draw.choices(WORDS, k=30)),
                "url": f"https://example.org/synthetic/{number}",
            }
            file.write(json.dumps(fields) + "\n")


def read_posts(path: Path) -> tuple[Post, ...]:
    """Parse a file of posts."""
    return tuple(lines.post(line, KEYS) for line in path.open("rb"))


def saved_in_ms(connection: duckdb.DuckDBPyConnection, posts: tuple[Post, ...]) -> float:
    """Save one batch as a pull does."""
    pull = Pull(
        source="bench", platform="reddit", target="r/ClaudeAI", service=None, asked=None, covered=None,
        fetched=len(posts), started_at=datetime.now(UTC), ended_at=datetime.now(UTC),
    )  # fmt: skip
    started = time.perf_counter()
    new = store.save(connection, pull, Facts(posts=posts))
    taken = (time.perf_counter() - started) * 1000
    if new != len(posts):
        raise SystemExit(f"{new} of {len(posts)} posts were new: the benchmark measures something else")
    return taken


def measure_load(folder: Path) -> None:
    """Load a million posts, then save the next thousands."""
    path, database = folder / "posts.jsonl", folder / "bench.duckdb"
    write_posts(path, POSTS)
    nexts = folder / "next.jsonl"
    write_posts(nexts, NEXT * REPEATS, first=POSTS)
    process = psutil.Process()
    with connect(database) as connection:
        store.prepare(connection, kind="live", key_fingerprint=KEYS.fingerprint)
        before = process.memory_info().rss
        started, cpu = time.perf_counter(), time.process_time()
        came = load_file(connection, path, keys=KEYS, watchlist=watchlist.load(), now=datetime.now(UTC), covered="all")
        taken, cpu = time.perf_counter() - started, time.process_time() - cpu
    print(f"load_file             {came.new / taken:>12,.0f} posts/s  ({came.new:,} in {taken:.1f} s; CPU {cpu:.1f} s)")
    print(f"peak memory           {peak_mb():>12,.0f} MB       ({before / 2**20:,.0f} MB before)")
    sizes = [file.stat().st_size / 2**20 for file in (database, path)]
    print(f"database              {sizes[0]:>12,.0f} MB       (the file: {sizes[1]:,.0f} MB)")
    posts = read_posts(nexts)
    with connect(database) as connection:
        taken_ms = sorted(saved_in_ms(connection, posts[at : at + NEXT]) for at in range(0, len(posts), NEXT))
    print(f"next {NEXT:,} posts      {taken_ms[REPEATS // 2]:>12,.1f} ms       (median; slowest {taken_ms[-1]:.1f})")


def peak_mb() -> float:
    """Read the most memory that this process ever held."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1024 if sys.platform != "darwin" else peak / 2**20


def measure_yardsticks(folder: Path) -> None:
    """Do the same in the ways not taken: row by row, without parsing, with a primary key."""
    path = folder / "posts.jsonl"
    with path.open("rb") as file:
        posts = {post.key: post for post in (lines.post(next(file), KEYS) for _ in range(200_000))}
    batch = store.post_batch(posts, datetime.now(UTC))
    with connect(folder / "yardsticks.duckdb") as connection:
        connection.execute("CREATE TABLE naive AS SELECT * FROM batch LIMIT 0")
        connection.execute("CREATE TABLE bare AS SELECT * FROM batch LIMIT 0")
        rows = [tuple(row.values()) for row in batch.slice(0, NAIVE).to_pylist()]
        started = time.perf_counter()
        connection.begin()
        marks = ", ".join("?" * batch.num_columns)
        connection.executemany(f"INSERT INTO naive VALUES ({marks})", rows)  # noqa: S608  (only marks)
        connection.commit()
        taken = time.perf_counter() - started
        print(f"(a) executemany       {NAIVE / taken:>12,.0f} posts/s  (of {NAIVE:,}, parsing not counted)")
        started = time.perf_counter()
        for _ in range(POSTS // len(posts)):
            connection.execute("INSERT INTO bare SELECT * FROM batch")
        taken = time.perf_counter() - started
        print(f"(b) bare from Arrow   {POSTS / taken:>12,.0f} posts/s  (neither parsed nor de-duplicated)")

    write_posts(folder / "more.jsonl", NEXT * REPEATS, first=2 * POSTS)
    more = read_posts(folder / "more.jsonl")
    taken_ms = []
    with connect(folder / "bench.duckdb") as connection:
        connection.execute(KEYED)
        for at in range(0, len(more), NEXT):
            started = time.perf_counter()
            keyed = {post.key: post for post in more[at : at + NEXT]}
            fresh = store.post_batch(keyed, datetime.now(UTC))  # noqa: F841  (DuckDB reads it by name)
            connection.execute("INSERT INTO keyed SELECT * FROM fresh ON CONFLICT DO NOTHING")
            taken_ms.append((time.perf_counter() - started) * 1000)
    print(f"(c) ON CONFLICT, key  {sorted(taken_ms)[REPEATS // 2]:>12,.1f} ms       (the next {NEXT:,}, no ledger row)")


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        measure_load(Path(folder))
        measure_yardsticks(Path(folder))


if __name__ == "__main__":
    main()
