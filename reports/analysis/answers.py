"""What a notebook comes to, in sentences made of the figures: where they change, so does the answer."""

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from ingest.errors import DatabaseError
from ingest.hostile import one_line
from ingest.saying import count
from reports import story as stories
from reports import storytelling
from reports.analysis.evaluated import FITTING, Evaluation
from reports.analysis.frames import Published
from reports.markdown import escaped
from reports.week.loading import PEAK, PEAK_SAYS
from reports.wording import apart, between, instant, lag, listed, share, span

PLATFORMS = ("reddit", "bluesky", "x", "github", "hackernews")
"""Those that this tool can read at all."""

LOOKED = """
SELECT
    platform, sum(coverage * of_day) / sum(of_day) AS looked, sum(judged * of_day) / sum(of_day) AS judged,
    sum(blind * of_day) / sum(of_day) AS blind, sum(learning * of_day) / sum(of_day) AS learning,
    min("day") AS first, max("day") AS last
FROM daily_coverage WHERE service = $service GROUP BY platform ORDER BY platform
"""

IN_OUTAGE = """
SELECT service, sum(outage_hours) / sum(judged_hours) AS share FROM months
GROUP BY service HAVING sum(judged_hours) > 0 ORDER BY share DESC, service
"""

MONTHS = """
SELECT "month", outage_share FROM months WHERE service = $service AND outage_share IS NOT NULL ORDER BY outage_share
"""

BUSY = """
SELECT
    list_contains($peak, 24 * (weekday - 1) + "hour") AS busy,
    sum(outage_hours) / nullif(sum(judged_hours), 0) AS share, sum(judged_hours) AS judged
FROM hour_of_week WHERE service = $service GROUP BY busy
"""


class Said:
    """Sentences, shown as a quotation: one line each, whatever stands in them."""

    def __init__(self, sentences: Iterable[str]) -> None:
        self.sentences = tuple(one_line(sentence, 1000) for sentence in sentences)

    def __repr__(self) -> str:
        return "\n".join(self.sentences)

    def _repr_markdown_(self) -> str:
        return "\n>\n".join(f"> {escaped(sentence)}" for sentence in self.sentences)


def seen(book: Published, service: str) -> Said:
    """Say what was looked at, and what was not."""
    platforms = book.rows(LOOKED, service=service)
    if not platforms:
        return Said([f"Nobody looked at {book.title(service)} at all."])
    whole = platforms[0]
    page = next((row["read"] for row in book.rows("FROM peers WHERE service = $service", service=service)), 0.0)
    unread = [name for name in PLATFORMS if name not in {row["platform"] for row in platforms}]
    read = listed(f"{row['platform']} ({share(row['looked'])} of the time)" for row in platforms)
    return Said(
        [
            f"From {whole['first']:%d %b %Y} to {whole['last']:%d %b %Y} an alarm about {book.title(service)} could "
            f"have been raised in {share(whole['judged'])} of the time. In {share(whole['blind'])} nobody looked; in "
            f"{share(whole['learning'])} there was too little past to compare with.",
            f"People were read on {read}. Not read: {listed(unread)}; what is written there is in no figure.",
            f"The official page was read for {share(page)} of the 90 days before {instant(book.as_of)}: of the rest it "
            "is not known whether it was silent.",
        ]
    )  # fmt: skip


class Document:
    """A text in Markdown that a notebook shows as it is meant."""

    def __init__(self, markdown: str) -> None:
        self.markdown = markdown

    def __repr__(self) -> str:
        return self.markdown

    def _repr_markdown_(self) -> str:
        return self.markdown


def story(book: Published, episode_id: str) -> Document:
    """Tell one outage line by line, in the order of time."""
    with book.reading() as connection:
        told = storytelling.as_markdown(stories.load_episode(connection, episode_id))
    return Document(re.sub(r"^(#+ )", r"##\1", told, flags=re.MULTILINE))


def worst(book: Published, service: str) -> str:
    """Name the episode in which most people complained. Raises DatabaseError where there is none."""
    query = "SELECT episode_id FROM outages WHERE service = $service ORDER BY people DESC, onset_at LIMIT 1"
    for row in book.rows(query, service=service):
        return str(row["episode_id"])
    raise DatabaseError(f"nobody felt an outage of {service} in {book.path.name}; name another service")


