"""Frames of another shape: none ends the stream, none is lost silently, and what is of no concern is no reject."""

import json
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from loopback.jetstream import (
    V2_PATH,
    ServerConnection,
    after,
    commit,
    record,
    running,
    saying,
    stamp,
)
from loopback.jetstream_world import (
    BEGIN,
    HISTORY,
    NOW,
    READING,
    SECOND,
    STREAM,
    WANTED,
    covered,
    host,
    read,
    read_until_it_fails,
    said,
)

from ingest.errors import UnexpectedShape
from ingest.sources import jetstream
from ingest.sources.jetstream.frames import V2, Change, ServerSaid, Unreadable
from ingest.sources.jetstream.match import MOST_UNREADABLE, Names, Sieve
from ingest.sources.jetstream.stream import Unreadably
from ingest.watchlist import load


@pytest.fixture(scope="module")
def undisturbed() -> list[str]:
    """What one quiet reading of the ten minutes gives."""
    with running(host()) as urls:
        return said(read(urls))


def frame(**changed: Any) -> str:
    """Write a frame of v2 about a post that names a service, with parts of it changed; None takes one out."""
    told = commit(7777, BEGIN + 100 * SECOND, "create", record("claude is down, says who?", BEGIN))
    message = told.v2(1, timedelta(0))
    message["payload"] |= changed
    message["payload"] = {key: value for key, value in message["payload"].items() if value is not None}
    return json.dumps(message, ensure_ascii=False)


DEEP = '{"a":' * 3000 + "1" + "}" * 3000

REJECTED = {
    "no JSON": "claude is down",
    "no JSON, binary": b"\x00\xff\x80",
    "cut": frame()[:-40],
    "a list": "[1, 2]",
    "a number": "17",
    "nothing": "",
    "no did": frame(did=None),
    "a did that is a number": frame(did=17),
    "no time": frame(time=None),
    "a time that is none": frame(time="yesterday"),
    "a time without a zone": frame(time="2026-04-15T11:55:00.000000"),
    "a time before there were posts": frame(time="1970-01-01T00:00:00.000000Z"),
    "no key": frame(rkey=None),
    "a record that is a text": frame(record="claude is down"),
    "a text that is a number": frame(record={"text": 17, "langs": ["claude"]}),
    "no text": frame(record={"langs": ["claude"]}),
    "no record": frame(record=None),
    "half a letter": frame().replace("says who", r"\ud83d"),
    "nested deeply": frame(record=record("claude", BEGIN)).replace('"langs": ["en"]', f'"langs": {DEEP}'),
}

KEPT = {
    "a broken embed": frame(record=record("claude is down", BEGIN, embed={"$type": 5, "external": "x"})),
    "a broken title": frame(record=record("claude is down", BEGIN, embed={"external": {"title": 5}})),
    "broken langs": frame(record=record("claude is down", BEGIN, langs="en", reply=[])),
    "a broken parent": frame(record=record("claude is down", BEGIN, reply={"parent": {"uri": 5}})),
    "facets that cut a letter": frame(
        record=record("é claude is down", BEGIN, facets=[{"index": {"byteStart": 1, "byteEnd": 900}}])
    ),
    "a date that is none": frame(record=record("claude is down", BEGIN) | {"createdAt": 17}),
    "parts that are new": frame(colour="red", record=record("claude is down", BEGIN, mood={"deep": [1]})),
}

PASSED_OVER = {
    "another type": json.dumps({"$type": "later", "payload": {"$type": "x#commit"}}),
    "another kind": frame(**{"$type": "network.bsky.jetstream.subscribeEvents#sync"}),
    "another collection": frame(collection="app.bsky.feed.like"),
    "another operation": frame(operation="merge"),
    "an empty object": "{}",
    "no payload": json.dumps({"$type": "later", "payload": None}),
    "a text that is a number, of nobody": frame(record={"text": 17}),
}


@pytest.mark.parametrize("name", REJECTED)
def test_a_malformed_frame_is_one_reject(undisturbed: list[str], name: str) -> None:
    """Shaped by hand: the frame becomes one payload that cannot be read, without a did; the stream is read on."""
    odd = host(troubles=[after(250, saying(REJECTED[name]))])
    with running(odd) as urls:
        pages = read(urls)

    rejected = [raw for page in pages for raw in page.items if fails(raw)]
    assert len(rejected) == 1
    assert "did:plc:" not in repr(rejected)
    assert said_of(pages, without=rejected) == undisturbed
    assert covered(pages) == [WANTED]
    assert sum(asked.path == V2_PATH for asked in odd.asked) == 1


