"""The documented shapes of lines, and what is not of them."""

import json
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from fileload import FIRST, KEYS, incident_fields, post_fields
from hypothesis import given
from hypothesis import strategies as st

from ingest.files import lines
from ingest.times import EARLIEST

instants = st.datetimes(
    EARLIEST.replace(tzinfo=None) + timedelta(days=1),
    datetime(9999, 12, 30),  # noqa: DTZ001  (the zone is drawn beside it)
    timezones=st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
ROW = dict(
    zip(
        lines.VOLUME_HEADER.split(","),
        ["X", "", "claude", "claude down", "2026-04-15T12:00:00Z", "2026-04-15T14:01:00+02:00", "42"],
        strict=True,
    )
)

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=200)


def test_a_post_line_says_everything_it_may_say() -> None:
    """Each field of a full line stands in the post, and the handle does not."""
    fields = post_fields(
        1, url="https://example.org/1", lang="en", form="comment", parent_id="t3_0", seen_at="2026-04-15T12:02:00Z"
    )

    found = lines.post(json.dumps(fields), KEYS)

    assert (found.platform, found.post_id, found.place) == ("reddit", "t3_1", "r/ClaudeAI")
    assert (found.claimed_at, found.received_at) == (FIRST + timedelta(minutes=1), None)
    assert found.seen_at == FIRST + timedelta(minutes=2)
    assert (found.form, found.lang, found.parent_id) == ("comment", "en", "t3_0")
    assert (found.url, found.text) == ("https://example.org/1", fields["text"])
    assert found.author_key == KEYS.of("reddit", "invented_1")
    assert "invented_1" not in repr(found)


@pytest.mark.parametrize("author", [None, "", "  ", "[deleted]", "[removed]"])
def test_an_unknown_author_is_nobody_in_particular(author: str | None) -> None:
    """Without an author a post is a person of its own; so are the accounts that Reddit calls [deleted]."""
    assert lines.post(post_fields(1, author=author), KEYS).author_key is None


def test_one_person_is_one_however_the_platform_is_spelled() -> None:
    """The author key and the form go by the platform, not by its spelling."""
    plain, loud = (lines.post(post_fields(1, platform=name), KEYS) for name in ("github", " GitHub "))

    assert plain == loud
    assert plain.form == "issue"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"posted_at": "2026-03-11T14:02:31"}, "posted_at: .* names no zone; write 2026-03-11T14:02:31Z for UTC"),
        ({"posted_at": "0001-01-01T00:00:00Z"}, "posted_at .* lies before there were public posts"),
        ({"posted_at": "0001-01-01T00:00:00+14:00"}, "posted_at: "),
        ({"posted_at": "9999-12-31T23:59:59-14:00"}, "posted_at: "),
        ({"posted_at": "yesterday"}, "posted_at: Invalid isoformat string"),
        ({"posted_at": 1773237751}, r"Expected `str`, got `int` - at `\$.posted_at`"),
        ({"posted_at": None}, r"Expected `str`, got `null` - at `\$.posted_at`"),
        ({"seen_at": "2026-03-11T14:02:31"}, "seen_at: .* names no zone"),
        ({"seen_at": "0001-01-01T00:00:00Z"}, "seen_at .* lies before"),
        ({"post_id": ""}, "post_id is empty"),
        ({"post_id": "\x00\u202e "}, "post_id is empty"),
        ({"post_id": "x" * 501}, "post_id is empty or longer than 500"),
        ({"platform": "\x1b[31m"}, "platform is empty"),
        ({"place": "\u200e"}, "place is empty"),
        ({"form": "tweet"}, "Invalid enum value 'tweet'"),
        ({"text": None}, r"\$.text"),
    ],
)
def test_a_post_line_of_another_shape_says_why(changes: dict[str, Any], reason: str) -> None:
    """What a post line cannot be is a ValueError of one line that names the field."""
    for raw in (post_fields(1, **changes), json.dumps(post_fields(1, **changes))):
        with pytest.raises(ValueError, match=reason) as raised:
            lines.post(raw, KEYS)
        assert str(raised.value).isprintable()


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"{", b"[]", b"null", b'{"platform": "reddit"}', b'{"text": "\xff\xfe"}', b'"\\ud800"', b"[" * 100_000,
        b'{"x": ' + b"[" * 100_000, b'{"text": "\\ud83d"}', '{"text": "\ud83d"}',
    ],
)  # fmt: skip
def test_what_is_no_post_line_at_all_is_a_value_error(raw: bytes | str) -> None:
    """Half a line, other JSON, bytes that are no text, nesting without end: each is a ValueError, no other."""
    with pytest.raises(ValueError, match=r"\w"):
        lines.post(raw, KEYS)
    with pytest.raises(ValueError, match=r"\w"):
        lines.incident(raw)


