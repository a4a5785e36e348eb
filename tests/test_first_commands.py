"""What the README's first commands give, unconfigured: the sample, judged, told, published."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from doors import HOLD, door, rows_of


def test_first_command_tells_of_april(sample: Path) -> None:
    """Without configuration the sample is judged, and the biggest outages of April 2026 are found near their onset."""
    run = door("reports", "timeline", "--service", "claude", "--json", cwd=sample)

    rows = json.loads(run.stdout)
    by_incident = {incident: row for row in rows for incident in row["incident_ids"]}
    for incident in ("6jd2m42f8mld", "f00h6l76tsjs", "9l93x2ht4s5w", "124yr07585k9"):
        assert by_incident[incident]["alarm_at"] is not None
        assert by_incident[incident]["verdict"] in {"early", "acknowledged"}
    assert by_incident["f00h6l76tsjs"]["first_published_at"].startswith("2026-04-15T14:53:02")
    assert {row["verdict"] for row in rows} >= {"unfelt", "unknown", "unacknowledged"}
    needed = {
        "service", "onset_at", "alarm_at", "peak_at", "ended_at", "peak_people", "platforms", "symptoms", "surfaces",
        "verdict", "incident_ids", "first_published_at", "acknowledgement_lag_min", "detection_lag_min",
        "declared_lag_min",
    }  # fmt: skip
    assert all(needed <= set(row) for row in rows)


def test_the_committed_example_is_the_sample_s_report(sample: Path) -> None:
    """What `make example` committed has the data that the sample gives today; floats may differ in their last digit."""
    run = door("reports", "week", "--out", "example", cwd=sample)
    assert run.returncode == 0, run.stderr
    committed = Path(__file__).parents[1] / "reports" / "example"
    [written] = (sample / "example").glob("*.json")
    assert {path.name for path in committed.rglob("*.*")} == {path.name for path in (sample / "example").rglob("*.*")}
    differing = list(differences(json.loads((committed / written.name).read_text()), json.loads(written.read_text())))
    assert not differing, f"run make example; {differing[:5]}"
    assert sum(path.stat().st_size for path in committed.rglob("*.*")) < 2_000_000


def differences(one: object, other: object, where: str = "") -> Iterator[str]:
    """Name every place at which two pieces of JSON differ."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        for name in one:
            yield from differences(one[name], other[name], f"{where}.{name}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, pair in enumerate(zip(one, other, strict=True)):
            yield from differences(*pair, f"{where}[{number}]")
    elif isinstance(one, float) and isinstance(other, float):
        if abs(one - other) > 0.01:
            yield f"{where}: {one} and {other}"
    elif one != other:
        yield f"{where}: {one!r:.80} and {other!r:.80}"


def test_everything_made_from_the_sample_says_so(sample: Path) -> None:
    """Table and Markdown of the sample name what in them is synthetic."""
    for form in ([], ["--markdown"]):
        said = " ".join(door("reports", "timeline", *form, cwd=sample).stdout.split())
        assert "is synthetic" in said


def test_the_sample_answers_whether_claude_is_down(sample: Path) -> None:
    """After the first commands `now` has an answer for each service and part, with the exit code that belongs to it."""
    run = door("reports", "now", cwd=sample)
    assert run.returncode == 0, run
    assert run.stdout.startswith("No sign that Claude is down")
    assert "is synthetic" in run.stdout
    standing = rows_of(sample / "data" / "sample.duckdb", "SELECT service, surface, answer FROM standing")
    assert {service for service, surface, _ in standing if surface is None} == {"claude", "openai", "gemini"}
    assert ("claude", "api", "no sign") in standing


def test_a_copy_for_readers_is_published(sample: Path) -> None:
    """After the first commands a copy stands ready: read while the database is held, and without a post's text."""
    copy = sample / "data" / "published" / "sample.duckdb"
    assert rows_of(copy, "SELECT count(*) > 0, count(text) FROM posts") == [(True, 0)]
    assert rows_of(copy, "SELECT count(*) > 5 FROM outages WHERE service = 'claude'") == [(True,)]
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD.replace("held.duckdb", "data/sample.duckdb")],
        cwd=sample, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert holder.stdout is not None
    holder.stdout.readline()
    try:
        for words in (["now"], ["timeline"], ["week", "--out", "told"], ["export", "--out", "taken"]):
            run = door("reports", *words, cwd=sample)
            assert run.returncode == 0, run
    finally:
        holder.kill()
        holder.communicate()


def test_a_second_run_changes_nothing(sample: Path) -> None:
    """Where nothing is new, nothing is fetched and nothing is judged again."""
    again = door("ingest", cwd=sample)
    judged = door("detect", cwd=sample)

    assert "0 new facts" in again.stdout
    assert "nothing new" in judged.stdout
