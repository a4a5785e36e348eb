"""Hacker News by its own search (Algolia's): stories and comments that name a service.

The search takes a span of time and gives 1,000 hits at most, newest first; where there are more the span is narrowed
from its end. What was deleted or killed on the site just vanishes from the index: nobody tells, nothing is inferred
from its absence, and there is no recheck; a text is dropped when its retention ends. No key.

Parameters and shapes: the search's own page /api, and its source (github.com/algolia/hn-search).
"""

import html
import json
import math
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec

from ingest.errors import ConfigError, SourceError, Truncated, UnexpectedShape
from ingest.hostile import MAX_TEXT, plain
from ingest.records import Form, Post, Window
from ingest.settings import Settings
from ingest.sources import About, Estimate, Memory, Page, Reading, Target
from ingest.sources.webclient import Answer, BadBody, BadStatus, WebClient, decoded, meaning
from ingest.times import EARLIEST, from_epoch

NAME = "hackernews"
PLATFORM = "hackernews"
ADDRESS = "ICD_HACKERNEWS_URL"

LAG = timedelta(minutes=10)
"""The index follows the site by a minute or so (its crawler runs every minute); what is younger is not vouched for."""

PAGE = 1_000
"""The most hits that one query gives, over all its pages."""

MAX_PAGES = 50
"""Fifty thousand hits for one query. A search that goes on for ever is left there."""

ABOUT = About(
    needs=(),
    reach=None,
    reach_said="everything since 2006",
    cost="free",
    without="a few complaints a day, and the threads in which an outage is discussed",
)

_KEPT = ("objectID", "author", "title", "story_text", "comment_text", "created_at_i", "parent_id", "story_id")
# Not html.parser: Python 3.11's takes eight seconds over 40 kB of "<a ", and stumbles over "<![".
_TAG = re.compile(r"</?([a-z][a-z\d]*+)[^<>]*+>", re.IGNORECASE)
_BREAKS = ("p", "br", "pre", "div", "li", "blockquote")


class _Hits(msgspec.Struct, frozen=True, rename={"count": "nbHits"}):
    hits: list[Any]
    count: int


class _Hit(msgspec.Struct, rename={"post_id": "objectID"}):
    post_id: str
    author: str | None
    created_at_i: int
    title: str | None = None
    story_text: str | None = None
    comment_text: str | None = None
    parent_id: int | None = None
    story_id: int | None = None


def connect(settings: Settings) -> WebClient:
    """Make the client, without a request. Raises ConfigError for an address that cannot be one."""
    return WebClient(settings, ADDRESS, "https://hn.algolia.com")


def targets(settings: Settings) -> list[Target]:
    """Name a target for each query of each service. Raises ConfigError for a query without a word."""
    found = []
    for service in settings.watchlist.services.values():
        for query in service.queries.get(PLATFORM, ()):
            if not query.replace('"', "").strip():
                raise ConfigError(
                    f"watchlist: [{service.name}.queries] hackernews = {query!r} names nothing; take it out"
                )
            found.append(Target(f"search {query}", service.name))
    return found


