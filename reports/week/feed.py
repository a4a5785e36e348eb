"""The outages of a service as an Atom feed, the newest first (RFC 4287)."""

from collections.abc import Sequence
from datetime import datetime
from xml.etree import ElementTree as ET

import duckdb
import msgspec

from ingest.saying import count
from reports.reading import label, records, require_judged
from reports.week.calendar import monday, named
from reports.wording import apart, lag, listed, span

ENTRIES = 50

_LATEST = """
SELECT
    episode_id, onset_at, alarm_at, ended_at, peak_people, peak_expected, verdict, first_published_at,
    acknowledgement_lag_min, symptoms, surfaces
FROM episodes WHERE service = $service ORDER BY onset_at DESC, episode_id LIMIT $most
"""


class Entry(msgspec.Struct, frozen=True):
    """One outage as a feed tells it."""

    episode_id: str
    onset_at: datetime
    alarm_at: datetime
    ended_at: datetime | None
    peak_people: int
    peak_expected: float
    verdict: str
    first_published_at: datetime | None
    acknowledgement_lag_min: float | None
    symptoms: tuple[str, ...]
    surfaces: tuple[str, ...]

    @property
    def updated(self) -> datetime:
        """When something last happened in it."""
        return max(at for at in (self.alarm_at, self.ended_at, self.first_published_at) if at)


def load(connection: duckdb.DuckDBPyConnection, service: str, title: str) -> bytes:
    """Write the feed of a service's latest outages."""
    as_of = require_judged(connection)["as_of"]
    found = [Entry(**each) for each in records(connection, _LATEST, {"service": service, "most": ENTRIES})]
    return write(service, title, found, as_of, label(connection))


def write(service: str, title: str, entries: Sequence[Entry], as_of: datetime, marked: str | None) -> bytes:
    """Write the feed; whatever stands in a text, it is a text."""
    feed = ET.Element("feed", xmlns="http://www.w3.org/2005/Atom")
    _add(feed, "id", f"tag:is-claude-down,2026:{service}")
    _add(feed, "title", f"Outages of {title}")
    if marked:
        _add(feed, "subtitle", marked)
    _add(feed, "updated", _stamp(max((entry.updated for entry in entries), default=as_of)))
    _add(ET.SubElement(feed, "author"), "name", "Is Claude Down?")
    ET.SubElement(feed, "link", rel="self", href=f"{service}.atom")
    ET.SubElement(feed, "link", rel="alternate", type="text/html", href="index.html")
    for entry in entries:
        element = ET.SubElement(feed, "entry")
        _add(element, "id", f"tag:is-claude-down,2026:{service}/{entry.episode_id}")
        lasted = span(entry.ended_at - entry.onset_at) if entry.ended_at else "not over"
        _add(element, "title", f"{title}: {entry.onset_at:%a %d %b %Y, %H:%M} UTC, {lasted}, {entry.verdict}")
        _add(element, "updated", _stamp(entry.updated))
        _add(element, "published", _stamp(entry.alarm_at))
        ET.SubElement(element, "link", href=f"{service}-{named(monday(entry.onset_at))}.html")
        _add(element, "summary", _summary(entry, marked))
    ET.indent(feed, " ")
    written: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _summary(entry: Entry, marked: str | None) -> str:
    spoke = (
        ""
        if entry.acknowledgement_lag_min is None
        else f", page {lag(apart(entry.first_published_at, entry.onset_at))} from the onset"
    )
    said = (
        f"At its worst {count(entry.peak_people, 'person', 'people')} complained in five minutes, against "
        f"{entry.peak_expected:.1f} expected; they name {listed(entry.symptoms)} on {listed(entry.surfaces)}. "
        f"{entry.verdict}{spoke}."
    )
    return f"{said} {marked}" if marked else said


def _add(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, tag).text = text


def _stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
