"""Real input, read where it lies beside the checkout: the official record, and a real series of issues."""

import gzip
import json
from pathlib import Path

from fileload import coverage, facts_in, loaded, rows

RECORD = "status/claude_incidents_2023-03_2026-06.jsonl"
TITLES = "posts/claude-code-issue-titles_2026-02-28_03-20.jsonl.gz"


def test_the_official_record_loads_whole_and_again_changes_nothing(shared_data: Path) -> None:
    """All 829 incidents and 2,623 updates are facts, none is refused, and a second load adds none."""
    first = loaded(shared_data / RECORD, covered="all")
    facts = facts_in()
    second = loaded(shared_data / RECORD, covered="all")

    assert (first.facts, first.new, first.rejected) == (829, 829, 0)
    assert (second.new, second.known) == (0, 829)
    assert (len(facts["incident_revisions"]), len(facts["incident_updates"])) == (829, 2623)
    assert facts_in() == facts
    assert {row[:3] for row in coverage()} == {("status", "claude/page", "claude")}
    assert rows("SELECT count(*) FROM incidents WHERE first_published_at IS NULL") == [(0,)]


def test_a_real_series_of_issues_loads_whole(shared_data: Path, tmp_path: Path) -> None:
    """All 6,930 issues become posts of their place, each at its second, by nobody in particular."""
    path = tmp_path / "issues.jsonl"
    with gzip.open(shared_data / TITLES, "rt") as titles, path.open("w") as out:
        for line in titles:
            title = json.loads(line)
            owner, name, _, number = title["source"].removeprefix("https://github.com/").split("/")
            fields = {
                "platform": "github",
                "post_id": f"{owner}/{name}#{number}",
                "place": f"{owner}/{name}",
                "posted_at": title["date"],
                "text": title["text"],
                "url": title["source"],
            }
            out.write(json.dumps(fields) + "\n")

    came = loaded(path, covered="all")

    assert (came.facts, came.new, came.rejected) == (6930, 6930, 0)
    assert rows("SELECT DISTINCT platform, place, form, author_key FROM posts") == [
        ("github", "anthropics/claude-code", "issue", None)
    ]
    assert rows("SELECT count(*) FROM posts WHERE post_id = 'anthropics/claude-code#29458'") == [(1,)]
    assert rows("SELECT count(*) FROM posts WHERE counted_at IS NULL OR url IS NULL OR text IS NULL") == [(0,)]
    assert came.span
    assert str(came.span).startswith("2026-02-28T00:")
    assert loaded(path).new == 0
