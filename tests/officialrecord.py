"""The real official record, and what was read of it by hand; tests and benchmarks skip where it is absent."""

import csv
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path

from ingest.files.lines import incident
from ingest.official import Incident
from ingest.times import parse_instant

RECORD = "claude_incidents_2023-03_2026-06.jsonl"
READ_BY_EYE = Path(__file__).parent / "fixtures" / "declared_read_by_eye.csv"

CONTRADICTORY = ("lhws0phdvzz3", "c20m4lbfd6pm", "3yxsctr39y3j", "xwrtmlm3tnxf")
"""Of the windows read by hand, those whose text contradicts itself, as the notes beside them say."""

Envelope = tuple[datetime | None, datetime | None]


@cache
def record(status: Path) -> dict[str, Incident]:
    """Read the 829 incidents, by id."""
    lines = (status / RECORD).read_bytes().splitlines()
    return {read.incident_id: read for read in map(incident, lines)}


def stated_windows(status: Path) -> Iterator[tuple[Incident, Envelope]]:
    """Give the envelopes read by hand from the texts of 2026, where the incident is in the record."""
    known = record(status)
    with (status / "claude_stated_impact_windows_2026.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["id"] in known:
                yield known[row["id"]], (parse_instant(row["stated_start"]), parse_instant(row["stated_end"]))


def read_by_eye(status: Path) -> Iterator[tuple[Incident, Envelope]]:
    """Give the envelopes of the rest of the record, read against the sentence after the program had proposed them."""
    known = record(status)
    with READ_BY_EYE.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            start, end = (parse_instant(row[name]) if row[name] else None for name in ("start", "end"))
            yield known[row["id"]], (start, end)


def declared_starts(status: Path) -> Iterator[tuple[Incident, datetime]]:
    """Give the declared starts of `official_ack_lag_2026.csv`, where the incident is in the record."""
    known = record(status)
    with (status / "official_ack_lag_2026.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["incident_id"] in known:
                yield known[row["incident_id"]], parse_instant(row["declared_start_utc"])
