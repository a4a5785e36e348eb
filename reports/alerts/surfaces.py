"""Of which parts alerts are told: all, or those that ICD_ALERT_SURFACES names.

An outage is one of a part where the people who complain name it (two at least, and a tenth of those who name any: the
column `surfaces`), or where an official incident that matches the outage is of it.
"""

from collections.abc import Iterator

from ingest.errors import ConfigError
from ingest.hostile import one_line
from ingest.settings import Settings
from reports.alerts.message import Felt

KEY = "ICD_ALERT_SURFACES"

Part = tuple[str, str]
"""A service and a part of it, as the watchlist calls them."""


def read(settings: Settings) -> frozenset[Part] | None:
    """Read of which parts is told: `api` is that of every service, `claude/api` of one. None for all there is.

    Raises ConfigError, with the parts there are, for one that no service has.
    """
    names = settings.text(KEY, "").split()
    return frozenset(part for name in names for part in _parts(settings, name)) if names else None


def concerns(felt: Felt, only: frozenset[Part] | None) -> bool:
    """Say whether an outage is one of these parts."""
    return only is None or any((felt.service, named) in only for named in (*felt.surfaces, *felt.page_surfaces))


def said(only: frozenset[Part] | None) -> str:
    """Name the parts in a few words; an empty text where there is no choice."""
    return f" of {', '.join(f'{service}/{part}' for service, part in sorted(only))} alone" if only else ""


def _parts(settings: Settings, name: str) -> Iterator[Part]:
    """Give every part that goes by a name: api, or claude/api."""
    service, _, part = name.rpartition("/")
    known = [(one.name, surface) for one in settings.watchlist.services.values() for surface in one.surfaces]
    found = [pair for pair in known if pair[1] == part and service in ("", pair[0])]
    if not found:
        there = ", ".join("/".join(pair) for pair in known)
        raise ConfigError(f"{KEY}: {one_line(name, 40)!r} is no part of a service watched; there are: {there}")
    yield from found
