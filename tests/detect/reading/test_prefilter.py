"""The prefilter passes over no post that would be judged, and over nearly all that would not."""

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lakeposts import FIRST, draw

from detect.reading import complaints, mentions, prefilter
from ingest import watchlist
from ingest.folding import LOOK_LIKE, PLAINLY

WATCHED = watchlist.load()
NAMES = mentions.prepare(WATCHED)
PASSING = prefilter.prepare(WATCHED)
ALIASES = [alias for service in WATCHED.services.values() for alias in service.aliases]
HIDDEN = ["\u200d", "\u0301", "\ufe0f", "\u00ad", "\u0489", "i\u0307", "İ", "ı", "ſ", "Ｃ", "™", " ", "\n"]


def passes(text: str, place: str = "", passing: prefilter.Prefilter = PASSING) -> bool:
    """Say whether a post passes."""
    batch = pa.RecordBatch.from_pydict({"text": pa.array([text], pa.string()), "place": [place]})
    return len(prefilter.sift(batch, passing)) == 1


@pytest.mark.parametrize("alias", ALIASES)
def test_every_name_passes_however_it_is_typed(alias: str) -> None:
    """Capitals, Turkish capitals, other spaces, letters that look alike, something invisible within."""
    alike = {latin: letter for letter, latin in LOOK_LIKE.items()}
    for text in (
        alias,
        alias.upper(),
        alias.title(),
        alias.upper().replace("I", "İ"),
        alias.replace(" ", "\u00a0\n"),
        f"x{alias[0]}\u200d{alias[1:]}",
        f"{alias[0]}\u0336{alias[1:]}",
        alias.translate({ord(letter): other for letter, other in list(alike.items())[:3]}),
    ):
        if mentions.find_names(mentions.folded(text), NAMES):
            assert passes(f"is {text} down?"), text


@given(
    st.lists(
        st.one_of(
            st.sampled_from(ALIASES).flatmap(lambda name: st.sampled_from([name, name.upper(), name.swapcase()])),
            st.sampled_from([*HIDDEN, *LOOK_LIKE, *PLAINLY]),
            st.text(max_size=3),
            st.sampled_from(["claude", "gpt"]).flatmap(st.permutations).map("".join),
        ),
        max_size=8,
    ).map("".join)
)
def test_whatever_names_a_service_passes(text: str) -> None:
    """For any text: where a name is found once it is folded, the raw text passes."""
    text = text.encode("utf-8", "ignore").decode()
    if mentions.find_names(mentions.folded(text), NAMES):
        assert passes(text)


@pytest.mark.parametrize(
    ("place", "wanted"),
    [("r/ClaudeAI", True), ("R/CLAUDEAI/comments", True), ("r/claudeaimods", False), ("", False), ("r/ſomé", True)],
)
def test_a_place_that_is_about_a_service_passes(place: str, wanted: bool) -> None:
    """What stands in a service's place passes without naming it; a place not in ASCII is looked at."""
    assert passes("what a day", place) is wanted


def test_next_to_nothing_else_passes() -> None:
    """Of generated posts, of which 0.75 % name a service, not one in fifty passes."""
    (table,) = draw(FIRST, 50_000)
    (batch,) = table.to_batches()
    assert 0.005 < len(prefilter.sift(batch, PASSING)) / len(batch) < 0.02


def test_sql_and_arrow_pass_the_same_posts() -> None:
    """DuckDB's expressions find what Arrow's do, text by text."""
    (table,) = draw(FIRST, 20_000)
    sifted = prefilter.sift(table.to_batches()[0], PASSING).column("post_key").to_pylist()
    with duckdb.connect() as connection:
        connection.register("posts", table)
        found = connection.execute(
            "SELECT post_key FROM posts WHERE regexp_matches(text, $names) OR regexp_matches(place, $places)",
            {"names": PASSING.names, "places": PASSING.places},
        ).fetchall()
    assert sorted(key for (key,) in found) == sorted(sifted)


def test_a_judgement_is_the_same_after_the_prefilter(reader: complaints.Reader) -> None:
    """On generated posts what is judged of those that pass is what is judged of all."""
    (table,) = draw(FIRST, 20_000)
    (batch,) = table.to_batches()
    assert complaints.judge(prefilter.sift(batch, PASSING), reader) == complaints.judge(batch, reader)


def test_the_expressions_fit_into_any_sql() -> None:
    """Neither a quotation mark nor a backslash stands in them, whatever the watchlist says."""
    odd = watchlist.Watchlist(
        {
            "x": watchlist.Service(
                "X", ("c++", "a.b*'", '"q"', "r\\s", "o'neil [x]"), places={"reddit": ("r/a'b\\c",)}, name="x"
            )
        }
    )
    passing = prefilter.prepare(odd)
    for expression in (passing.names, passing.places):
        assert not set(expression) & set("'\"\\")
    for text in ("C++ is down", "it is A.B*' now", "O’NEIL [X]", 'the "Q"', "R\\S"):
        assert passes(text, passing=passing), text
    assert passes("anything", "R/A'B\\C", passing)
    nothing = prefilter.prepare(watchlist.Watchlist({"x": watchlist.Service("X", ("zzz",), name="x")}))
    assert not passes("anything", "r/ClaudeAI", nothing)
