"""From the stream to the database: deletions honoured in any order, gaps in the ledger, a lock waited for."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import duckdb
import pytest
from loopback.jetstream import Jetstream, Told, account, after, commit, did, dropping, record, running
from loopback.jetstream_world import BEGIN, HISTORY, KEYS, NOW, SECOND, STREAM, WANTED, client, host

from ingest import ledger, store
from ingest.database import connect
from ingest.pull import Outcome, pull_target
from ingest.records import Window
from ingest.sources import jetstream

NIGHT = commit(9000, NOW, "create", record("good night", NOW))
"""Something that happens at noon: the end of what is wanted."""


class World:
    """A database, and a clock that stands at noon unless it is moved."""

    def __init__(self) -> None:
        self.now = NOW
        self.opened = partial(connect, Path("outages.duckdb"))
        with self.opened() as connection:
            store.prepare(connection, kind="live", key_fingerprint=KEYS.fingerprint)

    def pull(self, served: Jetstream, wanted: Window = WANTED, timeout: float = 5.0) -> Outcome:
        """Pull the stream as a run does."""
        with running(served) as urls:
            return pull_target(
                jetstream,
                client(urls, timeout=timeout),
                STREAM,
                wanted,
                open_database=self.opened,
                keys=KEYS,
                now=lambda: self.now,
            )

    def rows(self, query: str) -> list[tuple]:
        """Read from the database."""
        with self.opened() as connection:
            return connection.execute(query).fetchall()

    def covered(self) -> list[Window]:
        """Say what the ledger covers."""
        with self.opened() as connection:
            return ledger.load_covered(connection, "jetstream", "stream")


@pytest.fixture
def world() -> World:
    """Make an empty database."""
    return World()


def told(*said: Told) -> Jetstream:
    """Make a host that saw a first change before what is wanted, these, and the night."""
    begin = commit(8999, WANTED.start - SECOND, "create", record("good morning", BEGIN))
    return host([begin, *said, NIGHT])


def at(seconds: float) -> datetime:
    """So many seconds after what is wanted begins."""
    return WANTED.start + timedelta(seconds=seconds)


def test_a_replay_fills_the_window_and_a_second_run_asks_for_nothing(world: World) -> None:
    """Shaped by hand: posts saved once, counted at the server's receipt, and the ledger covers what was read."""
    outcome = world.pull(host())

    assert (outcome.error, outcome.gaps_left, outcome.rejected) == (None, (), 0)
    assert world.covered() == [WANTED]
    assert world.rows("SELECT count(*), count(DISTINCT post_key), bool_and(counted_at = received_at) FROM posts") == [
        (55, 55, True)
    ]
    again = host()
    assert world.pull(again).fetched == 0
    assert again.asked == []


def test_an_overlap_is_not_saved_twice(world: World) -> None:
    """Shaped by hand: the next run begins some seconds earlier, and knows those posts."""
    first = Window(WANTED.start, at(241))
    world.pull(host(), first)
    outcome = world.pull(host())

    assert outcome.error is None
    assert world.covered() == [WANTED]
    assert world.rows("SELECT count(*), count(DISTINCT post_key) FROM posts") == [(55, 55)]


def test_a_deletion_is_honoured_before_and_after_its_post(world: World) -> None:
    """Shaped by hand: the text is gone in either order, within one page and between two runs."""
    gone = told(
        commit(1, at(10), "create", record("claude is down 1", at(10))),
        commit(1, at(11), "delete", None, rev=3),
        commit(2, at(12), "delete", None, rev=4),
        commit(2, at(13), "create", record("claude is down 2", at(13))),
        commit(3, at(14), "create", record("claude is down 3", at(14))),
        commit(4, at(15), "create", record("claude is down 4", at(15))),
    )
    world.pull(gone)
    assert world.rows("SELECT text FROM posts ORDER BY received_at") == [(None,), (None,), ("claude is down 3",),
                                                                        ("claude is down 4",)]  # fmt: skip
    world.now = NOW + timedelta(minutes=1)
    later = host([NIGHT, commit(3, NOW + SECOND, "delete", None, rev=9), commit(9001, world.now, "delete", None)])
    world.pull(later, Window(WANTED.start, world.now))
    assert world.rows("SELECT text FROM posts WHERE text IS NOT NULL") == [("claude is down 4",)]
    assert world.rows("SELECT count(*) FROM posts") == [(4,)]


