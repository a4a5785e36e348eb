"""Official pages run on Atlassian Statuspage: what the page shows now, and every incident it ever published.

One poll reads the summary and the latest 50 incidents; where more is wanted the history pages name the older ones,
and each is read by its id. Conditional requests, an honest name, and the second address where the first does not let
us in: the page has answered every client with a challenge for weeks (official-status, section 1).
"""

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import httpx
import msgspec

from ingest.errors import RateLimited, Refused, SourceError, Truncated, UnexpectedShape, Unreachable
from ingest.hostile import one_line, plain
from ingest.records import ComponentChange, Fact, Incident, IncidentUpdate, PageState, Window
from ingest.settings import Settings
from ingest.sources import About, CachedAnswer, Estimate, Memory, Page, Reading, Target
from ingest.times import parse_instant

NAME = "statuspage"
PLATFORM = "status"

ABOUT = About(
    needs=(),
    reach=None,
    reach_said="every incident since 2023",
    cost="free",
    without="when Claude's official page spoke: no lag, every episode's verdict unknown",
)

LATEST = 50
"""How many incidents incidents.json holds; `?page=2` is silently ignored."""

MOST_HISTORY_PAGES = 80
"""Three months a page: twenty years. A server that pages for ever ends here."""

_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip


class Client(msgspec.Struct):
    """The HTTP client with each service's addresses, first choice first, and the pause between details, in seconds."""

    http: httpx.Client
    urls: dict[str, tuple[str, ...]]
    pause: float


class Answer(msgspec.Struct, frozen=True):
    """One decoded answer, and what to remember of it for the next conditional request."""

    payload: dict[str, Any]
    remember: tuple[CachedAnswer, ...] = ()


def connect(settings: Settings) -> Client:
    """Make the client. It needs no key."""
    http = httpx.Client(
        headers={"User-Agent": settings.user_agent, "Accept": "application/json"},
        timeout=settings.timeout,
        follow_redirects=True,
    )
    urls = {name: settings.status_urls(service) for name, service in settings.watchlist.services.items()}
    return Client(http, urls, settings.number("ICD_STATUSPAGE_PAUSE_SECONDS", 1.0))


def targets(settings: Settings) -> list[Target]:
    """Name the pages of the watched services that are of this type."""
    return [
        Target(f"{name}/page", name, brings="incidents")
        for name, service in settings.watchlist.services.items()
        if service.status_page and service.status_page.type == NAME
    ]


def estimate(settings: Settings, target: Target, wanted: Window) -> Estimate:  # noqa: ARG001
    """Two requests, and the history where more is wanted than the latest 50 reach back to: about five weeks."""
    if wanted.end - wanted.start < timedelta(days=35):
        return Estimate(2)
    weeks = (wanted.end - wanted.start) / timedelta(days=7)
    return Estimate(2 + round(weeks * 11), said="one request an incident, one a second")


def fetch(
    client: Client, target: Target, wanted: Window, now: Callable[[], datetime], memory: Memory
) -> Iterator[Page]:
    """Poll the page, then go back through its history as far as `wanted` reaches.

    A page that cannot be read is recorded as unreadable: unknown, never operational.
    """
    sent = now()
    # The one exception caught in a source: that the page could not be read is itself a fact about the page.
    try:
        summary = _get(client, target, "/api/v2/summary.json", memory.answers)
        latest = _get(client, target, "/api/v2/incidents.json", memory.answers)
        listed = msgspec.convert(latest.payload.get("incidents"), list[dict[str, Any]])
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        yield Page(({"kind": "unreadable"},), None, requests=2, problem=translate(error, target))
        return
    items = [_item("summary", summary.payload)]
    items += [_item("incident", incident) for incident in [*listed, *_listed(summary.payload)]]
    known_from = _complete_from(listed, wanted)
    covered = Window(known_from, sent) if known_from < sent else None
    yield Page(tuple(items), covered, remember=(*summary.remember, *latest.remember), requests=2)
    if known_from > wanted.start:
        yield from _history(client, target, Window(wanted.start, min(wanted.end, sent)))


