"""The only SQL on facts. Facts and the ledger row that vouches for them commit together or not at all.

Callers hold the connection (`ingest.database.connect`); functions here neither open nor close it.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import duckdb
import msgspec
import pyarrow as pa

from ingest.database import migrate
from ingest.deletions import apply_deletions, save_edits
from ingest.errors import ConfigError
from ingest.ledger import next_pull_id, save_answers, save_pull, scalar
from ingest.records import Facts, Incident, Post, Pull, Reject
from ingest.sources import CachedAnswer

REJECTS_KEPT = timedelta(days=14)
"""How long a payload that could not be read is kept to find out why."""

CLAIM_SLACK = timedelta(days=1)
"""How far apart two sources may date one post and still be seen to bring the same one."""

Kind = Literal["live", "sample"]

_UTC = pa.timestamp("us", tz="UTC")
_POSTS = pa.schema(
    [
        ("post_key", pa.int64()), ("platform", pa.string()), ("post_id", pa.string()), ("place", pa.string()),
        ("author_key", pa.int64()), ("claimed_at", _UTC), ("received_at", _UTC), ("seen_at", _UTC),
        ("counted_at", _UTC), ("form", pa.string()), ("lang", pa.string()), ("url", pa.string()),
        ("parent_id", pa.string()), ("text", pa.string()),
    ]
)  # fmt: skip

_INCIDENTS = pa.schema(
    [
        ("service", pa.string()), ("incident_id", pa.string()), ("content_hash", pa.int64()), ("revision", pa.int32()),
        ("seen_at", _UTC), ("name", pa.string()), ("impact", pa.string()), ("status", pa.string()),
        ("started_at", _UTC), ("created_at", _UTC), ("resolved_at", _UTC), ("components", pa.list_(pa.string())),
        ("content", pa.string()), ("pull_id", pa.int64()),
    ]
)  # fmt: skip
_UPDATES = pa.schema(
    [
        ("service", pa.string()), ("incident_id", pa.string()), ("created_at", _UTC), ("update_id", pa.string()),
        ("status", pa.string()), ("display_at", _UTC), ("body", pa.string()),
        ("components", pa.list_(pa.struct([("name", pa.string()), ("old", pa.string()), ("new", pa.string())]))),
        ("seen_at", _UTC), ("pull_id", pa.int64()),
    ]
)  # fmt: skip


def prepare(connection: duckdb.DuckDBPyConnection, *, kind: Kind, key_fingerprint: str) -> None:
    """Bring the tables up to date, and see that the file is meant for these facts.

    Raises ConfigError where the sample and live facts would mix, or where the author key is another one: then
    one person would count as two.
    """
    migrate(connection, "ingest")
    # The validators of addresses are no facts: they only spare the page a full answer.
    connection.execute("INSERT INTO about VALUES ('kind', ?) ON CONFLICT DO NOTHING", [kind])
    connection.execute("INSERT INTO about VALUES ('author_key', ?) ON CONFLICT DO NOTHING", [key_fingerprint])
    said = about(connection)
    if said["kind"] != kind:
        raise ConfigError(
            f"this database holds {said['kind']} facts and would be mixed with {kind} ones; "
            "give another with --db FILE" + ("" if kind == "sample" else ", or cp .env.example .env")
        )
    if said["author_key"] != key_fingerprint:
        raise ConfigError(
            "the file author.key beside this database is not the one it was filled with; restore it from a backup"
        )


def about(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Say what the file is: its kind, and the fingerprint of its author key."""
    return dict(connection.execute("SELECT name, value FROM about").fetchall())


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Commit what the block does, or none of it."""
    connection.begin()
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def save(connection: duckdb.DuckDBPyConnection, pull: Pull, facts: Facts, remember: Iterable[CachedAnswer] = ()) -> int:
    """Save one pull and what it brought, in one transaction. Returns how many of its facts were new."""
    with transaction(connection):
        pull_id = next_pull_id(connection)
        new = save_facts(connection, facts, pull_id, pull.ended_at)
        save_pull(connection, pull, pull_id, new=new, rejected=len(facts.rejects))
        save_answers(connection, tuple(remember))
    return new


def save_facts(connection: duckdb.DuckDBPyConnection, facts: Facts, pull_id: int, known_by: datetime) -> int:
    """Write facts inside the caller's transaction; what is known already is dropped. Returns how many were new."""
    new = save_posts(connection, facts.posts, pull_id, known_by) + _save_volumes(connection, facts, pull_id)
    new += _save_incidents(connection, facts.incidents, pull_id)
    for state in facts.page_states:
        connection.execute(
            "INSERT INTO page_states VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                state.service,
                state.seen_at,
                state.indicator,
                state.description,
                state.components,
                state.unresolved,
                pull_id,
            ],
        )
    save_rejects(connection, facts.rejects, pull_id, known_by)
    save_edits(connection, facts.edits)
    apply_deletions(connection, facts.deletions, pull_id, known_by)
    return new


