"""The facts, one frozen record each. Every instant is UTC; a naive or another zone's time is a ValueError.

`msgspec.Struct` rather than a dataclass: as frozen and as slotted, a fifth of the cost to make, and a million
of them pass through here in one load.
"""

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from ingest.official import ComponentChange, Incident, IncidentUpdate, PageState
from ingest.windows import Window, hashed_key, require_utc

__all__ = [
    "Brings", "ComponentChange", "Deletion", "Edit", "Fact", "Facts", "Form", "Incident", "IncidentUpdate", "PageState",
    "Post", "Pull", "Reject", "Volume", "Window", "hashed_key",
]  # fmt: skip

FUTURE_TOLERANCE = timedelta(minutes=5)
"""How far ahead of us a claimed time may be: two honest clocks differ by minutes, not hours."""

RECEIPT_TOLERANCE = timedelta(days=1)
"""How far an author's claim may be from the platform's live receipt before the post is not counted."""

Form = Literal["post", "comment", "reply", "quote", "issue"]

Brings = Literal["posts", "discoveries", "volumes", "incidents", "deletions"]
"""What a pull brings, and so what its coverage vouches for. Discoveries are posts that a search happened to find: they
count as people, and nobody vouches that there were no others."""


class Post(msgspec.Struct, frozen=True, gc=False):
    """One public message as published.

    `post_id` is the platform's own id, `author_key` a keyed hash (`ingest.authors`) or None where the author is
    not known, `text` title and body with control characters taken out. Three clocks: `claimed_at` is what the
    author or the platform's record says, `received_at` the platform's receipt where it gives one, `seen_at` ours,
    None where nobody wrote down when the post reached us.
    """

    platform: str
    post_id: str
    place: str
    author_key: int | None
    claimed_at: datetime
    received_at: datetime | None
    seen_at: datetime | None
    form: Form
    text: str
    url: str | None = None
    lang: str | None = None
    parent_id: str | None = None

    def __post_init__(self) -> None:
        require_utc(self, "claimed_at", "received_at", "seen_at")

    @property
    def key(self) -> int:
        """The same for a post however it reached us: a hash of platform and native id."""
        return hashed_key(self.platform, self.post_id)

    def counted_at(self, *, known_by: datetime) -> datetime | None:
        """When the post counts: at the platform's receipt where there is one, else when its author claims.

        None, stored but not counted, where the claim lies in the future of when we saw it (`known_by` where we
        did not note that) or more than a day from a live receipt. See DESIGN: facts, two clocks.
        """
        if self.claimed_at > min(self.seen_at or known_by, known_by) + FUTURE_TOLERANCE:
            return None
        if self.received_at is None:
            return self.claimed_at
        if abs(self.claimed_at - self.received_at) > RECEIPT_TOLERANCE:
            return None
        return self.received_at


class Volume(msgspec.Struct, frozen=True):
    """A count that a platform gives without texts: how many posts matched `query` in `window`."""

    platform: str
    place: str
    service: str
    query: str
    window: Window
    count: int
    seen_at: datetime | None = None

    def __post_init__(self) -> None:
        require_utc(self, "seen_at")
        if self.count < 0:
            raise ValueError(f"a volume cannot be negative: {self.count}")


class Edit(msgspec.Struct, frozen=True):
    """A new text of a post whose author changed it. The judgement of the old text stands: it was what people read."""

    platform: str
    post_id: str
    text: str
    seen_at: datetime

    def __post_init__(self) -> None:
        require_utc(self, "seen_at")

    @property
    def key(self) -> int:
        """The key of the post."""
        return hashed_key(self.platform, self.post_id)


class Deletion(msgspec.Struct, frozen=True):
    """A post, or all that one person wrote, is gone: text and author key are dropped, whenever the post itself arrives.

    Exactly one of `post_id` and `author_key` is set; a person's posts after `deleted_at` are not meant.
    """

    platform: str
    deleted_at: datetime
    seen_at: datetime
    post_id: str | None = None
    author_key: int | None = None

    def __post_init__(self) -> None:
        require_utc(self, "deleted_at", "seen_at")
        if (self.post_id is None) == (self.author_key is None):
            raise ValueError("a deletion is of one post or of one author")

    @property
    def key(self) -> int | None:
        """The key of the post; None where an author is gone."""
        return None if self.post_id is None else hashed_key(self.platform, self.post_id)


class Reject(msgspec.Struct, frozen=True):
    """A payload that could not be read: where it stood, why, and its beginning with handles masked."""

    source: str
    where: str
    reason: str
    excerpt: str
    seen_at: datetime


class Pull(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the ledger: one request to a target, what it asked for and what it truly covered.

    `service` is None where the target is read for every service. `covered` is None where nothing was covered,
    and `error` says how the pull ended where it did not end well. `cost_usd` is what the platform charges; it is
    negative where a row before reserved more than was billed in the end.
    """

    source: str
    platform: str
    target: str
    service: str | None
    asked: Window | None
    covered: Window | None
    fetched: int
    started_at: datetime
    ended_at: datetime
    requests: int = 1
    cost_usd: float = 0.0
    error: str | None = None
    brings: Brings = "posts"

    def __post_init__(self) -> None:
        require_utc(self, "started_at", "ended_at")


Fact = Post | Volume | Incident | PageState | Edit | Deletion


class Facts(msgspec.Struct, frozen=True):
    """What one pull brought, to be saved together with its ledger row or not at all."""

    posts: tuple[Post, ...] = ()
    volumes: tuple[Volume, ...] = ()
    incidents: tuple[Incident, ...] = ()
    page_states: tuple[PageState, ...] = ()
    edits: tuple[Edit, ...] = ()
    deletions: tuple[Deletion, ...] = ()
    rejects: tuple[Reject, ...] = ()

    def __len__(self) -> int:
        """How many facts; rejects are none."""
        return sum(len(getattr(self, name)) for name in self.__struct_fields__ if name != "rejects")
