"""The door to evaluations: `python -m detect evaluate`."""

import csv
from pathlib import Path
from typing import Any, get_args

import click

from detect.evaluation.detector_verbs import VERBS
from ingest.hostile import defused, one_line
from ingest.records import Form


@click.group("evaluate")
def evaluate() -> None:
    """Measure how good all this is, on labelled texts and on counts. Changes nothing.

    \b
    python -m detect evaluate posts labelled.jsonl          tables, in Markdown
    python -m detect evaluate posts labelled.jsonl --json   the same for scripts
    python -m detect evaluate all --quick                   the detector, on small samples
    """  # noqa: D301  (click's mark for lines kept as they are is the character itself)


@evaluate.command("posts")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--service", default="claude", metavar="NAME", help="Whose outage complaints are positive.")
@click.option("--json", "wants_json", is_flag=True, help="All figures as one object.")
@click.option("--listing", type=click.Path(path_type=Path), metavar="CSV", help="Write every text that was misread.")
def posts_verb(file: Path, service: str, *, wants_json: bool, listing: Path | None) -> None:
    """Hold the reading of posts against texts that people labelled.

    FILE has one JSON object a line: text, platform, label_complaint and kind; optional lang, community, symptom,
    surface, other_service_complaint, id. Or the fields of a line of detect/reading/corpus. May be packed with gzip.
    """
    from detect.evaluation import labelled, posts
    from detect.reading.fitting import open_reader
    from ingest import settings

    chosen = settings.load()
    chosen.watchlist.require(service)
    texts = labelled.load(file, chosen.watchlist, service)
    reader = open_reader(chosen.watchlist, chosen.database.parent)
    told = posts.tell(texts, reader, service)
    found = posts.evaluate(texts, told, reader, service)
    if listing:
        write_listing(listing, posts.listing(texts, told))
    say(found, f"{file.name} ({len(texts):,} texts)", wants_json=wants_json)


@evaluate.command("unrelated")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--place", default="", metavar="NAME", help="Judge each as if it stood here: r/ClaudeAI.")
@click.option("--form", type=click.Choice(get_args(Form)), help="As what it stands there. Default: as in explain.")
@click.option("--json", "wants_json", is_flag=True, help="All figures and hits as one object.")
def unrelated_verb(files: tuple[Path, ...], place: str, form: str | None, *, wants_json: bool) -> None:
    """Count what is called an outage among texts about anything, and list it to be read.

    FILES have one JSON object a line, with a text; nothing else of it is looked at but lang.

    \b
    python -m detect evaluate unrelated texts.jsonl
    python -m detect evaluate unrelated texts.jsonl --place r/ClaudeAI --form comment
    """  # noqa: D301  (as above)
    import msgspec

    from detect.evaluation import unrelated
    from detect.reading.complaints import Loose
    from detect.reading.fitting import open_reader
    from ingest import settings

    chosen = settings.load()
    platform = chosen.watchlist.platform_of(place) if place else "x"
    if platform is None:
        raise click.BadParameter(
            f"no service of the watchlist has a place {one_line(place, 40)!r}; name one of its places, or leave it out",
            param_hint="--place",
        )
    where = Loose("", platform, place, form or ("issue" if platform == "github" else "post"))
    found = unrelated.evaluate(files, open_reader(chosen.watchlist, chosen.database.parent), where)
    click.echo(
        msgspec.json.format(msgspec.json.encode(found), indent=2).decode() if wants_json else unrelated.tell(found)
    )


@evaluate.command("corpus")
@click.option("--service", default="claude", metavar="NAME", help="Whose outage complaints are positive.")
@click.option("--json", "wants_json", is_flag=True, help="All figures as one object.")
def corpus_verb(service: str, *, wants_json: bool) -> None:
    """Hold the reading against our own corpus (synthetic), each text read by a model that saw none of its template.

    Then once more with each language left out in turn.
    """
    from detect.evaluation import left_out
    from detect.reading import corpus, phrases
    from ingest import settings

    chosen = settings.load()
    chosen.watchlist.require(service)
    rules = phrases.prepare(chosen.watchlist, frozenset())
    found, languages = left_out.evaluate(corpus.load(), rules, service)
    say(found | {"language_left_out": languages}, "the project's own corpus (synthetic texts)", wants_json=wants_json)


for verb in VERBS:
    evaluate.add_command(verb)


def say(found: dict[str, Any], about: str, *, wants_json: bool) -> None:
    """Print an evaluation of posts, as JSON or as Markdown."""
    import msgspec

    from detect.evaluation import said, tables

    if wants_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
        return
    click.echo(said.of_posts(found, about))
    if left_out := found.get("language_left_out"):
        click.echo("\nWith every text of the language left out of the fit:\n\n" + tables.of_calls("language", left_out))


def write_listing(file: Path, rows: list[dict[str, Any]]) -> None:
    """Write misread texts as CSV: on one line each, and none of them a formula to a spreadsheet."""
    with file.open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, list(rows[0]) if rows else ["number"])
        writer.writeheader()
        writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)


def _cell(value: object) -> object:
    """Keep numbers numbers."""
    return defused(one_line(value, 500)) if isinstance(value, str) else value
