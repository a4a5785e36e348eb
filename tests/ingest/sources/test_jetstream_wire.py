"""The pretended Jetstream held to the lexicon and to what was recorded of the real one, and the recordings read."""

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from loopback.jetstream import EPOCH, KINDS, V2_PARAMETERS, Jetstream, Told, account, commit, identity, record, running
from loopback.jetstream_world import HISTORY, NOW, READING, dictionary, host

from ingest import watchlist
from ingest.sources import jetstream
from ingest.sources.jetstream.frames import V1
from ingest.sources.jetstream.match import Names, Sieve

TOLD = [
    commit(1, NOW, "create", record("a", NOW)),
    commit(1, NOW, "update", record("b", NOW), rev=2),
    commit(1, NOW, "delete", None, rev=3),
    identity(1, NOW),
    account(1, NOW, active=True),
    account(1, NOW, active=False, status="deleted"),
]


@pytest.fixture
def lexicon(shared_data: Path) -> dict[str, Any]:
    """The lexicon of the stream."""
    folder = shared_data / "protocol/bluesky/lexicons"
    return json.loads((folder / "network.bsky.jetstream.subscribeEvents.json").read_text())["defs"]


@pytest.fixture
def upstream(shared_data: Path) -> dict[str, Any]:
    """The lexicon of what accounts and identities are, which the stream wraps."""
    return json.loads((shared_data / "protocol/bluesky/lexicons/com.atproto.sync.subscribeRepos.json").read_text())[
        "defs"
    ]


@pytest.fixture
def golden(shared_data: Path) -> list[dict[str, Any]]:
    """Ten lines of v1, recorded on 2026-05-25."""
    text = (shared_data / "protocol/bluesky/recorded/jetstream_v1_golden_2026-05-25.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


def shape(line: dict[str, Any]) -> tuple[str, str | None]:
    """Say what kind of line it is."""
    return line["kind"], line.get("commit", {}).get("operation")


def test_our_v2_is_the_lexicons(lexicon: dict[str, Any], upstream: dict[str, Any]) -> None:
    """Every frame has what its definition requires, nothing that it does not know, and a time of six decimals."""
    for told in TOLD:
        message = told.v2(1, timedelta(0))
        assert message["$type"] == "message"
        payload = dict(message["payload"])
        of, name = payload.pop("$type").split("#")
        assert of == "network.bsky.jetstream.subscribeEvents"
        assert set(lexicon[name]["required"]) <= set(payload) <= set(lexicon[name]["properties"])
        assert len(payload["time"]) == len("2026-04-15T12:00:00.000000Z")
        if name != "commit":
            assert set(upstream[name]["required"]) <= set(payload[name]) <= set(upstream[name]["properties"])
        elif payload["operation"] == "delete":
            assert not {"record", "cid"} & set(payload)


def test_our_v2_takes_the_lexicons_parameters(lexicon: dict[str, Any]) -> None:
    """The parameters that our server knows, and those that the source sends, are those of the lexicon."""
    main = lexicon["main"]
    assert set(main["parameters"]["properties"]) == V2_PARAMETERS
    assert set(main["parameters"]["properties"]["kinds"]["items"]["enum"]) == KINDS
    assert main["subprotocol"] == jetstream.stream.V2.subprotocol
    assert {error["name"] for error in main["errors"]} == {"ConsumerTooSlow", "CursorTooOld", "UnknownZstdDictionary"}


def test_our_v1_is_the_recordings(golden: list[dict[str, Any]]) -> None:
    """A line of ours has the very keys, and types, of a recorded line of its kind."""
    ours = {shape(line): line for line in (told.v1(timedelta(0)) for told in TOLD)}
    compared = 0
    for line in golden:
        mine = ours[shape(line)]
        assert list(mine) == list(line)
        assert {key: type(value) for key, value in mine[line["kind"]].items()} == {
            key: type(value) for key, value in line[line["kind"]].items()
        } | ({"status": str} if "status" in mine[line["kind"]] else {})
        assert (len(mine["did"]), len(str(mine["time_us"]))) == (len(line["did"]), len(str(line["time_us"])))
        compared += 1
    assert compared == 10


def test_the_recorded_lines_are_read(golden: list[dict[str, Any]]) -> None:
    """Recorded: of ten lines one is a post, and kept where it names what is watched; no other is of concern."""
    (real,) = [line for line in golden if line.get("commit", {}).get("collection") == "app.bsky.feed.post"]
    word = max(real["commit"]["record"]["text"].split(), key=len)
    names = Names(watchlist.Watchlist({"x": watchlist.Service("X", (word.lower(),), name="x")}))
    sieve = Sieve(names)
    sieve.sift([msgspec.json.encode(line) for line in golden], V1, None)
    (raw,) = sieve.take()
    post = jetstream.parse(raw, READING)
    assert post is not None
    assert (post.text, post.form, post.lang) == (real["commit"]["record"]["text"], "reply", "en")
    assert post.received_at == EPOCH + timedelta(microseconds=real["time_us"])
    sieve.sift([msgspec.json.encode(line) for line in golden if line["kind"] == "account"], V1, None)
    assert sieve.last is not None
    (told,) = [line for line in golden if line["kind"] == "account"]
    assert V1.at(sieve.last) == EPOCH + timedelta(microseconds=told["time_us"])


@pytest.mark.parametrize("packed", [True, False])
def test_bluesky_s_own_client_reads_our_server(packed: bool) -> None:
    """The official client of v2, compressed and plain: what it understands is what was told, so the server is true."""
    from atproto import JetstreamClient

    served = host(HISTORY[:50], dictionary=dictionary() if packed else None)
    seen: list[Any] = []
    with running(served) as url:
        client = JetstreamClient(
            params={"collections": ["app.bsky.feed.post"], "kinds": ["commit", "account"], "cursor": 10**15},
            base_uri=f"{url}/xrpc",
            compress=packed,
        )

        def taken(message: Any) -> None:
            seen.append(message)
            if len(seen) == len(expected):
                client.stop()

        expected = list(_expected(served))
        until = time.monotonic() + 5
        client.start(taken)
        assert time.monotonic() < until
    assert [message.did for message in seen] == [told.did for told in expected]
    assert bool(served.compressed) is packed


def _expected(served: Jetstream) -> Iterator[Told]:
    return (told for told in served.history if told.kind != "identity")
