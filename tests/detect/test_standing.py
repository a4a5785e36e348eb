"""Is it down: the rule that gives the answers, clause by clause."""

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detect import standing
from detect.standing import STALE, Answer, Known, OpenIncident, Reason, Running, Seen, judge

AS_OF = datetime(2026, 4, 15, 15, 10, tzinfo=UTC)
ONSET = AS_OF - timedelta(minutes=30)
PARTS = {"api": True, "claude.ai": True, "government": False}

LOUD = (Seen("bluesky", 9, 1.2, 1.0, AS_OF), Seen("reddit", 60, 6.7, 1.0, AS_OF))

QUIET = Known(
    service="claude", as_of=AS_OF, heard=1.0, covered_days=44.0, judged_until=AS_OF, page_until=AS_OF,
    seen=(Seen("bluesky", 1, 1.2, 1.0, AS_OF), Seen("reddit", 6, 6.7, 1.0, AS_OF)),
)  # fmt: skip


def known(**other: Any) -> Known:
    """An hour that was looked at, quiet but for what is said here: loud where an episode runs in it."""
    if other.get("running"):
        other = {"seen": LOUD} | other
    return msgspec.structs.replace(QUIET, **other)


def felt(*platforms: str, surfaces: tuple[str, ...] = (), **named: int) -> Running:
    """An episode that is running."""
    return Running("claude-1", ONSET, platforms, surfaces, {name.replace("_", "."): n for name, n in named.items()})


def published(**other: Any) -> OpenIncident:
    """An incident that is open on the page."""
    at = AS_OF - timedelta(minutes=20)
    incident = OpenIncident("inc", "major", "investigating", at, at, surfaces=(), met=False)
    return msgspec.structs.replace(incident, **other)


def answers(given_: Known) -> dict[str | None, tuple[str, str]]:
    """Judge; answer and reason of the service (None) and of each part."""
    return {row.surface: (row.answer, row.reason) for row in judge(given_, PARTS)}


def whole(given_: Known) -> tuple[str, str]:
    """Judge the service as a whole."""
    return answers(given_)[None]


def test_nothing_unusual_where_we_looked_is_no_sign() -> None:
    """People complain as usual, on platforms that were read: no sign, and of no part either that people can name."""
    assert answers(QUIET) == {
        None: ("no sign", "as usual"), "api": ("no sign", "as usual"), "claude.ai": ("no sign", "as usual"),
        "government": ("can't tell", "no words"),
    }  # fmt: skip


def test_an_episode_on_two_platforms_is_down() -> None:
    """Two platforms are corroboration enough, whatever the page says; the answer names the episode and its onset."""
    row = judge(known(running=felt("bluesky", "reddit"), page_until=None), {})[0]
    assert (row.answer, row.reason, row.since, row.episode_id) == ("down", "two platforms", ONSET, "claude-1")
    assert row.stale_at == AS_OF + STALE


def test_one_platform_alone_is_probably() -> None:
    """One platform can have a storm of its own."""
    assert whole(known(running=felt("reddit"))) == ("probably", "one platform")


def test_one_platform_and_an_open_incident_that_matches_is_down() -> None:
    """The page is the second witness, however mild it calls it, and also once it is only monitoring."""
    met = published(met=True, impact="minor", status="monitoring")
    assert whole(known(running=felt("reddit"), open=(met,))) == ("down", "incident")


def test_an_open_incident_that_does_not_match_is_no_second_witness() -> None:
    """Something else on the page leaves one platform what it is."""
    assert whole(known(running=felt("reddit"), open=(published(impact="minor"),))) == ("probably", "one platform")


@pytest.mark.parametrize(
    ("incident", "answer"),
    [
        (published(), "probably"),
        (published(impact="critical", status="identified"), "probably"),
        (published(impact="minor"), "no sign"),
        (published(impact="none"), "no sign"),
        (published(status="monitoring"), "no sign"),
        (published(said_at=AS_OF - timedelta(hours=25)), "no sign"),
    ],
)
def test_the_page_alone_makes_it_probable_at_most(incident: OpenIncident, answer: str) -> None:
    """A severe incident that the page still speaks of makes it probable; a milder or a forgotten one is only told."""
    row = judge(known(open=(incident,)), {})[0]
    assert (row.answer, row.incident_ids) == (answer, ("inc",))
    assert row.since == (incident.first_published_at if answer == "probably" else None)


