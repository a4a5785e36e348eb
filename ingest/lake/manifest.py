"""What a lake says of itself: its days, their files, and what was truly seen. The last that is written, and whole.

Who reads a lake reads the files that its manifest names and no others. So a day that is half written is never read, a
day that is written anew is read as it was or as it is, and a file that nobody names is rubbish.
"""

from collections.abc import Iterable
from datetime import date

import msgspec

from ingest.errors import ConfigError, LakeError
from ingest.lake.address import Address
from ingest.records import Window

NAME = "manifest.json"

SCHEMA = 1
"""Of the files of a day: raised where their columns change, or what one of them means."""


class Part(msgspec.Struct, frozen=True):
    """One file: its path below the lake, what is in it, and a BLAKE2b digest of its bytes."""

    path: str
    rows: int
    size: int
    digest: str


class Day(msgspec.Struct, frozen=True):
    """One UTC day of one platform, by when its posts count.

    `facts` is the sum of the hashes of its rows, which no order changes; `last_pull` the newest pull that is in it.
    """

    platform: str
    day: date
    rows: int
    facts: str
    last_pull: int
    parts: tuple[Part, ...]
    schema: int = SCHEMA


class Seen(msgspec.Struct, frozen=True):
    """What was truly seen of one target, and how many posts it brought first."""

    source: str
    platform: str
    target: str
    service: str | None
    posts: int
    windows: tuple[Window, ...]


class Manifest(msgspec.Struct, frozen=True):
    """A whole lake, of one database's facts. `author_key` tells its key from others without telling it."""

    kind: str
    author_key: str
    days: tuple[Day, ...] = ()
    coverage: tuple[Seen, ...] = ()

    @property
    def rows(self) -> int:
        """How many posts."""
        return sum(day.rows for day in self.days)

    @property
    def paths(self) -> frozenset[str]:
        """The files that count."""
        return frozenset(part.path for day in self.days for part in day.parts)

    def with_days(self, days: Iterable[Day]) -> "Manifest":
        """Put days in the place of those of the same platform and date."""
        held = {(day.platform, day.day): day for day in self.days} | {(day.platform, day.day): day for day in days}
        return msgspec.structs.replace(self, days=tuple(held[key] for key in sorted(held)))


def load(address: Address) -> Manifest | None:
    """Read a lake's manifest; None where there is no lake yet. Raises LakeError for one that cannot be read."""
    content = address.read(NAME)
    if content is None:
        return None
    try:
        # A newer version may have renamed anything but this.
        days = msgspec.json.decode(content, type=_Layout).days
        newest = max(days, key=lambda day: day.schema, default=None)
        if newest is not None and newest.schema > SCHEMA:
            raise LakeError(
                f"{address.of(NAME)}: day {newest.day} has schema {newest.schema} and this program reads up to "
                f"{SCHEMA}; upgrade it, or export the lake again with this one"
            )
        return msgspec.json.decode(content, type=Manifest)
    except (msgspec.DecodeError, ValueError) as error:
        raise LakeError(
            f"{address.of(NAME)} is no manifest of a lake ({str(error)[:120]}); "
            "remove the lake and export it again: python -m ingest lake export"
        ) from error


def require(address: Address) -> Manifest:
    """Read a lake's manifest. Raises LakeError where there is none."""
    found = load(address)
    if found is None:
        raise LakeError(
            f"{address} is no lake: it has no {NAME}; make one: python -m ingest lake export --lake {address}"
        )
    return found


def save(address: Address, before: Manifest | None, after: Manifest) -> None:
    """Put a manifest in the place of another, at one stroke, and remove the files that it does not name.

    Raises LakeError where the lake is not as it was: somebody else has written to it.
    """
    if load(address) != before:
        raise LakeError(f"{address}: another process has written to this lake meanwhile; run this again")
    address.write(NAME, msgspec.json.format(msgspec.json.encode(after), indent=1))
    clean(address, after)


def clean(address: Address, manifest: Manifest) -> None:
    """Remove the files of days that no manifest names: left by a run that was killed, or written anew since."""
    for path in address.sizes():
        if path.startswith("platform=") and path not in manifest.paths:
            address.remove(path)


def check(address: Address, days: Iterable[Day]) -> list[str]:
    """See that the files of some days are there and whole, and list where they are. Raises LakeError that names one."""
    sizes, places = address.sizes(), []
    for part in (part for day in days for part in day.parts):
        size = sizes.get(part.path)
        if size != part.size:
            what = "is missing" if size is None else f"is cut off or damaged: {size:,} bytes of {part.size:,}"
            raise LakeError(f"{address.of(part.path)} {what}; write it again: python -m ingest lake export")
        places.append(address.of(part.path))
    return places


def refuse_others(found: Manifest, address: Address, kind: str, author_key: str) -> None:
    """Raise ConfigError where a lake holds other facts than those that are to be written to it."""
    if found.kind != kind:
        raise ConfigError(
            f"{address} holds {found.kind} facts and would be mixed with {kind} ones; give another --lake"
        )
    if found.author_key != author_key:
        raise ConfigError(
            f"{address} was written with another author.key: one person would count as two; give another --lake"
        )


class _Versioned(msgspec.Struct):
    day: str = "?"
    schema: int = 0


class _Layout(msgspec.Struct):
    days: tuple[_Versioned, ...] = ()