def estimate(settings: Settings, target: Target, wanted: Window) -> Estimate:  # noqa: ARG001
    """A thousand hits a request; the busiest query has some hundreds of hits a day."""
    return Estimate(1 + (wanted.end - wanted.start) // timedelta(days=2), said="10,000 an hour are allowed")


def fetch(
    client: WebClient,
    target: Target,
    wanted: Window,
    now: Callable[[], datetime],
    memory: Memory,  # noqa: ARG001
) -> Iterator[Page]:
    """Search the span from its end backwards, 1,000 hits to a page.

    Hits younger than `LAG` are handed out and not vouched for.
    """
    asked_at = now()
    until = min(wanted.end, asked_at)
    if until <= wanted.start:
        return
    start, end = int(wanted.start.timestamp()), math.ceil(until.timestamp())
    requests = 1
    for number in range(MAX_PAGES):
        if early := client.too_early(f"{NAME} {target.name}", now()):
            yield Page((), None, requests=0, problem=early)
            return
        if not number:
            # Before the search: what was indexed by then, the search knows.
            until, requests = min(until, _fresh_to(client, asked_at, now)), 2
        found = msgspec.convert(decoded(_ask(client, _question(target, start, end), now)), _Hits)
        hits = tuple(_slim(hit) for hit in found.hits)
        times = [at for hit in hits if (at := _created(hit)) is not None]
        whole = found.count <= len(hits) < PAGE
        # Others of the oldest's second may be among those that were not given.
        since = wanted.start if whole else from_epoch(min(times) + 1) if times else asked_at
        problem = _odd(target, found, times, start, end)
        covered = Window(since, until) if since < until and not problem else None
        if not whole and not problem and min(times) + 1 >= end:
            problem = _too_many(target, f"in the second before {since:%Y-%m-%dT%H:%M:%SZ}")
        yield Page(hits, covered, requests=requests, problem=problem)
        if whole or problem:
            return
        end, requests = min(times) + 1, 1
    yield Page((), None, requests=0, problem=_too_many(target, "in one go"))


def _ask(client: WebClient, question: dict[str, str | int], now: Callable[[], datetime]) -> Answer:
    answer = client.get("/api/v1/search_by_date", question)
    client.heed(answer, now())
    if answer.status != 200:
        raise BadStatus(answer)
    return answer


def _fresh_to(client: WebClient, asked_at: datetime, now: Callable[[], datetime]) -> datetime:
    """Say up to when the index may be relied on: it can stand still for hours, and then every minute looks calm.

    Up to the newest of anything in it (the site has some comments a minute), and `LAG` before the earlier of two
    clocks: were ours ahead, what is yet to be indexed would be taken for seen.
    """
    answer = _ask(client, {"tags": "(story,comment)", "hitsPerPage": 1}, now)
    newest = [at for hit in msgspec.convert(decoded(answer), _Hits).hits if (at := _created(_slim(hit))) is not None]
    if not newest:
        raise BadBody("its newest hit is missing")
    return min(from_epoch(newest[0]), min(asked_at, answer.served_at or asked_at) - LAG)


def _question(target: Target, start: int, end: int) -> dict[str, str | int]:
    """Word the question: the phrase as it stands, in what people wrote, without typos, endings or beginnings of words.

    By itself the search takes "cloud" for "claude", and finds everything a person of that name ever wrote.
    """
    phrase = target.name.removeprefix("search ").replace('"', " ").strip()
    return {
        "query": f'"{phrase}"',
        "tags": "(story,comment)",
        "numericFilters": f"created_at_i>={start},created_at_i<{end}",
        "hitsPerPage": PAGE,
        "advancedSyntax": "true",
        "typoTolerance": "false",
        "ignorePlurals": "false",
        "queryType": "prefixNone",
        "restrictSearchableAttributes": "title,story_text,comment_text",
        "attributesToRetrieve": json.dumps(_KEPT),
        "attributesToHighlight": "[]",
    }


def _odd(target: Target, found: _Hits, times: list[int], start: int, end: int) -> SourceError | None:
    """Say what makes an answer no ground for coverage."""
    if 2 * len(times) < len(found.hits):
        what = "most of its hits cannot be read; see the table rejects"
    elif found.count > 0 and not found.hits:
        what = "it counts hits and gives none"
    elif times != sorted(times, reverse=True):
        what = "its hits are not in order, newest first"
    elif times and not start <= times[-1] <= times[0] < end:
        what = "its hits lie outside the span that was asked for"
    else:
        return None
    return UnexpectedShape(f"{NAME} {target.name}: {what}; look for a newer version of this program")


def _too_many(target: Target, where: str) -> SourceError:
    return Truncated(f"{NAME} {target.name}: more hits {where} than the search gives; older ones cannot be read")


def _slim(raw: Any) -> dict[str, Any]:
    """Keep of a hit what `parse` reads: the rest names its author where nothing would mask the name."""
    if not isinstance(raw, dict):
        return {"unreadable": type(raw).__name__}
    return {name: raw[name] if isinstance(raw[name], str | int | None) else [] for name in _KEPT if name in raw}


def parse(raw: Any, reading: Reading) -> Post | None:
    """Read one hit as a post; None for one without words. Raises ValueError for another shape or time."""
    hit = msgspec.convert(raw, _Hit)
    if not (hit.post_id.isascii() and hit.post_id.isdecimal()):
        raise ValueError("objectID is no number")
    at = from_epoch(hit.created_at_i)
    if at < EARLIEST:
        raise ValueError(f"created_at_i {hit.created_at_i} lies before there were public posts")
    text = "\n\n".join(part for part in map(_text, (hit.title, hit.story_text, hit.comment_text)) if part)
    if not text:
        return None
    return Post(
        platform=PLATFORM,
        post_id=hit.post_id,
        place=PLATFORM,
        author_key=reading.keys.of(PLATFORM, hit.author) if hit.author else None,
        claimed_at=at,
        received_at=at,
        seen_at=reading.seen_at,
        form=_form(hit),
        text=text,
        url=f"https://news.ycombinator.com/item?id={hit.post_id}",
        parent_id=str(hit.parent_id) if hit.parent_id else None,
    )


def _form(hit: _Hit) -> Form:
    if hit.comment_text is None:
        return "post"
    return "comment" if hit.parent_id == hit.story_id else "reply"


def _text(markup: str | None) -> str:
    """Read the site's few tags: paragraphs become lines, links keep their words, escapes become what they stand for."""
    bare = _TAG.sub(lambda tag: "\n" if tag[1].lower() in _BREAKS else "", (markup or "")[: 2 * MAX_TEXT])
    return plain(html.unescape(bare)).strip()


def _created(raw: Any) -> int | None:
    """Say when a hit was written, in epoch seconds; None where `parse` cannot read it."""
    try:
        hit = msgspec.convert(raw, _Hit)
        return hit.created_at_i if from_epoch(hit.created_at_i) >= EARLIEST else None
    except ValueError:
        return None


def translate(error: Exception, target: Target) -> SourceError | None:
    """Say what an exception means, with a remedy, in one line; None where it was not raised by the client."""
    return meaning(error, f"{NAME} {target.name}", ADDRESS)
