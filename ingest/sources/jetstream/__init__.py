"""Bluesky's posts as they are written, by its stream of them: Jetstream. It needs no key.

The stream can be asked to begin up to 36 hours ago, so a run replays what it missed. It brings every post of the
network, and there is no filter for words: what names no watched service is dropped as it comes. It also tells
deletions, of posts and of whole accounts, which no search does.
"""

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import msgspec

from ingest.errors import SourceError, Truncated
from ingest.records import Deletion, Edit, Fact, Post, Window
from ingest.settings import Settings
from ingest.sources import About, Estimate, Memory, Page, Reading, Target, atrecord
from ingest.sources.jetstream.frames import Account, Change, Unreadable
from ingest.sources.jetstream.match import Kept, Names
from ingest.sources.jetstream.reader import Reader, Stretch, Trying
from ingest.sources.jetstream.stream import DEFAULT_URLS, addresses
from ingest.sources.jetstream.trouble import translate

__all__ = ["ABOUT", "NAME", "PLATFORM", "connect", "estimate", "fetch", "parse", "targets", "translate"]

NAME = "jetstream"
PLATFORM = atrecord.PLATFORM

ABOUT = About(
    needs=(),
    reach=timedelta(hours=36),
    reach_said="36 hours: the stream is replayed from then",
    cost="free; about 1.3 GB to read for a day, half of it where the server compresses",
    without="Bluesky as it is written, and what is deleted there: the search finds a few phrases, and needs an account",
)

ENDLESS = True
"""It can be asked for a window that does not end: then it is followed."""

POSTS_A_SECOND = 25
"""Of the whole network, the mean of a day in spring 2026; 36 at its peak."""

BYTES_A_POST = 600
"""As a frame of the stream, uncompressed."""

PAGE = 5_000
"""Changes on one page."""

_GONE = {"deleted", "takendown", "suspended"}
_STAYS = {"deactivated", "desynchronized", "throttled"}


class Client(msgspec.Struct):
    """What a reading needs: addresses as the setting has them, the names looked for, and how patient it is (seconds).

    `longest` is how long one reading may take where its end lies in the past, `pause` how long a page may wait.
    """

    urls: str
    names: Names
    timeout: float
    user_agent: str
    longest: float
    pause: float = 10.0
    trying: Trying = Trying()


def connect(settings: Settings) -> Client:
    """Make the client. It needs no key. Raises ConfigError for an address that is none."""
    urls = settings.text("ICD_JETSTREAM_URLS", DEFAULT_URLS)
    addresses(urls)
    return Client(
        urls,
        Names(settings.watchlist),
        settings.timeout,
        settings.user_agent,
        longest=60 * settings.number("ICD_JETSTREAM_MINUTES", 20),
    )


def targets(settings: Settings) -> list[Target]:  # noqa: ARG001
    """Name the stream: it is read for every service at once."""
    return [Target("stream")]


def estimate(settings: Settings, target: Target, wanted: Window) -> Estimate:  # noqa: ARG001
    """Say how much a replay of that length reads, at the network's mean rate."""
    posts = POSTS_A_SECOND * (wanted.end - wanted.start).total_seconds()
    megabytes = posts * BYTES_A_POST / 1e6
    return Estimate(1, said=f"one stream of about {posts:,.0f} posts, {megabytes:,.0f} MB, half where it is compressed")


def fetch(
    client: Client,
    target: Target,
    wanted: Window,
    now: Callable[[], datetime],
    memory: Memory,  # noqa: ARG001  (the protocol's; a stream has no validators and costs nothing)
) -> Iterator[Page]:
    """Replay the stream over `wanted`; where that ends in the future, follow it and hand out a page now and then.

    A page covers what was read since the one before it, up to the server's time of the last frame.
    """
    follows = wanted.end > now()
    reader = Reader(
        addresses(client.urls), client.names, wanted, now,
        timeout=client.timeout, user_agent=client.user_agent, trying=client.trying,
    )  # fmt: skip
    until = time.monotonic() + client.longest
    seen = _Seen(wanted, now)
    requests, problem = 1, None
    reader.start()
    try:
        done = False
        while not done and problem is None:
            left = client.pause if follows else min(client.pause, until - time.monotonic())
            stretches, done = reader.tray.take(PAGE, left)
            for page in seen.pages(stretches):
                yield msgspec.structs.replace(page, requests=requests)
                requests = 0
            if not stretches and not done:
                yield Page((), None, requests=0)  # whoever reads this may want to stop
            if follows and reader.missed:  # who follows has no end at which to be told
                yield Page((), None, requests=0, problem=_missed(target, reader))
                reader.missed = []
            if not done and not follows and time.monotonic() >= until:
                problem = _out_of_time(target, client, seen)
    finally:
        reader.end()
    if reader.error is not None:
        raise reader.error
    problem = problem or _missed(target, reader)
    if problem is not None:
        yield Page((), None, requests=requests, problem=problem)


