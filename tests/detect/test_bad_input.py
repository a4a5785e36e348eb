"""Texts that nobody should write: they are judged like any other, without an exception, and twice the same."""

import ast
import base64
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safe_expressions import fault

import detect
from detect.reading import classifier, complaints, corpus, features, languages, mentions, phrases, quoting, repeats
from ingest import folding, watchlist
from ingest.hostile import plain

RULES = phrases.prepare(watchlist.load(), frozenset())
SCHEMA = pa.schema(
    [("post_key", pa.int64()), ("author_key", pa.int64())]
    + [(name, pa.string()) for name in ("platform", "place", "form", "text", "lang")]
)
ZALGO = "".join(letter + "\u0337\u0322\u034e\u0489" * 8 for letter in "claude is down")
BAD = {
    "empty": "",
    "blank": " \t\n\u3000\u200b",
    "long": "is claude down? " * 7_000,
    "long and of one letter": "a" * 100_000,
    "long and of one sign": "`" * 100_000,
    "NUL": "claude\x00 is\x00 down",
    "unpaired surrogates": "\ud800claude\udfff is down \ud83d",
    "zalgo": ZALGO,
    "zalgo without end": "c" + "\u0337" * 50_000,
    "mixed scripts": "claude упал 落ちた 다운 down معطل क्लॉड ล่ม",
    "homoglyphs": "сlaude is dоwn, сhаtgрt too",
    "emoji only": "🤷‍♂️🔥❤️🏳️‍🌈👨‍👩‍👧‍👦" * 50,
    "HTML": "<p>claude <b>is</b> down</p><script>alert(1)</script>&lt;&gt;&amp;" * 20,
    "base64": base64.b64encode(bytes(range(256)) * 40).decode(),
    "code": "```\nwhile True:\n    claude()  # is down\n```\n`api error: 529`" * 30,
    "code without end": "```" + "x\n`" * 3_000,
    "quoted parents": "> is claude down\n>> yes\n&gt; no\n\nsame here" * 40,
    "quotes without end": '"“«「' * 5_000 + "claude is down",
    "names without end": "claude, " * 5_000,
    "errors without end": "error: " * 5_000,
    "NFKC that grows": "\ufdfa" * 5_000,
    "one line of JSON": '{"error":{"type":"overloaded_error","message":"claude"}}' * 300,
    "right to left": "\u202eedualc\u202c is \u2066down\u2069",
    "noncharacters": "\uffff\ufffe\U0010ffff claude down",
}
PLACES = [("x", ""), ("reddit", "r/ClaudeAI"), ("github", "anthropics/claude-code"), ("\x00", "\x00")]
PIECES = [piece for text in BAD.values() for piece in (text[:40], text[-20:])]

texts = st.lists(
    st.sampled_from(PIECES)
    | st.sampled_from(
        ["claude", "сlaude", "ＣＬＡＵＤＥ", "chatgpt", " is down", " 529", "\n> ", "&gt;", "yesterday", "I "]
    )
    | st.text(st.characters(), max_size=20),
    max_size=12,
).map("".join)
"""Surrogates are among them, as an argument of `explain` may hold."""


@pytest.fixture(scope="module")
def reader() -> complaints.Reader:
    """Judge with everything there is; the classifier is fitted on a part of the corpus, which is quicker."""
    model = complaints.fit(corpus.load()[::30], RULES)
    return complaints.Reader(RULES, classifier.unpack(classifier.pack(model)), secret=17)


def judged(
    reader: complaints.Reader, posts: list[tuple[str, tuple[str, str], str, str | None]]
) -> list[dict[str, Any]]:
    """Judge posts: text, platform and place, form, language. Texts are stored without surrogates."""
    rows = [
        {
            "post_key": key, "author_key": None, "platform": platform, "place": place, "form": form, "lang": lang,
            "text": plain(text),
        }
        for key, (text, (platform, place), form, lang) in enumerate(posts)
    ]  # fmt: skip
    told: list[dict[str, Any]] = complaints.judge(pa.RecordBatch.from_pylist(rows, schema=SCHEMA), reader).to_pylist()
    return told


def is_sound(row: dict[str, Any]) -> bool:
    """Say whether a row holds what it may hold."""
    weighed = row["probability"] is None or 0 <= row["probability"] <= 1
    return (
        weighed
        and row["kind"] in {"outage", "limit", "quality", "none"}
        and (row["kind"] == "none") == bool(row["reason"])
    )


