"""Reads the posts that came since the last run, and keeps what is held of each; everything anew under other rules."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import msgspec
import pyarrow as pa

from detect import store
from detect.reading import classifier, complaints, fitting, muting
from ingest.authors import AuthorKeys
from ingest.records import hashed_key
from ingest.store import transaction
from ingest.watchlist import Watchlist

VERSION = "6"
"""Raised with every change of the rules that the vocabulary, the corpus and the watchlist do not show."""


def rules_hash(watchlist: Watchlist, keys: AuthorKeys) -> int:
    """Hash all that the reading of a post goes by: where it changes, all posts are judged anew."""
    return hashed_key(VERSION, msgspec.json.encode(watchlist).decode(), keys.fingerprint, str(fitting.key()))


def prepare_reader(watchlist: Watchlist, keys: AuthorKeys, model: classifier.Model | None) -> complaints.Reader:
    """Make what the posts of a database, or of its lake, are judged by."""
    echo = frozenset(
        keys.of(platform, handle) for platform, handles in watchlist.echo.authors.items() for handle in handles
    )
    # From the secret that keys the authors: who has the database alone cannot try texts on its fingerprints.
    return complaints.prepare(
        watchlist, echo, model, muting.prepare(watchlist.mute, keys.of), secret=keys.of("fingerprint", "")
    )


def judge_new_posts(
    connection: duckdb.DuckDBPyConnection, watchlist: Watchlist, keys: AuthorKeys, rules: int, folder: Path,
    on_progress: Callable[[str], None],
) -> int:  # fmt: skip
    """Judge the posts that came since the last run, or all of them where the rules are others now."""
    last = store.last_pull_id(connection)
    done = store.judged_up_to(connection, rules)
    if done >= last:
        return 0
    on_progress("preparing the reader")
    prepared = prepare_reader(watchlist, keys, fitting.load_or_fit(folder))
    judged = 0
    with transaction(connection):
        store.forget_other_rules(connection, rules)
        for batch in store.load_posts(connection, done):
            store.save_judgements(connection, _with_post(batch, complaints.judge(batch, prepared)))
            judged += len(batch)
            on_progress(f"judging posts: {judged:,}")
        store.save_judged_up_to(connection, rules, last)
    return judged


def _with_post(posts: pa.RecordBatch, judged: pa.RecordBatch) -> pa.Table:
    """Add to each judgement what the series need of its post: platform, times, and a one-way token of the person."""
    keys = posts.column("post_key").to_pylist()
    people = muting.people(posts.column("author_key").to_pylist(), keys)
    where = {key: number for number, key in enumerate(keys)}
    rows = pa.array([where[key] for key in judged.column("post_key").to_pylist()], pa.int64())
    table = pa.Table.from_batches([judged])
    for name in ("platform", "counted_at", "seen_at"):
        table = table.append_column(name, posts.column(name).take(rows))
    return table.append_column("person", pa.array(people, pa.int64()).take(rows))
