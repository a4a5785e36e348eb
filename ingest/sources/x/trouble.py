"""What X's refusals mean for the user; what every far end can do wrong is said by `webclient`.

Of X's own words only titles and the reason of a rejected query are repeated.
"""

import json
from typing import Any

import msgspec

from ingest.errors import RateLimited, Refused, SourceError, SpendCapped, UnexpectedShape, Unreachable
from ingest.hostile import one_line
from ingest.sources import Target
from ingest.sources.webclient import Answer, BadStatus, meaning
from ingest.times import from_epoch

_CONSOLE = "see console.x.com"
_LATER = "the next run asks again"

_Meaning = tuple[type[SourceError], str, str]


class Problem(msgspec.Struct):
    """X's own account of an error, in either of its shapes; every part may be missing."""

    title: str | None = None
    detail: str | None = None
    type: str | None = None
    reason: str | None = None
    errors: list[Any] | None = None

    @property
    def said(self) -> str:
        """All its sentences in one."""
        reasons = [one.get("message") for one in self.errors or () if isinstance(one, dict)]
        return " ".join([reason for reason in reasons if isinstance(reason, str)] or [self.detail or ""])


def problem_of(answer: Answer) -> Problem:
    """Read the account of an error; an empty one where there is none."""
    try:
        return msgspec.convert(json.loads(answer.body), Problem)
    except (ValueError, RecursionError):
        return Problem()


def ends_the_run(answer: Answer) -> bool:
    """Whether the account as a whole is refused: the other targets need not ask."""
    return answer.status in (401, 402) or _is_usage_cap(answer)


def translate(error: Exception, target: Target) -> SourceError | None:
    """Say what an exception means, with a remedy, in one line; None where it is not the client's."""
    if isinstance(error, BadStatus):
        return of_answer(error.answer, target)
    return meaning(error, f"x {target.name}", "ICD_X_URL")


def of_answer(answer: Answer, target: Target) -> SourceError:
    """Say what an answer that is no success means."""
    own = _of_status(answer)
    if own is None:
        said = meaning(BadStatus(answer), f"x {target.name}", "ICD_X_URL")
        return said or Unreachable(f"x {target.name}: it answered with status {answer.status}; {_LATER}")
    return _in_one_line(own, target)


def only_errors(target: Target, errors: list[Any] | None) -> SourceError:
    """Say that an answer came with success and without content: that is not the same as nothing found."""
    first = errors[0] if errors else None
    title = first.get("title") if isinstance(first, dict) else None
    what = f"its answer holds only errors ({one_line(str(title), 80)})" if errors else "its answer is empty"
    return _in_one_line((UnexpectedShape, f"{what}, which is not the same as nothing found", _LATER), target)


def _in_one_line(meaning: _Meaning, target: Target) -> SourceError:
    kind, what, remedy = meaning
    return kind(one_line(f"x {target.name}: {what}; {remedy}", 300))


def _of_status(answer: Answer) -> _Meaning | None:
    """Say what is particular to X; None for what is not."""
    match answer.status:
        case 400:
            reason = one_line(problem_of(answer).said, 140) or "without a reason"
            return UnexpectedShape, f"it did not accept the query ({reason})", "mend it on the watchlist"
        case 401:
            return Refused, "the token was not accepted (status 401)", "check ICD_X_BEARER_TOKEN"
        case 402:
            return SpendCapped, "the account's credits are used up, says X (status 402)", f"buy some: {_CONSOLE}"
        case 403 if problem_of(answer).reason == "client-not-enrolled":
            return Refused, "the app is not enrolled for this (status 403, client-not-enrolled)", _CONSOLE
        case 403:
            return Refused, "the app may not ask this (status 403)", f"check its access: {_CONSOLE}"
        case 404:
            return Refused, "there is no such address (status 404)", "check ICD_X_URL"
        case 429 if _is_usage_cap(answer):
            return SpendCapped, "the account's usage cap is reached, says X (status 429)", f"raise it: {_CONSOLE}"
        case 429:
            return RateLimited, "it asks us to slow down (status 429)", f"run it again {_when(answer)}"
        case status if 300 <= status < 400:
            where = "which is not followed: the token goes to no other address"
            return Refused, f"it answered with a redirect (status {status}), {where}", "check ICD_X_URL"
    return None


def _is_usage_cap(answer: Answer) -> bool:
    problem = problem_of(answer)
    capped = problem.title == "UsageCapExceeded" or (problem.type or "").endswith("/usage-capped")
    return answer.status == 429 and capped


def _when(answer: Answer) -> str:
    reset = answer.headers.get("x-rate-limit-reset", "")
    if not (reset.isascii() and reset.isdecimal() and len(reset) <= 10):
        return "in some minutes, and less often"
    return f"after {from_epoch(int(reset)):%Y-%m-%dT%H:%M:%SZ}, and less often"
