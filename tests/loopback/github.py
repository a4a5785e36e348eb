"""GitHub's list of issues on loopback, as far as it is asked for: pages, the header Link, validators, rate limits.

All of it is invented; the shape is that of GitHub's documentation of `/repos/{owner}/{repo}/issues`. Misbehaviour is a
`Trouble`: it gets the request and the answer that would have been right, and returns what is sent instead.
"""

import hashlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from loopback.http import Request, Response
from loopback.reddit import Trouble

REPOSITORY = "acme/tool"
TOKEN = "ghp_invented7Q9Z"
JSON = {"Content-Type": "application/json; charset=utf-8"}
MOST_BY_NUMBER = 10_000
"""Issues that page numbers reach; past them GitHub answers 422 and wants the cursor of the header Link."""

Issue = dict[str, Any]


def issue(number: int, created: datetime, /, **fields: Any) -> Issue:
    """Make an issue as GitHub lists it, by an invented author."""
    api = f"https://api.github.com/repos/{REPOSITORY}"
    login = f"invented-{number}"
    # The person first: an object has no order, and what is kept of a reject is its beginning.
    made = {
        "user": {"login": login, "id": number, "url": f"https://api.github.com/users/{login}", "type": "User"},
        "url": f"{api}/issues/{number}", "repository_url": api, "id": 10_000 + number, "node_id": f"I_{number}",
        "html_url": f"https://github.com/{REPOSITORY}/issues/{number}", "number": number, "title": f"Title {number}",
        "labels": [{"id": 1, "name": "bug"}], "state": "open", "assignees": [{"login": "invented-assignee"}],
        "comments": 0, "created_at": f"{created.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", "closed_at": None,
        "updated_at": f"{created.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", "body": f"Body {number}",
        "author_association": "NONE",
    }  # fmt: skip
    return made | fields


def minutely(count: int, noon: datetime) -> list[Issue]:
    """Make an issue a minute up to noon, newest first: number `count` down to 1."""
    return [issue(count - back, noon - timedelta(minutes=back)) for back in range(count)]


def environment(url: str, **more: str) -> dict[str, str]:
    """Name the keys that point the source at a server here."""
    return {"ICD_GITHUB_URL": url, "ICD_TIMEOUT_SECONDS": "5"} | more


def pull_request(number: int, created: datetime) -> Issue:
    """Make a pull request as it stands in the list of issues."""
    api = f"https://api.github.com/repos/{REPOSITORY}/pulls/{number}"
    return issue(number, created, pull_request={"url": api, "merged_at": None})


class GitHub:
    """A GitHub with one repository. `issues` are given out in the order they are in, so keep them newest first.

    With `by_cursor` the next page begins after the last issue of this one; without, at its number, as GitHub's first
    pages do. `remaining` counts down with each answer that is not a 304.
    """

    def __init__(self, issues: list[Issue], *, by_cursor: bool = False) -> None:
        self.issues, self.by_cursor = issues, by_cursor
        self.remaining, self.reset = 5_000, 0
        self.links = self.validators = True
        self.url = ""
        self.troubles: list[Trouble | None] = []

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        right = self._list(request)
        trouble = self.troubles.pop(0) if self.troubles else None
        return trouble(request, right) if trouble else right

    def _list(self, request: Request) -> Response:
        if request.path != f"/repos/{REPOSITORY}/issues":
            return as_json({"message": "Not Found", "status": "404"}, 404)
        assert request.query["state"] == "all"
        assert (request.query["sort"], request.query["direction"]) == ("created", "desc")
        size, number = int(request.query["per_page"]), int(request.query.get("page", 1))
        first = size * (number - 1)
        if "after" in request.query:
            numbers = [each["number"] for each in self.issues]
            first = numbers.index(int(request.query["after"])) + 1
        elif first >= MOST_BY_NUMBER:
            return as_json({"message": "Pagination with the page parameter is not supported"}, 422)
        page = self.issues[first : first + size]
        headers: dict[str, str] = {}
        if self.links:
            address = f"{self.url}{request.path}?state=all&sort=created&direction=desc&per_page={size}&page="
            links = [f'<{address}1>; rel="first"'] if first else []
            if first + size < len(self.issues):
                cursor = f"&after={page[-1]['number']}" if self.by_cursor else ""
                links.append(f'<{address}{number + 1}{cursor}>; rel="next"')
            headers |= {"Link": ", ".join(links)} if links else {}
        if self.validators:
            headers["ETag"] = f'W/"{hashlib.sha256(json.dumps(page).encode()).hexdigest()}"'
        if self.validators and request.headers.get("if-none-match") == headers["ETag"]:
            return Response(304, b"", headers | self._limits())
        self.remaining -= 1
        return as_json(page, 200, headers | self._limits())

    def _limits(self) -> dict[str, str]:
        return {"X-RateLimit-Remaining": str(max(self.remaining, 0)), "X-RateLimit-Reset": str(self.reset)}


def as_json(payload: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Answer with JSON."""
    return Response(status, json.dumps(payload).encode(), JSON | (headers or {}))


@contextmanager
def dripping(beginning: bytes) -> Iterator[str]:
    """Serve `beginning`, and then a space every twentieth of a second for as long as anybody listens."""
    listening = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def drip() -> None:
        caller, _ = listening.accept()
        with caller:
            caller.recv(65_536)
            try:
                caller.sendall(beginning)
                while not over.is_set():
                    caller.sendall(b" ")
                    time.sleep(0.05)
            except OSError:
                return  # it hung up, as it should

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        over.set()
        thread.join(2)
        listening.close()
