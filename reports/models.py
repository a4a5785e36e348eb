"""The models that complaints and page name, held against the one asked about: no model has an answer of its own."""

import re
from collections.abc import Iterable, Sequence

import msgspec

from ingest.errors import WrongOption
from ingest.hostile import one_line
from ingest.watchlist import Service

_WRITTEN = re.compile(r"(?:[a-z]+[ -])*?(?P<family>[a-z]+)(?:[ -]?(?P<number>\d+(?:[.-]\d+)?[a-z]?))?")


class Model(msgspec.Struct, frozen=True):
    """A model as it is asked about: its family, and its number where one is given."""

    family: str
    number: str | None = None

    def __str__(self) -> str:
        return f"{self.family} {self.number}" if self.number else self.family


class Named(msgspec.Struct, frozen=True):
    """Who names the model that is asked about.

    `people` and `page` are None where no episode runs or no incident is open, or where they name no model at all.
    """

    asked: str
    people: bool | None
    page: bool | None
    named_by_people: tuple[str, ...]
    named_by_page: tuple[str, ...]


def read(text: str, service: Service) -> Model:
    """Read a model's name: `opus`, `opus 4.6`, `claude-opus-4-6`. Raises WrongOption where its family is not known."""
    found = _WRITTEN.fullmatch(" ".join(text.lower().split()))
    if found is None or found["family"] not in service.model_families:
        known = ", ".join(sorted(service.model_families)) or "none"
        raise WrongOption(
            f"{one_line(text, 40)!r} is no model of {service.name}: its aliases in the watchlist know {known}"
        )
    return Model(found["family"], (found["number"] or "").replace("-", ".") or None)


def compare(model: Model, by_people: Sequence[str], by_page: Iterable[Sequence[str]]) -> Named:
    """Hold a model against those that the episode's people name ("opus 4.6"), and the families in the page's titles.

    A family that is asked for is meant by each of its numbers, and a number by nothing but itself; the page's titles
    are read for families alone.
    """
    families = tuple(dict.fromkeys(family for title in by_page for family in title))
    people = (str(model) in by_people) if model.number else (model.family in {name.split(" ")[0] for name in by_people})
    return Named(
        asked=str(model), people=people if by_people else None, page=model.family in families if families else None,
        named_by_people=tuple(by_people), named_by_page=families,
    )  # fmt: skip
