"""A story laid out: as a table in the terminal, and as a document in Markdown. The same words in both."""

from datetime import datetime
from itertools import groupby

from rich.console import Group, RenderableType
from rich.text import Text

from ingest.hostile import one_line
from reports import marks
from reports.columns import Table
from reports.markdown import escaped, table_of
from reports.story import Story
from reports.terminal import plain_table, prose
from reports.wording import apart, day, instant, lag, share

BODY = 160
"""Characters of a line that are shown; JSON has all of them."""


def as_markdown(story: Story) -> str:
    """Write the story as a document of its own."""
    parts = [f"# {escaped(_title(story))}"]
    if story.label:
        parts.append(f"> **{escaped(story.label)}**")
    parts.append("\n".join(f"- **{heading}:** {escaped(said)}" for heading, said in _facts(story)))
    parts += [table_of(table) for table in _tables(story)]
    return "\n\n".join(parts) + "\n"


def as_terminal(story: Story, width: int) -> Group:
    """Lay the story out for a terminal of that many columns."""
    parts: list[RenderableType] = [Text(_title(story), "bold"), ""]
    for table in _tables(story):
        parts += [*plain_table(table, width, "What"), ""]
    parts += [prose(Text.assemble((f"{heading}  ", "bold"), said), width) for heading, said in _facts(story)]
    return Group(*parts)


def _title(story: Story) -> str:
    told = story.episode_id or story.incidents[0].incident_id
    return f"{story.service}: {told}, {story.verdict}"


def _tables(story: Story) -> list[Table]:
    """Lay out one table a day."""
    tables, onset = [], _at(story, "rising")
    for date, moments in groupby(story.moments, key=lambda one: one.at.date()):
        rows = []
        for one in moments:
            since = lag(apart(one.at, onset))
            named = f"[{one.incident_id}] " if one.incident_id and len(story.incidents) > 1 else ""
            rows.append((f"{one.at:%H:%M}", since, one.who, f"{named}{one_line(one.says, BODY)}"))
        columns = ("UTC", "Min", "Who", "What") if story.episode_id else ("UTC", "Who", "What")
        shown = tuple(rows) if story.episode_id else tuple((clock, who, what) for clock, _, who, what in rows)
        noon = next(one.at for one in story.moments if one.at.date() == date)
        tables.append(Table(day(noon, year=True).strip(), columns, shown))
    return tables


def _at(story: Story, what: str) -> datetime | None:
    """Find the instant of the one line that says this; None where no episode is told."""
    return next((one.at for one in story.moments if one.what == what), None)


def _facts(story: Story) -> list[tuple[str, str]]:
    """Say what stands behind the table: why each incident is in it, who was first, and did we look."""
    onset, alarm = _at(story, "rising"), _at(story, "alarm")
    said = [("Marked", marks.said(story.mark, story.mark_why))] if story.mark else []
    for one in story.incidents:
        lags = [
            f"{name} {lag(minutes)}"
            for name, minutes in (
                ("page − onset", apart(one.page_spoke_at, onset)),
                ("page − alarm", apart(one.page_spoke_at, alarm)),
                ("alarm − declared begin", apart(alarm, one.declared_start)),
            )
            if minutes is not None
        ]
        first = "; the page was first" if (one.alarm_to_page_min or 0) < 0 else ""
        told = f"{one.incident_id} ({one.impact}), {one_line(one.title, 120)}: {one.reason}"
        said.append(("Page", f"{told}{'; ' if lags else ''}{', '.join(lags)}{first}."))
    if story.episode_id and not story.incidents:
        said.append(("Page", f"no incident matches it: {story.verdict}."))
    if story.also:
        said.append(("Also", f"in the same hour rose {', '.join(story.also)}: perhaps one cause."))
    if story.looked:
        looked = ", ".join(f"{one.platform} {share(one.share)}" for one in story.looked)
        said.append(("Looked", f"{looked} of its time; what a platform missed is not in the counts."))
    said += [("Rule", story.rule), ("Judged", f"as of {instant(story.as_of)}. Times are UTC, lags signed minutes.")]
    if story.label:
        said.append(("Sample", story.label))
    return said
