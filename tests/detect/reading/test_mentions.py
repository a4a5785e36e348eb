"""Which posts speak of which service. Every text here is invented."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detect.reading import mentions
from ingest import watchlist

NAMES = mentions.prepare(watchlist.load())


def spoken_of(text: str, *here: str) -> list[tuple[str, str]]:
    named = mentions.find_names(mentions.folded(text), NAMES)
    return [(mention.service, mention.by) for mention in mentions.tag(named, here)]


@pytest.mark.parametrize(
    "text",
    [
        "Claude?", "cLAUDE is fine", "the claude's answer", "#claude", "(claude)", "claude_code",
        "asked opus 4.6 again", "Claude挂了", "Claudeが遅い",
        "claude가 느려", "클로드가 느려",
        "今天克劳德很慢", "спросил, клод молчит",
    ],
)  # fmt: skip
def test_a_name_is_found_however_it_is_written(text: str) -> None:
    """Capitals, punctuation, and scripts without spaces do not hide a name."""
    assert spoken_of(text) == [("claude", "alias")]


@pytest.mark.parametrize(
    "text", ["claudette rang", "St. Claude's market", "declaudeify", "anthropical fish", "opus 41", ""]
)
def test_a_part_of_a_word_is_no_name(text: str) -> None:
    """Only whole words count as a name."""
    assert spoken_of(text) == []


@pytest.mark.parametrize(
    "text", ["Jean-Claude is late", "JEAN CLAUDE is late", "a print by Claude Monet", "Saint-Claude, Jura"]
)
def test_people_and_towns_named_claude_are_not_the_service(text: str) -> None:
    """A word of `not_aliases` makes a name somebody else's."""
    assert spoken_of(text) == []


def test_a_namesake_does_not_hide_the_service() -> None:
    """Somebody else's name cancels only itself, not the name that stands elsewhere in the text."""
    assert spoken_of("Jean-Claude asked Claude") == [("claude", "alias")]


def test_the_place_speaks_where_the_text_does_not() -> None:
    """A post that names no service speaks of that of its place."""
    assert spoken_of("is it just me?", "claude") == [("claude", "place")]
    assert spoken_of("is it just me?") == []


def test_a_name_outweighs_the_place_which_is_still_told() -> None:
    """Another service named in Claude's place is spoken of by alias, and Claude by place."""
    assert spoken_of("chatgpt fell over", "claude") == [("openai", "alias"), ("claude", "place")]
    assert spoken_of("claude fell over", "claude") == [("claude", "alias")]


def meant(text: str, words: str, *here: str) -> tuple[str, ...]:
    folded = mentions.folded(text)
    return mentions.about(folded.index(words), mentions.find_names(folded, NAMES), here, folded, reach=40)


def test_words_are_said_of_the_name_before_them() -> None:
    """Of two services in one text each gets what is said after its name, and the first what is said before any."""
    assert meant("claude is slow, chatgpt is down", "slow") == ("claude",)
    assert meant("claude is slow, chatgpt is down", "down") == ("openai",)
    assert meant("it fails again: claude, not chatgpt is to blame", "fails") == ("claude",)
    assert meant("claude is up. chatgpt? no. claude is down", "down") == ("claude",)


@pytest.mark.parametrize("joint", [" and ", ", ", " & ", "/", " und ", "と", " и "])
def test_services_named_together_share_what_is_said(joint: str) -> None:
    """A list of names is spoken of as one."""
    assert set(meant(f"claude{joint}chatgpt down", "down")) == {"claude", "openai"}


def test_far_words_are_said_of_something_else() -> None:
    """Beyond the reach of a name its service is not meant, but in its own place it is."""
    text = f"claude wrote this story: {'once upon a time ' * 9} the lift was down"
    assert meant(text, "down") == ()
    assert meant(text, "down", "claude") == ("claude",)


@given(st.text(), st.sampled_from(["claude", "chatgpt", "jean-claude", "", "클로드"]), st.text())
def test_any_text_can_be_read(before: str, name: str, after: str) -> None:
    """No text raises, and what is found lies in the text, in order, without overlap."""
    folded = mentions.folded(f"{before} {name} {after}")
    found = mentions.find_names(folded, NAMES)
    assert all(0 <= one.start < one.end <= len(folded) for one in found)
    assert all(one.end <= other.start for one, other in pairwise(found))
