"""Episodes counted against what people marked."""

from datetime import UTC, datetime, timedelta

from detect.detector.episodes import Episode
from detect.evaluation.marked import COLUMNS, evaluate
from ingest.marks import Mark, Says
from ingest.windows import Window

NOON = datetime(2026, 4, 15, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def episode(at: datetime, service: str = "claude") -> Episode:
    return Episode(f"{service}-{at:%H}", service, at, at, at, at, at, 9, 0.4, at + HOUR, 30, ("reddit",))


def mark(at: datetime, says: Says, service: str = "claude", after: int = 0) -> Mark:
    return Mark(service, Window(at, at + HOUR), says, "somebody looked", "any", NOON + timedelta(days=1, minutes=after))


def test_only_what_is_marked_is_counted() -> None:
    """Precision is that of marked episodes, the newest mark holds, and marks of what is gone are told apart."""
    episodes = [episode(NOON), episode(NOON + 3 * HOUR), episode(NOON + 6 * HOUR), episode(NOON, "openai")]
    marks = [
        mark(NOON, "wrong"), mark(NOON, "right", after=5), mark(NOON + 3 * HOUR, "wrong"),
        mark(NOON + 9 * HOUR, "right"), mark(NOON + 12 * HOUR, "wrong"),
    ]  # fmt: skip

    table = evaluate(marks, episodes, NOON + timedelta(days=2))

    claude, openai = (dict(zip(COLUMNS, row, strict=True)) for row in table.rows)
    assert (claude["episodes"], claude["marked"], claude["right"]) == (3, 2, 1)
    assert str(claude["precision of the marked"]).startswith("1 of 2 [")
    assert (claude["marked right, and not found"], claude["marked wrong, and gone"]) == (1, 1)
    assert (openai["marked"], openai["precision of the marked"]) == (0, None)
