"""What happened, as plain data: the episodes people felt, and the official incidents that no episode met.

This room only reads. Every figure of a row stands in the database as it is; what is added here is the order, and the
share of the time that was truly looked at.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import msgspec

from ingest.marks import Mark
from reports import marks, queries
from reports.reading import label, records, require_judged
from reports.wording import apart

UNSEEN_AFTER = timedelta(minutes=15)
"""An episode without an end is running only where somebody looked so lately; else nobody knows."""

NOT_JUDGED = "the judgement in force does not speak of it"
"""The reason given where an official incident has no verdict."""


class Official(msgspec.Struct, frozen=True):
    """An incident as its operator published it; `reason` says why it met the episode, or why it met none."""

    incident_id: str
    title: str
    impact: str
    status: str
    components: tuple[str, ...]
    first_published_at: datetime | None
    resolved_at: datetime | None
    reason: str


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the timeline: an episode with the incidents it met, or one incident that no episode met.

    Where no episode stands behind the row, `episode_id` and all that people would have told us is None or empty,
    `verdict` is "unfelt" or "unknown", and there is one incident. Instants are UTC; lags are minutes, signed:
    `acknowledgement_lag_min` is negative where the page was first. Shares are 0 to 1, and the usual ones are those of
    the same service outside episodes; what they are shares of stands with the columns of the table `episodes`.
    `judged_until` is the last instant at which the service was judged: an episode without an end is known to run up to
    then. `mark` is what a person said of the episode, right or wrong, with `mark_why`. `label` is None on live facts.
    """

    service: str
    episode_id: str | None = None
    onset_at: datetime | None = None
    onset_earliest: datetime | None = None
    onset_latest: datetime | None = None
    alarm_at: datetime | None = None
    available_at: datetime | None = None
    peak_at: datetime | None = None
    ended_at: datetime | None = None
    peak_people: int | None = None
    peak_expected: float | None = None
    people: int | None = None
    platforms: tuple[str, ...] = ()
    symptoms: tuple[str, ...] = ()
    surfaces: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    verdict: str
    first_published_at: datetime | None = None
    acknowledgement_lag_min: float | None = None
    detection_lag_min: float | None = None
    declared_lag_min: float | None = None
    complaints: int | None = None
    repeats: int | None = None
    busiest_share: float | None = None
    usual_busiest_share: float | None = None
    new_people: int | None = None
    new_share: float | None = None
    usual_new_share: float | None = None
    judged_until: datetime | None = None
    mark: str | None = None
    mark_why: str | None = None
    incident_ids: tuple[str, ...] = ()
    impacts: tuple[str, ...] = ()
    incidents: tuple[Official, ...] = ()
    label: str | None = None

    @property
    def felt(self) -> bool:
        """Whether an episode stands behind the row."""
        return self.episode_id is not None

    @property
    def stands_at(self) -> datetime:
        """Where the row stands in the order: at the onset, or when the page first spoke."""
        at = self.onset_at or self.first_published_at
        return at or datetime.max.replace(tzinfo=UTC)  # an incident without a message was never published

    @property
    def printed_lag(self) -> float | None:
        """The minutes from the onset to the page's first word, as both are printed."""
        return apart(self.first_published_at, self.onset_at)

    def felt_until(self, as_of: datetime) -> datetime:
        """Up to when it is known to have been felt: its end, or the last instant judged by `as_of`."""
        return self.ended_at or max(min(self.judged_until or as_of, as_of), self.alarm_at or self.stands_at)

    def unseen(self, as_of: datetime) -> bool:
        """Whether it has no end because nobody has looked since."""
        return self.ended_at is None and as_of - self.felt_until(as_of) > UNSEEN_AFTER


class Coverage(msgspec.Struct, frozen=True):
    """How much of the time was looked at on one platform: 0 to 1, over the service's `Judged` span."""

    service: str
    platform: str
    share: float


class Judged(msgspec.Struct, frozen=True):
    """In which share of the time from `start` to `end` an alarm about a service could have been raised: 0 to 1.

    The rest is time in which nobody looked, or in which there was too little past to compare with.
    """

    service: str
    share: float
    start: datetime
    end: datetime


class Timeline(msgspec.Struct, frozen=True):
    """The rows in the order of time, and the judgement they come from.

    `since` and `until` are what was asked, None where nothing was. `later` counts official incidents published
    after `as_of`, on which this judgement cannot speak. `label` says what is synthetic, None on live facts.
    """

    rows: tuple[Row, ...]
    coverage: tuple[Coverage, ...]
    judged: tuple[Judged, ...]
    as_of: datetime
    ran_at: datetime
    false_alarms_per_4_weeks: float
    rule: str
    later: int = 0
    service: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    label: str | None = None


def load(
    connection: duckdb.DuckDBPyConnection,
    service: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Timeline:
    """Read the rows that overlap [since, until), of one service or of all.

    Raises DatabaseError, naming the next command, where nothing was ingested or nothing was judged yet.
    """
    run = require_judged(connection)
    asked = {"service": service, "since": since, "until": until}
    labelled = label(connection)
    said = marks.load(connection, run["as_of"])
    met: dict[str, list[Official]] = {}
    for found in records(connection, queries.MET, {}):
        met.setdefault(found.pop("episode_id"), []).append(_official(found))
    episodes = [
        _row(
            service=found.pop("service"),
            officials=met.get(found["episode_id"], []),
            label=labelled,
            **_marked(said.get(found["episode_id"])),
            **found,
        )
        for found in records(connection, queries.EPISODES, asked)
    ]
    unmet = [
        _row(
            service=found.pop("service"),
            verdict=found.pop("verdict"),
            first_published_at=found["first_published_at"],
            officials=[_official(found)],
            label=labelled,
        )
        for found in records(connection, queries.UNMET, asked | {"as_of": run["as_of"], "not_judged": NOT_JUDGED})
    ]
    [counted] = records(connection, queries.LATER, asked | {"as_of": run["as_of"]})
    return Timeline(
        rows=tuple(sorted([*episodes, *unmet], key=lambda row: (row.stands_at, row.service))),
        coverage=tuple(Coverage(**found) for found in records(connection, queries.COVERAGE, asked)),
        judged=tuple(Judged(**found) for found in records(connection, queries.JUDGED, asked)),
        later=counted["later"],
        service=service,
        since=since,
        until=until,
        label=labelled,
        **run,
    )


def as_json(timeline: Timeline) -> str:
    """Write the rows as a JSON list, one object each, times in ISO 8601 with Z. Nothing found is an empty list."""
    return msgspec.json.format(msgspec.json.encode(timeline.rows), indent=2).decode()


def _row(*, officials: list[Official], **found: Any) -> Row:
    return Row(
        **found,
        incident_ids=tuple(official.incident_id for official in officials),
        impacts=tuple(official.impact for official in officials),
        incidents=tuple(officials),
    )


def _marked(mark: Mark | None) -> dict[str, str]:
    return {"mark": mark.says, "mark_why": mark.why} if mark else {}


def _official(found: dict[str, Any]) -> Official:
    return Official(**found)
