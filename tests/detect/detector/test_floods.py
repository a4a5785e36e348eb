"""Who stands behind an episode is told beside what is usual. Every post here is invented."""

import json
from datetime import timedelta
from typing import Any

import pandas as pd
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from scene import BEGIN, ONSET, Scene, every, own_words, said, scene

from detect.__main__ import door
from detect.detector import floods
from ingest.database import connect
from reports import timeline

__all__ = ["scene"]
END = ONSET + timedelta(hours=2)


def complaints(*rows: tuple[float, int, float], platform_days: float = 100.0, repeats: int = 0) -> pd.DataFrame:
    """Lay out complaints: hours after the onset, person, hours since the person's first judged post."""
    return pd.DataFrame(
        {
            "counted_at": pd.to_datetime([ONSET + timedelta(hours=at) for at, _, _ in rows], utc=True),
            "person": [person for _, person, _ in rows],
            "repeats": [number < repeats for number in range(len(rows))],
            "first_at": pd.to_datetime([ONSET + timedelta(hours=at - known) for at, _, known in rows], utc=True),
            "platform_since": pd.Timestamp(ONSET - timedelta(days=platform_days)),
        }
    )


def measured(said_by: pd.DataFrame, *others: tuple[Any, Any]) -> floods.Flood:
    return floods.measure(ONSET, END, said_by, [(ONSET, END), *others])


def test_the_busiest_three_have_their_share() -> None:
    """Of ten complaints, five by one person and one by each of five more, the busiest three wrote seven."""
    rows = [(0.1 * n, 1, 999.0) for n in range(5)] + [(0.1 * n, 10 + n, 999.0) for n in range(5)]
    flood = measured(complaints(*rows, repeats=2))
    assert (flood.complaints, flood.repeats, flood.busiest_share) == (10, 2, 0.7)


def test_new_is_who_first_wrote_less_than_a_day_before() -> None:
    """A first post 23 hours before makes a person new, one 25 hours before does not; each person is asked once."""
    flood = measured(complaints((0, 1, 0.0), (1, 1, 1.0), (1, 2, 23.0), (1, 3, 25.0), (1, 4, 900.0)))
    assert (flood.new_people, flood.new_share) == (2, 0.5)


def test_who_is_new_is_unknown_without_a_week_of_history() -> None:
    """Where a platform has been read for six days everybody would be new: nobody is called so."""
    young = measured(complaints((0, 1, 0.0), (1, 2, 0.0), platform_days=6.0))
    assert (young.new_people, young.new_share, young.usual_new_share) == (None, None, None)


def test_the_usual_is_taken_before_and_outside_episodes() -> None:
    """What was complained in another episode, or later, is not usual."""
    calm = [(-100.0 - n, n, 999.0) for n in range(30)]
    in_another = [(-50.0 - 0.01 * n, 1000 + n, 0.0) for n in range(60)]
    later = [(10.0 + 0.01 * n, 2000 + n, 0.0) for n in range(60)]
    now = [(0.01 * n, 3000 + n % 2, 0.0) for n in range(20)]
    other = (ONSET - timedelta(hours=52), ONSET - timedelta(hours=49))

    flood = measured(complaints(*calm, *in_another, *later, *now), other)

    assert (flood.new_share, flood.usual_new_share) == (1.0, 0.0)
    assert (flood.busiest_share, flood.usual_busiest_share) == (1.0, 0.15)


def test_of_too_few_nothing_is_usual() -> None:
    """Nineteen complaints before are no usual to compare with."""
    calm = [(-100.0 - n, n, 999.0) for n in range(floods.ENOUGH - 1)]
    flood = measured(complaints(*calm, (0, 1, 999.0)))
    assert (flood.usual_new_share, flood.usual_busiest_share) == (None, None)


