"""From evidence to episodes: what the public felt, each with onset, alarm, peak and end; one alarm each.

Before an alarm the statistic of `alarms` runs. Within an episode a reverse one asks whether complaints are back to the
usual, and its last zero is the end; a third asks whether something far larger has begun inside it, which ends the one
and begins another. Nothing looks ahead.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np

from detect.detector.alarms import change, likelihood_ratios
from detect.detector.tuning import Tuning

SEVERITIES = (2.0, 5.0, 15.0)
"""Times the usual number of people an hour from which an episode is of severity 1, 2, 3."""

SAME_START = 2.0
"""Evidence by which two onsets must differ to be told apart: the interval's width."""

SPEAKING = 1.0
"""Evidence from which a platform takes part in an episode."""

_ONE_BUCKET_BACK = 4.0
"""Most evidence one bucket may give for the end."""


class Episode(msgspec.Struct, frozen=True):
    """What the public felt.

    `alarm_at` is the end of the minute in which the statistic crossed, `peak_at` a bucket's start, `ended_at` None
    while it runs or where nobody has looked since. `people` sums the distinct people of its buckets. `severity`, 1 to
    3, may only rise while it runs. `settled` is true of an end that is none: it lasted until it was the usual.
    """

    episode_id: str
    service: str
    onset_at: datetime
    onset_earliest: datetime
    onset_latest: datetime
    alarm_at: datetime
    peak_at: datetime
    peak_people: int
    peak_expected: float
    ended_at: datetime | None
    people: int
    platforms: tuple[str, ...]
    severity: int = 1
    settled: bool = False


class Running(msgspec.Struct):
    """An episode in buckets since the epoch, while it runs and when it is over; `end` is then the bucket after it."""

    service: int
    onset: int
    earliest: int
    latest: int
    alarm: int
    alarm_minute: int
    streams: int
    people: float
    usual: float
    peak: int
    peak_people: float
    peak_usual: float
    back_since: int
    again_since: int
    before_people: float = 0.0
    before_usual: float = 0.0
    back: float = 0.0
    again: float = 0.0
    severity: int = 1
    end: int | None = None
    settled: bool = False
    hour: list[tuple[float, float]] = msgspec.field(default_factory=list)

    @property
    def height(self) -> float:
        """People over expected, from the onset on."""
        return self.people / max(self.usual, 1e-9)


class Recent(msgspec.Struct, frozen=True):
    """The last buckets of one service's streams, up to and with the bucket looked at, oldest first.

    `people` and `usual` are buckets x streams; `last` is the newest bucket.
    """

    people: np.ndarray
    usual: np.ndarray
    last: int


def opened(
    service: int, recent: Recent, values: np.ndarray, since: np.ndarray, live: np.ndarray, minute: int, tuning: Tuning
) -> Running | None:
    """Open an episode, unless too few people stand behind it.

    It began where the loudest stream's change is the most likely, and not before the last zeros of the questions that
    say half as much as the best: what lies before those is over.

    Parameters
    ----------
    values, since
        The CUSUMs of the service's streams and their last zeros: streams x rates.
    live
        Which streams are judged.
    minute
        End of the minute of the alarm, in minutes since the epoch; the last row of `recent` ends there.
    """
    best = np.where(live, values.max(axis=1), -1.0)
    loudest = int(np.argmax(best))
    now, first = recent.last, recent.last - len(recent.people) + 1
    zeros = np.clip(since[loudest, values[loudest] >= values[loudest].max() / 2], first, now) - first
    from_here = np.cumsum(recent.people.sum(axis=1)[::-1])[::-1]
    if from_here[zeros.max()] < tuning.fewest_people:
        return None
    start = int(zeros.min())
    gain = change(recent.people[start:, loudest], recent.usual[start:, loudest])
    gain = np.where(from_here[start:] >= tuning.fewest_people, gain, -np.inf)
    as_likely = start + np.flatnonzero(gain >= gain.max() - SAME_START)
    place = start + int(np.argmax(gain))
    people, usual = recent.people[place:].sum(axis=1), recent.usual[place:].sum(axis=1)
    onset, peak = first + place, int(np.argmax(people))
    running = Running(
        service=service, onset=onset, earliest=first + int(as_likely[0]), latest=first + int(as_likely[-1]), alarm=now,
        alarm_minute=minute,
        streams=_bits(live & ((best >= SPEAKING) | (np.arange(len(best)) == loudest))),
        people=float(people.sum()), usual=float(usual.sum()), peak=onset + peak, peak_people=float(people[peak]),
        peak_usual=float(usual[peak]), back_since=now + 1, again_since=now + 1,
    )  # fmt: skip
    running.hour = list(zip(people.tolist(), usual.tolist(), strict=True))[-12:]
    _grow_severe(running)
    return running


def completed(running: Running, recent: Recent, evidence: np.ndarray) -> None:
    """Take in the rest of the bucket in which an alarm was raised before it was over.

    What was decided by then stays: the alarm, the onset and its interval, and how grave it already was. `evidence` is
    that of the streams judged, by rate (and 0 for others).
    """
    total, expected = float(recent.people[-1].sum()), float(recent.usual[-1].sum())
    so_far = running.hour[-1]
    running.people, running.usual = running.people + total - so_far[0], running.usual + expected - so_far[1]
    if running.peak == recent.last or total > running.peak_people:
        running.peak, running.peak_people, running.peak_usual = recent.last, total, expected
    running.hour[-1] = total, expected
    running.streams |= _bits(evidence.max(axis=1) > SPEAKING)
    _grow_severe(running)


