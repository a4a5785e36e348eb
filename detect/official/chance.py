"""What precision would chance give? The same alarms at the same time of the week, in other weeks. Pure.

Incidents begin on weekdays and in the hours in which people write (half of them from 13 to 19 UTC), so an alarm at a
random time would look worse than it should. Every episode is moved by a whole number of weeks, each by its own, to a
week in which the page was read; what then matches, matches by chance. Lift is the real precision over the mean of
that.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import msgspec
import numpy as np

from detect.detector.episodes import Episode
from detect.official.corroborate import Felt, Index, Rule, match
from detect.official.lags import SEED, share_interval
from ingest.coverage import covered_time
from ingest.records import Window

SHUFFLES = 1000

WEEKS = 26
"""How far an episode is moved at most, either way: the page's habits change over years."""

_TIMES = ("onset_at", "onset_earliest", "onset_latest", "alarm_at", "peak_at", "ended_at")


class Chance(msgspec.Struct, frozen=True):
    """Precision of a service's episodes against its incidents of any impact, and what chance gives: shares, 0 to 1.

    `episodes` are those with a verdict that says yes or no, `matched` those of them with an incident. `low` and `high`
    bound precision (Wilson, 95 %), `chance_low` and `chance_high` hold 95 % of the shuffles. `p` is the share of
    shuffles that match at least as many. All but the counts are None where there is nothing to go by.
    """

    service: str
    episodes: int
    matched: int
    precision: float | None
    low: float | None
    high: float | None
    shuffles: int
    chance: float | None
    chance_low: float | None
    chance_high: float | None
    lift: float | None
    p: float | None


def against_chance(
    service: str, felt: Sequence[Felt], matched: Callable[[Felt], bool], laid: dict[str, Index],
    page: Sequence[Window], rule: Rule, as_of: datetime,
) -> Chance:  # fmt: skip
    """Shuffle a service's episodes `SHUFFLES` times within their time of the week; the same every time it is run.

    `felt` are the episodes that count; `matched` tells which have an incident; `page` is what of the record was read.
    """
    hits = [matched(one) for one in felt]
    real = sum(hits)
    low, high = share_interval(real, len(felt))
    elsewhere = [_by_week(one, laid, page, rule, as_of) for one in felt]
    if not felt or not all(weeks.size for weeks in elsewhere):
        known: tuple[float, float, float] | tuple[None, None, None]
        known = (real / len(felt), low, high) if felt else (None, None, None)
        return Chance(service, len(felt), real, known[0], known[1], known[2], 0, None, None, None, None, None)
    drawn = np.random.default_rng(SEED)
    shuffled = np.mean([weeks[drawn.integers(0, weeks.size, SHUFFLES)] for weeks in elsewhere], axis=0)
    mean, precision = float(shuffled.mean()), real / len(felt)
    chance_low, chance_high = (float(bound) for bound in np.percentile(shuffled, [2.5, 97.5]))
    return Chance(
        service, len(felt), real, precision, low, high, SHUFFLES, mean, chance_low, chance_high,
        precision / mean if mean else None, float(np.mean(shuffled >= precision)),
    )  # fmt: skip


def _by_week(
    one: Felt, laid: dict[str, Index], page: Sequence[Window], rule: Rule, as_of: datetime
) -> np.ndarray:  # fmt: skip
    """Tell for each other week in which the page was read whether the episode would match there."""
    episode = one.episode
    ended_at = episode.ended_at or as_of
    told = []
    for week in range(-WEEKS, WEEKS + 1):
        shift = timedelta(weeks=week)
        window = Window(episode.onset_at + shift, max(ended_at, episode.alarm_at) + shift)
        if not week or window.end > as_of or covered_time(window, page) < window.end - window.start:
            continue
        moved = Felt(_moved(episode, shift, ended_at), None, one.surfaces, one.models)
        told.append(bool(match([moved], laid, rule, as_of)))
    return np.array(told, dtype=bool)


def _moved(episode: Episode, shift: timedelta, ended_at: datetime) -> Episode:
    times = {name: at + shift for name in _TIMES if (at := getattr(episode, name) or ended_at)}
    return msgspec.structs.replace(episode, **times)
