"""Write a weekly report's files: HTML, Markdown with its pictures, JSON; and what goes with all of them."""

import os
import tempfile
from pathlib import Path

import msgspec

from ingest.errors import ConfigError
from reports.charts import Figure
from reports.week import changes, figures, html, index, markdown
from reports.week.figures import safe
from reports.week.records import Week


def write(week: Week, folder: Path) -> list[Path]:
    """Write one week's files into a folder that holds those of other weeks, and what changed since the last time.

    Each file is whole or not there. Raises ConfigError where the folder cannot be written to.
    """
    stem = f"{safe(week.service)}-{week.week}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        earlier = folder / f"{stem}.json"
        week = changes.since(changes.remember(earlier.read_bytes()) if earlier.exists() else None, week)
        drawn = figures.all_of(week)
        _pictures(folder / stem, drawn)
        return [
            _put(folder / f"{stem}.html", html.render(week, drawn, stem).encode()),
            _put(folder / f"{stem}.md", markdown.render(week, drawn, stem).encode()),
            _put(earlier, as_json(week)),
        ]
    except OSError as error:
        raise _refused(folder, error) from error


def write_common(folder: Path, feeds: dict[str, bytes]) -> Path:
    """Write the feed of each service, and the page of every week in the folder."""
    try:
        for service, feed in feeds.items():
            _put(folder / f"{safe(service)}.atom", feed)
        return _put(folder / "index.html", index.render(folder).encode())
    except OSError as error:
        raise _refused(folder, error) from error


def as_json(week: Week) -> bytes:
    """Write a week as JSON, in the shape of `reports/schema/week-1.json`."""
    return msgspec.json.format(msgspec.json.encode(week), indent=1) + b"\n"


def schema() -> bytes:
    """Write the schema of that JSON."""
    found = msgspec.json.schema(Week)
    told = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Week", **found}
    return msgspec.json.format(msgspec.json.encode(told), indent=1) + b"\n"


def _pictures(folder: Path, drawn: dict[str, Figure]) -> None:
    """Write the pictures, and take away those of an earlier report that are no more."""
    folder.mkdir(exist_ok=True)
    names = {f"{figure.name}.svg" for figure in drawn.values()}
    for old in folder.glob("*.svg"):
        if old.name not in names:
            old.unlink()
    for figure in drawn.values():
        _put(folder / f"{figure.name}.svg", f"{figure.svg}\n".encode())


def _put(path: Path, content: bytes) -> Path:
    """Write beside, then rename: nobody ever reads half a file."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return path


def _refused(folder: Path, error: OSError) -> ConfigError:
    return ConfigError(
        f"the report cannot be written to {folder} ({error.strerror or error}); name another folder with --out"
    )