def save_rejects(connection: duckdb.DuckDBPyConnection, rejects: Sequence[Reject], pull_id: int, now: datetime) -> None:
    """Keep what could not be read, once however often it comes, and drop what was kept long enough."""
    connection.execute("DELETE FROM rejects WHERE seen_at < ?", [now - REJECTS_KEPT])
    for reject in rejects:
        said = [reject.source, reject.where, reject.reason, reject.excerpt]
        connection.execute(
            "INSERT INTO rejects SELECT $1, $2, $3, $4, $5, $6 WHERE NOT EXISTS ("
            '  FROM rejects WHERE (source, "where", reason, excerpt) = ($1, $2, $3, $4))',
            [*said, reject.seen_at, pull_id],
        )


def save_posts(connection: duckdb.DuckDBPyConnection, posts: Sequence[Post], pull_id: int, known_by: datetime) -> int:
    """Append the posts that are not known yet, in one statement; the first sight of a post stays.

    Known ones are looked for only around the batch's own time: an anti-join that prunes to a few row groups costs
    2 ms for 1,000 posts beside 3 million, where ON CONFLICT scans the whole table (185 ms).
    """
    if not posts:
        return 0
    once = {post.key: post for post in reversed(posts)}
    batch = post_batch(once, known_by)  # noqa: F841  (DuckDB reads it by name)
    times = [post.claimed_at for post in once.values()]
    # A claim in the last days of year 9999 is kept like any other, but no day comes after them.
    first, last = min(times), min(max(times), datetime.max.replace(tzinfo=UTC) - CLAIM_SLACK)
    inserted = connection.execute(
        "INSERT INTO posts BY NAME SELECT batch.*, ?::BIGINT AS pull_id FROM batch ANTI JOIN ("
        "  SELECT post_key FROM posts WHERE claimed_at BETWEEN ? AND ?) AS known USING (post_key) "
        "ORDER BY claimed_at",
        [pull_id, first - CLAIM_SLACK, last + CLAIM_SLACK],
    )
    return int(scalar(inserted))


def post_batch(posts: dict[int, Post], known_by: datetime) -> pa.Table:
    """Lay posts out in columns, by key, as the table has them."""
    columns: dict[str, list[Any]] = {
        name: [getattr(post, name) for post in posts.values()]
        for name in _POSTS.names
        if name not in ("post_key", "counted_at")
    }
    columns["post_key"] = list(posts)
    columns["counted_at"] = [post.counted_at(known_by=known_by) for post in posts.values()]
    return pa.table([pa.array(columns[field.name], field.type) for field in _POSTS], schema=_POSTS)


def _save_volumes(connection: duckdb.DuckDBPyConnection, facts: Facts, pull_id: int) -> int:
    rows = pa.Table.from_pylist(  # noqa: F841  (DuckDB reads it by name)
        [
            {
                "platform": v.platform, "place": v.place, "service": v.service, "query": v.query,
                "window_start": v.window.start, "window_end": v.window.end, "count": v.count, "seen_at": v.seen_at,
                "pull_id": pull_id,
            }
            for v in facts.volumes
        ],
        schema=pa.schema(
            [
                ("platform", pa.string()), ("place", pa.string()), ("service", pa.string()), ("query", pa.string()),
                ("window_start", _UTC), ("window_end", _UTC), ("count", pa.int64()), ("seen_at", _UTC),
                ("pull_id", pa.int64()),
            ]
        ),
    )  # fmt: skip
    if not facts.volumes:
        return 0
    return int(scalar(connection.execute("INSERT INTO volumes BY NAME SELECT * FROM rows ON CONFLICT DO NOTHING")))


def _save_incidents(connection: duckdb.DuckDBPyConnection, incidents: Sequence[Incident], pull_id: int) -> int:
    """Save the contents that are new, and their updates that are. Returns how many contents were."""
    if not incidents:
        return 0
    known: dict[tuple[str, str], set[int]] = {}
    for service, incident_id, content_hash in connection.execute(
        "SELECT service, incident_id, content_hash FROM incident_revisions"
    ).fetchall():
        known.setdefault((service, incident_id), set()).add(content_hash)
    contents, updates = [], []
    for incident in incidents:
        seen = known.setdefault((incident.service, incident.incident_id), set())
        if (content_hash := incident.content_hash) in seen:
            continue
        seen.add(content_hash)
        mine = {"service": incident.service, "incident_id": incident.incident_id, "pull_id": pull_id}
        contents.append(
            mine
            | {name: getattr(incident, name) for name in _INCIDENTS.names if name in incident.__struct_fields__}
            | {"content_hash": content_hash, "revision": len(seen), "content": incident.content.decode()}
        )
        updates += [
            mine | msgspec.to_builtins(update, builtin_types=(datetime,)) | {"seen_at": incident.seen_at}
            for update in incident.updates
        ]
    revisions = pa.Table.from_pylist(contents, schema=_INCIDENTS)  # noqa: F841  (DuckDB reads it by name)
    messages = pa.Table.from_pylist(updates, schema=_UPDATES)  # noqa: F841  (DuckDB reads it by name)
    connection.execute("INSERT INTO incident_revisions BY NAME SELECT * FROM revisions").fetchall()
    connection.execute("INSERT INTO incident_updates BY NAME SELECT * FROM messages ON CONFLICT DO NOTHING").fetchall()
    return len(contents)
