"""Which mentions say that the service fails, now, for their author; of what kind, with which symptom, and how surely.

A kernel: a pure function from Arrow batches to Arrow batches, that knows no engine and no database. Phrases lay out
what a text says (`detect.phrases`), a classifier fitted on our own corpus weighs it (`detect.classifier`).
"""

from collections.abc import Sequence

import msgspec
import pyarrow as pa

from detect.reading import classifier, features, languages, mentions, muting, parts, phrases, quoting, repeats
from detect.reading.corpus import Text
from detect.reading.phrases import LONGEST, Judgement, Rules
from ingest.watchlist import Watchlist

JUDGED = pa.schema(
    [
        ("post_key", pa.int64()), ("service", pa.string()), ("by", pa.string()), ("kind", pa.string()),
        ("reason", pa.string()), ("symptom", pa.string()), ("surface", pa.string()), ("model", pa.string()),
        ("probability", pa.float64()), ("fingerprint", pa.list_(pa.int64())),
        ("language", pa.string()),
    ]
)  # fmt: skip

OUTAGE_AT = {
    ("outage", "home"): 0.3, ("none", "home"): 0.55, ("outage", "answer"): 0.35, ("none", "answer"): 0.6,
    ("outage", "elsewhere"): 0.69, ("none", "elsewhere"): 0.58,
}  # fmt: skip
"""From which probability on a post complains of an outage: by whether the rules say so too, and where it stands.

In the service's own place phrases are seldom wrong, so their word stands unless the classifier is sure of the contrary;
what answers another post there may be about anything that was said, and needs more. Elsewhere most of what only
mentions a name is about anything. Chosen on the development texts, on unrelated ones there and in the service's own
place, and on titles of days without an outage."""

ANSWERS = frozenset({"comment", "reply", "quote"})
"""Forms of what answers another post, which the classifier does not see."""

LONG = 400
"""Bytes of a text, in UTF-8, from which on a post that stands elsewhere is a story in which a service is named: it
counts only where the rules say so and the classifier is all but certain (`LONG_OUTAGE_AT`)."""

LONG_OUTAGE_AT = 0.99

REASONS = {"own fault": "client's own fault"}
"""What the corpus calls in short."""


class Loose(msgspec.Struct, frozen=True):
    """A post that no source brought: typed by a person, or read from a file of labelled texts. Nobody is its author."""

    text: str
    platform: str
    place: str = ""
    form: str = "post"
    lang: str | None = None


class Reader(msgspec.Struct, frozen=True):
    """Everything the judgement goes by: the rules, and the classifier, None to go by the rules alone.

    `secret` keys the fingerprints of complaints; None to make none.
    """

    rules: Rules
    model: classifier.Model | None = None
    muted: muting.Muted = muting.Muted()
    secret: int | None = None


class Place(msgspec.Struct, frozen=True):
    """Where posts stand, and what the watchlist says of it; the same for all of them, and so made once by `place_of`.

    `here` are the services it is about, `surfaces` their parts that it is about, by service; what stands in a place
    that `repeats` is an echo.
    """

    platform: str
    name: str
    here: tuple[str, ...]
    surfaces: dict[str, str | None]
    repeats: bool


class Opened(msgspec.Struct, frozen=True, gc=False):
    """One post and one service that it speaks of, as the rules have them; `words` are its own, without any name.

    It `stands` at home, in the service's own place, or as an answer there, or elsewhere.
    """

    service: str
    by: str
    surface: str | None
    model: str | None
    judgement: Judgement
    shown: features.Shown
    decided: bool
    stands: str
    long: bool
    words: str


class Held(msgspec.Struct, frozen=True, gc=False):
    """What is held of a post about a service, after the classifier was asked: columns of `JUDGED`."""

    kind: str
    reason: str | None
    symptom: str | None
    probability: float | None = None


MUTED = Held("none", "muted", None)
"""What is held of a post that the watchlist mutes, whatever it says."""


