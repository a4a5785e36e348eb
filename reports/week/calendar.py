"""ISO weeks: Monday 00:00 UTC to the next, named 2026-W16; a year has 52 or 53."""

import re
from datetime import UTC, date, datetime, timedelta

from ingest.errors import WrongOption
from ingest.hostile import one_line

WEEK = timedelta(weeks=1)


def monday(at: datetime) -> datetime:
    """Give the begin of the week in which an instant lies."""
    day = at.astimezone(UTC).date()
    return datetime.combine(day - timedelta(days=day.weekday()), datetime.min.time(), UTC)


def named(start: datetime) -> str:
    """Name the week that begins then.

    >>> named(datetime(2026, 12, 28, tzinfo=UTC))
    '2026-W53'
    """
    year, week, _ = start.isocalendar()
    return f"{year}-W{week:02}"


def begin(week: str) -> datetime:
    """Give the begin of a week by its name. Raises WrongOption where there is none such."""
    found = re.fullmatch(r"(\d{4})-?[Ww](\d{1,2})", week.strip())
    try:
        if found:
            first = date.fromisocalendar(int(found[1]), int(found[2]), 1)
            return datetime.combine(first, datetime.min.time(), UTC)
    except ValueError:
        pass
    raise WrongOption(
        f"{one_line(week, 40)!r} is no ISO week; write the year and the week like 2026-W16 (a year has 52 or 53)"
    )


def last_complete(as_of: datetime) -> datetime:
    """Give the begin of the last week that was over at an instant."""
    return monday(as_of) - WEEK
