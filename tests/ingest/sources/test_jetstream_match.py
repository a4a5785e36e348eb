"""Which posts are kept: at least every post that `detect` would say speaks of a service, and not much more."""

import unicodedata

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback.jetstream import commit, record
from loopback.jetstream_world import NOW, SECOND

from detect.reading import mentions
from ingest import watchlist
from ingest.folding import LOOK_LIKE, PLAINLY
from ingest.sources.jetstream.frames import V2
from ingest.sources.jetstream.match import Names, Sieve

WATCHED = watchlist.load()
NAMES = Names(WATCHED)
LOOKED_FOR = mentions.prepare(WATCHED)
ALIASES = [alias for service in WATCHED.services.values() for alias in service.aliases]


def frame(number: int, text: str, **more: object) -> bytes:
    """Write a frame of v2 with a new post."""
    return msgspec.json.encode(commit(number, NOW, "create", record(text, NOW, **more)).v2(number, 0 * SECOND))


def kept(text: str, names: Names = NAMES, **more: object) -> bool:
    """Say whether a post is kept."""
    sieve = Sieve(names)
    sieve.sift([frame(1, text, **more)], V2, None)
    return len(sieve.take()) == 1


def watching(*aliases: str) -> Names:
    """Watch one service with these names."""
    return Names(watchlist.Watchlist({"x": watchlist.Service("X", aliases, name="x")}))


@pytest.mark.parametrize("alias", ALIASES)
def test_every_name_is_found_however_it_is_typed(alias: str) -> None:
    """Capitals, Turkish capitals, line breaks between its words, words and signs around it."""
    turkish = alias.upper().replace("I", "İ")
    for text in (
        alias,
        alias.upper(),
        turkish,
        alias.replace(" ", "\n\u00a0 "),
        f"is {alias}?",
        f"«{alias}»が",
        f"@{alias}",
    ):
        assert kept(text), text


@pytest.mark.parametrize("text", ["claudette is down", "eclaude", "sorabito", "gpts", "gptx", "what a day", "", "1gpt"])
def test_a_part_of_a_longer_word_is_not_kept(text: str) -> None:
    """Names are whole words, so that a short one does not keep everything."""
    assert not kept(text)


def test_a_very_short_name_does_not_keep_everything() -> None:
    """A name of two letters keeps the posts in which it is a word."""
    names = watching("ai", "R")
    assert not kept("he said it again, for a fair price", names)
    assert kept("ai is down", names)
    assert kept("is AI down", names)
    assert kept("is R down", names)


def test_names_with_signs_are_taken_as_they_are() -> None:
    """Nothing in a name is an expression."""
    names = watching("c++", "a.b*", "(x)", "d'or")
    for text in ("c++ is down", "A.B* down", "down (X)", "D’or down"):
        assert kept(text, names), text
    for text in ("c is down", "axb down", "x"):
        assert not kept(text, names), text


def test_a_link_that_names_a_service_is_kept() -> None:
    """The title of the link on a post, also beside a quotation; not its description or address."""
    link = {"uri": "https://claude.ai", "title": "Claude is down", "description": ""}
    assert kept("huh", embed={"$type": "app.bsky.embed.external", "external": link})
    assert kept("huh", embed={"$type": "app.bsky.embed.recordWithMedia", "media": {"external": link}})
    assert kept("opus magnum", embed={"$type": "app.bsky.embed.external", "external": link})
    other = link | {"title": "a day out", "description": "claude"}
    assert not kept("huh", embed={"$type": "app.bsky.embed.external", "external": other})
    assert not kept("huh", embed={"$type": "app.bsky.embed.images", "images": [{"alt": "claude"}]})


PIECES = [*ALIASES, *(alias.upper() for alias in ALIASES), *(alias.upper().replace("I", "İ") for alias in ALIASES)]
AROUND = [
    "",
    " ",
    "\n",
    "\u3000",
    "a",
    "7",
    "が",
    "가",
    "é",
    "İ",
    "ı",
    "’",
    "'",
    "-",
    ".",
    "#",
    "ß",
    "ﬁ",
    "İs",
    "is down",
]


@given(st.lists(st.sampled_from([*PIECES, *AROUND]) | st.text(max_size=3), max_size=8))
def test_nothing_is_lost_that_detect_would_find(pieces: list[str]) -> None:
    """Whatever `detect.reading.mentions` finds a name in is kept here; an alias in any case as well."""
    text = "".join(pieces).encode("utf-8", "ignore").decode()
    if mentions.find_names(mentions.folded(text), LOOKED_FOR):
        assert kept(text)


ALIKE: dict[str, list[str]] = {}
for letter, latin in [*LOOK_LIKE.items(), *PLAINLY.items()]:
    ALIKE.setdefault(latin, []).append(letter)
WIDE = {letter: chr(ord(letter) + 0xFEE0) for letter in map(chr, range(0x21, 0x7F))}
HIDDEN = ["\u200b", "\u00ad", "\ufe0f", "\u200d", "\u0337", "\u0301", "\u0640", "\u2060", "\U000e0041", "\u20dd"]


@st.composite
def disguised(draw: st.DrawFn) -> str:
    """Draw a name of which some letters are of another width, face or alphabet, or have something hidden at them."""
    text = draw(st.sampled_from(PIECES))
    if draw(st.booleans()):
        text = unicodedata.normalize(draw(st.sampled_from(["NFD", "NFKD"])), text)
    said = []
    for letter in text:
        ways = [letter, letter.upper(), *ALIKE.get(letter.lower(), []), WIDE.get(letter, letter)]
        if "a" <= letter <= "z":
            ways += [chr(0x1D41A + ord(letter) - ord("a")), chr(0x24D0 + ord(letter) - ord("a"))]
        said += [draw(st.sampled_from(ways)) if draw(st.integers(0, 3)) == 0 else letter]
        said += [draw(st.sampled_from(HIDDEN))] if draw(st.integers(0, 5)) == 0 else []
    return "".join(said)


@given(st.lists(disguised() | st.sampled_from(AROUND), max_size=4))
def test_no_disguise_hides_a_name_here_that_detect_would_see_through(pieces: list[str]) -> None:
    """Full width, other faces, look-alikes, hidden characters and decomposed letters: what detect finds is kept."""
    text = "".join(pieces)
    if mentions.find_names(mentions.folded(text), LOOKED_FOR):
        assert kept(text)


def test_what_folding_leaves_alone_is_no_clue() -> None:
    """Ordinary text of any script without a name takes the short way: emoji, punctuation, other alphabets."""
    for text in (
        "a day out ❤️ 🤷‍♂️…",
        "いい天気ですね！？",
        "хорошая погода, а что",
        "güzel bir gün ı",
        "καλημέρα",
        "안녕하세요",
    ):
        assert not NAMES.find(text.lower()), text


def test_a_change_that_comes_again_is_kept_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a reconnect repeats is dropped, and what is remembered stays bounded."""
    monkeypatch.setattr("ingest.sources.jetstream.match.REMEMBERED", 500)
    sieve = Sieve(NAMES)
    frames = [frame(number, "claude down") for number in range(1, 600)]
    sieve.sift(frames, V2, None)
    sieve.sift(frames[-400:], V2, None)
    assert len(sieve.take()) == len(frames)
    sieve.sift([frame(number, "claude down") for number in range(1000, 4000)], V2, None)
    assert len(sieve._recent) + len(sieve._before) <= 1000
