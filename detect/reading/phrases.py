"""What phrases say of a post: the rules. Pure; the classifier reads what they find, and overrules them where it must.

Three kinds are kept apart: outage, limit, quality.
"""

import re
from collections.abc import Sequence
from typing import Literal

import ahocorasick_rs as ahocorasick
import msgspec

from detect.reading import mentions, parts, vocabulary
from ingest.watchlist import Watchlist

Kind = Literal["outage", "limit", "quality", "none"]

LONGEST = 4_000
"""Characters of a text that are judged: a complaint says so early, and 100 kB of pasted log is no second one."""

REACH = 200
"""Characters between a name and words of failure that still speak of it; farther off it is another story, in a long
text about much else. In the place of the service everything is near."""

SYMPTOMS = ("login", "errors", "down", "partial", "slow")
"""The most telling first: "down, can't log in, 500" is a failing login."""

FAILING = frozenset({"sure", "vague", "weak"})
SAYING = FAILING | {"limit", "quality"}

OF_SOMEBODY = SAYING | {"fine"}
"""Sections whose phrases speak of one service and not of another beside it."""

ELSEWHERE = ""
"""Whose the names of the section `elsewhere` are: some other service's, that nobody watches."""

BESIDE = 30
"""Characters between such a name and what is said of it, in one clause: they are many, and mostly said in passing."""

_CLAUSE_ENDS = re.compile(r"[.,;:!?…。，、；：！？()\n]|\s[-–—]\s")
_PART_OF_IT = re.compile(
    r"\s*(?:(?:in|on|via|through|for|from|inside|with|at|en|em|dans|sur|su|op|w|na|в|на|у|di|dalam|trong)\s+)?"
)
"""What may stand between a service's name and another's that is only where it is met, as in "claude in slack"."""


class Phrases(msgspec.Struct, frozen=True):
    """Words to be searched for in one pass, and what each of them stands for: its section and list."""

    search: ahocorasick.AhoCorasick
    stand_for: tuple[tuple[str, str], ...]


class Hit(msgspec.Struct, frozen=True, gc=False):
    """One phrase found: its section and list in the vocabulary, and where it begins and ends in the folded text."""

    section: str
    name: str
    start: int
    end: int


class Rules(msgspec.Struct, frozen=True):
    """Everything the judgement goes by, made once by `prepare`; `parts` is by service."""

    names: mentions.Names
    phrases: Phrases
    parts: dict[str, parts.Parts]
    echo_authors: frozenset[int]
    echo_places: frozenset[tuple[str, str]]


class Judgement(msgspec.Struct, frozen=True, gc=False):
    """What is held of one post about one service; see the table `judgements`."""

    kind: Kind
    reason: str | None = None
    symptom: str | None = None


NONE = Judgement("none", "other")


def prepare(watchlist: Watchlist, echo_authors: frozenset[int]) -> Rules:
    """Make the rules from the watchlist, the vocabulary, and the keys of accounts that only repeat."""
    return Rules(
        names=mentions.prepare(watchlist),
        phrases=_phrases(
            [
                (phrase, section, name)
                for section, lists in vocabulary.load().items()
                for name, listed in lists.items()
                for phrase in listed
            ]
        ),
        parts={name: parts.prepare(service) for name, service in watchlist.services.items()},
        echo_authors=echo_authors,
        echo_places=frozenset(
            (platform, place.casefold()) for platform, listed in watchlist.echo.places.items() for place in listed
        ),
    )  # fmt: skip


def _phrases(listed: Sequence[tuple[str, str, str]]) -> Phrases:
    search = ahocorasick.AhoCorasick([mentions.folded(phrase) for phrase, _, _ in listed], store_patterns=False)
    return Phrases(search, tuple((section, name) for _, section, name in listed))


def find_hits(folded: str, phrases: Phrases) -> list[Hit]:
    """Find every phrase as whole words. One of the section `not` takes along what overlaps it and does not cover it."""
    hits = [
        Hit(*phrases.stand_for[which], start, end)
        for which, start, end in phrases.search.find_matches_as_indexes(folded, overlapping=True)
        if mentions.whole(folded, start, end)
    ]
    idioms = [hit for hit in hits if hit.section == "not"]
    return [hit for hit in hits if hit.section != "not" and not any(_spoilt(hit, idiom) for idiom in idioms)]


def _spoilt(hit: Hit, idiom: Hit) -> bool:
    """Say whether a figure of speech takes a phrase along; what covers it whole says more than it does."""
    overlap = hit.start < idiom.end and idiom.start < hit.end
    return overlap and not (hit.start <= idiom.start and hit.end >= idiom.end)


