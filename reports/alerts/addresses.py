"""Where alerts go: the addresses in ICD_ALERT_URLS. They are secrets: none is ever printed, logged or stored.

An address is spoken of by its place in the list and by its scheme, and known in the database by a keyed hash.
"""

import ipaddress
import logging
from typing import Any
from urllib.parse import SplitResult, urlsplit

import msgspec

from ingest.errors import ConfigError
from ingest.settings import Settings

KEY = "ICD_ALERT_URLS"

SERVICES = ("hooks.slack.com", "discord.com", "discordapp.com")
"""Hosts whose webhooks take no JSON of ours: their addresses, as the service gives them out, go by the library."""

_EXTRA = "install it: .venv/bin/python -m pip install apprise"


class Address(msgspec.Struct, frozen=True):
    """One address. `place` counts from 1, `via` is its scheme, or webhook; `notifier` the library's own object."""

    place: int
    via: str
    url: str
    notifier: Any = None

    def __repr__(self) -> str:
        """Tell which it is and not what it is."""
        return f"address {self.place} ({self.via})"

    __str__ = __repr__


def read(settings: Settings) -> list[Address]:
    """Read the addresses, in order; none where none is set. Raises ConfigError, with the place, for one of no use."""
    urls = settings.text(KEY, "").split()
    if len(set(urls)) < len(urls):
        raise ConfigError(f"{KEY} holds an address twice; each would be told twice")
    return [_address(place, url) for place, url in enumerate(urls, 1)]


def _address(place: int, url: str) -> Address:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise _useless(place, "is no address") from None
    scheme = parts.scheme
    if scheme not in ("http", "https"):
        return _by_library(place, scheme, url, parts)
    if not host:
        raise _useless(place, "names no host")
    if scheme == "http" and not _is_loopback(host):
        raise _useless(place, "is not encrypted; write https:// (http:// is for this machine alone)")
    if host in SERVICES:
        return _by_library(place, "slack" if host == SERVICES[0] else "discord", url, parts)
    return Address(place, "webhook", url)


def _by_library(place: int, via: str, url: str, parts: SplitResult) -> Address:
    """Hand an address to the library; what it does not know is refused here, before anything is to be sent."""
    if not parts.scheme.isascii() or "://" not in url:
        raise _useless(place, "has no scheme; it begins with https://, mailtos://, slack://, discord:// or the like")
    try:
        import apprise  # an extra
    except ImportError:
        raise ConfigError(f"{KEY}, address {place}: {via} needs the library apprise; {_EXTRA}") from None
    # It says in its log what it does with an address, and a log without a handler goes to the terminal.
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    asset = apprise.AppriseAsset(app_id="is-claude-down", app_desc="", app_url="", http_redirects=False)
    notifier = apprise.Apprise.instantiate(url, asset=asset)
    if notifier is None:
        raise _useless(place, "is none that can be sent to; https:// takes JSON, the others are apprise's")
    if not _is_loopback(parts.hostname or ""):
        _require_encryption(place, parts.scheme, notifier)
    return Address(place, via, url, notifier)


def _require_encryption(place: int, scheme: str, notifier: Any) -> None:
    plain, encrypted = (_names(getattr(notifier, name, None)) for name in ("protocol", "secure_protocol"))
    if scheme in plain and encrypted and scheme not in encrypted:
        raise _useless(place, f"is not encrypted; write {encrypted[0]}://")
    if not notifier.verify_certificate or getattr(notifier, "secure_mode", None) == "insecure":
        raise _useless(place, "turns encryption or its check off; leave that out")


def _names(schemes: Any) -> tuple[str, ...]:
    return (schemes,) if isinstance(schemes, str) else tuple(schemes or ())


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _useless(place: int, why: str) -> ConfigError:
    # Not the address, nor a part of it: a token pasted without its scheme is all secret.
    return ConfigError(f"{KEY}, address {place} {why}; see .env.example")
