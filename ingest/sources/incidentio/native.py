"""The feed that an incident.io page is drawn from: incidents of any age with their components, by spans of time.

Observed in public readers of OpenAI's page, promised by nobody. Where it is not there, or not as it was observed, the
reading ends where the latest incidents end.
"""

import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx
import msgspec

from ingest.errors import Truncated
from ingest.hostile import one_line, plain
from ingest.records import Incident, Window
from ingest.sources import Page, Reading, Target
from ingest.sources.incidentio.shape import message, minted_at, to_seconds
from ingest.sources.officialpage import Client, ask, ask_each
from ingest.sources.pagestate import OVER, instant

SPAN = timedelta(days=30)
"""What the native feed is asked for at once; it gives about three months at most."""

MOST_SPANS = 90
"""Seven years. OpenAI's page goes back to March 2021."""

SLACK = timedelta(days=1)
"""How far outside of the span that was asked for an incident may lie before the feed is seen to ignore it."""

IMPACTS = {"degraded_performance": "minor", "partial_outage": "major", "full_outage": "critical"}
"""The native feed states no impact, but the worst status of each component; so the v2 API's `impact` follows it."""

_RANKS = ("none", "minor", "major", "critical", "maintenance")


class _Components(msgspec.Struct):
    components: list["_Component"]


class _Component(msgspec.Struct):
    id: str
    name: str


class _Feed(msgspec.Struct):
    incidents: list[dict[str, Any]]


def older(client: Client, target: Target, wanted: Window, known: Mapping[str, datetime]) -> Iterator[Page]:
    """Ask the native feed, newest span first, for what lies before the latest incidents (`known`, first publications).

    The feed is held against the oldest of those first: one that answers nothing to everything would make years calm.
    """
    addresses = client.urls[target.service or ""]
    listed = ask_each(client, addresses, "/api/v2/components.json", {}, _Components).payload
    names = {one.id: one.name for one in msgspec.convert(listed, _Components).components}
    end = wanted.end
    witness = min(known, key=lambda one: known[one], default=None)
    at = known[witness] if witness else end
    found = _ask(client, addresses[0], Window(at - SLACK, at + SLACK))
    if witness is None or found is None or witness not in {one.get("id") for one in found}:
        yield _ends_at(target, end, "the feed for older ones is not there, or has changed")
        return
    for number in range(MOST_SPANS):
        span = Window(max(wanted.start, end - SPAN), end)
        found = _ask(client, addresses[0], span)
        if found is None:
            yield _ends_at(target, end, "the feed for older ones does not keep to what it is asked for")
            return
        items = ({"kind": "native", "payload": one, "names": names} for one in found if one.get("id") not in known)
        yield Page(tuple(items), span, requests=1 if number else 3)
        if span.start <= wanted.start:
            return
        end = span.start
    yield _ends_at(target, end, f"older ones were asked for in {MOST_SPANS} parts")


def _ask(client: Client, address: str, span: Window) -> list[dict[str, Any]] | None:
    """Ask for one span; None where the feed is not there, or not as it was observed. That is no failure of the page."""
    time.sleep(client.pause)
    asked = httpx.QueryParams(start_at=_written(span.start), end_at=_written(span.end))
    url = f"{address}/proxy/{httpx.URL(address).netloc.decode()}/incidents?{asked}"
    try:
        payload = ask(client, url, {}, _Feed).payload
    except httpx.HTTPStatusError as error:
        if error.response.status_code >= 500 or error.response.status_code == httpx.codes.TOO_MANY_REQUESTS:
            raise
        return None
    except msgspec.DecodeError:
        return None
    return payload["incidents"] if _keeps_to(payload, span) else None


def _written(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"


def _ends_at(target: Target, end: datetime, why: str) -> Page:
    said = f"{target.name}: incidents before {end:%Y-%m-%dT%H:%MZ} cannot be read ({why}); run it once every two weeks"
    return Page((), None, requests=0, problem=Truncated(said))


def _keeps_to(payload: Mapping[str, Any], span: Window) -> bool:
    """Say whether a feed's answer is all of the span: not one page of several, and not whatever it likes to give.

    A server that ignores a parameter gives the same for every span, and a quiet year would be made of that.
    """
    if any(payload.get(name) for name in ("next_cursor", "next_page", "has_more", "pagination", "pagination_meta")):
        return False
    return all(_lies_in(incident, span) for incident in payload["incidents"])


def _lies_in(incident: dict[str, Any], span: Window) -> bool:
    try:
        said = msgspec.convert(incident, _Native)
        shown = [said.published_at, *(update.published_at for update in said.updates)]
        impacts = [at for impact in said.component_impacts for at in (impact.start_at, impact.end_at) if at]
        times = [instant(at) for at in (*shown, *impacts)]
    except ValueError:
        return True  # it goes to the rejects
    ends = max(times) if said.status in OVER else span.end
    return min(times) < span.end + SLACK and ends >= span.start - SLACK


class _Posted(msgspec.Struct):
    id: str
    to_status: str
    published_at: str
    message_string: str | None = None


class _Affected(msgspec.Struct):
    component_id: str
    status: str


class _Impact(_Affected):
    start_at: str | None = None
    end_at: str | None = None


class _Native(msgspec.Struct):
    id: str
    name: str
    status: str
    published_at: str
    updates: list[_Posted]
    affected_components: list[_Affected] = []
    component_impacts: list[_Impact] = []
    type: str = "incident"


def read_incident(raw: Mapping[str, Any], reading: Reading) -> Incident:
    """Read one of the native feed, in the seconds of the v2 API: the same message is then one message."""
    said = msgspec.convert(raw["payload"], _Native)
    if not said.updates:
        raise ValueError(f"incident {one_line(said.id, 40)} has no message")
    # `published_at` is what the page shows, and can be backdated: a message is published when its id was minted.
    updates = tuple(
        message(post.id, post.to_status, None, post.published_at, post.message_string) for post in said.updates
    )
    resolved = [update.created_at for update in updates if update.status in OVER]
    touched = [*said.affected_components, *said.component_impacts]
    worst = max((IMPACTS.get(one.status, "none") for one in touched), key=_RANKS.index, default="none")
    affected = {one.component_id: raw["names"].get(one.component_id) for one in said.affected_components}
    return Incident(
        service=reading.target.service or "",
        incident_id=plain(said.id),
        name=plain(said.name),
        impact="maintenance" if said.type == "maintenance" else worst,
        status=plain(said.status),
        started_at=None,
        created_at=minted_at(said.id) or to_seconds(instant(said.published_at)),
        resolved_at=max(resolved) if resolved and said.status in OVER else None,
        components=tuple(plain(name) for name in affected.values() if name),
        updates=updates,
        seen_at=reading.seen_at,
    )
