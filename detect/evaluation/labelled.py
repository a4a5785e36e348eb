"""Texts that people labelled by hand, read from a file, in the shape in which their source would have brought them.

Two shapes of line are read: one with `label_complaint` (what somebody labelled elsewhere), and one as in our own
corpus, with a `template`.
"""

from pathlib import Path
from typing import Any

import msgspec

from detect.reading.complaints import Loose
from detect.reading.corpus import Text
from ingest.errors import ConfigError
from ingest.files.linefile import LineFile
from ingest.hostile import one_line
from ingest.watchlist import Watchlist

PLATFORMS = {
    "github": "github", "reddit": "reddit", "twitter": "x", "x": "x", "hacker news": "hackernews",
    "google play": "googleplay", "app store": "appstore", "bluesky": "bluesky",
}  # fmt: skip
"""Beginnings of what labelled files call a platform, and what we do; others are taken as they stand."""

KINDS = {"complaint": "outage", "limits": "limit", "quality": "quality"}
REASONS = {
    "status_bot": "echo", "news": "news", "retrospective": "past", "other_service": "other service",
    "client_bug": "client's own fault",
}  # fmt: skip
"""What the labelled kinds are to us; every other kind is none, for another reason."""


class Labelled(Loose, frozen=True, kw_only=True):
    """One text with somebody's label. `complaint`: of an outage of the service asked about; `elsewhere`: of another's.

    `kind` is the label's own word; `expected` says ours for it.
    """

    complaint: bool
    elsewhere: bool
    kind: str
    symptom: str | None = None
    surface: str | None = None
    id: str | None = None


class _Line(msgspec.Struct, frozen=True):
    text: str
    platform: str
    label_complaint: bool
    kind: str
    lang: str = "und"
    community: str | None = None
    symptom: str | None = None
    surface: str | None = None
    other_service_complaint: bool | None = None
    id: str | None = None


def expected(kind: str) -> str:
    """Say what a labelled kind is to us: outage, limit, quality, or none with its reason."""
    return KINDS.get(kind) or f"none: {REASONS.get(kind, 'other')}"


def load(file: Path, watchlist: Watchlist, service: str) -> list[Labelled]:
    """Read labelled texts from JSON lines, packed or not. Raises ConfigError naming the line that cannot be read."""
    texts = []
    with LineFile(file) as source:
        for number, line in source.lines():
            if not line.strip():
                continue
            try:
                texts.append(_read(line, watchlist, service))
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                raise ConfigError(
                    f"{file}, line {number}: {one_line(str(error))}; a line needs text, platform, label_complaint and "
                    "kind, or the fields of a line of detect/reading/corpus"
                ) from error
    if not texts:
        raise ConfigError(f"{file} holds no labelled text")
    return texts


def _read(line: bytes, watchlist: Watchlist, service: str) -> Labelled:
    shape: Any = msgspec.json.decode(line)
    if isinstance(shape, dict) and "template" in shape:
        return of_corpus(msgspec.convert(shape, Text), service)
    one = msgspec.convert(shape, _Line)
    told = one.platform.casefold()
    platform = next((ours for theirs, ours in PLATFORMS.items() if told.startswith(theirs)), told)
    said_in_thread = "comment" in told or platform == "hackernews"
    return Labelled(
        text=one.text,
        platform=platform,
        place=place(one.community or "", platform, watchlist),
        form="comment" if said_in_thread else "issue" if platform == "github" else "post",
        lang=one.lang,
        complaint=one.label_complaint,
        elsewhere=bool(one.other_service_complaint),
        kind=one.kind,
        symptom=one.symptom,
        surface=None if one.surface == "unknown" else one.surface,
        id=one.id,
    )


def of_corpus(text: Text, service: str) -> Labelled:
    """Take a text of the corpus as a labelled one."""
    outage = text.kind == "outage"
    kind = {ours: theirs for theirs, ours in KINDS.items()}.get(text.kind) or text.reason or "other"
    by_reason = {
        "own fault": "client_bug",
        "other service": "other_service",
        "past": "retrospective",
        "echo": "status_bot",
    }
    mine = text.service == service
    return Labelled(
        text=text.text, platform=text.platform, place=text.place, form=text.form, lang=text.lang,
        complaint=outage and mine, elsewhere=outage and not mine,
        kind=by_reason.get(kind, kind) if mine else "other_service",
        symptom=text.symptom, surface=text.surface,
    )  # fmt: skip


def place(community: str, platform: str, watchlist: Watchlist) -> str:
    """Name the place as the watchlist does; a shop's reviews are told as "Google Play: Claude"."""
    _, _, app = community.partition(": ")
    for service in watchlist.services.values():
        if app and app.casefold() in (service.title.casefold(), service.name):
            return next(iter(service.places.get(platform, ())), community)
    return community
