"""The verbs of the ingest door beside pull and load: what they say, and that they change nothing they should not."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from loopback import x
from loopback.http import Request, Response, serve
from loopback.statuspage import StatusPage, from_record

NOW = datetime.now(UTC)


def door(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the ingest door to its end."""
    return subprocess.run(
        [sys.executable, "-m", "ingest", *words],
        capture_output=True, text=True, env={**os.environ, **environment}, timeout=120, check=False,
    )  # fmt: skip


def rows(query: str, database: str = "facts.duckdb") -> list[tuple[object, ...]]:
    """Ask the database one question."""
    with duckdb.connect(database, read_only=True) as connection:
        return connection.execute(query).fetchall()


def page(at: datetime = NOW) -> StatusPage:
    """Invent a page with one incident an hour ago."""
    said = f"{at - timedelta(hours=1):%Y-%m-%dT%H:%M:%S.000Z}"
    update = {"status": "investigating", "created_at": said, "display_at": said, "body": "Invented.", "components": []}
    line = {
        "id": "invented0001", "name": "Invented errors", "impact": "minor", "status": "investigating",
        "started_at": said, "created_at": said, "resolved_at": None, "components": [], "updates": [update],
    }  # fmt: skip
    return StatusPage([from_record(line)])


def load_posts(*posts: dict[str, str]) -> None:
    """Load posts of one's own."""
    Path("posts.jsonl").write_text("".join(json.dumps(post) + "\n" for post in posts))
    assert door("load", "--db", "facts.duckdb", "--covered", "all", "posts.jsonl").returncode == 0


POST = {
    "platform": "reddit", "post_id": "t3_invented", "place": "r/ClaudeAI", "author": "invented_person",
    "posted_at": f"{NOW - timedelta(hours=2):%Y-%m-%dT%H:%M:%SZ}", "text": "claude is down",
}  # fmt: skip


def test_a_dry_run_asks_and_changes_nothing() -> None:
    """It says what would be asked and at what cost; no request is sent and no file is made."""
    with serve(page()) as server:
        run = door("--source", "statuspage", "--dry-run", ICD_CLAUDE_STATUS_URL=server.url)
        asked = len(server.requests)

    assert run.returncode == 0
    assert "statuspage" in run.stdout
    assert "nothing was asked" in run.stdout
    assert "$0.00" in run.stdout
    assert asked == 0
    assert not Path("data").exists()


def test_a_dry_run_knows_what_is_covered_already() -> None:
    """After a run only the time since is asked for."""
    with serve(page()) as server:
        door("--db", "facts.duckdb", "--source", "statuspage", ICD_CLAUDE_STATUS_URL=server.url)
        run = door("--db", "facts.duckdb", "--source", "statuspage", "--dry-run", ICD_CLAUDE_STATUS_URL=server.url)

    assert "0 min in 1 gap" in run.stdout


def test_doctor_tells_who_answers_and_keeps_nothing() -> None:
    """A page that answers, one that does not, a source without its key: each with its next step; exit code 3."""
    with serve(page()) as server:
        right = door("doctor", "--db", "facts.duckdb", "--source", "statuspage", ICD_CLAUDE_STATUS_URL=server.url)
        asked = len(server.requests)
    wrong = door("doctor", "--source", "statuspage", ICD_CLAUDE_STATUS_URL=server.url)
    bare = door("doctor", "--source", "reddit", ICD_LOOKBACK_HOURS="1")

    assert (right.returncode, wrong.returncode, bare.returncode) == (0, 3, 0)
    assert "answers" in right.stdout
    assert asked > 0
    assert not Path("facts.duckdb").exists()
    assert "does not answer" in wrong.stdout
    assert "ICD_REDDIT_CLIENT_ID" in bare.stdout
    assert "without it" in bare.stdout


def test_doctor_speaks_json_to_scripts() -> None:
    """One object a source, with what a script would ask for."""
    with serve(page()) as server:
        run = door("doctor", "--json", "--source", "statuspage", ICD_CLAUDE_STATUS_URL=server.url)
    said = json.loads(run.stdout)

    assert (said["source"], said["configured"], said["answers"], said["last_covered"]) == (
        "statuspage",
        True,
        True,
        None,
    )


def test_a_run_speaks_json_to_logs() -> None:
    """One object a target on stdout and nothing else: fetched, new, not covered, cost, error."""
    with serve(page()) as server:
        run = door("--db", "facts.duckdb", "--source", "statuspage", "--json", ICD_CLAUDE_STATUS_URL=server.url)
    said = json.loads(run.stdout)

    assert (said["target"], said["fetched"], said["new"], said["error"]) == ("claude/page", 3, 1, None)


def test_a_person_can_be_forgotten() -> None:
    """By handle: text and author key are gone from the database, and the post's place in it stays."""
    load_posts(POST, POST | {"post_id": "t3_other", "author": "somebody_else"})

    run = door("forget", "--db", "facts.duckdb", "--platform", "reddit", "--author", "Invented_Person")
    again = door("forget", "--db", "facts.duckdb", "--platform", "reddit", "--author", "invented_person")

    assert (run.returncode, again.returncode) == (0, 1)
    assert "1 post" in run.stdout
    assert rows("SELECT post_id, text IS NULL, author_key IS NULL FROM posts ORDER BY 1") == [
        ("t3_invented", True, True), ("t3_other", False, False),
    ]  # fmt: skip


