"""X's recent search and recent counts on loopback, in either vocabulary. All that it tells is invented.

It refuses what the OpenAPI files refuse and, what they do not say, queries beyond 512 characters and windows beyond
seven days; it keeps a bill. Where the files are at hand, a `Contract` checks each of its verdicts and of its answers.
Misbehaviour is a `Trouble`: it gets the request and the answer that would have been right, and returns what is sent.
"""

import gzip
import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat
from typing import Any

from loopback.http import Request, Response
from loopback.x_contract import COUNTS, SEARCH, Contract

TOKEN = "invented-bearer-7QzK"
JSON = {"Content-Type": "application/json; charset=utf-8"}
PROBLEM = {"Content-Type": "application/problem+json"}
WORDS = {"2.166": "tweet", "2.167": "post"}
MINUTE = timedelta(minutes=1)

FIELDS = {
    "2.166": {"id", "text", "created_at", "lang", "conversation_id", "author_id", "referenced_tweets", "note_tweet"},
    "2.167": {"id", "text", "created_at", "lang", "conversation_id", "note_post"},
}
"""Of the fields that each version lets be asked for, those that the source could want."""

_WINDOW = {"query", "start_time", "end_time", "since_id", "until_id", "next_token", "pagination_token"}
_OF_POSTS = {"max_results", "sort_order", "expansions", "media.fields", "poll.fields", "user.fields", "place.fields"}

Trouble = Callable[[Request, Response], Response]
Written = dict[str, Any]


def snowflake(at: datetime, number: int = 0) -> str:
    """Make a post's id as X does: milliseconds since its epoch, and a number within."""
    return str(((int(at.timestamp() * 1000) - 1_288_834_974_657) << 22) + number)


def post(at: datetime, number: int = 0, **more: Any) -> Written:
    """Invent a post written at an instant, by an author of its own; `references` is a list of (type, id)."""
    post_id = snowflake(at, number)
    return {
        "id": post_id, "created_at": at, "author_id": str(70_000_000 + int(at.timestamp()) % 100_000 + number),
        "text": f"Invented text {number}", "lang": "en", "conversation_id": post_id, "references": [], "note": None,
    } | more  # fmt: skip


def every(step: timedelta, until: datetime, count: int) -> list[Written]:
    """Invent posts at equal distances back from an instant, the first a step before it."""
    return [post(until - step * number, number) for number in range(1, count + 1)]


