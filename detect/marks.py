"""Which episodes a person's mark speaks of. Pure: what the judgement finds changes, and the mark stays what it is.

A mark speaks of every episode of its service that overlaps its span; of several marks on one episode, the newest holds.
An episode that runs has lasted up to `as_of`, when it was judged: what is marked later is not it.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol, TypeVar

from ingest.marks import Mark


class Spanning(Protocol):
    """Whatever tells an episode by service, onset and end; the end is None while it runs."""

    @property
    def episode_id(self) -> str: ...  # noqa: D102
    @property
    def service(self) -> str: ...  # noqa: D102
    @property
    def onset_at(self) -> datetime: ...  # noqa: D102
    @property
    def ended_at(self) -> datetime | None: ...  # noqa: D102


Told = TypeVar("Told", bound=Spanning)


def spoken_of(mark: Mark, episodes: Iterable[Told], as_of: datetime) -> list[Told]:
    """List the episodes that a mark speaks of, in the order given."""
    return [
        one
        for one in episodes
        if one.service == mark.service and one.onset_at < mark.span.end and mark.span.start < (one.ended_at or as_of)
    ]


def by_episode(marks: Iterable[Mark], episodes: Iterable[Spanning], as_of: datetime) -> Mapping[str, Mark]:
    """Give each marked episode, by id, the newest of the marks that speak of it."""
    episodes = list(episodes)
    newest_last = sorted(marks, key=lambda mark: (mark.marked_at, mark.mark_id or 0))
    return {one.episode_id: mark for mark in newest_last for one in spoken_of(mark, episodes, as_of)}
