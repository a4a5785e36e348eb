"""A Bluesky server on loopback, as far as an account signs in and searches. All of it is invented.

`test_bluesky_loopback.py` holds its answers against the lexicons and a recorded one. Misbehaviour is a `Trouble`, as
Reddit's is: it gets the request and the answer that would have been right, and returns what is sent instead.
"""

import base64
import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat
from typing import Any

import pytest
from loopback.http import Request, Response, Server
from loopback.reddit import Trouble, as_json

from ingest.errors import SourceError
from ingest.records import Window
from ingest.settings import load
from ingest.sources import Memory, Page, Target, bluesky
from ingest.sources.bluesky.session import Account

HANDLE, APP_PASSWORD = "invented.example", "inve-nted-pass-7qqq"
DID = "did:plc:inventedaccount7777777777"
CREATE, REFRESH, SESSION = (f"com.atproto.server.{name}Session" for name in ("create", "refresh", "get"))
SEARCH, GET_POSTS = "app.bsky.feed.searchPosts", "app.bsky.feed.getPosts"
LIMITS = {"RateLimit-Limit": "3000", "RateLimit-Remaining": "2983", "RateLimit-Reset": "1776254700",
          "RateLimit-Policy": "3000;w=300"}  # fmt: skip

DOWN = Target('search "claude down"', "claude")

View = dict[str, Any]


def stamp(at: datetime) -> str:
    """Write a time as Bluesky's index does: in milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def view(number: int, indexed_at: datetime, **record: Any) -> View:
    """Make a post by an invented author in the shape of an answer, written a second before it was indexed."""
    did = f"did:plc:invented{number:016d}"
    written = {"$type": "app.bsky.feed.post", "createdAt": stamp(indexed_at - timedelta(seconds=1)),
               "langs": ["en"], "text": f"Is claude down? {number}"}  # fmt: skip
    return {
        "uri": f"at://{did}/app.bsky.feed.post/3l{number:011d}", "cid": f"bafyreiinvented{number:044d}",
        "author": {"did": did, "handle": f"person-{number}.example", "displayName": f"Person {number}",
                   "avatar": "https://cdn.example/avatar.jpg", "viewer": {"muted": False, "blockedBy": False},
                   "labels": [], "createdAt": "2024-09-04T11:55:00.863Z"},
        "record": {key: value for key, value in (written | record).items() if value is not None},
        "replyCount": 0, "repostCount": 0, "likeCount": 0, "quoteCount": 0, "indexedAt": stamp(indexed_at),
        "viewer": {"threadMuted": False, "embeddingDisabled": False}, "labels": [],
    }  # fmt: skip


def sorted_at(post: View) -> datetime:
    """Say by which time the search orders a post: the earlier of the author's and the index's."""
    indexed_at = datetime.fromisoformat(post["indexedAt"])
    try:
        at = datetime.fromisoformat(post["record"]["createdAt"])
    except (KeyError, TypeError, ValueError):
        return indexed_at
    return min(at, indexed_at) if at.year > 2000 else indexed_at


class Bluesky:
    """A server with one account and some posts.

    `ceiling` is how deep one query goes, `unseen` names the posts that this account is not shown, `place` orders the
    hits (newest first is the highest value), `did_document` is what a sign-in says of the account's home.
    """

    def __init__(self, posts: list[View], *, ceiling: int = 10_000) -> None:
        self.posts, self.ceiling, self.unseen = posts, ceiling, set[str]()
        self.place: Callable[[View], Any] = sorted_at
        self.did_document: dict[str, Any] | None = None
        self.lifetime = timedelta(hours=2)
        self.access, self.refresh, self.expired = set[str](), set[str](), set[str]()
        self._made = 0
        self._troubles: dict[str, Iterator[Trouble | None]] = defaultdict(lambda: repeat(None))
        self._found: dict[tuple[str, int], list[View]] = {}

    def trouble(self, where: str, *troubles: Trouble | None, forever: bool = False) -> None:
        """Misbehave at the next calls of a method; None is a good answer in between."""
        self._troubles[where] = chain(troubles, repeat(troubles[-1] if forever else None))

    def expire(self, *, refresh: bool = True) -> None:
        """End every session there is; with `refresh=False` each can still be renewed."""
        self.expired |= self.access | (self.refresh if refresh else set())

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        method = request.path.removeprefix("/xrpc/")
        answers = {CREATE: self._create, REFRESH: self._renew, SESSION: self._session, SEARCH: self._search,
                   GET_POSTS: self._posts}  # fmt: skip
        right = answers.get(method, _unknown)(request)
        trouble = next(self._troubles[method])
        return trouble(request, right) if trouble else right

    def _create(self, request: Request) -> Response:
        said = json.loads(request.body)
        if (said.get("identifier"), said.get("password")) != (HANDLE, APP_PASSWORD):
            return named("AuthenticationRequired", 401, "Invalid identifier or password")
        return self._new_session()

    def _renew(self, request: Request) -> Response:
        return self._refused(request, self.refresh) or self._new_session()

    def _session(self, request: Request) -> Response:
        return self._refused(request, self.access) or as_json({"handle": HANDLE, "did": DID})

    def _new_session(self) -> Response:
        self._made += 1
        until = datetime.now(UTC) + self.lifetime
        access, refresh = (token(f"{kind}-{self._made}", until) for kind in ("access", "refresh"))
        self.access.add(access)
        self.refresh.add(refresh)
        said = {"accessJwt": access, "refreshJwt": refresh, "handle": HANDLE, "did": DID, "active": True}
        return as_json(said | ({"didDoc": self.did_document} if self.did_document else {}))

    def _refused(self, request: Request, good: set[str]) -> Response | None:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not given:
            return named("AuthMissing", 401, "Authentication Required")
        if given in self.expired:
            return named("ExpiredToken", 400, "Token has expired")
        return None if given in good else named("InvalidToken", 400, "Token could not be verified")

    def _search(self, request: Request) -> Response:
        if refused := self._refused(request, self.access):
            return refused
        asked = request.query
        offset, limit = int(asked.get("cursor") or 0), int(asked.get("limit") or 25)
        if offset + limit > self.ceiling:
            return named("InvalidRequest", 400, "invalid value for 'cursor' (can't paginate so deep)")
        since, until = (datetime.fromisoformat(asked[name]) for name in ("since", "until"))
        hits = [post for post in self._matching(asked["q"]) if since <= sorted_at(post) < until]
        page = hits[offset : offset + limit]
        shown = [post for post in page if post["uri"] not in self.unseen]
        more = len(page) == limit and offset + limit < self.ceiling
        cursor = {"cursor": str(offset + limit)} if more else {}
        return as_json({"posts": shown} | cursor, headers=LIMITS)

    def _matching(self, query: str) -> list[View]:
        key = query.strip('"').casefold(), len(self.posts)
        if key not in self._found:
            texts = [post for post in self.posts if key[0] in str(post["record"].get("text")).casefold()]
            self._found[key] = sorted(texts, key=self.place, reverse=True)
        return self._found[key]

    def _posts(self, request: Request) -> Response:
        """Look one post up: the server beneath hands out the last of several `uris` only."""
        refused = self._refused(request, self.access)
        return refused or as_json({"posts": [post for post in self.posts if post["uri"] == request.query["uris"]]})


def token(name: str, until: datetime) -> str:
    """Make a token that the client can read; nobody verifies it."""
    parts = ({"alg": "none", "typ": "JWT"}, {"sub": DID, "jti": name, "exp": int(until.timestamp())})
    head, body = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
    return f"{head}.{body}.c2lnbmVk"


def did_document(endpoint: str) -> dict[str, Any]:
    """Say where an account lives."""
    service = {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": endpoint}
    return {"@context": ["https://www.w3.org/ns/did/v1"], "id": DID, "service": [service]}


def named(error: str, status: int, message: str = "invented") -> Response:
    """Answer with an error as atproto's servers do."""
    return as_json({"error": error, "message": message}, status)


