"""What ends the stream for good, and what it means for the user.

No exception's own text is repeated: a server, or a proxy on the way, can have written anything into it.
"""

import ssl

from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidStatus,
    InvalidURI,
    ProxyError,
    WebSocketException,
)
from zstandard import ZstdError

from ingest.errors import RateLimited, Refused, SourceError, UnexpectedShape, Unreachable
from ingest.hostile import one_line
from ingest.sources import Target
from ingest.sources.jetstream.frames import ServerSaid
from ingest.sources.jetstream.stream import Silent, Unreadably, WrongClock

_LATER = "the next run reads on from here"
_ADDRESS = "check the network and ICD_JETSTREAM_URLS"
_VERSION = "if it stays, look for a newer version of this program"

_Meaning = tuple[type[SourceError], str, str]


def translate(error: Exception, target: Target) -> SourceError | None:
    """Say what ended the stream, with a remedy, in one line; None where it was not the stream."""
    meaning = _meaning(error)
    if meaning is None:
        return None
    kind, what, remedy = meaning
    return kind(one_line(f"jetstream {target.name}: {what}; {remedy}", 300))


def _meaning(error: Exception) -> _Meaning | None:
    match error:
        case InvalidStatus():
            return _of_status(error.response.status_code)
        case ConnectionClosed():
            code = error.rcvd.code if error.rcvd else "none"
            return Unreachable, f"every server closes the stream again and again (code {code})", _LATER
        case ServerSaid():
            return Unreachable, f"every server ends the stream again and again ({error})", _LATER
        case InvalidURI():
            return Refused, "an address is none", "mend ICD_JETSTREAM_URLS"
        case ProxyError():
            return Unreachable, "the proxy does not let us through", "check the proxy's settings in the environment"
        case InvalidHandshake():
            return UnexpectedShape, f"no server answers as a stream does ({type(error).__name__})", _ADDRESS
        case WebSocketException():
            return UnexpectedShape, f"the stream breaks the rules of websockets ({type(error).__name__})", _VERSION
        case ZstdError():
            return UnexpectedShape, "the stream cannot be decompressed", _VERSION
        case Unreadably():
            return UnexpectedShape, "the stream is not of the documented shape", _VERSION
        case WrongClock():
            return UnexpectedShape, f"every server's clock is {error} of ours", "set this machine's clock, or wait"
        case Silent():
            return Unreachable, "the stream stands open and brings nothing", _LATER
    return _of_network(error)


def _of_status(status: int) -> _Meaning:
    if status == 429:
        return RateLimited, "every server asks us to slow down (status 429)", "run it again in some minutes"
    if status in {401, 403, 407, 451}:
        return Refused, f"no server lets us in (status {status})", "try another network, or set ICD_JETSTREAM_URLS"
    if status >= 500 or status == 408:
        return Unreachable, f"every server fails on its side (status {status})", _LATER
    return UnexpectedShape, f"no server accepts what was asked (status {status})", _VERSION


def _of_network(error: Exception) -> _Meaning | None:
    match error:
        case ssl.SSLError():
            return Unreachable, "no certificate could be verified", "check the clock and the network (a proxy?)"
        case TimeoutError():
            return Unreachable, "no server answered in time", f"{_LATER}; ICD_TIMEOUT_SECONDS says how long to wait"
        case OSError() if error.filename is None:  # with a name it is a file of ours, not the network
            return Unreachable, f"no server could be reached ({type(error).__name__})", _ADDRESS
    return None
