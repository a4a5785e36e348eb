"""A replay, undisturbed and disturbed: the same facts, and coverage that never says more than was seen."""

import socket
from collections.abc import Callable
from contextlib import closing as held
from datetime import timedelta
from pathlib import Path

import pytest
from loopback.jetstream import (
    DICTIONARY_PATH,
    V2_PATH,
    after,
    closing,
    commit,
    dropping,
    micros,
    record,
    running,
    too_slow,
)  # fmt: skip
from loopback.jetstream_world import (
    BEGIN,
    HISTORY,
    NOW,
    SECOND,
    WANTED,
    covered,
    dictionary,
    facts,
    host,
    moved,
    read,
    read_until_it_fails,
    said,
)  # fmt: skip
from websockets.sync.server import ServerConnection

from ingest.errors import Truncated
from ingest.records import Deletion, Edit, Post, Window
from ingest.sources.jetstream.reader import OVERLAP
from ingest.sources.jetstream.stream import Silent

Do = Callable[[ServerConnection], None]


@pytest.fixture(scope="module")
def undisturbed() -> list[str]:
    """What one quiet reading of the ten minutes gives."""
    with running(host()) as urls:
        return said(read(urls))


def test_a_replay_covers_its_window_and_keeps_what_matters() -> None:
    """Shaped by hand: posts that name a service, every edit, every deletion; asked for as the lexicon has it."""
    quiet = host()
    with running(quiet) as urls:
        pages = read(urls)

    assert covered(pages) == [WANTED]
    assert all(page.problem is None for page in pages)
    found = facts(pages)
    inside = [told for told in HISTORY if told.at >= WANTED.start - OVERLAP]
    told = [one.body["operation"] if one.kind == "commit" else one.kind for one in inside]
    assert sum(isinstance(fact, Edit) for fact in found) == told.count("update")
    assert sum(isinstance(fact, Deletion) for fact in found) == told.count("delete") + told.count("account")
    named = [one for one in inside if "is claude down" in str(one.body.get("record"))]
    assert sum(isinstance(fact, Post) for fact in found) == len(named) == 55
    asked = quiet.asked[-1]
    assert asked.path == V2_PATH
    assert asked.cursor == micros(WANTED.start - OVERLAP)
    assert asked.query["collections"] == ["app.bsky.feed.post"]
    assert asked.query["kinds"] == ["commit", "account"]
    assert sum(page.requests for page in pages) == 1


@pytest.mark.parametrize("number", [0, 1, 250])
@pytest.mark.parametrize("do", [closing(1000), closing(1001), closing(1011), dropping, too_slow])
def test_a_stream_that_is_cut_is_taken_up_again(undisturbed: list[str], do: Do, number: int) -> None:
    """Shaped by hand: a deploy's 1000 and 1001, 1011, an abrupt end, ConsumerTooSlow: the same facts, once each."""
    cut = host(troubles=[after(number, do)])
    with running(cut) as urls:
        pages = read(urls)

    assert said(pages) == undisturbed
    assert covered(pages) == [WANTED]
    streams = [asked for asked in cut.asked if asked.path == V2_PATH]
    assert len(streams) == 2
    if number:
        last = [told for told in HISTORY if told.at >= WANTED.start - OVERLAP and told.kind != "identity"][number - 1]
        assert streams[1].cursor == micros(max(last.at, WANTED.start) - OVERLAP)


def test_many_cuts_on_the_way_are_all_taken_up(undisturbed: list[str]) -> None:
    """Shaped by hand: a stream cut every 40 frames ends, since it comes further each time."""
    with running(host(troubles=[after(40, closing(1001))] * 20)) as urls:
        pages = read(urls)

    assert said(pages) == undisturbed
    assert covered(pages) == [WANTED]


def test_compressed_is_the_same(undisturbed: list[str]) -> None:
    """Shaped by hand, with a dictionary of our own: asked for by its number, and every frame comes compressed."""
    packed = host(dictionary=dictionary())
    with running(packed) as urls:
        pages = read(urls)

    assert said(pages) == undisturbed
    assert packed.asked[-1].query["zstdDictionary"] == [str(packed.dictionary_id)]
    assert packed.compressed > 500


def test_the_real_dictionary_is_understood(undisturbed: list[str], shared_data: Path) -> None:
    """The recorded dictionary of August 2026, with frames of our own."""
    real = (shared_data / "protocol/bluesky/recorded/jetstream_v2_20260811.zdict").read_bytes()
    packed = host(dictionary=real)
    with running(packed) as urls:
        assert said(read(urls)) == undisturbed
    assert packed.asked[-1].query["zstdDictionary"] == ["20260811"]


@pytest.mark.parametrize("status", [400, 404])
def test_where_v2_is_refused_v1_is_read(undisturbed: list[str], status: int) -> None:
    """Shaped by hand: an older host knows no v2; the same host is asked in v1, which brings identities along."""
    old = host(refuses={V2_PATH: (status, "InvalidRequest")})
    with running(old) as urls:
        pages = read(urls)

    assert said(pages) == undisturbed
    assert covered(pages) == [WANTED]
    assert old.asked[-1].path == "/subscribe"
    assert old.asked[-1].query["wantedCollections"] == ["app.bsky.feed.post"]


def test_where_the_first_host_is_dead_the_second_is_read(undisturbed: list[str]) -> None:
    """Nobody listens at the first address."""
    with held(socket.socket()) as nobody, running(host()) as urls:
        nobody.bind(("127.0.0.1", 0))
        pages = read(f"ws://127.0.0.1:{nobody.getsockname()[1]} {urls}")

    assert said(pages) == undisturbed
    assert covered(pages) == [WANTED]


