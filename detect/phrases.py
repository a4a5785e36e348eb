"""What phrases say of a post: the rules. Pure; the classifier reads what they find, and overrules them where it must.

Three kinds are kept apart: outage, limit, quality.
"""

import re
from collections.abc import Sequence
from typing import Literal

import ahocorasick_rs as ahocorasick
import msgspec

from detect import mentions, vocabulary
from ingest.watchlist import Service, Watchlist

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


class Phrases(msgspec.Struct, frozen=True):
    """Words to be searched for in one pass, and what each of them stands for: its section and list."""

    search: ahocorasick.AhoCorasick
    stand_for: tuple[tuple[str, str], ...]


class Hit(msgspec.Struct, frozen=True):
    """One phrase found: its section and list in the vocabulary, and where it begins and ends in the folded text."""

    section: str
    name: str
    start: int
    end: int


class Rules(msgspec.Struct, frozen=True):
    """Everything the judgement goes by, made once by `prepare`. Surfaces and models are by service."""

    names: mentions.Names
    phrases: Phrases
    surfaces: dict[str, Phrases]
    models: dict[str, re.Pattern[str]]
    echo_authors: frozenset[int]
    echo_places: frozenset[tuple[str, str]]


class Judgement(msgspec.Struct, frozen=True):
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
        surfaces={
            name: _phrases(
                [(word, "surface", part) for part, surface in service.surfaces.items() for word in surface.words]
            )
            for name, service in watchlist.services.items()
        },
        models={name: _model_pattern(service) for name, service in watchlist.services.items()},
        echo_authors=echo_authors,
        echo_places=frozenset(
            (platform, place.casefold()) for platform, listed in watchlist.echo.places.items() for place in listed
        ),
    )  # fmt: skip


def _phrases(listed: Sequence[tuple[str, str, str]]) -> Phrases:
    search = ahocorasick.AhoCorasick([mentions.folded(phrase) for phrase, _, _ in listed], store_patterns=False)
    return Phrases(search, tuple((section, name) for _, section, name in listed))


def _model_pattern(service: Service) -> re.Pattern[str]:
    """Match a model with its number. Families are the aliases that end in one: "opus 4" makes opus a family."""
    families = {found[1] for alias in service.aliases if (found := re.fullmatch(r"([a-z]+)[ -]\d\S*", alias))}
    either = "|".join(sorted(map(re.escape, families))) or "(?!)"
    return re.compile(rf"(?<![a-z0-9])({either})(?:[ ]?(\d(?:\.\d+)?[a-z]?)|-(\d(?:[.-]\d)?[a-z]?))(?![a-z0-9])")


def find_hits(folded: str, phrases: Phrases) -> list[Hit]:
    """Find every phrase as whole words. A phrase of the section `not` takes along what it overlaps."""
    hits = [
        Hit(*phrases.stand_for[which], start, end)
        for which, start, end in phrases.search.find_matches_as_indexes(folded, overlapping=True)
        if mentions.whole(folded, start, end)
    ]
    idioms = [hit for hit in hits if hit.section == "not"]
    return [hit for hit in hits if not any(hit.start < idiom.end and idiom.start < hit.end for idiom in idioms)]


def judge_text(
    folded: str, hits: list[Hit], form: str, mention: mentions.Mention, named: tuple[mentions.Named, ...],
    here: tuple[str, ...],
) -> Judgement:  # fmt: skip
    """Judge what one post says of one of the services it speaks of."""
    said = {hit.section for hit in hits}
    saying = [hit for hit in hits if hit.section in SAYING]
    if "echo" in said:
        return Judgement("none", "echo")
    unsaid = Judgement("none", "past") if "past" in said else NONE
    if not saying:
        return unsaid
    meant = [mentions.about(hit.start, named, here, folded, REACH) for hit in saying]
    mine = [hit for hit, services in zip(saying, meant, strict=True) if mention.service in services]
    if not mine:
        return Judgement("none", "other service") if any(meant) else unsaid
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


def find_surface(folded: str, surfaces: Phrases) -> str | None:
    """Name the part of the service that the text speaks of: by the longest word found; None where it names none."""
    found = find_hits(folded, surfaces)
    return max(found, key=lambda hit: hit.end - hit.start).name if found else None


def find_model(folded: str, models: re.Pattern[str]) -> str | None:
    """Name the model that the text speaks of first, as in "opus 4.6"; None where it names none."""
    found = models.search(folded)
    return f"{found[1]} {(found[2] or found[3]).replace('-', '.')}" if found else None