def test_the_page_speaks_where_complaints_are_not_judged() -> None:
    """While learning, or blind, a severe incident is probable: that rests on the page's clock, not on ours."""
    page = AS_OF - timedelta(minutes=10)
    row = judge(known(judged_until=None, seen=(), open=(published(),), page_until=page), {})[0]
    assert (row.answer, row.reason, row.stale_at) == ("probably", "page alone", page + STALE)


def test_a_page_not_read_lately_says_nothing() -> None:
    """What was open when the page was last read, an hour ago, is no witness now."""
    old = AS_OF - timedelta(hours=1)
    assert whole(known(open=(published(),), page_until=old)) == ("no sign", "as usual")
    assert whole(known(open=(published(met=True),), page_until=old, running=felt("reddit")))[0] == "probably"


def test_learning_is_not_calm() -> None:
    """Complaints are seen and nobody knows yet how many are usual: learning, with the plain count and no usual."""
    row = judge(known(judged_until=None, seen=(Seen("reddit", 9, None, 1.0, AS_OF),), covered_days=2.3), {})[0]
    assert (row.answer, row.people, row.usual, row.covered_days) == ("learning", 9, None, 2.3)


def test_a_platform_that_is_learning_leaves_the_usual_unknown() -> None:
    """The people of two platforms do not stand beside the usual of one."""
    seen = (Seen("bluesky", 1, 1.2, 1.0, AS_OF), Seen("reddit", 6, None, 1.0, AS_OF))
    assert (judge(known(seen=seen), {})[0].people, judge(known(seen=seen), {})[0].usual) == (7, None)


def test_where_nobody_looked_there_is_no_count_and_no_answer() -> None:
    """A blind hour: can't tell, people None and not 0, of the service and of every part."""
    rows = judge(known(judged_until=None, seen=(Seen("reddit", None, None, 0.0, None),), heard=None), PARTS)
    assert {(row.answer, row.reason, row.people, row.stale_at) for row in rows} == {
        ("can't tell", "not looked", None, None)
    }


def test_an_episode_that_nobody_has_watched_since_is_no_answer() -> None:
    """An episode without an end, and then half an hour of nothing: it may be over."""
    blind = AS_OF - STALE
    assert whole(known(running=felt("bluesky", "reddit"), judged_until=blind, seen=()))[0] == "can't tell"


def test_an_episode_whose_platform_went_blind_is_no_answer() -> None:
    """Reddit was loud and is read no more, Bluesky is quiet: the episode has no end because nobody sees it."""
    blind = Seen("reddit", None, None, 0.0, AS_OF - timedelta(hours=2))
    row = judge(known(running=felt("bluesky", "reddit"), seen=(QUIET.seen[0], blind)), {})[0]
    assert (row.answer, row.reason, row.since, row.episode_id) == ("can't tell", "unseen since", None, "claude-1")
    loud = known(running=felt("bluesky", "reddit"), seen=(LOUD[0], blind))
    assert whole(loud) == ("down", "two platforms")


def test_an_episode_that_ebbs_is_probable() -> None:
    """All its platforms are read and none of them is above its usual: not over by the detector, and not loud."""
    running = felt("bluesky", "reddit")
    assert whole(known(running=running, seen=QUIET.seen)) == ("probably", "ebbing")
    assert whole(known(running=running, seen=QUIET.seen, open=(published(met=True, impact="minor"),)))[0] == "probably"


def test_the_silence_of_a_small_platform_is_no_answer() -> None:
    """Where the platforms that are read bring less than half of the complaints, quiet says nothing; an alarm does."""
    assert whole(known(heard=0.49)) == ("can't tell", "mostly unseen")
    assert whole(known(heard=0.5))[0] == "no sign"
    assert whole(known(heard=0.1, running=felt("bluesky")))[0] == "probably"