@pytest.mark.parametrize("status", [403, 429, 500, 503])
def test_where_the_first_host_fails_the_second_is_read(undisturbed: list[str], status: int) -> None:
    """Shaped by hand: refused, throttled, or broken, on every path."""
    broken = host(refuses=dict.fromkeys((V2_PATH, "/subscribe", DICTIONARY_PATH), (status, "Invented")))
    with running(broken, host()) as urls:
        assert said(read(urls)) == undisturbed
    assert sum(asked.path == V2_PATH for asked in broken.asked) == 1


@pytest.mark.parametrize("old", [True, False])
def test_what_the_host_forgot_stays_a_gap(old: bool) -> None:
    """Shaped by hand: v1 clamps silently, v2 with #info OutdatedCursor: covered begins at the first change received."""
    floor = BEGIN + 200.5 * SECOND
    forgetful = host(floor=floor, refuses={V2_PATH: (404, "NotFound")} if old else {})
    with running(forgetful) as urls:
        pages = read(urls)

    assert covered(pages) == [Window(BEGIN + 201 * SECOND, NOW)]
    assert isinstance(pages[-1].problem, Truncated)
    assert pages[-1].covered is None
    assert "between 2026-04-15T11:51:00Z and 2026-04-15T11:53:21Z" in str(pages[-1].problem)


def test_a_cursor_that_v2_refuses_as_too_old_is_asked_in_v1() -> None:
    """Shaped by hand: 400 CursorTooOld, which the lexicon has for sequence numbers; the gap before the floor stays."""
    floor = BEGIN + 200 * SECOND
    with running(host(floor=floor, refuses={V2_PATH: (400, "CursorTooOld")})) as urls:
        pages = read(urls)

    assert covered(pages) == [Window(floor, NOW)]
    assert isinstance(pages[-1].problem, Truncated)


def test_a_window_that_is_forgotten_altogether_is_not_covered() -> None:
    """Shaped by hand: the first change that the host still has is younger than all that is wanted."""
    with running(host(floor=BEGIN + 200 * SECOND)) as urls:
        pages = read(urls, Window(BEGIN + 60 * SECOND, BEGIN + 120 * SECOND))

    assert covered(pages) == []
    assert isinstance(pages[-1].problem, Truncated)


@pytest.mark.parametrize("behind", [timedelta(microseconds=200), timedelta(seconds=2), timedelta(seconds=-2)])
def test_time_goes_back_between_two_hosts_and_nothing_is_lost(undisturbed: list[str], behind: timedelta) -> None:
    """Shaped by hand: the second host dates every change a little otherwise; what it takes over is seen whole."""
    first, second = host(troubles=[after(300, dropping), *[after(0, dropping)] * 9]), host(skew=-behind)
    second.history.append(commit(900, NOW + 3 * SECOND, "create", record("good night", NOW)))
    with running(first, second) as urls:
        pages = read(urls)

    assert {post.post_id for post in facts(pages) if isinstance(post, Post)} >= {
        line.split("post_id='")[1][:32] for line in undisturbed if line.startswith("Post(")
    }
    assert covered(pages) == [WANTED]
    assert any(asked.path == V2_PATH for asked in second.asked)


def test_a_host_whose_clock_is_far_behind_is_asked_for_an_earlier_time() -> None:
    """Shaped by hand: a cursor in the host's future is live (#info FutureCursor): what came between is not lost."""
    recent = Window(NOW - 30 * SECOND, NOW)
    first = host(troubles=[after(20, dropping), *[after(0, dropping)] * 9])
    second = host(skew=-60 * SECOND)
    later = moved(HISTORY[:60], timedelta(minutes=10))  # by its clock it becomes noon, too
    second.troubles = [after(1, lambda _: second.history.extend(later))]
    with running(first, second) as urls:
        pages = read(urls, recent)

    live, earlier = (asked.cursor for asked in second.asked if asked.path == V2_PATH)
    assert live > micros(NOW - 60 * SECOND)  # its future
    assert earlier < micros(NOW - 75 * SECOND)
    wanted = {told.body["rkey"] for told in HISTORY[575:] if "is claude down" in str(told.body.get("record"))}
    assert wanted <= {raw.rkey for page in pages for raw in page.items}
    assert covered(pages) == [recent]


def test_what_no_host_gives_on_the_way_is_a_gap_between_two_pages() -> None:
    """Shaped by hand: the first host dies, the second has forgotten the next minute: that minute is not covered."""
    first = host(troubles=[after(200, dropping), *[after(0, dropping)] * 9])
    second = host(floor=BEGIN + 400 * SECOND)
    with running(first, second) as urls:
        pages = read(urls)

    before, behind = covered(pages)
    assert before.start == WANTED.start
    assert before.end < BEGIN + 280 * SECOND
    assert behind == Window(BEGIN + 400 * SECOND, NOW)
    assert isinstance(pages[-1].problem, Truncated)


def test_nothing_is_covered_past_the_last_change_seen() -> None:
    """Shaped by hand: the stream stands still a minute before the end of what is wanted; that minute stays open."""
    with running(host(HISTORY[:540])) as urls:
        pages, error = read_until_it_fails(urls, timeout=0.1)

    assert covered(pages) == [Window(WANTED.start, BEGIN + 540 * SECOND)]
    assert isinstance(error, Silent)
