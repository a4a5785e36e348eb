"""What the user may set: keys that start with ICD_, from the environment or a file named .env.

`.env.example` explains every one. With none set anywhere the tool runs on its embedded sample and stays offline.
"""

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from ingest import watchlist as watchlists
from ingest.errors import ConfigError, MissingKey

PREFIX = "ICD_"

_KEYS = {
    "ICD_WATCHLIST": "path of another watchlist",
    "ICD_LOOKBACK_HOURS": "how far back a first pull asks, in hours",
    "ICD_TIMEOUT_SECONDS": "how long to wait for one answer",
    "ICD_FALSE_ALARMS_PER_4_WEEKS": "the false-alarm promise",
    "ICD_USER_AGENT": "how we introduce ourselves to every source",
    "ICD_REDDIT_CLIENT_ID": "of your Reddit app",
    "ICD_REDDIT_CLIENT_SECRET": "of your Reddit app",
    "ICD_REDDIT_URL": "address of Reddit's token endpoint",
    "ICD_REDDIT_OAUTH_URL": "address of Reddit's API",
    "ICD_STATUSPAGE_PAUSE_SECONDS": "pause between two requests of a backfill",
    "ICD_RETENTION_DAYS": "how long texts and author keys are kept",
    "ICD_JETSTREAM_URLS": "addresses of Bluesky's Jetstream, first choice first",
    "ICD_JETSTREAM_MINUTES": "how long one run replays at most",
    "ICD_BLUESKY_HANDLE": "of your Bluesky account",
    "ICD_BLUESKY_APP_PASSWORD": "of your Bluesky account",
    "ICD_BLUESKY_URL": "address of your Bluesky server",
    "ICD_X_BEARER_TOKEN": "of your X app",
    "ICD_X_URL": "address of X's API",
    "ICD_X_USD_PER_DAY": "what X may cost in a UTC day",
    "ICD_X_USD_PER_MONTH": "what X may cost in a UTC month",
    "ICD_GITHUB_TOKEN": "of your GitHub account",
    "ICD_GITHUB_URL": "address of GitHub's API",
    "ICD_HACKERNEWS_URL": "address of the Hacker News search",
    "ICD_ALERT_URLS": "whom to tell of outages",
    "ICD_ALERT_SURFACES": "of which parts of a service to tell",
    "ICD_ARCTIC_SHIFT": "on: read Reddit's volumes from Arctic Shift",
    "ICD_ARCTIC_SHIFT_URL": "address of Arctic Shift",
}
_PER_SERVICE = ("STATUS_URL", "STATUS_FALLBACK_URL", "STATUS_WORKSPACE_URL")


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings in force. `live` is False on the embedded sample."""

    live: bool
    watchlist: watchlists.Watchlist
    values: Mapping[str, str] = field(repr=False)
    folder: Path = Path("data")
    """Beside the database: where a source may keep what must not enter it, such as a session."""

    def text(self, key: str, default: str | None = None) -> str:
        """Look a setting up. Raises MissingKey, naming it, where it is not set and has no default."""
        value = self.values.get(key, default)
        if value is None:
            raise MissingKey(f"{key} is not set; see .env.example")
        return value

    def number(self, key: str, default: float) -> float:
        """Look a positive number up. Raises ConfigError where it is none."""
        try:
            value = float(self.values.get(key, default))
        except ValueError:
            value = -1.0
        if not 0 <= value < 1e9:  # also refuses nan
            raise ConfigError(f"{key} must be a number of 0 or more, not {self.values[key]!r}; see .env.example")
        return value

    @property
    def lookback(self) -> timedelta:
        """How far back a first pull asks."""
        return timedelta(hours=self.number("ICD_LOOKBACK_HOURS", 36))

    @property
    def retention(self) -> timedelta:
        """How long texts and author keys are kept after they came to us."""
        return timedelta(days=self.number("ICD_RETENTION_DAYS", 30))

    @property
    def timeout(self) -> float:
        """Seconds to wait for one answer."""
        return self.number("ICD_TIMEOUT_SECONDS", 20)

    @property
    def user_agent(self) -> str:
        """How we introduce ourselves: honest, and of the form that Reddit asks for."""
        return self.text("ICD_USER_AGENT", "python:is-claude-down:0.1 (set ICD_USER_AGENT to name yourself)")

    @property
    def database(self) -> Path:
        """The default database: of its own for the sample, so that the two never mix."""
        return Path("data/outages.duckdb" if self.live else "data/sample.duckdb")

    def status_urls(self, service: watchlists.Service) -> tuple[str, ...]:
        """Where a service's page is read, first choice first. An address of your own brings no fallback along."""
        page = service.status_page
        own = self.values.get(f"{PREFIX}{service.name.upper()}_STATUS_URL")
        own_fallback = self.values.get(f"{PREFIX}{service.name.upper()}_STATUS_FALLBACK_URL")
        default_fallback = page.fallback_url if page and not own else None
        urls = (own or (page.url if page else None), own_fallback or default_fallback)
        return tuple(url.rstrip("/") for url in urls if url)

    def workspace_url(self, service: watchlists.Service) -> str | None:
        """Where Google's second feed is read; an address of your own for the first brings none along."""
        own = self.values.get(f"{PREFIX}{service.name.upper()}_STATUS_WORKSPACE_URL")
        page = service.status_page
        if own or page is None or self.values.get(f"{PREFIX}{service.name.upper()}_STATUS_URL"):
            return own
        return page.workspace_url


def load(environment: Mapping[str, str] = os.environ, env_file: Path = Path(".env")) -> Settings:
    """Read the environment, then .env for what it does not set. Raises ConfigError for a wrong line or key."""
    values = _read_env_file(env_file) if env_file.exists() else {}
    values |= {key: value for key, value in environment.items() if key.startswith(PREFIX)}
    values = {key: value for key, value in values.items() if value.strip()}
    path = values.get("ICD_WATCHLIST")
    watched = watchlists.load(Path(path).expanduser() if path else None)
    known = set(_KEYS) | {f"{PREFIX}{name.upper()}_{key}" for name in watched.services for key in _PER_SERVICE}
    for key in values:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            hint = f"; did you mean {near[0]}?" if near else "; see .env.example"
            raise ConfigError(f"{key} is not a setting{hint}")
    return Settings(live=bool(values) or env_file.exists(), watchlist=watched, values=values)


def _read_env_file(path: Path) -> dict[str, str]:
    from dotenv.parser import parse_stream

    try:
        with path.open(encoding="utf-8") as file:
            bindings = list(parse_stream(file))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read ({error}); see .env.example") from error
    values = {}
    for binding in bindings:
        if binding.error or (binding.key and binding.value is None):
            # Not the line's text: half a secret may stand in it.
            raise ConfigError(f"{path}, line {binding.original.line}: not of the form KEY=value; see .env.example")
        if binding.key and binding.key.startswith(PREFIX):
            values[binding.key] = binding.value or ""
    return values
