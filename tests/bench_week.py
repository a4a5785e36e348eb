"""How long weekly reports take on a year of three services on five platforms with 10,000 episodes, and their size.

python tests/bench_week.py [--episodes N]
"""

import argparse
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from ingest import watchlist
from ingest.database import connect, migrate
from ingest.store import prepare
from reports import week
from reports.week import files
from reports.week.loading import load_every

BEGIN = datetime(2025, 5, 5, tzinfo=UTC)
YEAR = timedelta(weeks=52)

ROWS = (
    """
    CREATE TEMP TABLE grid AS
    SELECT s.service, b.bucket_start FROM (SELECT unnest($services) AS service) AS s
    CROSS JOIN (
        SELECT unnest(generate_series($since, $until - INTERVAL 5 MINUTE, INTERVAL 5 MINUTE)) AS bucket_start
    ) AS b
    """,
    "INSERT INTO alarms BY NAME SELECT service, bucket_start, false AS alarm, 'judged' AS state FROM grid",
    """
    INSERT INTO buckets BY NAME
    SELECT
        service, platform, kind, bucket_start, (hash(bucket_start, platform, kind) % 3)::INTEGER AS observed,
        1.0 AS coverage, CASE WHEN kind = 'outage' THEN 0.7 END AS expected
    FROM grid CROSS JOIN (SELECT unnest($platforms) AS platform) CROSS JOIN (SELECT unnest($kinds) AS kind)
    """,
    """
    INSERT INTO episodes BY NAME
    SELECT
        format('claude-{:05d}', n) AS episode_id, 'claude' AS service, began AS onset_at,
        began - INTERVAL 5 MINUTE AS onset_earliest, began + INTERVAL 5 MINUTE AS onset_latest,
        began + INTERVAL 9 MINUTE AS alarm_at, began + INTERVAL 20 MINUTE AS peak_at, 31 AS peak_people,
        0.4 AS peak_expected, began + INTERVAL 40 MINUTE AS ended_at, 140 + n % 7 AS people, ['reddit'] AS platforms,
        ['errors'] AS symptoms, ['api'] AS surfaces, ['opus 4.6'] AS models, 'unacknowledged' AS verdict,
        9.0 AS detection_lag_min
    FROM (SELECT n, $since + n * ($until - $since) / $episodes AS began FROM range($episodes) AS r(n))
    """,
    """
    INSERT INTO judgements BY NAME
    SELECT
        n AS post_key, 'claude' AS service, 'reddit' AS platform, $since + n * INTERVAL 31 SECOND AS counted_at,
        n AS person, 'alias' AS "by", 'outage' AS kind, 'errors' AS symptom
    FROM range(1000000) AS r(n)
    """,
    """
    INSERT INTO runs BY NAME
    SELECT
        1 AS run_id, $until AS as_of, $until AS ran_at, 'The rule.' AS rule, 1.0 AS false_alarms_per_4_weeks,
        0 AS inputs
    """,
)


def fill(connection: duckdb.DuckDBPyConnection, episodes: int) -> None:
    """Invent a year: counts that hardly matter, and that many episodes spread evenly."""
    values = {
        "since": BEGIN, "until": BEGIN + YEAR, "episodes": episodes, "services": ["claude", "openai", "gemini"],
        "platforms": ["bluesky", "github", "hackernews", "reddit", "x"], "kinds": ["outage", "limit", "quality"],
    }  # fmt: skip
    for statement in ROWS:
        asked = {name: value for name, value in values.items() if f"${name}" in statement}
        connection.execute(statement, asked)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--episodes", type=int, default=10_000)
    episodes = parser.parse_args().episodes
    watched = watchlist.load()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with connect(folder / "year.duckdb") as connection:
            prepare(connection, kind="live", key_fingerprint="none")
            migrate(connection, "detect")
            fill(connection, episodes)
        with connect(folder / "year.duckdb", read_only=True) as connection:
            began = time.perf_counter()
            loaded = week.load(connection, watched, "claude")
            read = time.perf_counter()
            written = files.write(loaded, folder / "out")
            print(f"one week: read in {read - began:.2f} s, written in {time.perf_counter() - read:.2f} s")
            print("; ".join(f"{path.suffix} {path.stat().st_size / 1e6:.2f} MB" for path in written))
            began = time.perf_counter()
            count, weeks = load_every(connection, watched, "claude")
            for each in weeks:
                files.write(each, folder / "out")
            print(f"all {count} weeks in {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
