"""An incident.io page on loopback, as far as it imitates Statuspage, and the feed that it is drawn from.

Shapes as observed on OpenAI's page (official-status, section 3): no components, no start and no shortlink on an
incident, whole seconds, 25 of the latest, `incidents` left out of the summary where none is open, `resolved_at` left
out of an incident that is. Every sentence is invented.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from loopback.http import Request, Response

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PAGE = "01JMDK9XYNY6RXSED6SDWW50WY"
COMPONENTS = {"Conversations": "01JMXBNJXGV1T5GT2M9XA83XNG", "Login": "01JSM5RTJWHRWDTS6Q604VEW3B"}


def ulid(at: datetime, number: int = 0) -> str:
    """Mint an id at an instant, to the millisecond; the number tells those of one instant apart."""
    value = (int(at.timestamp() * 1000) << 80) + number
    return "".join(CROCKFORD[value >> shift & 31] for shift in range(125, -1, -5))


def seconds(at: datetime) -> str:
    """Write an instant as the v2 API does."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def milliseconds(at: datetime) -> str:
    """Write an instant as the native feed does."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"


def incident(at: datetime, *statuses: str, number: int = 0, every: int = 30, **fields: Any) -> dict[str, Any]:
    """Invent an incident published at an instant, with a message of each status, so many minutes apart."""
    code = ulid(at, number)
    said = [(at + timedelta(minutes=every * n), status) for n, status in enumerate(statuses or ("investigating",))]
    updates = [
        {
            "id": ulid(when, 7), "incident_id": code, "status": status, "body": f"Invented: {status}.",
            "created_at": seconds(when), "updated_at": seconds(when), "display_at": seconds(when),
        }
        for when, status in reversed(said)
    ]  # fmt: skip
    made = {
        "id": code, "name": f"Invented {number}", "status": said[-1][1], "impact": "minor", "page_id": PAGE,
        "created_at": seconds(at), "updated_at": seconds(said[-1][0]), "incident_updates": updates,
    }  # fmt: skip
    if said[-1][1] == "resolved":
        made["resolved_at"] = seconds(said[-1][0])
    return made | fields


def native(one: dict[str, Any], *affected: tuple[str, str]) -> dict[str, Any]:
    """Say an incident as the native feed does, with the components it affected by id and status."""
    began, ended = one["incident_updates"][-1]["display_at"], one["incident_updates"][0]["display_at"]
    return {
        "id": one["id"], "name": one["name"], "status": one["status"], "status_page_id": PAGE, "type": "incident",
        "published_at": began.replace("Z", ".272Z"),
        "affected_components": [
            {"component_id": component, "status": status, "current_status": "operational"}
            for component, status in affected
        ],
        "component_impacts": [
            {"id": ulid(datetime.fromisoformat(began), 9), "component_id": component, "status": status,
             "start_at": began, "end_at": ended, "status_page_incident_id": one["id"]}
            for component, status in affected
        ],
        "updates": [
            {"id": update["id"], "to_status": update["status"], "message_string": update["body"],
             "published_at": update["display_at"].replace("Z", ".272Z"), "automated_update": False}
            for update in one["incident_updates"]
        ],
    }  # fmt: skip


def component(name: str, code: str, status: str = "operational") -> dict[str, Any]:
    """Describe a component as the page does: one `updated_at` for all."""
    return {
        "id": code, "name": name, "status": status, "page_id": PAGE, "position": 0,
        "created_at": "2025-02-25T01:32:55Z", "updated_at": "2026-07-09T19:25:56Z",
    }  # fmt: skip


@dataclass
class IncidentIo:
    """The page: its incidents in any order, what it answers instead where `instead` names a path, and its feed."""

    incidents: list[dict[str, Any]]
    indicator: str = "none"
    components: list[dict[str, Any]] = field(
        default_factory=lambda: [component(name, code) for name, code in COMPONENTS.items()]
    )
    instead: dict[str, Response] = field(default_factory=dict)
    affected: tuple[tuple[str, str], ...] = ((COMPONENTS["Conversations"], "partial_outage"),)
    deaf: bool = False
    """Whether the feed gives all it has, whatever span it is asked for."""

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        for path, response in self.instead.items():
            if request.path.startswith(path):
                return response
        host = request.headers["host"]
        answers = {
            "/api/v2/summary.json": self.summary,
            "/api/v2/components.json": lambda: {"page": self._page(), "components": self.components},
            "/api/v2/incidents.json": lambda: {"page": self._page(), "incidents": self._latest()[:25]},
            f"/proxy/{host}/incidents": lambda: {"incidents": self._within(request.query)},
        }
        if request.path not in answers:  # unresolved.json and scheduled-maintenances.json too
            return Response(404, b"<!doctype html><title>404</title>", {"Content-Type": "text/html"})
        return Response(200, json.dumps(answers[request.path]()).encode(), {"Content-Type": "application/json"})

    def summary(self) -> dict[str, Any]:
        """Say what the page shows now."""
        shown = {
            "page": self._page(), "components": self.components[:25],
            "status": {"indicator": self.indicator, "description": "Invented"},
        }  # fmt: skip
        unresolved = [one for one in self.incidents if one["status"] != "resolved"]
        return shown | ({"incidents": unresolved} if unresolved else {})

    def _page(self) -> dict[str, Any]:
        return {"id": PAGE, "name": "OpenAI", "updated_at": "2026-07-09T19:25:56Z", "url": "https://status.openai.com/"}

    def _latest(self) -> list[dict[str, Any]]:
        return sorted(self.incidents, key=lambda one: one["updated_at"], reverse=True)

    def _within(self, query: dict[str, str]) -> list[dict[str, Any]]:
        feed = [native(one, *self.affected) for one in self._latest()]
        if self.deaf:
            return feed
        start, end = (datetime.fromisoformat(query[name]) for name in ("start_at", "end_at"))
        return [one for one in feed if start <= datetime.fromisoformat(one["published_at"]) < end]
