"""The weekly report in Markdown as GitHub renders it, with its pictures as files beside it."""

from collections.abc import Iterator

from reports.charts import Figure
from reports.columns import Table
from reports.markdown import escaped, table_of
from reports.week import tables, words
from reports.week.records import Answer, Card, Week
from reports.wording import share


def render(week: Week, drawn: dict[str, Figure], folder: str) -> str:
    """Write the document; its pictures are `folder`/name.svg."""
    return "\n\n".join(part for part in _parts(week, drawn, folder) if part) + "\n"


def _parts(week: Week, drawn: dict[str, Figure], folder: str) -> Iterator[str]:
    yield f"# {escaped(words.headline(week))}"
    yield f"{escaped(week.title)}, {escaped(words.when(week))}"
    if week.label:
        yield f"> **{escaped(week.label)}**"
    if not week.complete:
        yield "> **Not over:** this week was judged before its end."
    told = words.tiles(week)
    if told:
        yield "\n".join(f"- **{escaped(what)}:** {escaped(much)} ({escaped(beside)})" for what, much, beside in told)
    yield escaped(words.coverage(week))
    if week.carried:
        yield escaped(f"Still running from the week before: {', '.join(week.carried)}; its hours count here.")
    yield from map(escaped, words.compared(week))
    yield _picture(drawn.get("glance"), folder)
    yield "## Outages people felt"
    cards = [card for card in week.cards if card.in_full]
    rest = [card for card in week.cards if not card.in_full]
    if not cards:
        yield "None." if week.figures.episodes is not None else "Nobody looked, so nothing can be said."
    for card in cards:
        yield from _card(card, drawn.get(card.episode_id), folder)
    if rest:
        yield _table(tables.brief(rest), "####")
    yield _picture(drawn.get("lags"), folder)
    yield "## Compared"
    yield _picture(drawn.get("outages"), folder)
    yield _picture(drawn.get("hours"), folder)
    yield _table(tables.services(week))
    yield _table(tables.lately(week))
    yield "## On the page, and nobody felt it"
    quiet = [incident for incident in week.incidents if incident.verdict != "felt"]
    yield _table(tables.official(quiet, f"{len(quiet)} of {len(week.incidents)} published in this week"), "####")
    yield f"The page was read for {share(week.figures.page_read)} of the week."
    yield "## Are peak hours the problem?"
    yield escaped(words.peak_hours(week))
    yield _picture(drawn.get("hours_of_week"), folder)
    yield "## Outage, limit or quality?"
    yield _picture(drawn.get("series"), folder)
    up = tables.uptime(week)
    if up:
        yield "## Uptime, by definition"
        yield _table(up, "####")
        yield "\n".join(f"- **{escaped(name)}:** {escaped(says)}" for name, says in week.definitions.items())
    yield "## How sure is this?"
    yield from map(escaped, words.promise(week))
    yield escaped(week.rule)
    yield "### What changed since this report was first made"
    yield _table(tables.changes(week), "####") or f"Nothing, since {week.first_as_of:%Y-%m-%d %H:%M} UTC."
    yield escaped(words.made(week))


def _card(card: Card, figure: Figure | None, folder: str) -> Iterator[str]:
    yield f"### {escaped(words.day_and_time(card.onset_at))} {escaped(words.until(card))}"
    yield f"**{escaped(card.verdict)}:** {escaped(words.VERDICTS.get(card.verdict, ''))}"
    yield escaped(words.told(card))
    yield _picture(figure, folder)
    yield "\n".join(f"- **{heading}:** {escaped(says)}" for heading, says in tables.facts(card))
    yield "\n".join(map(_answer, card.answers)) or "- **Page:** no incident matches."
    if card.links:
        yield "Public reports: " + ", ".join(f"<{url}>" for url in card.links)
    yield _table(tables.lags(card), "####")


def _answer(answer: Answer) -> str:
    title = escaped(answer.title)
    linked = f"[{title}]({answer.url})" if answer.url else title
    return f"- **Page:** {linked} ({escaped(answer.impact)}): {escaped(answer.reason)}."


def _picture(figure: Figure | None, folder: str) -> str:
    return f"![{escaped(figure.says)}]({folder}/{figure.name}.svg)" if figure else ""


def _table(table: Table, level: str = "###") -> str:
    return table_of(table).replace("##", level, 1) if table.rows else ""
