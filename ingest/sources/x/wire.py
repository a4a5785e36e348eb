"""Asking X: nothing before the money for it is set aside.

Two refusals are understood and asked again once, since a refused request is not billed: a vocabulary that this answer
does not speak, and a window that begins before what X still tells.
"""

import re
from collections.abc import Callable, Generator
from datetime import datetime, timedelta
from typing import Any

import httpx
import msgspec

from ingest.records import Window
from ingest.sources import Page, Target
from ingest.sources.webclient import Answer, BadStatus, Elsewhere, WebClient, decoded
from ingest.sources.x.spend import Purse
from ingest.sources.x.trouble import Problem, ends_the_run, of_answer, problem_of
from ingest.times import parse_instant

REACH = timedelta(days=7) - timedelta(minutes=1)
"""How far back X tells: seven days, less a minute for the way there and for two clocks that differ."""

LAG = timedelta(seconds=30)
"""How young a post may be and not yet be found: X's own default for the end of a window."""

OVERLAP = timedelta(seconds=60)
"""How much before a gap is asked again, for what was indexed late."""

STOPPED_FOR = timedelta(minutes=30)
"""How long X is left alone after it refused the account as a whole: one run, or a while of a long one."""

VOCABULARIES = (
    ("tweet.fields", "id,text,created_at,lang,conversation_id,author_id,referenced_tweets,note_tweet"),
    ("post.fields", "id,text,created_at,lang,conversation_id,author_id,referenced_posts,note_post"),
    ("post.fields", "id,text,created_at,lang,conversation_id,note_post"),
)
"""The parameter that names the wanted fields, with the fields, first choice first.

OpenAPI 2.166 documents the first. 2.167 documents the last: there an author is had only by an expansion, billed as a
user at twice a post's price, so posts without a known author are read instead. The one between is accepted in places.
"""

NOTHING_SENT = (
    httpx.ConnectError, httpx.ProxyError, httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL,
    Elsewhere,
)  # fmt: skip

_TOO_OLD = re.compile(
    r"'(?:start_time|since_id)' must be (?:.*?after '?(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?)[\d.]*Z)?", re.DOTALL
)
"""A start_time, or the id of a post, from before what X still tells; where it says so, with the earliest time."""


class Client(msgspec.Struct):
    """The web client, whose headers hold the token, with what is known of X since it was made.

    `queries` is by target, `counted` what was last asked of each target's counts, `vocabulary` the one that X last
    understood, `stopped` the answer by which X refused the account as a whole, and when.
    """

    web: WebClient
    token: bytes
    purse: Purse
    queries: dict[str, str]
    counted: dict[str, Window] = {}
    vocabulary: int = 0
    stopped: tuple[Answer, datetime] | None = None

    def __repr__(self) -> str:
        return "x.Client(…)"  # the token stays out of every traceback and log


class Question(msgspec.Struct):
    """What is asked of one path, from `start` up to `end`, in whole seconds; `usd` is what it could cost."""

    path: str
    start: datetime
    end: datetime
    usd: float
    more: dict[str, str]
    fields: bool = False
    next_token: str | None = None

    def params(self, vocabulary: int) -> dict[str, str | int]:
        """Write it as X wants it."""
        sent: dict[str, str | int] = {**self.more}
        sent |= {"start_time": f"{self.start:%Y-%m-%dT%H:%M:%SZ}", "end_time": f"{self.end:%Y-%m-%dT%H:%M:%SZ}"}
        if self.fields:
            sent |= [VOCABULARIES[vocabulary]]
        if self.next_token:
            sent["next_token"] = self.next_token
        return sent


class Payload(msgspec.Struct):
    """An answer's body; what is missing is empty."""

    data: list[Any] | None = None
    errors: list[Any] | None = None
    meta: dict[str, Any] | None = None

    @property
    def next_token(self) -> str | None:
        """Where the next page begins."""
        token = (self.meta or {}).get("next_token")
        return token if isinstance(token, str) and token else None


class Told(msgspec.Struct):
    """What X told, how many requests it took, and when the money for it was set aside."""

    payload: Payload
    requests: int
    reserved_at: datetime


