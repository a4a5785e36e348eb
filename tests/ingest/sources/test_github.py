"""GitHub's issues as posts, its targets, and the settings; shaped by hand."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from loopback.github import REPOSITORY, GitHub, environment, issue
from loopback.http import serve

from ingest.authors import AuthorKeys
from ingest.errors import ConfigError
from ingest.files import lines
from ingest.records import Window
from ingest.settings import load
from ingest.sources import Memory, Reading, Target, github

NOON = datetime(2026, 4, 15, 12, tzinfo=UTC)
KEYS = AuthorKeys(b"k" * 32)
TARGET = Target(REPOSITORY, "claude")
READING = Reading(TARGET, NOON, KEYS)
MINUTE = timedelta(minutes=1)


def back(**span: float) -> Window:
    """The span up to noon."""
    return Window(NOON - timedelta(**span), NOON)


def slim(**fields: Any) -> Any:
    """Make an issue as `fetch` hands it out."""
    with serve(GitHub([issue(17, NOON - MINUTE, **fields)])) as server:
        client = github.connect(load(environment(server.url)))
        (page,) = github.fetch(client, TARGET, back(hours=1), lambda: NOON, Memory())
    return page.items[0]


def test_an_issue_is_a_post() -> None:
    """Title and body are the text, its creation all of its times, the person a key, the address GitHub's own."""
    post = github.parse(slim(), READING)
    assert post is not None
    assert (post.platform, post.post_id, post.place, post.form) == ("github", "acme/tool#17", "acme/tool", "issue")
    assert (post.text, post.url) == ("Title 17\n\nBody 17", "https://github.com/acme/tool/issues/17")
    assert (post.claimed_at, post.received_at, post.seen_at) == (NOON - MINUTE, NOON - MINUTE, NOON)
    assert (post.author_key, post.parent_id) == (KEYS.of("github", "INVENTED-17"), None)


def test_an_issue_from_a_file_is_the_same_post() -> None:
    """A file in the README's shape and the API give one key, one place and one person."""
    line = {
        "platform": "github", "post_id": "acme/tool#17", "place": "acme/tool", "author": "invented-17",
        "posted_at": "2026-04-15T11:59:00Z", "text": "…", "form": "issue",
    }  # fmt: skip
    filed, read = lines.post(json.dumps(line).encode(), KEYS), github.parse(slim(), READING)
    assert read is not None
    assert (filed.key, filed.place, filed.author_key) == (read.key, read.place, read.author_key)


def test_an_empty_body_a_bot_and_a_ghost() -> None:
    """A body is often null; a bot keeps its name, so that the echo list works; the ghost is many people, and nobody."""
    bot = {"login": "github-actions[bot]", "type": "Bot"}
    post = github.parse(slim(body=None, user=bot), READING)
    assert post is not None
    assert (post.text, post.author_key) == ("Title 17", KEYS.of("github", "github-actions[bot]"))
    for user in ({"login": "ghost", "type": "User"}, None):
        post = github.parse(slim(user=user), READING)
        assert post is not None
        assert post.author_key is None


def test_hostile_text_and_address() -> None:
    """Terminal sequences, overrides and half a surrogate pair are taken out; an address elsewhere is none."""
    post = github.parse(
        slim(title="\x1b[2Jdown\u202e", body="x" * 70_000 + "\ud800", html_url="https://github.com@evil.example/"),
        READING,
    )
    assert post is not None
    assert post.text.startswith("down\n\nxxx")
    assert len(post.text) < 40_100
    assert post.url is None
    post = github.parse(slim(title="half \ud83d"), READING)
    assert post is not None
    assert post.text == "half\n\nBody 17"


ODD: dict[str, dict[str, Any]] = {
    "no number": {"number": None},
    "number zero": {"number": 0},
    "a title that is none": {"title": {"login": "planted-handle"}},
    "no time": {"created_at": None},
    "a time without a zone": {"created_at": "2026-04-15T11:59:00"},
    "a time in year one": {"created_at": "0001-01-01T00:00:00Z"},
    "a user that is none": {"user": ["planted-handle"]},
    "a user without a name": {"user": {"type": "User"}},
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_issue_is_refused_by_parse(name: str) -> None:
    """Each malformed issue is a ValueError, which becomes a reject, and names nobody."""
    raw = slim(**ODD[name])
    assert "planted-handle" not in repr(raw)
    with pytest.raises(ValueError, match=r"."):
        github.parse(raw, READING)


def test_the_targets_are_the_places_of_files() -> None:
    """Each repository of the watchlist by its own name, which is its place in files; no request is made for it."""
    named = [(target.name, target.service, target.brings) for target in github.targets(load({"ICD_X_URL": "x"}))]
    assert ("anthropics/claude-code", "claude", "posts") in named
    assert len(named) == 3


@pytest.mark.parametrize("place", ["claude-code", "a/b/c", "../x", "a/..", "a b/c", "a/b?c"])
def test_a_place_that_is_no_repository_is_refused(place: str, tmp_path: Path) -> None:
    """It is said with the block it stands in, before anything is asked."""
    path = tmp_path / "watchlist.toml"
    path.write_text(f'[claude]\ntitle = "Claude"\naliases = ["claude"]\n[claude.places]\ngithub = ["{place}"]\n')
    with pytest.raises(ConfigError, match="github"):
        github.targets(load({"ICD_WATCHLIST": str(path)}))


def test_an_estimate_grows_with_the_span_and_ends() -> None:
    """A day is some ten requests; no span is more than the most pages."""
    chosen = load({"ICD_GITHUB_URL": "http://127.0.0.1"})
    assert github.estimate(chosen, TARGET, back(days=1)).requests == 11
    assert github.estimate(chosen, TARGET, back(days=4_000)).requests == 500
    assert "60 an hour" in github.estimate(chosen, TARGET, back(days=1)).said


@pytest.mark.parametrize("token", ["gh\np_secret7Q", "ghp_секрет7Q", "ghp\x00secret7Q"])
def test_a_token_that_no_header_can_hold_is_refused_unsaid(token: str) -> None:
    """It is named by its key, and not repeated."""
    with pytest.raises(ConfigError, match="ICD_GITHUB_TOKEN") as raised:
        github.connect(load(environment("http://127.0.0.1", ICD_GITHUB_TOKEN=token)))
    assert "7Q" not in str(raised.value)


@pytest.mark.parametrize(
    "url",
    [
        "github",
        "http://",
        "gopher://127.0.0.1",
        "http://me:p4ss7Q@127.0.0.1",
        "http://[::1",
        "http://a..b",
        "http://a/?q",
    ],
)
def test_an_address_that_is_none_is_refused_unsaid(url: str) -> None:
    """A mistyped address is named by its key; a password in one is refused, and not repeated."""
    with pytest.raises(ConfigError, match="ICD_GITHUB_URL") as raised:
        github.connect(load(environment(url)))
    assert "p4ss7Q" not in str(raised.value)
