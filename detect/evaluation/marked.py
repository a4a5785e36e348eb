"""What people's marks say of the episodes in force: how many of the marked were outages, which were missed. Pure."""

from collections.abc import Sequence
from datetime import datetime

from detect import marks as speaking
from detect.detector.episodes import Episode
from detect.evaluation.stamped import Row, Table, Within, binomial_interval
from ingest.marks import Mark

COLUMNS = (
    "service", "episodes", "marked", "right", "precision of the marked",
    "marked right, and not found", "marked wrong, and gone",
)  # fmt: skip


def evaluate(marks: Sequence[Mark], episodes: Sequence[Episode], as_of: datetime) -> Table:
    """Count by service. A mark that speaks of no episode any more tells of one missed (right) or mended (wrong).

    Marked is what somebody looked at, which is seldom a sample of all: the precision is that of the marked ones alone.
    """
    holds = speaking.by_episode(marks, episodes, as_of)
    rows: list[Row] = []
    for service in sorted({mark.service for mark in marks} | {one.service for one in episodes}):
        found = [one for one in episodes if one.service == service]
        said = [holds[one.episode_id].says for one in found if one.episode_id in holds]
        right = said.count("right")
        lost = [
            mark.says for mark in marks if mark.service == service and not speaking.spoken_of(mark, episodes, as_of)
        ]
        precision = Within(right, *binomial_interval(right, len(said)), of=len(said)) if said else None
        rows.append((service, len(found), len(said), right, precision, lost.count("right"), lost.count("wrong")))
    return Table(
        "marks", "Episodes that somebody marked, right or wrong", "python -m detect evaluate marks",
        f"{len(marks)} marks in force; as of {as_of:%Y-%m-%d %H:%M} UTC; Wilson 90 %", COLUMNS, tuple(rows),
    )  # fmt: skip
