"""Phrases by language, as data: one file a language, our own words."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


@cache
def load() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Read every language, once, and join them: section ("sure", "limit", ...) to list name to phrases."""
    joined: dict[str, dict[str, tuple[str, ...]]] = {}
    for file in sorted(files("detect.reading.vocabulary").iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            for section, lists in tomllib.loads(file.read_text("utf-8")).items():
                for name, phrases in lists.items():
                    known = joined.setdefault(section, {}).get(name, ())
                    joined[section][name] = known + tuple(phrases)
    return joined