def outage(book: Published, episode_id: str) -> Said:
    """Say of one outage when it was, for how long, who was first, and how sure that is."""
    [row] = book.rows("SELECT * FROM outages WHERE episode_id = $id", id=episode_id)
    began, ended, spoke = row["onset_at"], row["ended_at"], row["first_published_at"]
    lasted = f"lasted {span(ended - began)}" if ended else "is not known to have ended"
    said = [
        f"{book.title(row['service'])} began to fail for people at {instant(began)} "
        f"({between(row['onset_earliest'], row['onset_latest'], began)}), and it {lasted}.",
        f"At the peak {row['peak_people']} people complained in five minutes, where {row['peak_expected']:.1f} are "
        f"usual, on {listed(row['platforms'])}. They named {listed(row['symptoms'])}; of {listed(row['surfaces'])}; "
        f"with {listed(row['models'])}.",
        f"Our alarm came {lag(apart(row['alarm_at'], began))} from the onset.",
    ]
    if spoke:
        first = "our alarm was first" if row["alarm_at"] < spoke else "the page was before our alarm"
        said.append(
            f"The page spoke {lag(apart(spoke, began))} from the onset: {first}. By the matching rule it "
            f"spoke of it in {count(len(row['titles']), 'incident')}: {listed(row['titles'])}."
        )
    else:
        said.append(f"No incident of the page matches: {row['verdict']}.")
    return Said(said)


def detector(book: Published, evaluation: Evaluation, service: str) -> Said:
    """Say how good the detector is: on this database beside chance, and on simulated worlds beside its promise."""
    said = [
        _beside_chance(book.title(service), row)
        for row in book.rows("FROM chances WHERE service = $service", service=service)
    ]
    said += [
        f"Half of its alarms came within {row['median']:.0f} min of the onset, nine of ten within {row['p90']:.0f}."
        for row in book.rows("FROM lag_spreads WHERE service = $service AND lag = 'detection'", service=service)
    ]
    for promised, of in evaluation.ratios().groupby(level=0):
        said.append(
            f"On {len(of)} simulated calm worlds with {count(int(str(promised)), 'false alarm')} promised in four "
            f"weeks, {share(float(of.between(*FITTING).mean()))} had between half and twice as many; the worst had "
            f"{of.max():.1f} times as many."
        )
    said += [
        f"Of outages planted into recorded counts that bring five times the usual people, it finds {share(ours)} "
        f"with one false alarm in {7 / rate:.0f} days; the best of the other rules ({other}) finds {share(theirs)}."
        for rate, ours, other, theirs in evaluation.beside_others()
    ]
    delays = evaluation.delays()
    within = float((delays["mean delay"] <= delays["wanted at most"]).mean())
    said.append(
        f"Its mean delay is within what was wanted in {share(within)} of {len(delays)} kinds of simulated outages, and "
        f"{(delays['mean delay'] / delays['limit']).median():.1f} times the least possible at their median."
    )
    return Said(said)


def peers(book: Published, service: str) -> Said:
    """Say how a service stands beside the others, whether peak hours are the problem, and which month was worst."""
    shares = {row["service"]: row["share"] for row in book.rows(IN_OUTAGE)}
    said = []
    if service in shares:
        others = ", ".join(f"{book.title(name)} {_percent(part)}" for name, part in shares.items() if name != service)
        said.append(
            f"People felt {book.title(service)} in an outage for {_percent(shares[service])} of the time that could be "
            f"judged: number {list(shares).index(service) + 1} of {len(shares)}" + (f" ({others})." if others else ".")
        )
    said.append(_peak_hours(book, service))
    months = book.rows(MONTHS, service=service)
    if len(months) > 1:
        low, high = months[0], months[-1]
        said.append(
            f"Its worst month was {high['month']:%B %Y} ({_percent(high['outage_share'])} of the time judged), its "
            f"best {low['month']:%B %Y} ({_percent(low['outage_share'])})."
        )
    return Said(said)


def _beside_chance(title: str, row: dict[str, Any]) -> str:
    if not row["episodes"]:
        return f"No episode of {title} can be held against the page here."
    beside = (
        "how many would by chance is not known" if row["chance"] is None else f"by chance {share(row['chance'])} would"
    )
    return (
        f"Here {row['matched']} of {count(row['episodes'], 'episode')} of {title} have an official incident, "
        f"{share(row['precision'])} (the interval is {share(row['low'])} to {share(row['high'])}); {beside}."
    )


def _peak_hours(book: Published, service: str) -> str:
    found = {row["busy"]: row for row in book.rows(BUSY, service=service, peak=sorted(PEAK))}
    if len(found) < 2 or any(row["share"] is None for row in found.values()):
        return "Whether peak hours are the problem cannot be told: too little of them was judged."
    busy, quiet = found[True]["share"], found[False]["share"]
    weeks = timedelta(hours=sum(row["judged"] for row in found.values())) / timedelta(weeks=1)
    times = f"{busy / quiet:.1f} times the" if busy and quiet else "against the"
    return (
        f"In peak hours ({PEAK_SAYS}) it was in an outage for {_percent(busy)} of the time, {times} "
        f"{_percent(quiet)} of all other hours ({weeks:.1f} weeks could be judged)."
    )


def _percent(part: float) -> str:
    return f"{100 * part:.1f} %"
