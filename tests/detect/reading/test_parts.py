"""Which part of a service a text speaks of."""

import msgspec
import pytest

from detect.reading import mentions, parts
from ingest import watchlist
from ingest.errors import ConfigError
from ingest.watchlist import Surface

CLAUDE = parts.prepare(watchlist.load().require("claude"))


@pytest.mark.parametrize(
    ("text", "platform", "place", "surface"),
    [
        ("claude code is down", "x", "", "claude_code"),
        ("the claude api returns 500", "x", "", "api"),
        ("API Error: 500 on everything", "github", "anthropics/claude-code", "claude_code"),
        ("the desktop app hangs", "github", "anthropics/claude-code", "desktop"),
        ("nothing loads", "github", "anthropics/claude-code", "claude_code"),
        ("crashes all day", "googleplay", "com.anthropic.claude", "mobile"),
        ("artifacts are broken", "reddit", "r/ClaudeAI", "claude.ai"),
        ("is it down?", "reddit", "r/ClaudeAI", None),
        ("capital of rapid change", "x", "", None),
    ],
)
def test_the_longest_name_wins_then_the_place(text: str, platform: str, place: str, surface: str | None) -> None:
    """A name goes before where the text stands; what serves the part that is meant is not; else nobody knows."""
    assert parts.find_surface(mentions.folded(text), CLAUDE, CLAUDE.service.surface_at(platform, place)) == surface


def test_a_part_that_serves_nothing_known_is_refused(tmp_path) -> None:  # type: ignore[no-untyped-def]
    """A watchlist in which a part serves one that is not there: one line with the file, the service and the part."""
    file = tmp_path / "watched.toml"
    file.write_text(
        '[one]\ntitle = "One"\naliases = ["one"]\n[one.surfaces]\napi = { words = ["api"], serves = ["app"] }\n'
    )

    with pytest.raises(ConfigError, match=r"watched\.toml: \[one\.surfaces\] api serves 'app'"):
        watchlist.load(file)


def test_services_without_surfaces_have_none() -> None:
    """A service whose block lists no surfaces is judged all the same."""
    bare = parts.prepare(msgspec.structs.replace(CLAUDE.service, surfaces={}))

    assert parts.find_surface("claude code is down", bare, None) is None
    assert msgspec.structs.replace(CLAUDE.service, surfaces={"all": Surface()}).surface_at("x", "") is None


@pytest.mark.parametrize(
    ("text", "model"),
    [("opus 4.6 is slow", "opus 4.6"), ("claude-sonnet-4-5 down", "sonnet 4.5"), ("opus magnum", None)],
)
def test_the_first_model_with_its_number_is_meant(text: str, model: str | None) -> None:
    """However the number is written; a family's name alone is none."""
    assert parts.find_model(mentions.folded(text), CLAUDE) == model
