"""Loading a file: kinds told apart, bad lines kept aside, known facts not doubled."""

import gzip
import json
import os
import threading
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from fileload import NOW, facts_in, incident_fields, loaded, post_fields, rows, written
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import load
from ingest.errors import ConfigError
from ingest.linefile import LONGEST_LINE, LineFile
from ingest.linereader import REJECTS_PER_FILE

VOLUMES = b"""\
platform,place,service,query,from,to,count
x,,claude,claude down,2026-04-15T12:00:00Z,2026-04-15T12:01:00Z,4
x,,claude,claude down,2026-04-15T12:01:00Z,2026-04-15T12:02:00Z,0
"""


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


def test_bad_lines_are_kept_aside_with_number_and_reason(tmp_path: Path) -> None:
    """Each bad line is a reject that says where and why, without the handle; every good one is loaded."""
    good = [post_fields(number, posted_at=f"2026-04-15T12:{number:02d}:00Z") for number in range(6)]
    naive = post_fields(7, posted_at="2026-03-11T14:02:31", text="@invented_other u/invented_third")
    path = written(
        tmp_path / "posts.jsonl", good[0], b'{"half": ', good[1], naive, b"", good[2], b'{"text": "\xff"}',
        post_fields(8, posted_at="0001-01-01T00:00:00Z"), good[3], b"\x00\x1b[2J\xe2\x80\xae", good[4],
        post_fields(9, seen_at="2999-01-01T00:00:00Z"), b"[" * 100_000, good[5],
    )  # fmt: skip

    came = loaded(path)

    assert (came.facts, came.new, came.rejected, came.lines) == (6, 6, 7, 13)
    assert came.first_reject == "line 2: Input data was truncated"
    kept = rows('SELECT "where", reason, excerpt FROM rejects ORDER BY ALL')
    wheres, reasons = {where for where, _, _ in kept}, " ".join(reason for _, reason, _ in kept)
    assert wheres == {f"posts.jsonl, line {number}" for number in (2, 4, 7, 8, 10, 12, 13)}
    for part in ("names no zone", "lies before", "lies in the future", "can't decode", "truncated"):
        assert part in reasons
    assert "invented" not in str(kept)
    assert all(reason.isprintable() and excerpt.isprintable() for _, reason, excerpt in kept)
    assert rows("SELECT DISTINCT rejected FROM pulls") == [(7,)]


def test_what_stands_before_a_header_is_kept_aside(tmp_path: Path) -> None:
    """A title above a CSV's header is a reject with its number; the header is neither reject nor fact."""
    path = tmp_path / "volumes.csv"
    path.write_bytes(b"counts of April\n" + VOLUMES + b"x,,claude\n")

    came = loaded(path)

    assert (came.new, came.rejected) == (2, 2)
    assert rows('SELECT "where", reason FROM rejects ORDER BY ALL') == [
        ("volumes.csv, line 1", "1 fields where the header has 7"),
        ("volumes.csv, line 5", "3 fields where the header has 7"),
    ]


def test_only_so_many_rejects_are_kept_and_all_are_counted(tmp_path: Path) -> None:
    """A file of broken lines does not fill the database, and its good line is loaded."""
    path = written(tmp_path / "posts.jsonl", post_fields(1), *[b"{"] * (REJECTS_PER_FILE + 5))

    came = loaded(path)

    assert (came.new, came.rejected) == (1, REJECTS_PER_FILE + 5)
    assert rows("SELECT count(*) FROM rejects") == [(REJECTS_PER_FILE,)]


@pytest.mark.parametrize("longer", [1, 2, LONGEST_LINE, 3 * LONGEST_LINE])
def test_a_line_without_end_is_refused_and_the_next_one_read(tmp_path: Path, longer: int) -> None:
    """A line over a megabyte is a reject, never in memory whole, and the numbers of the lines after it are right."""
    bare = len(json.dumps(post_fields(1, text="")))
    fits, too_long = (post_fields(1, text="x" * (LONGEST_LINE - 1 - bare + more)) for more in (0, longer))
    path = written(tmp_path / "posts.jsonl", too_long, fits, b"{", too_long)

    with LineFile(path) as file:
        assert max(len(line) for _, line in file.lines()) <= LONGEST_LINE + 1
    came = loaded(path)

    assert (came.new, came.rejected) == (1, 3)
    assert rows('SELECT "where" FROM rejects WHERE reason LIKE \'%longer than%\' ORDER BY ALL') == [
        ("posts.jsonl, line 1",), ("posts.jsonl, line 4",),
    ]  # fmt: skip