class _Seen:
    """Makes pages of stretches. No page covers the future of our own clock, nor anything that is not wanted."""

    def __init__(self, wanted: Window, now: Callable[[], datetime]) -> None:
        self.covered_to = wanted.start
        self._wanted, self._now = wanted, now
        self._until = wanted.start

    def pages(self, stretches: list[Stretch]) -> Iterator[Page]:
        for stretch in stretches:
            chunks: list[tuple[Kept, ...]] = [
                tuple(stretch.kept[at : at + PAGE]) for at in range(0, len(stretch.kept), PAGE)
            ]
            # What lies on several pages is covered by the last: each of the others is true without the rest.
            for chunk in chunks[:-1]:
                yield Page(chunk, None)
            yield Page(chunks[-1] if chunks else (), self._covered(stretch))

    def _covered(self, stretch: Stretch) -> Window | None:
        # A stretch that goes on where the last one ended is covered from where that one's page did.
        since = self.covered_to if stretch.since == self._until else stretch.since
        until = min(stretch.until, self._wanted.end, self._now())
        self._until, self.covered_to = stretch.until, max(since, until)
        return Window(since, until) if since < until else None


def _out_of_time(target: Target, client: Client, seen: _Seen) -> SourceError:
    return Truncated(
        f"jetstream {target.name}: {client.longest / 60:g} minutes of reading came as far as "
        f"{seen.covered_to:%Y-%m-%dT%H:%MZ}; the next run reads on from there, and ICD_JETSTREAM_MINUTES says how "
        "long one may take"
    )


def _missed(target: Target, reader: Reader) -> SourceError | None:
    if not reader.missed:
        return None
    first, last = reader.missed[0].start, reader.missed[-1].end
    return Truncated(
        f"jetstream {target.name}: between {first:%Y-%m-%dT%H:%M:%SZ} and {last:%Y-%m-%dT%H:%M:%SZ} the stream did not "
        "give everything (it goes back about 36 h); run it more often, or set ICD_BLUESKY_HANDLE to search for the rest"
    )


def parse(raw: Kept, reading: Reading) -> Fact | None:
    """Read one change of the stream as a fact. Raises ValueError for one of another shape."""
    if isinstance(raw, Unreadable):
        raise ValueError(raw.reason)  # noqa: TRY004  (what it holds is wrong, not what it is)
    seen_at, keys = reading.seen_at, reading.keys
    if raw.account is not None:
        gone = _is_gone(raw.account)
        return Deletion(PLATFORM, raw.at, seen_at, author_key=keys.of(PLATFORM, raw.did)) if gone else None
    if not raw.rkey:
        raise ValueError("a change names no record")
    if raw.operation == "delete":
        return Deletion(PLATFORM, raw.at, seen_at, post_id=keys.hidden(PLATFORM, atrecord.uri(raw.did, raw.rkey)))
    post = _post(raw, reading)
    return post if raw.operation == "create" else Edit(PLATFORM, post.post_id, post.text, seen_at)


def _post(raw: Change, reading: Reading) -> Post:
    try:
        record = msgspec.json.decode(raw.record)
    except RecursionError:
        raise ValueError("the record is nested too deeply") from None
    return atrecord.post(reading.keys, raw.did, raw.rkey, record, raw.at, reading.seen_at)


def _is_gone(account: Account) -> bool:
    """Say whether an account's posts are to be deleted here.

    One that is deactivated is to be hidden and may come back; here nobody's text is ever shown, so hidden it is, and
    what is deleted here cannot come back. Two more states tell of a server's trouble, not of anybody's wish. A state
    that nobody has heard of goes by `active`.
    """
    return not account.active and (account.status in _GONE or account.status not in _STAYS)
