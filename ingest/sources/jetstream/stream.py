"""Where Jetstream is read, and how a stream is opened: hosts, wires, compression.

An address is tried in the newest way first, and in an older one where it refuses: v2 compressed, v2 plain, v1 plain.
(v1's compression needs a dictionary that comes with no address.) What a host accepted is remembered for the run.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from urllib.parse import urlsplit

import httpx
import msgspec
import zstandard
from websockets.exceptions import InvalidHandshake, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from ingest.errors import ConfigError
from ingest.sources.jetstream.frames import V1, V2, Wire, microseconds

DEFAULT_URLS = (
    "wss://jetstream.us-east.bsky.network wss://jetstream.us-west.bsky.network "
    "wss://jetstream1.us-east.bsky.network wss://jetstream2.us-west.bsky.network"
)
"""The two of August 2026, which speak v2 and v1, then two of the older ones, which are kept up "for a while"."""

MOST_BYTES = 1_000_000
"""Of one frame. A post's record has a text of 3,000 bytes at most; the server is asked to leave larger ones out."""

MOST_DICTIONARY_BYTES = 4_000_000
"""Sixty times the dictionary of August 2026."""

DICTIONARY_SECONDS = 5.0
"""The most that a dictionary is waited for: it is a saving, and no more."""

FRAMES_AHEAD = (4096, 1024)
"""How many frames the client reads ahead: with its own 16 it stops and goes at every other one."""

POLL = 0.2
"""Seconds after which a reader that waits looks whether it is to stop."""

CLOSE = 0.5
"""Seconds that a far end is given to say goodbye."""

_MAGIC = b"\x28\xb5\x2f\xfd"
_OTHERWISE = {400, 404, 405, 406, 410, 426, 501}
"""Statuses that refuse the way of asking, not us."""


class Silent(Exception):
    """The stream stands open and its time does not move on."""


class Unreadably(Exception):
    """The stream brings nothing that can be read."""


class WrongClock(Exception):
    """The server's clock is ahead of ours, or behind what it was asked for."""


class Dictionary(msgspec.Struct, frozen=True):
    """What frames are compressed with: its number, which the server is asked for, and what undoes it."""

    number: int
    decompress: Callable[..., bytes]

    def unpacked(self, frame: bytes) -> bytes:
        """Decompress a frame; one that is not compressed is left as it is. Raises zstandard.ZstdError."""
        if not frame.startswith(_MAGIC):
            return frame
        # Without this the size that a frame claims would be believed, and that much memory taken.
        if zstandard.frame_content_size(frame) > MOST_BYTES:
            raise zstandard.ZstdError("a frame claims to be larger than what was asked for")
        return self.decompress(frame, max_output_size=MOST_BYTES)


class Address(msgspec.Struct):
    """One address, and the way in which it is read. `dictionary` is None until asked for, and where there is none."""

    url: str
    wire: Wire = V2
    plain: bool = False
    dictionary: Dictionary | None = None
    refetched: bool = False

    def otherwise(self, error: Exception) -> bool:
        """Choose the next older way for an address that refused this one; False where there is none, or no use.

        Each address goes down at most three steps in a run, so that trying again always ends.
        """
        status = error.response.status_code if isinstance(error, InvalidStatus) else None
        if isinstance(error, zstandard.ZstdError) or (status in _OTHERWISE and "ZstdDictionary" in _named(error)):
            # The dictionary changed: once the present one is asked for, then we do without.
            self.plain, self.dictionary, self.refetched = self.refetched, None, True
            return True
        refused = status in _OTHERWISE or (status is None and isinstance(error, InvalidHandshake | Unreadably))
        if self.wire is V1 or not refused:
            return False
        self.wire, self.plain, self.dictionary = V1, True, None
        return True


def addresses(text: str) -> list[Address]:
    """Read the setting: addresses separated by spaces. Raises ConfigError for one that is none."""
    found = []
    for url in text.split():
        try:
            parts = urlsplit(url)
            usable = parts.scheme in {"ws", "wss"} and bool(parts.hostname) and not parts.query and parts.port != 0
        except ValueError:
            usable = False
        if not usable or "@" in url:
            raise ConfigError(
                "ICD_JETSTREAM_URLS must be addresses such as wss://jetstream.us-east.bsky.network, separated by "
                "spaces; see .env.example"
            )
        found.append(Address(url.rstrip("/")))
    return found


def dial(
    address: Address, cursor: datetime, *, timeout: float, user_agent: str
) -> AbstractContextManager[ClientConnection]:
    """Open a stream that begins at `cursor` by the server's clock. Seconds of `timeout` are for the handshake.

    Raises, on entering, OSError and websockets.WebSocketException.
    """
    wire = address.wire
    if wire is V2 and not address.plain and address.dictionary is None:
        address.dictionary = _fetch_dictionary(address.url, timeout, user_agent)
        address.plain = address.dictionary is None
    asked = f"{wire.asked}&cursor={microseconds(cursor)}&maxMessageSizeBytes={MOST_BYTES}"
    if address.dictionary is not None:
        asked += f"&zstdDictionary={address.dictionary.number}"
    return connect(
        f"{address.url}{wire.path}?{asked}",
        subprotocols=[Subprotocol(wire.subprotocol)] if wire.subprotocol else None,
        compression=None,
        user_agent_header=user_agent,
        open_timeout=timeout,
        # Its answer waits behind all that is under way, megabytes on a slow line: whether the stream's time moves on
        # tells better whether it is alive.
        ping_interval=None,
        close_timeout=CLOSE,
        max_size=2 * MOST_BYTES,
        max_queue=FRAMES_AHEAD,
    )


def frames(connection: ClientConnection, most: int) -> Iterator[bytes]:
    """Hand out what has come, `most` at once, after waiting a moment for the first. Raises ConnectionClosed."""
    try:
        yield connection.recv(POLL, decode=False)
        for _ in range(most - 1):
            yield connection.recv(0, decode=False)
    except TimeoutError:
        return


def _fetch_dictionary(url: str, timeout: float, user_agent: str) -> Dictionary | None:
    """Ask a host for its present dictionary. None where it gives none: then the stream is read uncompressed.

    The only use is to spare bytes, so nothing that goes wrong here is worth more than doing without.
    """
    asked = f"http{url.removeprefix('ws')}/xrpc/network.bsky.jetstream.getZstdDictionary"
    body = bytearray()
    timeout = min(timeout, DICTIONARY_SECONDS)
    until = time.monotonic() + timeout
    headers = {"User-Agent": user_agent, "Accept-Encoding": "identity"}
    try:
        with httpx.stream("GET", asked, timeout=timeout, headers=headers) as response:
            response.raise_for_status()
            for chunk in response.iter_raw():
                body += chunk
                if len(body) > MOST_DICTIONARY_BYTES or time.monotonic() > until:
                    return None
        known = zstandard.ZstdCompressionDict(bytes(body), dict_type=zstandard.DICT_TYPE_FULLDICT)
        decompressor = zstandard.ZstdDecompressor(dict_data=known)
    except (httpx.HTTPError, httpx.InvalidURL, zstandard.ZstdError):
        return None
    # 0 is what bytes that are no dictionary have for a number.
    return Dictionary(known.dict_id(), decompressor.decompress) if known.dict_id() else None


def _named(error: Exception) -> str:
    """Name the error that the body of a refusal states, as XRPC does."""
    body = error.response.body if isinstance(error, InvalidStatus) else None
    try:
        return msgspec.json.decode(body or b"", type=_Refusal).error
    except ValueError:
        return ""


class _Refusal(msgspec.Struct):
    error: str = ""
