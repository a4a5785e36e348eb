"""What one incident of the official record says against itself: one small rule each, whose docstring is its text. Pure.

A rule takes an incident, read once, and yields (instant, sentence) for each thing it finds. None knows of complaints.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import msgspec

from detect.official.declared import PLANNED, DeclaredWindow, fold, stated
from detect.official.incidents import BACKDATED, STAMPS, nature_of, sure
from ingest.official import Incident, IncidentUpdate
from ingest.times import minutes


class Sheet(msgspec.Struct, frozen=True):
    """An incident read once for all rules: its messages by creation, its windows, all it states of time, what it is."""

    incident: Incident
    said: tuple[IncidentUpdate, ...]
    windows: tuple[DeclaredWindow, ...]
    stated: tuple[DeclaredWindow, ...]
    nature: str

    @property
    def first_at(self) -> datetime:
        """When the page first spoke of it; of one without a message, when it says that it was created."""
        return self.said[0].created_at if self.said else self.incident.created_at


Found = Iterator[tuple[datetime, str]]
Check = Callable[[Sheet], Found]

STATUSES = ("investigating", "identified", "monitoring", "resolved", "postmortem", *PLANNED)
"""What a page says of an incident: Statuspage's words, incident.io's are the same; Google's are translated."""

IMPACTS = ("none", "minor", "major", "critical", "maintenance")

OVER = ("resolved", "postmortem", "completed")

UP = "operational"

MANY = 100
"""Messages of one incident that are too many to be a person's: the most in three years of the record are 18."""

NOTABLE = timedelta(minutes=5)
"""The shortest declared window that impact "none" does not fit."""


def retroactive(sheet: Sheet) -> Found:
    """Its first message came when it was over: the message says so, or its prose declares an end before it."""
    if not sheet.said:
        return
    first, windows = sheet.said[0], sure(sheet.windows)
    ended = [window.end for window in windows if window.end and window.end <= first.created_at]
    if first.status in OVER or (ended and len(ended) == len([window for window in windows if window.end])):
        starts = [window.start for window in windows if window.start]
        told = f", {_lasted(first.created_at - max(ended))} after the end it declares" if ended else ""
        told += f" and {_lasted(first.created_at - min(starts))} after the begin" if starts and ended else ""
        yield first.created_at, f"first message {first.status}{told}"


def backdated(sheet: Sheet) -> Found:
    """Its stamps say that it was created more than a minute before its first message was."""
    if sheet.said and sheet.said[0].created_at - sheet.incident.created_at > BACKDATED:
        early = sheet.said[0].created_at - sheet.incident.created_at
        doubt = ", more than can be believed" if early > STAMPS else ""
        yield sheet.said[0].created_at, f"created_at is {_lasted(early)} before the first message{doubt}"


def negative_duration(sheet: Sheet) -> Found:
    """It is resolved before it started, or before it was created."""
    resolved = sheet.incident.resolved_at
    for name, begun in (("started_at", sheet.incident.started_at), ("created_at", sheet.incident.created_at)):
        if resolved and begun and resolved < begun:
            yield resolved, f"resolved {_lasted(begun - resolved)} before its {name}"


def impact_none(sheet: Sheet) -> Found:
    """Its impact is "none", and its prose declares a failure of five minutes or more, or a component was not up."""
    if sheet.incident.impact != "none" or sheet.nature != "outage":
        return
    for window in sheet.windows:
        if window.start and window.end and window.end - window.start >= NOTABLE:
            lasted = f"declares {_lasted(window.end - window.start)} of failure ({window.confidence} confidence)"
            yield window.said_at, lasted
    down = sorted(
        {change.name for update in sheet.said for change in update.components if change.new not in (UP, None)}
    )
    if down:
        yield sheet.said[0].created_at, f"not operational by its own messages: {', '.join(down)}"


def harmless_impact(sheet: Sheet) -> Found:
    """Its impact is "none" or "minor", and one of its messages says major_outage of a component."""
    if sheet.incident.impact in ("none", "minor"):
        for update in sheet.said:
            down = sorted(change.name for change in update.components if change.new == "major_outage")
            if down:
                yield update.created_at, f"impact {sheet.incident.impact} with major_outage of {', '.join(down)}"
                return


def opened_late(sheet: Sheet) -> Found:
    """Its first message is neither "investigating" nor the last one: the page began in the middle."""
    if sheet.said and sheet.said[0].status in ("identified", "monitoring"):
        yield sheet.said[0].created_at, f"opened as {sheet.said[0].status}"


