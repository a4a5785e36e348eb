"""What charts over time are drawn from."""

from datetime import datetime
from typing import Literal

import msgspec


class Point(msgspec.Struct, frozen=True):
    """One step of the grid: people complaining and how many were expected, None where unknown; `looked` is 0 to 1."""

    start: datetime
    people: int | None
    expected: float | None
    looked: float


class Mark(msgspec.Struct, frozen=True):
    """One instant worth a line: `who` acted, people, we (the alarm), or the page."""

    at: datetime
    says: str
    who: Literal["people", "us", "page"] = "people"


class Span(msgspec.Struct, frozen=True):
    """A stretch of time."""

    start: datetime
    end: datetime


class Lane(msgspec.Struct, frozen=True):
    """What another than people said, below the same axis: how long it lasted, and when a word of it came."""

    says: str
    spans: tuple[Span, ...]
    words: tuple[datetime, ...] = ()
