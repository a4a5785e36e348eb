"""What is to be said of an episode, given what was said of it before. Pure: one answer for one episode and one address.

    nothing said ── runs ──────────────────────────► opened
    nothing said ── over, its alarm not long ago ──► ended     (one message for the whole of it)
    running told ── graver than was told ──────────► risen
    running told ── the page has spoken ───────────► page      (unless a message has told it on the way)
    running told ── over ──────────────────────────► ended
    running told ── not found any more, or marked ─► withdrawn
    over told    ── runs after all ────────────────► resumed   (once)

Each is said once, the gravest first, at most one a round. What was over before anybody could be told stays unsaid:
neither a first use nor a source that comes back brings a burst of old news.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

Transition = Literal["opened", "risen", "page", "ended", "resumed", "withdrawn", "test"]

RECENT = timedelta(hours=3)
"""How long after its alarm an episode that is over already is still worth its one message."""

OVER = ("ended", "withdrawn")


class Course(msgspec.Struct, frozen=True):
    """How an episode stands: `sure` where the service is down or probably so, `refuted` where it was marked wrong."""

    alarm_at: datetime
    ended_at: datetime | None
    severity: int
    page_spoke: bool
    sure: bool = True
    refuted: bool = False


class Sent(msgspec.Struct, frozen=True):
    """One message that an address took."""

    transition: str
    severity: int
    told_page: bool


def due(course: Course | None, sent: Sequence[Sent], now: datetime) -> Transition | None:
    """Say what is to be told; None where nothing is.

    Parameters
    ----------
    course
        None where the judgement in force does not have the episode any more.
    sent
        What the address was told of this episode, in order.
    """
    gone = course is None or course.refuted
    if not sent:
        return None if course is None or gone else _first(course, now)
    if sent[-1].transition in OVER:
        again = course is not None and not gone and course.ended_at is None and course.sure
        return "resumed" if again and all(one.transition != "resumed" for one in sent) else None
    if course is None or gone:
        return "withdrawn"
    if course.ended_at is not None:
        return "ended"
    if course.severity > max(one.severity for one in sent) and course.sure:
        return "risen"
    if course.page_spoke and not any(one.told_page for one in sent):
        return "page"
    return None


def message_id(episode_id: str, transition: Transition, sent: Sequence[Sent]) -> str:
    """Name a message: the same for the same news, so that whoever gets it twice can tell."""
    before = sum(one.transition == transition for one in sent)
    return f"{episode_id}/{transition}" + (f"-{before + 1}" if before else "")


def _first(course: Course, now: datetime) -> Transition | None:
    if course.ended_at is None:
        return "opened" if course.sure else None
    return "ended" if now - course.alarm_at <= RECENT else None
