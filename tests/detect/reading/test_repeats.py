"""Repeated texts are found, and nobody is silenced for saying what everybody says. Every text here is invented."""

import os
import subprocess
import sys
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scene import COPYPASTA, ONSET, Scene, every, own_words, said, scene

from detect.reading import mentions, repeats
from ingest import watchlist

__all__ = ["scene"]
NAMES = mentions.prepare(watchlist.load())
SECRET = 4711


def numbers(text: str, secret: int = SECRET) -> list[int]:
    found = repeats.fingerprint(text, NAMES, secret)
    assert found is not None
    return found


def shared(one: str, other: str) -> int:
    return len(set(numbers(one)) & set(numbers(other)))


def complaints(*rows: tuple[float, int, list[int] | None], **other: Any) -> pd.DataFrame:
    """Lay out complaints: hours after the onset, person, fingerprint."""
    return pd.DataFrame(
        {
            "service": "claude",
            "counted_at": pd.to_datetime([ONSET + timedelta(hours=hours) for hours, _, _ in rows], utc=True),
            "post_key": range(len(rows)),
            "person": [person for _, person, _ in rows],
            "fingerprint": pd.Series([found for _, _, found in rows], dtype=object),
        }
        | other
    )


@pytest.mark.parametrize(
    "copy",
    [
        COPYPASTA,
        COPYPASTA.upper(),
        COPYPASTA.replace(" ", "\n  "),
        COPYPASTA.replace(",", " 😭😭 "),
        COPYPASTA.replace("Claude", "ChatGPT"),
        f"{COPYPASTA} https://example.org/a/b?c=d @somebody",
        f"same here lol. {COPYPASTA}",
        COPYPASTA.replace("entire office", "whole family"),
        COPYPASTA.replace("coffee machine", "printer"),
        COPYPASTA.replace("a", "\N{MATHEMATICAL BOLD SMALL A}"),
        COPYPASTA.replace("o", "o\u200b"),
    ],
)
def test_a_copy_is_known_by_its_fingerprint_though_it_was_touched_up(copy: str) -> None:
    """Case, white space, emoji, the service's name, addresses, a word more or another: it is still the same text."""
    assert shared(COPYPASTA, copy) >= repeats.SHARED


def test_different_long_complaints_share_nothing_that_counts() -> None:
    """Of two hundred long complaints in own words no two are taken for copies."""
    found = [numbers(own_words(number)) for number in range(200)]
    rows = complaints(*((number / 60, number, one) for number, one in enumerate(found)))
    assert not repeats.mark(rows).any()


@pytest.mark.parametrize(
    "text",
    [
        "claude down?",
        "Is Claude down for anyone else right now?",
        "claude is down again, 529 on every request since this morning",
        "CLAUDE IS DOWN " * 40,
        "no" + "o" * 500,
        'API Error: 500 {"type":"error","error":{"type":"api_error","message":"Internal server error, try again '
        'later or write to the people in charge of it"},"request_id":"req_invented"} anyone else?',
        "It says “Claude has more to do than it can do at this moment, come back in a quarter of an hour, thanks”",
        "claude down?\n> I think that it is only you, did you restart the whole computer and the router in the cellar",
        "Due to unexpected capacity constraints the assistant cannot respond to whatever message you have just sent it",
        "claude down\n```\nTraceback of many lines that no human being ever wrote with their own hands at all\n```",
        "Claude挂了吗？一直显示服务器错误，大家也这样吗",
    ],
)
def test_what_many_people_say_of_themselves_has_no_fingerprint(text: str) -> None:
    """Short texts, one word over and over, pasted errors, quoted and official words: said by many, copied by nobody."""
    assert repeats.fingerprint(text, NAMES, SECRET) is None


@pytest.mark.parametrize(
    "text",
    [
        "克劳德又挂了，今天的工作全都完了，我已经告诉整个办公室收拾东西回家，咖啡机是这里最后一位诚实的同事，谢谢你们什么都没有做",
        "クロードが落ちていて今日の仕事は全部消えました、会社のみんなに荷物をまとめて帰るように伝えました、最後の正直な同僚はコーヒーメーカーです",
    ],
)
def test_a_long_text_in_a_dense_script_has_one(text: str) -> None:
    """A script whose letters say more needs fewer of them."""
    assert len(numbers(text)) == repeats.BANDS


