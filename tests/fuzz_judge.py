"""Throw texts at everything that reads them, guided by what of the code they reach (atheris, libFuzzer).

    python tests/fuzz_judge.py          ten minutes
    python tests/fuzz_judge.py 60       as many seconds as you like

Each input is taken for a post that is judged, for a text that is folded, for a line of a file, and for a frame of
Bluesky's stream, which is to be kept or not the same decoded and undecoded. Whatever raises what it does not document,
or breaks what it promises, ends the run: the input is printed, and the exit code is not 0.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import atheris

with atheris.instrument_imports(include=["ingest", "detect"]):
    from detect.reading import complaints, corpus, languages, phrases, quoting, repeats
    from ingest import folding, watchlist
    from ingest.authors import AuthorKeys
    from ingest.files import lines
    from ingest.hostile import masked, plain
    from ingest.sources.jetstream import match
    from ingest.sources.jetstream.frames import V1, V2, ServerSaid, Wire
    from ingest.sources.jetstream.match import Names, Sieve
    from ingest.sources.jetstream.scan import scanner

import pyarrow as pa

SECONDS = 600
WEIGHED = 64
"""Of so many inputs one is read by the classifier too: that takes a hundred times longer."""

WATCHED = watchlist.load()
RULES = phrases.prepare(WATCHED, frozenset({7}))
NAMES = Names(WATCHED)
KEYS = AuthorKeys(bytes(32))
PLACES = [("reddit", "r/ClaudeAI"), ("x", ""), ("github", "anthropics/claude-code"), ("hackernews", "")]
FORMS = ["post", "comment", "reply", "quote", "issue"]
LANGS = [None, "en", "zh-TW", "und", "\x00", "x" * 50]
WORDS = [
    *(
        "claude",
        "chatgpt",
        "gemini",
        "сlaude",
        "ｃｌａｕｄｅ",
        "クロード",
        "克劳德",
        "opus 4.6",
        "is down",
        "529",
        "limit",
    ),
    *("\n> ", "&gt; ", "```", "`", "{", '"', "“", "«", "「", "error: ", "api error", "https://", "@", "#", "u/"),
    *(
        "\x00",
        "\ud800",
        "\u0337" * 9,
        "\u200b",
        "İ",
        "ı",
        "🌞",
        "\u202e",
        " , ",
        "and ",
        "\t",
        "\r\n",
        "？",
        "yesterday",
    ),
]
SCHEMA = pa.schema(
    [("post_key", pa.int64()), ("author_key", pa.int64())]
    + [(name, pa.string()) for name in ("platform", "place", "form", "text", "lang")]
)


class Fuzzed:
    """One run: what is called, and how often."""

    def __init__(self) -> None:
        match.FEW = 0
        self.model = complaints.fit(corpus.load()[::8], RULES)
        self.plain = complaints.Reader(RULES, secret=17)
        self.full = complaints.Reader(RULES, self.model, secret=17)
        self.calls = 0

    def one(self, given: bytes) -> None:
        """Take one input for everything. Raises whatever is found."""
        self.calls += 1
        provider = atheris.FuzzedDataProvider(given)
        platform, place = provider.PickValueInList(PLACES)
        form, lang = provider.PickValueInList(FORMS), provider.PickValueInList(LANGS)
        text = "".join(
            provider.PickValueInList(WORDS) if provider.ConsumeBool() else provider.ConsumeUnicode(12)
            for _ in range(provider.ConsumeIntInRange(0, 40))
        ) + provider.ConsumeUnicode(provider.remaining_bytes())
        try:
            self.text(text, lang)
            self.post(plain(text), platform, place, form, lang)
            self.line(given, text)
            for wire in (V1, V2):
                self.frames(given, text, wire)
        except BaseException:
            print(f"found by {given!r}\nas a post at {platform} {place!r}, {form}, {lang!r}: {text!r}", flush=True)
            raise

    def text(self, text: str, lang: str | None) -> None:
        """Read a text of any content, as `explain` does."""
        folded = folding.folded(text)
        assert not any("\ud800" <= letter <= "\udfff" for letter in folded)
        quoting.parted(text)
        masked(text)
        repeats.fingerprint(text, RULES.names, 17)
        assert languages.tell([folded], [lang]) == languages.tell([folded], [lang])
        complaints.open_post(RULES, complaints.place_of(RULES, "x", "", ("claude",)), 7, "post", text)

    def post(self, text: str, platform: str, place: str, form: str, lang: str | None) -> None:
        """Judge a post as it is stored: one row a service, the same twice."""
        row = {"post_key": 1, "author_key": 3, "platform": platform, "place": place}
        batch = pa.RecordBatch.from_pylist([row | {"form": form, "text": text, "lang": lang}], schema=SCHEMA)
        reader = self.full if self.calls % WEIGHED == 0 else self.plain
        judged = complaints.judge(batch, reader).to_pylist()
        assert len({one["service"] for one in judged}) == len(judged)
        assert complaints.judge(batch, reader).to_pylist() == judged

    def line(self, given: bytes, text: str) -> None:
        """Read a line of a file: a fact or a ValueError."""
        row = {"platform": "x", "post_id": "1", "place": text, "posted_at": "2026-04-15T12:00:00Z", "text": text}
        for raw in (given, json.dumps(row), json.dumps(row | {"posted_at": text, "author": text, "url": text})):
            for read in (lambda raw: lines.post(raw, KEYS), lines.incident):
                try:
                    read(raw)
                except ValueError:
                    continue

    def frames(self, given: bytes, text: str, wire: Wire) -> None:
        """Sift frames both ways."""
        calm, said = (self.frame(one, wire) for one in ("a day out", text))
        halves = (said[: len(said) // 2] + given[:40], said.replace(b'"create"', b'"update"'))
        batch = [calm, said, given, calm, *halves]
        ways = []
        for searching in (scanner(NAMES.clues), None):
            sieve = Sieve(NAMES)
            sieve.scanner = searching
            try:
                sieve.sift(batch, wire, None)
            except ServerSaid as farewell:
                ways.append(str(farewell))
            ways += [sieve.take(), sieve.last]
        assert ways[: len(ways) // 2] == ways[len(ways) // 2 :]

    def frame(self, text: str, wire: Wire) -> bytes:
        """Write a new post as a frame."""
        record = {"$type": "app.bsky.feed.post", "text": text}
        body = {"collection": "app.bsky.feed.post", "operation": "create", "record": record, "rev": "3", "rkey": "3k"}
        if wire is V1:
            told = {"commit": body, "did": "did:plc:x", "kind": "commit", "time_us": 1776254400000000}
        else:
            kind = "network.bsky.jetstream.subscribeEvents#commit"
            payload = {"$type": kind, "did": "did:plc:x", **body, "time": "2026-04-15T12:00:00.000000Z"}
            told = {"$type": "message", "payload": payload}
        ascii_only = len(text) % 2 == 1
        return json.dumps(told, ensure_ascii=ascii_only, separators=(",", ":")).encode("utf-8", "replace")


def main() -> None:
    """Fuzz for the seconds asked for; libFuzzer ends the process by itself."""
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    for number, text in enumerate([*(text.text for text in corpus.load()[::100]), *WORDS]):
        (folder / f"seed-{number}").write_bytes(b"\x00\x01\x02" + text.encode("utf-8", "surrogatepass"))
    options = [
        f"-max_total_time={seconds}",
        "-max_len=4096",
        "-timeout=20",
        "-rss_limit_mb=3000",
        "-print_final_stats=1",
    ]
    atheris.Setup([sys.argv[0], *options, f"-artifact_prefix={folder}/", str(folder)], Fuzzed().one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
