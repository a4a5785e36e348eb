"""Ask a source whether posts still stand, where nobody tells it when one is deleted.

A recheck is a pull like any other: its target is named `deletions`, its window spans when the posts were written, and
the ledger sees to it that each is asked about once.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

import duckdb

from ingest.authors import AuthorKeys
from ingest.deletions import load_standing
from ingest.errors import SourceError
from ingest.pull import Open, Outcome, pull_target
from ingest.records import Fact, Window
from ingest.settings import Settings
from ingest.sources import About, Estimate, Memory, Page, Reading, Rechecking, Source, Target

TARGET = Target("deletions", brings="deletions")

ASKED_BACK = timedelta(days=14)
"""How far back posts are asked about that were missed while the tool did not run."""


def recheck_source(
    source: Source, client: Any, *, open_database: Open, keys: AuthorKeys, now: Callable[[], datetime]
) -> Outcome | None:
    """Ask about the posts that are old enough; None where the source cannot be asked."""
    if not isinstance(source, Rechecking):
        return None
    wanted = Window(now() - ASKED_BACK, now() - source.RECHECK_AFTER)
    asking = _Asking(source, open_database)
    return pull_target(asking, client, TARGET, wanted, open_database=open_database, keys=keys, now=now)


class _Asking:
    """The same source, asked about posts instead of for posts."""

    def __init__(self, source: Any, open_database: Callable[[], AbstractContextManager[duckdb.DuckDBPyConnection]]):
        self._source, self._open_database = source, open_database
        self.NAME: str = source.NAME
        self.PLATFORM: str = source.PLATFORM
        self.ABOUT: About = source.ABOUT

    def connect(self, settings: Settings) -> Any:
        return self._source.connect(settings)

    def targets(self, settings: Settings) -> list[Target]:  # noqa: ARG002
        return [TARGET]

    def estimate(self, settings: Settings, target: Target, wanted: Window) -> Estimate:
        raise NotImplementedError

    def fetch(
        self, client: Any, target: Target, wanted: Window, now: Callable[[], datetime], memory: Memory
    ) -> Iterator[Page]:
        del target, now, memory  # a recheck goes by the window alone
        with self._open_database() as connection:
            post_ids = load_standing(connection, self.PLATFORM, wanted)
        for page in self._source.recheck(client, post_ids):
            yield page
            if page.problem:
                return
        # Covered only when all of them were asked about.
        yield Page((), wanted, requests=0)

    def parse(self, raw: Any, reading: Reading) -> Fact | None:
        fact: Fact | None = self._source.parse(raw, reading)
        return fact

    def translate(self, error: Exception, target: Target) -> SourceError | None:
        meaning: SourceError | None = self._source.translate(error, target)
        return meaning