def ask(
    client: Client, target: Target, question: Question, now: Callable[[], datetime]
) -> Generator[Page, None, Told | None]:
    """Set the money aside, ask, and return the answer; None where it is not asked, and the last page says why.

    The reservation is a page of its own, saved before the request is sent. Who gets the answer yields a page whose
    `cost_usd` is what it really cost less `question.usd`. What X refuses is given back before the exception is let
    out; after a silence it is not, because X may have billed it.
    """
    if client.stopped is not None and now() < client.stopped[1] + STOPPED_FOR:
        yield Page((), None, requests=0, problem=of_answer(client.stopped[0], target))
        return None
    reserved_at = None
    # A reservation that only midnight saw saved counts for yesterday: today's request needs one of today.
    while reserved_at is None or reserved_at.date() != now().date():
        reserved_at = now()
        if refusal := client.purse.refusal(target, question.usd, reserved_at):
            yield Page((), None, requests=0, problem=refusal)
            return None
        client.purse.book(question.usd, reserved_at)
        yield Page((), None, requests=0, cost_usd=question.usd)
    given_back = Page((), None, requests=0, cost_usd=-question.usd)
    # Nothing is caught for good here: where no byte was sent nothing can be billed, and only here is that known.
    try:
        answer, requests = _until_understood(client, question, now)
    except NOTHING_SENT:
        client.purse.book(-question.usd, reserved_at)
        yield given_back
        raise
    if answer.status != httpx.codes.OK:
        client.purse.book(-question.usd, reserved_at)
        client.stopped = (answer, now()) if ends_the_run(answer) else None
        yield given_back
        raise BadStatus(answer)
    return Told(msgspec.convert(decoded(answer), Payload), requests, reserved_at)


def settle(client: Client, question: Question, told: Told, usd: float) -> float:
    """Book what an answer really cost, and return by how much that is off the reservation."""
    client.purse.book(usd - question.usd, told.reserved_at)
    return usd - question.usd


def _until_understood(client: Client, question: Question, now: Callable[[], datetime]) -> tuple[Answer, int]:
    """Ask; on a 400 that names the vocabulary try the next, on one that names the reach ask from there, once."""
    vocabulary, requests, moved = client.vocabulary, 1, False
    untried = [other for other in range(len(VOCABULARIES)) if other != vocabulary]
    answer = _get(client, question, vocabulary)
    while answer.status == httpx.codes.BAD_REQUEST:
        problem = problem_of(answer)
        if question.fields and untried and _is_of_vocabulary(problem):
            vocabulary = untried.pop(0)
        elif not moved and (start := _reach(problem, question, now)):
            question.start, moved = start, True
        else:
            break
        answer, requests = _get(client, question, vocabulary), requests + 1
    if answer.status == httpx.codes.OK:
        client.vocabulary = vocabulary
    return answer, requests


def _is_of_vocabulary(problem: Problem) -> bool:
    return "is not one of" in problem.said and any(f"{name}.fields" in problem.said for name in ("tweet", "post"))


def _reach(problem: Problem, question: Question, now: Callable[[], datetime]) -> datetime | None:
    """Say from when on to ask instead; None where the refusal is another, or nothing would be left to ask."""
    found = _TOO_OLD.search(problem.said)
    if found is None:
        return None
    reach = now() - REACH
    try:
        told = parse_instant(f"{found[1]}Z") + timedelta(minutes=1) if found[1] else reach
    except (ValueError, OverflowError):
        told = reach
    start = max(reach, told).replace(microsecond=0) + timedelta(seconds=1)
    return start if question.start < start < question.end else None


def _get(client: Client, question: Question, vocabulary: int) -> Answer:
    answer = client.web.get(question.path, question.params(vocabulary))
    # X repeats what was sent to it: should that ever be a header, the token gets no further than here.
    headers = {name: text for name, text in answer.headers.items() if name.startswith("x-rate-limit-")}
    return Answer(answer.status, headers, answer.body.replace(client.token, b"..."))