@given(st.lists(st.tuples(st.floats(-700, 5), st.integers(0, 9), st.floats(0, 700)), max_size=60))
def test_shares_are_shares_and_nobody_is_counted_twice(rows: list[tuple[float, int, float]]) -> None:
    """Shares lie between 0 and 1, new people are at most the people there are, and no complaints have no share."""
    said_by = complaints(*rows)
    flood = measured(said_by)
    during = said_by[(said_by["counted_at"] >= ONSET) & (said_by["counted_at"] < END)]
    assert flood.complaints == len(during)
    assert all(part is None or 0 <= part <= 1 for part in (flood.busiest_share, flood.new_share, flood.usual_new_share))
    assert (flood.busiest_share is None) == during.empty
    assert (flood.new_people or 0) <= during["person"].nunique()


def told(scene: Scene) -> list[dict[str, Any]]:
    with connect(scene.path, read_only=True) as connection:
        rows = json.loads(timeline.as_json(timeline.load(connection, "claude")))
    assert isinstance(rows, list)
    return rows


def test_one_loud_account_counts_once_a_bucket_and_shows_as_the_busiest(scene: Scene) -> None:
    """An account that complains every ten seconds is one person in five minutes, and most of what is told."""
    scene.tell(every(10, [own_words(n) for n in range(180)], author="loud"))
    scene.tell(every(60, [f"is claude down? {'!' * n}" for n in range(20)], first=500))
    scene.judge()

    [row] = told(scene)

    assert scene.counted() == 6 + 20  # six buckets of one, and twenty people
    assert (row["complaints"], row["repeats"]) == (200, 0)
    assert row["busiest_share"] == round(182 / 200, 4)
    assert row["usual_busiest_share"] < 0.2
    assert row["new_share"] == 1.0
    assert row["usual_new_share"] < 0.5


def test_regulars_are_not_new(scene: Scene) -> None:
    """People who wrote of a service in the weeks before, if only praise, are not new when they complain."""
    scene.tell(
        [said(n, ONSET + timedelta(seconds=30 * n), own_words(n), f"regular_{n}") for n in range(30)],
    )
    scene.judge()
    [row] = told(scene)
    assert (row["new_people"], row["new_share"]) == (0, 0.0)


def test_loudest_lists_keys_and_names_nobody(scene: Scene) -> None:
    """The busiest account stands first, under the token that judgements have, without its handle."""
    scene.tell(every(10, [own_words(n) for n in range(30)], author="loud"))
    scene.judge()
    [(person,)] = scene.ask("SELECT mode(person) FROM judgements WHERE kind = 'outage' AND fingerprint IS NOT NULL")

    spoken = CliRunner().invoke(door, ["loudest", "--db", str(scene.path), "--service", "claude"])
    written = CliRunner().invoke(door, ["loudest", "--db", str(scene.path), "--json"])

    assert spoken.exit_code == written.exit_code == 0, (spoken, written)
    assert spoken.output.splitlines()[1].split()[:4] == [str(person), "claude", "reddit", "30"]
    first = json.loads(written.output)[0]
    assert (first["key"], first["complaints"], first["repeats"]) == (str(person), 30, 0)
    assert "loud" not in spoken.output.replace("loudest", "") + written.output


def test_loudest_looks_where_it_is_told(scene: Scene) -> None:
    """A span without complaints says so; a service that is not watched is refused."""
    scene.judge()
    until = (BEGIN - timedelta(days=1)).isoformat()
    assert (
        "nobody complained" in CliRunner().invoke(door, ["loudest", "--db", str(scene.path), "--until", until]).output
    )
    refused = CliRunner().invoke(door, ["loudest", "--db", str(scene.path), "--service", "nothing"])
    assert "not on the watchlist" in str(refused.exception)


def test_loudest_asks_for_a_judgement_first(scene: Scene) -> None:
    """Where nothing was judged it says what to run."""
    answer = CliRunner().invoke(door, ["loudest", "--db", str(scene.path)])
    assert "make detect" in str(answer.exception)
