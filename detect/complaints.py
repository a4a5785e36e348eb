"""Which mentions say that the service fails, now, for their author; of what kind, with which symptom, and how surely.

A kernel: a pure function from Arrow batches to Arrow batches, that knows no engine and no database. Phrases lay out
what a text says (`detect.phrases`), a classifier fitted on our own corpus weighs it (`detect.classifier`).
"""

from typing import Any

import msgspec
import pyarrow as pa

from detect import classifier, features, mentions, phrases
from detect.corpus import Text
from detect.phrases import LONGEST, Judgement, Rules
from ingest.watchlist import Watchlist

JUDGED = pa.schema(
    [
        ("post_key", pa.int64()), ("service", pa.string()), ("by", pa.string()), ("kind", pa.string()),
        ("reason", pa.string()), ("symptom", pa.string()), ("surface", pa.string()), ("model", pa.string()),
        ("probability", pa.float64()),
    ]
)  # fmt: skip

OUTAGE_AT = {("outage", True): 0.3, ("outage", False): 0.3, ("none", True): 0.6, ("none", False): 0.7}
"""From which probability on a post complains of an outage: by whether the rules say so too, and whether it stands in
the service's own place. Phrases are seldom wrong and miss much, so their word stands unless the classifier is sure of
the contrary; and most of what only mentions a name somewhere is about anything. Chosen on the development texts."""

LONG = 400
"""Bytes of a text, in UTF-8, from which on the classifier does not overrule the phrases' "none" unless the post stands
in the service's own place: it was taught on short texts, and long ones that only mention a name are about anything."""

REASONS = {"own fault": "client's own fault"}
"""What the corpus calls in short."""


class Reader(msgspec.Struct, frozen=True):
    """Everything the judgement goes by: the rules, and the classifier, None to go by the rules alone."""

    rules: Rules
    model: classifier.Model | None = None


class Opened(msgspec.Struct, frozen=True):
    """One post and one service that it speaks of, as the rules have them."""

    row: dict[str, Any]
    judgement: Judgement
    shown: features.Shown
    decided: bool
    at_home: bool
    long: bool


def prepare(watchlist: Watchlist, echo_authors: frozenset[int], model: classifier.Model | None = None) -> Reader:
    """Make what `judge` goes by, once."""
    return Reader(phrases.prepare(watchlist, echo_authors), model)


def judge(batch: pa.RecordBatch, reader: Reader) -> pa.RecordBatch:
    """Judge posts.

    Parameters
    ----------
    batch
        Columns `post_key` int64, `platform`, `place`, `author_key` int64 or null, `form`, `text` or null.
    reader
        From `prepare`.

    Returns
    -------
    One row per post and service that it speaks of, in the shape `JUDGED` and the order of the posts. `probability`
    is that of an outage; null where it was not weighed.
    """
    opened: list[Opened] = []
    wanted = ("post_key", "platform", "place", "author_key", "form", "text")
    listed = [batch.column(name).to_pylist() for name in wanted]
    places = set(zip(listed[1], listed[2], strict=True))
    here = {pair: reader.rules.names.watchlist.services_at(*pair) for pair in places}
    for post_key, platform, place, author_key, form, text in zip(*listed, strict=True):
        about = here[platform, place]
        opened += open_post(reader.rules, post_key, platform, place, author_key, form, text or "", about)
    return pa.RecordBatch.from_pylist(weighed(opened, reader.model), schema=JUDGED)


def open_post(
    rules: Rules, post_key: int, platform: str, place: str, author_key: int | None, form: str, text: str,
    here: tuple[str, ...],
) -> list[Opened]:  # fmt: skip
    """Lay out what one post says of each of the services it speaks of."""
    folded = mentions.folded(text[:LONGEST])
    named = mentions.find_names(folded, rules.names)
    if not named and not here:
        return []
    repeats = author_key in rules.echo_authors or (platform, place.casefold()) in rules.echo_places
    hits = phrases.find_hits(folded, rules.phrases)
    found = [f"{hit.section} {hit.name}" for hit in hits]
    opened = []
    for mention in mentions.tag(named, here):
        ruled = phrases.judge_text(folded, hits, form, mention, named, here)
        judgement = Judgement("none", "echo") if repeats else ruled
        said = f"none {ruled.reason}" if ruled.kind == "none" else ruled.kind
        shown = features.show(
            folded, mention, named, here, platform=platform, form=form, found=found, ruled=said
        )  # fmt: skip
        row = {
            "post_key": post_key, "service": mention.service, "by": mention.by,
            "surface": phrases.find_surface(folded, rules.surfaces[mention.service]),
            "model": phrases.find_model(folded, rules.models[mention.service]), "probability": None,
        }  # fmt: skip
        long = len(folded.encode()) > LONG
        opened.append(Opened(row, judgement, shown, repeats, mention.service in here, long))
    return opened


def weighed(opened: list[Opened], model: classifier.Model | None) -> list[dict[str, Any]]:
    """Let the classifier read what was laid out, in one batch; without one the rules' word stands."""
    rows = [
        one.row | {"kind": one.judgement.kind, "reason": one.judgement.reason, "symptom": one.judgement.symptom}
        for one in opened
    ]
    asked = [number for number, one in enumerate(opened) if not one.decided]
    if model is None or not asked:
        return rows
    read = classifier.read(model, [opened[number].shown for number in asked])
    for place, number in enumerate(asked):
        ruled = opened[number].judgement
        failing = read.outage[place] >= threshold(opened[number])
        kind, _, reason = ("outage" if failing else read.otherwise[place]).partition(":")
        rows[number] |= {
            "kind": kind,
            "reason": REASONS.get(reason, reason) or None,
            "symptom": (ruled.symptom or read.symptoms[place]) if failing else None,
            "probability": round(float(read.outage[place]), 4),
        }
    return rows


def threshold(opened: Opened) -> float:
    """Say from which probability on this post complains of an outage; above 1 where it is not for the classifier."""
    ruled = "outage" if opened.judgement.kind == "outage" else "none"
    if ruled == "none" and opened.long and not opened.at_home:
        return 2.0
    return OUTAGE_AT[ruled, opened.at_home]


def fit(texts: list[Text], rules: Rules) -> classifier.Model:
    """Fit the classifier on labelled texts, each shown as a post would be.

    A text that names no watched service where no place helps is shown as if it stood in the service's own place: so
    do people write there.
    """
    shown, kinds, symptoms, groups = [], [], [], []
    for text in texts:
        known = rules.names.watchlist.services_at(text.platform, text.place)
        opened = open_post(rules, 0, text.platform, text.place, None, text.form, text.text, known)
        mine = [one for one in opened if one.row["service"] == text.service]
        if not mine and text.reason != "other":
            opened = open_post(rules, 0, text.platform, text.place, None, text.form, text.text, (text.service,))
            mine = [one for one in opened if one.row["service"] == text.service]
        for one in mine:
            shown.append(one.shown)
            kinds.append(text.kind if text.kind != "none" else f"none:{text.reason}")
            symptoms.append(text.symptom if text.kind == "outage" else None)
            groups.append(text.template)
    return classifier.fit(shown, kinds, symptoms, groups)
