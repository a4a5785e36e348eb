"""Loading a file: kinds told apart, known facts not doubled."""

import gzip
import json
import os
import threading
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from fileload import VOLUMES, facts_in, incident_fields, loaded, post_fields, rows, written
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.files import load


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("posts", json.dumps(post_fields(1)).encode()),
        ("incidents", json.dumps(incident_fields()).encode()),
        ("volumes", VOLUMES),
        ("volumes", b'\xef\xbb\xbf"Query","platform","place","service","from","to","count","more"\r\n'
                    b'"a, b","x","","claude","2026-04-15T12:00:00Z","2026-04-15T12:01:00Z","4","?"\r\n'),
        ("posts", b"\xef\xbb\xbf\n\r\nno line\n{}\n" + json.dumps(post_fields(1)).encode()),
        ("incidents", b"[1]\n\xff\n" + b'{"x": ' + b"[" * 100_000 + b"\n"
                      + json.dumps(incident_fields()).encode() + b"\r\n"),
    ],
)  # fmt: skip
def test_a_kind_is_told_by_content(tmp_path: Path, kind: str, content: bytes, packed: bool) -> None:
    """The first good line decides, whatever the name, packed or not, after empty and broken lines."""
    path = tmp_path / "file.txt"
    path.write_bytes(gzip.compress(content) if packed else content)

    came = loaded(path)

    assert (came.kind, came.new) == (kind, 2 if content == VOLUMES else 1)


def test_a_pipe_is_read_whole(tmp_path: Path) -> None:
    """What a pipe gives is read once and no line of it is lost, though its kind is told by its first."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    content = b"".join(json.dumps(post_fields(number)).encode() + b"\n" for number in range(3000))
    writer = threading.Thread(target=pipe.write_bytes, args=(content,))
    writer.start()

    came = loaded(pipe)
    writer.join()

    assert came.new == 3000


def test_loading_twice_adds_no_fact(tmp_path: Path) -> None:
    """A file loaded again, or repeating itself, changes nothing but the ledger; the first sight of a post stays."""
    posts = [post_fields(number) for number in range(5)]
    again = post_fields(3, text="changed", place="r/ClaudeCode")
    files = [
        written(tmp_path / "posts.jsonl", *posts, posts[0], again),
        written(tmp_path / "incidents.jsonl", incident_fields(), incident_fields()),
        tmp_path / "volumes.csv",
    ]
    files[2].write_bytes(VOLUMES + VOLUMES.splitlines()[1])

    first = [loaded(path) for path in files]
    facts = facts_in()
    second = [loaded(path) for path in files]

    assert [(came.new, came.known) for came in first] == [(5, 2), (1, 1), (2, 1)]
    assert [came.new for came in second] == [0, 0, 0]
    assert facts_in() == facts
    assert "changed" not in str(facts)


def test_one_post_in_two_files_is_one_post(tmp_path: Path) -> None:
    """Files that overlap bring each post once."""
    one = written(tmp_path / "one.jsonl", *(post_fields(number) for number in range(10)))
    other = written(tmp_path / "other.jsonl", *(post_fields(number) for number in range(5, 15)))

    assert [loaded(one).new, loaded(other).new] == [10, 5]
    assert rows("SELECT count(*), count(DISTINCT post_key) FROM posts") == [(15, 15)]


def test_one_change_of_an_incident_is_one_revision(tmp_path: Path) -> None:
    """A change adds a revision and the update that is new; first publication and the old updates stay as they were."""
    loaded(written(tmp_path / "before.jsonl", incident_fields()))
    before = rows("SELECT * EXCLUDE (pull_id) FROM incident_updates ORDER BY created_at")
    fields = incident_fields(impact="major")
    fields["updates"][0]["body"] = "edited"
    later = fields["updates"][1] | {"created_at": "2026-04-15T13:00:00.000Z"}

    came = loaded(written(tmp_path / "after.jsonl", fields | {"updates": [*fields["updates"], later]}))

    assert came.new == 1
    assert rows("SELECT revision, impact FROM incident_revisions ORDER BY ALL") == [(1, "minor"), (2, "major")]
    after = rows("SELECT * EXCLUDE (pull_id) FROM incident_updates ORDER BY created_at")
    assert (after[:2], len(after)) == (before, 3)
    assert rows("SELECT strftime(first_published_at, '%H:%M') FROM incidents") == [("12:00",)]


def test_a_service_that_is_not_watched_is_refused_with_the_block_that_adds_it(tmp_path: Path) -> None:
    """Its lines are rejects, the block is said once a service, and the facts of watched services are loaded."""
    path = written(
        tmp_path / "incidents.jsonl",
        *(incident_fields(f"other{number}", service="mistral") for number in range(3)),
        incident_fields(),
    )

    came = loaded(path)

    assert (came.new, came.rejected) == (1, 3)
    (block,) = came.blocks
    assert '[mistral] title = "Mistral" aliases = ["mistral"]' in block
    assert rows("SELECT DISTINCT service FROM incident_revisions") == [("claude",)]
    volumes = tmp_path / "volumes.csv"
    volumes.write_bytes(VOLUMES.replace(b",claude,", b",mistral,"))
    assert (loaded(volumes).new, loaded(volumes).rejected) == (0, 2)


def test_long_lines_are_written_in_small_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is held in memory is bounded by bytes too: fifty thousand lines of 100 kB would not fit."""
    monkeypatch.setattr(load, "BATCH_BYTES", 1_000_000)
    path = written(tmp_path / "posts.jsonl", *(post_fields(number, text="x" * 100_000) for number in range(25)))
    told: list[int] = []

    loaded(path, on_progress=lambda read, share: told.append(read))

    assert told == [10, 20, 25]


