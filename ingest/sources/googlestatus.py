"""Google's official pages: two feeds for all its products, of which the watched ones are kept.

Cloud's feed holds the Gemini API, Workspace's the Gemini app. Each is one array of the incidents of about the last
twelve months; both give Last-Modified and ignore If-Modified-Since, so a poll is a full read (official-status,
section 4). Products are told by their ids: titles are renamed. Google posts hardly anything: five incidents for all
of Cloud in January to August 2026. Peers' counts are not on one scale.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from ingest.errors import ConfigError, SourceError, Truncated
from ingest.hostile import one_line, plain
from ingest.records import Fact, Incident, IncidentUpdate, PageState, Window
from ingest.settings import Settings
from ingest.sources import About, CachedAnswer, Estimate, Memory, Page, Reading, Target, officialpage
from ingest.sources.officialpage import UNREADABLE, ask_each, targets_of, translate
from ingest.sources.pagestate import instant

__all__ = ["ABOUT", "NAME", "PLATFORM", "connect", "estimate", "fetch", "parse", "targets", "translate"]

NAME = "googlestatus"
PLATFORM = "status"

REACH = timedelta(days=335)
"""How far back a feed surely goes: it rolls over "about 12 months", so a month is left for the "about"."""

ABOUT = About(
    needs=(),
    reach=REACH,
    reach_said="about the last twelve months",
    cost="free",
    without="when Google's official pages spoke of Gemini, which is seldom",
)

IMPACTS = {"SERVICE_INFORMATION": "minor", "SERVICE_DISRUPTION": "major", "SERVICE_OUTAGE": "critical"}
"""Google's word for an incident, in the words of the other pages. Information is no "none": so was called the one
incident of 2026 in which Gemini's API answered with errors (41E5S3mkTGDfkZuJZH5k)."""

_BY_SEVERITY = {"low": "minor", "medium": "major", "high": "critical"}  # moves with the word, 1:1 in 969 of 969
_RANKS = ("none", "minor", "major", "critical")


class Client(officialpage.Client, kw_only=True):
    """Beside the HTTP client: each service's feeds, all to be read, as addresses to try in turn; its products' ids."""

    feeds: dict[str, tuple[tuple[str, ...], ...]]
    products: dict[str, frozenset[str]]


def connect(settings: Settings) -> Client:
    """Make the client. It needs no key."""
    common = officialpage.connect(settings)
    feeds, products = {}, {}
    for name, service in settings.watchlist.services.items():
        second = settings.workspace_url(service)
        feeds[name] = tuple(feed for feed in (common.urls[name], (second,) if second else ()) if feed)
        products[name] = frozenset(service.status_page.products if service.status_page else ())
    return Client(common.http, common.urls, common.seconds, common.pause, feeds=feeds, products=products)


def targets(settings: Settings) -> list[Target]:
    """Name the pages of the watched services that are of this type. Raises ConfigError for one without products."""
    found = targets_of(NAME, settings)
    for service in [settings.watchlist.services[target.service or ""] for target in found]:
        if not (service.status_page and service.status_page.products):
            raise ConfigError(
                f"watchlist: [{service.name}.status_page] names no products, so nothing would be kept; "
                "add their ids as in ingest/watchlist.toml"
            )
    return found


def estimate(settings: Settings, target: Target, wanted: Window) -> Estimate:  # noqa: ARG001
    """One request a feed, whatever is wanted."""
    return Estimate(2, said="some hundred kB a feed")


def fetch(
    client: Client, target: Target, wanted: Window, now: Callable[[], datetime], memory: Memory
) -> Iterator[Page]:
    """Read every feed. Only all of them together cover anything; what one of them says is kept in any case."""
    sent = now()
    service = target.service or ""
    found: dict[str, dict[str, Any]] = {}
    remember: tuple[CachedAnswer, ...] = ()
    problem: SourceError | None = None
    for addresses in client.feeds[service]:
        # Caught here, since that the page could not be read is itself a fact about the page.
        try:
            answer = ask_each(client, addresses, "", memory.answers, list[Any])
            watched = _watched(answer.payload, client.products[service])
        except UNREADABLE as error:
            problem = problem or translate(error, target)
            continue
        remember += answer.remember
        found = watched | found  # an incident of both feeds is the first one's
    shown = {"kind": "unreadable"} if problem else {"kind": "state", "payload": list(found.values())}
    known_from = max(wanted.start, sent - REACH)
    covered = Window(known_from, sent) if known_from < sent and not problem else None
    requests = len(client.feeds[service])
    yield Page((shown, *found.values()), covered, remember=remember, requests=requests, problem=problem)
    if known_from > wanted.start and not problem:
        said = f"{target.name}: the feeds go back about twelve months; what is older is gone from them"
        yield Page((), None, requests=0, problem=Truncated(said))


