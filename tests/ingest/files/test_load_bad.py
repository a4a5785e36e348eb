"""Loading a file that is not as it should be: one clear line, nothing lost, nothing half written."""

import gzip
import json
from pathlib import Path

import pytest
from fileload import NOW, VOLUMES, facts_in, loaded, post_fields, rows, written

from ingest.errors import ConfigError
from ingest.files.linefile import LONGEST_LINE, LineFile
from ingest.files.linereader import REJECTS_PER_FILE


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
    assert sum(reason.lines for reason in came.reasons) == 7
    assert "Input data was truncated" in {reason.says for reason in came.reasons if reason.number == 2}
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
        ("volumes.csv, line 1", "1 field where the header has 7"),
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
        (b'{"updates"', "none of its first 1 line is"),
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
