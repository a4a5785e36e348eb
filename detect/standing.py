"""Is it down? One answer for each service, and one for each of its parts, from what a run has found. Pure.

The rule is `RULE`, which reports print: no weight and no score, so that a reader can redo every answer by hand.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

Answer = Literal["down", "probably", "no sign", "can't tell", "learning"]

Reason = Literal[
    "two platforms", "incident",  # down
    "one platform", "ebbing", "page alone", "few name it", "few name any",  # probably
    "as usual", "other parts",  # no sign
    "not looked", "mostly unseen", "unseen since", "no words",  # can't tell
    "learning",
]  # fmt: skip
"""Which clause of the rule gave the answer."""

BY_EPISODE = ("two platforms", "incident", "one platform", "ebbing", "few name it", "few name any", "unseen since")
"""Reasons that rest on a running episode."""

STALE = timedelta(minutes=30)
"""How old a look may be to speak of now: sources are asked every 5 to 15 minutes, so that two may fail in a row."""

HEARD = 0.5
"""Share of the usual complaints' platforms that must be read before silence means anything."""

NAMING = 10
"""People naming parts before one that fewer than two of them name is taken to work: of a part that two in five of them
meet, fewer than two of ten would speak in 5 % of cases (binomial)."""

SPEAKING = timedelta(hours=24)
"""How long after its last message an open incident is believed to be about now: some are never closed."""

SEVERE = ("major", "critical")
"""Impacts that the page's word alone makes probable: half of the minor incidents are felt by nobody."""

RULE = (
    "Down: an episode is running that people feel on two platforms, or that an open incident of the official page "
    "matches, and on one of its platforms more complain than usual in the last hour. Probably: it is running on one "
    "platform alone, or its last hour is as usual on all of its platforms; or, whatever people say, the page has an "
    f"open incident of {' or '.join(SEVERE)} impact that is not yet only being monitored, with a message in the last "
    f"{SPEAKING / timedelta(hours=1):g} hours (a milder one is told and changes nothing). No sign: none of this holds, "
    f"and complaints were judged up to {STALE / timedelta(minutes=1):g} minutes ago, on platforms that bring at least "
    f"{HEARD:.0%} of them. Can't tell: else, as where a platform of the episode is not read any more; and learning "
    "where complaints are seen and it is not known yet how many are usual. A part of a service is as the whole where a "
    "tenth of the people who name any, or a matching incident, name it; probably down where fewer name it, but two at "
    f"least, or where fewer than {NAMING} name any part; else an episode is no sign of it."
)
"""The rule that gives the answers, with its parameters."""


class Seen(msgspec.Struct, frozen=True):
    """One platform in the hour before the run: people complaining of an outage, and how many are usual.

    None where nobody looked, or where the usual is not learned; `covered` is the share of the hour that was seen, 0 to
    1; `seen_until` the end of the last bucket that was covered.
    """

    platform: str
    people: int | None
    usual: float | None
    covered: float
    seen_until: datetime | None


class Running(msgspec.Struct, frozen=True):
    """The episode that has not ended. `named` counts its people by the part that they name.

    `surfaces` are the parts it is said to be about: named by two people at least, and by a tenth of who names any.
    """

    episode_id: str
    onset_at: datetime
    platforms: tuple[str, ...]
    surfaces: tuple[str, ...]
    named: Mapping[str, int] = {}


