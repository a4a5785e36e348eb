"""The thread that reads the stream, so that whoever saves what it found may take all the time it needs.

It owns the socket, sifts what comes, and lays what is kept, with the span that it vouches for, on a tray. It never
waits for the database: only a tray that nobody empties stops it, and then the server's own buffers wait.

Time here is the server's. A stream is continuous where its first frame is no younger than what was read before it; so
each one is asked to begin some seconds earlier. Where the first frame is younger, what lies between was not seen.
"""

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
from websockets.exceptions import WebSocketException
from zstandard import ZstdError

from ingest.records import FUTURE_TOLERANCE, Window
from ingest.sources.jetstream.frames import ServerSaid
from ingest.sources.jetstream.match import Kept, Names, Sieve
from ingest.sources.jetstream.stream import POLL, Address, Silent, Unreadably, WrongClock, dial, frames

OVERLAP = timedelta(seconds=5)
"""How much earlier than needed a stream is asked to begin: the hosts' clocks differ, and cursors are inclusive."""

CLOCK_ERROR = timedelta(seconds=1)
"""How much earlier than asked a stream may begin and still have understood its cursor."""

MOST_KEPT = 250_000
"""Changes on the tray before the reader waits: some 100 MB, a day and a half of deletions."""

BATCH = 512
"""Frames that are looked at between two glances at the clock."""

LOST = 100
"""Frames of another shape, before the first that can be read, after which a stream counts as none."""


TROUBLE = (OSError, WebSocketException, ZstdError, ServerSaid, Silent, Unreadably, WrongClock)
"""What ends one stream and is a reason to open another."""


class Trying(msgspec.Struct, frozen=True):
    """How patiently a stream is opened anew: failures in a row without any progress, and the first pause in seconds."""

    most: int = 3
    pause: float = 0.25
    longest_pause: float = 30.0


class Stretch(msgspec.Struct):
    """Changes kept between two instants of the server's clock, all of which was seen."""

    since: datetime
    until: datetime
    kept: list[Kept]


