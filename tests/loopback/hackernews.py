"""The search of Hacker News on loopback: a span of time, newest first, 1,000 hits at most. All of it is invented.

The shape is that of the search's own page /api and of its source (github.com/algolia/hn-search): `nbHits` counts all
hits of the span, and no more than `most` of them are given out. Misbehaviour is a `Trouble`, as in `loopback.reddit`.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from loopback.http import Request, Response
from loopback.reddit import Trouble

JSON = {"Content-Type": "application/json; charset=utf-8"}
_SPAN = re.compile(r"created_at_i>=(\d+),created_at_i<(\d+)")

Hit = dict[str, Any]


def story(number: int, created: datetime, /, **fields: Any) -> Hit:
    """Make a story as the search gives it, by an invented author."""
    return _hit(number, created, "story") | {"title": f"Title {number}", "story_text": None, "points": 3} | fields


def comment(number: int, created: datetime, /, **fields: Any) -> Hit:
    """Make a comment on story 1 as the search gives it."""
    words = {"comment_text": f"Comment {number}", "parent_id": 1, "story_id": 1, "story_title": "Title 1"}
    return _hit(number, created, "comment") | words | fields


def _hit(number: int, created: datetime, kind: str) -> Hit:
    author, at = f"invented_{number}", created.astimezone(UTC)
    # Its tags first: an object has no order, and what is kept of a reject is its beginning.
    return {
        "_tags": [kind, f"author_{author}", "story_1"], "objectID": str(number), "author": author,
        "created_at": f"{at:%Y-%m-%dT%H:%M:%SZ}", "created_at_i": int(at.timestamp()), "updated_at": "2026-01-01",
        "_highlightResult": {"author": {"value": author, "matchLevel": "none", "matchedWords": []}},
    }  # fmt: skip


@dataclass
class HackerNews:
    """A search over some hits. It gives the highlights and tags too, although it is asked not to."""

    hits: list[Hit]
    most: int = 1_000
    newest: int = 4_000_000_000
    """When the newest of anything in the index was written: an index that stands still has an old one."""
    troubles: list[Trouble | None] = field(default_factory=list)
    alter: Callable[[dict[str, Any]], None] | None = None

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        right = self._search(request)
        trouble = self.troubles.pop(0) if self.troubles else None
        return trouble(request, right) if trouble else right

    def _search(self, request: Request) -> Response:
        assert request.path == "/api/v1/search_by_date"
        if "query" not in request.query:
            return self._newest()
        asked = _SPAN.fullmatch(request.query["numericFilters"])
        assert asked
        start, end = int(asked[1]), int(asked[2])
        within = [hit for hit in self.hits if start <= hit["created_at_i"] < end]
        within.sort(key=lambda hit: -hit["created_at_i"])
        answer = {
            "hits": within[: min(self.most, int(request.query["hitsPerPage"]))], "nbHits": len(within), "page": 0,
            "nbPages": 1, "hitsPerPage": int(request.query["hitsPerPage"]), "exhaustiveNbHits": True,
        }  # fmt: skip
        if self.alter:
            self.alter(answer)
        return Response(200, json.dumps(answer).encode(), JSON)

    def _newest(self) -> Response:
        hit = comment(1, datetime.fromtimestamp(self.newest, UTC))
        return Response(200, json.dumps({"hits": [hit], "nbHits": 1_000_000}).encode(), JSON)
