"""The timeline in Markdown as GitHub renders it; titles are others' words and stay words, whatever is in them."""

import re
from datetime import UTC

from reports import columns
from reports.columns import RIGHT, Table
from reports.summary import closing
from reports.timeline import Timeline

_SIGNS = re.compile(r"([\\`*_{}\[\]<>&|~$])")
_ADDRESS = re.compile(r"(?i)(\w):(?=//)|\b(www)\.")
_CALL = re.compile(r"([@#])(?=\w)")


def as_markdown(timeline: Timeline) -> str:
    """Write the timeline as a document of its own: what it comes to first, then the tables."""
    parts = ["# Timeline of outages"]
    if timeline.label:
        parts.append(f"> **{escaped(timeline.label)}**")
    parts.append(
        "\n".join(
            f"- **{heading}:** {escaped(sentence)}"
            for heading, sentence in closing(timeline, UTC)
            if heading != "Sample"
        )
    )
    felt = columns.episodes(timeline)
    if felt.rows:
        parts += [table_of(felt), escaped(columns.legend(felt))]
    parts += [
        table_of(table) for verdict in ("unfelt", "unknown") if (table := columns.incidents(timeline, verdict)).rows
    ]
    if not timeline.rows:
        parts.append(escaped(columns.nothing_found(timeline)))
    return "\n\n".join(parts) + "\n"


def escaped(text: str) -> str:
    r"""Make a text stand in Markdown as the words it is: no table cell, markup, link, mention or formula begins in it.

    An address is broken where GitHub would make a link of it, a mention and an issue number by an invisible joiner.

    >>> escaped("a | b <b>c</b> [d](http://e)")
    'a \\| b \\<b\\>c\\</b\\> \\[d\\](http\\://e)'
    """
    text = _SIGNS.sub(r"\\\1", text)
    text = _ADDRESS.sub(lambda found: f"{found[1]}\\:" if found[1] else f"{found[2]}\\.", text)
    return _CALL.sub("\\1\u2060", text)


def table_of(table: Table) -> str:
    """Write one table with its heading."""
    lines = [
        f"## {escaped(table.heading)}\n",
        "| " + " | ".join(table.columns) + " |",
        "|" + "|".join(" ---: " if name in RIGHT else " --- " for name in table.columns) + "|",
    ]
    lines += ["| " + " | ".join(escaped(cell.strip()) for cell in row) + " |" for row in table.rows]
    return "\n".join(lines)
