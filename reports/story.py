"""The story of one outage: what people did, what the page said, and what we knew, in the order of time.

Read, not computed: every instant stands in the database. What is chosen here is what is worth a line: a symptom where
it changes, a stretch where nobody looked, a component where its state does.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Literal

import duckdb
import msgspec

from ingest.errors import DatabaseError
from ingest.saying import count
from reports import marks
from reports import storyqueries as queries
from reports.reading import label, records, require_judged
from reports.wording import apart, between, lag, listed, peak

Who = Literal["people", "page", "us"]

PHASE = timedelta(minutes=15)


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a story, in UTC.

    `who` acted: people, the page, or we ourselves. `what` says what it is a line of: rising, peak, naming, falling,
    alarm, available, not covered, said, component, declared begin, declared end, green. `from_onset_min` is signed,
    None where no episode is told; `incident_id` and `status` are the page's.
    """

    at: datetime
    who: Who
    what: str
    says: str
    from_onset_min: float | None = None
    incident_id: str | None = None
    status: str | None = None


class Told(msgspec.Struct, frozen=True):
    """An incident of the story, and why it is in it; lags are those of its pair, None where no episode is told.

    `page_spoke_at` is its first message that can speak of the episode, `declared_start` what its prose states.
    """

    incident_id: str
    title: str
    impact: str
    verdict: str
    reason: str
    first_published_at: datetime | None
    resolved_at: datetime | None
    page_spoke_at: datetime | None = None
    declared_start: datetime | None = None
    acknowledgement_lag_min: float | None = None
    alarm_to_page_min: float | None = None
    declared_lag_min: float | None = None


class Looked(msgspec.Struct, frozen=True):
    """Share of the story's time that was covered on one platform, 0 to 1."""

    platform: str
    share: float


class Story(msgspec.Struct, frozen=True):
    """One outage, told. `episode_id` is None where an incident is told that no episode met.

    `also` are episodes of other services that rose within the same hour; `label` says what is synthetic. `mark` is what
    somebody said of the episode, right or wrong, with `mark_why`.
    """

    service: str
    episode_id: str | None
    verdict: str
    moments: tuple[Moment, ...]
    incidents: tuple[Told, ...]
    looked: tuple[Looked, ...]
    also: tuple[str, ...]
    rule: str
    as_of: datetime
    label: str | None
    mark: str | None = None
    mark_why: str | None = None


def load_episode(connection: duckdb.DuckDBPyConnection, episode_id: str) -> Story:
    """Tell an episode. Raises DatabaseError, naming those there are, where none is called so."""
    run = require_judged(connection)
    found = records(connection, queries.EPISODE, {"episode_id": episode_id})
    if not found:
        known = records(connection, queries.LATEST_EPISODES, {})
        there = listed(each["episode_id"] for each in known)
        raise DatabaseError(f"no episode is called {episode_id!r}; the latest are: {there}")
    episode, marked = found[0], marks.load(connection, run["as_of"]).get(episode_id)
    incidents = records(connection, queries.INCIDENTS_OF_EPISODE, {"episode_id": episode_id})
    moments = [
        *_of_people(episode),
        *_of_phases(records(connection, queries.PHASES, {"episode_id": episode_id}), episode["onset_at"]),
        *_of_audit(records(connection, queries.GREEN, {"episode_id": episode_id})),
        *(
            line
            for each in incidents
            for line in _of_page(connection, episode["service"], each["incident_id"], run["as_of"])
        ),
    ]
    return Story(
        service=episode["service"], episode_id=episode_id, verdict=episode["verdict"],
        moments=_in_order(moments, episode["onset_at"]), incidents=tuple(Told(**each) for each in incidents),
        looked=tuple(Looked(**each) for each in records(connection, queries.LOOKED, {"episode_id": episode_id})),
        also=tuple(each["episode_id"] for each in records(connection, queries.ALSO, {"episode_id": episode_id})),
        rule=run["rule"], as_of=run["as_of"], label=label(connection),
        mark=marked.says if marked else None, mark_why=marked.why if marked else None,
    )  # fmt: skip


def load_incident(connection: duckdb.DuckDBPyConnection, incident_id: str) -> Story:
    """Tell an incident; the first episode that met it, where there is one. Raises DatabaseError for an unknown id."""
    run = require_judged(connection)
    found = records(connection, queries.INCIDENT, {"incident_id": incident_id})
    if not found:
        raise DatabaseError(
            f"no official incident has the id {incident_id!r}; python -m reports timeline --json has them"
        )
    service = found[0].pop("service")
    episodes = records(connection, queries.EPISODES_OF_INCIDENT, {"service": service, "incident_id": incident_id})
    if episodes:
        return load_episode(connection, episodes[0]["episode_id"])
    return Story(
        service=service, episode_id=None, verdict=found[0]["verdict"],
        moments=_in_order(_of_page(connection, service, incident_id, run["as_of"]), None),
        incidents=(Told(**found[0]),), looked=(), also=(),
        rule=run["rule"], as_of=run["as_of"], label=label(connection),
    )  # fmt: skip


