"""Sane floors on real development data. Nothing measured here is a test figure: the vocabulary has seen these texts."""

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from detect.reading import complaints
from ingest import watchlist

PLATFORMS = {"github issue": "github", "reddit": "reddit", "twitter": "x", "hacker news": "hackernews"}


def about_claude(posts: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """Judge posts (platform, place, form, text): what is held about Claude, by the post's number."""
    schema = pa.schema(
        [("post_key", pa.int64()), ("author_key", pa.int64())]
        + [(name, pa.string()) for name in ("platform", "place", "form", "lang", "text")]
    )
    batch = pa.RecordBatch.from_pylist([{"post_key": n} | post for n, post in enumerate(posts)], schema=schema)
    rows = complaints.judge(batch, complaints.prepare(watchlist.load(), frozenset())).to_pylist()
    return {row["post_key"]: row for row in rows if row["service"] == "claude"}


@pytest.fixture(scope="module")
def hours(shared_data: Path) -> Counter[str]:
    """Outage complaints about Claude per hour, among real issue titles of 28 February to 20 March 2026."""
    path = shared_data / "posts" / "claude-code-issue-titles_2026-02-28_03-20.jsonl.gz"
    titles = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    issue = {"platform": "github", "place": "anthropics/claude-code", "form": "issue"}
    held = about_claude([issue | {"text": title["text"]} for title in titles])
    return Counter(titles[n]["date"][:13] for n, row in held.items() if row["kind"] == "outage")


def test_real_outages_stand_out_of_issue_titles(hours: Counter[str]) -> None:
    """The outages of 17 and 18 March 2026 fill their hours, the login outage of 11 March is seen."""
    assert hours["2026-03-17T19"] >= 15
    assert hours["2026-03-18T12"] >= 8
    assert sum(hours[f"2026-03-11T{hour}"] for hour in (15, 16, 17)) >= 4


def test_titles_are_quiet_between_outages(hours: Counter[str]) -> None:
    """On the other days client bugs do not pass for outages: far below one complaint an hour."""
    outages = ("2026-03-11", "2026-03-17", "2026-03-18")
    quiet = [n for hour, n in hours.items() if not hour.startswith(outages)]
    assert sum(quiet) / (18 * 24) <= 0.25
    assert max(quiet) <= 3


def test_labelled_posts_are_told_apart(shared_data: Path) -> None:
    """On hand-labelled posts most outages called are real ones, and more than half of the real ones are called."""
    labelled = [
        json.loads(line) for line in (shared_data / "posts" / "labelled-dev.jsonl").read_text("utf-8").splitlines()
    ]
    posts = [
        {
            "platform": next((ours for told, ours in PLATFORMS.items() if post["platform"].startswith(told)), "other"),
            "place": post["community"] or "",
            "form": "issue" if post["platform"].startswith("github") else "post",
            "text": post["text"],
        }
        for post in labelled
    ]  # fmt: skip
    called = {n for n, row in about_claude(posts).items() if row["kind"] == "outage"}
    real = {n for n, post in enumerate(labelled) if post["label_complaint"]}
    assert len(called & real) / len(called) >= 0.85
    assert len(called & real) / len(real) >= 0.6
