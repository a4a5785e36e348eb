"""What the exceptions of atproto and httpx, and our own, mean for the user.

None of their texts is repeated: an answer can hold the account's handle, and what the far end made of our password.
"""

import ssl
from datetime import UTC, datetime

import httpx
from atproto.exceptions import (
    AtProtocolError,
    BadRequestError,
    InvalidTokenError,
    InvokeTimeoutError,
    LoginRequiredError,
    ModelError,
    RateLimitExceededError,
    RequestErrorBase,
)
from msgspec import ValidationError

from ingest.errors import RateLimited, Refused, SourceError, Truncated, UnexpectedShape, Unreachable
from ingest.hostile import one_line
from ingest.sources import Target
from ingest.sources.bluesky.search import too_deep
from ingest.sources.bluesky.session import FILE_NAME, SIGNING_IN, BudgetUsedUp, NotKept, session_ended
from ingest.sources.bluesky.wire import MOST_BYTES, Elsewhere, TooLarge
from ingest.times import from_epoch

_KEYS = "check ICD_BLUESKY_HANDLE and ICD_BLUESKY_APP_PASSWORD"
_APP_PASSWORD = "use an app password (Settings, Privacy and security) in ICD_BLUESKY_APP_PASSWORD"  # noqa: S105
_ADDRESS = "check the network and ICD_BLUESKY_URL"
_LATER = "the next run asks again"
_TIMEOUT = f"{_LATER}; ICD_TIMEOUT_SECONDS says how long to wait"
_VERSION = "if it stays, look for a newer version of this program"
_PHRASE = "check the phrase on the watchlist"

_CLIENT = {"atproto_client", "atproto_core", "atproto_server", "httpx", "httpcore", "pydantic", "pydantic_core"}

_Meaning = tuple[type[SourceError], str, str]


def translate(error: Exception, target: Target) -> SourceError | None:
    """Say what an exception means, with a remedy, in one line; None where it was not raised by the client."""
    meaning = _of_class(error) or _of_origin(error)
    if meaning is None:
        return None
    kind, what, remedy = meaning
    where = f"{target.name}, {SIGNING_IN}" if _signing_in(error) else target.name
    return kind(one_line(f"bluesky {where}: {what}; {remedy}", 300))


def _of_class(error: Exception) -> _Meaning | None:
    """Go by the class: the more special first."""
    match error:
        case NotKept():
            return Refused, f"the session cannot be written to {FILE_NAME} beside the database", "make room there"
        case BudgetUsedUp():
            return RateLimited, "the server's requests for these minutes are used up", "run it again in five minutes"
        case Elsewhere():
            return Refused, "the server sends us to another host, and no password goes there", "check ICD_BLUESKY_URL"
        case TooLarge():
            return UnexpectedShape, f"an answer cannot be kept under {MOST_BYTES // 1_000_000} MB", _ADDRESS
        case RateLimitExceededError():
            return RateLimited, "the server asks us to slow down (status 429)", f"run it again {_when(error)}"
        case InvokeTimeoutError() | httpx.TimeoutException():
            return Unreachable, "it did not answer in time", _TIMEOUT
        case RequestErrorBase(response=None):
            return _of_network(error.__cause__ or error)
        case RequestErrorBase():
            return _of_status(error)
        case ModelError() | LoginRequiredError() | InvalidTokenError():
            return UnexpectedShape, f"its answer is not of the documented shape ({type(error).__name__})", _VERSION
        case AtProtocolError():
            return UnexpectedShape, f"the client stumbled over its answer ({type(error).__name__})", _VERSION
        case httpx.HTTPError() | httpx.InvalidURL() | httpx.StreamError():
            return _of_network(error)
        case ValidationError():
            return UnexpectedShape, "the answer is no search answer (a block page?)", _VERSION
    return None


def _of_status(error: RequestErrorBase) -> _Meaning:
    status, content = error.response.status_code, error.response.content
    name = getattr(content, "error", None)
    match status, name:
        case _, "AuthFactorTokenRequired":
            return Refused, "the account's own password asks for a code by mail", _APP_PASSWORD
        case _, "AccountTakedown" | "AccountDeactivated" | "AccountSuspended":
            return Refused, "the account is closed", "check ICD_BLUESKY_HANDLE"
        case 403, None:  # a page for people
            return Refused, "this network is blocked (status 403)", "try another network, or wait"
        case 400 | 401 | 403, _ if _signing_in(error):
            return Refused, f"handle or app password were not accepted (status {status})", _KEYS
        case 400, _ if isinstance(error, BadRequestError) and too_deep(error):
            return Truncated, "it does not go down to the end of the first page", _VERSION
        case _ if session_ended(error):
            return Refused, f"the session was not accepted, nor was a new one (status {status})", _KEYS
        case 403, _:
            return Refused, "the account may not search (status 403)", _KEYS
        case 400, _:
            return UnexpectedShape, "it did not accept what was asked (status 400)", _PHRASE
        case 404 | 501, _:
            return Refused, f"there is no Bluesky server (status {status})", "check ICD_BLUESKY_URL"
        case 451, _:
            return Refused, "it is closed here for legal reasons (status 451)", "nothing can be done about it"
        case _ if status >= 500 or status in {408, 409}:
            return Unreachable, f"it fails on its side (status {status})", _LATER
    return UnexpectedShape, f"it did not accept what was asked (status {status})", _VERSION


def _of_network(error: BaseException) -> _Meaning:
    if isinstance(error, httpx.DecodingError):
        return UnexpectedShape, "its answer cannot be unpacked", _LATER
    if isinstance(error, httpx.TooManyRedirects):
        return Refused, "it leads us in circles", "check ICD_BLUESKY_URL"
    if _certificate(error):
        return Unreachable, "its certificate could not be verified", "check the clock and the network (a proxy?)"
    return Unreachable, f"it could not be reached ({type(error).__name__})", _ADDRESS


def _certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _when(error: RateLimitExceededError) -> str:
    """Say when to come again: by the header that gives the instant, else by the one that gives a wait."""
    headers = error.response.headers if error.response else {}
    reset, wait = headers.get("ratelimit-reset", ""), headers.get("retry-after", "")
    if reset.isdecimal() and len(reset) < 12:
        at = from_epoch(int(reset))
        if at.year < datetime.now(UTC).year + 2:
            return f"after {at:%Y-%m-%dT%H:%M:%SZ}"
    return f"in {wait} s" if wait.isdecimal() and len(wait) < 6 else "in some minutes, and less often"


def _signing_in(error: BaseException) -> bool:
    return SIGNING_IN in getattr(error, "__notes__", ())


def _of_origin(error: Exception) -> _Meaning | None:
    """Go by who raised it: the client stumbles over an answer that is no JSON with a bare ValueError.

    An exception of the same class that was raised outside the client is a defect of ours, and not translated.
    """
    trace, last = error.__traceback__, ""
    while trace is not None:
        last = str(trace.tb_frame.f_globals.get("__name__", "")).partition(".")[0]
        trace = trace.tb_next
    if last not in _CLIENT:
        return None
    return UnexpectedShape, f"the client stumbled over its answer ({type(error).__name__}: a block page?)", _LATER
