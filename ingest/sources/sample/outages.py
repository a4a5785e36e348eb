"""What truly happened in the sample: when people suffered, how much, and what nobody suffered from.

Tests read this to hold the detector against it; no source hands it out and no table holds it. Where the operator
stated when impact began and ended (facts, by incident id) that is taken; elsewhere the lead of people over the page is
drawn from the measured lags (median 17 minutes, quartiles 9 and 26; official-status, section 5).
"""

from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import msgspec

from ingest.records import Window
from ingest.times import parse_instant

if TYPE_CHECKING:
    import numpy as np

SPAN = Window(datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC))
"""Four weeks and a bit of lead-in, in which the page was not read, then April."""

PAGE_SPAN = Window(datetime(2026, 4, 1, tzinfo=UTC), SPAN.end)

GAPS = {
    "reddit": (
        Window(datetime(2026, 3, 19, 2, tzinfo=UTC), datetime(2026, 3, 19, 5, tzinfo=UTC)),
        Window(datetime(2026, 4, 6, 15, 20, tzinfo=UTC), datetime(2026, 4, 6, 20, tzinfo=UTC)),
        Window(datetime(2026, 4, 19, 21, tzinfo=UTC), datetime(2026, 4, 20, 1, 30, tzinfo=UTC)),
    ),
    "bluesky": (Window(datetime(2026, 4, 19, 21, tzinfo=UTC), datetime(2026, 4, 20, 1, 30, tzinfo=UTC)),),
}
"""When nobody looked: the second across an incident on one platform only, the third across one on both."""

# Left out of what was stated: fvj2fgqrchsj, whose twelve hours begin in the lead-in, where the page was not read; and
# z0bqmftj68dr and t6v0k97s0802, which hit narrow parts.
_STATED = {
    "7n7xgqws441v": ("04T17:09", "04T17:31"),
    "vfjv5x6qkd4j": ("06T15:00", "06T16:30"),
    "124yr07585k9": ("07T14:32", "07T15:12"),
    "lhws0phdvzz3": ("08T06:00", "08T08:50"),
    "5f418rpyb84x": ("08T17:25", "08T17:44"),
    "hsgj6gh6rlck": ("08T23:22", "08T23:50"),
    "qcfvv041lb1k": ("10T22:46", "10T23:52"),
    "6jd2m42f8mld": ("13T15:31", "13T16:19"),
    "7jbzthbc1dwr": ("16T06:03", "16T07:26"),
    "1gz3fcvd76fx": ("23T15:23", "23T15:35"),
    "1mx31vhgl3ms": ("24T09:53", "24T10:36"),
    "q93x64nrhwnn": ("25T01:24", "25T01:59"),
    "c20m4lbfd6pm": ("28T11:53", "28T12:44"),
    "x1y91zcb2rp2": ("28T13:22", "28T13:39"),
    "9l93x2ht4s5w": ("28T17:34", "28T18:52"),
    "lryjwwy0q9pl": ("28T23:25", "28T23:33"),
    "3yxsctr39y3j": ("29T12:37", "29T13:37"),
}
_NARROW = (
    "Vaults",
    "Admin API",
    "Workspaces",
    "Console",
    "billing",
    "Drive",
    "Connectors",
    "share links",
    "Code Review",
    "MCP",
    "structured",
    "crash",
)
"""Words of our titles that mark a part few people use, or a client's release: nobody is made to suffer from those."""

_PEOPLE = {"critical": (18.0, 30.0), "major": (6.0, 14.0), "minor": (1.5, 4.0), "none": (0.8, 2.0)}
"""People per five minutes at the height of it, by the impact that the operator gave it."""

_FELT = {"critical": 1.0, "major": 0.95, "minor": 0.5, "none": 0.3}


class Planted(msgspec.Struct, frozen=True):
    """Something that makes people write: an outage, limit, quality, rumour; `people` per 5 minutes at its height."""

    service: str
    kind: str
    window: Window
    people: float
    platforms: tuple[str, ...] = ("reddit", "bluesky")
    incident_id: str | None = None


