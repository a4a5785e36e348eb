"""What a week comes to, in sentences: the same in HTML, in Markdown, in the index and in the terminal."""

from collections.abc import Sequence
from datetime import datetime
from statistics import mean, median

from ingest.saying import count
from reports.week.records import Card, Figures, Part, Week
from reports.wording import NOTHING, apart, clock, instant, lag, listed, share

WHOLE = 0.95
"""From which share on a week counts as judged: less is said with every number."""

VERDICTS = {
    "early": "our alarm came before the page",
    "acknowledged": "the page spoke before our alarm",
    "unacknowledged": "the page never spoke, and we were reading it",
    "pending": "too young: the page may still speak",
    "unknown": "nobody read the page then",
}

SILENT = {
    "unacknowledged": "the page said nothing of it",
    "pending": "the page has said nothing of it yet",
    "unknown": "what the page said then is not known",
}

LAGS = {
    "detection_lag_min": ("our alarm − onset", "how long we took"),
    "acknowledgement_lag_min": ("page's first word − onset", "negative: the page was first"),
    "alarm_to_page_min": ("page − our alarm", "positive: we were first"),
    "available_to_page_min": ("page − when our alarm could be known", "the same, with the delay of our sources"),
    "declared_to_onset_min": ("onset − declared start", "negative: people felt it before the page says it began"),
    "declared_lag_min": ("our alarm − declared start", "how late we were by the page's own account"),
    "declared_to_page_min": ("page − declared start", "how late the page was by its own account"),
}
"""Each signed lag by the name of its field: what is taken from what, and how to read it."""


def hours(value: float | None) -> str:
    """Say a number of hours.

    >>> hours(6.4166667), hours(0.5), hours(0.0), hours(None)
    ('6 h 25 min', '30 min', '0 min', '–')
    """
    if value is None:
        return NOTHING
    whole, minutes = divmod(round(value * 60), 60)
    return f"{whole} h {minutes:02} min" if whole else f"{minutes} min"


def when(week: Week) -> str:
    """Say which week: `Week 17, 20 to 26 April 2026`."""
    last = week.end.fromtimestamp(week.end.timestamp() - 1, week.end.tzinfo)
    first = f"{week.start.day}" + (f" {week.start:%B}" if week.start.month != last.month else "")
    first += f" {week.start.year}" if week.start.year != last.year else ""
    return f"Week {int(week.week[-2:])}, {first} to {last.day} {last:%B %Y}"


def headline(week: Week) -> str:
    """Answer in one sentence."""
    figures = week.figures
    if figures.episodes is None:
        return f"Nobody looked: whether {week.title} was down is not known"
    part = f", in the {share(figures.judged)} of the week that could be judged" if figures.judged < WHOLE else ""
    if not week.complete:
        part = ", so far this week"
    if not figures.episodes and not figures.felt_hours:
        return f"No outage of {week.title} that people felt{part}"
    often = times(figures.episodes) if figures.episodes else "from the week before on"
    doubted = sum(card.mark == "wrong" for card in week.cards)
    but = f" ({doubted} of them marked as no outage since)" if doubted else ""
    return f"{week.title} was down {often}, for {hours(figures.felt_hours)} in all{but}{part}"


def times(number: int) -> str:
    """Say how often: `once`, `twice`, `3 times`."""
    return {1: "once", 2: "twice"}.get(number, f"{number:,} times")


def worst(week: Week) -> Card | None:
    """Choose the episode with the most people."""
    return max(week.cards, key=lambda card: (card.people, card.peak_people), default=None)


def day_and_time(at: datetime) -> str:
    """Say an instant within a week: `Fri 24 Apr, 02:30`."""
    return f"{at:%a} {at.day} {at:%b}, {at:%H:%M}"


def at_peak(card: Card) -> str:
    """Say the worst five minutes: `12 people, 0.3 expected`."""
    return f"{count(card.peak_people, 'person', 'people')}, {card.peak_expected:.1f} expected"


