"""Find posts on all of Reddit by search: in subreddits that are on no watchlist.

What a search brings are discoveries: its index lags, it leaves posts out and now and then answers with nothing, and it
knows no comments. So `covered` says here that the span was asked about, never that nothing else stood in it.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import praw

from ingest.errors import ConfigError
from ingest.hostile import one_line
from ingest.records import Window
from ingest.settings import Settings
from ingest.sources import Page, Target
from ingest.sources.reddit.listing import Walk, ask
from ingest.sources.reddit.shape import PLATFORM
from ingest.sources.reddit.trouble import budget_used_up

PREFIX = "search "

_LONGEST = 512
"""Characters of a query that Reddit takes."""

# Never "hour", though most runs want less: the index lags, and what the last run came too early for is found by this.
_SPANS = {"day": 1, "week": 7, "month": 30, "year": 365}

_SLACK = timedelta(hours=1)
"""Reddit counts its spans back from when it answers."""


def targets(settings: Settings) -> list[Target]:
    """Name a target for each query; one that several services share is asked once, for all. Raises ConfigError."""
    asked: dict[str, str | None] = {}
    for service in settings.watchlist.services.values():
        for query in service.queries.get(PLATFORM, ()):
            if not query.strip() or not query.isprintable() or len(query) > _LONGEST:
                raise ConfigError(
                    f"watchlist: [{service.name}.queries] reddit = {one_line(query, 40)!r} cannot be searched for; "
                    f"write one line of at most {_LONGEST} characters"
                )
            asked[query] = service.name if asked.get(query, service.name) == service.name else None
    return [Target(PREFIX + query, service, brings="discoveries") for query, service in asked.items()]


def fetch(client: praw.Reddit, target: Target, wanted: Window, now: Callable[[], datetime]) -> Iterator[Page]:
    """Read what is found, newest first, until `wanted.start` is reached or nothing more comes."""
    walk = Walk(asked_at=now())
    query = {
        "q": target.name.removeprefix(PREFIX),
        "restrict_sr": "False",
        "sort": "new",
        "syntax": "lucene",
        "t": span(walk.asked_at - wanted.start),
    }
    while True:
        if used_up := budget_used_up(client, target.name):
            yield Page((), None, requests=0, problem=used_up)
            return
        answer = ask(client, "/r/all/search/", walk.after, query)
        walk = walk.past(answer)
        if walk.unreadable:
            yield Page(answer.children, None, problem=walk.problem(target))
            return
        if walk.reached(wanted.start) or walk.ended:
            # To the end: what there was has been handed out, and asking again would bring no more.
            start = min(wanted.start, walk.covered.start) if walk.covered else wanted.start
            yield Page(answer.children, Window(start, walk.asked_at) if start < walk.asked_at else None)
            return
        yield Page(answer.children, walk.covered)


def span(back: timedelta) -> str:
    """Choose the shortest of Reddit's spans that reaches as far back."""
    days = (back + _SLACK) / timedelta(days=1)
    return next((name for name, reach in _SPANS.items() if days <= reach), "all")
