"""What is written on X: how much, minute by minute, and a sample of the posts. Every request costs money.

Counts are the cheap signal and come first: $0.005 a request, however much it tells. Posts are $0.005 each, so the
sample takes only what an evenly spent budget leaves. Nothing is asked that could pass what the user allows.

Keys: ICD_X_BEARER_TOKEN, of an app with pay-per-use credits; ICD_X_USD_PER_DAY and ICD_X_USD_PER_MONTH.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from ingest.errors import ConfigError
from ingest.records import Window
from ingest.settings import Settings
from ingest.sources import About, Estimate, Memory, Page, Target
from ingest.sources.webclient import WebClient
from ingest.sources.x.counts import count
from ingest.sources.x.search import MOST_PAGES, PAGE_USD, sample
from ingest.sources.x.shape import NAME, PLATFORM, parse
from ingest.sources.x.spend import COUNTS_USD, DAY, MONTH, POST_USD, Purse
from ingest.sources.x.trouble import translate
from ingest.sources.x.wire import Client
from ingest.watchlist import Service

__all__ = ["ABOUT", "NAME", "PLATFORM", "connect", "estimate", "fetch", "parse", "targets", "translate"]

_RUN_USD = 6 * COUNTS_USD
"""What the counts of one run cost: two queries for each of the three services of the watchlist as it is."""

ABOUT = About(
    needs=("ICD_X_BEARER_TOKEN",),
    reach=timedelta(days=7),
    reach_said="seven days",
    cost=f"counts of three services: ${24 * _RUN_USD:.2f} a day run hourly (${24 * 31 * _RUN_USD:.0f} a month), "
    f"${24 * 12 * _RUN_USD:.2f} run every 5 minutes; the sample ${POST_USD} a post; never more than "
    "ICD_X_USD_PER_DAY (default $1) and ICD_X_USD_PER_MONTH (default $30): what they stop is asked once they allow it",
    without="how much is written on X, minute by minute, against which complaints are measured",
)

EVERY = timedelta(hours=1)
"""How often it is asked where it is followed: one request tells every minute, however many have passed."""

QUERY_LIMIT = 512
"""Characters of a query that X takes from those who pay per use."""

_COMPLAINTS, _EXPOSURE = "x_complaints", "x_exposure"


def connect(settings: Settings) -> Client:
    """Make the client, without a request. Raises MissingKey without a token, ConfigError where one cannot be sent."""
    token = settings.text("ICD_X_BEARER_TOKEN").strip()
    web = WebClient(settings, "ICD_X_URL", "https://api.x.com", "ICD_X_BEARER_TOKEN")
    queries = {target.name: _query(settings, target) for target in targets(settings)}
    return Client(web, token.encode(), Purse.of(settings), queries)


def targets(settings: Settings) -> list[Target]:
    """Name the counts of every service, and after all of them the samples. Raises ConfigError for too long a query."""
    services = settings.watchlist.services.values()
    found = [
        Target(f"{service.name}/{name}", service.name, brings="volumes")
        for service in services
        for name, queries in (("complaints", _COMPLAINTS), ("exposure", _EXPOSURE))
        if service.queries.get(queries)
    ]
    found += [
        Target(f"{service.name}/sample", service.name) for service in services if service.queries.get(_COMPLAINTS)
    ]
    for target in found:
        _query(settings, target)
    return found


def _query(settings: Settings, target: Target) -> str:
    service: Service = settings.watchlist.services[target.service or ""]
    name = _EXPOSURE if target.name.endswith("/exposure") else _COMPLAINTS
    queries = service.queries[name]
    query = queries[0] if len(queries) == 1 else " OR ".join(f"({one})" for one in queries)
    if len(query) > QUERY_LIMIT:
        raise ConfigError(
            f"watchlist: [{service.name}.queries] {name} is {len(query)} characters long; X takes {QUERY_LIMIT}"
        )
    return query


def estimate(settings: Settings, target: Target, wanted: Window) -> Estimate:  # noqa: ARG001
    """One request for counts; for a sample as many pages as one run reads, each full, and never beyond the caps."""
    allowed = min(settings.number(DAY, 1.0), settings.number(MONTH, 30.0))
    if target.brings == "volumes":
        return Estimate(1, min(COUNTS_USD, allowed), said="one request tells seven days")
    usd = min(MOST_PAGES * PAGE_USD, allowed)
    return Estimate(MOST_PAGES, usd, said="less where fewer posts are found; only what the counts leave of the budget")


def fetch(
    client: Client, target: Target, wanted: Window, now: Callable[[], datetime], memory: Memory
) -> Iterator[Page]:
    """Ask for counts or for a sample. Pages with a cost and without a request are reservations, or give one back."""
    client.purse.learn(memory, now())
    read = sample if target.brings == "posts" else count
    yield from read(client, target, wanted, now)
