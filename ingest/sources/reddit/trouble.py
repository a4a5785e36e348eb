"""What the exceptions of praw, prawcore and requests mean for the user.

None of their texts is repeated: they can hold an address, a header, or what the far end made of our keys.
"""

import praw
import prawcore.exceptions as core
import requests
from msgspec import ValidationError
from praw.exceptions import PRAWException
from prawcore.const import ACCESS_TOKEN_PATH

from ingest.errors import RateLimited, Refused, SourceError, UnexpectedShape, Unreachable
from ingest.hostile import one_line
from ingest.sources import Target
from ingest.sources.reddit.session import MOST_BYTES, TooLong

_KEYS = "check ICD_REDDIT_CLIENT_ID and ICD_REDDIT_CLIENT_SECRET, and that Reddit approved the app"
_LATER = "the next run asks again"
_PLACE = "check the place on the watchlist"
_ADDRESS = "check the network, ICD_REDDIT_URL and ICD_REDDIT_OAUTH_URL"
_VERSION = "if it stays, look for a newer version of this program"

_CLIENT = {"praw", "prawcore", "requests"}


class Unanswered(Exception):
    """Reddit answered, and what it said must not count as an answer; `meaning` says it to the user."""

    def __init__(self, meaning: SourceError) -> None:
        super().__init__(str(meaning))
        self.meaning = meaning


_Meaning = tuple[type[SourceError], str, str]


def translate(error: Exception, target: Target) -> SourceError | None:
    """Say what an exception means, with a remedy, in one line; None where it was not raised by the client."""
    if isinstance(error, Unanswered):
        return error.meaning
    meaning = _of_class(error) or _of_origin(error)
    if meaning is None:
        return None
    kind, what, remedy = meaning
    return kind(one_line(f"reddit {target.name}: {what}; {remedy}", 300))


def budget_used_up(client: praw.Reddit, name: str) -> SourceError | None:
    """Say that Reddit's last answer left no request to this app: prawcore would sleep up to ten minutes over it."""
    remaining = client.auth.limits["remaining"]
    if isinstance(remaining, int) and remaining <= 0:
        return RateLimited(
            f"reddit {name}: the app's requests for these ten minutes are used up; run it again after them"
        )
    return None


def _of_class(error: Exception) -> _Meaning | None:
    """Go by the class: the more special first."""
    match error:
        case core.OAuthException():
            return Refused, "the app was not given a token", _KEYS
        case core.Redirect() | core.NotFound():
            return Refused, "there is no such place (banned, renamed or mistyped)", _PLACE
        case core.BadJSON():
            return UnexpectedShape, "the answer is no JSON (a block page, or an outage of Reddit's own)", _LATER
        case core.ResponseException():
            return _of_status(error.response)
        case core.RequestException():
            return _of_request(error.original_exception)
        case requests.exceptions.JSONDecodeError():
            return UnexpectedShape, "the token endpoint's answer is no JSON (a block page?)", _LATER
        case requests.RequestException():
            return _of_request(error)
        case ValidationError():
            return UnexpectedShape, "the answer is no listing of posts or comments", _VERSION
        case core.PrawcoreException() | PRAWException():
            return UnexpectedShape, f"it did not accept what was asked ({type(error).__name__})", _VERSION
    return None


def _of_status(response: requests.Response) -> _Meaning:
    status = response.status_code
    match status:
        case 403 if "html" in response.headers.get("content-type", ""):
            return Refused, "this network or user agent is blocked (status 403)", "name yourself in ICD_USER_AGENT"
        case 400 | 401 | 403 if ACCESS_TOKEN_PATH in (response.url or ""):
            return Refused, f"the app was not given a token (status {status})", _KEYS
        case 401:
            return Refused, "the app's token was not accepted (status 401)", _KEYS
        case 403:
            return Refused, "the place is private or quarantined, or the app may not read it (status 403)", _PLACE
        case _ if response.is_redirect:
            return Refused, f"it sends us elsewhere (status {status}), where no key of yours is sent", _ADDRESS
        case 429:
            wait = response.headers.get("retry-after", "")
            when = f"in {wait} s" if wait.isdecimal() and len(wait) < 6 else "in some minutes, and less often"
            return RateLimited, "it asks us to slow down (status 429)", f"run it again {when}"
        case 451:
            return Refused, "the place is closed for legal reasons (status 451)", _PLACE
        case _ if status >= 500 or status == 408:
            return Unreachable, f"it fails on its side (status {status})", _LATER
    return UnexpectedShape, f"it did not accept what was asked (status {status})", _VERSION


def _of_request(error: Exception) -> _Meaning:
    name = type(error).__name__
    # requests reports a body that stalls as a ConnectionError around urllib3's own timeout.
    if isinstance(error, requests.Timeout) or "ReadTimeoutError" in repr(error):
        return Unreachable, "it did not answer in time", f"{_LATER}; ICD_TIMEOUT_SECONDS says how long to wait"
    if isinstance(error, TooLong):
        return UnexpectedShape, f"the answer does not end after {MOST_BYTES // 1_000_000} MB", _VERSION
    if isinstance(error, requests.exceptions.ContentDecodingError):
        return UnexpectedShape, "the answer could not be unpacked", _LATER
    if isinstance(error, requests.exceptions.SSLError):
        return Unreachable, "its certificate could not be verified", "check the clock and the network (a proxy?)"
    return Unreachable, f"it could not be reached ({name})", _ADDRESS


def _of_origin(error: Exception) -> _Meaning | None:
    """Go by the function that raised it: prawcore stumbles over some answers with a bare ValueError or KeyError.

    An exception of the same class that was raised outside the client is a defect of ours, and not translated.
    """
    raised_in = ""
    inside = False
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_globals.get("__name__", "").partition(".")[0] in _CLIENT:
            inside, raised_in = True, trace.tb_frame.f_code.co_qualname
        trace = trace.tb_next
    match raised_in:
        case "TooManyRequests.__init__":  # a Retry-After that is a date
            return RateLimited, "it asks us to slow down (status 429)", "run it again in some minutes"
        case "authorization_error_class":  # a 401 that does not say what is missing
            return Refused, "the app's keys or its token were not accepted", _KEYS
        case "RateLimiter.update":
            return UnexpectedShape, "its rate-limit headers are not of the documented shape", _VERSION
    if not inside:
        return None
    return UnexpectedShape, f"the client stumbled over its answer ({type(error).__name__})", _VERSION
