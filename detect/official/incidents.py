"""An official incident as the matching rule sees it: what it is, when it lasted, what it names. Pure.

None of its stamps is trusted for more than it is: `created_at` and `display_at` are edited by hand, `started_at` is a
machine's and can lie after the end, the list of components is emptied later. What was never seen changed is when a
message was created: the earliest of them is when the page first spoke.
"""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from detect.official.declared import PLANNED, ROUNDING, DeclaredWindow, declared_windows
from ingest.official import Incident
from ingest.records import Window
from ingest.watchlist import Service

Nature = Literal["outage", "maintenance", "suspension", "client release"]
"""What an incident is. Only an outage can be felt as one; the others are announced, or lie in somebody's client."""

STAMPS = timedelta(days=1)
"""How long before its first message an incident's stamps can put its begin; what lies earlier is not believed."""

BACKDATED = timedelta(minutes=1)
"""From how far on a stamp before the first message was put there by hand; a machine's lie milliseconds before."""

_SUSPENSION = re.compile(r"\bsuspen", re.IGNORECASE)
# Three numbers with dots: no service of the record has such a version, every client has.
_RELEASE = re.compile(r"(?<![\w.])v?\d{1,3}\.\d{1,5}\.\d{1,7}(?![\w.]?\d)")
# Who cannot log in can reach nothing: such a title names no surface.
_LOGIN = re.compile(r"\blog[- ]?ins?\b|\blog(?:ging)?[- ]in\b|\bsign[- ]?ins?\b|\bauth", re.IGNORECASE)
_ALL_MODELS = re.compile(r"\b(?:all|multiple|many|several|most|some|across)\b[\w ]{0,20}\bmodels\b", re.IGNORECASE)


class OfficialIncident(msgspec.Struct, frozen=True):
    """What the rule needs to know of an incident. Instants are UTC.

    `spoke_at` are the creations of its messages, oldest first; `declared` the windows that its prose states. `surfaces`
    and `families` (of models) are those that title and messages name, empty where they name none; `nameable` are the
    surfaces that this page can name at all.
    """

    service: str
    incident_id: str
    name: str
    impact: str
    started_at: datetime | None
    created_at: datetime
    resolved_at: datetime | None
    first_published_at: datetime
    spoke_at: tuple[datetime, ...] = ()
    declared: tuple[DeclaredWindow, ...] = ()
    surfaces: frozenset[str] = frozenset()
    families: frozenset[str] = frozenset()
    nameable: frozenset[str] = frozenset()
    nature: Nature = "outage"

    @property
    def is_outage(self) -> bool:
        """Whether it is a failure of the service, and no announcement."""
        return self.nature == "outage"

    @property
    def declared_start(self) -> datetime | None:
        """When it began, as the prose states it without contradiction; None where it does not.

        A start later than the first message is that of a relapse: the page had spoken before.
        """
        known = self.first_published_at + ROUNDING
        return min(
            (window.start for window in sure(self.declared) if window.start and window.start <= known), default=None
        )


def read(incident: Incident, service: Service | None, as_of: datetime) -> OfficialIncident | None:
    """Read an incident as it was known at `as_of`; None where it had said nothing yet.

    `service` is its entry of the watchlist, None where it is not watched: then no surface and no model is known.
    """
    said = sorted((update for update in incident.updates if update.created_at <= as_of), key=lambda one: one.created_at)
    if not said:
        return None
    named = {change.name for update in said for change in update.components} | set(incident.components)
    return OfficialIncident(
        service=incident.service,
        incident_id=incident.incident_id,
        name=incident.name,
        impact=incident.impact,
        started_at=incident.started_at,
        created_at=incident.created_at,
        resolved_at=incident.resolved_at if incident.resolved_at and incident.resolved_at <= as_of else None,
        first_published_at=said[0].created_at,
        spoke_at=tuple(update.created_at for update in said),
        declared=tuple(declared_windows(said)),
        surfaces=surfaces_named(incident.name, named, service) if service else frozenset(),
        families=families_named(incident.name, service) if service else frozenset(),
        nameable=frozenset(name for name, surface in service.surfaces.items() if surface.components)
        if service
        else frozenset(),
        nature=nature_of(incident.name, incident.impact, ((update.status, update.body) for update in said)),
    )