def until(card: Card) -> str:
    """Say when an outage ended and how long it lasted: `to 07:45, 1 h 55 min`; or that nobody saw it."""
    lasted = hours((card.felt_until - card.onset_at).total_seconds() / 3600)
    if card.ended_at is None:
        since = clock(card.felt_until, card.onset_at)
        return f"nobody saw its end: unseen since {since}" if card.unseen else f"not over after {lasted}"
    return f"to {clock(card.ended_at, card.onset_at)}, {lasted}"


def page_said(card: Card) -> str:
    """Say of one outage when the page spoke, beside the onset and our alarm."""
    if card.acknowledgement_lag_min is None or card.first_published_at is None:
        return SILENT.get(card.verdict, card.verdict)
    late, after = card.printed_lag or 0, apart(card.first_published_at, card.alarm_at) or 0
    beside = (
        f"{lag(abs(after)).lstrip('+')} {'after' if after > 0 else 'before'} our alarm" if after else "with our alarm"
    )
    if late < 0:
        return f"the page was first: {lag(late)} from the onset, {beside}"
    if card.available_at and card.alarm_at <= card.first_published_at < card.available_at:
        known = lag(apart(card.available_at, card.first_published_at)).lstrip("+")
        beside += f"; with the delay of our sources the alarm could be known {known} after the page"
    return f"the page spoke {f'{lag(late)} after'.lstrip('+') if late else 'with'} the onset, {beside}"


def told(card: Card) -> str:
    """Tell one outage in a sentence."""
    named = f" They name above all: {listed(card.symptoms)}" if card.symptoms else ""
    named += f"; {listed(card.surfaces)}." if named and card.surfaces else "." if named else ""
    spoke = page_said(card)
    said = (
        f"At its worst {count(card.peak_people, 'person', 'people')} complained in five minutes, against "
        f"{card.peak_expected:.1f} expected.{named} {spoke[0].upper()}{spoke[1:]}."
    )
    return f"{said} It did not end: it became the usual." if card.settled else said


def tiles(week: Week) -> list[tuple[str, str, str]]:
    """Give the four figures that answer: (what, how much, beside what)."""
    figures, chosen = week.figures, worst(week)
    if figures.episodes is None:
        return []
    return [
        ("Outages people felt", f"{figures.episodes:,}", _usually([each.episodes for each in week.before], "")),
        ("Time affected", hours(figures.felt_hours), _usually([each.felt_hours for each in week.before], " h")),
        (
            "The worst",
            day_and_time(chosen.onset_at),
            f"{at_peak(chosen)} in 5 min",
        )
        if chosen
        else ("The worst", NOTHING, "there was none"),
        ("The page's lag", *_lateness(week.cards)),
    ]


def median_lag(cards: Sequence[Card]) -> float | None:
    """Give the median of the lags that the cards print; None where the page spoke of none of them."""
    lags = [card.printed_lag for card in cards if card.printed_lag is not None]
    return median(lags) if lags else None


def _lateness(cards: Sequence[Card]) -> tuple[str, str]:
    lags = [card.printed_lag for card in cards if card.printed_lag is not None]
    said = [f"median; {lag(min(lags))} to {lag(max(lags))}"] if len(lags) > 1 else ["from the onset"] if lags else []
    first = sum(minutes < 0 for minutes in lags)
    said += [f"the page first {times(first)}"] if first else []
    for verdict, words in (
        ("unacknowledged", "silent about"),
        ("pending", "may yet speak of"),
        ("unknown", "not read for"),
    ):
        number = sum(card.verdict == verdict for card in cards)
        said += [f"{words} {number} of {len(cards)}"] if number else []
    silent = bool(cards) and all(card.verdict == "unacknowledged" for card in cards)
    return lag(median(lags)) if lags else "silent" if silent else NOTHING, "; ".join(said) or "nothing to speak of"


