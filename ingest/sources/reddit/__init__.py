"""New posts and comments of the watched subreddits, by Reddit's own client.

Reddit lists newest first and forgets after about 1,000; it cannot be asked for a span of time. So each target is
read from now backwards until the span that is wanted is reached. The raw answers are read, not praw's objects:
asking one of those for a field that is missing sends another request.

Keys: ICD_REDDIT_CLIENT_ID and ICD_REDDIT_CLIENT_SECRET, of an app that Reddit approved.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from math import ceil

import praw
from prawcore import Requestor

from ingest.errors import ConfigError
from ingest.records import Window
from ingest.settings import Settings
from ingest.sources import About, Estimate, Memory, Page, Target
from ingest.sources.reddit import listing, search
from ingest.sources.reddit.parsing import parse
from ingest.sources.reddit.session import PunctualSession
from ingest.sources.reddit.shape import NAME, PLATFORM
from ingest.sources.reddit.standing import RECHECK_AFTER, recheck
from ingest.sources.reddit.trouble import translate

__all__ = [
    "ABOUT", "NAME", "PLATFORM", "RECHECK_AFTER", "connect", "estimate", "fetch", "parse", "recheck", "targets",
    "translate",
]  # fmt: skip

ABOUT = About(
    needs=("ICD_REDDIT_CLIENT_ID", "ICD_REDDIT_CLIENT_SECRET"),
    reach=None,
    reach_said="about 1,000 posts and 1,000 comments of each subreddit",
    cost="free",
    without="where Claude's users complain first: the megathreads of r/ClaudeAI above all",
)

_A_LISTING = 10
"""Pages of a hundred: a listing ends near a thousand."""

_AN_HOUR = {"comments": 200, "new": 30}
"""What a busy subreddit brings in an hour: a guess on the high side, since nothing about it is published."""


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
        requestor_kwargs={"session": PunctualSession(settings.timeout)},
    )


def targets(settings: Settings) -> list[Target]:
    """Name the comments of each subreddit, then the posts, then the searches. Raises ConfigError for a wrong place.

    In this order a post of a watched subreddit is known before a search finds it, and counts as its subreddit's.
    """
    return listing.targets(settings) + search.targets(settings)


def estimate(settings: Settings, target: Target, wanted: Window) -> Estimate:
    """Count the pages of a hundred that lie between now and `wanted.start`: never more than a listing holds."""
    kind = target.name.rpartition("/")[2]
    hours = (wanted.end - wanted.start).total_seconds() / 3600
    pages = min(_A_LISTING, 1 + ceil(hours * _AN_HOUR.get(kind, 0) / 100))
    every = len(targets(settings))
    return Estimate(pages, said=f"up to {_A_LISTING} requests for each of {every} listings and searches, a few minutes")


def fetch(
    client: praw.Reddit,
    target: Target,
    wanted: Window,
    now: Callable[[], datetime],
    memory: Memory,  # noqa: ARG001  (the protocol's; Reddit gives no validators)
) -> Iterator[Page]:
    """Read a listing or a search from now backwards until `wanted.start` is reached."""
    if target.name.startswith(search.PREFIX):
        return search.fetch(client, target, wanted, now)
    return listing.fetch(client, target, wanted, now)
