"""New issues of the watched repositories: where the users of developers' tools say that one fails.

GitHub lists newest first and cannot be asked for a span of creation (`since` goes by the last change). So a list is
read from now backwards until the span that is wanted is reached. Pull requests stand in the same list: passed over.
Nobody tells when an issue is deleted, and asking again for each would use the limit up, so there is no recheck: a
text is dropped when its retention ends.

Keys: none is needed; ICD_GITHUB_TOKEN raises 60 requests an hour to 5,000.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from ingest.errors import ConfigError
from ingest.records import Window
from ingest.settings import Settings
from ingest.sources import About, Estimate, Memory, Page, Target
from ingest.sources.github.shape import NAME, PLATFORM, parse
from ingest.sources.github.trouble import ADDRESS, MORE, TOKEN, limited, translate
from ingest.sources.github.walk import MAX_PAGES, PAGE, Walk, listed
from ingest.sources.webclient import BadStatus, WebClient

__all__ = ["ABOUT", "NAME", "PLATFORM", "connect", "estimate", "fetch", "parse", "targets", "translate"]

ABOUT = About(
    needs=(),
    reach=None,
    reach_said=f"the latest {MAX_PAGES * PAGE:,} issues of a repository; 6,000 an hour without ICD_GITHUB_TOKEN",
    cost="free",
    without="what users of Claude Code, Codex and Gemini CLI report, often first and with the error itself",
)

A_DAY = 1_000
"""Issues and pull requests a day, at most: anthropics/claude-code had 300 to 560 issues in spring 2026."""

_REPOSITORY = re.compile(r"[A-Za-z0-9-]{1,39}/[\w.-]{1,100}", re.ASCII)


def connect(settings: Settings) -> WebClient:
    """Make the client, without a request. Raises ConfigError for an address or a token that cannot be one."""
    return WebClient(settings, ADDRESS, "https://api.github.com", TOKEN)


def targets(settings: Settings) -> list[Target]:
    """Name each repository of each service, as files name its place. Raises ConfigError for no repository."""
    found = []
    for service in settings.watchlist.services.values():
        for place in service.places.get(PLATFORM, ()):
            if not _REPOSITORY.fullmatch(place) or place.endswith(("/.", "/..")):
                raise ConfigError(
                    f"watchlist: [{service.name}.places] github = {place!r} is no repository; "
                    "write it as anthropics/claude-code"
                )
            found.append(Target(place, service.name))
    return found


def estimate(settings: Settings, target: Target, wanted: Window) -> Estimate:  # noqa: ARG001
    """A page is 100, and everything since is passed on the way back."""
    pages = 1 + round((wanted.end - wanted.start) / timedelta(days=1) * A_DAY / PAGE)
    limit = 5_000 if TOKEN in settings.values else 60
    return Estimate(min(pages, MAX_PAGES), said=f"and as many for every day since; {limit:,} an hour are allowed")


def fetch(
    client: WebClient, target: Target, wanted: Window, now: Callable[[], datetime], memory: Memory
) -> Iterator[Page]:
    """Read a repository's list from now backwards until `wanted.start` is reached, 100 to a page.

    Everything passed on the way is handed out, wanted or not. Each page's `covered` is what `Walk` is sure of. A first
    page that is as it was at the last run ("not modified", which costs nothing) brings nothing and covers up to now.
    """
    address = first = f"/repos/{target.name}/issues?state=all&sort=created&direction=desc&per_page={PAGE}"
    known = memory.answers.get(client.key(first))
    walk = Walk(asked_at=now())
    while True:
        if early := client.too_early(f"github {target.name}", now(), MORE):
            yield Page((), None, requests=0, problem=early)
            return
        conditional = {"If-None-Match": known.etag} if known and not walk.pages else {}
        answer = client.get(address, headers={"X-GitHub-Api-Version": "2022-11-28"} | conditional)
        client.heed(answer, now(), limited=limited(answer))
        issues: tuple[Any, ...] = ()
        if answer.status == 304 and conditional and known:
            walk = walk.again(known, answer.served_at)
        elif answer.status == 200:
            page = listed(answer, address, walk.pages + 1)
            walk, issues = walk.past(page, answer.served_at), page.issues
        else:
            raise BadStatus(answer)
        covered = walk.covered(wanted)
        arrived = walk.ended or (covered is not None and covered.start <= wanted.start)
        problem = walk.problem(target) if walk.unreadable or not arrived else None
        yield Page(issues, covered, walk.remember(client.key(first), answer), problem=problem)
        if arrived or problem:
            return
        address = walk.next or ""
