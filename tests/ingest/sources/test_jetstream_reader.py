"""The thread that reads: bounded in time and memory, never held up by whoever saves, and surely ended."""

import threading
import time
from contextlib import closing
from datetime import timedelta

import pytest
from loopback.jetstream import (
    commit,
    record,
    running,
)
from loopback.jetstream_world import (
    BEGIN,
    HISTORY,
    NOW,
    SECOND,
    STREAM,
    WANTED,
    client,
    covered,
    facts,
    fetching,
    host,
    read,
    read_until_it_fails,
    said,
)
from loopback.wire import wire

from ingest.errors import Truncated, Unreachable
from ingest.records import Post, Window
from ingest.sources import Memory, jetstream
from ingest.sources.jetstream.stream import Silent, WrongClock


@pytest.fixture(scope="module")
def undisturbed() -> list[str]:
    """What one quiet reading of the ten minutes gives."""
    with running(host()) as urls:
        return said(read(urls))


def threads() -> int:
    """Count the readers that still run."""
    return sum(thread.name == "jetstream" for thread in threading.enumerate())


def test_a_server_whose_clock_is_ahead_is_not_believed() -> None:
    """Shaped by hand: frames of next week would cover everything up to now: another host is read, or none."""
    with running(host(skew=timedelta(days=7), floor=NOW)) as urls:
        pages, error = read_until_it_fails(urls)
    assert covered(pages) == []
    assert isinstance(error, WrongClock)
    with running(host(skew=timedelta(days=7), floor=NOW), host()) as urls:
        assert covered(read(urls)) == [WANTED]


def test_a_stream_that_stands_still_is_given_up() -> None:
    """Shaped by hand: hosts that accept and say nothing: nothing is covered, and the reason is said."""
    with running(host([]), host([])) as urls:
        pages, error = read_until_it_fails(urls, timeout=0.1)

    assert covered(pages) == []
    assert isinstance(error, Silent)
    assert isinstance(jetstream.translate(error, STREAM), Unreachable)


def test_a_run_is_bounded_in_time() -> None:
    """Shaped by hand: where the end is not reached in the minutes allowed, what was read is covered, and said."""
    half = host(HISTORY[:300])
    with running(half) as urls:
        pages = list(fetching(urls, longest=0.3))

    assert covered(pages) == [Window(WANTED.start, BEGIN + 300 * SECOND)]
    assert isinstance(pages[-1].problem, Truncated)
    assert "ICD_JETSTREAM_MINUTES" in str(pages[-1].problem)
    assert "2026-04-15T11:55Z" in str(pages[-1].problem)
    assert threads() == 0


def test_a_reader_that_waits_for_the_database_loses_nothing(undisturbed: list[str]) -> None:
    """Shaped by hand: nobody takes a page while all of the stream comes; the reader reads on, and all is there."""
    whole = host()
    with running(whole) as urls:
        pages = fetching(urls, pause=0.01)
        first = next(pages)
        until = time.monotonic() + 5
        while threads() and time.monotonic() < until:
            time.sleep(0.01)
        assert threads() == 0  # the stream was read to its end while nobody took anything
        rest = [first, *pages]

    assert said(rest) == undisturbed
    assert covered(rest) == [WANTED]


