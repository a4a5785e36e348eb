"""A pretended X with a database and one clock for both: from a run of the source to what the ledger says of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from loopback.http import Server, serve
from loopback.x import X, environment
from loopback.x_contract import contract_of

from ingest import ledger, store
from ingest.authors import AuthorKeys
from ingest.database import connect
from ingest.pull import Outcome, pull_target
from ingest.records import Window
from ingest.settings import load
from ingest.sources import Memory, Page, Target, x
from ingest.sources.x.wire import Client

NOON = datetime(2026, 4, 15, 12, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
VERSIONS = ("2.166", "2.167")
KEYS = AuthorKeys(b"k" * 32)
DATABASE = Path("facts.duckdb")

COMPLAINTS = Target("claude/complaints", "claude", brings="volumes")
EXPOSURE = Target("claude/exposure", "claude", brings="volumes")
SAMPLE = Target("claude/sample", "claude")


class World:
    """The server, what it pretends to be, the settings that point to it, and what was saved."""

    def __init__(self, server: Server, site: X) -> None:
        self.server, self.site = server, site
        self.keys = environment(server.url)
        with connect(DATABASE) as connection:
            store.prepare(connection, kind="live", key_fingerprint=KEYS.fingerprint)

    @property
    def now(self) -> datetime:
        """The one clock."""
        return self.site.now

    @now.setter
    def now(self, at: datetime) -> None:
        self.site.now = at

    def client(self) -> Client:
        """Connect as each run does."""
        return x.connect(load(self.keys, Path("none")))

    def pull(self, target: Target = SAMPLE, hours: float = 3, client: Client | None = None) -> Outcome:
        """Pull one target for so many hours back, in a run of its own unless a client is given."""
        return pull_target(
            x, client or self.client(), target, Window(self.now - timedelta(hours=hours), self.now),
            open_database=partial(connect, DATABASE), keys=KEYS, now=lambda: self.now,
        )  # fmt: skip

    def pages(
        self, target: Target = SAMPLE, hours: float = 3, memory: Memory | None = None, client: Client | None = None
    ) -> Iterator[Page]:
        """Fetch without a database, page by page."""
        window = Window(self.now - timedelta(hours=hours), self.now)
        return x.fetch(client or self.client(), target, window, lambda: self.now, memory or Memory())

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Read from the database, in UTC."""
        with connect(DATABASE, read_only=True) as connection:
            return connection.execute(query).fetchall()

    def spent(self) -> float:
        """Say what the ledger thinks was spent, in US dollars."""
        return round(self.ask("SELECT coalesce(sum(cost_usd), 0) FROM pulls")[0][0], 6)

    def bill(self) -> float:
        """Say what X would charge."""
        return round(self.site.bill, 6)

    def covered(self, target: Target = SAMPLE) -> list[Window]:
        """Say what the ledger covers."""
        with connect(DATABASE, read_only=True) as connection:
            return ledger.load_covered(connection, "x", target.name)

    def saved(self) -> list[str]:
        """Name the saved posts by id, oldest first."""
        return [post_id for (post_id,) in self.ask("SELECT post_id FROM posts ORDER BY claimed_at, post_id")]

    def sent(self, name: str) -> list[str | None]:
        """Say what each request had for one parameter, and forget them."""
        found = [request.query.get(name) for request in self.server.requests]
        self.server.requests.clear()
        return found


@contextmanager
def opened(version: str = "2.166", posts: list[dict[str, Any]] | None = None, **more: Any) -> Iterator[World]:
    """Open a world at noon. At its end nothing may have been said that X's own contract does not allow."""
    site = X(version, NOON, posts, contract=contract_of(version), **more)
    with serve(site) as server:
        yield World(server, site)
    assert site.disagreements == []