def test_what_would_drive_a_terminal_is_taken_out_of_every_field() -> None:
    """NUL, ANSI sequences and marks that turn a line around are gone from all that is stored; the words stay."""
    bad = "a\x00b\x1b[31mc\u202ed\u200fe\ufefff\x9b"
    fields = post_fields(
        1, platform=bad, post_id=bad, place=bad, lang=bad, parent_id=bad, text=bad + "\n\t", url="https://" + bad
    )

    found = lines.post(fields, KEYS)

    assert (found.platform, found.post_id, found.place, found.lang, found.parent_id) == ("abcdef",) * 5
    assert (found.text, found.url) == ("abcdef\n\t", "https://abcdef")


def test_a_lone_surrogate_of_a_decoded_line_is_taken_out() -> None:
    """Half a character, which no database stores, does not reach it."""
    assert lines.post(post_fields(1, text="dow\ud83dn", lang="e\ud83dn"), KEYS).text == "down"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "", "//x"])
def test_an_address_that_is_not_of_the_web_is_dropped(url: str) -> None:
    """Only http and https addresses are kept: a report links them."""
    assert lines.post(post_fields(1, url=url), KEYS).url is None
    assert lines.post(post_fields(1, url="HTTPS://example.org"), KEYS).url == "HTTPS://example.org"


def test_a_post_from_the_future_is_kept_and_not_counted() -> None:
    """A claim that cannot be true yet is a fact about the author: stored, and no bucket sees it."""
    found = lines.post(post_fields(1, posted_at="9999-12-31T23:59:59Z"), KEYS)

    assert found.counted_at(known_by=FIRST) is None


@given(instants, texts, texts.filter(lambda text: bool(text.strip())))
def test_a_post_survives_the_way_through_a_line(at: datetime, text: str, author: str) -> None:
    """Whatever zone a time is written in, the instant is the same; ASCII text comes out as it went in."""
    fields = post_fields(1, posted_at=at.isoformat(), text=text, author=author)

    found = lines.post(json.dumps(fields).encode(), KEYS)

    assert found.claimed_at == at
    assert found.claimed_at.tzinfo is UTC
    assert found == lines.post(fields, KEYS)
    assert not text.isascii() or not text.isprintable() or found.text == text
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", found.text)


@given(st.binary(max_size=300) | st.text(max_size=300))
def test_any_bytes_are_a_fact_or_a_value_error(raw: bytes | str) -> None:
    """No input at all raises anything but ValueError."""
    for parse in (lambda: lines.post(raw, KEYS), lambda: lines.incident(raw)):
        with suppress(ValueError):
            parse()


odd_times = st.from_regex(r"\A\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-6]\d(\.\d{1,9})?(Z|[+-][012]\d:\d\d)?\Z")
odd_values = st.none() | st.integers() | st.text(max_size=40) | odd_times | st.lists(st.text(max_size=9), max_size=3)


@given(st.sampled_from(sorted(lines.PostLine.__struct_fields__)), odd_values)
def test_any_value_of_any_field_of_a_post_is_a_fact_or_a_value_error(field: str, value: object) -> None:
    """Whatever stands in one field of a good line, it is read or refused."""
    with suppress(ValueError):
        lines.post(post_fields(1) | {field: value}, KEYS)


