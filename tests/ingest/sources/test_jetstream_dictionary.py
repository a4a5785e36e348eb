"""Compression: a saving that may fail in every way without a change being lost."""

import pytest
import zstandard
from loopback.jetstream import (
    DICTIONARY_PATH,
    V2_PATH,
    Jetstream,
    Request,
    Response,
    ServerConnection,
    after,
    running,
    saying,
)
from loopback.jetstream_world import (
    HISTORY,
    WANTED,
    covered,
    dictionary,
    host,
    read,
    said,
)

from ingest.sources.jetstream.stream import MOST_BYTES


@pytest.fixture(scope="module")
def undisturbed() -> list[str]:
    """What one quiet reading of the ten minutes gives."""
    with running(host()) as urls:
        return said(read(urls))


def test_a_frame_of_another_dictionary_is_asked_for_again(undisturbed: list[str]) -> None:
    """Shaped by hand: in the middle of the stream frames come by a dictionary that we have not: nothing is lost."""
    other = zstandard.ZstdCompressor(dict_data=zstandard.ZstdCompressionDict(dictionary(2))).compress(b"{}")
    changed = host(dictionary=dictionary(), troubles=[after(250, saying(other))])
    with running(changed) as urls:
        pages = read(urls)

    assert said(pages) == undisturbed
    assert covered(pages) == [WANTED]
    assert sum(asked.path == V2_PATH for asked in changed.asked) == 2


def test_frames_that_never_unpack_are_asked_for_plain(undisturbed: list[str]) -> None:
    """Shaped by hand: whatever dictionary is given, its frames do not unpack: the stream is read uncompressed."""
    other = zstandard.ZstdCompressor(dict_data=zstandard.ZstdCompressionDict(dictionary(2))).compress(b"{}")
    broken = host(dictionary=dictionary(), troubles=[after(0, saying(other))] * 2)
    with running(broken) as urls:
        pages = read(urls)

    assert said(pages) == undisturbed
    assert "zstdDictionary" not in broken.asked[-1].query
    assert broken.asked[-1].path == V2_PATH


def test_a_dictionary_that_was_retired_is_fetched_anew(undisturbed: list[str]) -> None:
    """Shaped by hand: between the fetch and the handshake the dictionary changes: 400 UnknownZstdDictionary."""

    class Retiring(Jetstream):
        def answer(self, connection: ServerConnection, request: Request) -> Response | None:
            if V2_PATH in request.path and not any(asked.path == V2_PATH for asked in self.asked):
                self.dictionary = dictionary(2)
            return super().answer(connection, request)

    retiring = Retiring(list(HISTORY), dictionary=dictionary(1))
    with running(retiring) as urls:
        pages = read(urls)

    assert said(pages) == undisturbed
    assert [asked.path for asked in retiring.asked] == [DICTIONARY_PATH, V2_PATH] * 2
    assert retiring.asked[-1].query["zstdDictionary"] == ["70002"]
    assert retiring.compressed > 500


NUMBERLESS = dictionary()[:4] + bytes(4) + dictionary()[8:]


@pytest.mark.parametrize(
    "body", [b"no dictionary", b"", b"\x37\xa4\x30\xec" + b"\x00" * 80, NUMBERLESS, b"x" * 5_000_000]
)
def test_what_is_no_dictionary_is_done_without(undisturbed: list[str], body: bytes) -> None:
    """Shaped by hand: text, nothing, a dictionary's head alone, one without a number, five megabytes: plain."""

    class Odd(Jetstream):
        def answer(self, connection: ServerConnection, request: Request) -> Response | None:
            if DICTIONARY_PATH not in request.path:
                return super().answer(connection, request)
            found = super().answer(connection, request)
            return Response(200, "OK", found.headers, body) if found and not self._mend(found, body) else found

        @staticmethod
        def _mend(found: Response, body: bytes) -> None:
            del found.headers["Content-Length"]
            found.headers["Content-Length"] = str(len(body))

    odd = Odd(list(HISTORY), dictionary=dictionary())
    with running(odd) as urls:
        assert said(read(urls)) == undisturbed
    assert [asked.path for asked in odd.asked] == [DICTIONARY_PATH, V2_PATH]
    assert "zstdDictionary" not in odd.asked[-1].query


def test_a_frame_that_claims_to_be_huge_is_not_unpacked(undisturbed: list[str]) -> None:
    """Shaped by hand: a few bytes that unpack to many megabytes are not believed; the stream is read without."""
    known = zstandard.ZstdCompressionDict(dictionary())
    bomb = zstandard.ZstdCompressor(dict_data=known).compress(b" " * (MOST_BYTES + 1))
    assert len(bomb) < 1000
    with running(host(dictionary=dictionary(), troubles=[after(250, saying(bomb))])) as urls:
        assert said(read(urls)) == undisturbed


def test_a_frame_larger_than_anything_asked_for_ends_that_stream_only(undisturbed: list[str]) -> None:
    """Shaped by hand: a frame of three megabytes, which the server was asked to leave out (`maxMessageSizeBytes`)."""
    large = host(troubles=[after(250, saying(" " * 3_000_000))])
    with running(large) as urls:
        pages = read(urls)

    assert said(pages) == undisturbed
    assert large.asked[1].query["maxMessageSizeBytes"] == [str(MOST_BYTES)]
