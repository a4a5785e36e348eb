"""The verbs with which people take the results away: `export`, and `dictionary`, which says what they mean."""

from pathlib import Path

import click

from ingest.door import database_option
from ingest.saying import count


@click.command("export")
@database_option
@click.option(
    "--out", "folder", type=click.Path(path_type=Path), default=Path("data/export"), show_default=True, metavar="DIR",
    help="Where the files go; those of the same name are replaced.",
)  # fmt: skip
@click.option(
    "--format", "form", type=click.Choice(["csv", "parquet", "both"]), default="both", show_default=True,
    help="How they are written.",
)  # fmt: skip
def export_verb(database: Path | None, folder: Path, form: str) -> None:
    """Write episodes, incidents, lags and buckets as files, and datapackage.json, which says what each column means.

    Times are UTC, lags minutes, lists JSON. An empty cell is unknown, never zero. In CSV a cell that a spreadsheet
    would take for a formula begins with an apostrophe. No post is in them, and no author.

    \b
    python -m reports export
    python -m reports export --format csv --out april
    """  # noqa: D301  (click's mark for lines kept as they are is the character itself)
    from ingest import settings
    from ingest.published import connect_to_read
    from reports.exporting import SCHEMA, Format, export

    forms: tuple[Format, ...] = ("csv", "parquet") if form == "both" else (form,)  # type: ignore[assignment]
    with connect_to_read(database or settings.load().database) as connection:
        written = export(connection, folder, forms)
    for one in written:
        click.echo(f"{count(one.rows, 'row')} -> {one.path}")
    click.echo(f"what they mean -> {folder / SCHEMA}")


@click.command("dictionary")
@click.option("--out", "path", type=click.Path(dir_okay=False, path_type=Path), help="A file. Default: print it.")
def dictionary_verb(path: Path | None) -> None:
    """Write the data dictionary, in Markdown: every table, view and column, as the schema's comments say it."""
    from reports.dictionary import as_markdown, read

    said = as_markdown(read()).encode()
    if path is None:
        click.echo(said, nl=False)
    else:
        path.write_bytes(said)
