"""How much is written on the watched subreddits, without a text: the counts a minute of Arctic Shift.

An archive of Reddit run by one person, without promises: optional, off unless ICD_ARCTIC_SHIFT is "on". Only its counts
are asked for: its texts are other people's, and some of them were deleted.

It documents neither whether a minute without a post is listed as zero, nor in which order a series fills. So each hour
is asked for twice, by the minute and as a whole: where the minutes listed add up to the hour, the others were zero, and
the hour is covered. Where they do not, or no hour is listed, nothing is known, and the next run asks again.

Source of the shapes: its api/README.md (github.com/ArthurHeitmann/arctic_shift) and its own web page's client.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec

from ingest.coverage import union
from ingest.errors import ConfigError, MissingKey, SourceError, Truncated, Unreachable
from ingest.records import Volume, Window
from ingest.settings import Settings
from ingest.sources import About, Estimate, Memory, Page, Reading, Target
from ingest.sources.webclient import BadStatus, WebClient, decoded, meaning
from ingest.times import EARLIEST, from_epoch

NAME = "arcticshift"
PLATFORM = "reddit"
SWITCH = "ICD_ARCTIC_SHIFT"
ADDRESS = "ICD_ARCTIC_SHIFT_URL"

LAG = timedelta(days=1)
"""A series "might take a few hours or days to fully update" (its README): what is younger is not asked for."""

MINUTE, HOUR, DAY = 60, 3_600, 86_400
"""In seconds. One question asks for a day: 1,440 minutes, less than its own web page asks for at once."""

MAX_SPANS = 62
"""Days that are asked for in one go: two months."""

KINDS = ("comments", "posts")

ABOUT = About(
    needs=(SWITCH,),
    reach=None,
    reach_said="everything since 2005, a day late",
    cost="free",
    without="how busy the subreddits were in all, the denominator of their complaints",
)

_PLACE = re.compile(r"r/\w{2,30}", re.ASCII)


class _Point(msgspec.Struct, frozen=True, rename={"at": "date"}):
    at: int
    value: Annotated[int, msgspec.Meta(ge=0, le=10**9)]


class _Counts(msgspec.Struct, frozen=True):
    """One series: counts by the epoch second they begin at, and the raw points that could not be read."""

    counts: dict[int, int]
    unreadable: tuple[Any, ...]

    def of(self, hour: int) -> Iterator[int]:
        """The counts of the minutes of an hour that are listed."""
        return (self.counts.get(at, 0) for at in range(hour, hour + HOUR, MINUTE))


class _Series(msgspec.Struct, frozen=True, rename={"points": "data"}):
    points: list[Any]


def connect(settings: Settings) -> WebClient:
    """Make the client, without a request. Raises MissingKey where it is not switched on."""
    if settings.text(SWITCH).strip().lower() != "on":
        raise MissingKey(f'{SWITCH} is not "on"; see .env.example')
    return WebClient(settings, ADDRESS, "https://arctic-shift.photon-reddit.com")


def targets(settings: Settings) -> list[Target]:
    """Name two series, comments and posts, for each subreddit of each service. Raises ConfigError for no subreddit."""
    found = []
    for service in settings.watchlist.services.values():
        for place in service.places.get(PLATFORM, ()):
            if not _PLACE.fullmatch(place):
                raise ConfigError(
                    f"watchlist: [{service.name}.places] reddit = {place!r} is no subreddit; write it as r/ClaudeAI"
                )
            found += [Target(f"{place} {kind}", service.name, brings="volumes") for kind in KINDS]
    return found


def estimate(settings: Settings, target: Target, wanted: Window) -> Estimate:  # noqa: ARG001
    """Two requests a day of it."""
    days = (wanted.end - wanted.start) // timedelta(days=1) + 1
    return Estimate(2 * min(days, MAX_SPANS), said="one person runs it for everybody: be sparing")


def fetch(
    client: WebClient,
    target: Target,
    wanted: Window,
    now: Callable[[], datetime],
    memory: Memory,  # noqa: ARG001
) -> Iterator[Page]:
    """Ask for whole hours, a day at a time, oldest first, up to `LAG` ago. Hours that do not add up are left out."""
    start = int(wanted.start.timestamp()) // HOUR * HOUR
    end = min(-(-int(wanted.end.timestamp()) // HOUR), int((now() - LAG).timestamp()) // HOUR) * HOUR
    known = 0
    for number, first in enumerate(range(start, end, DAY)):
        last = min(first + DAY, end)
        if number == MAX_SPANS:
            yield Page((), None, requests=0, problem=_short(target, f"it ends at {from_epoch(first):%Y-%m-%dT%H:%MZ}"))
            return
        if early := client.too_early(f"{NAME} {target.name}", now()):
            yield Page((), None, requests=0, problem=early)
            return
        hours, reached = _ask(client, target, ("hour", HOUR), Window(from_epoch(first), from_epoch(last)), now)
        minutes, _ = _ask(client, target, ("minute", MINUTE), Window(from_epoch(first), from_epoch(last)), now)
        whole = [hour for hour, count in hours.counts.items() if hour + HOUR <= reached]
        whole = [hour for hour in whole if sum(minutes.of(hour)) == hours.counts[hour]]
        known += len(whole)
        requests, unreadable = 2, (*hours.unreadable, *minutes.unreadable)
        runs = union(Window(from_epoch(hour), from_epoch(hour + HOUR)) for hour in whole)
        for covered in (*runs,) or (None,):
            yield Page((*unreadable, *_points(minutes, covered)), covered, requests=requests)
            requests, unreadable = 0, ()
    if start < end and not known:
        yield Page((), None, requests=0, problem=_short(target, "no hour of it adds up, or there is no such subreddit"))


def _ask(
    client: WebClient, target: Target, precision: tuple[str, int], span: Window, now: Callable[[], datetime]
) -> tuple[_Counts, float]:
    """Ask for one series over a span of whole hours. Returns it, and how far it may be trusted, in epoch seconds."""
    (place, kind), (name, width) = target.name.split(" "), precision
    first, last = int(span.start.timestamp()), int(span.end.timestamp())
    # One more at either end: whether the bounds themselves are given is not documented.
    question: dict[str, str | int] = {"key": f"{place}/{kind}/count", "precision": name}
    answer = client.get("/api/time_series", question | {"after": first - width, "before": last + width})
    client.heed(answer, now())
    if answer.status != 200:
        raise BadStatus(answer)
    counts, unreadable = {}, []
    for raw in msgspec.convert(decoded(answer), _Series).points:
        at = _at(raw, width)
        if at is None:
            unreadable.append(raw)
        elif first <= at < last:
            counts[at] = int(raw["value"])
    # By the earlier of two clocks: were ours ahead, an hour that still fills would be taken for whole.
    clock = min(now(), answer.served_at or now())
    return _Counts(counts, tuple(unreadable)), (clock - LAG).timestamp()


def _points(minutes: _Counts, covered: Window | None) -> tuple[dict[str, int], ...]:
    """Every minute of what is covered; one that is not listed was zero."""
    if covered is None:
        return ()
    span = range(int(covered.start.timestamp()), int(covered.end.timestamp()), MINUTE)
    return tuple({"date": at, "value": minutes.counts.get(at, 0)} for at in span)


def _at(raw: Any, width: int) -> int | None:
    """Say when a point begins, in epoch seconds; None where it cannot be read."""
    try:
        point = msgspec.convert(raw, _Point)
    except ValueError:
        return None
    return point.at if point.at % width == 0 else None


def _short(target: Target, what: str) -> SourceError:
    return Truncated(f"{NAME} {target.name}: {what}; the next run asks for the rest")


def parse(raw: Any, reading: Reading) -> Volume:
    """Read one minute's count. Raises ValueError for another shape or time."""
    point = msgspec.convert(raw, _Point)
    at = from_epoch(point.at)
    if at < EARLIEST or point.at % MINUTE:
        raise ValueError(f"date {point.at} is no minute of Reddit's")
    place, kind = reading.target.name.split(" ")
    return Volume(
        platform=PLATFORM,
        place=place,
        service=reading.target.service or "",
        query=kind,
        window=Window(at, at + timedelta(seconds=MINUTE)),
        count=point.value,
        seen_at=reading.seen_at,
    )


def translate(error: Exception, target: Target) -> SourceError | None:
    """Say what an exception means, with a remedy, in one line; None where it was not raised by the client."""
    named = f"{NAME} {target.name}"
    if isinstance(error, BadStatus) and error.answer.status == 422:
        return Unreachable(f"{named}: its query took too long (status 422); the next run asks again")
    return meaning(error, named, ADDRESS)
