"""An account's session: signed in when first asked, kept in a file for the next run, renewed where it has ended.

A server allows 30 sign-ins in five minutes and 300 a day, so a session is used as long as it lasts (social-apis, B2).
The app password goes to the address that the user set and nowhere else. The file holds tokens that are worth as much
as the password: mode 600, beside the database and never in it.
"""

import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
from atproto import Client, Request, Session, SessionEvent
from atproto.exceptions import AtProtocolError, RateLimitExceededError, RequestErrorBase

from ingest.sources.bluesky.wire import Wire, home
from ingest.times import from_epoch

FILE_NAME = "bluesky.session"

SIGNING_IN = "while signing in"
"""A note on what went wrong there: the same status means something else than at the search."""

KEPT_FOR = timedelta(days=1)
"""A session that was not renewed for so long is left aside: where the account lived may be no more, and only a sign-in
tells. Access tokens last about two hours, so one in use is renewed all day."""

_LONGEST = 65_536

_ENDED = {"ExpiredToken", "InvalidToken", "AuthMissing", "BadJwt"}


class NotKept(Exception):
    """The session cannot be written to its file."""


class BudgetUsedUp(Exception):
    """The last answer said that it was the last for now."""


class Kept(msgspec.Struct, frozen=True):
    """What the file holds: the client's own session string, and for which server and login it is good."""

    server: str
    login: str
    session: str


class Account:
    """One account on one server.

    `wire` counts what was sent. After a refusal, a "slow down", or a sign-in that failed for whatever reason, nothing
    more is sent: the next target of the same run is given the same answer.

    Parameters
    ----------
    server, login, app_password
        As the user set them.
    folder
        Where the session is kept.
    timeout
        Seconds for one answer.
    user_agent
        How we introduce ourselves.
    """

    def __init__(
        self, server: str, login: str, app_password: str, folder: Path, timeout: float, user_agent: str
    ) -> None:
        self.wire = Wire(server, timeout)
        self._server, self._login, self._app_password = server, login, app_password
        self._path = folder / FILE_NAME
        self._timeout, self._user_agent = timeout, user_agent
        self._client: Client | None = None
        self._proven = True  # a session just made has to bring something before another one is made
        self._stopped: Exception | None = None

    def query(self, method: str, params: Any) -> Any:
        """Ask, and return the answer as it stands: a decoded JSON value, or bytes where it is no JSON.

        A session that has ended is renewed once. Raises what the client raises, NotKept and BudgetUsedUp.
        """
        if self._stopped:
            raise self._stopped
        client = self._client or self._resume() or self._sign_in()
        try:
            return self._ask(client, method, params)
        except RequestErrorBase as error:
            if not (self._proven and session_ended(error)):
                raise
        return self._ask(self._sign_in(), method, params)

    def _ask(self, client: Client, method: str, params: Any) -> Any:
        try:
            response = client.invoke_query(method, params=params, output_encoding="application/json")
        except RateLimitExceededError as error:
            self._stopped = error
            raise
        self._proven = True
        if response.headers.get("ratelimit-remaining") == "0":
            self._stopped = BudgetUsedUp("no request is left for now")
        return response.content

    def _resume(self) -> Client | None:
        session = load(self._path, self._server, self._login)
        if session is None:
            return None
        self._client = self._make_client()
        self._client.login(session_string=session, fetch_bsky_profile=False)  # sends nothing
        return self._client

    def _sign_in(self) -> Client:
        # A new client: the old one would send the password, and its old token, wherever it had been led.
        self._client, self._proven = self._make_client(), False
        try:
            self._client.login(self._login, self._app_password, fetch_bsky_profile=False)
        except Exception as error:
            error.add_note(SIGNING_IN)
            self._client, self._stopped = None, error
            raise
        return self._client

    def _make_client(self) -> Client:
        request = Request(
            timeout=self._timeout,
            event_hooks=self.wire.hooks,
            headers={"Accept-Encoding": "gzip"},
            max_redirects=3,
            # Nobody says when a run is over: a connection that is kept would never be closed.
            limits=httpx.Limits(max_keepalive_connections=0),
        )
        request.add_additional_header("User-Agent", self._user_agent)
        client = Client(self._server, request=request)

        def on_change(event: SessionEvent, session: Session) -> None:
            # The client has by now moved to whatever host the answer named; it has sent nothing there yet.
            session.pds_endpoint = home(session.pds_endpoint, self._server)
            self.wire.know(session.pds_endpoint)
            client.update_base_url(session.pds_endpoint)
            if event is not SessionEvent.IMPORT:
                save(self._path, Kept(self._server, self._login, session.export()))

        client.on_session_change(on_change)
        return client


def session_ended(error: RequestErrorBase) -> bool:
    """Tell whether an answer means that the session is over: by its name, which comes with 400, or by 401."""
    if error.response is None:
        return False
    return error.response.status_code == 401 or getattr(error.response.content, "error", None) in _ENDED


def load(path: Path, server: str, login: str) -> str | None:
    """Read a kept session; None where there is none that can be used for this server and login."""
    try:
        with path.open("rb") as file:
            if time.time() - os.fstat(file.fileno()).st_mtime > KEPT_FOR.total_seconds():
                return None
            kept = msgspec.json.decode(file.read(_LONGEST), type=Kept)
        if (kept.server, kept.login) != (server, login):
            return None
        session = Session.decode(kept.session)
        # The client reads these at every request, and would fail at every one.
        for token in (session.access_jwt_payload, session.refresh_jwt_payload):
            from_epoch(token.exp or 0)
    except (OSError, ValueError, AtProtocolError):
        return None
    # Without it the client goes by the password, at the price of one sign-in.
    return kept.session if session.access_jwt_payload.exp else None


def save(path: Path, kept: Kept) -> None:
    """Write a session, whole or not at all, readable by its owner alone. Raises NotKept."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(msgspec.json.encode(kept))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError:
        raise NotKept("the session's file cannot be written") from None