def test_a_fingerprint_is_the_same_on_every_machine_and_another_under_another_secret() -> None:
    """It does not hang on Python's hash seed; under another secret not one number is the same."""
    script = (
        "from detect.reading import mentions, repeats; from ingest import watchlist; from scene import COPYPASTA;"
        f"print(repeats.fingerprint(COPYPASTA, mentions.prepare(watchlist.load()), {SECRET}))"
    )
    path = os.pathsep.join(sys.path)
    told = {
        subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path},
        ).stdout.strip()
        for seed in ("1", "2")
    }  # fmt: skip
    assert told == {str(numbers(COPYPASTA))}
    assert not set(numbers(COPYPASTA)) & set(numbers(COPYPASTA, SECRET + 1))


def test_a_part_of_a_text_cannot_be_found_in_its_fingerprint() -> None:
    """Who guesses half a text learns nothing from the numbers that he could go on from: hardly one is the same."""
    half = COPYPASTA[: len(COPYPASTA) // 2]
    assert shared(COPYPASTA, half) < repeats.SHARED
    assert shared(COPYPASTA, own_words(1)) == 0


def test_the_first_to_say_it_is_counted_and_the_others_repeat() -> None:
    """Of one text by three people the first in time is no repeat, in whatever order the rows stand."""
    one = numbers(COPYPASTA)
    rows = complaints((2, 3, one), (0, 1, one), (1, 2, one))
    assert repeats.mark(rows).tolist() == [True, False, True]


def test_nobody_repeats_oneself() -> None:
    """A person who posts one text in two places is no repeat, even where another copied it in between."""
    one = numbers(COPYPASTA)
    assert repeats.mark(complaints((0, 1, one), (1, 1, one))).tolist() == [False, False]
    assert repeats.mark(complaints((0, 1, one), (1, 2, one), (2, 1, one))).tolist() == [False, True, False]


@pytest.mark.parametrize(("hours", "repeat"), [(47.9, True), (48.0, True), (48.1, False)])
def test_after_two_days_a_text_is_news_again(hours: float, repeat: bool) -> None:
    """The window is 48 hours from the text that was counted."""
    one = numbers(COPYPASTA)
    assert repeats.mark(complaints((0, 1, one), (hours, 2, one))).tolist() == [False, repeat]


def test_a_wave_that_goes_on_is_counted_once_in_two_days() -> None:
    """A repeat is nobody's original: 60 hours after the text that was counted it counts again, 20 after a repeat."""
    one = numbers(COPYPASTA)
    assert repeats.mark(complaints((0, 1, one), (40, 2, one), (60, 3, one))).tolist() == [False, True, False]


def test_what_is_said_of_another_service_is_no_repeat() -> None:
    """One post about two services stands in two rows, and neither makes a repeat of the other."""
    one = numbers(COPYPASTA)
    rows = complaints((0, 1, one), (0, 2, one), service=["claude", "openai"])
    assert not repeats.mark(rows).any()


TEXTS = [numbers(own_words(number)) for number in range(4)]
MIXED = [TEXTS[0][:8] + TEXTS[1][8:], TEXTS[0][: repeats.SHARED - 1] + TEXTS[2][repeats.SHARED - 1 :]]
FOUND = st.sampled_from([*TEXTS, *MIXED, None])
ROWS = st.lists(st.tuples(st.integers(0, 100), st.integers(0, 4), FOUND), max_size=30)


@given(ROWS, st.integers(0, 100), st.randoms())
def test_what_comes_later_changes_no_mark(rows: list[Any], until: int, chance: Any) -> None:
    """As of any time the marks are those of the whole record, in whatever order the rows are loaded."""
    whole = complaints(*rows)
    marks = repeats.mark(whole)
    known = whole[whole["counted_at"] < ONSET + timedelta(hours=until)]

    assert repeats.mark(known).equals(marks[known.index])

    order = list(range(len(whole)))
    chance.shuffle(order)
    assert repeats.mark(whole.iloc[order]).sort_index().equals(marks)


@given(ROWS)
def test_a_mark_has_a_cause(rows: list[Any]) -> None:
    """Whoever is marked shares enough numbers with an earlier complaint by another person within the window."""
    said_by = complaints(*rows)
    for here in np.flatnonzero(repeats.mark(said_by)):
        hours, person, found = rows[here]
        assert any(
            other is not None
            and len(set(other) & set(found)) >= repeats.SHARED
            and who != person
            and (before, number) < (hours, here)
            and before >= hours - 48
            for number, (before, who, other) in enumerate(rows)
        )


def test_a_crowd_that_shares_one_number_is_looked_through_in_bounds() -> None:
    """Thousands of texts with one piece in common do not hide a copy, and are no copies."""
    chance = np.random.default_rng(1)
    drawn = chance.integers(1, 2**60, size=(3000, repeats.BANDS))
    drawn[:, 0] = 7
    rows = [(number / 100, number, one.tolist()) for number, one in enumerate(drawn)]
    marks = repeats.mark(complaints(*rows, (31.0, 9999, rows[0][2])))
    assert np.flatnonzero(marks).tolist() == [3000]


HOSTILE = st.text(alphabet=st.one_of(st.characters(), st.sampled_from('\ud800\x00`"{「“>@#: \n')), max_size=300)


@given(HOSTILE, st.integers(0, 20))
def test_no_text_makes_it_fail(text: str, times: int) -> None:
    """Unpaired surrogates, NUL, open quotes, endless code: a fingerprint or none, never an exception."""
    found = repeats.fingerprint(text * times, NAMES, SECRET)
    assert found is None or len(found) == repeats.BANDS


def test_no_complaints_have_no_marks() -> None:
    """An empty record, and one of short texts alone, mark nothing."""
    assert repeats.mark(complaints()).tolist() == []
    assert repeats.mark(complaints((0, 1, None), (1, 2, None))).tolist() == [False, False]


def test_a_storm_of_copies_raises_no_alarm_and_as_many_people_in_their_own_words_do(scene: Scene) -> None:
    """Sixty copies of one text count once and stand in `repeated`; sixty complaints of their own are an episode.

    A regular who had complained shortly before is no part of it.
    """
    scene.tell(every(20, [COPYPASTA.replace("office", f"office{'!' * n}") for n in range(60)]))
    scene.judge()
    assert scene.ask("SELECT count(*) FROM episodes WHERE service = 'claude'") == [(0,)]
    assert (scene.counted(), scene.counted("repeated")) == (1, 59)

    scene.tell(every(20, [own_words(number) for number in range(60)], first=100))
    scene.judge()
    assert scene.ask("SELECT complaints, repeats, people FROM episodes WHERE service = 'claude'") == [(120, 59, 61)]
    assert (scene.counted(), scene.counted("repeated")) == (61, 59)


def test_three_hundred_people_with_the_same_short_words_are_all_counted(scene: Scene) -> None:
    """What people say independently of each other is never taken for a copy."""
    scene.tell(every(6, ["claude down?"] * 300))
    scene.judge()
    assert (scene.counted(), scene.counted("repeated")) == (300, 0)
    assert scene.ask("SELECT repeats FROM episodes WHERE service = 'claude'") == [(0,)]


def test_a_replay_gives_the_marks_of_then(scene: Scene) -> None:
    """As of a time in the middle of a storm the buckets up to it are those of the whole record."""
    scene.tell(every(60, [COPYPASTA, own_words(1)] * 30))
    until = ONSET + timedelta(minutes=25)
    query = (
        "SELECT bucket_start, observed, repeated FROM buckets "  # noqa: S608  (ours)
        f"WHERE service = 'claude' AND kind = 'outage' AND bucket_start < '{until.isoformat()}' ORDER BY bucket_start"
    )
    scene.judge()
    whole = scene.ask(query)
    scene.judge(as_of=until)
    assert scene.ask(query) == whole
    assert sum(repeated or 0 for _, _, repeated in whole) > 10


def test_a_text_leaves_no_letter_behind(scene: Scene) -> None:
    """After its text is gone a complaint keeps its judgement and its fingerprint, and no word of it is in the file."""
    word = "zyxwvutsrqponmlk"
    scene.tell([said(1, ONSET, COPYPASTA.replace("office", word))])
    scene.judge()
    [(fingerprint,)] = scene.ask("SELECT fingerprint FROM judgements WHERE fingerprint IS NOT NULL")
    assert len(fingerprint) == repeats.BANDS
    stored = [row for table in ("judgements", "buckets", "episodes") for row in scene.ask(f"FROM {table}")]
    assert word not in str(stored)
