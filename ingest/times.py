"""Text to instant and back: ISO 8601 in, UTC out."""

import re
from datetime import UTC, datetime, timedelta

from ingest.errors import WrongOption

EARLIEST = datetime(2006, 3, 21, tzinfo=UTC)
"""Before the first tweet nobody wrote a public post here: an earlier time is a mistake, not a fact."""

_MORE_THAN_MICROSECONDS = re.compile(r"(\.\d{6})\d+")


def parse_instant(text: str) -> datetime:
    """Read an ISO 8601 instant with its zone, to the microsecond. Raises ValueError for a naive one.

    >>> parse_instant("2026-03-11T14:02:31Z").isoformat()
    '2026-03-11T14:02:31+00:00'
    """
    at = datetime.fromisoformat(_MORE_THAN_MICROSECONDS.sub(r"\1", text))
    if at.tzinfo is None:
        raise ValueError(f"{text!r} names no zone; write {text}Z for UTC")
    try:
        return at if at.tzinfo is UTC else at.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{text!r} lies beyond the calendar") from None


def parse_option(text: str) -> datetime:
    """Read an instant that a person typed: ISO 8601, a date alone allowed, UTC unless it says otherwise.

    Raises WrongOption for anything else.
    """
    try:
        at = datetime.fromisoformat(text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise WrongOption(
            f"{text!r} is not a time; write it as 2026-04-15T14:30 (UTC) or 2026-04-15T16:30+02:00"
        ) from None


def in_utc(at: datetime) -> datetime:
    """Give an instant of the database, which hands it out in a zone of pytz, in UTC."""
    return at.astimezone(UTC)


def from_epoch(seconds: float) -> datetime:
    """Read seconds since 1970 as an instant. Raises ValueError where no calendar holds it."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError):
        raise ValueError(f"{seconds} is not a time") from None


def minutes(span: timedelta) -> float:
    """Say a span in minutes, signed, to a tenth."""
    return round(span.total_seconds() / 60, 1)
