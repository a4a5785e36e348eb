"""The services watched, as data: `watchlist.toml` here, or the file that ICD_WATCHLIST names."""

import tomllib
from importlib.resources import files
from pathlib import Path

import msgspec

from ingest.errors import ConfigError
from ingest.hostile import one_line

PAGE_TYPES = ("statuspage", "incidentio", "googlestatus")


class Surface(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of a service: the words people use for it, and the official components that are it."""

    words: tuple[str, ...] = ()
    components: tuple[str, ...] = ()


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

    def surfaces_of(self, components: tuple[str, ...]) -> tuple[str, ...]:
        """Translate the official components to surfaces, in the watchlist's order; unknown ones are left out."""
        return tuple(name for name, surface in self.surfaces.items() if set(surface.components) & set(components))


class Echo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Accounts and places, by platform, whose posts repeat the page, the news or each other."""

    authors: dict[str, tuple[str, ...]] = {}
    places: dict[str, tuple[str, ...]] = {}


class Watchlist(msgspec.Struct, frozen=True):
    """All services watched, by name, in the file's order."""

    services: dict[str, Service]
    echo: Echo = Echo()

    def require(self, name: str) -> Service:
        """Look a service up. Raises ConfigError, with the block that would add it, where it is not watched."""
        if name in self.services:
            return self.services[name]
        raise ConfigError(
            f"service {one_line(name, 40)!r} is not on the watchlist ({', '.join(self.services)}); to watch it, "
            f"name your own copy in ICD_WATCHLIST and add: {block_for(name)}"
        )

    def services_at(self, platform: str, place: str) -> tuple[str, ...]:
        """Name the services that a place, or a target at it (`r/ClaudeAI/comments`), is about: none for a stream."""
        folded = f"{place.casefold()}/"
        return tuple(
            name
            for name, service in self.services.items()
            if any(folded.startswith(f"{known.casefold()}/") for known in service.places.get(platform, ()))
        )


def block_for(name: str) -> str:
    """Write the shortest block that would add a service, on one line."""
    safe = one_line(name, 40)
    return f'[{safe}] title = "{safe.title()}" aliases = ["{safe.lower()}"] (each on a line of its own)'


def load(path: Path | None = None) -> Watchlist:
    """Read the watchlist. Raises ConfigError that names the file, what is wrong in it, and where."""
    shown = str(path) if path else "ingest/watchlist.toml"
    try:
        text = path.read_text("utf-8") if path else files("ingest").joinpath("watchlist.toml").read_text("utf-8")
        blocks = tomllib.loads(text)
        echo = msgspec.convert(blocks.pop("echo", {}), Echo)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ConfigError(f"watchlist {shown}: {_reason(error)}; see the comments in ingest/watchlist.toml") from error
    services = {name: _service(shown, name, block) for name, block in blocks.items()}
    if not services:
        raise ConfigError(f"watchlist {shown}: it names no service; see ingest/watchlist.toml")
    return Watchlist(services, echo)


def _service(shown: str, name: str, block: object) -> Service:
    try:
        service = msgspec.structs.replace(msgspec.convert(block, Service), name=name)
    except msgspec.ValidationError as error:
        raise ConfigError(f"watchlist {shown}: [{name}] {_reason(error)}; see ingest/watchlist.toml") from error
    if not name.replace("_", "").isalnum() or name != name.lower():
        raise ConfigError(f"watchlist {shown}: [{name}] must be lower-case letters, digits and underscores")
    if not service.aliases or not all(alias.strip() for alias in service.aliases):
        raise ConfigError(f"watchlist {shown}: [{name}] needs at least one alias, none of them empty")
    if service.status_page and service.status_page.type not in PAGE_TYPES:
        raise ConfigError(
            f"watchlist {shown}: [{name}.status_page] type {service.status_page.type!r} is not one of "
            f"{', '.join(PAGE_TYPES)}"
        )
    return service


def _reason(error: Exception) -> str:
    return one_line(str(error), 160)