def test_the_tray_is_bounded(undisturbed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Shaped by hand: where nobody takes anything for long, the reader waits instead of filling the memory."""
    monkeypatch.setattr("ingest.sources.jetstream.reader.MOST_KEPT", 30)
    monkeypatch.setattr("ingest.sources.jetstream.reader.BATCH", 20)
    with running(host()) as urls:
        pages = fetching(urls, pause=0.05)
        first = next(pages)
        time.sleep(0.3)
        assert threads() == 1
        rest = [first, *pages]

    assert said(rest) == undisturbed
    assert covered(rest) == [WANTED]
    assert max(len(page.items) for page in rest) < 60


def test_a_reading_that_is_broken_off_ends_its_thread_and_its_stream() -> None:
    """Shaped by hand: the generator is closed in the middle: no thread, no socket, and no waiting."""
    endless = host(HISTORY[:300])
    with running(endless) as urls:
        pages = fetching(urls)
        next(pages)
        assert threads() == 1
        began = time.monotonic()
        pages.close()
        assert time.monotonic() - began < 1.5
        assert threads() == 0
        until = time.monotonic() + 2
        while endless.open and time.monotonic() < until:
            time.sleep(0.01)
        assert endless.open == 0


def test_a_consumer_that_fails_ends_the_reading_too() -> None:
    """Shaped by hand: an exception where the pages are taken ends the thread as well."""
    with running(host(HISTORY[:300])) as urls:
        pages = fetching(urls)
        next(pages)
        with pytest.raises(ZeroDivisionError):
            pages.throw(ZeroDivisionError())
        assert threads() == 0


def test_a_host_that_never_answers_the_handshake_holds_nobody_up() -> None:
    """Shaped by hand: accepted and never answered: bounded by ICD_TIMEOUT_SECONDS, and closing does not hang."""
    with wire(lambda connection: time.sleep(0.8)) as url:
        pages, error = read_until_it_fails(url.replace("http", "ws", 1), timeout=0.1)
    assert all(page.items == () and page.covered is None for page in pages)
    assert isinstance(jetstream.translate(error, STREAM), Unreachable)


def test_following_hands_out_what_comes_and_covers_no_future() -> None:
    """Shaped by hand: a window that does not end: pages keep coming, silent or not, and none passes our own clock."""
    clock = [NOW]
    live = host()
    forever = Window(WANTED.start, NOW + timedelta(days=3650))
    with running(live) as urls:
        pages = jetstream.fetch(client(urls, longest=0.0, pause=0.05), STREAM, forever, lambda: clock[0], Memory())
        seen = [next(pages)]
        while not covered(seen) or covered(seen)[-1].end < NOW:
            seen.append(next(pages))
        quiet = next(pages)
        assert (quiet.items, quiet.covered, quiet.requests, quiet.problem) == ((), None, 0, None)
        live.history.append(commit(8001, NOW + 40 * SECOND, "create", record("claude down again", NOW)))
        while not any(isinstance(fact, Post) and "again" in fact.text for fact in facts(seen)):
            seen.append(next(pages))
        assert covered(seen) == [Window(WANTED.start, NOW)]  # its clock is ahead of ours
        clock[0] = NOW + 50 * SECOND
        live.history.append(commit(8002, NOW + 45 * SECOND, "create", record("good night", NOW)))
        while covered(seen)[-1].end == NOW:
            seen.append(next(pages))
        assert covered(seen) == [Window(WANTED.start, NOW + 45 * SECOND)]
        pages.close()
    assert threads() == 0


def test_a_long_stretch_comes_on_several_pages_and_the_last_covers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shaped by hand: what piled up is handed out in pages; if the program dies between two, the rest is a gap."""
    monkeypatch.setattr(jetstream, "PAGE", 20)
    with running(host()) as urls:
        pages = fetching(urls, pause=0.01)
        first = next(pages)
        while threads():
            time.sleep(0.01)
        rest = [first, *pages]

    assert max(len(page.items) for page in rest) == 20
    assert covered(rest) == [WANTED]
    for number, page in enumerate(rest):
        later = {raw.at for other in rest[number + 1 :] for raw in other.items}
        assert page.covered is None or all(at >= page.covered.end - 5 * SECOND for at in later)


def test_who_follows_is_told_at_once_what_is_missing() -> None:
    """Shaped by hand: the host has forgotten the beginning: the page after says so, and the reading goes on."""
    forever = Window(WANTED.start, NOW + timedelta(days=3650))
    with running(host(floor=BEGIN + 200 * SECOND)) as urls, closing(fetching(urls, forever)) as pages:
        seen = [next(pages)]
        while seen[-1].problem is None:
            seen.append(next(pages))
        assert isinstance(seen[-1].problem, Truncated)
        assert next(pages).problem is None
        assert covered(seen)[0].start == BEGIN + 200 * SECOND
