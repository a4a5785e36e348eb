"""A Statuspage on loopback: summary, latest incidents, history pages, one incident by its id, validators, and refusals.

It serves whatever incidents it is given, in the page's own JSON shape; `from_record` gives the real official record
that shape and mints the ids it lacks, the same ones every time.
"""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from loopback.http import Request, Response

ALPHABET = "0123456789bcdfghjklmnpqrstvwxyz"
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
          "November", "December")  # fmt: skip
CHALLENGE = Response(405, b"<html><head><title>Human verification</title></head></html>", {"Content-Type": "text/html"})


def minted(*parts: str) -> str:
    """Make an id of the page's form, the same for the same parts."""
    digest = hashlib.sha256("\0".join(parts).encode()).digest()
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest[:12])


def from_record(line: dict[str, Any]) -> dict[str, Any]:
    """Turn a line of the recorded official history into the page's own shape."""
    updates = [
        {
            "id": minted(line["id"], update["created_at"]), "status": update["status"], "body": update["body"],
            "incident_id": line["id"], "created_at": update["created_at"], "updated_at": update["created_at"],
            "display_at": update["display_at"],
            "affected_components": [
                {"code": minted(name), "name": name, "old_status": old, "new_status": new}
                for name, old, new in update["components"]
            ] or None,
            "deliver_notifications": True, "custom_tweet": None, "tweet_id": None,
        }
        for update in sorted(line["updates"], key=lambda update: update["display_at"], reverse=True)
    ]  # fmt: skip
    return {
        "id": line["id"], "name": line["name"], "status": line["status"], "created_at": line["created_at"],
        "updated_at": updates[0]["created_at"], "monitoring_at": None, "resolved_at": line["resolved_at"],
        "impact": line["impact"], "shortlink": f"https://stspg.io/{minted(line['id'], 'short')}",
        "started_at": line["started_at"], "page_id": "tymt9n04zgry", "incident_updates": updates,
        "components": [component(name) for name in line["components"]], "reminder_intervals": None,
    }  # fmt: skip


def component(name: str, status: str = "operational") -> dict[str, Any]:
    """Describe a component as the page does."""
    return {
        "id": minted(name), "name": name, "status": status, "created_at": "2023-07-11T17:52:24.275Z",
        "updated_at": "2026-04-28T17:41:55.401Z", "position": 1, "description": None, "showcase": True,
        "start_date": "2023-07-11", "group_id": None, "page_id": "tymt9n04zgry", "group": False,
        "only_show_if_degraded": False,
    }  # fmt: skip


@dataclass
class StatusPage:
    """The page: its incidents, and what it answers instead where `instead` names a path."""

    incidents: list[dict[str, Any]]
    indicator: str = "none"
    validators: bool = True
    instead: dict[str, Response] = field(default_factory=dict)

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        for path, response in self.instead.items():
            if request.path.startswith(path):
                return response
        if request.path == "/api/v2/summary.json":
            return self._json(request, self.summary())
        if request.path == "/api/v2/incidents.json":  # `?page=` is ignored, as by the real one
            return self._json(request, {"page": self.page(), "incidents": self._latest()[:50]})
        if request.path == "/history.json":
            return self._json(request, {"months": self._months(int(request.query.get("page", "1")))})
        code = request.path.removeprefix("/api/v2/incidents/").removesuffix(".json")
        for incident in self.incidents:
            if incident["id"] == code:
                return self._json(request, {"page": self.page(), "incident": incident})
        return Response(404, b"{}", {"Content-Type": "application/json"})

    def page(self) -> dict[str, Any]:
        """Describe the page itself."""
        return {
            "id": "tymt9n04zgry", "name": "Claude", "url": "https://status.claude.com", "time_zone": "Etc/UTC",
            "updated_at": "2026-04-28T17:51:36.946Z",
        }  # fmt: skip

    def summary(self) -> dict[str, Any]:
        """Say what the page shows now."""
        over = ("resolved", "completed", "postmortem")
        return {
            "page": self.page(), "components": [component("claude.ai"), component("Claude Code")],
            "incidents": [one for one in self.incidents if one["status"] not in over],
            "scheduled_maintenances": [],
            "status": {"indicator": self.indicator, "description": "All Systems Operational"},
        }  # fmt: skip

    def _latest(self) -> list[dict[str, Any]]:
        return sorted(self.incidents, key=_ended, reverse=True)

    def _months(self, number: int) -> list[dict[str, Any]]:
        """Give three months, newest first, each with the incidents that ended in it; none past the first one.

        As public readers of history.json have it: months without an incident are listed, the last page is a partial
        one, and the pages past it are empty.
        """
        ends = sorted({(_ended(one)[:7]) for one in self.incidents})
        first, last = (int(end[:4]) * 12 + int(end[5:]) - 1 for end in (ends[0], ends[-1]))
        months = []
        for back in range(3 * (number - 1), min(3 * number, last - first + 1)):
            y, m = divmod(last - back, 12)
            filed = [one for one in self._latest() if _ended(one)[:7] == f"{y}-{m + 1:02}"]
            months.append({"name": MONTHS[m], "year": y, "incidents": [self._filed(one) for one in filed]})
        return months

    def _filed(self, incident: dict[str, Any]) -> dict[str, Any]:
        begin = min(datetime.fromisoformat(update["display_at"]) for update in incident["incident_updates"])
        return {
            "code": incident["id"], "name": incident["name"], "message": incident["incident_updates"][0]["body"],
            "impact": incident["impact"], "timestamp": shown(begin, datetime.fromisoformat(_ended(incident))),
        }  # fmt: skip

    def _json(self, request: Request, payload: Any) -> Response:
        body = json.dumps(payload).encode()
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if self.validators:
            headers["ETag"] = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
            if request.headers.get("if-none-match") == headers["ETag"]:
                return Response(304, b"", headers)
        return Response(200, body, headers)


def shown(begin: datetime, end: datetime) -> str:
    """Write a span as history.json does: tags, no year, the end's day only where it is another."""
    time = "<var data-var='time'>{:%H:%M}</var>"
    stamp = "{:%b} <var data-var='date'>{:%e}</var>, " + time
    last = (time if end.date() == begin.date() else stamp).format(*[end] * 3)
    return f"{stamp.format(*[begin] * 3)} - {last} UTC"


def _ended(incident: dict[str, Any]) -> str:
    """Say when the page last spoke of an incident: what its lists are ordered and filed by."""
    return max(update["created_at"] for update in incident["incident_updates"])
