"""Which mentions say that the service fails, now, for their author; of what kind, and with which symptom.

A kernel: a pure function from Arrow batches to Arrow batches, that knows no engine and no database. This first one
goes by phrases; what it cannot tell by them it calls none. Three kinds are kept apart: outage, limit, quality.
"""

import re
from typing import Literal

import ahocorasick_rs as ahocorasick
import msgspec
import pyarrow as pa

from detect import mentions, vocabulary
from ingest.watchlist import Service, Watchlist

Kind = Literal["outage", "limit", "quality", "none"]

JUDGED = pa.schema(
    [
        ("post_key", pa.int64()), ("service", pa.string()), ("by", pa.string()), ("kind", pa.string()),
        ("reason", pa.string()), ("symptom", pa.string()), ("surface", pa.string()), ("model", pa.string()),
    ]
)  # fmt: skip

LONGEST = 4_000
"""Characters of a text that are judged: a complaint says so early, and 100 kB of pasted log is no second one."""

_MODEL = re.compile(r"\b(?:(opus|sonnet|haiku|gpt|gemini)[ -]?(\d(?:\.\d+)?[a-z]?)|(o[134]))\b")


class Hit(msgspec.Struct, frozen=True):
    """One phrase found: its list in the vocabulary, and where it begins and ends in the folded text."""

    section: str
    name: str
    start: int
    end: int


class Rules(msgspec.Struct, frozen=True):
    """Everything the judgement goes by, made once by `prepare`."""

    names: mentions.Names
    search: ahocorasick.AhoCorasick
    phrases: tuple[tuple[str, str, str], ...]
    echo_authors: frozenset[int]
    echo_places: frozenset[tuple[str, str]]


class Judgement(msgspec.Struct, frozen=True):
    """What is held of one post about one service; see the table `judgements`."""

    kind: Kind
    reason: str | None = None
    symptom: str | None = None


def prepare(watchlist: Watchlist, echo_authors: frozenset[int]) -> Rules:
    """Make the rules from the watchlist, the vocabulary, and the keys of accounts that only repeat."""
    phrases = tuple(
        (mentions.folded(phrase), section, name)
        for section, lists in vocabulary.load().items()
        for name, listed in lists.items()
        for phrase in listed
    )
    places = watchlist.echo.places.items()
    return Rules(
        names=mentions.prepare(watchlist),
        search=ahocorasick.AhoCorasick([phrase for phrase, _, _ in phrases], store_patterns=False),
        phrases=phrases,
        echo_authors=echo_authors,
        echo_places=frozenset((platform, place.casefold()) for platform, listed in places for place in listed),
    )


def judge(batch: pa.RecordBatch, rules: Rules) -> pa.RecordBatch:
    """Judge posts.

    Parameters
    ----------
    batch
        Columns `post_key` int64, `platform`, `place`, `author_key` int64 or null, `form`, `text`.
    rules
        From `prepare`.

    Returns
    -------
    One row per post and service that it speaks of, in the shape `JUDGED`.
    """
    columns: dict[str, list[object]] = {name: [] for name in JUDGED.names}
    wanted = [
        batch.column(name).to_pylist() for name in ("post_key", "platform", "place", "author_key", "form", "text")
    ]
    for post_key, platform, place, author_key, form, text in zip(*wanted, strict=True):
        folded = mentions.folded((text or "")[:LONGEST])
        named = mentions.tag(folded, platform, place, rules.names)
        if not named:
            continue
        hits = find_hits(folded, rules)
        repeats = author_key in rules.echo_authors or (platform, place.casefold()) in rules.echo_places
        for mention in named:
            judgement = Judgement("none", "echo") if repeats else judge_text(hits, form, mention, named, folded)
            service = rules.names.watchlist.services[mention.service]
            row = (
                post_key, mention.service, mention.by, judgement.kind, judgement.reason, judgement.symptom,
                find_surface(folded, service), find_model(folded),
            )  # fmt: skip
            for name, value in zip(columns, row, strict=True):
                columns[name].append(value)
    return pa.record_batch([pa.array(columns[field.name], field.type) for field in JUDGED], schema=JUDGED)


def find_hits(folded: str, rules: Rules) -> list[Hit]:
    """Find every phrase of the vocabulary, as whole words where its script has spaces."""
    return [
        Hit(rules.phrases[which][1], rules.phrases[which][2], start, end)
        for which, start, end in rules.search.find_matches_as_indexes(folded, overlapping=True)
        if _whole(folded, start, end)
    ]


def _whole(text: str, start: int, end: int) -> bool:
    before, first = text[start - 1 : start], text[start]
    last, after = text[end - 1], text[end : end + 1]
    joined_before = first < "\u0900" and first.isalnum() and before.isalnum() and before < "\u0900"
    joined_after = last < "\u0900" and last.isalnum() and after.isalnum() and after < "\u0900"
    return not (joined_before or joined_after)


def judge_text(  # noqa: PLR0911  (a list of rules, each with its answer, in the order of their force)
    hits: list[Hit], form: str, mention: mentions.Mention, named: tuple[mentions.Mention, ...], folded: str
) -> Judgement:
    """Judge what one post says of one of the services it speaks of."""
    said = {hit.section for hit in hits}
    failing = [hit for hit in hits if hit.section == "sure" or (hit.section == "vague" and form != "issue")]
    mine = [hit for hit in failing if len(named) == 1 or _nearest(hit, named) is mention]
    if "echo" in said:
        return Judgement("none", "echo")
    if not failing:
        if "limit" in said or "quality" in said:
            return Judgement("limit" if "limit" in said else "quality")
        return Judgement("none", "other")
    if "news" in said:
        return Judgement("none", "news")
    if "past" in said and "still" not in said:
        return Judgement("none", "past")
    if "client" in said:
        return Judgement("none", "client's own fault")
    if not mine:
        return Judgement("none", "other service")
    hard = [hit for hit in mine if hit.section == "sure" and hit.name in ("errors", "login")]
    if "limit" in said and not hard:
        # "Claude is down, says I hit my limit": a plan's limit is no outage, whatever it is called.
        return Judgement("limit")
    if all(hit.section == "vague" for hit in mine) and (
        "quality" in said or (mention.by == "place" and "?" not in folded)
    ):
        return Judgement("quality") if "quality" in said else Judgement("none", "other")
    order = ("login", "errors", "down", "partial", "slow")
    return Judgement("outage", symptom=min((hit.name for hit in mine), key=order.index))


def _nearest(hit: Hit, named: tuple[mentions.Mention, ...]) -> mentions.Mention:
    """Say of which service a phrase speaks: the name just before it, else the one named first."""
    before = [mention for mention in named if 0 <= mention.at <= hit.start]
    return max(before, key=lambda mention: mention.at) if before else named[0]


def find_surface(folded: str, service: Service) -> str | None:
    """Name the part of the service that the text speaks of: the longest word found; None where it names none."""
    found = [
        (len(word), name)
        for name, surface in service.surfaces.items()
        for word in surface.words
        if word in folded and re.search(rf"(?<!\w){re.escape(word)}(?!\w)", folded)
    ]
    return max(found)[1] if found else None


def find_model(folded: str) -> str | None:
    """Name the model that the text speaks of, as in "opus 4.6"; None where it names none."""
    found = _MODEL.search(folded)
    return (found[3] or f"{found[1]} {found[2]}") if found else None
