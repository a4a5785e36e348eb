"""Ten invented minutes on Bluesky, what is to be kept of them, and how a test reads them."""

import dataclasses
from collections.abc import Generator, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import zstandard
from loopback.jetstream import Jetstream, Told, account, commit, identity, record

from ingest.authors import AuthorKeys
from ingest.coverage import union
from ingest.records import Fact, Window
from ingest.settings import load
from ingest.sources import Memory, Page, Reading, Target, jetstream

NOW = datetime(2026, 4, 15, 12, tzinfo=UTC)
BEGIN = NOW - timedelta(minutes=10)
WANTED = Window(NOW - timedelta(minutes=9), NOW)
SECOND = timedelta(seconds=1)
STREAM = Target("stream")
KEYS = AuthorKeys(b"k" * 32)
READING = Reading(STREAM, NOW, KEYS)


def tell(number: int) -> Told:
    """Tell what happened so many seconds after 11:50: one post in ten names a service, and now and then one goes."""
    at = BEGIN + number * SECOND
    match number % 20:
        case 3:
            return commit(number - 2, at, "delete", None)
        case 7:
            return identity(number, at)
        case 11:
            return account(number, at, active=False, status="deleted")
        case 13:
            return commit(number - 3, at, "update", record(f"claude is down, I said, {number}", at), rev=number)
        case 0 | 10:
            return commit(number, at, "create", record(f"is claude down for you? {number}", at))
        case _:
            return commit(number, at, "create", record(f"what a fine evening {number}", at))


HISTORY = [tell(number) for number in range(1, 601)]
"""The last is of noon itself: the end of what is wanted has come."""


def host(history: Iterable[Told] = HISTORY, **traits: Any) -> Jetstream:
    """Make a host that saw these things."""
    return Jetstream(list(history), **traits)


def moved(history: Iterable[Told], by: timedelta) -> list[Told]:
    """Let the same things have happened at another time."""
    return [dataclasses.replace(told, at=told.at + by) for told in history]


def client(urls: str, *, timeout: float = 5.0, longest: float = 20.0, pause: float = 0.1) -> jetstream.Client:
    """Make the source's client, as impatient as a test."""
    made = jetstream.connect(load({"ICD_JETSTREAM_URLS": urls}, Path("none")))
    trying = msgspec.structs.replace(made.trying, pause=0.002)
    return msgspec.structs.replace(made, timeout=timeout, longest=longest, pause=pause, trying=trying)


def fetching(urls: str, wanted: Window = WANTED, **traits: float) -> Generator[Page, None, None]:
    """Read a window page by page; it is noon."""
    yield from jetstream.fetch(client(urls, **traits), STREAM, wanted, lambda: NOW, Memory())


def read(urls: str, wanted: Window = WANTED, **traits: float) -> list[Page]:
    """Read a window to its end."""
    return list(fetching(urls, wanted, **traits))


def read_until_it_fails(urls: str, wanted: Window = WANTED, **traits: float) -> tuple[list[Page], Exception]:
    """Read a window that no host gives to its end. Hands out what came, and what ended it."""
    pages: list[Page] = []
    try:
        for page in fetching(urls, wanted, **traits):
            pages.append(page)  # noqa: PERF402  (it raises on the way)
    except Exception as error:
        return pages, error
    raise AssertionError("it was read to its end")


def facts(pages: Iterable[Page]) -> list[Fact]:
    """Parse everything on the pages. Raises ValueError where one is not a fact."""
    parsed = [jetstream.parse(raw, READING) for page in pages for raw in page.items]
    return [fact for fact in parsed if fact is not None]


def said(pages: Iterable[Page]) -> list[str]:
    """Write the facts down in an order of their own, so that two readings can be compared."""
    return sorted(repr(fact) for fact in facts(pages))


def covered(pages: Iterable[Page]) -> list[Window]:
    """Join what the pages cover."""
    return union(page.covered for page in pages if page.covered)


def dictionary(seed: int = 1) -> bytes:
    """Train a dictionary of our own on frames of our own; another seed, another number."""
    samples = [f"{told.v2(1, timedelta(0))}{seed}".encode() for told in HISTORY]
    return zstandard.train_dictionary(4096, samples, dict_id=70_000 + seed).as_bytes()