def test_progress_tells_lines_and_share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The share of the file only grows, and ends at all of it."""
    monkeypatch.setattr(load, "BATCH_LINES", 1000)
    path = written(tmp_path / "posts.jsonl", *(post_fields(number) for number in range(2500)))
    told: list[tuple[int, float]] = []

    loaded(path, on_progress=lambda read, share: told.append((read, share)))

    assert [read for read, _ in told] == [1000, 2000, 2500]
    assert sorted(told) == told
    assert told[-1][1] == 1.0


@settings(max_examples=settings.default.max_examples // 3)
@given(
    numbers=st.lists(st.integers(0, 30), min_size=1, max_size=60),
    lines_a_batch=st.integers(1, 20),
    broken=st.sets(st.integers(0, 59), max_size=5),
)
def test_batches_and_repetitions_change_no_fact(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[int], lines_a_batch: int, broken: set[int]
) -> None:
    """However a file is cut into batches, what is loaded are its distinct posts; every line is a fact or a reject."""
    folder = tmp_path_factory.mktemp("cut")
    listed: list[Any] = [b"{" if at in broken else post_fields(number) for at, number in enumerate(numbers)]
    good = {line["post_id"] for line in listed if isinstance(line, dict)}
    path = written(folder / "posts.jsonl", post_fields(99), *listed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(load, "BATCH_LINES", lines_a_batch)
        came = loaded(path, folder / "test.duckdb")

    assert came.lines == len(listed) + 1
    assert came.new == len(good) + 1
    found = {post_id for (post_id,) in rows("SELECT post_id FROM posts", folder / "test.duckdb")}
    assert found == good | {"t3_99"}


def test_the_key_of_a_time_is_the_instant(tmp_path: Path) -> None:
    """A time in another zone is the same instant in the database."""
    loaded(written(tmp_path / "posts.jsonl", post_fields(1, posted_at="2026-04-15T23:30:00.1234567+09:00")))

    ((at,),) = rows("SELECT claimed_at FROM posts")
    assert at == datetime.fromisoformat("2026-04-15T14:30:00.123456+00:00")