def continued(
    running: Running, now: int, people: np.ndarray, usual: np.ndarray, dispersion: np.ndarray, evidence: np.ndarray,
    level: float, longest: int, tuning: Tuning,
) -> bool:  # fmt: skip
    """Take one more bucket in; true where a far larger episode begins inside this one, which then has ended.

    `people`, `usual`, `dispersion` are those of the streams judged, `evidence` besides by rate (and 0 for others).
    """
    total, expected = float(people.sum()), float(usual.sum())
    running.people, running.usual = running.people + total, running.usual + expected
    if total > running.peak_people:
        running.peak, running.peak_people, running.peak_usual = now, total, expected
    running.hour.append((total, expected))
    if len(running.hour) > 12:
        before = running.hour.pop(0)
        running.before_people += before[0]
        running.before_usual += before[1]
    running.streams |= _bits(evidence.max(axis=1) > SPEAKING)
    _grow_severe(running)
    covered = usual > 0
    people, usual, dispersion = people[covered], usual[covered], dispersion[covered]
    least = np.maximum(max(tuning.end_rate, running.height**tuning.end_power), tuning.fewest_people / 12 / usual)
    ratios = np.array(
        [
            float(likelihood_ratios(one, mean, scatter, (rate,))[..., 0])
            for one, mean, scatter, rate in zip(people, usual, dispersion, least, strict=True)
        ]
    )
    gain = float(np.maximum(-ratios, -_ONE_BUCKET_BACK).sum())
    if running.back + gain <= 0:
        running.back, running.back_since = 0.0, now + 1
    else:
        running.back += gain
    if running.back >= tuning.end_level:
        running.end = min(running.back_since, now)
    elif now - running.alarm >= longest:
        running.end, running.settled = now, True
    elif tuning.again and running.before_usual > 0:
        so_far = max(running.before_people / running.before_usual, 1.0)
        more = likelihood_ratios(people, usual * so_far, dispersion, (tuning.again,))[:, 0]
        running.again += float(np.minimum(more, tuning.clip_share * level).sum())
        if running.again <= 0:
            running.again, running.again_since = 0.0, now + 1
        if running.again >= level and running.again_since > running.alarm + 12:
            running.end = running.again_since
            return True
    return False


def told(running: Running, service: str, platforms: Sequence[str], step: int) -> Episode:
    """Tell an episode in instants."""
    alarm_at = _instant(running.alarm_minute)
    end = None if running.end is None else max(_instant(running.end * step), alarm_at)
    earliest, onset, latest = (_instant(at * step) for at in (running.earliest, running.onset, running.latest))
    return Episode(
        episode_id=f"{service}-{alarm_at:%Y%m%dT%H%MZ}",
        service=service,
        onset_at=onset,
        onset_earliest=earliest,
        onset_latest=min(max(latest, onset), alarm_at),
        alarm_at=alarm_at,
        peak_at=_instant(running.peak * step),
        peak_people=int(running.peak_people),
        peak_expected=round(running.peak_usual, 2),
        ended_at=end,
        people=int(running.people),
        platforms=tuple(sorted(name for bit, name in enumerate(platforms) if running.streams >> bit & 1)),
        severity=running.severity,
        settled=running.settled,
    )


def keep_ids(found: Iterable[Episode], known: Iterable[Episode]) -> tuple[Episode, ...]:
    """Let an episode keep the id and the severity under which it was first told, though late posts move its alarm.

    It is the same where the two overlap; each known one is given once, to the first that overlaps it.
    """
    left = sorted(known, key=lambda episode: episode.onset_at)
    kept = []
    for episode in sorted(found, key=lambda episode: episode.onset_at):
        same = next((old for old in left if _overlap(old, episode)), None)
        if same is not None:
            left.remove(same)
            severity = max(episode.severity, same.severity)
            episode = msgspec.structs.replace(episode, episode_id=same.episode_id, severity=severity)  # noqa: PLW2901
        kept.append(episode)
    return tuple(kept)


def together(episodes: Iterable[Episode], within: timedelta = timedelta(hours=1)) -> dict[str, tuple[str, ...]]:
    """Name, per episode, the episodes of other services that began within an hour: a possible common cause."""
    listed = list(episodes)
    met = {
        one.episode_id: tuple(
            sorted(
                other.episode_id
                for other in listed
                if other.service != one.service and abs(other.onset_at - one.onset_at) <= within
            )
        )
        for one in listed
    }
    return {episode_id: others for episode_id, others in met.items() if others}


def _overlap(one: Episode, other: Episode) -> bool:
    never = datetime.max.replace(tzinfo=UTC)
    return (
        one.service == other.service
        and one.onset_at < (other.ended_at or never)
        and other.onset_at < (one.ended_at or never)
    )


def _grow_severe(running: Running) -> None:
    people, usual = (sum(part) for part in zip(*running.hour, strict=True))
    ratio = people / max(usual, 1e-9)
    running.severity = max(running.severity, sum(ratio >= least for least in SEVERITIES))


def _bits(which: np.ndarray) -> int:
    return int(sum(1 << int(place) for place in np.flatnonzero(which)))


def _instant(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)
