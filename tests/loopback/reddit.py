"""Reddit's OAuth API on loopback: a token, listings, a search, and `/api/info`. All of it is invented.

`test_loopback_reddit.py` holds its answers against recorded ones. Misbehaviour is a `Trouble`: it gets the request
and the answer that would have been right, and returns what is sent instead.
"""

import base64
import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import chain, repeat
from typing import Any

from loopback.http import Request, Response

CLIENT_ID, CLIENT_SECRET, TOKEN = "invented-id", "invented-secret-7Q", "invented-token-9Z"
LISTING_END = 1000
JSON = {"Content-Type": "application/json; charset=UTF-8"}
HTML = {"Content-Type": "text/html; charset=UTF-8"}
BASIC = "Basic " + base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()

Child = dict[str, Any]
Trouble = Callable[[Request, Response], Response]


def submission(number: int, created: float, **fields: Any) -> Child:
    """Make a post in the shape of a listing's child, by an invented author, created at `created` (epoch seconds)."""
    data = {
        "name": f"t3_{number:06d}", "id": f"{number:06d}", "subreddit": "ClaudeAI", "author": f"invented_{number}",
        "author_fullname": f"t2_{number}", "created_utc": float(created), "title": f"Title {number}",
        "selftext": f"Text {number}", "permalink": f"/r/ClaudeAI/comments/{number:06d}/title/", "score": 1,
        "num_comments": 0, "edited": False, "removed_by_category": None, "stickied": False,
    }  # fmt: skip
    return {"kind": "t3", "data": data | fields}


def comment(number: int, created: float, **fields: Any) -> Child:
    """Make a comment on a post in the shape of a listing's child."""
    data = {
        "name": f"t1_{number:06d}", "id": f"{number:06d}", "subreddit": "ClaudeAI", "author": f"invented_{number}",
        "author_fullname": f"t2_{number}", "created_utc": float(created), "body": f"Comment {number}",
        "parent_id": "t3_000001", "link_id": "t3_000001", "score": 1, "edited": False,
        "permalink": f"/r/ClaudeAI/comments/000001/title/{number:06d}/", "replies": "", "stickied": False,
    }  # fmt: skip
    return {"kind": "t1", "data": data | fields}


class Reddit:
    """A Reddit with some listings, named as the source's targets are: `r/ClaudeAI/new`, `r/ClaudeAI/comments`.

    A listing is given out in the order it is in, so keep it newest first. `after` finds its place anew at each
    request, so a listing may change between two. `found` holds what a search brings, by query, and `things` what
    `/api/info` knows, by full name.
    """

    def __init__(self, **listings: list[Child]) -> None:
        self.listings = {f"r/ClaudeAI/{name}": children for name, children in listings.items()}
        self.found: dict[str, list[Child]] = {}
        self.things: dict[str, Child] = {}
        self._troubles: dict[str, Iterator[Trouble | None]] = defaultdict(lambda: repeat(None))

    def trouble(self, where: str, *troubles: Trouble | None, forever: bool = False) -> None:
        """Misbehave at the next requests to `where`, a listing or "token"; None is a good answer in between."""
        rest = repeat(troubles[-1] if forever else None)
        self._troubles[where] = chain(troubles, rest)

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        where = "token" if request.path == "/api/v1/access_token" else request.path.strip("/")
        right = self._token(request) if where == "token" else self._listing(where, request)
        trouble = next(self._troubles[where])
        return trouble(request, right) if trouble else right

    def _token(self, request: Request) -> Response:
        if request.headers.get("authorization") != BASIC or request.method != "POST":
            return as_json({"message": "Unauthorized", "error": 401}, 401)
        if request.body != b"grant_type=client_credentials":
            return as_json({"error": "unsupported_grant_type"})
        return as_json({"access_token": TOKEN, "token_type": "bearer", "expires_in": 86400, "scope": "*"})

    def _listing(self, where: str, request: Request) -> Response:
        if request.headers.get("authorization") != f"bearer {TOKEN}":
            challenge = {"www-authenticate": 'Bearer realm="reddit", error="invalid_token"'}
            return as_json({"message": "Unauthorized", "error": 401}, 401, challenge)
        if where == "api/info":
            asked = request.query["id"].split(",")
            known = [self.things[name] for name in asked if name in self.things]
            return as_json(listing(known, None), headers=LIMITS) if len(asked) <= 100 else Response(413)
        if where == "r/all/search":
            children = self.found.get(request.query["q"], [])[:LISTING_END]
        elif where in self.listings:
            children = self.listings[where][:LISTING_END]
        else:
            return Response(302, b"", {"location": "/subreddits/search?q=" + where.split("/")[1]})
        names = [child["data"].get("name") for child in children]
        after = request.query.get("after")
        # Unknown because it was deleted: Reddit gives an empty answer.
        first = 0 if after is None else names.index(after) + 1 if after in names else len(children)
        page = children[first : first + min(int(request.query.get("limit", 25)), 100)]
        more = first + len(page) < len(children)
        return as_json(listing(page, page[-1]["data"]["name"] if page and more else None), headers=LIMITS)


def environment(url: str, **more: str) -> dict[str, str]:
    """Name the keys that point the source at a server here."""
    keys = {"ICD_REDDIT_CLIENT_ID": CLIENT_ID, "ICD_REDDIT_CLIENT_SECRET": CLIENT_SECRET}
    return keys | {"ICD_REDDIT_URL": url, "ICD_REDDIT_OAUTH_URL": url} | more


LIMITS = {"x-ratelimit-remaining": "997.0", "x-ratelimit-used": "3", "x-ratelimit-reset": "10"}
"""Generous and near their end, so that prawcore does not spread the requests of a test over ten minutes."""


def listing(children: Iterable[Child], after: str | None) -> dict[str, Any]:
    """Wrap children as Reddit does."""
    page = list(children)
    data = {"after": after, "dist": len(page), "modhash": None, "geo_filter": "", "children": page, "before": None}
    return {"kind": "Listing", "data": data}


def as_json(payload: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Answer with JSON."""
    return Response(status, json.dumps(payload).encode(), JSON | (headers or {}))


def instead(response: Response) -> Trouble:
    """Answer with something else."""
    return lambda request, right: response


def status(code: int, headers: dict[str, str] | None = None, body: bytes = b"") -> Trouble:
    """Answer with a bare status."""
    return instead(Response(code, body, headers or {}))


def html(code: int) -> Trouble:
    """Answer with a page for people."""
    return status(code, HTML, b"<!doctype html><html><body><h1>Pardon our interruption</h1></body></html>")


def header(name: str, value: str) -> Trouble:
    """Answer right, but for one header."""
    return lambda request, right: Response(right.status, right.body, right.headers | {name: value})


def late(seconds: float) -> Trouble:
    """Answer right, but after a while."""

    def wait(request: Request, right: Response) -> Response:
        time.sleep(seconds)
        return right

    return wait


def drip(seconds: float) -> Trouble:
    """Answer right, but byte by byte, with a pause after each."""
    return lambda request, right: replace(right, drip=seconds)


def hang_up(request: Request, right: Response) -> Response:
    """Close the connection in the middle of the right answer."""
    return Response(right.status, right.body, right.headers, hang_up=True)


def stall(request: Request, right: Response) -> Response:
    """Send half of the right answer, promise more, and stay silent with the connection open."""
    half = right.body[: len(right.body) // 2]
    chunk = f"{len(right.body):x}\r\n".encode() + half
    return Response(right.status, chunk, right.headers | {"Transfer-Encoding": "chunked"})
