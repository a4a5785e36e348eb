"""A database that is judged anew at each step, and a webhook that takes everything."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from click.testing import CliRunner, Result
from loopback.http import Request, Response, Server, serve

from reports.__main__ import door


class World:
    """A database that is judged anew at each of `stands`, and a webhook; `ask` is one round of alerts."""

    secret = "hunter2hunter2"

    def __init__(self, judged: Any, server: Server) -> None:
        self.judged, self.server = judged, server
        self.urls = f"{server.url}/{self.secret}"
        self.minute = 0

    def stands(self, minute: int, answer: str = "down", *, running: bool = True, late: int = 0) -> None:
        """Judge as of that minute; `late` is how much earlier the last look was."""
        self.minute = minute
        self.judged.connection.execute("DELETE FROM standing")
        self.judged.run(minute)
        episode = self.judged.connection.execute("SELECT episode_id FROM episodes WHERE ended_at IS NULL").fetchone()
        self.judged.stands(
            answer, "two platforms", run_id=minute, as_of=self.judged.at(minute),
            judged_until=self.judged.at(minute - late), episode_id=episode[0] if episode and running else None,
        )  # fmt: skip

    def ask(self, *options: str) -> Result:
        """Run the verb a minute after it was judged."""
        with time_machine.travel(self.judged.at(self.minute + 1)):
            return CliRunner(env={"ICD_ALERT_URLS": self.urls, "ICD_TIMEOUT_SECONDS": "2"}).invoke(
                door, ["alert", "--db", str(self.judged.path), *options]
            )

    def change(self, **columns: Any) -> None:
        """Change the episode."""
        for name, value in columns.items():
            known = self.judged.at(value) if name.endswith("_at") else value
            self.judged.connection.execute(f"UPDATE episodes SET {name} = ?", [known])  # noqa: S608

    @property
    def told(self) -> list[str]:
        """The ids that the webhook was sent, in order."""
        return [json.loads(request.body)["message_id"] for request in self.server.requests]


@pytest.fixture
def answer() -> dict[str, Callable[[Request], Response]]:
    """What the webhook answers, by path; a test may change it."""
    return {}


@pytest.fixture
def world(judged: Any, answer: dict[str, Callable[[Request], Response]]) -> Iterator[World]:
    """An empty database, and a webhook that takes everything."""
    with serve(lambda request: answer.get(request.path, lambda _: Response(204))(request)) as server:
        yield World(judged, server)