def fails(raw: Any) -> bool:
    """Say whether a raw change cannot be parsed."""
    try:
        jetstream.parse(raw, READING)
    except ValueError:
        return True
    return False


def said_of(pages: list[Any], without: list[Any]) -> list[str]:
    """Write down what can be parsed."""
    parsed = [jetstream.parse(raw, READING) for page in pages for raw in page.items if raw not in without]
    return sorted(repr(fact) for fact in parsed if fact is not None)


@pytest.mark.parametrize("name", KEPT)
def test_a_post_with_an_odd_part_is_a_post(undisturbed: list[str], name: str) -> None:
    """Shaped by hand: what is not read, or not needed, may be anything; the post is kept."""
    with running(host(troubles=[after(250, saying(KEPT[name]))])) as urls:
        pages = read(urls)

    (more,) = set(said(pages)) - set(undisturbed)
    assert "claude is down" in more
    assert more.startswith("Post(")
    assert covered(pages) == [WANTED]


@pytest.mark.parametrize("name", PASSED_OVER)
def test_what_is_of_no_concern_is_passed_over(undisturbed: list[str], name: str) -> None:
    """Shaped by hand: what a newer server may say, and what we did not ask for, is neither kept nor rejected."""
    with running(host(troubles=[after(250, saying(PASSED_OVER[name]))])) as urls:
        pages = read(urls)

    assert said(pages) == undisturbed
    assert covered(pages) == [WANTED]


def test_a_flood_of_odd_frames_is_kept_in_part() -> None:
    """Shaped by hand: five thousand frames that are none: some are kept to find out why, and the stream goes on."""
    odd = host(troubles=[after(250, lambda connection: [connection.send("{") for _ in range(5000)])])
    with running(odd) as urls:
        pages = read(urls)

    unreadable = [raw for page in pages for raw in page.items if isinstance(raw, Unreadable)]
    assert 0 < len(unreadable) <= 12 * MOST_UNREADABLE
    assert covered(pages) == [WANTED]


def test_a_host_that_says_nothing_readable_is_asked_in_v1(undisturbed: list[str]) -> None:
    """Shaped by hand: v2 in a shape that nobody knows yet; the same host's v1 is read instead."""

    def babble(connection: ServerConnection, sent: int) -> None:
        if sent == 0 and V2_PATH in (connection.request.path if connection.request else ""):
            for number in range(300):
                connection.send(json.dumps([number]))

    strange = host(troubles=[babble])
    with running(strange) as urls:
        pages = read(urls)
    assert strange.asked[-1].path == "/subscribe"
    assert set(undisturbed) == set(said_of(pages, [raw for page in pages for raw in page.items if fails(raw)]))


def test_where_nothing_can_be_read_nothing_is_covered() -> None:
    """Shaped by hand: neither of its ways can be read: the run ends, and says so."""
    babble = after(0, lambda connection: [connection.send("[]") for _ in range(300)])
    with running(host(troubles=[babble] * 9)) as urls:
        pages, error = read_until_it_fails(urls)

    assert covered(pages) == []
    assert isinstance(error, Unreadably)
    assert isinstance(jetstream.translate(error, STREAM), UnexpectedShape)


def test_the_servers_notices_and_its_farewell_take_nothing_back() -> None:
    """Shaped by hand: what came before an error frame, or #info, in one batch is kept and dated."""
    sieve = Sieve(Names(load()))
    came = [msgspec.json.encode(told.v2(1, timedelta(0))) for told in HISTORY[:30]]
    with pytest.raises(ServerSaid, match="ConsumerTooSlow"):
        sieve.sift([*came, b'{"$type":"error","error":"ConsumerTooSlow","message":""}'], V2, None)
    assert sieve.take()
    assert sieve.last is not None
    assert V2.at(sieve.last) == HISTORY[29].at
    info = {"$type": "network.bsky.jetstream.subscribeEvents#info", "name": "OutdatedCursor"}
    notice = json.dumps({"$type": "message", "payload": info})
    sieve.sift([*came, notice.encode()], V2, None)
    assert V2.at(sieve.last) == HISTORY[29].at


def test_a_record_nested_too_deeply_is_a_reject() -> None:
    """Shaped by hand: no page is lost because one record is thousands of objects deep."""
    raw = Change("did:plc:x", stamp(NOW), "create", "3k", record=f'{{"text":"claude","a":{DEEP}}}'.encode())
    with pytest.raises(ValueError, match="too deeply"):
        jetstream.parse(raw, READING)
