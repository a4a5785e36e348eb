"""The classifier: fitted from our own corpus, kept as numbers, and better than the phrases alone."""

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import rensa

from detect.reading import classifier, complaints, corpus, fitting, phrases
from ingest import watchlist

RULES = phrases.prepare(watchlist.load(), frozenset())
POSTS = pa.schema(
    [("post_key", pa.int64()), ("author_key", pa.int64())]
    + [(name, pa.string()) for name in ("platform", "place", "form", "text")]
)
PLATFORMS = {
    "github issue": "github", "reddit": "reddit", "twitter": "x", "hacker news": "hackernews",
    "google play": "googleplay", "v2ex": "v2ex", "bluesky": "bluesky",
}  # fmt: skip
UNSEEN = Path(__file__).with_name("unseen.jsonl")


def judged(posts: list[dict[str, Any]], model: classifier.Model | None) -> list[dict[str, Any]]:
    """Judge posts: platform, place, form and text."""
    batch = pa.RecordBatch.from_pylist(
        [{"post_key": n, "author_key": None} | post for n, post in enumerate(posts)], schema=POSTS
    )
    rows: list[dict[str, Any]] = complaints.judge(batch, complaints.Reader(RULES, model)).to_pylist()
    return rows


def test_the_corpus_keeps_its_rules() -> None:
    """More than 3,000 texts in fourteen languages or more, five a template at most, no text twice for one service."""
    texts = corpus.load()

    assert len(texts) >= 3_000
    assert len({text.lang for text in texts}) >= 14
    assert max(Counter(text.template for text in texts).values()) <= 5
    assert max(Counter((text.text, text.service, text.place) for text in texts).values()) == 1
    assert {text.kind for text in texts} == {"outage", "limit", "quality", "none"}
    assert all((text.kind == "none") is (text.reason is not None) for text in texts)
    assert not [text for text in texts if text.kind != "outage" and text.symptom]


def test_hardly_a_text_repeats_another() -> None:
    """Near-duplicates, of which 8 in 10 pieces are shared, count once, and more than 3,000 texts remain."""
    texts = sorted({(text.lang, text.text.casefold()) for text in corpus.load()})
    search = rensa.RMinHashLSH(threshold=0.8, num_perm=128, num_bands=16)
    alike = 0
    for number, (_, text) in enumerate(texts):
        sketch = rensa.RMinHash(num_perm=128, seed=1)
        sketch.update([text[start : start + 4] for start in range(max(1, len(text) - 3))])
        if search.query(sketch):
            alike += 1
        else:
            search.insert(number, sketch)

    assert len(texts) - alike >= 3_000
    assert alike / len(texts) < 0.05


def test_it_is_kept_as_numbers(model: classifier.Model) -> None:
    """Packed and unpacked it reads the same; a file with a pickle in it is refused."""
    posts = [{"platform": "x", "place": "", "form": "post", "text": f"claude is down {n}"} for n in range(3)]

    assert judged(posts, classifier.unpack(classifier.pack(model))) == judged(posts, model)
    np.savez("evil.npz", outage_classes=np.array([object()], dtype=object), allow_pickle=True)
    with pytest.raises((ValueError, KeyError)):
        classifier.unpack(Path("evil.npz").read_bytes())


def test_a_broken_file_costs_a_fit_and_nothing_else(model: classifier.Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a file beside the database: fitted anew and put in its place."""
    monkeypatch.setattr(complaints, "fit", lambda texts, rules: model)
    file = fitting.file_in(Path())
    file.write_bytes(b"PK half of it")

    fitting.load_or_fit(Path())

    assert classifier.unpack(file.read_bytes()).otherwise.classes == model.otherwise.classes


def test_a_name_is_no_special_case(model: classifier.Model) -> None:
    """The same words about another watched service are judged alike, with the same probability."""
    said = "{} is down again, 529 on every request"
    rows = [
        judged([{"platform": "x", "place": "", "form": "post", "text": said.format(name)}], model)[0]
        for name in ("claude", "chatgpt", "google gemini")
    ]

    assert {row["service"] for row in rows} == {"claude", "openai", "gemini"}
    assert {(row["kind"], row["probability"]) for row in rows} == {("outage", rows[0]["probability"])}


def test_it_reads_real_texts_better_than_phrases_do(model: classifier.Model, shared_data: Path) -> None:
    """On the labelled development texts: F1 above the phrases' own, overall and off GitHub; limits stay limits."""
    labelled = [json.loads(line) for line in (shared_data / "posts/labelled-dev.jsonl").read_text("utf-8").splitlines()]
    posts = [as_post(post) for post in labelled]
    real = {n for n, post in enumerate(labelled) if post["label_complaint"]}
    off = {n for n, post in enumerate(labelled) if not post["platform"].startswith("github")}
    called = {
        name: {row["post_key"] for row in judged(posts, by) if row["service"] == "claude" and row["kind"] == "outage"}
        for name, by in (("phrases", None), ("model", model))
    }

    assert f1(called["model"], real) >= 0.82 > f1(called["phrases"], real)
    assert f1(called["model"] & off, real & off) >= f1(called["phrases"] & off, real & off)
    assert len(called["model"] & real) / len(called["model"]) >= 0.80
    other = [n for n, post in enumerate(labelled) if post["kind"] in ("limits", "quality")]
    assert len(called["model"].intersection(other)) / len(other) < 0.05


def test_texts_written_apart_are_read_in_every_language(model: classifier.Model) -> None:
    """Synthetic texts in nineteen languages, written without sight of vocabulary and corpus: a floor, not a figure."""
    texts = [json.loads(line) for line in UNSEEN.read_text("utf-8").splitlines()]
    posts = [{name: text[name] for name in ("platform", "place", "form", "text")} for text in texts]
    outage = {(row["post_key"], row["service"]) for row in judged(posts, model) if row["kind"] == "outage"}
    found = [(n, text["service"]) in outage for n, text in enumerate(texts) if text["kind"] == "outage"]
    wrong = [(n, text["service"]) in outage for n, text in enumerate(texts) if text["kind"] != "outage"]

    assert sum(found) / len(found) >= 0.72
    assert sum(wrong) / len(wrong) <= 0.11


def test_unrelated_texts_stay_unrelated(model: classifier.Model, shared_data: Path) -> None:
    """Crisis tweets, multilingual tweets, newsroom posts and Korean comments: 126,000 real texts, no outage in any."""
    for name in ("tweets_crisislex", "tweets_xlmt_8lang", "bluesky_posts", "comments_korean_news"):
        lines = gzip.decompress((shared_data / f"posts/{name}.jsonl.gz").read_bytes()).splitlines()
        posts = [
            {"platform": "x", "place": "", "form": "post", "text": json.loads(line).get("text") or ""} for line in lines
        ]
        assert not [row for row in judged(posts, model) if row["kind"] == "outage"], name


def as_post(labelled: dict[str, Any]) -> dict[str, Any]:
    """Give a labelled text the shape in which its platform's source would have brought it."""
    told = labelled["platform"]
    platform = next((ours for theirs, ours in PLATFORMS.items() if told.startswith(theirs)), "other")
    form = "issue" if platform == "github" else "post"
    if "comment" in told or platform == "hackernews":
        form = "comment"
    place = "com.anthropic.claude" if platform == "googleplay" else labelled["community"] or ""
    return {"platform": platform, "place": place, "form": form, "text": labelled["text"]}


def f1(called: set[int], real: set[int]) -> float:
    """Say the harmonic mean of precision and recall."""
    return 2 * len(called & real) / max(len(called) + len(real), 1)
