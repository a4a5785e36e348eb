"""What operators publish: incidents with their messages, and what a page showed at a poll. Facts about the operator."""

from datetime import datetime

import msgspec

from ingest.windows import hashed_key, require_utc


class ComponentChange(msgspec.Struct, frozen=True):
    """What one official update did to one component: from `old` to `new` status, names as they then were."""

    name: str
    old: str | None
    new: str | None


class IncidentUpdate(msgspec.Struct, frozen=True):
    """One message of the operator about an incident.

    `created_at` is when it was published, `display_at` what the page shows; `update_id` is None from a file.
    """

    status: str
    created_at: datetime
    display_at: datetime
    body: str
    components: tuple[ComponentChange, ...] = ()
    update_id: str | None = None

    def __post_init__(self) -> None:
        require_utc(self, "created_at", "display_at")


class Incident(msgspec.Struct, frozen=True):
    """What the operator published about one disturbance of one service.

    None of `started_at`, `created_at`, `resolved_at` says when the disturbance began, ended or was first
    published: they can be machine stamps or edited by hand. `first_published_at` is the earliest update.
    """

    service: str
    incident_id: str
    name: str
    impact: str
    status: str
    started_at: datetime | None
    created_at: datetime
    resolved_at: datetime | None
    components: tuple[str, ...]
    updates: tuple[IncidentUpdate, ...]
    seen_at: datetime | None = None

    def __post_init__(self) -> None:
        require_utc(self, "started_at", "created_at", "resolved_at", "seen_at")

    @property
    def first_published_at(self) -> datetime | None:
        """When the page first spoke: the earliest creation among the updates; None while there is none."""
        return min((update.created_at for update in self.updates), default=None)

    @property
    def content(self) -> bytes:
        """The incident as canonical JSON, without what changes by itself.

        Left out: when we saw it, update ids (a file has none), and the page's `updated_at` and `shortlink`, which
        one bulk touch rewrote for every old incident on 2026-08-14 with no word changed.
        """
        updates = sorted(self.updates, key=lambda update: update.created_at)
        stated = {
            "name": self.name,
            "impact": self.impact,
            "status": self.status,
            "started_at": self.started_at,
            "created_at": self.created_at,
            "resolved_at": self.resolved_at,
            "components": sorted(self.components),
            "updates": [
                [
                    u.status,
                    u.created_at,
                    u.display_at,
                    u.body,
                    sorted(msgspec.to_builtins(u.components), key=str),
                ]
                for u in updates
            ],
        }
        return msgspec.json.encode(stated)

    @property
    def content_hash(self) -> int:
        """The same as long as the operator changed nothing."""
        return hashed_key(self.content.decode())


class PageState(msgspec.Struct, frozen=True):
    """What an official page showed at one poll.

    `indicator` is None where the page was unreadable: unknown, never operational. `components` maps a component's
    name to its status, `unresolved` counts the incidents that are open.
    """

    service: str
    seen_at: datetime
    indicator: str | None
    description: str | None = None
    components: dict[str, str] = {}
    unresolved: int | None = None

    def __post_init__(self) -> None:
        require_utc(self, "seen_at")
