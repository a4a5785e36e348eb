"""Google's two status feeds on loopback: whole arrays, with a Last-Modified that nobody can ask by.

Shapes as in the recorded feed of 2026-08-20; Workspace's has `currently_affected_products` besides (official-status,
section 4). Every sentence is invented.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from loopback.http import Request, Response

GEMINI_API, GEMINI_APP, OTHER = "Z0FZJAMvEB4j3NbCJs6B", "npdyhgECDJ6tB66MxXyo", "9H6gWUHvb2ZubeoxzQ1Y"
TITLES = {GEMINI_API: "Vertex Gemini API", GEMINI_APP: "Gemini", OTHER: "VMWare engine"}
CLOUD, WORKSPACE = "/cloud/incidents.json", "/appsstatus/dashboard/incidents.json"


def written(at: datetime) -> str:
    """Write an instant as the feeds do: to the second, with an offset of nothing."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S+00:00}"


def product(code: str) -> dict[str, str]:
    """Name a product as the feeds do."""
    return {"title": TITLES[code], "id": code, "current_title": f"{TITLES[code]}, renamed"}


def incident(code: str, begin: datetime, *products: str, hours: float | None = 2, **fields: Any) -> dict[str, Any]:
    """Invent an incident of some products, posted 95 minutes after its begin and ended after some hours, or not yet."""
    created = begin + timedelta(minutes=95)
    said = [(created, "SERVICE_DISRUPTION")]
    if hours is not None:
        said.append((begin + timedelta(hours=hours, minutes=20), "AVAILABLE"))
    updates = [
        {"created": written(at), "modified": written(at), "when": written(at), "text": f"**S**\nInvented: {status}.",
         "status": status, "affected_locations": []}
        for at, status in reversed(said)
    ]  # fmt: skip
    made = {
        "id": code, "number": "5789456648280872492", "begin": written(begin), "created": written(created),
        "modified": updates[0]["modified"], "external_desc": f"Invented {code}.\nA second line.", "updates": updates,
        "most_recent_update": updates[0], "status_impact": "SERVICE_DISRUPTION", "severity": "medium",
        "service_key": "zall", "service_name": "Multiple Products",
        "affected_products": [product(one) for one in products], "uri": f"incidents/{code}",
        "currently_affected_locations": [], "previously_affected_locations": [],
    }  # fmt: skip
    if hours is not None:
        made["end"] = written(begin + timedelta(hours=hours))
    return made | fields


@dataclass
class GoogleStatus:
    """Both feeds, and what is answered instead where `instead` names a path."""

    cloud: list[Any]
    workspace: list[Any] = field(default_factory=list)
    instead: dict[str, Response] = field(default_factory=dict)

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        if request.path in self.instead:
            return self.instead[request.path]
        feeds = {CLOUD: self.cloud, WORKSPACE: self.workspace}
        if request.path not in feeds:
            return Response(404, b"", {})
        headers = {"Content-Type": "application/json", "Last-Modified": "Wed, 01 Jul 2026 11:00:00 GMT"}
        return Response(200, json.dumps(feeds[request.path]).encode(), headers)


def environment(url: str) -> dict[str, str]:
    """Name the settings, without ICD_, that point the source at a server here."""
    return {"GEMINI_STATUS_URL": url + CLOUD, "GEMINI_STATUS_WORKSPACE_URL": url + WORKSPACE}