@pytest.mark.parametrize("form", ["post", "issue"])
def test_bad_texts_are_judged(reader: complaints.Reader, form: str) -> None:
    """Each of them, at every place: a sound row a service, no more, and the same ones when it is judged again."""
    posts = [(text, place, form, None) for text in BAD.values() for place in PLACES]
    rows = judged(reader, posts)

    assert rows == judged(reader, posts)
    assert all(map(is_sound, rows))
    assert len({(row["post_key"], row["service"]) for row in rows}) == len(rows)
    here = {key for key, (_, place, _, _) in enumerate(posts) if place in PLACES[1:3]}
    assert {row["post_key"] for row in rows if row["service"] == "claude"} >= here


@pytest.mark.parametrize("name", ["NUL", "zalgo", "homoglyphs", "unpaired surrogates", "quoted parents", "long"])
def test_a_name_is_seen_through_it(reader: complaints.Reader, name: str) -> None:
    """What disguises a name, or stands around it, does not hide it where no place helps."""
    rows = judged(reader, [(BAD[name], ("x", ""), "post", None)])

    assert "claude" in {row["service"] for row in rows}


@given(
    texts, st.sampled_from(PLACES), st.sampled_from(["post", "comment", "issue", ""]), st.none() | st.text(max_size=6)
)
def test_any_text_is_judged(text: str, place: tuple[str, str], form: str, lang: str | None) -> None:
    """Whatever is written: no exception, one sound row a service, and judged twice it is judged the same."""
    posts = [(text, place, form, plain(lang) if lang else lang)]
    reader = complaints.Reader(RULES, secret=17)
    rows = judged(reader, posts)

    assert rows == judged(reader, posts)
    assert all(map(is_sound, rows))
    assert len({row["service"] for row in rows}) == len(rows)


@given(texts)
def test_any_text_is_read_by_every_part(text: str) -> None:
    """Folding is for good and leaves no surrogate; fingerprints, languages, quotes and features know any text."""
    folded = folding.folded(text)
    named = mentions.find_names(folded, RULES.names)
    (tongue,) = languages.tell([text], [None])
    numbers = repeats.fingerprint(text, RULES.names, 17)

    assert not re.search("[\ud800-\udfff]", folded)
    assert folding.folded(folding.folded(folded)) == folding.folded(folded)
    assert tongue is None or re.fullmatch("[a-z]{2,3}(-Han[st])?", tongue)
    assert numbers is None or len(numbers) == repeats.BANDS
    assert not re.search("^[ \t]*>", quoting.parted(text)[1], re.MULTILINE)
    for mention in mentions.tag(named, ()):
        shown = features.show(folded, mention, named, (), platform="x", form="post", found=[], ruled="none")
        assert len(shown.text) <= features.LONGEST + 1


def expressions() -> Iterator[tuple[str, re.Pattern[str], bool]]:
    """Every regular expression that reads a text, and whether it is tried at the beginning alone.

    Those kept in modules, those made for a watchlist, and those written in place.
    """
    for module in [*map(importlib.import_module, _modules()), folding]:
        for name, one in vars(module).items():
            if isinstance(one, re.Pattern):
                yield f"{module.__name__}.{name}", one, False
        for call in ast.walk(ast.parse(Path(str(module.__file__)).read_text("utf-8"))):
            match call:
                case ast.Call(ast.Attribute(ast.Name("re"), used), [ast.Constant(str(written)), *_]) if (
                    used != "compile"
                ):
                    yield f"{module.__name__}:{call.lineno}", re.compile(written), used in ("match", "fullmatch")
    for service, known in RULES.parts.items():
        yield f"models of {service}", known.models, False


def _modules() -> list[str]:
    return [
        found.name for found in pkgutil.walk_packages(detect.__path__, "detect.") if found.name != "detect.__main__"
    ]


def test_no_expression_takes_more_than_linear_time() -> None:
    """Safe by construction: see `fault`. And there are some."""
    found = list(expressions())

    assert len(found) >= 20
    assert {name: told for name, one, anchored in found if (told := fault(one, anchored=anchored))} == {}


@pytest.mark.parametrize(
    "bad",
    [
        r"(a+)+b",
        r"(?:\s|,)*x",
        r"\s*,?\s*and",
        r"\s+x",
        r"(?:ab|a)*c",
        r"a.*b.*c",
        r"x*y",
        r"[ab]+[bc]+d",
        r"(?:a*)*",
        r".*?x",
    ],
)
def test_an_unsafe_expression_is_told(bad: str) -> None:
    """The check can fail: nested repeats, two that may share letters, one that a search begins again and again."""
    assert fault(re.compile(bad))


@pytest.mark.parametrize(
    "good", [r'"[^"\n]*"', r"https?://\S+", r"(?m)^[ \t]*>[^\n]*$", r"(?s)```.*?(?:```|\Z)", r"\d{1,3}x"]
)
def test_a_safe_expression_is_not_told(good: str) -> None:
    """Delimited, last, anchored, bounded, or sure to succeed."""
    assert fault(re.compile(good)) is None