def with_others(folded: str, hits: list[Hit], named: tuple[mentions.Named, ...]) -> tuple[mentions.Named, ...]:
    """Put the names of services that nobody watches (`ELSEWHERE`) among those of the watched ones, in order.

    What is only where a watched service is met is left out.
    """
    others = [mentions.Named(ELSEWHERE, hit.start, hit.end) for hit in hits if hit.section == "elsewhere"]
    if not others:
        return named
    kept: list[mentions.Named] = []
    for one in sorted((*named, *others), key=lambda name: (name.start, -name.end)):
        last = kept[-1] if kept else None
        if one.service == ELSEWHERE and last is not None:
            met = last.service != ELSEWHERE and _PART_OF_IT.fullmatch(folded, last.end, max(one.start, last.end))
            if met or one.start < last.end:
                continue
        kept.append(one)
    return tuple(kept)


def whose(
    folded: str, hit: Hit, named: tuple[mentions.Named, ...], everyone: tuple[mentions.Named, ...],
    here: tuple[str, ...],
) -> tuple[str, ...]:  # fmt: skip
    """Say of which services a phrase speaks: `everyone` is from `with_others`, `named` are the watched ones in it.

    The name before it is meant, unless that stands in another clause, and one behind the phrase in its own: "chatgpt is
    fine, what is down is claude".
    """
    if hit.section not in OF_SOMEBODY:
        return ()
    before = next((name for name in reversed(everyone) if name.end <= hit.start), None)
    behind = next((name for name in everyone if name.start >= hit.end), None)
    since = 0 if before is None else max(before.end, hit.start - REACH)
    apart = before is None or _CLAUSE_ENDS.search(folded, since, hit.start) is not None
    if apart and behind is not None and _stands_by(folded, hit.end, behind.start):
        return mentions.about(behind.end, everyone, here, folded, REACH)
    meant = before is not None and (before.service != ELSEWHERE or _stands_by(folded, before.end, hit.start))
    return mentions.about(hit.start, everyone if meant else named, here, folded, REACH)


def _stands_by(folded: str, start: int, end: int) -> bool:
    """Say whether what ends at `start` and what begins at `end` stand close to each other, in one clause."""
    return end - start <= BESIDE and not _CLAUSE_ENDS.search(folded, start, end)


def found(hit: Hit, services: tuple[str, ...], service: str) -> str:
    """Name what a phrase is to one of the services that a post speaks of: its section and list, and if another's."""
    said = f"{hit.section} {hit.name}"
    return said if not services or service in services else f"{said} of another"


def judge_text(
    hits: list[Hit], meant: Sequence[tuple[str, ...]], form: str, mention: mentions.Mention, folded: str
) -> Judgement:
    """Judge what one post says of one of the services it speaks of; `meant` says `whose` each hit is."""
    said = {hit.section for hit in hits}
    saying = [(hit, services) for hit, services in zip(hits, meant, strict=True) if hit.section in SAYING]
    if "echo" in said:
        return Judgement("none", "echo")
    unsaid = Judgement("none", "past") if "past" in said else NONE
    if not saying:
        return unsaid
    mine = [hit for hit, services in saying if mention.service in services]
    if not mine:
        return Judgement("none", "other service") if any(services for _, services in saying) else unsaid
    kinds = {hit.section for hit in mine}
    failing = [hit for hit in mine if hit.section in FAILING and counts(hit, form, mention, said, folded)]
    if failing:
        if reason := excuse(said):
            return Judgement("none", reason)
        hard = any(hit.section == "sure" and hit.name in ("errors", "login") for hit in failing)
        # "Claude is down, says I hit my limit": a plan's limit is no outage, whatever it is called.
        if "limit" in kinds and not hard:
            return Judgement("limit")
        if "quality" in kinds and all(hit.section != "sure" for hit in failing):
            return Judgement("quality")
        return Judgement("outage", symptom=min((hit.name for hit in failing), key=SYMPTOMS.index))
    if "limit" in kinds:
        return Judgement("limit")
    return Judgement("quality") if "quality" in kinds else unsaid


def counts(hit: Hit, form: str, mention: mentions.Mention, said: set[str], folded: str) -> bool:
    """Say whether a phrase is strong enough where it stands.

    A sure one is. A vague one ("not working") is also said of one's own machine: in an issue tracker it counts for
    nothing, elsewhere where the service is named, or asked about. A weak one ("issues") must be asked of others.
    """
    if hit.section == "sure":
        return True
    if form == "issue":
        return False
    asked = "asking" in said
    return asked or (hit.section == "vague" and (mention.by == "alias" or "?" in folded or "？" in folded))


def excuse(said: set[str]) -> str | None:
    """Say why words of failure are no complaint: told by others, over, one's own fault, or in general; None if none."""
    if "news" in said:
        return "news"
    if "still" not in said and ("past" in said or ("before" in said and "now" not in said)):
        return "past"
    if "client" in said:
        return "client's own fault"
    return "other" if "general" in said else None
