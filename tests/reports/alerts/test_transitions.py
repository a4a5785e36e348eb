"""What is said of an episode: each change once, the gravest first, and nothing old."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.alerts.transitions import Course, Sent, due, message_id

NOON = datetime(2026, 4, 15, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
OPENED = Sent("opened", 1, told_page=False)


def course(
    *, over: bool = False, severity: int = 1, page: bool = False, sure: bool = True, refuted: bool = False,
    alarm: datetime = NOON,
) -> Course:  # fmt: skip
    return Course(alarm, alarm + HOUR if over else None, severity, page, sure, refuted)


@pytest.mark.parametrize(
    ("found", "sent", "said"),
    [
        (course(), [], "opened"),
        (course(page=True, severity=3), [], "opened"),
        (course(sure=False), [], None),
        (course(over=True), [], "ended"),
        (course(over=True, alarm=NOON - 9 * HOUR), [], None),
        (course(alarm=NOON - 40 * HOUR), [], "opened"),
        (course(refuted=True), [], None),
        (None, [], None),
        (course(), [OPENED], None),
        (course(severity=2, page=True), [OPENED], "risen"),
        (course(severity=2, sure=False), [OPENED], None),
        (course(page=True), [OPENED], "page"),
        (course(page=True), [Sent("opened", 1, told_page=True)], None),
        (course(over=True, severity=3, page=True), [OPENED], "ended"),
        (course(over=True, alarm=NOON - 99 * HOUR), [OPENED], "ended"),
        (course(refuted=True), [OPENED], "withdrawn"),
        (None, [OPENED], "withdrawn"),
        (course(over=True), [OPENED, Sent("ended", 1, told_page=False)], None),
        (None, [OPENED, Sent("ended", 1, told_page=False)], None),
        (course(), [OPENED, Sent("ended", 1, told_page=False)], "resumed"),
        (course(), [OPENED, Sent("withdrawn", 1, told_page=False)], "resumed"),
        (course(refuted=True), [OPENED, Sent("withdrawn", 1, told_page=False)], None),
    ],
)
def test_what_is_due(found: Course | None, sent: list[Sent], said: str | None) -> None:
    """A change is said, what was said is not said again, and nothing is said of what was over long ago."""
    assert due(found, sent, NOON + HOUR) == said


courses = st.none() | st.builds(
    course, over=st.booleans(), severity=st.integers(1, 3), page=st.booleans(), sure=st.booleans(),
    refuted=st.booleans(), alarm=st.sampled_from([NOON, NOON - 9 * HOUR]),
)  # fmt: skip


@given(st.lists(courses, max_size=60))
def test_no_episode_is_ever_told_more_than_eight_times(seen: list[Course | None]) -> None:
    """However its judgement flickers, what is sent of one episode is bounded, and no two messages have one id."""
    sent: list[Sent] = []
    ids = []
    for one in seen:
        if said := due(one, sent, NOON + HOUR):
            ids.append(message_id("claude-1", said, sent))
            sent.append(Sent(said, one.severity if one else 0, told_page=bool(one and one.page_spoke)))

    assert len(ids) == len(set(ids)) <= 8
    assert [one.transition for one in sent].count("opened") <= 1


def test_the_same_news_has_the_same_id() -> None:
    """What is sent again, because nobody noted that it was sent, can be told by its id."""
    assert message_id("claude-1", "opened", []) == message_id("claude-1", "opened", []) == "claude-1/opened"
    risen = [OPENED, Sent("risen", 2, told_page=False)]
    assert message_id("claude-1", "risen", risen) == "claude-1/risen-2"
