"""The quick way through frames, undecoded, keeps what the plain one keeps."""

import json
import unicodedata
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback.jetstream import Told, account, commit, identity, record
from loopback.jetstream_world import NOW

from ingest import watchlist
from ingest.folding import LOOK_LIKE, PLAINLY
from ingest.sources.jetstream import scan
from ingest.sources.jetstream.frames import V1, V2, ServerSaid, Wire
from ingest.sources.jetstream.match import Kept, Names, Sieve

pytest.importorskip("hyperscan")

WATCHED = watchlist.load()
NAMES = Names(WATCHED)
SCANNER = scan.Scanner(NAMES.clues)
ALIASES = [alias for service in WATCHED.services.values() for alias in service.aliases]
ALIKE: dict[str, list[str]] = {}
for letter, latin in [*LOOK_LIKE.items(), *PLAINLY.items()]:
    ALIKE.setdefault(latin, []).append(letter)
WIDE = {letter: chr(ord(letter) + 0xFEE0) for letter in map(chr, range(0x21, 0x7F))}
HIDDEN = ["\u200b", "\u00ad", "\ufe0f", "\u200d", "\u0337", "\u0301", "\u0640", "\U000e0041", "\u212a", "\x00"]
AROUND = [
    "",
    " ",
    "\n",
    '"',
    "\\",
    "/",
    "&",
    "<",
    "a",
    "7",
    "が",
    "İ",
    "’",
    "é",
    "🌞",
    "is down",
    '"operation":"delete"',
]


@pytest.fixture(autouse=True)
def _however_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.sources.jetstream.match.FEW", 0)


@st.composite
def disguised(draw: st.DrawFn) -> str:
    """Draw a name of which some letters are of another case, width, face or alphabet, or have something hidden."""
    text = unicodedata.normalize(draw(st.sampled_from(["NFC", "NFD"])), draw(st.sampled_from(ALIASES)))
    said = []
    for letter in text:
        ways = [letter, letter.upper(), *ALIKE.get(letter.lower(), []), WIDE.get(letter, letter), *"Kİſ"]
        said += [draw(st.sampled_from(ways)) if draw(st.integers(0, 5)) == 0 else letter]
        said += [draw(st.sampled_from(HIDDEN))] if draw(st.integers(0, 9)) == 0 else []
    return draw(st.sampled_from([str, str.upper, str.title]))("".join(said))


texts = st.lists(disguised() | st.sampled_from(AROUND) | st.text(max_size=3), max_size=4).map(
    lambda parts: "".join(parts).encode("utf-8", "ignore").decode()
)


@st.composite
def happenings(draw: st.DrawFn) -> Told:
    """Draw what a stream tells: mostly new posts, with links; edits, deletions, accounts, names of accounts."""
    number = draw(st.integers(1, 9))
    what = draw(st.sampled_from(["create"] * 6 + ["update", "delete", "account", "identity", "odd"]))
    if what == "account":
        return account(number, NOW, active=draw(st.booleans()), status=draw(st.sampled_from([None, "deleted"])))
    if what == "identity":
        return identity(number, NOW)
    said: dict[str, Any] | None = record(draw(texts), NOW)
    if said and draw(st.booleans()):
        said["embed"] = {"$type": "app.bsky.embed.external", "external": {"uri": "x", "title": draw(texts)}}
    if what == "odd":
        broken: list[Any] = [{"text": 17, "a": draw(texts)}, {"text": draw(texts), "langs": 5, "embed": 3}, None, {}]
        said, what = draw(st.sampled_from(broken)), draw(st.sampled_from(["create", "update", "moved"]))
    if said and draw(st.integers(0, 5)) == 0:
        said["operation"] = draw(st.sampled_from(["create", "delete", {"operation": "create", "record": {}}]))
    return commit(number, NOW, what, said if what != "delete" else None, rev=draw(st.integers(1, 3)))