def harmless_first_word(sheet: Sheet) -> Found:
    """Its first message names components and calls all of them operational, and a later one does not."""
    if not sheet.said or not sheet.said[0].components or any(change.new != UP for change in sheet.said[0].components):
        return
    for update in sheet.said[1:]:
        if any(change.new not in (UP, None) for change in update.components):
            yield update.created_at, f"shown as failing {_lasted(update.created_at - sheet.said[0].created_at)} later"
            return


def components_emptied(sheet: Sheet) -> Found:
    """Its list of components is empty, and its messages name some."""
    named = sorted({change.name for update in sheet.incident.updates for change in update.components})
    if named and not sheet.incident.components:
        yield sheet.said[-1].created_at, f"its messages name {', '.join(named)}"


def component_dropped(sheet: Sheet) -> Found:
    """A component's last word in it is not "operational", although the incident is over: it was dropped on the way."""
    if sheet.incident.resolved_at is None:
        return
    last: dict[str, tuple[datetime, str | None]] = {}
    for update in sheet.said:
        for change in update.components:
            last[change.name] = (update.created_at, change.new)
    for name, (at, state) in sorted(last.items()):
        if state not in (UP, None) and name not in sheet.incident.components:
            yield at, f"{name} stays {state} for ever"


def zone_slip(sheet: Sheet) -> Found:
    """Its prose gives a time in two zones that disagree, names one zone twice, or states a time after its message."""
    for window in sheet.stated:
        for doubt in window.doubts:
            if doubt.startswith(("its zones", "it names one zone", "it lies after")):
                yield window.said_at, f"{doubt}: {_readings(window)}"


def doubtful_prose(sheet: Sheet) -> Found:
    """Its prose states a time without a zone, in winter time in summer, on a far date, or an end before its begin."""
    for window in sheet.stated:
        for doubt in window.doubts:
            if doubt.startswith(("no zone", "winter time", "its date", "it ends before")):
                yield window.said_at, f"{doubt}: {_readings(window)}"


def shown_before_said(sheet: Sheet) -> Found:
    """A message in its middle is shown more than a minute before it was written."""
    for update in sheet.said[1:]:
        if update.created_at - update.display_at > BACKDATED:
            yield update.created_at, f"{update.status}, shown {_lasted(update.created_at - update.display_at)} earlier"


def no_outage(sheet: Sheet) -> Found:
    """It is no failure of the service: maintenance, a deliberate suspension, or a release of a client."""
    if sheet.nature != "outage":
        yield sheet.first_at, sheet.nature


def unknown_word(sheet: Sheet) -> Found:
    """Its impact, or the status of one of its messages, is a word that no known page uses."""
    if sheet.incident.impact not in IMPACTS:
        yield sheet.first_at, f"impact {sheet.incident.impact}"
    for update in sheet.said:
        if update.status not in STATUSES:
            yield update.created_at, f"status {update.status}"


def no_messages(sheet: Sheet) -> Found:
    """It has no message at all: when the page first spoke of it is not known."""
    if not sheet.incident.updates:
        yield sheet.incident.created_at, "no message"


def too_many_messages(sheet: Sheet) -> Found:
    """It has a hundred messages or more."""
    if len(sheet.incident.updates) >= MANY:
        yield sheet.first_at, f"{len(sheet.incident.updates):,} messages"


CHECKS: tuple[Check, ...] = (
    retroactive, backdated, negative_duration, impact_none, harmless_impact, opened_late, harmless_first_word,
    components_emptied, component_dropped, zone_slip, doubtful_prose, shown_before_said, no_outage, unknown_word,
    no_messages, too_many_messages,
)  # fmt: skip
"""The rules, in the order in which findings are listed."""


def sheet_of(incident: Incident) -> Sheet:
    """Read an incident once."""
    said = tuple(sorted(incident.updates, key=lambda update: update.created_at))
    statements = stated(said)
    return Sheet(
        incident, said, tuple(fold(statements)), tuple(one.window for one in statements),
        nature_of(incident.name, incident.impact, [(update.status, update.body) for update in said]),
    )  # fmt: skip


def _readings(window: DeclaredWindow) -> str:
    """Say the readings of a stated time, in UTC: the one taken first."""
    spans = [(window.start, window.end)]
    if window.contradictory:
        spans.append((window.other_start or window.start, window.other_end or window.end))
    return " or ".join("–".join(f"{at:%Y-%m-%d %H:%M}" for at in span if at) for span in spans) + " UTC"


def _lasted(span: timedelta) -> str:
    """Say how long: in seconds below two minutes, in minutes below two hours, in hours below two days, else in days."""
    whole = minutes(span)
    if whole < 2:
        return f"{span.total_seconds():.0f} s"
    if whole < 120:
        return f"{whole:.0f} min"
    return f"{whole / 60:.1f} h" if whole < 48 * 60 else f"{whole / 1440:.1f} days"
