"""New posts and comments of the watched subreddits, by Reddit's own client.

Reddit lists newest first and forgets after about 1,000; it cannot be asked for a span of time. So each target is
read from now backwards until the span that is wanted is reached. The raw answers are read, not praw's objects:
asking one of those for a field that is missing sends another request.

Keys: ICD_REDDIT_CLIENT_ID and ICD_REDDIT_CLIENT_SECRET, of an app that Reddit approved.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import praw
from prawcore import Requestor
from requests import Response

from ingest.errors import ConfigError
from ingest.records import Window
from ingest.settings import Settings
from ingest.sources import About, Estimate, Memory, Page, Target
from ingest.sources.reddit.listing import Walk, ask
from ingest.sources.reddit.shape import NAME, PLATFORM, parse
from ingest.sources.reddit.trouble import budget_used_up, translate

__all__ = ["ABOUT", "NAME", "PLATFORM", "connect", "estimate", "fetch", "parse", "targets", "translate"]

ABOUT = About(
    needs=("ICD_REDDIT_CLIENT_ID", "ICD_REDDIT_CLIENT_SECRET"),
    reach=None,
    reach_said="about 1,000 posts and 1,000 comments of each subreddit",
    cost="free",
    without="three quarters of the complaints that people write: the megathreads above all",
)

_PLACE = re.compile(r"r/\w{2,30}", re.ASCII)


class _PunctualRequestor(Requestor):
    """Waits for an answer as long as it was told to; by itself prawcore hands 16 s to every call."""

    def request(self, *args: Any, **kwargs: Any) -> Response:
        return super().request(*args, **{**kwargs, "timeout": self.timeout})


def connect(settings: Settings) -> praw.Reddit:
    """Make the client, without a request. Raises MissingKey for the app's keys, ConfigError for a short user agent."""
    client_id = settings.text("ICD_REDDIT_CLIENT_ID")
    client_secret = settings.text("ICD_REDDIT_CLIENT_SECRET")
    if len(settings.user_agent) < Requestor.MIN_USER_AGENT_LENGTH:
        raise ConfigError(
            f"ICD_USER_AGENT needs {Requestor.MIN_USER_AGENT_LENGTH} characters or more; see .env.example"
        )
    return praw.Reddit(
        # A praw.ini or praw_* variables of other programs must not turn this into a login with a password.
        "DEFAULT",
        username=None,
        password=None,
        refresh_token=None,
        client_id=client_id,
        client_secret=client_secret,
        user_agent=settings.user_agent,
        reddit_url=settings.text("ICD_REDDIT_URL", "https://www.reddit.com").rstrip("/"),
        oauth_url=settings.text("ICD_REDDIT_OAUTH_URL", "https://oauth.reddit.com").rstrip("/"),
        check_for_updates=False,
        requestor_class=_PunctualRequestor,
        requestor_kwargs={"timeout": settings.timeout},
    )


def targets(settings: Settings) -> list[Target]:
    """Name two targets, posts and comments, for each subreddit of each service. Raises ConfigError for no subreddit."""
    found = []
    for service in settings.watchlist.services.values():
        for place in service.places.get(PLATFORM, ()):
            if not _PLACE.fullmatch(place):
                raise ConfigError(
                    f"watchlist: [{service.name}.places] reddit = {place!r} is no subreddit; write it as r/ClaudeAI"
                )
            found += [Target(f"{place}/{name}", service.name) for name in ("new", "comments")]
    return found


def estimate(settings: Settings, target: Target, wanted: Window) -> Estimate:  # noqa: ARG001
    """A page is 100, a listing ends after ten."""
    return Estimate(10, said="fewer where the window is read sooner")


def fetch(
    client: praw.Reddit,
    target: Target,
    wanted: Window,
    now: Callable[[], datetime],
    memory: Memory,  # noqa: ARG001  (the protocol's; Reddit gives no validators)
) -> Iterator[Page]:
    """Read a subreddit's listing from now backwards until `wanted.start` is reached, 100 to a page.

    Everything passed on the way is handed out, wanted or not. Each page's `covered` is what `Walk` is sure of.
    """
    # Once, before anything is sent: what is published while older pages are read is for the next run.
    walk = Walk(asked_at=now())
    while True:
        if used_up := budget_used_up(client, target):
            yield Page((), None, requests=0, problem=used_up)
            return
        answer = ask(client, target, walk.after)
        walk = walk.past(answer)
        arrived = walk.covered is not None and walk.covered.start <= wanted.start
        problem = None if arrived else walk.problem(target)
        yield Page(answer.children, walk.covered, problem=problem)
        if arrived or problem:
            return
