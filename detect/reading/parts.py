"""Which part of a service a text speaks of: its surface, and the model. Pure."""

import re

import ahocorasick_rs as ahocorasick
import msgspec

from detect.reading import mentions
from ingest.watchlist import Service

_DIGIT = re.compile(r"\d")


class Parts(msgspec.Struct, frozen=True):
    """What the parts of one service are called, ready to be searched for; made once by `prepare`."""

    service: Service
    search: ahocorasick.AhoCorasick
    surfaces: tuple[str, ...]
    models: re.Pattern[str]


def prepare(service: Service) -> Parts:
    """Make what a service's parts are searched with."""
    listed = [(mentions.folded(word), name) for name, surface in service.surfaces.items() for word in surface.words]
    search = ahocorasick.AhoCorasick([word for word, _ in listed], store_patterns=False)
    return Parts(service, search, tuple(name for _, name in listed), _model_pattern(service))


def _model_pattern(service: Service) -> re.Pattern[str]:
    """Match a model with its number."""
    either = "|".join(sorted(map(re.escape, service.model_families))) or "(?!)"
    return re.compile(rf"(?<![a-z0-9])({either})(?:[ ]?(\d(?:\.\d+)?[a-z]?)|-(\d(?:[.-]\d)?[a-z]?))(?![a-z0-9])")


def find_surface(folded: str, parts: Parts, at: str | None) -> str | None:
    """Name the part that a text speaks of: by the longest word found, else by where it stands (`at`); None for neither.

    A part that serves another which is spoken of too is not meant: "API Error" in the tracker of a program is of the
    program.
    """
    found = [
        (end - start, parts.surfaces[which])
        for which, start, end in parts.search.find_matches_as_indexes(folded, overlapping=True)
        if mentions.whole(folded, start, end)
    ]
    spoken_of = [name for _, name in sorted(found, key=lambda one: -one[0])] + ([at] if at else [])
    served = {name for name in spoken_of if set(parts.service.surfaces[name].serves) & set(spoken_of)}
    return next((name for name in spoken_of if name not in served), None)


def find_model(folded: str, parts: Parts) -> str | None:
    """Name the model that the text speaks of first, as in "opus 4.6"; None where it names none."""
    found = parts.models.search(folded) if _DIGIT.search(folded) else None
    return f"{found[1]} {(found[2] or found[3]).replace('-', '.')}" if found else None
