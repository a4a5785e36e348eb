"""Official pages run on Atlassian Statuspage: what the page shows now, and every incident it ever published.

One poll reads the summary and the latest 50 incidents; where more is wanted the history pages name the older ones,
and each is read by its id. How the page is asked stands in `officialpage`.
"""

import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, get_args

import msgspec

from ingest.errors import Truncated, UnexpectedShape
from ingest.hostile import one_line, plain
from ingest.records import ComponentChange, Fact, Incident, IncidentUpdate, Window
from ingest.settings import Settings
from ingest.sources import About, Estimate, Memory, Page, Reading, Target
from ingest.sources.officialpage import UNREADABLE, Client, ask_each, connect, targets_of, translate
from ingest.sources.pagestate import Named, instant, page_state, poll, vouched_from

__all__ = ["ABOUT", "NAME", "PLATFORM", "connect", "estimate", "fetch", "parse", "targets", "translate"]

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
"""How many incidents incidents.json holds (official-status, section 1); `?page=2` is silently ignored."""

MOST_HISTORY_PAGES = 80
"""Three months a page: twenty years. A server that pages for ever ends here."""

SHOWN_TOO_LATE = timedelta(days=2)
"""How much later than it was published an incident may be shown to begin: the page's zone, and edits by hand."""

_Month = Literal["January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
                 "November", "December"]  # fmt: skip
_MONTHS: tuple[str, ...] = get_args(_Month)
_SHORT = {name[:3]: number for number, name in enumerate(_MONTHS, 1)}
_TAG = re.compile("<[^<>]*>")
_SHOWN = re.compile(r"\s*([A-Z][a-z]{2})\s+(\d{1,2}),\s*(\d{2}):(\d{2})\b")


def targets(settings: Settings) -> list[Target]:
    """Name the pages of the watched services that are of this type."""
    return targets_of(NAME, settings)


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
        shown = poll(client, target, memory.answers)
    except UNREADABLE as error:
        yield Page(({"kind": "unreadable"},), None, requests=2, problem=translate(error, target))
        return
    # A page that lists fewer than 50 has no more.
    full = len(shown.latest) >= LATEST
    known_from = (vouched_from(shown.latest) or sent) if full else wanted.start
    covered = Window(known_from, sent) if known_from < sent else None
    yield Page(shown.items, covered, remember=shown.remember, requests=2)
    if known_from > wanted.start:
        yield from _history(client, target, Window(wanted.start, min(wanted.end, sent)))


class _Filed(msgspec.Struct):
    code: Annotated[str, msgspec.Meta(pattern="^[0-9a-z]{1,40}$")]  # it becomes part of an address
    timestamp: str = ""


class _Filing(msgspec.Struct):
    name: _Month
    year: Annotated[int, msgspec.Meta(ge=2000, le=9000)]
    incidents: list[_Filed] = []

    @property
    def start(self) -> datetime:
        return datetime(self.year, _MONTHS.index(self.name) + 1, 1, tzinfo=UTC)


class _History(msgspec.Struct):
    months: list[_Filing]


def _history(client: Client, target: Target, wanted: Window) -> Iterator[Page]:
    """Read the history, newest quarter first; each page covers its months once all of its incidents are read.

    Incidents are filed under the month in which they ended, so one that began in a month stands on its page or on a
    newer one. Of a page, those are read that may have begun before `wanted` ends.
    """
    addresses = client.urls[target.service or ""]
    reached: datetime | None = None
    for number in range(1, MOST_HISTORY_PAGES + 1):
        time.sleep(client.pause)
        answer = ask_each(client, addresses, f"/history.json?page={number}", {}, _History)
        months = msgspec.convert(answer.payload, _History).months
        if not months:
            yield _past_the_end(target, wanted, number)
            return
        oldest = min(month.start for month in months)
        if reached is not None and oldest >= reached:
            yield Page((), None, problem=Truncated(f"{target.name}: the history repeats itself at page {number}"))
            return
        reached = oldest
        details = []
        for filed in [filed for month in months for filed in month.incidents if _may_begin(filed, month, wanted)]:
            time.sleep(client.pause)
            detail = ask_each(client, addresses, f"/api/v2/incidents/{filed.code}.json", {}, dict[str, Any])
            details.append({"kind": "incident", "payload": detail.payload.get("incident")})
        covered = Window(reached, wanted.end) if reached < wanted.end else None
        yield Page(tuple(details), covered, requests=1 + len(details))
        if reached <= wanted.start:
            return
    yield Page((), None, problem=Truncated(f"{target.name}: the history has more than {MOST_HISTORY_PAGES} pages"))


def _past_the_end(target: Target, wanted: Window, number: int) -> Page:
    """Past the first month that the page has there is nothing older; a history without any month is no history."""
    if number > 1:
        return Page((), wanted)
    said = f"{target.name}: the history names no month though the page has incidents; the next run asks again"
    return Page((), None, problem=UnexpectedShape(said))


def _may_begin(filed: _Filed, month: _Filing, wanted: Window) -> bool:
    """Say whether an incident may have been published before `wanted` ends, by the beginning that is shown.

    What is shown bears tags and no year: the heading's, or the year before it where the month comes later in the year.
    """
    shown = _SHOWN.match(_TAG.sub("", filed.timestamp))
    number = _SHORT.get(shown[1]) if shown else None
    if shown is None or number is None:
        return True
    year = month.year - (number > month.start.month)
    try:
        begins = datetime(year, number, int(shown[2]), int(shown[3]), int(shown[4]), tzinfo=UTC)
    except ValueError:
        return True
    return begins < wanted.end + SHOWN_TOO_LATE


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
    components: list[Named] | None = None


def parse(raw: dict[str, Any], reading: Reading) -> Fact | None:
    """Read a summary as a page state, an incident as an incident. Raises ValueError for another shape."""
    return _incident(raw["payload"], reading) if raw["kind"] == "incident" else page_state(raw, reading)


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
        started_at=instant(said.started_at) if said.started_at else None,
        created_at=instant(said.created_at),
        resolved_at=instant(said.resolved_at) if said.resolved_at else None,
        components=tuple(plain(component.name) for component in said.components or ()),
        updates=tuple(_update(update) for update in said.incident_updates),
        seen_at=reading.seen_at,
    )


def _update(said: _Update) -> IncidentUpdate:
    return IncidentUpdate(
        status=plain(said.status),
        created_at=instant(said.created_at),
        display_at=instant(said.display_at or said.created_at),
        body=plain(said.body or ""),
        components=tuple(
            ComponentChange(plain(change.name), _plain(change.old_status), _plain(change.new_status))
            for change in said.affected_components or ()
        ),
        update_id=plain(said.id),
    )


def _plain(text: str | None) -> str | None:
    return None if text is None else plain(text)
