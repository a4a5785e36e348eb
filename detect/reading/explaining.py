"""Why a post counted, or did not: what was found in it, and what the judgement would be without each part of it. Pure.

Nothing is estimated: the post is judged again with the part left out, by the same reader, so that what is shown is what
moved the judgement, through the phrases and the classifier alike (occlusion: Zeiler & Fergus 2014).
"""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from detect.reading import complaints, meanings, mentions, phrases
from detect.reading.complaints import Loose, Reader

MOST_PARTS = 80
"""Parts of a text that are left out in turn: its beginning, where a complaint stands."""

MOST_SHOWN = 8

LEAST = 0.01
"""Change of the probability that is worth a line."""

_PARTS = re.compile("[\u2e80-\ud7ff]{1,2}|[^\\W\u2e80-\ud7ff]+(?:['’-]\\w{1,40}){0,9}|[?？!！]+")
"""Words; of scripts that are written without spaces, two signs at a time."""


class Moved(msgspec.Struct, frozen=True):
    """What the judgement would be without one part of the post: its kind, and the probability of an outage."""

    without: str
    kind: str
    probability: float | None


class Explained(msgspec.Struct, frozen=True):
    """The judgement of a post about one service, and its evidence.

    `means` says what its kind or reason means. `counts_from` is the probability from which on this post counts as an
    outage, None where the phrases alone decide, `counts_from_why` why that, and `to_change` what would have to be
    otherwise for another judgement. `names` and `found` (phrases with their section and list) are as they
    stand in the folded text. `moved` has the parts without which the probability would be another, the most telling
    first.
    """

    service: str
    by: str
    kind: str
    reason: str | None
    means: str
    probability: float | None
    counts_from: float | None
    counts_from_why: str
    to_change: str
    phrases_say: str
    symptom: str | None
    surface: str | None
    model: str | None
    language: str | None
    names: tuple[str, ...]
    found: tuple[tuple[str, str], ...]
    moved: tuple[Moved, ...]


def explain(post: Loose, reader: Reader) -> list[Explained]:
    """Explain the judgement of one post: one entry for each watched service that it speaks of."""
    rules = reader.rules
    place = complaints.place_of(rules, post.platform, post.place)
    opened = complaints.open_post(rules, place, None, post.form, post.text)
    parts = list(dict.fromkeys(_PARTS.findall(post.text)))[:MOST_PARTS]
    others = [msgspec.structs.replace(post, text=_without(post.text, part)) for part in parts]
    named_parts = [f"“{part}”" for part in parts]
    if place.here:
        others.append(msgspec.structs.replace(post, place=""))
        named_parts.append(f"the place {post.place}")
    rows = complaints.judge(complaints.as_batch([post, *others]), reader).to_pylist()
    folded = mentions.folded(post.text[: phrases.LONGEST])
    return [_explained(one, rows, named_parts, folded, reader) for one in opened]


def _explained(
    one: complaints.Opened, rows: Sequence[dict[str, Any]], parts: Sequence[str], folded: str, reader: Reader
) -> Explained:
    rules, service = reader.rules, one.service
    names = [name for name in mentions.find_names(folded, rules.names) if name.service == service]
    about = {row["post_key"]: row for row in rows if row["service"] == service}
    held = about[0]
    ruled = one.judgement
    threshold = None if one.decided or reader.model is None else complaints.threshold(one)
    moved = _moved(held, about, parts)
    turning = next((part for part in moved if part.kind != held["kind"]), None)
    return Explained(
        service=service, by=one.by, kind=held["kind"], reason=held["reason"], probability=held["probability"],
        means=meanings.MEANS[held["kind"] if held["kind"] != "none" else held["reason"] or "other"],
        counts_from=threshold if threshold is not None and threshold <= 1 else None,
        counts_from_why=meanings.why_from(one, weighed=reader.model is not None),
        to_change=meanings.to_change(
            one, held["kind"], held["reason"], held["probability"],
            (turning.without, turning.kind) if turning else None,
        ),
        phrases_say=ruled.kind if ruled.kind != "none" else f"none: {ruled.reason}",
        symptom=held["symptom"], surface=held["surface"], model=held["model"], language=held["language"],
        names=tuple(folded[name.start : name.end] for name in names),
        found=tuple(
            dict.fromkeys(
                (folded[hit.start : hit.end], f"{hit.section}/{hit.name}" if hit.name != "phrases" else hit.section)
                for hit in phrases.find_hits(folded, rules.phrases)
            )
        ),
        moved=moved,
    )  # fmt: skip


def _moved(held: dict[str, Any], about: dict[int, dict[str, Any]], parts: Sequence[str]) -> tuple[Moved, ...]:
    """List what changes the judgement when it is left out; where a service is then spoken of no more, it is none."""
    moved = []
    for number, part in enumerate(parts, start=1):
        row = about.get(number, {"kind": "none", "probability": None})
        before, after = (one["probability"] for one in (held, row))
        change = abs((before or 0.0) - (after or 0.0)) if before is not None or after is not None else 0.0
        if change >= LEAST or row["kind"] != held["kind"]:
            moved.append((row["kind"] != held["kind"], change, Moved(part, row["kind"], after)))
    return tuple(one for _, _, one in sorted(moved, key=lambda found: (-found[0], -found[1])))[:MOST_SHOWN]


def _without(text: str, part: str) -> str:
    """Leave a part out, wherever it stands as a whole."""
    return re.sub(rf"(?<!\w){re.escape(part)}(?!\w)" if part.isascii() else re.escape(part), " ", text)


def tell(post: Loose, explained: Sequence[Explained]) -> str:
    """Write an explanation as lines, the answer first."""
    if not explained:
        where = f"and no service watched has its place in {post.place}" if post.place else "and no --place was given"
        return f"counts for nothing: it names no service that is watched, {where}"
    return "\n\n".join("\n".join(_lines(post, one)) for one in explained)


def _lines(post: Loose, one: Explained) -> list[str]:
    counted = "counts as" if one.kind != "none" else "counts for nothing:"
    what = one.kind if one.kind != "none" else one.reason
    lines = [f"{one.service}: {counted} {what}{f' ({one.symptom})' if one.symptom else ''}"]
    lines.append(f"  {'that means':<26}{one.means}")
    if one.probability is not None:
        bound = f", counted from {one.counts_from:.2f} on" if one.counts_from is not None else ""
        lines.append(f"  probability of an outage  {one.probability:.2f}{bound}")
    lines.append(f"  {'why that bound':<26}{one.counts_from_why}")
    by = ", ".join(f"“{name}”" for name in one.names) or f"the place {post.place}, not by name"
    lines += [f"  speaks of {one.service} by".ljust(28) + by, f"  {'the phrases alone say':<26}{one.phrases_say}"]
    for title, value in (("surface", one.surface), ("model", one.model), ("language", one.language)):
        if value:
            lines.append(f"  {title:<26}{value}")
    lines += [
        f"  {'found' if not at else '':<26}“{phrase}” ({section})" for at, (phrase, section) in enumerate(one.found)
    ]
    lines.append(f"  {'to be judged otherwise':<26}{one.to_change}")
    if one.moved:
        lines.append("  what moved it: the judgement without it")
    for moved in one.moved:
        without = "not asked" if moved.probability is None else f"{moved.probability:.2f}"
        lines.append(f"    {moved.without:<24}{without}  {'' if moved.kind == one.kind else moved.kind}".rstrip())
    return lines
