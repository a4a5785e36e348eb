"""What of texts about anything is taken for a complaint: where no place helps, next to nothing should be.

In a service's own place every text speaks of it, and most still complain of nothing; the shorter, the less it says.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from detect.evaluation import figures
from detect.evaluation.tables import table, within
from detect.reading.complaints import Loose, Reader, as_batch, judge
from ingest.errors import ConfigError
from ingest.files.linefile import LineFile
from ingest.hostile import one_line

BATCH = 20_000

LENGTHS = (("under 60", 60.0), ("60 to 199", 200.0), ("200 and more", math.inf))
"""Characters of a text, by which its figures are told apart: what each length is called, and where it ends."""

COMPLAINTS = ("outage", "limit", "quality")

NOWHERE = Loose("", "x")


class _Line(msgspec.Struct, frozen=True):
    text: str | None = None
    lang: str | None = None


def evaluate(paths: Iterable[Path], reader: Reader, where: Loose = NOWHERE) -> dict[str, Any]:
    """Judge every text as a post that stands somewhere, and list those that are called an outage of any service.

    Parameters
    ----------
    where
        A post without text: the platform, place and form that each text gets.

    Returns
    -------
    `files` (by name, with `n`, `called` and the share with its interval), `overall` alike, `lengths` (by `LENGTHS`, and
    in each by kind of complaint, alike), and `hits`: file, line's number, service, probability, and the text on one
    line.
    """
    by_file: dict[str, Any] = {}
    hits: list[dict[str, Any]] = []
    texts: Counter[str] = Counter()
    called: Counter[tuple[str, str]] = Counter()
    for path in paths:
        found = list(_judged(path, reader, where))
        hits += [hit | {"file": path.name} for held in found for hit in held.hits]
        by_file[path.name] = _share(
            sum(len({hit["line"] for hit in held.hits}) for held in found), sum(held.texts.total() for held in found)
        )
        for held in found:
            texts += held.texts
            called += held.called
    return {
        "overall": _share(sum(one["called"] for one in by_file.values()), texts.total()),
        "files": by_file,
        "lengths": {
            length: {kind: _share(called[length, kind], texts[length]) for kind in COMPLAINTS} for length, _ in LENGTHS
        },
        "hits": hits,
    }


def tell(found: dict[str, Any]) -> str:
    """Write the figures and every hit, to be read by a person: a real complaint among them is no mistake."""
    rows = [
        (name, one["n"], one["called"], f"1 in {one['n'] // one['called']:,}" if one["called"] else "none")
        for name, one in (found["files"] | {"all": found["overall"]}).items()
    ]
    lengths = [
        (length, f"{one['outage']['n']:,}", *(_percent(one[kind]) for kind in COMPLAINTS))
        for length, one in found["lengths"].items()
    ]
    shown = [(hit["file"], hit["line"], hit["service"], hit["probability"], hit["text"]) for hit in found["hits"]]
    overall = found["overall"]
    return "\n\n".join(
        [
            "# Texts about anything that are called an outage",
            table(("file", "texts", "called", "that is"), rows),
            "By length in characters, which share is called what:",
            table(("characters", "texts", *COMPLAINTS), lengths),
            f"Share called: {within(overall['value'], overall['interval'])}. To be read one by one:",
            table(("file", "line", "service", "probability", "text"), shown),
        ]
    )


class _Held(msgspec.Struct, frozen=True):
    """What was held of a batch: how many texts by length, how many of those by kind, and the hits."""

    texts: Counter[str]
    called: Counter[tuple[str, str]]
    hits: list[dict[str, Any]]


def _judged(path: Path, reader: Reader, where: Loose) -> Iterator[_Held]:
    with LineFile(path) as source:
        lines = source.lines()
        while batch := list(islice(lines, BATCH)):
            texts = [_text(path, number, line, where) for number, line in batch]
            rows = judge(as_batch(texts), reader).to_pylist()
            complaints = {(row["post_key"], row["kind"]) for row in rows if row["kind"] in COMPLAINTS}
            yield _Held(
                Counter(_length(text.text) for text in texts),
                Counter((_length(texts[number].text), kind) for number, kind in complaints),
                [
                    {
                        "line": batch[row["post_key"]][0], "service": row["service"],
                        "probability": row["probability"], "text": one_line(texts[row["post_key"]].text),
                    }
                    for row in rows
                    if row["kind"] == "outage"
                ],
            )  # fmt: skip


def _length(text: str) -> str:
    return next(length for length, end in LENGTHS if len(text) < end)


def _text(path: Path, number: int, line: bytes, where: Loose) -> Loose:
    try:
        one = msgspec.json.decode(line, type=_Line)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}, line {number}: {one_line(str(error))}; a line needs a text") from error
    return msgspec.structs.replace(where, text=one.text or "", lang=one.lang)


def _percent(share: dict[str, Any]) -> str:
    return "-" if share["value"] is None else f"{100 * share['value']:.2f} %"


def _share(called: int, texts: int) -> dict[str, Any]:
    return figures.share(called, texts) | {"called": called}
