"""How an account signs in, keeps its session and renews it, and where its password goes: by the real client."""

import json
import logging
import os
import stat
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from loopback.bluesky import (
    APP_PASSWORD,
    CREATE,
    HANDLE,
    REFRESH,
    SEARCH,
    Bluesky,
    failing,
    fetch,
    opened,
    token,
    view,
)
from loopback.http import Server, serve
from loopback.reddit import as_json, instead

from ingest.errors import Refused, SourceError
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


def test_opening_sends_nothing() -> None:
    """Signing in waits for the first search: a gap that is too young costs no sign-in."""
    with serve(site()) as server:
        account = opened(server)
        assert methods(server) == []
        assert search(account)[0].requests == 2
        assert methods(server) == [CREATE, SEARCH]


def test_a_session_serves_the_next_run() -> None:
    """A sign-in is one of 300 a day: the second run makes none, and none asks for a profile."""
    with serve(site()) as server:
        search(opened(server))
        methods(server)
        search(opened(server))
        assert methods(server) == [SEARCH]


def test_the_file_is_for_its_owner_alone(caplog: pytest.LogCaptureFixture) -> None:
    """Mode 600 whatever the umask, nothing half-written beside it, no password in it, and no token in a log."""
    caplog.set_level(logging.DEBUG)
    before = os.umask(0)
    try:
        with serve(site()) as server:
            search(opened(server))
    finally:
        os.umask(before)
    assert stat.S_IMODE(KEPT.stat().st_mode) == 0o600
    assert [path.name for path in KEPT.parent.iterdir()] == [FILE_NAME]
    kept = json.loads(KEPT.read_text())
    assert APP_PASSWORD not in KEPT.read_text()
    _, _, access, refresh, _ = kept["session"].split(":::")
    for secret in (access, refresh, APP_PASSWORD):
        assert secret not in caplog.text


def _broken(text: str) -> str:
    return text[:-20]


def _another_server(text: str) -> str:
    return json.dumps(json.loads(text) | {"server": "https://elsewhere.example"})


def _another_login(text: str) -> str:
    return json.dumps(json.loads(text) | {"login": "somebody.example"})


def _no_tokens(text: str) -> str:
    return json.dumps(json.loads(text) | {"session": ":::".join(["a", "b", "c", "d", "https://e.example"])})


def _endless(text: str) -> str:
    kept = json.loads(text)
    parts = kept["session"].split(":::")
    head, _, tail = parts[2].split(".")
    parts[2] = f"{head}.eyJleHAiOiA5OTk5OTk5OTk5OTk5OTk5fQ.{tail}"  # {"exp": 9999999999999999}
    return json.dumps(kept | {"session": ":::".join(parts)})


@pytest.mark.parametrize("spoil", [_broken, _another_server, _another_login, _no_tokens, _endless, lambda text: "[]"])
def test_a_session_that_cannot_be_used_is_left_aside(spoil: object) -> None:
    """Broken, of another server or login, or with tokens that nobody can read: signed in anew, and written over."""
    assert callable(spoil)
    with serve(site()) as server:
        search(opened(server))
        KEPT.write_text(spoil(KEPT.read_text()))
        methods(server)
        search(opened(server))
        assert methods(server) == [CREATE, SEARCH]
        search(opened(server))
        assert methods(server) == [SEARCH]


def test_a_session_of_yesterday_is_left_aside() -> None:
    """Not renewed for a day: the account may live elsewhere by now, and a sign-in says where."""
    with serve(site()) as server:
        search(opened(server))
        os.utime(KEPT, (0, time.time() - 25 * 3600))
        search(opened(server))
        assert methods(server) == [CREATE, SEARCH, CREATE, SEARCH]


def test_a_session_is_not_sent_to_another_server() -> None:
    """With another address in the settings the old tokens stay here."""
    with serve(site()) as old, serve(site()) as new:
        search(opened(old))
        search(opened(new))
        assert methods(new) == [CREATE, SEARCH]
        assert len(methods(old)) == 2


def test_a_token_that_runs_out_is_renewed_and_kept() -> None:
    """Less than 15 minutes are left: the client renews by itself, and the next run has the new tokens."""
    made = site()
    made.lifetime = timedelta(minutes=5)
    with serve(made) as server:
        search(opened(server))
        first = KEPT.read_text()
        made.lifetime = timedelta(hours=2)
        methods(server)
        search(opened(server))
        assert methods(server) == [REFRESH, SEARCH]
        assert KEPT.read_text() != first
        assert stat.S_IMODE(KEPT.stat().st_mode) == 0o600
        search(opened(server))
        assert methods(server) == [SEARCH]


def test_a_token_that_cannot_be_renewed_means_a_sign_in() -> None:
    """The refresh token has ended too, as after weeks: one sign-in, and the search goes on (by hand)."""
    made = site()
    made.lifetime = timedelta(minutes=5)
    with serve(made) as server:
        search(opened(server))
        made.expire()
        made.lifetime = timedelta(hours=2)
        methods(server)
        assert len(search(opened(server))[0].items) == 3
        assert methods(server) == [REFRESH, CREATE, SEARCH]


def test_a_session_that_cannot_be_kept_is_said() -> None:
    """A folder that is none: said in one line, rather than a sign-in at every run until there are none left."""
    Path("data").write_text("a file")
    with serve(site()) as server:
        meaning = trouble(opened(server))
        assert FILE_NAME in str(meaning)
        assert isinstance(meaning, Refused)


def test_the_handle_may_be_written_with_its_sign() -> None:
    """@name is how people write it; a space at the end is how they paste it."""
    with serve(site()) as server:
        search(opened(server, ICD_BLUESKY_HANDLE=f"@{HANDLE} ", ICD_BLUESKY_APP_PASSWORD=f"{APP_PASSWORD} "))
        assert methods(server) == [CREATE, SEARCH]


def test_we_say_who_we_are() -> None:
    """The name that the user set is on every request, the sign-in's too."""
    with serve(site()) as server:
        search(opened(server, ICD_USER_AGENT="python:invented:1 (by somebody)"))
        assert {request.headers["user-agent"] for request in server.requests} == {"python:invented:1 (by somebody)"}
        assert {request.headers["accept-encoding"] for request in server.requests} == {"gzip"}


def test_a_token_that_nobody_can_read_is_said() -> None:
    """A sign-in that answers with something else than tokens ends in a line, not in a crash (by hand)."""
    for access in ("no token", token("x", NOON).replace(".", "!"), "e30.e30.e30"):
        made = site()
        said = {"accessJwt": access, "refreshJwt": access, "handle": HANDLE, "did": "did:plc:x"}
        made.trouble(CREATE, instead(as_json(said)))
        with serve(made) as server:
            assert "shape" in str(trouble(opened(server)))
        KEPT.unlink()
