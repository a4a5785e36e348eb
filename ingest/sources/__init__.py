"""Where facts come from: one module a source, one line in the register.

A source is a module that follows `Source`. It knows no database and no other source. `fetch` is its only
function that touches the network; `parse` is pure; `translate` says what its client's exceptions mean.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any, Protocol, cast, runtime_checkable

import msgspec

from ingest.authors import AuthorKeys
from ingest.errors import SourceError
from ingest.records import Brings, Fact, Window
from ingest.settings import Settings


class Target(msgspec.Struct, frozen=True):
    """What one pull asks a source about. `name` is the ledger's: coverage is kept per platform and target.

    `service` is None where the target is read for every service; `platform` where it is the source's own.
    `spared_by` names a source and its target that bring the same and more: what they covered is not asked again.
    """

    name: str
    service: str | None = None
    platform: str | None = None
    brings: Brings = "posts"
    spared_by: tuple[str, str] | None = None


class CachedAnswer(msgspec.Struct, frozen=True):
    """The last full answer of an address with its validator, so that "not modified" can be understood."""

    url: str
    etag: str
    body: str


class Memory(msgspec.Struct, frozen=True):
    """What earlier pulls left: full answers by address, and what this source has cost this UTC day and month (USD)."""

    answers: Mapping[str, CachedAnswer] = {}
    spent_today_usd: float = 0.0
    spent_this_month_usd: float = 0.0


class Page(msgspec.Struct, frozen=True):
    """One answer of a source: its raw items, and what of the target's time is now truly covered.

    `problem` is set where the source gave this much and not the rest. A page without items and with a cost is a
    reservation: saved before a request that costs money, so that a crash can not hide what was spent.
    """

    items: tuple[Any, ...]
    covered: Window | None
    remember: tuple[CachedAnswer, ...] = ()
    requests: int = 1
    cost_usd: float = 0.0
    problem: SourceError | None = None


class Reading(msgspec.Struct, frozen=True):
    """What `parse` needs to know beside the raw item: for which target, by whose key, and when we saw it."""

    target: Target
    seen_at: datetime
    keys: AuthorKeys


class About(msgspec.Struct, frozen=True):
    """What a user should know of a source before asking it: shown by `doctor`, and in the README.

    `needs` names the settings without which it is left out; `reach` is how far back it can be asked at all, None
    for as far as it has anything; `reach_said` says the same in words, `cost` what a day of it costs, and `without`
    what is lost where it is not read.
    """

    needs: tuple[str, ...]
    reach: timedelta | None
    reach_said: str
    cost: str
    without: str


class Estimate(msgspec.Struct, frozen=True):
    """What filling a window would take, at most: requests, US dollars, and in words what the numbers leave out."""

    requests: int
    usd: float = 0.0
    said: str = ""


class Source(Protocol):
    """The shape of a source module; the contract tests hold every entry of the register to it."""

    NAME: str
    PLATFORM: str
    ABOUT: About

    def connect(self, settings: Settings) -> Any:
        """Make the client, without a request. Raises MissingKey where a key it needs is not set."""

    def targets(self, settings: Settings) -> list[Target]:
        """Name everything there is to ask about."""

    def estimate(self, settings: Settings, target: Target, wanted: Window) -> Estimate:
        """Say what asking for `wanted` would take, without asking."""

    def fetch(
        self, client: Any, target: Target, wanted: Window, now: Callable[[], datetime], memory: Memory
    ) -> Iterator[Page]:
        """Ask for `wanted`, page by page. Each page's `covered` must be true if the program ends right after it."""

    def parse(self, raw: Any, reading: Reading) -> Fact | None:
        """Read one item; None for one that is not a fact. Raises ValueError where its shape is another."""

    def translate(self, error: Exception, target: Target) -> SourceError | None:
        """Say what a client's exception means, with a remedy; None where it is not the client's."""


@runtime_checkable
class Rechecking(Protocol):
    """A source that can be asked whether posts still stand, because nobody tells it when one is deleted.

    Posts are asked about once, as soon as they are `RECHECK_AFTER` old.
    """

    RECHECK_AFTER: timedelta

    def recheck(self, client: Any, post_ids: Sequence[str]) -> Iterator[Page]:
        """Ask about posts by their native id; `parse` reads what comes as `Deletion`s. `covered` is left None."""


LIVE = (
    "statuspage", "incidentio", "googlestatus", "jetstream", "github", "hackernews", "reddit", "bluesky", "x",
    "arcticshift",
)  # fmt: skip
"""Sources that `pull` asks when live reading is on, in this order."""

SAMPLE = ("sample",)
"""What `pull` asks when it is not."""


def register() -> dict[str, Source]:
    """Import every source by name."""
    return {name: open_source(name) for name in (*LIVE, *SAMPLE)}


def open_source(name: str) -> Source:
    """Import one source: its client library is loaded only where it is read."""
    return cast("Source", import_module(f"ingest.sources.{name}"))