def _complete_from(listed: list[dict[str, Any]], wanted: Window) -> datetime:
    """Say from when on the latest 50 surely are everything the page published.

    They are ordered by last update, so whatever spoke after the one that has been silent longest is among them.
    `updated_at` is no witness (one bulk touch rewrote it everywhere); the last message's creation is. A page that
    lists fewer than 50 has no more.
    """
    if len(listed) < LATEST:
        return wanted.start
    spoken = [max(_instants(incident)) for incident in listed if _instants(incident)]
    return min(spoken, default=wanted.end)


def _instants(incident: dict[str, Any]) -> list[datetime]:
    said = [update.get("created_at") for update in incident.get("incident_updates") or ()]
    return [parse_instant(text) for text in said if isinstance(text, str)]


def _history(client: Client, target: Target, wanted: Window) -> Iterator[Page]:
    """Read the history, newest quarter first; each page covers its months once all of its incidents are read.

    Incidents are filed under the month in which they ended, so one that began in a month stands on its page or on a
    newer one, already read. Quarters that lie wholly after `wanted` are not read again.
    """
    reached: datetime | None = None
    for number in range(1, MOST_HISTORY_PAGES + 1):
        months = msgspec.convert(
            _get(client, target, f"/history.json?page={number}", {}).payload.get("months"), list[dict[str, Any]]
        )
        starts = [_month(month) for month in months]
        codes = [incident["code"] for month in months for incident in month.get("incidents") or ()]
        if not starts or (reached is not None and min(starts) >= reached):
            if not starts:  # past the first month that the page has: there is nothing older
                yield Page((), wanted)
            else:
                yield Page((), None, problem=Truncated(f"{target.name}: the history repeats itself at page {number}"))
            return
        reached = min(starts)
        if reached >= wanted.end:
            continue
        details = []
        for code in codes:
            time.sleep(client.pause)
            detail = _get(client, target, f"/api/v2/incidents/{code}.json", {}).payload
            details.append(_item("incident", detail.get("incident")))
        yield Page(tuple(details), Window(reached, wanted.end), requests=1 + len(codes))
        if reached <= wanted.start:
            return
    yield Page((), None, problem=Truncated(f"{target.name}: the history has more than {MOST_HISTORY_PAGES} pages"))


def _month(month: dict[str, Any]) -> datetime:
    return datetime(int(month["year"]), _MONTHS.index(str(month["name"])) + 1, 1, tzinfo=UTC)


def _get(client: Client, target: Target, path: str, cache: Mapping[str, CachedAnswer]) -> Answer:
    """Ask each address in turn; the last one's failure is the failure."""
    addresses = client.urls[target.service or ""]
    for url in addresses[:-1]:
        try:
            return _ask(client, url + path, cache)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError):
            continue
    return _ask(client, addresses[-1] + path, cache)


def _ask(client: Client, url: str, cache: Mapping[str, CachedAnswer]) -> Answer:
    known = cache.get(url)
    response = client.http.get(url, headers={"If-None-Match": known.etag} if known else {})
    if response.status_code == httpx.codes.NOT_MODIFIED and known:
        return Answer(msgspec.json.decode(known.body, type=dict[str, Any]))
    response.raise_for_status()
    payload = msgspec.json.decode(response.content, type=dict[str, Any])
    etag = response.headers.get("ETag")
    return Answer(payload, (CachedAnswer(url, etag, response.text),) if etag else ())


def _item(kind: str, payload: Any) -> dict[str, Any]:
    return {"kind": kind, "payload": payload}


def _listed(summary: dict[str, Any]) -> list[dict[str, Any]]:
    return [incident for incident in summary.get("incidents") or () if isinstance(incident, dict)]


class _Named(msgspec.Struct):
    name: str
    status: str | None = None


class _Indicator(msgspec.Struct):
    indicator: str
    description: str | None = None


class _Summary(msgspec.Struct):
    status: _Indicator
    components: list[_Named]
    incidents: list[dict[str, Any]]


class _Change(msgspec.Struct):
    name: str
    old_status: str | None = None
    new_status: str | None = None


