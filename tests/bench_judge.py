"""How many posts `judge` reads a second, and what it costs. A script, no test: `python tests/bench_judge.py`.

(a) By the rules alone, most posts naming nobody; beside a naive scan.
(b) With the classifier, posts that pass the prefilter, in batches: the texts of the corpus, each where it stands.
    The first time each word is met; then they are known, as most are in a stream.
    Beside the cheapest peer on the same texts: hashed words and pairs of words, and one linear model's prediction.
(c) Loading the model, beside numpy loading as many bytes; and fitting it.
(d) Peak memory of a process that loads the model and judges (b), and how much of it the libraries take.
(e) Milliseconds a kilobyte, for texts of 10 kB, 100 kB and 1 MB: where it is linear, the last over the first is about
    1. Judging reads 4,000 characters.

The posts of (a) are synthetic, drawn from a fixed seed: invented filler of a post's usual length, 97 % of which names
no service, 2 % by alias (a third of these complain) and 1 % in a service's place. The yardstick lowers each text and
asks for every phrase in turn, with `any(phrase in text)`: no word bounds, no places, no kinds.
"""

import os

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")  # one core

import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import SGDClassifier

from detect.reading import classifier, complaints, corpus, languages, mentions, phrases, quoting, repeats, vocabulary
from ingest import folding, watchlist
from ingest.hostile import plain

POSTS = 200_000
BATCH = 50_000
FILLER = tuple(
    word
    for line in (
        "the a morning coffee garden match goal song album train weather city photo dog street rain movie book",
        "friend week today people world market team night summer river light window paper idea story again never",
        "always really maybe later found bought made watched heard better small large first last",
    )
    for word in line.split()
)
SAID = ("is down again", "529 overloaded", "wrote my tests", "is great", "hit my usage limit", "drew a nice picture")


def draw(n: int, seed: int = 20260415) -> list[dict[str, Any]]:
    """Draw synthetic posts: the same ones for the same seed."""
    chance = random.Random(seed)
    posts = []
    for key in range(n):
        words = chance.choices(FILLER, k=chance.randint(4, 40))
        place, share = "", chance.random()
        if share < 0.02:
            words.insert(chance.randrange(len(words)), f"Claude {chance.choice(SAID)}")
        elif share < 0.03:
            place = "r/ClaudeAI"
        posts.append(
            {
                "post_key": key, "platform": "reddit" if place else "bluesky", "place": place, "author_key": key,
                "form": "post", "lang": "en", "text": " ".join(words).capitalize(),
            }
        )  # fmt: skip
    return posts


def timed(run: Callable[[], int]) -> tuple[float, int]:
    """Run once: seconds, and what it answers."""
    started = time.perf_counter()
    answer = run()
    return time.perf_counter() - started, answer


