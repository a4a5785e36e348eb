"""What is searched for, what it would take, and what it needs."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from loopback.bluesky import DOWN, environment

from ingest.errors import ConfigError, MissingKey
from ingest.records import Window
from ingest.settings import load
from ingest.sources import Target, bluesky

NOON = datetime(2026, 4, 15, 12, tzinfo=UTC)


def test_every_phrase_of_every_service_is_a_target() -> None:
    """A phrase is one target, of its service; the stream spares it, and is not weighed against what it covers."""
    found = bluesky.targets(load({"ICD_X_URL": "http://127.0.0.1"}))
    one = Target('search "claude down"', "claude", brings="discoveries", spared_by=("jetstream", "stream"))
    assert one in found
    assert {target.service for target in found} == {"claude", "openai", "gemini"}
    assert len({target.name for target in found}) == len(found)


@pytest.mark.parametrize(
    ("claude", "openai"),
    [('["a \\" b"]', "[]"), ('["  "]', "[]"), ('["a\\\\b"]', "[]"), ('["a\\nb"]', "[]"), ('["down"]', '["down"]')],
)
def test_a_phrase_that_cannot_be_asked_is_said(claude: str, openai: str, tmp_path: Path) -> None:
    """A quotation mark, nothing, a line break, or a phrase of two services: the watchlist is named, and the way out."""
    text = "".join(
        f'[{name}]\ntitle = "{name}"\naliases = ["{name}"]\n[{name}.queries]\nbluesky = {phrases}\n'
        for name, phrases in (("claude", claude), ("openai", openai))
    )
    path = tmp_path / "own.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError, match="watchlist"):
        bluesky.targets(load({"ICD_WATCHLIST": str(path)}))


def test_keys_are_asked_for_by_name() -> None:
    """Without a handle or a password the source is left out, and the missing key named."""
    for key in ("ICD_BLUESKY_HANDLE", "ICD_BLUESKY_APP_PASSWORD"):
        keys = environment("http://127.0.0.1:1")
        del keys[key]
        with pytest.raises(MissingKey, match=key):
            bluesky.connect(load(keys))
    assert set(bluesky.ABOUT.needs) == {"ICD_BLUESKY_HANDLE", "ICD_BLUESKY_APP_PASSWORD"}


def test_an_estimate_is_made_without_asking() -> None:
    """A day is two requests at most for a phrase of a hundred posts a day."""
    estimate = bluesky.estimate(load({}), DOWN, Window(NOON - timedelta(days=1), NOON))
    assert (estimate.requests, estimate.usd) == (2, 0.0)
    assert "100" in estimate.said
