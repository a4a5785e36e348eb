"""What is called an outage among texts about anything is counted and listed. Texts are invented."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from detect.evaluation import unrelated
from detect.evaluation.door import evaluate
from detect.reading.complaints import Loose, Reader
from ingest.errors import ConfigError


def write(path: Path, *texts: str) -> Path:
    """Write texts as JSON lines."""
    path.write_text("\n".join(json.dumps({"text": text}) for text in texts), "utf-8")
    return path


def test_every_hit_is_listed_with_its_line(tmp_path: Path, reader: Reader) -> None:
    """Two files, one hit: the file, the line, the service; a text about two services is one text."""
    calm = write(tmp_path / "calm.jsonl", "lovely weather", "my claude monet poster fell down")
    loud = write(tmp_path / "loud.jsonl", "cake again", "claude and chatgpt are down, 529 everywhere")

    found = unrelated.evaluate([calm, loud], reader)

    assert {name: (one["n"], one["called"]) for name, one in found["files"].items()} == {
        "calm.jsonl": (2, 0), "loud.jsonl": (2, 1),
    }  # fmt: skip
    assert {(hit["file"], hit["line"], hit["service"]) for hit in found["hits"]} == {
        ("loud.jsonl", 2, "claude"), ("loud.jsonl", 2, "openai"),
    }  # fmt: skip
    assert found["overall"]["called"] == 1


def test_in_a_place_every_text_is_told_by_its_length(tmp_path: Path, reader: Reader) -> None:
    """As nameless comments in a service's subreddit: one is an outage there, and the limit is counted apart."""
    file = write(
        tmp_path / "some.jsonl", "soup", "still down for me, 529 on each try", "hit my weekly limit", "rain " * 50
    )

    found = unrelated.evaluate([file], reader, Loose("", "reddit", "r/ClaudeAI", "comment"))

    assert {length: (one["outage"]["n"], one["outage"]["called"]) for length, one in found["lengths"].items()} == {
        "under 60": (3, 1), "60 to 199": (0, 0), "200 and more": (1, 0),
    }  # fmt: skip
    assert found["lengths"]["under 60"]["limit"]["called"] == 1
    assert found["lengths"]["60 to 199"]["outage"]["value"] is None
    assert [hit["line"] for hit in found["hits"]] == [2]


@pytest.mark.usefixtures("fitted")
def test_the_door_takes_a_place_and_a_form(tmp_path: Path) -> None:
    """The same text counts in the service's own place alone; a place that is nobody's is refused with the remedy."""
    file = write(tmp_path / "some.jsonl", "still down for me, 529 on each try")
    door = CliRunner()

    nowhere = door.invoke(evaluate, ["unrelated", str(file)], catch_exceptions=False)
    home = door.invoke(
        evaluate, ["unrelated", str(file), "--place", "r/ClaudeAI", "--form", "comment"], catch_exceptions=False
    )
    nobodys = door.invoke(evaluate, ["unrelated", str(file), "--place", "r/soup"], catch_exceptions=False)

    assert "still down" not in nowhere.stdout
    assert "still down" in home.stdout
    assert "100.00 %" in home.stdout
    assert nobodys.exit_code == 2
    assert "no service of the watchlist has a place 'r/soup'" in nobodys.output


@pytest.mark.usefixtures("fitted")
def test_the_door_says_says_one_in_how_many(tmp_path: Path) -> None:
    """A table with the rate, and every hit to be read."""
    file = write(tmp_path / "some.jsonl", "claude is down, 529 on everything", "soup", "rain")

    said = CliRunner().invoke(evaluate, ["unrelated", str(file)], catch_exceptions=False).stdout

    assert "1 in 3" in said
    assert "claude is down, 529 on everything" in said


def test_a_broken_line_is_named(tmp_path: Path, reader: Reader) -> None:
    """File, line, and what a line needs."""
    file = tmp_path / "broken.jsonl"
    file.write_text('{"text": "a"}\n{"text": 7}')

    with pytest.raises(ConfigError, match=r"broken\.jsonl, line 2: .*needs a text"):
        unrelated.evaluate([file], reader)