def written(told: dict[str, Any], ascii_only: bool, go: bool, spaced: bool, ordered: bool) -> bytes:
    """Write a frame as one encoder or another would."""
    text = json.dumps(told, ensure_ascii=ascii_only, sort_keys=ordered, separators=None if spaced else (",", ":"))
    if go:
        for letter in "&<>\u2028":
            text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text.encode("utf-8", "surrogatepass")


@st.composite
def batches(draw: st.DrawFn) -> tuple[Wire, list[bytes]]:
    """Draw some frames of one wire, most by one encoder, some by another; some cut or garbled."""
    wire = draw(st.sampled_from([V1, V2]))
    usual = draw(st.tuples(*[st.booleans()] * 4))
    frames = []
    for number, told in enumerate(draw(st.lists(happenings(), max_size=8))):
        skew = timedelta(seconds=number)
        how = usual if draw(st.integers(0, 3)) else draw(st.tuples(*[st.booleans()] * 4))
        frame = written(told.v1(skew) if wire is V1 else told.v2(number, skew), *how)
        garble = draw(st.integers(0, 19))
        at = draw(st.integers(0, len(frame)))
        if garble == 0:
            frame = frame[:at]
        elif garble == 1:
            frame = frame[:at] + draw(st.binary(max_size=3)) + frame[at + draw(st.integers(0, 3)) :]
        elif garble == 2:
            frame = b'{"$type":"error","error":"ConsumerTooSlow"}'
        frames.append(frame)
    return wire, frames


def outcome(frames: list[bytes], wire: Wire, *, scanned: bool) -> tuple[list[Kept], Any, str]:
    """Sift frames one way or the other: what is kept, the last that could be read, and the server's farewell."""
    sieve = Sieve(NAMES)
    if not scanned:
        sieve.scanner = None
    said = ""
    try:
        sieve.sift(frames, wire, None)
    except ServerSaid as farewell:
        said = str(farewell)
    return sieve.take(), sieve.last, said


@given(batches())
def test_the_same_is_kept_either_way(batch: tuple[Wire, list[bytes]]) -> None:
    """Posts, links, edits, deletions, accounts, broken frames and farewells, in any encoder's hand and any disguise."""
    wire, frames = batch

    assert outcome(frames, wire, scanned=True) == outcome(frames, wire, scanned=False)


@given(st.lists(texts, min_size=1, max_size=5), st.booleans())
def test_no_post_that_is_kept_is_passed_over(said: list[str], go: bool) -> None:
    """Among ordinary posts of one encoder, where most are passed over, whatever names a service is decoded."""
    frames = [
        written(commit(number, NOW, "create", record(text, NOW)).v2(number, timedelta(0)), False, go, False, True)
        for number, text in enumerate(["a day out", *said])
    ]
    shown = SCANNER.showing(frames)

    assert 0 not in shown
    for number, frame in enumerate(frames):
        if outcome([frame], V2, scanned=False)[0]:
            assert number in shown


@pytest.mark.parametrize(
    "text",
    [
        "CLAUDE",
        "сlaude",
        "ＣＬＡＵＤＥ",
        "КЛОД",
        "Джемини",
        "cla\u00adude",
        "haiKu",
        "GEMİNİ",
        "𝐜𝐥𝐚𝐮𝐝𝐞",
        "cℓaude",
        "クロード",
    ],
)
def test_a_disguise_is_decoded(text: str) -> None:
    """Capitals, look-alikes, full width, other faces, hidden characters; as UTF-8 and as escapes."""
    for ascii_only in (False, True):
        frame = written(commit(1, NOW, "create", record(text, NOW)).v2(1, timedelta(0)), ascii_only, False, False, True)
        assert SCANNER.showing([frame]) == [0]


