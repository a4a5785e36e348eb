"""The project's own labelled texts, one JSON object a line; no real person's words. How written: README.md here."""

import hashlib
from collections.abc import Iterator
from importlib.resources import files

import msgspec


class Text(msgspec.Struct, frozen=True):
    """One text with its label: what it says of `service`, to somebody who sees where it stands."""

    text: str
    lang: str
    platform: str
    place: str
    form: str
    service: str
    kind: str
    reason: str | None
    symptom: str | None
    surface: str | None
    template: str


def load() -> list[Text]:
    """Read every text, in the order of the files' names. Raises msgspec.ValidationError for a line of another shape."""
    return [msgspec.json.decode(line, type=Text) for _, line in _lines()]


def digest() -> str:
    """Hash the corpus: what is fitted from it holds as long as this stays the same."""
    seen = hashlib.blake2b(digest_size=8)
    for name, line in _lines():
        seen.update(name.encode() + line)
    return seen.hexdigest()


def _lines() -> Iterator[tuple[str, bytes]]:
    for file in sorted(files("detect.reading.corpus").iterdir(), key=lambda file: file.name):
        if file.name.endswith(".jsonl"):
            for line in file.read_bytes().splitlines():
                if line.strip():
                    yield file.name, line