class Tray:
    """What was read and not yet taken. The reader puts, one other thread takes."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._stretches: list[Stretch] = []
        self._count = 0
        self._done = False

    def put(self, stretch: Stretch) -> bool:
        """Lay a stretch down; one that continues the last is joined to it. Returns False where the tray is full."""
        with self._changed:
            last = self._stretches[-1] if self._stretches else None
            if last is not None and last.until == stretch.since:
                last.until = stretch.until
                last.kept += stretch.kept
            else:
                self._stretches.append(stretch)
            self._count += len(stretch.kept)
            self._changed.notify_all()
            return self._count < MOST_KEPT

    def wait_for_room(self, seconds: float) -> bool:
        """Wait until somebody takes what is there, some seconds at most. Returns whether there is room."""
        with self._changed:
            return self._changed.wait_for(lambda: self._count < MOST_KEPT, seconds)

    def finish(self) -> None:
        """Say that nothing more will come."""
        with self._changed:
            self._done = True
            self._changed.notify_all()

    def take(self, enough: int, seconds: float) -> tuple[list[Stretch], bool]:
        """Wait for so many changes or seconds. Returns all there is, and whether nothing more will come."""
        with self._changed:
            self._changed.wait_for(lambda: self._done or self._count >= enough, seconds)
            taken, self._stretches, self._count = self._stretches, [], 0
            self._changed.notify_all()
            return taken, self._done


class Reader:
    """Reads `wanted` of the stream in a thread of its own, from whichever address gives it.

    `missed` are the spans that no stream gave, `error` is what ended it, if something did.
    """

    def __init__(
        self,
        addresses: list[Address],
        names: Names,
        wanted: Window,
        now: Callable[[], datetime],
        *,
        timeout: float,
        user_agent: str,
        trying: Trying,
    ) -> None:
        self.tray = Tray()
        self.missed: list[Window] = []
        self.error: Exception | None = None
        self._addresses, self._sieve, self._wanted, self._now = addresses, Sieve(names), wanted, now
        self._timeout, self._user_agent, self._trying = timeout, user_agent, trying
        self._mark = wanted.start
        self._cursor: datetime | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="jetstream", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def end(self) -> None:
        """Stop reading, and wait for the thread; one that is just opening a stream ends by itself when that is done."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(timeout=2.0)

    def _run(self) -> None:
        try:
            self._read_all()
        except Exception as error:
            self.error = error
        finally:
            self.tray.finish()

    def _read_all(self) -> None:
        """Read until `wanted` is read or there is no way left, one stream after the other."""
        which = failures = 0
        while not self._stop.is_set():
            address, before, corrected = self._addresses[which], self._mark, self._cursor is not None
            try:
                self._read(address)
            except TROUBLE as error:
                if self._mark > before:
                    failures = 0
                elif address.otherwise(error) or (self._cursor is not None and not corrected):
                    continue  # the same address, asked otherwise
                else:
                    failures += 1
                    which = (which + 1) % len(self._addresses)
                if failures >= max(self._trying.most, len(self._addresses)):
                    raise
                pause = min(self._trying.pause * 2**failures, self._trying.longest_pause)
                self._stop.wait(pause)
            else:
                return

    def _read(self, address: Address) -> None:
        """Read one stream until `wanted` is read; whatever else ends it is raised."""
        asked = self._cursor or self._mark - OVERLAP
        with dial(address, asked, timeout=self._timeout, user_agent=self._user_agent) as connection:
            unpacked = address.dictionary.unpacked if address.dictionary else None
            begun, alive = False, time.monotonic()
            while not self._stop.is_set():
                ended: Exception | None = None
                try:
                    # One by one until the first time is known: it says from when on this stream vouches.
                    self._sieve.sift(frames(connection, BATCH if begun else 1), address.wire, unpacked)
                except TROUBLE as error:
                    ended = error
                at = self._time(address)
                if at is not None:
                    if not begun:
                        self._begin(at, asked)
                        begun = True
                    moved = at > self._mark
                    self._advance(at)
                    alive = time.monotonic() if moved else alive
                    if self._mark >= self._wanted.end:
                        return
                if ended is not None:
                    raise ended
                if not begun and self._sieve.unreadable > LOST:
                    raise Unreadably
                if time.monotonic() - alive > self._timeout:
                    raise Silent

    def _time(self, address: Address) -> datetime | None:
        """Say of when the last frame is. Raises WrongClock for a time that cannot be."""
        if self._sieve.last is None:
            return None
        try:
            at = address.wire.at(self._sieve.last)
        except ValueError:
            return None
        if at > self._now() + FUTURE_TOLERANCE:
            raise WrongClock("ahead")
        return at

    def _begin(self, first: datetime, asked: datetime) -> None:
        """Settle from when on a new stream vouches, by the time of its first frame."""
        if first < asked - CLOCK_ERROR:
            # A cursor in the server's future is ignored: this is the live stream, and what came between was not
            # given. By that server's clock what was read last is as far back as it is by ours.
            self._cursor = first - max(self._now() - self._mark, timedelta(0)) - OVERLAP
            raise WrongClock("behind")
        self._cursor = None
        if first > self._mark:
            until = min(first, self._wanted.end)
            if until > self._mark:
                self.missed.append(Window(self._mark, until))
            self._mark = first

    def _advance(self, at: datetime) -> None:
        """Lay down what was kept up to `at`, and wait while there is no room."""
        since, self._mark = self._mark, max(self._mark, at)
        kept = self._sieve.take()
        if not kept and since == self._mark:
            return
        if not self.tray.put(Stretch(since, self._mark, kept)) and self._mark < self._wanted.end:
            while not self._stop.is_set() and not self.tray.wait_for_room(POLL):
                pass