def test_ordinary_posts_are_passed_over() -> None:
    """Emoji, other scripts, links with ampersands, quotation marks: none is decoded."""
    said = [
        "a day out ❤️ 🤷‍♂️…",
        "いい天気ですね！？",
        "хорошая погода",
        "안녕하세요",
        'he said "error"',
        "a & b <3",
        "x\n\ty",
    ]
    frames = [
        written(commit(number, NOW, "create", record(text, NOW)).v2(number, timedelta(0)), False, True, False, True)
        for number, text in enumerate(said, 101)
    ]

    assert SCANNER.showing(frames) == []


@pytest.mark.parametrize("aliases", [("a/b test",), ("q&a",), ('say "x"',), ("c++",), ("R",), ("ünïcode",), ("οδός",)])
def test_names_with_signs_are_looked_for_too(aliases: tuple[str, ...]) -> None:
    """What JSON or Go writes otherwise may be a part of a name."""
    names = Names(watchlist.Watchlist({"x": watchlist.Service("X", aliases, name="x")}))
    for text in (aliases[0], aliases[0].upper(), f"is {aliases[0]} down"):
        told = commit(1, NOW, "create", record(text, NOW)).v2(1, timedelta(0))
        for go in (False, True):
            for ascii_only in (False, True):
                assert scan.Scanner(names.clues).showing([written(told, ascii_only, go, False, True)]) == [0], text


@pytest.mark.parametrize(
    "more",
    [
        ',"operation":"delete"', ',"operation" : "delete"', ',"operation": "update"', ',"oper\\u0061tion":"delete"',
        ',"record":{"text":"claude"}',
    ],
)  # fmt: skip
def test_a_key_that_comes_again_is_seen(more: str) -> None:
    """Shaped by hand: the last of two keys counts, wherever it stands, and such a frame is decoded."""
    for wire in (V1, V2):
        told = [commit(number, NOW, "create", record("a day out", NOW)) for number in (1, 2, 3)]
        frames = [
            written(one.v1(timedelta(0)) if wire is V1 else one.v2(1, timedelta(0)), False, True, False, True)
            for one in told
        ]
        at = frames[1].index(b',"rkey"')
        frames[1] = frames[1][:at] + more.encode() + frames[1][at:]

        plain, scanned = (outcome(frames, wire, scanned=scanned) for scanned in (False, True))
        assert plain == scanned
        assert len(plain[0]) == 1


def test_names_of_signs_alone_are_looked_for_the_plain_way() -> None:
    """A name that JSON writes otherwise in every letter cannot be scanned for: nothing is, and nothing is lost."""
    names = Names(watchlist.Watchlist({"x": watchlist.Service("X", ("//",), name="x")}))

    assert Sieve(names).scanner is None


def test_names_of_no_latin_letter_are_looked_for() -> None:
    """A watchlist without a name in ASCII."""
    names = Names(watchlist.Watchlist({"x": watchlist.Service("X", ("クロード",), name="x")}))
    sieve = Sieve(names)
    for number, text in enumerate(["クロード落ちた", "claude is down"], 1):
        sieve.sift(
            [written(commit(number, NOW, "create", record(text, NOW)).v2(1, timedelta(0)), *[False] * 4)], V2, None
        )

    assert len(sieve.take()) == 1


def test_what_came_before_a_break_is_kept() -> None:
    """Frames that stop in the middle, and one that cannot be decompressed: all before them is sifted."""
    whole = [
        written(commit(number, NOW, "create", record("claude down", NOW)).v2(number, timedelta(0)), *[False] * 4)
        for number in range(1, 4)
    ]

    def broken() -> Iterator[bytes]:
        yield from whole
        raise OSError

    def packed(frame: bytes) -> bytes:
        if frame is whole[2]:
            raise OSError
        return frame

    ways: list[tuple[Any, Callable[[bytes], bytes] | None, int]] = [(broken(), None, 3), (whole, packed, 2)]
    for frames, unpacked, many in ways:
        sieve = Sieve(NAMES)
        with pytest.raises(OSError):  # noqa: PT011  (any will do)
            sieve.sift(frames, V2, unpacked)
        assert len(sieve.take()) == many
        assert sieve.last is not None