def by_rules() -> None:
    """(a): posts a second of both, from one run."""
    table = pa.Table.from_pylist(draw(POSTS))
    batches = table.to_batches(max_chunksize=BATCH)
    texts = table.column("text").to_pylist()
    rules = complaints.prepare(watchlist.load(), frozenset())
    phrases = [
        mentions.folded(phrase)
        for lists in vocabulary.load().values()
        for listed in lists.values()
        for phrase in listed
    ]

    def judge() -> int:
        return sum(len(complaints.judge(batch, rules)) for batch in batches)

    def naive() -> int:
        return sum(any(phrase in text for phrase in phrases) for text in map(str.lower, texts[: POSTS // 10]))

    print(
        f"synthetic posts: {POSTS:,}, {sum(map(len, texts)) / POSTS:.0f} characters on average; "
        f"{len(phrases):,} phrases"
    )
    seconds, rows = timed(judge)
    print(f"(a) judge, rules     {POSTS / seconds:>10,.0f} posts/s   {rows:,} rows")
    seconds, found = timed(naive)
    print(f"    naive yardstick  {POSTS / 10 / seconds:>10,.0f} posts/s   {found:,} of a tenth match")


def passing() -> pa.RecordBatch:
    """Give the corpus as posts, as often as makes one large batch."""
    texts = corpus.load()
    rows = [
        {
            "post_key": key, "platform": text.platform, "place": text.place, "author_key": key, "form": text.form,
            "lang": None, "text": text.text,
        }
        for key, text in enumerate(texts)
    ]  # fmt: skip
    types = {"post_key": pa.int64(), "author_key": pa.int64()}
    schema = pa.schema([(name, types.get(name, pa.string())) for name in rows[0]])
    return pa.RecordBatch.from_pylist(rows, schema=schema)


def by_classifier(model: classifier.Model) -> None:
    """(b): posts a second of the whole judgement, and of the cheapest peer."""
    batch = passing()
    reader = complaints.prepare(watchlist.load(), frozenset(), model, secret=17)
    began = time.process_time()
    here = set(complaints.judge(batch, reader).column("post_key").to_pylist())
    first = len(batch) / (time.process_time() - began)
    batch = batch.filter(pa.array([key in here for key in batch.column("post_key").to_pylist()]))
    texts = batch.column("text").to_pylist()
    peer = HashingVectorizer(ngram_range=(1, 2), n_features=2**18)
    linear = SGDClassifier(loss="log_loss").fit(peer.transform(texts[:2000]), [n % 2 for n in range(2000)])
    ways: dict[str, Callable[[], int]] = {
        "judge, classifier": lambda: len(complaints.judge(batch, reader)),
        "cheapest peer": lambda: len(linear.predict_proba(peer.transform(texts))),
    }
    took: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(5):
        for name, way in ways.items():
            began = time.process_time()
            way()
            took[name].append(time.process_time() - began)
    judged, plain_ = (len(texts) / statistics.median(seconds) for seconds in took.values())
    print(f"(b) judge, classifier{judged:>10,.0f} posts/s   aim 10,000; {len(texts):,} posts that pass")
    print(f"    the first time   {first:>10,.0f} posts/s   no word looked up before, the language model not loaded")
    print(f"    cheapest peer    {plain_:>10,.0f} posts/s   judging takes {plain_ / judged:.1f} times as long")


def loading() -> classifier.Model:
    """(c): seconds of a fit, of a load, and of numpy loading as many bytes."""
    began = time.process_time()
    model = complaints.fit(corpus.load(), phrases.prepare(watchlist.load(), frozenset()))
    fitted = time.process_time() - began
    packed = classifier.pack(model)
    with tempfile.TemporaryDirectory() as folder:
        kept, as_large = Path(folder) / "reader.npz", Path(folder) / "bytes.npz"
        kept.write_bytes(packed)
        np.savez(as_large, bytes=np.frombuffer(packed, np.uint8))
        ours = min(timed(lambda: len(classifier.unpack(kept.read_bytes()).outage.weights))[0] for _ in range(5))
        peer = min(timed(lambda: len(np.load(as_large)["bytes"]))[0] for _ in range(5))
    print(f"(c) fit              {fitted:>10.1f} s   of CPU, aim 10; {len(corpus.load()):,} texts")
    print(f"    load             {ours:>10.3f} s   aim 0.3; {len(packed) / 1e6:.1f} MB; numpy alone {peer:.3f} s")
    return model


def memory(model: classifier.Model) -> None:
    """(d): peak memory of a fresh process."""
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "reader.npz"
        kept.write_bytes(classifier.pack(model))
        told = subprocess.run([sys.executable, __file__, str(kept)], check=True, capture_output=True, text=True).stdout
    before, peak = map(float, told.split())
    print(f"(d) peak memory      {peak:>10.0f} MB   aim 300; {before:.0f} MB of it once the libraries are imported")


def peak() -> float:
    """Megabytes that this process has taken at most; Linux's own figure, since the other is handed down by a parent."""
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return float(line.split()[1]) / 1e3
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def in_a_process_of_its_own(kept: Path) -> None:
    """(d): load the model, judge, and print megabytes before and after."""
    before = peak()
    reader = complaints.prepare(watchlist.load(), frozenset(), classifier.unpack(kept.read_bytes()), secret=17)
    complaints.judge(passing(), reader)
    print(before, peak())


def linearity() -> None:
    """(e): what a kilobyte costs in short and long texts, for the worst of some bad ones."""
    rules = phrases.prepare(watchlist.load(), frozenset())
    at_home = complaints.place_of(rules, "x", "", ("claude",))
    ways: dict[str, Callable[[str], Any]] = {
        "folded": folding.folded,
        "plain": plain,
        "quotes": quoting.parted,
        "names": lambda text: mentions.find_names(folding.folded(text), rules.names),
        "language": lambda text: languages.tell([text], [None]),
        "fingerprint": lambda text: repeats.fingerprint(text, rules.names, 17),
        "judged": lambda text: complaints.open_post(rules, at_home, None, "post", text),
    }
    bad = [
        "a",
        "claude, ",
        "> ",
        "`",
        "error: ",
        "\u0337",
        "сlaude ",
        " \t",
        "{",
        "e\u0301\u0489",
        "🌞\u200d",
        "\ufdfa",
        '"',
    ]
    for name, way in ways.items():
        worst = [0.0, 0.0, 0.0]
        for piece in bad:
            for which, size in enumerate((10_000, 100_000, 1_000_000)):
                text = piece * (size // len(piece))
                took = []
                for _ in range(3):
                    began = time.process_time()
                    way(text)
                    took.append(time.process_time() - began)
                worst[which] = max(worst[which], min(took) / size * 1e6)
        shown = ", ".join(f"{one:.2f}" for one in worst)
        print(f"(e) {name:12}{shown:>22} ms/kB at 10 kB, 100 kB, 1 MB: {worst[2] / worst[0]:.2f}")


def main() -> None:
    """Print all of it, or what the process of (d) prints."""
    if len(sys.argv) > 1:
        in_a_process_of_its_own(Path(sys.argv[1]))
        return
    by_rules()
    model = loading()
    by_classifier(model)
    memory(model)
    linearity()


if __name__ == "__main__":
    main()