def test_hostile_text_is_stored_as_words(tmp_path: Path) -> None:
    """NUL, ANSI, marks of direction and 100 kB of text: the post is there, cut and plain."""
    text = "is \x1b[31mclaude\x1b[0m \x00do\u202ewn?"
    path = written(tmp_path / "posts.jsonl", post_fields(1, text=text), post_fields(2, text="x" * 100_000))

    loaded(path)

    assert rows("SELECT text FROM posts ORDER BY claimed_at") == [("is claude down?",), ("x" * 40_000,)]


def test_the_future_is_kept_and_not_counted(tmp_path: Path) -> None:
    """A post of the year 9999 is a row without a time that counts, and stretches no span."""
    path = written(tmp_path / "posts.jsonl", post_fields(1), post_fields(2, posted_at="9999-12-31T23:59:59.9Z"))

    came = loaded(path, covered="all")

    assert rows("SELECT count(*), count(counted_at) FROM posts") == [(2, 1)]
    assert rows("SELECT max(covered_end) < '2027-01-01' FROM pulls") == [(True,)]
    assert came.span
    assert came.span.end < NOW


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "No such file or directory; name a JSONL or CSV file"),
        (b"", "it is empty; a line of it should be a post"),
        (b"\n \r\n", "it is empty"),
        (b"hello\nworld\n", "none of its first 2 lines is a post"),
        (b'[\n{"id": 1},\n', "none of its first 2 lines is a post"),
        (b'{"updates"', "none of its first 1 lines"),
        (b"a,b,c\n1,2,3\n", "or the CSV header platform,place"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "none of its first"),
        (b'"never closed\n' * 3, "none of its first 3 lines"),
        (b"x\n" * 5000, "none of its first 1,000 lines"),
        (b"\x1f\x8bno gzip at all", "the packed file is damaged"),
        (gzip.compress(VOLUMES * 100, mtime=0)[:-20], "ends in the middle"),
        (gzip.compress(VOLUMES, mtime=0)[:10] + b"\xff" * 40, "the packed file is damaged"),
        (gzip.compress(json.dumps(post_fields(1)).encode(), mtime=0) + b"rubbish", "the packed file is damaged"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_loaded_is_one_line_and_leaves_nothing(
    tmp_path: Path, content: bytes | None, reason: str
) -> None:
    """The line says what, where and what to do; no row of the database is written."""
    path = tmp_path / "file.txt"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ConfigError) as raised:
        loaded(path)

    said = str(raised.value)
    assert said.startswith(str(path))
    assert reason in said
    assert said.isprintable()
    assert not any(facts_in().values())
    assert rows("SELECT * FROM pulls") == []


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """A folder is refused in one line."""
    with pytest.raises(ConfigError, match="Is a directory; name a JSONL or CSV file"):
        loaded(tmp_path)


def test_a_file_half_written_is_loaded_whole_or_not_at_all(tmp_path: Path) -> None:
    """Though thousands of lines of a packed file are good, none is kept while its end is missing."""
    packed = gzip.compress(b"".join(json.dumps(post_fields(number)).encode() + b"\n" for number in range(60_000)))
    path = tmp_path / "posts.jsonl.gz"
    path.write_bytes(packed[:-1000])

    seen: list[int] = []
    with pytest.raises(ConfigError, match=r"ends in the middle, after line \d+ .* nothing of it was saved"):
        loaded(path, on_progress=lambda read, share: seen.append(read))
    assert seen, "a batch was written before the end was missed"
    assert not any(facts_in().values())

    path.write_bytes(packed)
    assert loaded(path).new == 60_000


def test_a_file_of_which_no_line_can_be_read_says_so_in_the_ledger(tmp_path: Path) -> None:
    """A file of the right kind and no good line leaves its rejects and a row that ended badly."""
    came = loaded(written(tmp_path / "posts.jsonl", post_fields(1, posted_at="now")), covered="all")

    assert (came.facts, came.rejected, came.covered, came.span) == (0, 1, 0, None)
    assert rows("SELECT platform, target, error, covered_start FROM pulls") == [
        ("file", "posts.jsonl", "no line of the file could be read", None)
    ]


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