class OpenIncident(msgspec.Struct, frozen=True):
    """An outage that the page has not called over; `met` where the running episode matches it.

    `said_at` is its newest message, `surfaces` the parts that it names: none where it names none.
    """

    incident_id: str
    impact: str
    status: str
    first_published_at: datetime
    said_at: datetime
    surfaces: tuple[str, ...]
    met: bool


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """All that a run has found of one service that says how it stands at `as_of`; what the columns are, `Standing`."""

    service: str
    as_of: datetime
    seen: tuple[Seen, ...] = ()
    heard: float | None = None
    covered_days: float = 0.0
    judged_until: datetime | None = None
    running: Running | None = None
    open: tuple[OpenIncident, ...] = ()
    page_until: datetime | None = None
    page_indicator: str | None = None
    named: Mapping[str, int] = {}
    """People of the last hour by the part that they name."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """One answer; its fields are the columns of the table `standing`. `surface` is None for the service as a whole."""

    service: str
    surface: str | None
    answer: Answer
    reason: Reason
    since: datetime | None
    stale_at: datetime | None
    episode_id: str | None
    incident_ids: tuple[str, ...]
    people: int | None
    usual: float | None
    heard: float | None
    covered_days: float
    judged_until: datetime | None
    page_until: datetime | None
    page_indicator: str | None
    seen: tuple[Seen, ...]


class _Judged(msgspec.Struct, frozen=True):
    """An answer with its reason, since when, and the clock that it goes by."""

    answer: Answer
    reason: Reason
    since: datetime | None = None
    good_until: datetime | None = None


def judge(known: Known, nameable: Mapping[str, bool]) -> list[Standing]:
    """Answer for a service, then for each of its parts; `nameable` says of which parts a complaint can speak at all."""
    return [
        _standing(known, None, can_be_named=True),
        *(_standing(known, name, can_be_named=can) for name, can in nameable.items()),
    ]


def _standing(known: Known, part: str | None, *, can_be_named: bool) -> Standing:
    claims = [one for one in known.open if part is None or not one.surfaces or part in one.surfaces]
    judged = _judge(known, part, claims, can_be_named=can_be_named)
    looked = any(one.people is not None for one in known.seen)
    counted = [one.people for one in known.seen if one.people is not None]
    return Standing(
        service=known.service, surface=part, answer=judged.answer, reason=judged.reason, since=judged.since,
        stale_at=judged.good_until and judged.good_until + STALE,
        episode_id=known.running.episode_id if known.running and judged.reason in BY_EPISODE else None,
        incident_ids=tuple(one.incident_id for one in claims),
        people=(sum(counted) if part is None else known.named.get(part, 0)) if looked else None,
        usual=_usual(known.seen) if part is None else None,
        heard=known.heard, covered_days=known.covered_days, judged_until=known.judged_until,
        page_until=known.page_until, page_indicator=known.page_indicator, seen=known.seen,
    )  # fmt: skip


def _judge(known: Known, part: str | None, claims: Sequence[OpenIncident], *, can_be_named: bool) -> _Judged:
    read = _fresh(known.page_until, known.as_of)
    met = [one for one in claims if one.met and read]
    severe = [one for one in claims if read and _claims_failure(one, known.as_of)]
    running = known.running if _fresh(known.judged_until, known.as_of) else None
    heard = running and _still_heard(known, running)
    if running and heard is not None:
        at = running.onset_at, known.judged_until
        by_people = part is None or part in running.surfaces
        if by_people and not heard:
            return _Judged("probably", "ebbing", *at)
        if by_people and len(running.platforms) > 1:
            return _Judged("down", "two platforms", *at)
        if heard and met and (by_people or any(part in one.surfaces for one in met)):
            return _Judged("down", "incident", *at)
        if by_people:
            return _Judged("probably", "one platform", *at)
        if running.named.get(part or "", 0) > 1:
            return _Judged("probably", "few name it", *at)
        if sum(running.named.values()) < NAMING:
            return _Judged("probably", "few name any", *at)
    if severe:
        return _Judged("probably", "page alone", min(one.first_published_at for one in severe), known.page_until)
    if running and heard is None:
        return _Judged("can't tell", "unseen since")
    return _of_silence(known, running, can_be_named=can_be_named)


def _still_heard(known: Known, running: Running) -> bool | None:
    """Tell whether more than usual complain in the last hour on a platform of the episode, of those that are read now.

    None where they do not, and one of its platforms is not read: an episode has no end while nobody can see it.
    """
    mine = [one for one in known.seen if one.platform in running.platforms]
    read = [one for one in mine if _fresh(one.seen_until, known.as_of)]
    if any((one.people or 0) > (one.usual or 0.0) for one in read):
        return True
    return False if len(read) == len(running.platforms) else None


def _of_silence(known: Known, running: Running | None, *, can_be_named: bool) -> _Judged:
    """Answer where nothing says that it is down: whether we looked, and whether we could have known."""
    if not _fresh(known.judged_until, known.as_of):
        seen_until = max((one.seen_until for one in known.seen if one.seen_until), default=None)
        if _fresh(seen_until, known.as_of):
            return _Judged("learning", "learning", None, seen_until)
        return _Judged("can't tell", "not looked")
    if known.heard is not None and known.heard < HEARD:
        return _Judged("can't tell", "mostly unseen")
    if not can_be_named:
        return _Judged("can't tell", "no words")
    return _Judged("no sign", "other parts" if running else "as usual", None, known.judged_until)


def _claims_failure(incident: OpenIncident, as_of: datetime) -> bool:
    return incident.impact in SEVERE and incident.status != "monitoring" and as_of - incident.said_at <= SPEAKING


def _fresh(at: datetime | None, as_of: datetime) -> bool:
    return at is not None and as_of - at < STALE


def _usual(seen: Sequence[Seen]) -> float | None:
    """Sum what is usual over the platforms that were looked at; None where that of one of them is not known."""
    looked = [one.usual for one in seen if one.people is not None]
    return round(sum(usual for usual in looked if usual is not None), 2) if looked and None not in looked else None