@given(st.sampled_from(sorted(lines.IncidentLine.__struct_fields__)), odd_values)
def test_any_value_of_any_field_of_an_incident_is_a_fact_or_a_value_error(field: str, value: object) -> None:
    """Whatever stands in one field of a good line, it is read or refused."""
    with suppress(ValueError):
        assert lines.incident(incident_fields() | {field: value}).content_hash


@given(st.sampled_from(lines.VOLUME_HEADER.split(",")), st.text(max_size=40) | odd_times | st.integers().map(str))
def test_any_value_of_any_field_of_a_volume_is_a_fact_or_a_value_error(field: str, value: str) -> None:
    """Whatever stands in one field of a good row, it is read or refused."""
    with suppress(ValueError):
        assert lines.volume(ROW | {field: value}).count >= 0


def test_an_incident_line_becomes_the_incident_of_the_page() -> None:
    """Every field is there, the service is claude unless named, and the page first spoke at the first update."""
    found = lines.incident(json.dumps(incident_fields()))

    assert (found.service, found.incident_id, found.impact) == ("claude", "invented1", "minor")
    assert found.first_published_at == datetime(2026, 4, 15, 12, tzinfo=UTC)
    assert (found.components, found.seen_at) == (("claude.ai",), None)
    assert lines.incident(incident_fields(service="openai", seen_at="2026-04-16T00:00:00Z")).service == "openai"


def test_a_change_of_components_keeps_its_old_and_new_status() -> None:
    """A component's change may say nothing of before or after; what it says is plain text."""
    update = incident_fields()["updates"][0] | {"components": [["a\x1b[1mpi", None, "degraded\x00"]]}

    (change,) = lines.incident(incident_fields(updates=[update])).updates[0].components

    assert (change.name, change.old, change.new) == ("api", None, "degraded")


def test_stamps_edited_by_hand_are_kept() -> None:
    """An incident may claim to have started before it was possible; what the machine stamped may not."""
    odd = "0001-01-01T00:00:00Z"
    update = incident_fields()["updates"][0]

    assert lines.incident(incident_fields(started_at=odd, resolved_at=odd)).started_at == datetime(1, 1, 1, tzinfo=UTC)
    with pytest.raises(ValueError, match=r"created_at .* lies before"):
        lines.incident(incident_fields(updates=[update | {"created_at": odd}]))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"updates": []}, "updates is empty"),
        ({"updates": [{"status": "resolved"}]}, "missing required field `created_at`"),
        ({"updates": None}, "updates"),
        ({"id": "\x00"}, "id is empty"),
        ({"created_at": "2026-04-15T12:00:00"}, "created_at: .* names no zone"),
        ({"service": ""}, "service is empty"),
    ],
)
def test_an_incident_line_of_another_shape_says_why(changes: dict[str, Any], reason: str) -> None:
    """What an incident line cannot be is a ValueError that names the field."""
    with pytest.raises(ValueError, match=reason):
        lines.incident(incident_fields(**changes))


def test_a_volume_row_becomes_a_count_in_a_window() -> None:
    """A row is a count of posts in a half-open window of UTC."""
    found = lines.volume(ROW)

    assert (found.platform, found.service, found.query, found.count) == ("x", "claude", "claude down", 42)
    assert found.window.end - found.window.start == timedelta(minutes=1)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"count": "-1"}, "count '-1' is not a whole number"),
        ({"count": "1.5"}, "count"),
        ({"count": "1_000"}, "count"),
        ({"count": "٣"}, "count"),
        ({"count": "9" * 30}, "count"),
        ({"count": "1000000000001"}, "count"),
        ({"count": ""}, "count"),
        ({"to": ROW["from"]}, "must end after it starts"),
        ({"from": "2026-04-15T12:00:00"}, "from: .* names no zone"),
        ({"from": "0001-01-01T00:00:00Z"}, "from .* lies before"),
        ({"service": " "}, "service is empty"),
    ],
)
def test_a_volume_row_of_another_shape_says_why(changes: dict[str, str], reason: str) -> None:
    """What a volume cannot be is a ValueError that names the field."""
    with pytest.raises(ValueError, match=reason):
        lines.volume(ROW | changes)
