"""What Bluesky's search finds, by Bluesky's own client: fills what its stream has missed, and goes back years.

The stream is the primary source, and the search is meant for people (social-apis, B2): so a gap is left alone until it
is 15 minutes old, one phrase is one query (`OR` is a word like any other there), and a session is used for as long as
it lasts. Posts count at the platform's receipt, `indexedAt`; they are searched by the earlier of that and of what the
author claims, so one that was written down with a time of more than 15 minutes before is not found by its gap.

The search never says that a post was deleted. Nor can it be asked whether one still stands: we keep no address of a
post, only its hash. The stream tells; what was deleted while the stream was not read stays until its retention ends.

Keys: ICD_BLUESKY_HANDLE and ICD_BLUESKY_APP_PASSWORD.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import httpx

from ingest.errors import ConfigError
from ingest.hostile import one_line
from ingest.records import Brings, Window
from ingest.settings import Settings
from ingest.sources import About, Estimate, Memory, Page, Target
from ingest.sources.bluesky.search import walk
from ingest.sources.bluesky.session import Account
from ingest.sources.bluesky.shape import parse
from ingest.sources.bluesky.trouble import translate

__all__ = ["ABOUT", "NAME", "PLATFORM", "connect", "estimate", "fetch", "parse", "targets", "translate"]

NAME = "bluesky"
PLATFORM = "bluesky"

ABOUT = About(
    needs=("ICD_BLUESKY_HANDLE", "ICD_BLUESKY_APP_PASSWORD"),
    reach=None,
    reach_said="every post that its search still finds: years",
    cost="free",
    without="what Bluesky's stream missed for longer than it can replay: 36 hours",
)

BRINGS: Brings = "discoveries"
"""Phrases overlap each other and the stream, and are not the platform: what they cover must not be weighed beside the
stream's, or an hour that the stream saw whole would look half seen."""

STREAM = ("jetstream", "stream")
"""What brings the same and more: the time that it covered is not searched."""

_LONGEST_PHRASE = 100


def connect(settings: Settings) -> Account:
    """Make the account, without a request. Raises MissingKey for its keys, ConfigError for what cannot be sent."""
    login = settings.text("ICD_BLUESKY_HANDLE").strip().removeprefix("@")
    app_password = settings.text("ICD_BLUESKY_APP_PASSWORD").strip()
    server = settings.text("ICD_BLUESKY_URL", "https://bsky.social").strip().rstrip("/")
    try:
        url = httpx.URL(server)
    except httpx.InvalidURL:
        url = httpx.URL()
    if url.scheme not in {"http", "https"} or not url.host or url.userinfo or url.query or url.fragment:
        # Not the address itself: a password may stand in it.
        raise ConfigError("ICD_BLUESKY_URL must be an address such as https://bsky.social; see .env.example")
    if not (settings.user_agent.isascii() and settings.user_agent.isprintable()):
        raise ConfigError("ICD_USER_AGENT must be plain ASCII on one line; see .env.example")
    return Account(server, login, app_password, settings.folder, settings.timeout, settings.user_agent)


def targets(settings: Settings) -> list[Target]:
    """Name one target for each phrase of each service. Raises ConfigError for a phrase that cannot be quoted."""
    found: dict[str, Target] = {}
    for service in settings.watchlist.services.values():
        for phrase in service.queries.get(PLATFORM, ()):
            if (
                not phrase.strip()
                or not phrase.isprintable()
                or set('"\\') & set(phrase)
                or len(phrase) > _LONGEST_PHRASE
            ):
                raise ConfigError(
                    f"watchlist: [{service.name}.queries] bluesky = {one_line(phrase, 40)!r} is no phrase; write a few "
                    "words, without quotation marks"
                )
            name = f'search "{phrase}"'
            if name in found and found[name].service != service.name:
                raise ConfigError(
                    f"watchlist: [{service.name}.queries] bluesky = {one_line(phrase, 40)!r} is searched for "
                    f"{found[name].service} already; leave it to one of them"
                )
            found[name] = Target(name, service.name, brings=BRINGS, spared_by=STREAM)
    return list(found.values())


def estimate(settings: Settings, target: Target, wanted: Window) -> Estimate:  # noqa: ARG001
    """A page is 100 posts. How many a phrase has is known to nobody beforehand; 100 a day is many for one."""
    return Estimate(1 + (wanted.end - wanted.start) // timedelta(days=1), said="one more for each further 100 posts")


def fetch(
    client: Account,
    target: Target,
    wanted: Window,
    now: Callable[[], datetime],
    memory: Memory,  # noqa: ARG001  (the protocol's; the search gives no validators)
) -> Iterator[Page]:
    """Search a phrase for `wanted`, newest first, 100 to a page; nothing, and no request, where the gap is too young.

    The last two minutes are not covered: they may not be in the index yet.
    """
    yield from walk(client, target, wanted, now)
