"""A message: one line that a person understands at 3 a.m., and the same as plain fields for a program.

The line holds one foreign text, the title of an official incident: no markup, mention or link begins in it.
"""

import ipaddress
import re
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import msgspec

from ingest.hostile import one_line
from ingest.saying import count
from ingest.watchlist import Service
from reports.alerts.transitions import Transition
from reports.wording import apart, instant, lag, passed

VERSION = 1
"""Of the message's shape: raised where a field changes its meaning or goes; a new field raises nothing."""

GRAVEST = 3

_JOINER = "\u2060"
_MARKS = str.maketrans(
    {"<": "‹", ">": "›", "@": f"@{_JOINER}", "#": f"#{_JOINER}", "`": "'", "*": "∗", "_": f"_{_JOINER}"}
)
_LINK = re.compile(r"://|\]\(|\bwww\.", re.IGNORECASE)


class Incident(msgspec.Struct, frozen=True):
    """An official incident that the episode met."""

    incident_id: str
    title: str
    impact: str
    first_published_at: datetime | None


class Felt(msgspec.Struct, frozen=True, kw_only=True):
    """An episode as the judgement in force tells it; the fields are columns of the table `episodes`.

    `answer`, `reason`, `judged_until` and `page_until` are columns of `standing`, of the service as a whole; the first
    two are None where that does not rest on this episode. `page_surfaces` are the parts that the incidents it met
    are of; `mark` is what a person said of it.
    """

    episode_id: str
    service: str
    onset_at: datetime
    alarm_at: datetime
    ended_at: datetime | None
    settled: bool
    severity: int
    people: int
    peak_people: int
    peak_expected: float
    platforms: tuple[str, ...]
    symptoms: tuple[str, ...]
    surfaces: tuple[str, ...]
    models: tuple[str, ...]
    verdict: str
    first_published_at: datetime | None
    acknowledgement_lag_min: float | None
    answer: str | None
    reason: str | None
    page_until: datetime | None
    incidents: tuple[Incident, ...] = ()
    page_surfaces: tuple[str, ...] = ()
    mark: str | None = None


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent, version 1. To a webhook it goes as one JSON object with these fields; instants are UTC.

    `message_id` is the same where the same news comes twice. `text` is the whole line; `headline` its first part and
    `details` the rest. `transition` is opened, risen, page, ended, resumed, withdrawn or test. Of an episode that the
    judgement does not have any more (withdrawn) and of a test, what nobody can say is null or empty. `answer` is down
    or probably, as `reports now` says it, null where it says neither; lags are minutes, signed; `severity` is 1 to 3.
    `page_url` is the public status page. `label` says what is synthetic, null on live facts.
    """

    version: int = VERSION
    message_id: str
    transition: Transition
    text: str
    headline: str
    details: str
    service: str
    title: str
    episode_id: str | None
    onset_at: datetime | None = None
    alarm_at: datetime | None = None
    ended_at: datetime | None = None
    severity: int | None = None
    people: int | None = None
    peak_people: int | None = None
    peak_expected: float | None = None
    platforms: tuple[str, ...] = ()
    symptoms: tuple[str, ...] = ()
    surfaces: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    answer: str | None = None
    verdict: str | None = None
    first_published_at: datetime | None = None
    acknowledgement_lag_min: float | None = None
    incidents: tuple[Incident, ...] = ()
    page_until: datetime | None = None
    page_url: str | None = None
    as_of: datetime
    label: str | None = None


def compose(
    felt: Felt, transition: Transition, message_id: str, service: Service, *, as_of: datetime, label: str | None
) -> Message:
    """Write the message on one transition of an episode."""
    headline, details = _headline(felt, transition, service.title, as_of), _details(felt, transition, as_of)
    url = _public_page(service)
    if url and transition != "withdrawn":
        details = f"{details} {url}"
    shared = {name: getattr(felt, name) for name in Felt.__struct_fields__ if name in Message.__struct_fields__}
    return _written(headline, details, label, shared | {
        "message_id": message_id, "transition": transition, "title": service.title, "as_of": as_of, "page_url": url,
    })  # fmt: skip


def withdrawn(
    episode_id: str, service: Service, onset_at: datetime, message_id: str, *, as_of: datetime, label: str | None
) -> Message:
    """Take back what was told of an episode that the judgement does not have any more."""
    return _written(
        f"{service.title}: the alarm is withdrawn",
        f"with what is known now there was no outage from {_at(onset_at, as_of)} on.", label,
        {"message_id": message_id, "transition": "withdrawn", "service": service.name, "title": service.title,
         "episode_id": episode_id, "onset_at": onset_at, "as_of": as_of},
    )  # fmt: skip


def test(now: datetime) -> Message:
    """Write a message that says nothing but that it arrived."""
    return _written(
        "Is Claude Down: a test", "alerts arrive here; nothing is said about any service.", None,
        {"message_id": f"test/{now:%Y%m%dT%H%M%SZ}", "transition": "test", "service": "", "title": "",
         "episode_id": None, "as_of": now},
    )  # fmt: skip


def _written(headline: str, details: str, label: str | None, fields: dict[str, object]) -> Message:
    headline = f"[SAMPLE, synthetic] {headline}" if label else headline
    details = f"{details} [{fields['message_id']}]"
    return msgspec.convert(
        fields | {"headline": headline, "details": details, "text": f"{headline}: {details}", "label": label}, Message
    )


def _headline(felt: Felt, transition: Transition, title: str, as_of: datetime) -> str:
    since = f"since {_at(felt.onset_at, as_of)} ({passed(as_of, felt.onset_at)})"
    down = "is down" if felt.answer == "down" else "is probably down"
    match transition:
        case "opened":
            return f"{title} {down}, {since}"
        case "risen":
            return f"{title} {down}, {since}, and more people are hit"
        case "page":
            return f"{title}: the official page has spoken"
        case "ended" if felt.settled:
            return f"{title}: still as bad, but no longer unusual"
        case "ended":
            return f"{title}: the outage is over"
        case "resumed":
            return f"{title}: not over after all, it {down}"
        case _:
            return f"{title}: the alarm is withdrawn"


def _details(felt: Felt, transition: Transition, as_of: datetime) -> str:
    if transition == "withdrawn":
        return f"somebody marked it as no outage (it began at {_at(felt.onset_at, as_of)})."
    people = f"up to {count(felt.peak_people, 'person', 'people')} in 5 min, usually {felt.peak_expected:.1f}"
    if transition == "ended" and felt.ended_at is not None:
        from_to = f"from {_at(felt.onset_at, as_of)} to {_at(felt.ended_at, as_of)}"
        lasted = f"{from_to} ({passed(felt.ended_at, felt.onset_at)})"
        back = "" if felt.settled else "; complaints are back to the usual"
        return f"{lasted}, {people}{back}. Page: {_page(felt, as_of)}"
    named = "; ".join(", ".join(names) for names in (felt.symptoms, felt.surfaces, felt.models) if names)
    on = " and ".join(felt.platforms)
    alone = ", nowhere else" if len(felt.platforms) == 1 else ""
    parts = [
        f"{people} ({on}{alone}; severity {felt.severity} of {GRAVEST}).",
        f"They name {named}." if named else "",
        "In the last hour no more than usual." if felt.reason == "ebbing" else "",
        f"Page: {_page(felt, as_of)}",
    ]
    if transition == "page":
        parts = [_page(felt, as_of), f"People complain since {_at(felt.onset_at, as_of)}:", *parts[:-1]]
    return " ".join([*filter(None, parts), f"As of {instant(as_of)}."])


def _page(felt: Felt, as_of: datetime) -> str:
    if felt.first_published_at is not None:
        said = f"{_at(felt.first_published_at, as_of)} ({lag(apart(felt.first_published_at, felt.onset_at))})"
        titles = [f"“{harmless(one.title)}” ({one.impact})" for one in felt.incidents[:2]]
        more = len(felt.incidents) - len(titles)
        titles += [f"and {count(more, 'more')}"] if more > 0 else []
        return f"{said}{', ' if titles else ''}{', '.join(titles)}."
    if felt.page_until is None or felt.verdict == "unknown":
        return "not read, so what it says is not known."
    return "silent so far." if felt.verdict == "pending" else "silent."


def harmless(title: str) -> str:
    """Make a foreign title stand as the words it is, wherever it is shown: it calls, formats and links nothing."""
    text = one_line(title, 100).translate(_MARKS)
    return _LINK.sub(lambda found: found[0][0] + _JOINER + found[0][1:], text)


def _public_page(service: Service) -> str | None:
    """Name the page that people can open; None where it is a feed, or an address that may be nobody else's."""
    page = service.status_page
    if page is None or page.type not in ("statuspage", "incidentio"):
        return None
    parts = urlsplit(page.url)
    host = parts.hostname or ""
    if parts.scheme != "https" or parts.username or parts.query or "." not in host:
        return None
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return page.url
    return None


def _at(at: datetime, as_of: datetime) -> str:
    """Say a time in UTC; with its day where it is not that of the judgement."""
    near = at.date() == as_of.date() or timedelta() <= as_of - at < timedelta(hours=12)
    return f"{at:%H:%M} UTC" if near else instant(at)