def test_an_edit_replaces_the_text(world: World) -> None:
    """Shaped by hand: the same post, another text; an edit of a post that is not known changes nothing."""
    world.pull(
        told(
            commit(1, at(10), "create", record("claude is down", at(10))),
            commit(1, at(20), "update", record("claude is back", at(20)), rev=2),
            commit(5, at(21), "update", record("claude", at(20)), rev=6),
        )
    )
    assert world.rows("SELECT text FROM posts") == [("claude is back",)]


def test_an_account_that_is_deleted_takes_its_posts_along(world: World) -> None:
    """Shaped by hand: all that this person wrote before; a deactivated person's posts stay, and later ones."""
    world.pull(
        told(
            commit(1, at(10), "create", record("claude is down 1", at(10)), author=1),
            commit(2, at(11), "create", record("claude is down 2", at(11)), author=1),
            commit(3, at(12), "create", record("claude is down 3", at(12)), author=2),
            account(1, at(13), active=False, status="deleted"),
            account(2, at(14), active=False, status="deactivated"),
            commit(4, at(15), "create", record("claude is down 4", at(15)), author=1),
        )
    )
    assert world.rows("SELECT text FROM posts WHERE text IS NOT NULL ORDER BY 1") == [
        ("claude is down 3",),
        ("claude is down 4",),
    ]


def test_what_the_stream_forgot_is_a_gap_in_the_ledger(world: World) -> None:
    """Shaped by hand: a row that covers the rest, a row that says what is missing, and the gap stays asked for."""
    outcome = world.pull(host(floor=BEGIN + 200 * SECOND))

    assert outcome.gaps_left == (Window(WANTED.start, BEGIN + 200 * SECOND),)
    assert "did not give everything" in str(outcome.error)
    assert world.covered() == [Window(BEGIN + 200 * SECOND, NOW)]
    (error,) = world.rows("SELECT error FROM pulls WHERE error IS NOT NULL")
    assert error == (outcome.error,)


def test_what_came_before_the_stream_broke_down_is_kept(world: World) -> None:
    """Shaped by hand: the host goes down for good: the posts until then are saved and covered, the rest is a gap."""
    outcome = world.pull(host(troubles=[after(200, dropping), *[after(0, dropping)] * 9]))

    (seen,) = world.covered()
    assert seen.start == WANTED.start
    assert outcome.gaps_left == (Window(seen.end, NOW),)
    assert "closes the stream again and again" in str(outcome.error)
    assert world.pull(host()).gaps_left == ()
    assert world.rows("SELECT count(*) FROM posts") == [(55,)]


def test_a_locked_database_is_waited_for_and_nothing_is_lost(world: World) -> None:
    """Shaped by hand: the first page cannot be saved until all of the stream is read: then everything is saved."""
    reading = threading.Event()

    @contextmanager
    def locked() -> Iterator[duckdb.DuckDBPyConnection]:
        if any(thread.name == "jetstream" for thread in threading.enumerate()):
            reading.set()
        until = time.monotonic() + 5
        while any(thread.name == "jetstream" for thread in threading.enumerate()) and time.monotonic() < until:
            time.sleep(0.01)
        with connect(Path("outages.duckdb")) as connection:
            yield connection

    world.opened = locked  # type: ignore[assignment]
    slow = host(troubles=[lambda connection, number: time.sleep(0.001)])
    with running(slow) as urls:
        outcome = pull_target(
            jetstream, client(urls, pause=0.01), STREAM, WANTED, open_database=locked, keys=KEYS, now=lambda: NOW
        )

    assert reading.is_set()
    assert (outcome.error, outcome.gaps_left) == (None, ())
    assert world.rows("SELECT count(*) FROM posts") == [(55,)]


def test_no_author_reaches_the_database(world: World) -> None:
    """Shaped by hand: neither a did nor an address stands in the file, also not of what could not be read."""
    odd = commit(77, at(5), "create", {"langs": ["claude"], "note": "did:plc:noteofsomebodyelse"})
    outcome = world.pull(host([*HISTORY[:70], odd, *HISTORY[70:]]))
    assert outcome.rejected == 1
    raw = Path("outages.duckdb").read_bytes()
    for number in (60, 70, 77, 600):
        assert did(number).encode() not in raw
    assert b"did:plc:" not in raw