class _Update(msgspec.Struct):
    id: str
    status: str
    created_at: str
    display_at: str | None = None
    body: str | None = None
    affected_components: list[_Change] | None = None


class _Incident(msgspec.Struct):
    id: str
    name: str
    impact: str
    status: str
    created_at: str
    incident_updates: list[_Update]
    started_at: str | None = None
    resolved_at: str | None = None
    components: list[_Named] | None = None


class _Parsed(Protocol):
    def __call__(self, payload: Any, reading: Reading) -> Fact: ...


def parse(raw: dict[str, Any], reading: Reading) -> Fact | None:
    """Read a summary as a page state, an incident as an incident. Raises ValueError for another shape."""
    if raw["kind"] == "unreadable":
        return PageState(reading.target.service or "", reading.seen_at, None)
    parsed: _Parsed = _page_state if raw["kind"] == "summary" else _incident
    return parsed(raw["payload"], reading)


def _page_state(payload: Any, reading: Reading) -> PageState:
    summary = msgspec.convert(payload, _Summary)
    # Both are read: the indicator can say none while an incident is open (quirk 16).
    return PageState(
        service=reading.target.service or "",
        seen_at=reading.seen_at,
        indicator=plain(summary.status.indicator),
        description=plain(summary.status.description or ""),
        components={plain(component.name): plain(component.status or "") for component in summary.components},
        unresolved=len(summary.incidents),
    )


def _incident(payload: Any, reading: Reading) -> Incident:
    said = msgspec.convert(payload, _Incident)
    if not said.incident_updates:
        raise ValueError(f"incident {one_line(said.id, 40)} has no message")
    return Incident(
        service=reading.target.service or "",
        incident_id=plain(said.id),
        name=plain(said.name),
        impact=plain(said.impact),
        status=plain(said.status),
        started_at=parse_instant(said.started_at) if said.started_at else None,
        created_at=parse_instant(said.created_at),
        resolved_at=parse_instant(said.resolved_at) if said.resolved_at else None,
        components=tuple(plain(component.name) for component in said.components or ()),
        updates=tuple(
            IncidentUpdate(
                status=plain(update.status),
                created_at=parse_instant(update.created_at),
                display_at=parse_instant(update.display_at or update.created_at),
                body=plain(update.body or ""),
                components=tuple(
                    ComponentChange(plain(change.name), change.old_status, change.new_status)
                    for change in update.affected_components or ()
                ),
                update_id=plain(update.id),
            )
            for update in said.incident_updates
        ),
        seen_at=reading.seen_at,
    )


def translate(error: Exception, target: Target) -> SourceError | None:
    """Say what an httpx exception or an unreadable answer means."""
    match error:
        case httpx.HTTPStatusError(response=response) if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
            wait = one_line(response.headers.get("Retry-After", "a few minutes"), 40)
            return RateLimited(f"{target.name}: the page asks us to slow down (wait: {wait}); poll it less often")
        case httpx.HTTPStatusError(response=response) if response.status_code in (401, 403, 405, 451):
            return Refused(
                f"{target.name}: no address of the page lets us in (HTTP {response.status_code}, likely a challenge); "
                "wait, or set another address in .env"
            )
        case httpx.HTTPStatusError(response=response):
            return Unreachable(f"{target.name}: the page answered HTTP {response.status_code}; the next run asks again")
        case httpx.TimeoutException():
            return Unreachable(f"{target.name}: the page did not answer in time; raise ICD_TIMEOUT_SECONDS or wait")
        case httpx.InvalidURL() | httpx.UnsupportedProtocol():
            return Refused(f"{target.name}: the page's address is no address; mend it in .env or in the watchlist")
        case httpx.HTTPError() | httpx.StreamError():
            what = type(error).__name__
            return Unreachable(f"{target.name}: the page cannot be reached ({what}); is the network up?")
        case ValueError() | KeyError() | TypeError():
            return UnexpectedShape(f"{target.name}: the answer is no Statuspage JSON ({one_line(str(error), 80)})")
        case _:
            return None
