"""What a change becomes: posts, edits, deletions; and a post's record read whatever is in it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from loopback.jetstream import Told, account, commit, did, record, rkey
from loopback.jetstream_world import BEGIN, KEYS, NOW, READING, SECOND

from ingest.records import Deletion, Edit, Fact, Post
from ingest.sources import atrecord, jetstream
from ingest.sources.jetstream.frames import V1, V2

AT = BEGIN + timedelta(seconds=100, microseconds=123)


def fact(told: Told, *, old: bool = False) -> Fact | None:
    """Send what is told through one of the wires' readers and parse it."""
    line = told.v1(timedelta(0)) if old else told.v2(5, timedelta(0))
    change = (V1 if old else V2).whole(msgspec.json.encode(line))
    assert change is not None
    return jetstream.parse(change, READING)


def post(said: Any, **more: Any) -> Post:
    """Make a post of a record."""
    return atrecord.post(KEYS, did(5), rkey(5), said, **({"received_at": AT, "seen_at": NOW} | more))


@pytest.mark.parametrize("old", [True, False])
def test_a_create_is_a_post(old: bool) -> None:
    """Shaped by hand, on both wires: the server's receipt to the microsecond, hidden ids, and no address."""
    parent = "at://did:plc:aaa/app.bsky.feed.post/3kaaa"
    reply = {"root": {"uri": "at://x", "cid": "c"}, "parent": {"uri": parent, "cid": "c"}}
    said = record("Claude is \x1b[31mdown\x07", BEGIN, reply=reply, langs=["pt-BR", "en"])

    assert fact(commit(5, AT, "create", said), old=old) == Post(
        platform="bluesky",
        post_id=KEYS.hidden("bluesky", f"at://{did(5)}/app.bsky.feed.post/{rkey(5)}"),
        place="bluesky",
        author_key=KEYS.of("bluesky", did(5)),
        claimed_at=BEGIN,
        received_at=AT,
        seen_at=NOW,
        form="reply",
        text="Claude is down",
        url=None,
        lang="pt-BR",
        parent_id=KEYS.hidden("bluesky", parent),
    )


@pytest.mark.parametrize("old", [True, False])
def test_an_update_is_an_edit_and_a_delete_a_deletion(old: bool) -> None:
    """Shaped by hand, on both wires: both find the post by the same hidden id."""
    created = fact(commit(5, AT, "create", record("claude", AT)), old=old)
    assert isinstance(created, Post)
    update = commit(5, AT + SECOND, "update", record("claude is back", AT), rev=6)
    assert fact(update, old=old) == Edit("bluesky", created.post_id, "claude is back", NOW)
    gone = commit(5, AT + 2 * SECOND, "delete", None, rev=7)
    assert fact(gone, old=old) == Deletion("bluesky", AT + 2 * SECOND, NOW, post_id=created.post_id)


@pytest.mark.parametrize("old", [True, False])
@pytest.mark.parametrize(
    ("status", "active", "gone"),
    [
        ("deleted", False, True), ("takendown", False, True), ("suspended", False, True), ("deactivated", False, False),
        ("desynchronized", False, False), ("throttled", False, False), ("unheard-of", False, True), (None, False, True),
        (None, True, False), ("deleted", True, False), ("unheard-of", True, False),
    ],
)  # fmt: skip
def test_an_account_that_is_gone_takes_its_posts_along(status: str | None, active: bool, gone: bool, old: bool) -> None:
    """Shaped by hand: deleted, taken down, suspended; a deactivated one may come back; unknown states go by active."""
    expected = Deletion("bluesky", AT, NOW, author_key=KEYS.of("bluesky", did(5))) if gone else None
    assert fact(account(5, AT, active=active, status=status), old=old) == expected