def as_json(story: Story) -> str:
    """Write a story as one JSON object, times in ISO 8601 with Z."""
    return msgspec.json.format(msgspec.json.encode(story), indent=2).decode()


def _in_order(moments: Iterator[Moment] | Sequence[Moment], onset: datetime | None) -> tuple[Moment, ...]:
    """Sort by time; of one instant people come first, then the page, then we."""
    ordered = sorted(moments, key=lambda one: (one.at, ("people", "page", "us").index(one.who)))
    if onset is None:
        return tuple(ordered)
    return tuple(
        msgspec.structs.replace(one, from_onset_min=round((one.at - onset).total_seconds() / 60, 1)) for one in ordered
    )


def _of_people(episode: dict[str, Any]) -> Iterator[Moment]:
    onset, alarm = episode["onset_at"], episode["alarm_at"]
    within = between(episode["onset_earliest"], episode["onset_latest"], onset)
    yield Moment(at=onset, who="people", what="rising", says=f"complaints begin to exceed the usual ({within})")
    worst = peak(episode["peak_people"], episode["peak_expected"])
    yield Moment(at=episode["peak_at"], who="people", what="peak", says=f"the worst five minutes: {worst} people")
    detection = lag(apart(alarm, onset))
    yield Moment(at=alarm, who="us", what="alarm", says=f"alarm, {detection} from the onset")
    if episode["available_at"] and episode["available_at"] > alarm:
        says = "it could be known: the posts had reached us"
        yield Moment(at=episode["available_at"], who="us", what="available", says=says)
    if episode["ended_at"]:
        people = count(episode["people"], "person", "people")
        says = f"complaints are back to the usual; {people} in all, each once in five minutes"
        yield Moment(at=episode["ended_at"], who="people", what="falling", says=says)


def _of_phases(phases: Sequence[dict[str, Any]], onset: datetime) -> Iterator[Moment]:
    """Say what people name where it changes, and where nobody looked; never a little before the onset."""
    named: tuple[Any, ...] = ()
    for blind, stretch in groupby(phases, key=lambda phase: phase["people"] is None):
        told = list(stretch)
        if blind:
            says = f"nobody looked until {told[-1]['start'] + PHASE:%H:%M}"
            yield Moment(at=told[0]["start"], who="us", what="not covered", says=says)
            continue
        for phase in told:
            now = phase["symptom"], phase["surface"]
            if any(now) and now != named:
                at = onset if phase["start"] <= onset < phase["start"] + PHASE else phase["start"]
                says = f"people name {listed(filter(None, (*now, phase['model'])))}"
                yield Moment(at=at, who="people", what="naming", says=says)
                named = now


def _of_audit(findings: Sequence[dict[str, Any]]) -> Iterator[Moment]:
    for finding in findings:
        yield Moment(at=finding["at"], who="page", what="green", says=f"the page shows no trouble: {finding['says']}")


def _of_page(
    connection: duckdb.DuckDBPyConnection, service: str, incident_id: str, as_of: datetime
) -> Iterator[Moment]:
    """Tell each message known by then, each change of a component, and what the prose declares."""
    asked = {"service": service, "incident_id": incident_id}
    for number, update in enumerate(records(connection, queries.UPDATES, asked | {"as_of": as_of})):
        first = "the page speaks: " if number == 0 else ""
        yield Moment(
            at=update["created_at"], who="page", what="said", incident_id=incident_id, status=update["status"],
            says=f"{first}{update['status']}{': ' if update['body'] else ''}{update['body']}",
        )  # fmt: skip
        changed: dict[tuple[str | None, str], list[str]] = {}
        for change in update["components"]:
            if change["new"] and change["old"] != change["new"]:
                changed.setdefault((change["old"], change["new"]), []).append(change["name"])
        for (old, new), names in changed.items():
            says = f"{_plain(old)} → {_plain(new)}: {listed(names)}"
            yield Moment(at=update["created_at"], who="page", what="component", says=says, incident_id=incident_id)
    for window in records(connection, queries.DECLARED, asked):
        doubt = f" ({window['confidence']} confidence: {'; '.join(window['doubts'])})" if window["doubts"] else ""
        for name, word in (("start", "began"), ("end", "ended")):
            if window[name]:
                other = f", or {window[f'other_{name}']:%H:%M}" if window[f"other_{name}"] else ""
                says = f"it {word}{other}, said the page at {window['said_at']:%H:%M}{doubt}"
                what = "declared begin" if name == "start" else "declared end"
                yield Moment(at=window[name], who="page", what=what, says=says, incident_id=incident_id)


def _plain(state: str | None) -> str:
    return (state or "?").replace("_", " ")