def environment(url: str, **more: str) -> dict[str, str]:
    """Name the keys that point the source at a server here."""
    keys = {"ICD_BLUESKY_HANDLE": HANDLE, "ICD_BLUESKY_APP_PASSWORD": APP_PASSWORD, "ICD_BLUESKY_URL": url}
    return keys | more


def opened(server: Server, **keys: str) -> Account:
    """Open the account anew, as each run does."""
    return bluesky.connect(load(environment(server.url, **keys)))


def fetch(account: Account, wanted: Window, now: datetime) -> Iterator[Page]:
    """Search for "claude down" with the source."""
    return bluesky.fetch(account, DOWN, wanted, lambda: now, Memory())


def failing(pages: Iterator[Page]) -> SourceError:
    """Say what a reading that fails comes to, as the ledger would have it."""
    with pytest.raises(Exception, match=r"^") as raised:
        list(pages)
    meaning = bluesky.translate(raised.value, DOWN)
    assert meaning is not None, f"{raised.value!r} is not translated"
    return meaning


def asked(server: Server) -> list[dict[str, str]]:
    """Say what was searched for, request by request."""
    return [request.query for request in server.requests if request.path.endswith(SEARCH)]


def numbers(pages: list[Page]) -> list[str]:
    """Name the posts that came, in order, by their address."""
    return [post["uri"] for page in pages for post in page.items]


def missed(site: Bluesky, pages: list[Page]) -> list[View]:
    """Name the posts that stand in what the pages cover and did not come with them, or with a page before."""
    seen, lost = set(), []
    for page in pages:
        seen |= {post["uri"] for post in page.items}
        if page.covered:
            inside = [post for post in site.posts if page.covered.start <= sorted_at(post) < page.covered.end]
            lost += [post for post in inside if post["uri"] not in seen]
    return lost


def _unknown(request: Request) -> Response:
    return named("MethodNotImplemented", 501)
