"""The pages in docs/: their commands exist, their links lead somewhere, and the walk through a new service works."""

import importlib
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from loopback.http import serve
from loopback.statuspage import StatusPage, from_record

from ingest.database import connect, migrate

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs").glob("*.md"))
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(page: Path, language: str) -> list[str]:
    """Give the blocks of code of a page."""
    return [text for named, text in BLOCK.findall(page.read_text("utf-8")) if named == language]


COMMANDS = sorted({
    line.split("  #")[0].strip()
    for page in PAGES for text in blocks(page, "sh") for line in text.splitlines() if line.strip()
})  # fmt: skip


@pytest.mark.parametrize("line", [line for line in COMMANDS if line.startswith("python -m")])
def test_commands_exist(line: str) -> None:
    """Every command of the pages names a door, a verb and options that there are."""
    _, _, room, *words = shlex.split(line)
    command: click.Command = importlib.import_module(f"{room}.__main__").door
    while isinstance(command, click.Group):
        named = bool(words) and words[0] in command.commands
        name = words.pop(0) if named else getattr(command, "default_verb", None)
        command = command.commands[str(name)]
    command.make_parser(click.Context(command)).parse_args(words)


@pytest.mark.parametrize("line", [line for line in COMMANDS if line.startswith("duckdb")])
def test_questions_in_sql_can_be_asked(line: str) -> None:
    """What the pages ask in SQL, both rooms' tables can answer."""
    with connect(Path(":memory:")) as connection:
        for room in ("ingest", "detect"):
            migrate(connection, room)
        connection.execute(shlex.split(line)[-1]).fetchall()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Every link to a file of this repository leads to one."""
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target


def test_what_is_cited_is_this_version() -> None:
    """CITATION.cff names the version, the licence and the title that the package has."""
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

    assert (cited["version"], cited["license"]) == (project["version"], project["license"])
    assert {"cff-version", "message", "title", "authors"} <= set(cited)


def door(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run one door to its end."""
    return subprocess.run(
        [sys.executable, "-m", *words], capture_output=True, text=True, check=False, timeout=300,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
    )  # fmt: skip


def incident(at: datetime) -> dict[str, Any]:
    """Invent an incident of GitHub's page."""
    said = {
        "status": "investigating", "created_at": f"{at:%Y-%m-%dT%H:%M:%S.000Z}", "body": "Synthetic.",
        "display_at": f"{at:%Y-%m-%dT%H:%M:%S.000Z}", "components": [["Actions", "operational", "partial_outage"]],
    }  # fmt: skip
    return from_record(
        {
            "id": "synthetic0001", "name": "Synthetic trouble", "impact": "major", "status": "investigating",
            "created_at": said["created_at"], "started_at": said["created_at"], "resolved_at": None,
            "components": ["Actions"], "updates": [said],
        }
    )  # fmt: skip


@pytest.mark.usefixtures("fitted")
def test_the_walk_through_a_new_service() -> None:
    """The block of the page, appended to a watchlist, is read from its page and its place, judged and answered."""
    [block] = blocks(ROOT / "docs" / "add-a-service.md", "toml")
    Path("my-watchlist.toml").write_text((ROOT / "ingest" / "watchlist.toml").read_text("utf-8") + "\n" + block)
    words = shlex.split(next(line for line in COMMANDS if "explain" in line and "--place" in line))
    mine = {"ICD_WATCHLIST": "my-watchlist.toml"}
    began = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=20)
    post = {"platform": "reddit", "post_id": "t3_invented", "place": "r/github", "posted_at": began.isoformat(),
            "text": "every push ends in 500, down for anybody else?"}  # fmt: skip
    Path("posts.jsonl").write_text(json.dumps(post) + "\n")

    [told] = [one for one in json.loads(door(*words[2:], "--json", **mine).stdout) if one["service"] == "github"]
    assert (told["kind"], told["surface"]) == ("outage", "actions")
    with serve(StatusPage([incident(began)])) as page:
        address = {"ICD_GITHUB_STATUS_URL": page.url, "ICD_CLAUDE_STATUS_URL": page.url}
        assert door("ingest", "--source", "statuspage", **mine, **address).returncode == 0
    assert door("ingest", "load", "--covered", "all", "posts.jsonl", **mine).returncode == 0
    assert door("detect", **mine).returncode == 0
    now = json.loads(door("reports", "now", "--service", "github", "--json", **mine).stdout)
    assert now["service"] == "github"

    with connect(Path("data/outages.duckdb"), read_only=True) as connection:
        assert connection.execute("SELECT kind FROM judgements WHERE service = 'github'").fetchall() == [("outage",)]
        official = connection.execute("SELECT surfaces FROM official_incidents WHERE service = 'github'").fetchall()
    assert official == [(["actions"],)]
