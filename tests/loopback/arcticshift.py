"""Arctic Shift's time series on loopback. All counts are invented; the shape is that of its README and its web page.

Minutes without a post are left out, as a database's grouping does; the README does not say. Misbehaviour is a
`Trouble`, as in `loopback.reddit`.
"""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from loopback.http import Request, Response
from loopback.reddit import Trouble

JSON = {"Content-Type": "application/json; charset=utf-8"}
WIDTHS = {"minute": 60, "hour": 3_600}

Points = list[dict[str, Any]]


@dataclass
class ArcticShift:
    """An archive in which each of `times` is one comment on r/ClaudeAI.

    `late` alters the points of a precision before they are given out: a series that is still filling. A `heedless` one
    gives everything, whatever span is asked for.
    """

    times: list[datetime]
    troubles: list[Trouble | None] = field(default_factory=list)
    heedless: bool = False
    late: dict[str, Callable[[Points], Points]] = field(default_factory=dict)

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        right = self._series(request)
        trouble = self.troubles.pop(0) if self.troubles else None
        return trouble(request, right) if trouble else right

    def _series(self, request: Request) -> Response:
        assert request.path == "/api/time_series"
        if request.query["key"] != "r/ClaudeAI/comments/count":
            return Response(200, b'{"data":[]}', JSON)
        precision = request.query["precision"]
        width, after, before = WIDTHS[precision], int(request.query["after"]), int(request.query["before"])
        counts = Counter(int(at.timestamp()) // width * width for at in self.times)
        # Both bounds left out: what the sparser reading of "after" and "before" would be.
        points = [{"date": at, "value": counts[at]} for at in sorted(counts) if self.heedless or after < at < before]
        points = self.late.get(precision, lambda given: given)(points)
        return Response(200, json.dumps({"data": points}).encode(), JSON)
