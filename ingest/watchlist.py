"""The services watched, as data: `watchlist.toml` here, or the file that ICD_WATCHLIST names."""

import re
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import msgspec

from ingest.errors import ConfigError, WrongOption
from ingest.hostile import one_line

PAGE_TYPES = ("statuspage", "incidentio", "googlestatus")


class Surface(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of a service: the words people use for it, and the official components that are it.

    In its `places`, by platform, a post means it unless it names another. It `serves` parts that stand on it: named
    together with one of those, that one is meant.
    """

    words: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    places: dict[str, tuple[str, ...]] = {}
    serves: tuple[str, ...] = ()


class StatusPage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a service's operator publishes, and in whose shape (`PAGE_TYPES`).

    Google's is two feeds, for all its products: `url` and `workspace_url`, filtered by `products`, their ids.
    """

    type: str
    url: str
    fallback_url: str | None = None
    workspace_url: str | None = None
    products: tuple[str, ...] = ()


class Service(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One service watched.

    `places` maps a platform to the places that are about this service, `queries` to what it is searched for.
    """

    title: str
    aliases: tuple[str, ...]
    not_aliases: tuple[str, ...] = ()
    places: dict[str, tuple[str, ...]] = {}
    queries: dict[str, tuple[str, ...]] = {}
    surfaces: dict[str, Surface] = {}
    status_page: StatusPage | None = None
    name: str = ""

    def surface_at(self, platform: str, place: str) -> str | None:
        """Name the part that a place is about; None where it is about none, or the whole."""
        return next((name for name, one in self.surfaces.items() if _is_at(one.places, platform, place)), None)

    @property
    def model_families(self) -> frozenset[str]:
        """The families of models: the aliases that end in a number, so that "opus 4" makes opus one."""
        return frozenset(found[1] for alias in self.aliases if (found := re.fullmatch(r"([a-z]+)[ -]\d\S*", alias)))

    def surfaces_of(self, components: tuple[str, ...]) -> tuple[str, ...]:
        """Translate the official components to surfaces, in the watchlist's order; unknown ones are left out."""
        return tuple(name for name, surface in self.surfaces.items() if set(surface.components) & set(components))


class Echo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Accounts and places, by platform, whose posts repeat the page, the news or each other."""

    authors: dict[str, tuple[str, ...]] = {}
    places: dict[str, tuple[str, ...]] = {}


class Mute(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose posts are judged and never counted: accounts by key or by handle, places; the last two by platform.

    A key is an `author_key` of the table `posts` or a `person` of `judgements` (`python -m detect loudest` lists the
    latter): so nobody's handle needs to be written down.
    """

    keys: tuple[Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)], ...] = ()
    authors: dict[str, tuple[str, ...]] = {}
    places: dict[str, tuple[str, ...]] = {}


class Watchlist(msgspec.Struct, frozen=True):
    """All services watched, by name, in the file's order."""

    services: dict[str, Service]
    echo: Echo = Echo()
    mute: Mute = Mute()

    def require(self, name: str) -> Service:
        """Look a service up. Raises WrongOption, with the block that would add it, where it is not watched."""
        if name in self.services:
            return self.services[name]
        raise WrongOption(
            f"service {one_line(name, 40)!r} is not on the watchlist ({', '.join(self.services)}); to watch it, "
            f"name your own copy in ICD_WATCHLIST and add: {block_for(name)}"
        )

    def platform_of(self, place: str) -> str | None:
        """Name the platform on which a place is somebody's; None where it is nobody's."""
        platforms = {platform for service in self.services.values() for platform in service.places}
        return next((platform for platform in sorted(platforms) if self.services_at(platform, place)), None)

    def services_at(self, platform: str, place: str) -> tuple[str, ...]:
        """Name the services that a place, or a target at it (`r/ClaudeAI/comments`), is about: none for a stream."""
        return tuple(name for name, service in self.services.items() if _is_at(service.places, platform, place))


