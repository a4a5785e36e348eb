"""A file covers nothing by itself: what the ledger says after a load, with and without somebody's word."""

import shlex
from datetime import timedelta
from pathlib import Path

import pytest
from fileload import FIRST, NOW, coverage, facts_in, incident_fields, loaded, post_fields, rows, written

from ingest.errors import ConfigError
from ingest.files.load import parse_covered


@pytest.fixture
def posts(tmp_path: Path) -> Path:
    """Eleven posts of two places and a comment of a third platform's."""
    return written(
        tmp_path / "some posts.jsonl",
        *(post_fields(number) for number in range(0, 100, 10)),
        post_fields(200, place="r/ClaudeCode"),
        post_fields(50, platform="github", place="anthropics/claude-code"),
    )


def test_without_a_word_nothing_is_covered(posts: Path) -> None:
    """Each stream has its row of the ledger, with what it brought, and none is covered."""
    came = loaded(posts)

    assert came.covered == 0
    assert rows("SELECT platform, target, service, fetched, new, covered_start FROM pulls ORDER BY ALL") == [
        ("github", "anthropics/claude-code", None, 1, 1, None),
        ("reddit", "r/ClaudeAI", None, 10, 10, None),
        ("reddit", "r/ClaudeCode", None, 1, 1, None),
    ]


def test_the_command_that_would_cover_it_can_be_run_as_it_stands(posts: Path) -> None:
    """It names the database, the file and a span that holds the first and the last instant."""
    database = Path("test.duckdb")

    command = loaded(posts).command(database)

    assert command
    words = shlex.split(command)
    assert words[:4] == ["python", "-m", "ingest", "load"]
    assert (words[-1], words[-2]) == (str(posts), "2026-04-15T12:00:00Z/2026-04-15T15:20:01Z")
    assert loaded(posts, covered=words[-2]).covered == 3
    assert rows(
        "SELECT count(*) FROM posts ANTI JOIN pulls ON posts.platform = pulls.platform AND posts.place = pulls.target "
        "AND claimed_at >= covered_start AND claimed_at < covered_end"
    ) == [(0,)]


def test_all_covers_each_place_from_its_first_to_its_last_instant(posts: Path) -> None:
    """Each place has its own span; the last instant is inside, since the window ends a second after it."""
    came = loaded(posts, covered="all")

    assert came.covered == 3
    assert coverage() == [
        ("github", "anthropics/claude-code", None, "15 12:50:00", "15 12:50:01"),
        ("reddit", "r/ClaudeAI", None, "15 12:00:00", "15 13:30:01"),
        ("reddit", "r/ClaudeCode", None, "15 15:20:00", "15 15:20:01"),
    ]


def test_a_span_is_said_of_every_place(posts: Path) -> None:
    """FROM/TO is what somebody vouches for, also beyond the first and the last post: nobody wrote there."""
    loaded(posts, covered="2026-04-15/2026-04-16T06:00+02:00")

    assert {row[3:] for row in coverage()} == {("15 00:00:00", "16 04:00:00")}


def test_loading_again_with_a_word_adds_the_coverage_only(posts: Path) -> None:
    """The facts are the same; the ledger says now what was looked at, and that nothing was new."""
    loaded(posts)
    facts = facts_in()

    came = loaded(posts, covered="all")

    assert (came.new, came.known, came.covered) == (0, 12, 3)
    assert facts_in() == facts
    assert len(coverage()) == 3


def test_every_fact_points_to_the_row_of_its_own_place(posts: Path) -> None:
    """What a place usually brings is counted through the ledger: no place may have another's posts."""
    loaded(posts, covered="all")

    assert rows(
        "SELECT count(*) FROM posts AS f JOIN pulls AS p USING (pull_id) "
        "WHERE (f.platform, f.place) IS DISTINCT FROM (p.platform, p.target)"
    ) == [(0,)]
    assert rows("SELECT sum(new)::INT FROM pulls") == rows("SELECT count(*)::INT FROM posts")


def test_the_future_cannot_have_been_looked_at(posts: Path) -> None:
    """A span that reaches beyond now covers up to now."""
    loaded(posts, covered="2026-04-15/2099-01-01")

    assert rows("SELECT DISTINCT covered_end FROM pulls") == [(NOW + timedelta(seconds=1),)]


def test_a_span_that_holds_nothing_of_the_file_is_refused(posts: Path) -> None:
    """A year mistyped would turn hours that nobody looked at calm: nothing is saved."""
    for span in ("2025-04-15/2025-04-16", "2099-04-15/2099-04-16"):
        with pytest.raises(ConfigError, match=r"nothing in it lies in --covered .* nothing of it was saved"):
            loaded(posts, covered=span)

    assert not any(facts_in().values())
    assert rows("SELECT * FROM pulls") == []


@pytest.mark.parametrize(
    "text", ["2026-04-16/2026-04-15", "2026-04-15/2026-04-15", "2026-04-15", "/", "a/b", "2026-04-15/", "everything",
             "2026-04-15/2026-04-16/2026-04-17", "0001-01-01T00:00+14:00/2026-04-15"],
)  # fmt: skip
def test_a_span_that_is_none_is_an_error_of_the_options(text: str, posts: Path) -> None:
    """A reversed, empty or unreadable span is refused in one line, before anything is read."""
    with pytest.raises(ConfigError, match=r"is not FROM/TO with TO after FROM, nor `all`; write it as"):
        loaded(posts, covered=text)
    assert parse_covered(" ALL ") is None


def test_incidents_cover_the_page_of_their_service_over_their_span(tmp_path: Path) -> None:
    """From the first to the last message of a service's incidents, whatever their stamps by hand say."""
    path = written(
        tmp_path / "incidents.jsonl",
        incident_fields(started_at="2020-01-01T00:00:00Z", created_at="2020-01-01T00:00:00Z"),
        incident_fields("other", service="openai"),
    )

    assert loaded(path, covered="all").covered == 2
    assert coverage() == [
        ("status", "claude/page", "claude", "15 12:00:00", "15 12:30:01"),
        ("status", "openai/page", "openai", "15 12:00:00", "15 12:30:01"),
    ]


def test_volumes_cover_their_own_windows_and_not_the_gaps_between(tmp_path: Path) -> None:
    """Windows that touch are joined; an hour that no count speaks of stays unknown."""
    path = tmp_path / "volumes.csv"
    minutes = [*range(5), *range(60, 63)]
    path.write_text(
        "platform,place,service,query,from,to,count\n"
        + "".join(
            f"x,,claude,claude down,{FIRST + timedelta(minutes=at)},{FIRST + timedelta(minutes=at + 1)},{at}\n"
            for at in minutes
        )
    )

    came = loaded(path, covered="all")

    assert (came.new, came.covered) == (8, 1)
    assert coverage() == [
        ("x", ":claude down", "claude", "15 12:00:00", "15 12:05:00"),
        ("x", ":claude down", "claude", "15 13:00:00", "15 13:03:00"),
    ]
    assert rows("SELECT sum(fetched)::INT, sum(new)::INT FROM pulls") == [(8, 8)]
    assert came.span
    assert str(came.span) == "2026-04-15T12:00:00Z/2026-04-15T13:03:00Z"