@pytest.mark.usefixtures("fitted_here")
def test_what_was_judged_stays_when_the_text_goes() -> None:
    """A complaint that was counted is counted still after its text was dropped, and after the rules have changed."""
    load_posts(*(POST | {"post_id": f"t3_{n}", "author": f"invented_{n}"} for n in range(5)))
    judge = [sys.executable, "-m", "detect", "--db", "facts.duckdb"]
    subprocess.run(judge, check=True, capture_output=True, timeout=120)
    before = rows("SELECT count(*) FROM judgements WHERE kind = 'outage'")

    door("forget", "--db", "facts.duckdb", "--platform", "reddit", "--id", "t3_1")
    Path("other.toml").write_text('[claude]\ntitle = "Claude"\naliases = ["claude", "clod"]\n')
    subprocess.run(
        judge, check=True, capture_output=True, timeout=120, env={**os.environ, "ICD_WATCHLIST": "other.toml"}
    )

    assert before == [(5,)]
    assert rows("SELECT count(*) FROM judgements WHERE kind = 'outage'") == [(5,)]


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["--older-than", "soon"], "30d"),
        ([], "say what to forget"),
        (["--platform", "x"], "say what to forget"),
        (["--older-than", "3d", "--id", "7"], "say what to forget"),
    ],
)
def test_unclear_wishes_to_forget_are_refused(words: list[str], wanted: str) -> None:
    """Where it is not clear what to forget nothing is forgotten: one line, exit code 2."""
    load_posts(POST)

    run = door("forget", "--db", "facts.duckdb", *words)

    assert run.returncode == 2
    assert wanted in run.stderr
    assert rows("SELECT count(text) FROM posts") == [(1,)]


def test_following_goes_on_until_it_is_told_to_stop() -> None:
    """The page is read at once; SIGTERM ends it within seconds, with what was read saved and the last line printed."""
    with serve(page()) as server:
        process = subprocess.Popen(
            [sys.executable, "-m", "ingest", "--db", "facts.duckdb", "--source", "statuspage", "--follow"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "ICD_CLAUDE_STATUS_URL": server.url},
        )  # fmt: skip
        first = process.stdout.readline() if process.stdout else ""
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=20)

    assert process.returncode == 0, err
    assert "statuspage" in first
    assert "new fact" in out
    assert rows("SELECT count(*) FROM page_states") == [(1,)]


def test_two_runs_at_once_take_turns() -> None:
    """Two runs of one database at the same time: both end well, and the facts are there once."""
    served = page()

    def slowly(request: Request) -> Response:
        time.sleep(0.2)
        return served(request)

    with serve(slowly) as server:
        words = [sys.executable, "-m", "ingest", "--db", "facts.duckdb", "--source", "statuspage"]
        environment = {**os.environ, "ICD_CLAUDE_STATUS_URL": server.url}
        runs = [subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL) for _ in range(2)]
        codes = [run.wait(timeout=60) for run in runs]

    assert codes == [0, 0]
    assert rows("SELECT count(*) FROM incidents") == [(1,)]


def test_a_source_that_fails_again_and_again_is_left_for_the_next_run() -> None:
    """Nobody answers: after three targets that fail alike the others are not asked, and the run says so."""
    # Not Reddit: its client would wait for 4 s at each target before it gave up.
    run = door("--db", "facts.duckdb", "--source", "hackernews", ICD_HACKERNEWS_URL="http://127.0.0.1:9")

    assert run.returncode == 1
    assert "more were not asked" in run.stderr


def test_a_paced_run_leaves_what_costs_until_its_time() -> None:
    """X is asked hourly, whoever runs every five minutes; what says no pace of its own is asked each time."""
    site = x.X("2.167", NOW)
    with serve(page()) as server, serve(site) as xs:
        words = ("--db", "facts.duckdb", "--source", "x", "--source", "statuspage", "--paced")
        settings = x.environment(xs.url, ICD_CLAUDE_STATUS_URL=server.url, ICD_LOOKBACK_HOURS="1")
        door(*words, **settings)
        first, asked = len(xs.requests), len(server.requests)
        again = door(*words, **settings)
        assert (first > 0, len(xs.requests) - first, len(server.requests) - asked > 0) == (True, 0, True)
        alone = door("--db", "facts.duckdb", "--source", "x", "--paced", **settings)
        unpaced = door("--db", "facts.duckdb", "--source", "x", **settings)

    assert "asked again from" in again.stdout
    assert alone.returncode == 0
    assert "asked again from" not in unpaced.stdout
    assert len(xs.requests) > first


def test_a_pace_goes_with_no_other_way_of_asking() -> None:
    """Following keeps every pace already, and a dry run asks nothing: code 2."""
    for word in ("--follow", "--dry-run"):
        assert door("--paced", word).returncode == 2