def official() -> list[dict[str, Any]]:
    """Read Claude's April as facts: ids, times, impact, components are the record's, titles our own, no bodies."""
    lines = files(__package__).joinpath("official.jsonl").read_text("utf-8").splitlines()
    return [msgspec.json.decode(line) for line in lines]


def synthetic_official() -> list[dict[str, Any]]:
    """Make up a few incidents of the two others, labelled as such in id and title."""
    made = []
    for service, name, start, minutes, impact in _PEERS:
        at = datetime.fromisoformat(f"2026-04-{start}:00+00:00")
        after = at + timedelta(minutes=minutes)
        updates = [
            {"status": status, "created_at": moment.isoformat(), "display_at": moment.isoformat()}
            for status, moment in (("investigating", at), ("resolved", after))
        ]
        made.append(
            {
                "id": f"synthetic-{service}-{at:%d%H%M}", "service": service, "name": f"(synthetic) {name}",
                "impact": impact, "status": "resolved", "created_at": at.isoformat(), "started_at": at.isoformat(),
                "resolved_at": after.isoformat(), "updates": updates,
            }
        )  # fmt: skip
    return made


_PEERS = (
    ("openai", "ChatGPT: errors", "03T14:20", 95, "major"),
    ("openai", "APIs: slow", "09T07:10", 50, "minor"),
    ("openai", "Codex: errors", "17T16:45", 70, "major"),
    ("openai", "ChatGPT: login", "27T13:05", 120, "critical"),
    ("gemini", "Gemini app: errors", "14T10:40", 80, "major"),
    ("gemini", "Gemini API: errors", "22T18:15", 60, "minor"),
)


def truth(rng: "np.random.Generator") -> list[Planted]:
    """Draw what people suffered from, in time order."""
    planted = [_of_incident(rng, incident, "claude") for incident in official()]
    planted += [_of_incident(rng, incident, incident["service"]) for incident in synthetic_official()]
    planted += [
        Planted("claude", "outage", _april("21T19:20", "21T20:15"), 9.0),
        Planted("claude", "limit", _april("22T14:00", "22T18:00"), 2.0),
        Planted("claude", "quality", _april("16T17:00", "17T09:00"), 1.0),
        Planted("claude", "rumour", _april("12T15:00", "12T16:30"), 1.5, ("bluesky",)),
        Planted("openai", "outage", _april("24T15:10", "24T16:00"), 6.0),
    ]
    return sorted((one for one in planted if one), key=lambda one: one.window)


def _of_incident(rng: "np.random.Generator", incident: dict[str, Any], service: str) -> Planted | None:
    """Draw whether, when and how much an incident was felt. Every incident draws alike, so that seeds compare."""
    felt, size, lead, first, tail = (
        rng.random(),
        rng.random(),
        rng.lognormal(2.83, 0.7),
        rng.random(),
        rng.lognormal(2.9, 0.5),
    )
    low, high = _PEOPLE.get(incident["impact"], (1.0, 2.0))
    if felt >= _FELT.get(incident["impact"], 0.0) or any(word in incident["name"] for word in _NARROW):
        return None
    published = min(parse_instant(update["created_at"]) for update in incident["updates"])
    resolved = parse_instant(incident["resolved_at"])
    if incident["id"] in _STATED:
        window = _april(*_STATED[incident["id"]])
    elif resolved - published < timedelta(minutes=5):
        return None  # written up afterwards, and it does not say when it was
    else:
        onset = (
            published + timedelta(minutes=5 + 10 * size)
            if first < 0.15
            else published - timedelta(minutes=min(lead, 60))
        )
        window = Window(onset, max(resolved - timedelta(minutes=min(tail, 40)), onset + timedelta(minutes=20)))
    return Planted(service, "outage", window, low + size * (high - low), incident_id=incident["id"])


def _april(start: str, end: str) -> Window:
    return Window(*(datetime.fromisoformat(f"2026-04-{at}:00+00:00") for at in (start, end)))
