"""A week as plain data: what its JSON holds. The schema that is published is made from these, docstrings and all.

Instants are UTC; lags are minutes, signed; shares are 0 to 1; None is what nobody knows, never zero.
"""

from datetime import datetime

import msgspec

from reports.charts import Cell, Point
from reports.wording import apart

VERSION = 1
"""Of the JSON. A field that is added leaves it as it is; one that goes or changes its meaning raises it."""


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What one week of one service comes to: a row of the view `weeks`.

    An episode counts in the week of its onset, `felt_hours` where they fall. `looked` is the share of the week covered,
    over all platforms; `judged` that in which an alarm could have been raised; `page_read` that for which the official
    record was read.
    """

    service: str
    week_start: datetime
    episodes: int | None = None
    felt_hours: float | None = None
    early: int | None = None
    acknowledged: int | None = None
    unacknowledged: int | None = None
    median_lag_min: float | None = None
    people: int | None = None
    expected: float | None = None
    limit_people: int | None = None
    quality_people: int | None = None
    incidents: int | None = None
    felt_incidents: int | None = None
    unfelt_incidents: int | None = None
    looked: float = 0.0
    judged: float = 0.0
    page_read: float = 0.0


class Looked(msgspec.Struct, frozen=True):
    """Share of a time that was covered on one platform."""

    platform: str
    share: float


class Part(msgspec.Struct, frozen=True):
    """Distinct people of an episode by platform, symptom, surface, model or language; `name` None: not named."""

    what: str
    name: str | None
    people: int


class Message(msgspec.Struct, frozen=True):
    """One message of the official page: when, and the status it set. Its words stand on the page."""

    at: datetime
    status: str


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """An official incident that matches an episode, why, and the lags between the two.

    `url` leads to the operator's own page, None where it is not known.
    """

    incident_id: str
    title: str
    impact: str
    status: str
    components: tuple[str, ...]
    first_published_at: datetime | None
    resolved_at: datetime | None
    reason: str
    page_spoke_at: datetime | None = None
    declared_start: datetime | None = None
    acknowledgement_lag_min: float | None = None
    alarm_to_page_min: float | None = None
    available_to_page_min: float | None = None
    declared_to_onset_min: float | None = None
    declared_lag_min: float | None = None
    declared_to_page_min: float | None = None
    messages: tuple[Message, ...] = ()
    url: str | None = None


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """One episode. `points` run from an hour before its onset to an hour after its end, in steps of `step_min`.

    `felt_until` is its end, or the last instant judged; it is `unseen` where it has no end because nobody has looked
    since. `mark` is what somebody said of it, right or wrong. `people` counts everybody once in each five minutes,
    `parts` everybody once. `links` lead to public posts of platforms whose terms allow that. Where a week has more than
    twelve, those with the most people are told `in_full`; the rest have neither points, parts, answers, `looked` nor
    links.
    """

    episode_id: str
    onset_at: datetime
    onset_earliest: datetime
    onset_latest: datetime
    alarm_at: datetime
    available_at: datetime | None
    peak_at: datetime
    ended_at: datetime | None
    felt_until: datetime
    peak_people: int
    peak_expected: float
    people: int
    platforms: tuple[str, ...]
    symptoms: tuple[str, ...]
    surfaces: tuple[str, ...]
    models: tuple[str, ...]
    verdict: str
    first_published_at: datetime | None
    acknowledgement_lag_min: float | None
    detection_lag_min: float
    declared_lag_min: float | None
    severity: int | None = None
    settled: bool | None = None
    unseen: bool = False
    together: tuple[str, ...] | None = None
    note: str = ""
    mark: str | None = None
    mark_why: str | None = None
    in_full: bool = False
    parts: tuple[Part, ...] = ()
    answers: tuple[Answer, ...] = ()
    looked: tuple[Looked, ...] = ()
    links: tuple[str, ...] = ()
    step_min: int = 5
    points: tuple[Point, ...] = ()

    @property
    def printed_lag(self) -> float | None:
        """The minutes from the onset to the page's first word, as both are printed."""
        return apart(self.first_published_at, self.onset_at)


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """An official incident first published in the week: felt, unfelt or unknown; `nature` says if it is an outage."""

    incident_id: str
    title: str
    impact: str
    nature: str
    surfaces: tuple[str, ...]
    first_published_at: datetime
    lasted_min: float | None
    verdict: str
    reason: str
    url: str | None = None


class Hour(msgspec.Struct, frozen=True):
    """One hour of the week: a row of the view `hours`."""

    hour_start: datetime
    people: int | None
    expected: float | None
    limit_people: int | None
    quality_people: int | None
    felt_min: float
    looked: float
    judged: float


class Uptime(msgspec.Struct, frozen=True):
    """One part under one definition, over the 90 days before the judgement."""

    part: str
    definition: str
    start: datetime
    end: datetime
    share: float | None
    down_min: float
    known: float


class Chance(msgspec.Struct, frozen=True):
    """How many of all episodes have an incident, and how many would by chance."""

    episodes: int
    matched: int
    precision: float | None
    low: float | None
    high: float | None
    chance: float | None
    lift: float | None


class PeakHours(msgspec.Struct, frozen=True):
    """What lay in the peak hours over `weeks` weeks: share of the time judged, of the outage time, of the onsets."""

    says: str
    weeks: int
    of_time: float | None
    of_outage_time: float | None
    onsets: int
    of_onsets: float | None


class Change(msgspec.Struct, frozen=True):
    """What a later judgement changed in this report: `of` an episode, an incident or the week; '' is nothing."""

    as_of: datetime
    of: str
    what: str
    was: str
    now: str


class Week(msgspec.Struct, frozen=True, kw_only=True):
    """One ISO week of one service.

    `before` are the four weeks before, the oldest first; `peers` the same week of the other services. `carried` are
    episodes that began earlier and ran into it. `label` says what is synthetic, None on live facts. `first_as_of` is
    the judgement this report was first made from, `history` what changed since.
    """

    version: int = VERSION
    service: str
    title: str
    week: str
    start: datetime
    end: datetime
    as_of: datetime
    first_as_of: datetime
    figures: Figures
    before: tuple[Figures, ...]
    peers: tuple[Figures, ...]
    peers_before: tuple[Figures, ...]
    titles: dict[str, str]
    looked: tuple[Looked, ...]
    cards: tuple[Card, ...]
    carried: tuple[str, ...]
    incidents: tuple[Incident, ...]
    hours: tuple[Hour, ...]
    hours_of_week: tuple[Cell, ...]
    peak_hours: PeakHours
    uptimes: tuple[Uptime, ...]
    definitions: dict[str, str]
    chance: Chance | None
    rule: str
    false_alarms_per_4_weeks: float
    measured: str
    label: str | None
    history: tuple[Change, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether the week was over when it was judged."""
        return self.as_of >= self.end
