"""Official pages run on incident.io, as OpenAI's: what the page shows now, its latest incidents, and older ones.

It imitates Statuspage's API in part (official-status, section 3): 25 latest incidents to the second, without components
and without a start; no history, no incident by its id; unresolved.json is not there. Older ones come from the feed
that the page itself is drawn from (`native`), which nobody promised.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from ingest.records import Fact, Window
from ingest.settings import Settings
from ingest.sources import About, Estimate, Memory, Page, Reading, Target
from ingest.sources.incidentio import native
from ingest.sources.incidentio.shape import read_incident
from ingest.sources.officialpage import UNREADABLE, Client, connect, targets_of, translate
from ingest.sources.pagestate import page_state, poll, published, vouched_from

__all__ = ["ABOUT", "NAME", "PLATFORM", "connect", "estimate", "fetch", "parse", "targets", "translate"]

NAME = "incidentio"
PLATFORM = "status"

ABOUT = About(
    needs=(),
    reach=None,
    reach_said="the latest 25 incidents, about four weeks; older ones by a feed that nobody promised",
    cost="free",
    without="when OpenAI's official page spoke",
)


def targets(settings: Settings) -> list[Target]:
    """Name the pages of the watched services that are of this type."""
    return targets_of(NAME, settings)


def estimate(settings: Settings, target: Target, wanted: Window) -> Estimate:  # noqa: ARG001
    """Two requests, and one for each month where more is wanted than the latest 25 reach back to."""
    months = (wanted.end - wanted.start) / native.SPAN
    return Estimate(2) if months < 1 else Estimate(3 + round(months), said="one request a month")


def fetch(
    client: Client, target: Target, wanted: Window, now: Callable[[], datetime], memory: Memory
) -> Iterator[Page]:
    """Poll the page, then ask the native feed for what `wanted` reaches further back.

    The latest are taken to be everything back to the last word of the one silent longest, and no further, however few
    they are: how many the page lists is not documented. A page that cannot be read is recorded as unreadable.
    """
    sent = now()
    # Caught here, since that the page could not be read is itself a fact about the page.
    try:
        shown = poll(client, target, memory.answers)
    except UNREADABLE as error:
        yield Page(({"kind": "unreadable"},), None, requests=2, problem=translate(error, target))
        return
    known_from = vouched_from(shown.latest) or sent
    covered = Window(known_from, sent) if known_from < sent else None
    yield Page(shown.items, covered, remember=shown.remember, requests=2)
    older = min(wanted.end, known_from, sent)
    if older > wanted.start:
        yield from native.older(client, target, Window(wanted.start, older), published(shown.latest))


def parse(raw: dict[str, Any], reading: Reading) -> Fact | None:
    """Read a summary as a page state, an incident as an incident. Raises ValueError for another shape."""
    if raw["kind"] == "incident":
        return read_incident(raw["payload"], reading)
    return native.read_incident(raw, reading) if raw["kind"] == "native" else page_state(raw, reading)
