"""What the reddit source asks about, in which order, for whom, and how much of it."""

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from loopback.http import serve
from loopback.reddit import Reddit, comment, environment

from ingest import ledger, store
from ingest.authors import AuthorKeys
from ingest.database import connect
from ingest.errors import ConfigError
from ingest.pull import pull_target
from ingest.records import Window
from ingest.settings import Settings, load
from ingest.sources import Target, reddit

NOON = datetime(2026, 4, 15, 12, tzinfo=UTC)
HOUR = Window(NOON - timedelta(hours=1), NOON)


def watching(tmp_path: Path, **services: dict[str, list[str]]) -> Settings:
    """Watch services with these `places` and `queries` on Reddit."""
    blocks = [
        f'[{name}]\ntitle = "{name}"\naliases = ["{name}"]\n'
        + "".join(f"{kind} = {{ reddit = {json.dumps(told)} }}\n" for kind, told in named.items())
        for name, named in services.items()
    ]
    path = tmp_path / "watchlist.toml"
    path.write_text("\n".join(blocks), "utf-8")
    return load({"ICD_WATCHLIST": str(path)})


def test_comments_come_first() -> None:
    """The comments of all subreddits, where the megathreads are, then the posts, then the searches."""
    named = reddit.targets(load({}))
    kinds = [target.name.rpartition("/")[2] if "/" in target.name else "search" for target in named]
    assert kinds == ["comments"] * 8 + ["new"] * 8 + ["search"] * 6
    assert named[0] == Target("r/ClaudeAI/comments", "claude")
    assert Target("r/ChatGPT/new", "openai") in named
    assert Target("search claude down", "claude", brings="discoveries") in named
    assert len({target.name for target in named}) == len(named)


def test_a_shared_subreddit_is_one_target_of_no_service(tmp_path: Path) -> None:
    """The ledger goes by the name: were it listed for each, only the first would ever be read, and the other be blind.

    Upper and lower case are the same subreddit.
    """
    settings = watching(
        tmp_path,
        claude={"places": ["r/ClaudeAI", "r/LocalModels", "r/claudeai"]},
        openai={"places": ["r/localmodels", "r/OpenAI"]},
    )
    assert reddit.targets(settings) == [
        Target("r/ClaudeAI/comments", "claude"),
        Target("r/LocalModels/comments"),
        Target("r/OpenAI/comments", "openai"),
        Target("r/ClaudeAI/new", "claude"),
        Target("r/LocalModels/new"),
        Target("r/OpenAI/new", "openai"),
    ]
    # Whom it serves is then the watchlist's to say, by the target's name.
    assert settings.watchlist.services_at("reddit", "r/LocalModels/comments") == ("claude", "openai")
    assert settings.watchlist.services_at("reddit", "r/LocalModels2/comments") == ()


def test_a_shared_subreddit_is_read_once_and_covered_for_both(tmp_path: Path) -> None:
    """Pulled for two services: one request, and a ledger row that is nobody's in particular."""
    settings = watching(tmp_path, claude={"places": ["r/ClaudeAI"]}, openai={"places": ["r/claudeai"]})
    site = Reddit(comments=[comment(n, (NOON - timedelta(minutes=n)).timestamp()) for n in range(1, 90)])
    keys = AuthorKeys(b"k" * 32)
    open_database = partial(connect, tmp_path / "outages.duckdb")
    with open_database() as connection:
        store.prepare(connection, kind="live", key_fingerprint=keys.fingerprint)
    with serve(site) as server:
        client = reddit.connect(load(environment(server.url)))
        for target in [target for target in reddit.targets(settings) if target.name.endswith("comments")]:
            pull_target(reddit, client, target, HOUR, open_database=open_database, keys=keys, now=lambda: NOON)
    assert sum(request.method == "GET" for request in server.requests) == 1
    with open_database(read_only=True) as connection:
        (row,) = connection.execute("SELECT target, service, brings FROM pulls").fetchall()
        covered = ledger.load_covered(connection, "reddit", "r/ClaudeAI/comments")
    assert row == ("r/ClaudeAI/comments", None, "posts")
    assert covered == [Window(NOON - timedelta(minutes=89, seconds=-1), NOON)]


def test_a_query_of_two_services_is_asked_once(tmp_path: Path) -> None:
    """A query that two services share is one target of no service; one that a service repeats is asked once."""
    settings = watching(
        tmp_path, claude={"queries": ["ai down", "claude down", "ai down"]}, openai={"queries": ["ai down"]}
    )
    assert reddit.targets(settings) == [
        Target("search ai down", None, brings="discoveries"),
        Target("search claude down", "claude", brings="discoveries"),
    ]


@pytest.mark.parametrize("query", ["", "  ", "x" * 513, "claude\u202edown", "claude\ndown"], ids=repr)
def test_a_query_that_is_none_is_said(query: str, tmp_path: Path) -> None:
    """An empty, endless or broken query is refused in one line: an empty one would bring all of Reddit."""
    settings = watching(tmp_path, claude={"queries": [query]})
    with pytest.raises(ConfigError, match="cannot be searched for; write one line") as raised:
        reddit.targets(settings)
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) < 200


@pytest.mark.parametrize("place", ["ClaudeAI", "r/Claude AI", "r/ClaudeAI/new?limit=1", "r/../api/v1/me", "r/A+B"])
def test_a_place_that_is_no_subreddit_is_said(place: str, tmp_path: Path) -> None:
    """A place with a space or without its r/ would be another address: it is refused, with how to write it."""
    with pytest.raises(ConfigError, match="write it as r/ClaudeAI"):
        reddit.targets(watching(tmp_path, claude={"places": [place]}))


@pytest.mark.parametrize(
    ("name", "hours", "pages"),
    [
        ("r/ClaudeAI/comments", 0.1, 2), ("r/ClaudeAI/comments", 1, 3), ("r/ClaudeAI/comments", 36, 10),
        ("r/ClaudeAI/new", 1, 2), ("r/ClaudeAI/new", 12, 5), ("r/ClaudeAI/new", 24 * 365, 10),
        ("search claude down", 36, 1),
    ],
)  # fmt: skip
def test_an_estimate_counts_pages(name: str, hours: float, pages: int) -> None:
    """A short gap takes a page or two, a long one as many as the listing holds, never more."""
    wanted = Window(NOON - timedelta(hours=hours), NOON)
    estimate = reddit.estimate(load({}), Target(name), wanted)
    assert (estimate.requests, estimate.usd) == (pages, 0.0)
    assert "10 requests for each of 22 listings and searches" in estimate.said
