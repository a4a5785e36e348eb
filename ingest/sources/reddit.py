"""Reddit through PRAW: the newest posts and the newest comments of the watched subreddits, paged until covered.

Listings are read raw, newest first, without `before`: streams lose what is posted between two polls when it is more
than a page, and a listed object's missing attribute costs a request (social-apis, A4 to A6). Megathreads make
comments the signal. Deletions are no business of a listing: absence says nothing.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from ingest.errors import RateLimited, Refused, SourceError, Truncated, UnexpectedShape, Unreachable
from ingest.hostile import one_line, plain
from ingest.records import Post, Window
from ingest.settings import Settings
from ingest.sources import CachedAnswer, Page, Reading, Target
from ingest.times import from_epoch

NAME = "reddit"
PLATFORM = "reddit"

PAGE = 100
"""Most that one request gives."""

LISTING_END = 1_000
"""Where every listing of Reddit ends, about: what is older cannot be had this way."""

OUT_OF_ORDER = timedelta(seconds=60)
"""How far a listing may stray from newest first before its order is no longer trusted."""

_GONE = ("[deleted]", "[removed]")


def connect(settings: Settings) -> Any:
    """Make the client, read-only. Raises MissingKey where the app's id or secret is not set."""
    client_id, secret = settings.text("ICD_REDDIT_CLIENT_ID"), settings.text("ICD_REDDIT_CLIENT_SECRET")
    # The one way that works: `timeout=` of PRAW 8 is never passed on, and prawcore reads this when it is imported.
    os.environ["PRAWCORE_TIMEOUT"] = str(settings.timeout)
    import praw

    return praw.Reddit(
        client_id=client_id,
        client_secret=secret,
        user_agent=settings.user_agent,
        reddit_url=settings.text("ICD_REDDIT_URL", "https://www.reddit.com").rstrip("/"),
        oauth_url=settings.text("ICD_REDDIT_OAUTH_URL", "https://oauth.reddit.com").rstrip("/"),
        check_for_updates=False,
        requestor_class=_timed_requestor(settings.timeout),
    )


def _timed_requestor(seconds: float) -> type:
    """Make a requestor that waits as long as it is told: a session asks for 16 seconds whatever was configured."""
    import prawcore

    class TimedRequestor(prawcore.Requestor):
        def request(self, *args: Any, **options: Any) -> Any:
            return super().request(*args, **{**options, "timeout": seconds})

    return TimedRequestor


def targets(settings: Settings) -> list[Target]:
    """Name the new posts and the comments of every watched subreddit: two listings each."""
    return [
        Target(f"{place}/{listing}", name)
        for name, service in settings.watchlist.services.items()
        for place in service.places.get(PLATFORM, ())
        for listing in ("new", "comments")
    ]


def fetch(
    client: Any,
    target: Target,
    wanted: Window,
    now: Callable[[], datetime],
    cache: Mapping[str, CachedAnswer],  # noqa: ARG001  (Reddit gives no validators)
) -> Iterator[Page]:
    """Read a listing, newest first, until it reaches `wanted.start`.

    Each page covers from its oldest contiguous post to the moment of the first request: true if the program ends
    right after it, since everything newer came on the pages before.
    """
    sent = now()
    after: str | None = None
    oldest: datetime | None = None
    read = 0
    while True:
        listing = _listing(client.request(method="GET", path=target.name, params=_asked(after)), target)
        children, following = listing.children, listing.after
        read += len(children)
        reached, ordered = _contiguous(children, oldest)
        oldest = reached or oldest
        covered = Window(oldest, sent) if oldest and oldest < sent else None
        done = oldest is not None and oldest <= wanted.start
        problem: SourceError | None = None
        if not done and not ordered:
            problem = Truncated(
                f"{target.name}: the listing is out of order after {read} posts; the rest is not trusted"
            )
        elif not done and (following is None or following == after or read >= LISTING_END or not children):
            since = f"back to {oldest:%Y-%m-%d %H:%M} UTC" if oldest else "with nothing in it"
            problem = Truncated(
                f"{target.name}: the listing ends after {read} posts, {since}; what is older cannot be had, so run "
                "this more often"
            )
        yield Page(tuple(children), covered, problem=problem)
        if done or problem:
            return
        after = following


def _asked(after: str | None) -> dict[str, str | int]:
    asked: dict[str, str | int] = {"limit": PAGE, "raw_json": 1}
    return asked | ({"after": after} if after else {})


class _Listing(msgspec.Struct):
    children: list[dict[str, Any]]
    after: str | None = None