def compared(week: Week) -> list[str]:
    """Hold the week against the four before and against the other services, in sentences."""
    if week.figures.episodes is None:
        return []
    said = []
    before = [each for each in week.before if each.episodes is not None and each.judged >= 0.5]
    if before:
        more = f"had {_more(week.figures.episodes, mean(each.episodes or 0 for each in before))}"
        more = more if week.complete else f"has {week.figures.episodes} so far"
        of = (
            "the four weeks before"
            if len(before) == 4
            else f"the {len(before)} of the four weeks before that were judged"
        )
        said.append(
            f"{of[0].upper()}{of[1:]} had {listed(f'{each.episodes}' for each in before)} outages and "
            f"{listed(f'{each.felt_hours:.1f}' for each in before)} h: this one {more}."
        )
    others = [
        f"{week.titles.get(each.service, each.service)} "
        + ("was not judged" if each.episodes is None else f"{count(each.episodes, 'outage')}, {hours(each.felt_hours)}")
        for each in week.peers
    ]
    if others:
        said.append(f"In the same week, by the same measure: {'; '.join(others)}.")
    return said


def coverage(week: Week) -> str:
    """Say how much was looked at: what stands next to every number."""
    if not week.looked:
        return "Nobody looked at any platform in this week."
    platforms = ", ".join(f"{one.platform} {share(one.share)}" for one in week.looked)
    return (
        f"Looked at: {platforms} of the week; {share(week.figures.judged)} of it could be judged; "
        f"the official page was read for {share(week.figures.page_read)}."
    )


def peak_hours(week: Week) -> str:
    """Answer whether the busy hours are the problem, and say on how much that rests."""
    told = week.peak_hours
    if told.of_time is None or not told.onsets:
        return f"Not known: no outage in the {told.weeks} weeks up to this one in which anything could be judged."
    of_felt = told.of_outage_time or 0.0
    ratio = of_felt / told.of_time if told.of_time else 0.0
    answer = "Partly" if ratio >= 1.5 else "Hardly" if ratio >= 0.8 else "No"
    if ratio >= 1.5 and of_felt >= 0.6:
        answer = "Yes"
    few = " Few outages stand behind this." if told.onsets < 20 else ""
    return (
        f"{answer}: {told.says}, are {share(told.of_time)} of the time judged in the {told.weeks} weeks up to this "
        f"one, and hold {share(of_felt)} of the outage time ({ratio:.1f} times an even spread) and "
        f"{share(told.of_onsets or 0.0)} of {count(told.onsets, 'onset')}.{few}"
    )


def promise(week: Week) -> list[str]:
    """Say what false alarms were promised, what was measured, and what chance would give."""
    number = week.false_alarms_per_4_weeks
    alarms = f"{number:g} false alarm{'' if number == 1 else 's'}"
    said = [f"Promised: at most {alarms} in four weeks for each service. {week.measured}"]
    if week.chance and week.chance.precision is not None:
        told = week.chance
        said.append(
            f"In this database {told.matched} of {told.episodes} outages have an official incident "
            f"({share(told.precision or 0)}; 95 % interval {share(told.low or 0)} to {share(told.high or 0)})"
            + (f"; by chance {share(told.chance)} would." if told.chance is not None else ".")
        )
    return said


def named(parts: Sequence[Part], what: str, most: int = 6) -> str:
    """List what people named, with how many did: `errors 68, login 18; 115 named none`."""
    mine = [part for part in parts if part.what == what]
    told = [f"{part.name}\u00a0{part.people:,}" for part in mine if part.name]
    rest = sum(part.people for part in mine if not part.name)
    more = f" and {len(told) - most} more" if len(told) > most else ""
    none = f"{rest:,} {'unknown' if what == 'language' else 'named none'}" if rest else ""
    return "; ".join(filter(None, (", ".join(told[:most]) + more, none))) or NOTHING


def made(week: Week) -> str:
    """Say what the report rests on."""
    return f"As of {instant(week.as_of)}. Times are UTC; lags are minutes, signed."


def _usually(values: Sequence[float | None], unit: str) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return "the four weeks before were not judged"
    of = "four weeks" if len(known) == 4 else count(len(known), "judged week")
    return f"{mean(known):.1f}{unit} a week in the {of} before"


def _more(number: int, usual: float) -> str:
    return "about as many" if abs(number - usual) < 1 else "more" if number > usual else "fewer"


def incomplete(figures: Figures) -> bool:
    """Whether a figure must carry how much was looked at."""
    return figures.judged < WHOLE