def prepare(
    watchlist: Watchlist, echo_authors: frozenset[int], model: classifier.Model | None = None,
    muted: muting.Muted = muting.Muted(), secret: int | None = None,  # noqa: B008  (frozen)
) -> Reader:  # fmt: skip
    """Make what `judge` goes by, once."""
    return Reader(phrases.prepare(watchlist, echo_authors), model, muted, secret)


def judge(batch: pa.RecordBatch, reader: Reader) -> pa.RecordBatch:
    """Judge posts.

    Parameters
    ----------
    batch
        Columns `post_key` int64, `platform`, `place`, `author_key` int64 or null, `form`, `text` or null; and `lang`,
        what the source says of the language, or null, where it is at hand.
    reader
        From `prepare`.

    Returns
    -------
    One row per post and service that it speaks of, in the shape `JUDGED` and the order of the posts. `probability`
    is that of an outage; null where it was not weighed. `fingerprint` (`detect.repeats`) is a complaint's, null where
    its own words are too few; what is muted is kind none.
    """
    opened: list[Opened] = []
    posts: list[int] = []
    wanted = ("post_key", "platform", "place", "author_key", "form", "text")
    keys, platforms, names, authors, forms, texts = (batch.column(name).to_pylist() for name in wanted)
    langs = batch.column("lang").to_pylist() if "lang" in batch.schema.names else [None] * len(batch)
    rules, stands = reader.rules, list(zip(platforms, names, strict=True))
    places = {stand: place_of(rules, *stand) for stand in set(stands)}
    for post, (stand, author_key, form, text) in enumerate(zip(stands, authors, forms, texts, strict=True)):
        fresh = open_post(rules, places[stand], author_key, form, text or "")
        opened += fresh
        posts += [post] * len(fresh)
    held = weighed(opened, reader.model)
    fingerprints: list[list[int] | None] = [None] * len(opened)
    for row, post in enumerate(posts):
        if reader.muted.mutes(platforms[post], names[post], authors[post]):
            held[row] = MUTED
        elif held[row].kind != "none" and reader.secret is not None:
            fingerprints[row] = repeats.fingerprint(texts[post], rules.names, reader.secret)
    columns = {
        "post_key": [keys[post] for post in posts],
        **{name: [getattr(one, name) for one in opened] for name in ("service", "by", "surface", "model")},
        **{name: [getattr(one, name) for one in held] for name in Held.__struct_fields__},
        "fingerprint": fingerprints,
        "language": languages.tell([one.words for one in opened], [langs[post] for post in posts]),
    }
    return pa.RecordBatch.from_pydict(columns, schema=JUDGED)


def as_batch(posts: Sequence[Loose]) -> pa.RecordBatch:
    """Lay posts out to be judged; a post's key is its number, and its author nobody."""
    columns = {
        name: pa.array([getattr(post, name) for post in posts], pa.string())
        for name in ("platform", "place", "form", "lang", "text")
    }
    keys = pa.array(range(len(posts)), pa.int64())
    return pa.RecordBatch.from_pydict({"post_key": keys, "author_key": pa.nulls(len(posts), pa.int64()), **columns})


def place_of(rules: Rules, platform: str, name: str, here: tuple[str, ...] | None = None) -> Place:
    """Say what the watchlist knows of a place; `here` to have it be about other services."""
    about = rules.names.watchlist.services_at(platform, name) if here is None else here
    surfaces = {service: known.service.surface_at(platform, name) for service, known in rules.parts.items()}
    return Place(platform, name, about, surfaces, (platform, name.casefold()) in rules.echo_places)


