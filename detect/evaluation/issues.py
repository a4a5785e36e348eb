"""A real series judged by the real chain: the issues of Claude Code, 28 February to 20 March 2026. For development.

Titles become posts of a temporary database, the official record lies beside them, and what a run does is done: read,
count, find, match. The detector and the reading were built with this series at hand: nothing measured here is a test.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pandas as pd

from detect import new_posts, store
from detect.detector import volumes
from detect.official import beside
from detect.official import store as official_store
from detect.official.corroborate import Felt, Rule
from detect.reading import repeats
from detect.run import Judged, judge_services
from ingest.authors import open_keys
from ingest.database import connect, migrate
from ingest.errors import ConfigError
from ingest.files.linefile import LineFile
from ingest.files.load import load_file
from ingest.hostile import one_line
from ingest.store import prepare
from ingest.times import parse_instant
from ingest.watchlist import Watchlist

TITLES = Path("posts/claude-code-issue-titles_2026-02-28_03-20.jsonl.gz")
RECORD = Path("status/claude_incidents_2023-03_2026-06.jsonl")

SERVICE, PLATFORM = "claude", "github"


class Issue(msgspec.Struct, frozen=True):
    """One issue: its place and number, when it was opened (UTC), its title."""

    place: str
    number: int
    at: datetime
    title: str


class Came(msgspec.Struct, frozen=True):
    """What the chain made of the series.

    `said` are the complaints of every kind; `felt` the episodes, in the order of their alarms; `published` and `record`
    what the page published, to the end of its record, and what is held of it.
    """

    issues: tuple[Issue, ...]
    said: pd.DataFrame
    judged: Judged
    felt: tuple[Felt, ...]
    published: beside.Published
    record: beside.Beside
    as_of: datetime


class _Line(msgspec.Struct, frozen=True):
    text: str
    date: str
    source: str


def load(file: Path) -> tuple[Issue, ...]:
    """Read titles, one JSON object a line: `text`, `date`, `source` (the issue's address). Raises ConfigError."""
    issues = []
    with LineFile(file) as source:
        for number, line in source.lines():
            try:
                one = msgspec.json.decode(line, type=_Line)
                owner, name, _, issue = one.source.removeprefix("https://github.com/").split("/")
                issues.append(Issue(f"{owner}/{name}", int(issue), parse_instant(one.date), one.text))
            except (msgspec.MsgspecError, ValueError) as error:
                raise ConfigError(
                    f"{file}, line {number}: {one_line(str(error))}; a line needs text, date and source, the address "
                    "of an issue"
                ) from error
    if not issues:
        raise ConfigError(f"{file} holds no issue")
    return tuple(issues)


def come(issues: Sequence[Issue], record: Path, watchlist: Watchlist, folder: Path, promise: float = 1.0) -> Came:
    """Judge a series as a run does, in a database that is gone afterwards. `folder` keeps the fitted classifier."""
    now, rule = datetime.now(UTC), Rule()
    with TemporaryDirectory() as place, connect(Path(place, "issues.duckdb")) as connection:
        keys = open_keys(Path(place))
        prepare(connection, kind="live", key_fingerprint=keys.fingerprint)
        migrate(connection, "detect")
        posts = Path(place, "posts.jsonl")
        posts.write_text("".join(_post_line(issue) for issue in issues), encoding="utf-8")
        for file in (posts, record):
            load_file(connection, file, keys=keys, watchlist=watchlist, now=now, covered="all")
        as_of = store.last_instant(connection) or now
        new_posts.judge_new_posts(
            connection, watchlist, keys, new_posts.rules_hash(watchlist, keys), folder, lambda said: None
        )
        said = store.load_complaints(connection, as_of)
        said = said.assign(repeats=repeats.mark(said))
        coverage = store.load_coverage(connection, watchlist, as_of)
        published = official_store.load_published(connection, store.load_page_coverage(connection, as_of), as_of)
    told = volumes.Judged(pd.DataFrame())
    judged = judge_services(said, {SERVICE: coverage[SERVICE]}, as_of, promise, told, ())[SERVICE]
    felt = [Felt(each.episode, each.available_at, each.surfaces, each.models) for each in judged.episodes]
    return Came(
        tuple(issues), said, judged, tuple(felt), published,
        beside.judge(felt, published, watchlist, {SERVICE: judged.judged}, rule, as_of), as_of,
    )  # fmt: skip


def _post_line(issue: Issue) -> str:
    fields = {
        "platform": PLATFORM, "post_id": f"{issue.place}#{issue.number}", "place": issue.place,
        "posted_at": issue.at.isoformat(), "text": issue.title,
    }  # fmt: skip
    return json.dumps(fields) + "\n"