class _Product(msgspec.Struct):
    id: str
    title: str = ""


class _Listed(msgspec.Struct):
    id: str
    affected_products: list[_Product] | None = None
    currently_affected_products: list[_Product] | None = None

    @property
    def products(self) -> dict[str, _Product]:
        both = (*(self.affected_products or ()), *(self.currently_affected_products or ()))
        return {product.id: product for product in reversed(both)}


def _watched(feed: list[Any], products: frozenset[str]) -> dict[str, dict[str, Any]]:
    """Keep the incidents of the watched products, by id, and those whose products cannot be read: they are rejected.

    Raises msgspec.ValidationError where that is most of the feed: a changed format must not look like calm.
    """
    kept: dict[str, dict[str, Any]] = {}
    nameless = 0
    for number, one in enumerate(feed):
        try:
            listed = msgspec.convert(one, _Listed)
        except msgspec.ValidationError:
            nameless += 1
            kept[f"unreadable {number}"] = {"kind": "incident", "payload": one, "products": []}
            continue
        nameless += not listed.products
        if ids := sorted(products & listed.products.keys()):
            kept[listed.id] = {"kind": "incident", "payload": one, "products": ids}
    if 2 * nameless > len(feed):
        raise msgspec.ValidationError(f"{nameless} of {len(feed)} incidents name no product")
    return kept


class _Update(msgspec.Struct):
    created: str
    status: str
    when: str | None = None
    text: str | None = None


class _Incident(_Listed, kw_only=True):
    begin: str
    created: str
    updates: list[_Update]
    end: str | None = None
    external_desc: str | None = None


def parse(raw: dict[str, Any], reading: Reading) -> Fact | None:
    """Read an incident, or what the feeds show together as a page state. Raises ValueError for another shape."""
    if raw["kind"] == "incident":
        return _incident(raw, reading)
    return _page_state(raw, reading)


def _page_state(raw: Mapping[str, Any], reading: Reading) -> PageState:
    """Derive what a page would show: the feeds state no indicator, and say nothing of a product that is well.

    None where no incident of a watched product is open, else the worst impact of those that are.
    """
    service = reading.target.service or ""
    if raw["kind"] == "unreadable":
        return PageState(service, reading.seen_at, None)
    unresolved = [
        _impact(one["payload"]) for one in raw["payload"] if one["products"] and not one["payload"].get("end")
    ]
    worst = max(unresolved, key=_RANKS.index, default="none")
    said = "derived from the incidents that are open"
    return PageState(service, reading.seen_at, worst, description=said, unresolved=len(unresolved))


def _impact(said: Mapping[str, Any]) -> str:
    """Say how bad it is. A word that is not known counts as minor: that it was published is certain."""
    word, severity = (str(said.get(name)) for name in ("status_impact", "severity"))
    return IMPACTS.get(word) or _BY_SEVERITY.get(severity, "minor")


def _incident(raw: Mapping[str, Any], reading: Reading) -> Incident:
    said = msgspec.convert(raw["payload"], _Incident)
    if not said.updates:
        raise ValueError(f"incident {one_line(said.id, 40)} has no message")
    titles = tuple(one_line(said.products[number].title or number) for number in raw["products"])
    lines = [line for line in (said.external_desc or "").splitlines() if line.strip()]
    return Incident(
        service=reading.target.service or "",
        incident_id=plain(said.id),
        name=one_line(lines[0] if lines else ", ".join(titles), 200),
        impact=_impact(raw["payload"]),
        status="resolved" if said.end else "investigating",
        started_at=instant(said.begin),
        created_at=instant(said.created),
        resolved_at=instant(said.end) if said.end else None,
        components=titles,
        updates=tuple(
            IncidentUpdate(
                status="resolved" if update.status == "AVAILABLE" else "investigating",
                created_at=instant(update.created),
                display_at=instant(update.when or update.created),
                body=plain(update.text or ""),
            )
            for update in said.updates
        ),
        seen_at=reading.seen_at,
    )