def open_post(rules: Rules, place: Place, author_key: int | None, form: str, text: str) -> list[Opened]:
    """Lay out what one post says of each of the services it speaks of."""
    # In an issue the signs of quotation stand before pasted logs, which are the author's evidence.
    quoted, own = ("", text[:LONGEST]) if form == "issue" else quoting.parted(text[:LONGEST])
    quoted, folded = mentions.folded(quoted) if quoted else "", mentions.folded(own)
    answer = len(quoted) + 1 if quoted else 0
    folded = f"{quoted} {folded}" if quoted else folded
    here, named = place.here, mentions.find_names(folded, rules.names)
    if not named and not here:
        return []
    repeats = place.repeats or author_key in rules.echo_authors
    hits = [hit for hit in phrases.find_hits(folded, rules.phrases) if hit.start >= answer]
    everyone = phrases.with_others(folded, hits, named)
    meant = [phrases.whose(folded, hit, named, everyone, here) for hit in hits]
    said_by_author = mentions.after(everyone, answer)
    own = folded[answer:]
    words = mentions.nameless(own, said_by_author)
    long = len(folded) > LONG or len(folded.encode()) > LONG
    opened = []
    for mention in mentions.tag(named, here):
        ruled = phrases.judge_text(hits, meant, form, mention, folded)
        found = [phrases.found(hit, services, mention.service) for hit, services in zip(hits, meant, strict=True)]
        judgement = Judgement("none", "echo") if repeats else ruled
        said = f"none {ruled.reason}" if ruled.kind == "none" else ruled.kind
        shown = features.show(
            own, mention, said_by_author, here, platform=place.platform, form=form, found=found, ruled=said
        )  # fmt: skip
        service, known = mention.service, rules.parts[mention.service]
        surface = parts.find_surface(folded, known, place.surfaces[service])
        model = parts.find_model(folded, known)
        stands = "elsewhere" if service not in here else "answer" if form in ANSWERS else "home"
        opened.append(
            Opened(service, mention.by, surface, model, judgement, shown, repeats, stands, long, words)
        )  # fmt: skip
    return opened


def weighed(opened: Sequence[Opened], model: classifier.Model | None) -> list[Held]:
    """Let the classifier read what was laid out, in one batch; without one the rules' word stands."""
    held = [Held(one.judgement.kind, one.judgement.reason, one.judgement.symptom) for one in opened]
    asked = [number for number, one in enumerate(opened) if not one.decided]
    if model is None or not asked:
        return held
    read = classifier.read(model, [opened[number].shown for number in asked])
    answers = zip(asked, read.outage.tolist(), read.otherwise, read.symptoms, strict=True)
    for number, probability, otherwise, symptom in answers:
        failing = probability >= threshold(opened[number])
        kind, _, reason = ("outage" if failing else otherwise).partition(":")
        held[number] = Held(
            kind=kind,
            reason=REASONS.get(reason, reason) or None,
            symptom=(opened[number].judgement.symptom or symptom) if failing else None,
            probability=round(probability, 4),
        )
    return held


def threshold(opened: Opened) -> float:
    """Say from which probability on this post complains of an outage; above 1 where it is not for the classifier."""
    ruled = "outage" if opened.judgement.kind == "outage" else "none"
    if opened.long and opened.stands == "elsewhere":
        return LONG_OUTAGE_AT if ruled == "outage" else 2.0
    return OUTAGE_AT[ruled, opened.stands]


def fit(texts: list[Text], rules: Rules) -> classifier.Model:
    """Fit the classifier on labelled texts, each shown as a post would be.

    A text that names no watched service where no place helps is shown as if it stood in the service's own place: so
    do people write there.
    """
    shown, kinds, symptoms, groups = [], [], [], []
    for text in texts:
        mine = _about(rules, text)
        if not mine and text.reason != "other":
            mine = _about(rules, text, (text.service,))
        for one in mine:
            shown.append(one.shown)
            kinds.append(text.kind if text.kind != "none" else f"none:{text.reason}")
            symptoms.append(text.symptom if text.kind == "outage" else None)
            groups.append(text.template)
    return classifier.fit(shown, kinds, symptoms, groups)


def _about(rules: Rules, text: Text, here: tuple[str, ...] | None = None) -> list[Opened]:
    opened = open_post(rules, place_of(rules, text.platform, text.place, here), None, text.form, text.text)
    return [one for one in opened if one.service == text.service]