class X:
    """An X with some posts, and a clock of its own.

    `volume` says how many posts a minute had; `accepts_more`: post.fields takes the author too, as some have seen.
    `bill` is what it would charge, in US dollars, and `disagreements` what its contract says against it.
    """

    def __init__(
        self, version: str, now: datetime, posts: list[Written] | None = None, *, accepts_more: bool = False,
        volume: Callable[[datetime], int] | None = None, contract: Contract | None = None,
    ) -> None:  # fmt: skip
        self.version, self.now, self.posts, self.contract = version, now, posts or [], contract
        self.volume = volume or (lambda at: at.minute)
        self.accepts_more = accepts_more
        self.bill = 0.0
        self.disagreements: list[str] = []
        self._troubles: dict[str, Iterator[Trouble | None]] = defaultdict(lambda: repeat(None))

    def trouble(self, path: str, *troubles: Trouble | None, forever: bool = False) -> None:
        """Misbehave at the next requests to a path; None is a good answer in between."""
        self._troubles[path] = chain(troubles, repeat(troubles[-1] if forever else None))

    def __call__(self, request: Request) -> Response:
        """Answer one request, and put it on the bill where it succeeds."""
        trouble = next(self._troubles[request.path])
        right = self._right(request)
        sent = trouble(request, right) if trouble else right
        if sent.status == 200 and sent is right:
            payload = json.loads(right.body)
            self.bill += 0.005 if request.path == COUNTS else 0.005 * len(payload.get("data", ()))
            if self.contract:
                self.disagreements += self.contract.faults_of_answer(request.path, payload)
        return sent

    def _right(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return as_json(
                {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"}, 401
            )
        if request.path not in {SEARCH, COUNTS}:
            return as_json({"title": "Not Found", "type": "about:blank", "status": 404}, 404)
        fault = self._fault(request)
        if self.contract and not self.accepts_more:
            by_contract = self.contract.faults_of_request(request.path, request.query)
            if bool(by_contract) != bool(fault):
                self.disagreements.append(f"{request.query}: {fault!r} here, {by_contract} by the contract")
        fault = fault or self._fault_unwritten(request)
        if fault:
            return invalid(*fault)
        start, end = self._window(request)
        return as_json(self._counts(start, end) if request.path == COUNTS else self._search(request, start, end))

    def _fault(self, request: Request) -> tuple[str, str] | None:
        """Say what of the request the OpenAPI file refuses, in X's words."""
        fields = f"{WORDS[self.version]}.fields"
        known = _WINDOW | ({"granularity", "search_count.fields"} if request.path == COUNTS else _OF_POSTS | {fields})
        for name in request.query:
            if name not in known:
                return name, f"The query parameter [{name}] is not one of [{','.join(sorted(known))}]"
        allowed = FIELDS[self.version] | ({"author_id", "referenced_posts"} if self.accepts_more else set())
        for value in request.query.get(fields, "id").split(","):
            if value not in allowed:
                return fields, f"The `{fields}` query parameter value [{value}] is not one of [{','.join(allowed)}]"
        if not 10 <= int(request.query.get("max_results", 10)) <= 100:
            return "max_results", "The `max_results` query parameter value is not between 10 and 100"
        if request.query.get("granularity", "minute") not in {"minute", "hour", "day"}:
            return "granularity", "The `granularity` query parameter value is not one of [minute,hour,day]"
        if not 1 <= len(request.query.get("query", "")) <= 4096:
            return "query", "The `query` query parameter can not be empty"
        return None

    def _fault_unwritten(self, request: Request) -> tuple[str, str] | None:
        if len(request.query["query"]) > 512:
            return "query", f"Invalid 'query': 'query' must be less than 512 characters, {len(request.query['query'])}"
        if "since_id" in request.query and {"start_time", "end_time"} & request.query.keys():
            return "since_id", "Invalid use of 'since_id' in conjunction with 'start_time' or 'end_time'."
        start, end = self._window(request)
        oldest = self.now - timedelta(days=7)
        if start < oldest:
            return "start_time", (
                f"Invalid 'start_time':'{start:%Y-%m-%dT%H:%MZ}'. "
                f"'start_time' must be on or after {oldest:%Y-%m-%dT%H:%MZ}"
            )
        if end > self.now - timedelta(seconds=10):
            return (
                "end_time",
                "Invalid 'end_time'. 'end_time' must be a minimum of 10 seconds prior to the request time.",
            )
        return None if start < end else ("start_time", "Invalid 'start_time'. 'start_time' must be before 'end_time'")

    def _window(self, request: Request) -> tuple[datetime, datetime]:
        default_end = (self.now - timedelta(seconds=30)).isoformat()
        default_start = (self.now - timedelta(days=7)).isoformat()
        start = request.query.get("start_time", default_start)
        return datetime.fromisoformat(start), datetime.fromisoformat(request.query.get("end_time", default_end))

    def _search(self, request: Request, start: datetime, end: datetime) -> dict[str, Any]:
        word = WORDS[self.version]
        size = int(request.query.get("max_results", 10))
        found = sorted((one for one in self.posts if start <= one["created_at"] < end), key=_number, reverse=True)
        token = request.query.get("next_token")
        first = int(token.removeprefix("inventedtoken"), 16) if token else 0
        page = found[first : first + size]
        wanted = {"id", "text", *request.query.get(f"{word}.fields", "id,text").split(",")}
        meta: dict[str, Any] = {"result_count": len(page)}
        if page:
            meta |= {"newest_id": page[0]["id"], "oldest_id": page[-1]["id"]}
        if first + size < len(found):
            meta["next_token"] = f"inventedtoken{first + size:x}"
        return ({"data": [_as_sent(one, wanted, word) for one in page]} if page else {}) | {"meta": meta}

    def _counts(self, start: datetime, end: datetime) -> dict[str, Any]:
        word, buckets, at = WORDS[self.version], [], start
        while at < end:
            after = min(at.replace(second=0, microsecond=0) + MINUTE, end)
            count = self.volume(at.replace(second=0, microsecond=0))
            buckets.append({"start": _stamp(at), "end": _stamp(after), f"{word}_count": count})
            at = after
        total = sum(bucket[f"{word}_count"] for bucket in buckets)
        return {"data": buckets, "meta": {f"total_{word}_count": total}}


def environment(url: str, **more: str) -> dict[str, str]:
    """Name the keys that point the source at a server here, with more money than a test spends."""
    money = {"ICD_X_USD_PER_DAY": "1000", "ICD_X_USD_PER_MONTH": "1000"}
    return {"ICD_X_BEARER_TOKEN": TOKEN, "ICD_X_URL": url, "ICD_TIMEOUT_SECONDS": "5"} | money | more


def as_json(payload: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Answer with JSON."""
    return Response(status, json.dumps(payload).encode(), (JSON if status == 200 else PROBLEM) | (headers or {}))


def invalid(parameter: str, message: str) -> Response:
    """Refuse a request as X does."""
    return as_json(
        {
            "errors": [{"parameters": {parameter: ["…"]}, "message": message}], "title": "Invalid Request",
            "detail": "One or more parameters to your request was invalid.",
            "type": "https://api.x.com/2/problems/invalid-request",
        },
        400,
    )  # fmt: skip


CREDITS = as_json({"title": "CreditsDepleted", "type": "https://api.x.com/2/problems/credits", "detail": "…"}, 402)
PAYMENT = as_json(
    {"status": 402, "title": "Payment Required", "type": "https://api.x.com/2/problems/credits-depleted"}, 402
)
USAGE = as_json(
    {
        "account_id": 1, "product_name": "standard-basic", "title": "UsageCapExceeded", "period": "Monthly",
        "scope": "Product", "detail": "Usage cap exceeded: Monthly product cap",
        "type": "https://api.twitter.com/2/problems/usage-capped",
    },
    429, {"x-rate-limit-limit": "40000", "x-rate-limit-remaining": "39999"},
)  # fmt: skip
NOT_ENROLLED = as_json(
    {
        "client_id": "1", "title": "Client Forbidden", "reason": "client-not-enrolled", "detail": "…",
        "required_enrollment": "Appropriate Level of API Access",
        "type": "https://api.twitter.com/2/problems/client-forbidden",
    },
    403,
)  # fmt: skip
SINCE_ID = invalid(
    "since_id",
    "Invalid 'since_id':'1'. 'since_id' must be a tweet id created after 2026-04-08T12:20Z. Please use a 'since_id' "
    "that is larger than 2069097036665323520",
)


def slow_down(reset: int | str | None) -> Response:
    """Refuse for the rate limit."""
    headers = {"x-rate-limit-limit": "300", "x-rate-limit-remaining": "0"}
    headers |= {} if reset is None else {"x-rate-limit-reset": str(reset)}
    return as_json({"title": "Too Many Requests", "type": "about:blank", "status": 429, "detail": "…"}, 429, headers)


def instead(response: Response) -> Trouble:
    """Answer with something else."""
    return lambda request, right: response


def changed(change: Callable[[dict[str, Any]], Any]) -> Trouble:
    """Answer right, but for what `change` does to the payload; what it returns is sent, if it returns something."""

    def do(request: Request, right: Response) -> Response:
        payload = json.loads(right.body)
        other = change(payload)
        return replace(right, body=json.dumps(payload if other is None else other).encode())

    return do


def packed(body: bytes, encoding: str = "gzip") -> Trouble:
    """Answer with a compressed body."""
    return instead(Response(200, gzip.compress(body), JSON | {"Content-Encoding": encoding}))


def late(seconds: float) -> Trouble:
    """Answer right, but after a while."""

    def wait(request: Request, right: Response) -> Response:
        time.sleep(seconds)
        return right

    return wait


def hang_up(request: Request, right: Response) -> Response:
    """Close the connection in the middle of the right answer."""
    return replace(right, hang_up=True)


def _number(one: Written) -> int:
    return int(one["id"])


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _as_sent(one: Written, wanted: set[str], word: str) -> dict[str, Any]:
    """Write a post in one vocabulary, with the wanted fields; what is absent is left out, never null."""
    references = [{"type": kind, "id": to} for kind, to in one["references"]]
    short = one["text"] if len(one["text"]) <= 280 else one["text"][:279] + "…"
    whole = {
        "id": one["id"], "text": short, "created_at": _stamp(one["created_at"]), "lang": one["lang"],
        "author_id": one["author_id"], "conversation_id": one["conversation_id"],
        f"referenced_{word}s": references, f"note_{word}": {"text": one["note"]} if one["note"] else None,
    }  # fmt: skip
    always = {f"edit_history_{word}_ids": [one["id"]]}
    return always | {name: value for name, value in whole.items() if name in wanted and value}
