"""When a session ends, and where password and tokens go, and where not: by the real client."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from loopback.bluesky import (
    CREATE,
    HANDLE,
    SEARCH,
    Bluesky,
    did_document,
    failing,
    fetch,
    named,
    opened,
    view,
)
from loopback.http import Server, serve
from loopback.reddit import instead, status

from ingest.errors import RateLimited, Refused, SourceError
from ingest.records import Window
from ingest.sources import Page
from ingest.sources.bluesky.session import FILE_NAME, Account

NOON = datetime(2026, 4, 15, 12, tzinfo=UTC)
DAY = Window(NOON - timedelta(days=1), NOON)
KEPT = Path("data") / FILE_NAME


def site(count: int = 3) -> Bluesky:
    """Make a server with a post a minute."""
    return Bluesky([view(n, NOON - timedelta(minutes=n)) for n in range(3, count + 3)])


def search(account: Account) -> list[Page]:
    """Search a day."""
    return list(fetch(account, DAY, NOON))


def trouble(account: Account) -> SourceError:
    """Say what a search that fails comes to."""
    return failing(fetch(account, DAY, NOON))


def methods(server: Server) -> list[str]:
    """Name what was called since the last time, and forget it."""
    called = [request.path.removeprefix("/xrpc/") for request in server.requests]
    server.requests.clear()
    return called


@pytest.mark.parametrize("name", ["ExpiredToken", "InvalidToken", "401"])
def test_a_session_that_ends_amid_a_walk_is_renewed_once(name: str) -> None:
    """A stray ExpiredToken on page two: one sign-in, no page lost, none read twice (minet's observation; by hand)."""
    made = site(250)
    made.trouble(SEARCH, None, instead(named(name, 400)) if name != "401" else status(401))
    with serve(made) as server:
        pages = search(opened(server))
        assert methods(server) == [CREATE, SEARCH, SEARCH, CREATE, SEARCH, SEARCH]
    assert [len(page.items) for page in pages] == [100, 100, 50]
    assert [page.requests for page in pages] == [2, 3, 1]
    assert pages[-1].covered


def test_a_session_that_never_holds_is_given_up() -> None:
    """A search that refuses every session costs one sign-in a run, not one for each phrase (by hand)."""
    made = site()
    made.trouble(SEARCH, instead(named("ExpiredToken", 400)), forever=True)
    with serve(made) as server:
        account = opened(server)
        for _ in range(3):
            assert isinstance(trouble(account), Refused)
        assert methods(server).count(CREATE) == 1


def test_a_wrong_password_is_tried_once_a_run() -> None:
    """19 phrases must not be 19 wrong passwords: the first refusal holds for the run, and no secret is repeated."""
    with serve(site()) as server:
        account = opened(server, ICD_BLUESKY_APP_PASSWORD="wrong-secret-7Q")
        for _ in range(3):
            meaning = trouble(account)
            assert isinstance(meaning, Refused)
            assert "ICD_BLUESKY_APP_PASSWORD" in str(meaning)
            assert "wrong-secret-7Q" not in str(meaning)
            assert HANDLE not in str(meaning)
        assert methods(server) == [CREATE]
        assert not KEPT.exists()


def test_a_sign_in_that_is_limited_is_not_repeated() -> None:
    """CreateSession's own 429, 300 a day: one line that says it is the sign-in, and no more of them (by hand)."""
    made = site()
    headers = {"RateLimit-Reset": "1776254700", "RateLimit-Policy": "300;w=86400"}
    made.trouble(CREATE, instead(replace(named("RateLimitExceeded", 429), headers=headers)), forever=True)
    with serve(made) as server:
        account = opened(server)
        for _ in range(2):
            meaning = trouble(account)
            assert isinstance(meaning, RateLimited)
            assert "signing in" in str(meaning)
            assert "2026-04-15T12:05:00Z" in str(meaning)
        assert methods(server) == [CREATE]


def test_a_search_that_is_limited_is_not_repeated() -> None:
    """After "slow down" the run's other phrases are not sent."""
    made = site()
    made.trouble(SEARCH, status(429, {"Retry-After": "17"}), forever=True)
    with serve(made) as server:
        account = opened(server)
        assert "in 17 s" in str(trouble(account))
        assert "in 17 s" in str(trouble(account))
        assert methods(server) == [CREATE, SEARCH]


def test_a_home_of_plain_http_is_not_followed() -> None:
    """A sign-in that names another host without https: the session stays with the server that the user set."""
    with serve(site()) as elsewhere:
        made = site()
        made.did_document = did_document(elsewhere.url)
        with serve(made) as server:
            search(opened(server))
            search(opened(server))
            assert methods(server) == [CREATE, SEARCH, SEARCH]
        assert methods(elsewhere) == []
        assert elsewhere.url not in KEPT.read_text()


def test_a_home_of_https_is_followed_with_the_session_alone() -> None:
    """The host that the user's server names over https is asked; the password still goes to the server (by hand).

    The home here speaks no TLS, so that the attempt is all that is seen of it.
    """
    with serve(site()) as home:
        made = site()
        named_home = home.url.replace("http://", "https://somebody:secret@") + "/path"
        made.did_document = did_document(named_home)
        with serve(made) as server:
            meaning = trouble(opened(server))
            assert methods(server) == [CREATE]
            kept = json.loads(KEPT.read_text())["session"]
            assert kept.endswith(home.url.replace("http://", "https://"))
            # The next run goes there as well; what was kept for it is checked like what was said.
            trouble(opened(server))
            assert methods(server) == []
            KEPT.write_text(KEPT.read_text().replace("https://127", "http://127"))
            search(opened(server))
            assert methods(server) == [SEARCH]
    assert methods(home) == []
    assert "127.0.0.1" not in str(meaning)
    assert "secret" not in str(meaning)


@pytest.mark.parametrize("code", [302, 307, 308])
@pytest.mark.parametrize("where", [CREATE, SEARCH])
def test_no_credential_follows_a_redirect(code: int, where: str) -> None:
    """307 and 308 carry the body along, and so the password: to another host nothing goes, not even a bare request."""
    with serve(site()) as elsewhere:
        made = site()
        made.trouble(where, status(code, {"Location": f"{elsewhere.url}/xrpc/{where}"}), forever=True)
        with serve(made) as server:
            meaning = trouble(opened(server))
        assert methods(elsewhere) == []
    assert isinstance(meaning, Refused)
    assert "ICD_BLUESKY_URL" in str(meaning)
