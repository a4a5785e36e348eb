"""What ends the stream for good, said in one line with a remedy; and what the settings may be."""

import ssl
from datetime import timedelta
from pathlib import Path

import pytest
from loopback.jetstream import V2_PATH, running
from loopback.jetstream_world import NOW, STREAM, WANTED, host, read_until_it_fails
from websockets.datastructures import Headers
from websockets.exceptions import (
    ConnectionClosedError,
    ConnectionClosedOK,
    InvalidMessage,
    InvalidStatus,
    InvalidURI,
    NegotiationError,
    PayloadTooBig,
    ProxyError,
)
from websockets.frames import Close
from websockets.http11 import Response
from zstandard import ZstdError

from ingest.errors import ConfigError, RateLimited, Refused, UnexpectedShape, Unreachable
from ingest.records import Window
from ingest.settings import load
from ingest.sources import jetstream
from ingest.sources.jetstream.frames import ServerSaid
from ingest.sources.jetstream.stream import Silent, Unreadably, WrongClock

SECRET = "invented-secret-7Q"


def status(code: int) -> InvalidStatus:
    """Refuse a handshake."""
    return InvalidStatus(Response(code, SECRET, Headers({"Set-Cookie": SECRET}), SECRET.encode()))


@pytest.mark.parametrize(
    ("error", "kind", "remedy"),
    [
        (status(429), RateLimited, "in some minutes"),
        (status(401), Refused, "ICD_JETSTREAM_URLS"),
        (status(403), Refused, "ICD_JETSTREAM_URLS"),
        (status(451), Refused, "ICD_JETSTREAM_URLS"),
        (status(404), UnexpectedShape, "newer version"),
        (status(400), UnexpectedShape, "newer version"),
        (status(500), Unreachable, "next run"),
        (status(503), Unreachable, "next run"),
        (ConnectionClosedOK(Close(1000, SECRET), None), Unreachable, "next run"),
        (ConnectionClosedError(Close(1011, SECRET), None), Unreachable, "next run"),
        (ConnectionClosedError(None, None), Unreachable, "next run"),
        (ServerSaid("ConsumerTooSlow"), Unreachable, "ConsumerTooSlow"),
        (InvalidURI(SECRET, SECRET), Refused, "mend ICD_JETSTREAM_URLS"),
        (InvalidMessage(SECRET), UnexpectedShape, "ICD_JETSTREAM_URLS"),
        (NegotiationError(SECRET), UnexpectedShape, "ICD_JETSTREAM_URLS"),
        (ProxyError(SECRET), Unreachable, "proxy"),
        (PayloadTooBig(1, 1), UnexpectedShape, "newer version"),
        (ZstdError(SECRET), UnexpectedShape, "newer version"),
        (Unreadably(), UnexpectedShape, "newer version"),
        (WrongClock("ahead"), UnexpectedShape, "clock"),
        (Silent(), Unreachable, "next run"),
        (TimeoutError(SECRET), Unreachable, "ICD_TIMEOUT_SECONDS"),
        (ConnectionRefusedError(111, SECRET), Unreachable, "check the network"),
        (ConnectionResetError(104, SECRET), Unreachable, "check the network"),
        (OSError(101, SECRET), Unreachable, "check the network"),
        (ssl.SSLCertVerificationError(1, SECRET), Unreachable, "check the clock"),
    ],
)
def test_every_end_is_said_with_a_remedy(error: Exception, kind: type[Exception], remedy: str) -> None:
    """One line: where, what, and what to do; nothing of the foreign text."""
    said = jetstream.translate(error, STREAM)
    assert type(said) is kind
    assert str(said).startswith("jetstream stream: ")
    assert remedy in str(said)
    assert SECRET not in str(said)
    assert "\n" not in str(said)


@pytest.mark.parametrize("error", [ZeroDivisionError(), KeyError("x"), OSError(28, "No space left", "outages.duckdb")])
def test_what_is_not_the_streams_is_not_translated(error: Exception) -> None:
    """A defect of ours, and a file that cannot be written, are not explained by the network."""
    assert jetstream.translate(error, STREAM) is None


@pytest.mark.parametrize(("code", "kind"), [(403, Refused), (429, RateLimited), (503, Unreachable)])
def test_a_refusal_on_the_wire_is_translated(code: int, kind: type[Exception]) -> None:
    """Shaped by hand: every host refuses: the last refusal is the reason, and its body is not repeated."""
    refusing = host(refuses=dict.fromkeys((V2_PATH, "/subscribe"), (code, "Invented")))
    with running(refusing) as urls:
        pages, error = read_until_it_fails(urls)
    said = jetstream.translate(error, STREAM)
    assert type(said) is kind
    assert "invented-detail-4F" not in str(said)
    assert all(page.covered is None for page in pages)


@pytest.mark.parametrize(
    "urls",
    ["https://x.org", "wss://", "jetstream", "wss://a.org http://b.org", f"wss://me:{SECRET}@x.org", "ws://x:99999999"],
)
def test_an_address_that_is_none_is_a_wrong_setting(urls: str) -> None:
    """The message names the setting and does not repeat it: a password may stand in it."""
    with pytest.raises(ConfigError, match="ICD_JETSTREAM_URLS") as wrong:
        jetstream.connect(load({"ICD_JETSTREAM_URLS": urls}, Path("none")))
    assert SECRET not in str(wrong.value)


def test_the_settings_are_heeded() -> None:
    """Without any: v2's two hosts first, then v1's; twenty minutes."""
    bare = jetstream.connect(load({}, Path("none")))
    assert [url.split("//")[1].split(".")[0] for url in bare.urls.split()] == [
        "jetstream", "jetstream", "jetstream1", "jetstream2",
    ]  # fmt: skip
    assert (bare.longest, bare.timeout) == (1200, 20)
    asked = {"ICD_JETSTREAM_MINUTES": "2", "ICD_TIMEOUT_SECONDS": "3", "ICD_JETSTREAM_URLS": "ws://a:1/ wss://b/x"}
    said = jetstream.connect(load(asked, Path("none")))
    assert (said.longest, said.timeout) == (120, 3)
    assert [address.url for address in jetstream.addresses(said.urls)] == ["ws://a:1", "wss://b/x"]


def test_an_estimate_says_how_much_is_read() -> None:
    """A day is about two million posts and more than a gigabyte, and costs nothing."""
    settings = load({}, Path("none"))
    day = jetstream.estimate(settings, STREAM, Window(NOW - timedelta(days=1), NOW))
    assert (day.requests, day.usd) == (1, 0.0)
    assert "2,160,000 posts, 1,296 MB" in day.said
    assert jetstream.targets(settings) == [STREAM]
    assert "13,500 posts, 8 MB" in jetstream.estimate(settings, STREAM, WANTED).said