def block_for(name: str) -> str:
    """Write the shortest block that would add a service, on one line."""
    safe = one_line(name, 40)
    return f'[{safe}] title = "{safe.title()}" aliases = ["{safe.lower()}"] (each on a line of its own)'


def _is_at(places: dict[str, tuple[str, ...]], platform: str, place: str) -> bool:
    folded = f"{place.casefold()}/"
    return any(folded.startswith(f"{known.casefold()}/") for known in places.get(platform, ()))


def load(path: Path | None = None) -> Watchlist:
    """Read the watchlist. Raises ConfigError that names the file, what is wrong in it, and where."""
    shown = str(path) if path else "ingest/watchlist.toml"
    try:
        text = path.read_text("utf-8") if path else files("ingest").joinpath("watchlist.toml").read_text("utf-8")
        blocks = tomllib.loads(text)
        echo = msgspec.convert(blocks.pop("echo", {}), Echo)
        mute = _mute(shown, blocks.pop("mute", {}))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ConfigError(f"watchlist {shown}: {_reason(error)}; see the comments in ingest/watchlist.toml") from error
    services = {name: _service(shown, name, block) for name, block in blocks.items()}
    if not services:
        raise ConfigError(f"watchlist {shown}: it names no service; see ingest/watchlist.toml")
    return Watchlist(services, echo, mute)


def _mute(shown: str, block: object) -> Mute:
    """Read what is muted. What would silently mute nobody is an error: a handle as people write it, an empty one."""
    try:
        mute = msgspec.convert(block, Mute)
    except msgspec.ValidationError as error:
        raise ConfigError(f"watchlist {shown}: [mute] {_reason(error)}; see ingest/watchlist.toml") from error
    for word, named in (("authors", mute.authors), ("places", mute.places)):
        for platform, names in named.items():
            for name in names:
                if reason := _mutes_nobody(word, platform, name):
                    raise ConfigError(
                        f"watchlist {shown}: [mute] {word}.{one_line(platform, 40)} {one_line(name, 40)!r} {reason}"
                    )
    return mute


def _mutes_nobody(word: str, platform: str, name: str) -> str | None:
    if not name or name != name.strip() or name.startswith(("@", "/")) or (word, name[:2]) == ("authors", "u/"):
        return "is not written as the platform has it: no @, no u/, no slash before it, no white space around it"
    if (word, platform) == ("authors", "bluesky") and not name.startswith("did:"):
        return "must be the account's DID (did:plc:...): a Bluesky handle can change hands"
    if (word, platform) == ("authors", "x") and not name.isdecimal():
        return "must be the account's number: a handle on X can change hands"
    return None


def _service(shown: str, name: str, block: object) -> Service:
    try:
        service = msgspec.structs.replace(msgspec.convert(block, Service), name=name)
    except msgspec.ValidationError as error:
        raise ConfigError(f"watchlist {shown}: [{name}] {_reason(error)}; see ingest/watchlist.toml") from error
    if not name.replace("_", "").isalnum() or name != name.lower():
        raise ConfigError(f"watchlist {shown}: [{name}] must be lower-case letters, digits and underscores")
    if not service.aliases or not all(alias.strip() for alias in service.aliases):
        raise ConfigError(f"watchlist {shown}: [{name}] needs at least one alias, none of them empty")
    for part, surface in service.surfaces.items():
        if unknown := [served for served in surface.serves if served not in service.surfaces]:
            raise ConfigError(
                f"watchlist {shown}: [{name}.surfaces] {part} serves {one_line(unknown[0], 40)!r}, which is no part"
            )
    if service.status_page and service.status_page.type not in PAGE_TYPES:
        raise ConfigError(
            f"watchlist {shown}: [{name}.status_page] type {service.status_page.type!r} is not one of "
            f"{', '.join(PAGE_TYPES)}"
        )
    return service


def _reason(error: Exception) -> str:
    return one_line(str(error), 160)