def _listing(answer: Any, target: Target) -> _Listing:
    if not isinstance(answer, dict) or answer.get("kind") != "Listing":
        raise UnexpectedShape(f"{target.name}: the answer is no listing; the next run asks again")
    return msgspec.convert(answer.get("data"), _Listing)


def _contiguous(children: list[dict[str, Any]], oldest: datetime | None) -> tuple[datetime | None, bool]:
    """Say how far back the page goes in unbroken order, and whether its order held to the end."""
    for child in children:
        created = (child.get("data") or {}).get("created_utc")
        if not isinstance(created, int | float):
            continue  # it will be a reject
        at = from_epoch(created)
        if oldest is not None and at > oldest + OUT_OF_ORDER:
            return oldest, False
        oldest = min(at, oldest) if oldest else at
    return oldest, True


class _Thing(msgspec.Struct):
    """The fields that are read of a post (t3) or a comment (t1)."""

    name: str
    subreddit: str
    created_utc: float
    author: str | None = None
    title: str = ""
    selftext: str | None = None
    body: str | None = None
    permalink: str = ""
    parent_id: str | None = None


class _Child(msgspec.Struct):
    kind: str
    data: _Thing


def parse(raw: Any, reading: Reading) -> Post | None:
    """Read one child of a listing; None for a comment that is gone. Raises ValueError for another shape."""
    child = msgspec.convert(raw, _Child)
    thing = child.data
    if child.kind not in ("t1", "t3"):
        raise ValueError(f"kind {one_line(child.kind, 20)!r} is neither a post nor a comment")
    body = (thing.selftext if child.kind == "t3" else thing.body) or ""
    body = "" if body in _GONE else body
    if child.kind == "t1" and not body:
        return None
    created = from_epoch(thing.created_utc)
    answers = (thing.parent_id or "").startswith("t1_")
    return Post(
        platform=PLATFORM,
        post_id=plain(thing.name),
        place=f"r/{plain(thing.subreddit)}",
        author_key=None if thing.author is None or thing.author in _GONE else reading.keys.of(PLATFORM, thing.author),
        claimed_at=created,
        received_at=created,
        seen_at=reading.seen_at,
        form="post" if child.kind == "t3" else "reply" if answers else "comment",
        text=plain("\n\n".join(part for part in (thing.title, body) if part)),
        url=f"https://www.reddit.com{plain(thing.permalink)}" if thing.permalink.startswith("/") else None,
        parent_id=thing.parent_id and plain(thing.parent_id),
    )


def translate(error: Exception, target: Target) -> SourceError | None:
    """Say what an exception that escapes PRAW means; several are not its own (social-apis, A5)."""
    import praw.exceptions
    import prawcore
    import requests

    response = getattr(error, "response", None)
    status = getattr(response, "status_code", None)
    match error:
        case SourceError():
            return error
        case prawcore.TooManyRequests():
            wait = one_line(str(error.retry_after or "a minute"), 40)
            return RateLimited(f"{target.name}: Reddit asks us to slow down (wait: {wait}); the next run asks again")
        case prawcore.OAuthException() | prawcore.InvalidToken():
            return Refused(f"{target.name}: Reddit does not accept the app's id and secret; see .env.example")
        case prawcore.Forbidden() | prawcore.Redirect() | prawcore.NotFound() | prawcore.UnavailableForLegalReasons():
            return Refused(
                f"{target.name}: Reddit shows no such listing to us ({type(error).__name__}); it may be private or gone"
            )
        case prawcore.ResponseException() if status in (401, 403):
            return Refused(f"{target.name}: Reddit refuses the app's id and secret (HTTP {status}); see .env.example")
        case prawcore.ResponseException() if status == requests.codes.too_many_requests:
            return RateLimited(f"{target.name}: Reddit asks us to slow down at sign-in; the next run asks again")
        case prawcore.BadJSON() | requests.exceptions.JSONDecodeError():
            return UnexpectedShape(f"{target.name}: Reddit answered with something that is no JSON; try again later")
        case prawcore.ServerError() | prawcore.RequestException() | requests.RequestException():
            return Unreachable(f"{target.name}: Reddit cannot be reached or fails on its side; the next run asks again")
        case prawcore.PrawcoreException() | praw.exceptions.PRAWException():
            return Unreachable(f"{target.name}: Reddit did not give the listing ({type(error).__name__})")
        case KeyError(args=(401,)):
            return Refused(f"{target.name}: Reddit refuses the app's token (HTTP 401); see .env.example")
        case ValueError() | TypeError() | KeyError():
            return UnexpectedShape(
                f"{target.name}: Reddit's answer is not of its documented shape ({type(error).__name__})"
            )
        case _:
            return None