def test_a_part_is_what_the_whole_is_where_people_name_it() -> None:
    """The part that a tenth of them names is down; of the others, a dozen people naming one part are no sign."""
    named = known(running=felt("bluesky", "reddit", surfaces=("claude.ai",), claude_ai=12, api=1))
    assert answers(named) == {
        None: ("down", "two platforms"), "claude.ai": ("down", "two platforms"), "api": ("no sign", "other parts"),
        "government": ("can't tell", "no words"),
    }  # fmt: skip


def test_a_part_that_a_few_name_is_probably_down() -> None:
    """Two people of forty are too few to say that it is, and too many to say that there is no sign."""
    named = known(running=felt("bluesky", "reddit", surfaces=("claude.ai",), claude_ai=38, api=2))
    assert answers(named)["api"] == ("probably", "few name it")


def test_where_hardly_anybody_names_a_part_each_is_probably_down() -> None:
    """Nine people naming another part leave this one open."""
    named = known(running=felt("bluesky", "reddit", surfaces=("claude.ai",), claude_ai=9))
    assert answers(named)["api"] == ("probably", "few name any")


def test_the_page_names_a_part_for_people_who_do_not() -> None:
    """A matching incident that names the part answers for it; one that names another does not."""
    running = felt("bluesky", "reddit", surfaces=("claude.ai",), claude_ai=30)
    met = published(met=True, impact="minor", surfaces=("api",))
    assert answers(known(running=running, open=(met,)))["api"] == ("down", "incident")
    other = published(met=True, impact="minor", surfaces=("console",))
    assert answers(known(running=running, open=(other,)))["api"] == ("no sign", "other parts")


def test_an_incident_concerns_the_parts_that_it_names() -> None:
    """A severe incident of one part makes that part probable, and the others not; one that names none concerns all."""
    one = answers(known(open=(published(surfaces=("api",)),)))
    assert (one["api"][0], one["claude.ai"][0], one[None][0]) == ("probably", "no sign", "probably")
    assert {answer for answer, _ in answers(known(open=(published(),))).values()} == {"probably"}


def test_people_who_name_a_part_are_counted_for_it() -> None:
    """A part has the people who name it, and no usual: nobody models that."""
    rows = {row.surface: row for row in judge(known(named={"api": 3}), PARTS)}
    assert [(rows[part].people, rows[part].usual) for part in (None, "api", "claude.ai")] == [
        (7, 7.9), (3, None), (0, None)
    ]  # fmt: skip


_AGES = st.one_of(st.none(), st.timedeltas(timedelta(), timedelta(hours=3)).map(lambda age: AS_OF - age))


@given(
    judged=_AGES, page=_AGES, seen=_AGES, people=st.integers(0, 3), heard=st.one_of(st.none(), st.floats(0, 1)),
    running=st.one_of(st.none(), st.builds(felt, st.sampled_from(["reddit", "bluesky"]), api=st.integers(0, 20))),
    opened=st.lists(st.builds(published, met=st.booleans(), impact=st.sampled_from(["none", "minor", "major"]),
                              surfaces=st.sampled_from([(), ("api",)])), max_size=2),
)  # fmt: skip
def test_silence_is_told_from_looking(
    judged: datetime | None, page: datetime | None, seen: datetime | None, people: int, heard: float | None,
    running: Running | None, opened: list[OpenIncident],
) -> None:  # fmt: skip
    """Whatever is known: no sign only where complaints were judged lately; every answer goes stale but can't tell."""
    rows = judge(
        known(judged_until=judged, page_until=page, seen=(Seen("reddit", people, 1.0, 1.0, seen),), heard=heard,
              running=running, open=tuple(opened)), PARTS,
    )  # fmt: skip
    for row in rows:
        assert row.answer in get_args(Answer)
        assert row.reason in get_args(Reason)
        assert (row.stale_at is None) == (row.answer == "can't tell")
        assert row.stale_at is None or AS_OF < row.stale_at <= AS_OF + STALE
        if row.answer == "no sign":
            assert judged is not None
            assert AS_OF - judged < STALE
            assert heard is None or heard >= standing.HEARD
        if row.answer in {"down", "probably"}:
            assert row.since is not None


def test_the_rule_names_its_figures() -> None:
    """The rule that reports print holds the parameters that it is judged by."""
    for figure in ("30 minutes", "50%", "24 hours", "fewer than 10", "major or critical"):
        assert figure in standing.RULE
    assert "  " not in standing.RULE
