"""A small invented world for the judgement: a quiet subreddit, then something happens. Facts in, run, opinions out."""

import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from detect.reading import fitting
from detect.run import Ran, run
from ingest import store, watchlist
from ingest.authors import AuthorKeys
from ingest.database import connect, migrate
from ingest.records import Facts, Form, Post, Pull, Window
from ingest.watchlist import Mute

KEYS = AuthorKeys(b"k" * 32)
BEGIN = datetime(2026, 3, 30, tzinfo=UTC)
ONSET = datetime(2026, 4, 15, 12, tzinfo=UTC)
AS_OF = ONSET + timedelta(hours=3)
PLACE = "r/ClaudeAI"

COPYPASTA = (
    "Claude is down and my whole working day is gone with it, thank you for nothing, I have told the entire office to "
    "pack their bags and go home, the coffee machine is the last honest colleague here"
)
_WORDS = (
    "morning", "coffee", "garden", "match", "goal", "song", "album", "train", "weather", "city", "photo", "dog",
    "street", "rain", "movie", "book", "friend", "week", "people", "world", "market", "team", "night", "summer",
    "river", "light", "window", "paper", "idea", "story", "bridge", "engine", "ticket", "lesson", "dinner", "harbour",
)  # fmt: skip


def said(number: int, at: datetime, text: str, author: str | None = None, **other: Any) -> Post:
    """Invent one post in the subreddit; without an author it is by an invented person of its own."""
    platform = other.get("platform", "reddit")
    form: Form = "post"
    return Post(
        platform=platform, post_id=f"invented_{number}", place=other.get("place", PLACE),
        author_key=KEYS.of(platform, author or f"invented_{number}"), claimed_at=at, received_at=None,
        seen_at=at, form=form, text=text,
    )  # fmt: skip


def own_words(number: int) -> str:
    """Invent a long complaint that no other resembles."""
    chance = random.Random(number)
    return f"Claude is down here, {' '.join(chance.choices(_WORDS, k=22))}"


def quiet() -> list[Post]:
    """Invent the days before: chatter by regulars, and a complaint by one of sixty of them every few hours."""
    hours = int((ONSET - BEGIN) / timedelta(hours=1))
    return [
        said(
            1_000_000 + hour, BEGIN + timedelta(hours=hour, minutes=17),
            "is claude down?" if hour % 5 == 0 else "claude wrote my tests today", f"regular_{hour % 61}",
        )
        for hour in range(hours)
    ]  # fmt: skip


def every(seconds: float, texts: Iterable[str], author: str | None = None, first: int = 0) -> list[Post]:
    """Invent posts from the onset on, one every so many seconds."""
    return [
        said(first + number, ONSET + timedelta(seconds=seconds * number), text, author)
        for number, text in enumerate(texts)
    ]


class Scene:
    """One database file that facts go into and opinions come out of, judged by the rules alone."""

    def __init__(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._path = path
        # The classifier takes ten seconds to fit, and is proved elsewhere.
        monkeypatch.setattr(fitting, "load_or_fit", lambda folder: None)
        with connect(path) as connection:
            store.prepare(connection, kind="live", key_fingerprint=KEYS.fingerprint)
            migrate(connection, "detect")

    def tell(self, posts: Iterable[Post], *, place: str = PLACE, platform: str = "reddit") -> None:
        """Save posts with a pull that vouches for the whole time at one place."""
        listed = tuple(posts)
        window = Window(BEGIN, AS_OF)
        pull = Pull(
            source="file", platform=platform, target=place, service=None, asked=window, covered=window,
            fetched=len(listed), started_at=AS_OF, ended_at=AS_OF,
        )  # fmt: skip
        with connect(self._path) as connection:
            store.save(connection, pull, Facts(posts=listed))

    def judge(self, mute: Mute | None = None, as_of: datetime = AS_OF) -> Ran:
        """Run the judgement; `mute` stands in the watchlist."""
        watched = watchlist.load()
        if mute is not None:
            watched = watchlist.Watchlist(watched.services, watched.echo, mute)
        with connect(self._path) as connection:
            return run(
                connection, watched, KEYS, as_of=as_of, ran_at=as_of, false_alarms_per_4_weeks=1.0,
                folder=self._path.parent,
            )  # fmt: skip

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the database."""
        with duckdb.connect(str(self._path), read_only=True) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            return connection.execute(query).fetchall()

    def counted(self, column: str = "observed") -> int:
        """Sum the people counted from the onset on: a person once a bucket."""
        [(people,)] = self.ask(
            f"SELECT coalesce(sum({column}), 0)::INTEGER FROM buckets "  # noqa: S608  (a column of ours)
            f"WHERE service = 'claude' AND kind = 'outage' AND bucket_start >= '{ONSET.isoformat()}'"
        )
        return int(people)

    @property
    def path(self) -> Path:
        """The file."""
        return self._path


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """A world in which nothing has happened yet but quiet days."""
    made = Scene(tmp_path / "scene.duckdb", monkeypatch)
    made.tell(quiet())
    return made