@pytest.mark.parametrize(
    ("claim", "claimed_at"),
    [
        ("2026-04-15T11:51:40Z", datetime(2026, 4, 15, 11, 51, 40, tzinfo=UTC)),
        ("2026-04-15T13:51:40.123456789+02:00", datetime(2026, 4, 15, 11, 51, 40, 123456, tzinfo=UTC)),
        ("2026-04-15T11:51:40.5-00:00", datetime(2026, 4, 15, 11, 51, 40, 500000, tzinfo=UTC)),
        ("2026-04-16T12:00:00Z", datetime(2026, 4, 16, 12, tzinfo=UTC)),
        ("9999-12-31T23:59:59.999Z", datetime(9999, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", AT), ("0001-01-01T00:00:00+14:00", AT), ("9999-12-31T23:59:59-01:00", AT),
        ("1970-01-01T00:00:00.000Z", AT), ("2026-04-15T11:51:40", AT), ("2026-04-15", AT), ("", AT), ("soon", AT),
        (None, AT), (1776253900, AT), ({"$date": 1}, AT), ("١٢", AT), ("2026-02-30T00:00:00Z", AT),
    ],
)  # fmt: skip
def test_a_claim_may_be_anything(claim: Any, claimed_at: datetime) -> None:
    """Shaped by hand: year 0001, 1970, nanoseconds, offsets, tomorrow, no zone: what is impossible is the receipt."""
    found = post({"text": "claude", "createdAt": claim})
    assert (found.claimed_at, found.received_at) == (claimed_at, AT)


def test_without_a_claim_and_a_receipt_there_is_no_time() -> None:
    """Shaped by hand: a search gives no receipt; then a claim that cannot be read is an error."""
    assert post({"text": "x", "createdAt": "2026-04-15T11:51:40Z"}, received_at=None).received_at is None
    with pytest.raises(ValueError, match="no possible time"):
        post({"text": "x", "createdAt": "0001-01-01T00:00:00Z"}, received_at=None)


@pytest.mark.parametrize("said", [None, 17, [], "claude", {}, {"text": None}, {"text": 5}])
def test_without_a_text_it_is_no_post(said: Any) -> None:
    """Shaped by hand."""
    with pytest.raises(ValueError, match=r"text|object"):
        post(said)


def external(title: Any) -> dict[str, Any]:
    """A link that hangs on a post."""
    link = {"uri": "https://example.org", "title": title, "description": "claude"}
    return {"$type": "app.bsky.embed.external", "external": link}


STRONG = {"uri": "at://did:plc:aaa/app.bsky.feed.post/3k", "cid": "c"}
QUOTE = {"$type": "app.bsky.embed.record", "record": STRONG}


@pytest.mark.parametrize(
    ("embed", "form", "text"),
    [
        (None, "post", "look"),
        (external("Claude \u202edown"), "post", "look\n\nClaude down"),
        (external(""), "post", "look"),
        (external(5), "post", "look"),
        (QUOTE, "quote", "look"),
        ({"$type": "app.bsky.embed.recordWithMedia", "record": QUOTE, "media": external("Down")}, "quote",
         "look\n\nDown"),
        ({"$type": "app.bsky.embed.images", "images": [{"alt": "claude", "image": {}}]}, "post", "look"),
        ({"$type": "later", "what": [1]}, "post", "look"),
        ({"$type": ["x"], "external": [], "media": 5}, "post", "look"),
        ("x", "post", "look"),
    ],
)  # fmt: skip
def test_what_hangs_on_a_post(embed: Any, form: str, text: str) -> None:
    """Shaped by hand, after the lexicon of each embed: a link's title is read, a quotation makes a quote."""
    found = post({"text": "look", "createdAt": "2026-04-15T11:51:40Z", "embed": embed})
    assert (found.form, found.text) == (form, text)


def test_a_reply_that_quotes_is_a_reply() -> None:
    """Shaped by hand: and a parent that cannot be read is none."""
    found = post({"text": "x", "embed": QUOTE, "reply": {"parent": STRONG}})
    assert (found.form, found.parent_id) == ("reply", KEYS.hidden("bluesky", STRONG["uri"]))
    assert post({"text": "x", "reply": {"parent": {"uri": 5}}}).parent_id is None
    assert post({"text": "x", "reply": {"parent": {"uri": "https://x"}}}).parent_id is None


@pytest.mark.parametrize("langs", [None, [], "en", [5], ["e"], ["x" * 40], ["en\nfr"], {"a": 1}])
def test_an_odd_language_is_none(langs: Any) -> None:
    """Shaped by hand."""
    assert post({"text": "x", "langs": langs}).lang is None


def test_no_author_stands_in_a_post() -> None:
    """Shaped by hand: neither the did nor the address is in what is stored."""
    assert "did:" not in repr(post({"text": "x", "reply": {"parent": STRONG}}))
    change = V2.whole(msgspec.json.encode(commit(5, AT, "create", record("claude", AT)).v2(1, timedelta(0))))
    assert did(5) not in repr(change)


def test_the_recorded_records_are_read(shared_data: Any) -> None:
    """Recorded records of real posts (see SOURCES.md there): read, with the receipt where a claim has no zone."""
    folder = shared_data / "protocol/bluesky/recorded"
    for name in ("marshalx_post_record.json", "marshalx_extended_post_record.json"):
        value = msgspec.json.decode((folder / name).read_bytes())["value"]
        found = post(value)
        assert found.text == value["text"]
        assert found.claimed_at == (AT if "extended" in name else datetime(2024, 2, 22, 19, 58, 13, 903293, tzinfo=UTC))