class IncidentTimes(msgspec.Struct, frozen=True):
    """When an incident was, by each clock that tells of it; and what it is and names: all that the rule goes by.

    `published_start` and `published_end` are the span that its stamps allow; `declared_start` and `declared_end` what
    its prose states without contradiction, first and last; `first_seen_at` is ours, None from a file that does not say.
    """

    service: str
    incident_id: str
    nature: Nature
    first_published_at: datetime
    published_start: datetime
    published_end: datetime
    declared_start: datetime | None
    declared_end: datetime | None
    first_seen_at: datetime | None
    surfaces: tuple[str, ...]
    families: tuple[str, ...]


def times_of(incident: OfficialIncident, first_seen_at: datetime | None, as_of: datetime) -> IncidentTimes:
    """Lay out an incident's times; one that is not over ends at `as_of`."""
    span, known = published_span(incident, as_of), sure(incident.declared)
    return IncidentTimes(
        service=incident.service, incident_id=incident.incident_id, nature=incident.nature,
        first_published_at=incident.first_published_at, published_start=span.start, published_end=span.end,
        declared_start=min((window.start for window in known if window.start), default=None),
        declared_end=max((window.end for window in known if window.end), default=None),
        first_seen_at=first_seen_at, surfaces=tuple(sorted(incident.surfaces)),
        families=tuple(sorted(incident.families)),
    )  # fmt: skip


def nature_of(name: str, impact: str, said: Iterable[tuple[str, str]]) -> Nature:
    """Tell an outage from what is none, by title, impact, and the (status, text) of the messages."""
    messages = list(said)
    if impact == "maintenance" or any(status in PLANNED for status, _ in messages):
        return "maintenance"
    if _SUSPENSION.search(name):
        return "suspension"
    if _RELEASE.search(name) or any(_RELEASE.search(body) for _, body in messages):
        return "client release"
    return "outage"


def surfaces_named(title: str, components: Iterable[str], service: Service) -> frozenset[str]:
    """Name the surfaces that an incident is about, by its components and by the words of its title."""
    if _LOGIN.search(title):
        return frozenset()
    words = f" {re.sub(r'[^a-z0-9.]+', ' ', title.lower())} "
    by_title = {
        name
        for name, surface in service.surfaces.items()
        if any(f" {word.lower()} " in words for word in (name.replace("_", " "), *surface.words))
    }
    return frozenset(service.surfaces_of(tuple(components))) | by_title


def families_named(title: str, service: Service) -> frozenset[str]:
    """Name the families of models in a title; none where it speaks of many models."""
    if _ALL_MODELS.search(title):
        return frozenset()
    return frozenset(re.findall(r"[a-z]+", title.lower())) & service.model_families


def was_live(incident: OfficialIncident) -> bool:
    """Tell whether the page spoke while it still failed: more than once, and before every end that it declares."""
    ends = [window.end for window in sure(incident.declared) if window.end]
    return len(incident.spoke_at) > 1 and not any(end <= incident.first_published_at for end in ends)


def sure(declared: Iterable[DeclaredWindow]) -> list[DeclaredWindow]:
    """Keep the windows that can be gone by: stated without contradiction, and not after their own message."""
    return [window for window in declared if window.confidence != "low"]


def declared_spans(incident: OfficialIncident) -> list[Window]:
    """Give the windows of which begin and end are declared and can be gone by."""
    return [
        Window(window.start, window.end)
        for window in sure(incident.declared)
        if window.start and window.end and window.start < window.end
    ]


def published_span(incident: OfficialIncident, as_of: datetime) -> Window:
    """Say from when to when the incident lasted by the page's own stamps: the widest that can be believed.

    It begins with the first message, or with a stamp of up to a day before it; it ends where it was resolved, at
    `as_of` where it was not, and never before it begins.
    """
    first = incident.first_published_at
    stamps = [at for at in (incident.started_at, incident.created_at) if at and first - STAMPS <= at <= first]
    start = min([first, *stamps])
    # An incident written up afterwards is over at its one stamp, not at the message that reports it.
    end = incident.resolved_at or as_of
    return Window(start, max(end, start + timedelta(microseconds=1)))
