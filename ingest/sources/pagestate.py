"""What an official page shows now, as the v2 API of Statuspage and its imitations says it. Not a source."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

import msgspec

from ingest.hostile import plain
from ingest.records import PageState
from ingest.sources import CachedAnswer, Reading, Target
from ingest.sources.officialpage import Client, ask_each
from ingest.times import parse_instant

OVER = ("resolved", "postmortem", "completed")
"""Statuses of an incident that is closed."""


class Named(msgspec.Struct):
    """A component by name, with its status where one is said."""

    name: str
    status: str | None = None


class _Indicator(msgspec.Struct):
    indicator: str
    description: str | None = None


class _Summary(msgspec.Struct):
    status: _Indicator
    components: list[Named]
    incidents: list[dict[str, Any]] = []  # incident.io leaves the key out where none is open


class _Latest(msgspec.Struct):
    incidents: list[dict[str, Any]]


class Poll(msgspec.Struct, frozen=True):
    """What a page of the v2 API shows now: the raw items to parse, and the latest incidents among them."""

    items: tuple[dict[str, Any], ...]
    latest: list[dict[str, Any]]
    remember: tuple[CachedAnswer, ...]


def poll(client: Client, target: Target, cache: Mapping[str, CachedAnswer]) -> Poll:
    """Ask for the summary and the latest incidents, as Statuspage and its imitations have them: two requests.

    Raises one of `UNREADABLE`. Both are read, and what is open is counted over both: the indicator can say none while
    an incident is open, and either list can lack it.
    """
    addresses = client.urls[target.service or ""]
    summary = ask_each(client, addresses, "/api/v2/summary.json", cache, _Summary)
    latest = ask_each(client, addresses, "/api/v2/incidents.json", cache, _Latest)
    listed = [*latest.payload["incidents"], *summary.payload.get("incidents", ())]
    unresolved = {str(one.get("id")) for one in listed if one.get("status") not in OVER}
    shown = {"kind": "summary", "payload": summary.payload, "unresolved": len(unresolved)}
    items = (shown, *({"kind": "incident", "payload": one} for one in listed))
    return Poll(items, latest.payload["incidents"], (*summary.remember, *latest.remember))


def page_state(raw: Mapping[str, Any], reading: Reading) -> PageState:
    """Read a summary, or that there was none: an unreadable page is unknown, never operational."""
    service = reading.target.service or ""
    if raw["kind"] == "unreadable":
        return PageState(service, reading.seen_at, None)
    summary = msgspec.convert(raw["payload"], _Summary)
    return PageState(
        service=service,
        seen_at=reading.seen_at,
        indicator=plain(summary.status.indicator),
        description=plain(summary.status.description or ""),
        components=_by_name(summary.components),
        unresolved=raw.get("unresolved", len(summary.incidents)),
    )


def _by_name(components: Sequence[Named]) -> dict[str, str]:
    """Go by name, for ids come and go; of two of one name (OpenAI has two called Login) tell of the one not well."""
    shown: dict[str, str] = {}
    for component in components:
        name = plain(component.name)
        if shown.get(name, "operational") == "operational":
            shown[name] = plain(component.status or "")
    return shown


class _Said(msgspec.Struct):
    created_at: str


class _Spoken(msgspec.Struct):
    incident_updates: list[_Said]


class _Published(_Spoken):
    id: str


def published(latest: Sequence[Any]) -> dict[str, datetime]:
    """Say by id when each was first published: the earliest creation among its messages, where they can be read."""
    found = {}
    for incident in latest:
        with suppress(ValueError):
            said = msgspec.convert(incident, _Published)
            found[said.id] = min(instant(update.created_at) for update in said.incident_updates)
    return found


def vouched_from(latest: Sequence[Any]) -> datetime | None:
    """Say from when on a full list of the latest surely is everything the page published; None where it says nothing.

    Such lists are ordered by the last message, so whatever spoke after the one that has been silent longest is among
    them. `updated_at` is no witness (one bulk touch rewrote it everywhere); the last message's creation is.
    """
    spoken = []
    for incident in latest:
        with suppress(ValueError):
            updates = msgspec.convert(incident, _Spoken).incident_updates
            spoken.append(max(instant(update.created_at) for update in updates))
    return min(spoken, default=None)


def instant(text: str) -> datetime:
    """Read an instant as `parse_instant` does; one that no calendar in UTC holds is a ValueError too."""
    try:
        return parse_instant(text)
    except OverflowError:
        raise ValueError("a time is outside of the calendar") from None
