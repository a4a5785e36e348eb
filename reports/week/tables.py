"""The tables of a weekly report: the same cells in HTML and in Markdown."""

from collections.abc import Sequence

from reports.columns import Table
from reports.week.records import Card, Figures, Incident, Week
from reports.week.words import LAGS, day_and_time, hours, median_lag, named, until
from reports.wording import NOTHING, apart, between, instant, lag, listed, number, peak, share


def services(week: Week) -> Table:
    """Lay the services side by side, each with how much was looked at."""
    rows = tuple(
        (
            week.titles.get(each.service, each.service), number(each.episodes), hours(each.felt_hours),
            lag(late), number(each.incidents), share(each.looked), share(each.judged), share(each.page_read),
        )
        for each, late in (
            (week.figures, median_lag(week.cards)), *((peer, peer.median_lag_min) for peer in week.peers)
        )
    )  # fmt: skip
    names = ("Service", "Outages felt", "Time affected", "Page's median lag", "On the page", "Looked at", "Judged",
             "Page read")  # fmt: skip
    return Table("Side by side, this week", names, rows)


def lately(week: Week) -> Table:
    """Lay out the week after the four before it."""
    rows = (
        *(_week(each, each.median_lag_min) for each in week.before),
        _week(week.figures, median_lag(week.cards)),
    )
    names = ("Week", "Outages", "Time affected", "Median lag", "On the page", "Limit", "Quality", "Looked at", "Judged")
    return Table(f"{week.title}, the last five weeks", names, rows)


def facts(card: Card) -> list[tuple[str, str]]:
    """Say what an outage was, in pairs of a heading and what is known."""
    looked = ", ".join(f"{one.platform} {share(one.share)}" for one in card.looked) or "nothing"
    told = [
        ("Symptoms", named(card.parts, "symptom")),
        ("Surfaces", named(card.parts, "surface")),
        ("Models", named(card.parts, "model")),
        ("Languages", named(card.parts, "language")),
        ("Sources", named(card.parts, "platform")),
        ("Looked at", f"{looked} of its time"),
        ("Onset", f"{card.onset_at:%H:%M}; {between(card.onset_earliest, card.onset_latest, card.onset_at)}"),
    ]
    if card.together:
        told.append(("Also rose", f"{listed(card.together)}: perhaps one cause"))
    if card.mark:
        told.append(("Marked", f"{card.mark}: {card.mark_why}"))
    if card.note:
        told.append(("Note", card.note))
    return told


def lags(card: Card) -> Table:
    """Lay out an outage's signed lags: its own, then those of each incident that matches it."""
    rows = [_lag("detection_lag_min", apart(card.alarm_at, card.onset_at), "")]
    for answer in card.answers:
        spoke, declared = answer.page_spoke_at, answer.declared_start
        told = {
            "acknowledgement_lag_min": apart(spoke, card.onset_at),
            "alarm_to_page_min": apart(spoke, card.alarm_at),
            "available_to_page_min": apart(spoke, card.available_at),
            "declared_to_onset_min": apart(card.onset_at, declared),
            "declared_lag_min": apart(card.alarm_at, declared),
            "declared_to_page_min": apart(spoke, declared),
        }
        rows += [_lag(name, minutes, answer.title) for name, minutes in told.items() if minutes is not None]
    return Table(
        f"Lags of {day_and_time(card.onset_at)}", ("What", "Lag", "Read it so", "Official incident"), tuple(rows)
    )


def official(incidents: Sequence[Incident], heading: str) -> Table:
    """Lay out official incidents."""
    rows = tuple(
        (
            day_and_time(one.first_published_at), one.title, one.impact, listed(one.surfaces),
            NOTHING if one.lasted_min is None else f"{one.lasted_min:.0f} min", _why(one),
        )
        for one in incidents
    )  # fmt: skip
    return Table(heading, ("Published", "Title", "Impact", "Surfaces", "Lasted", "Why"), rows)


def brief(cards: Sequence[Card]) -> Table:
    """Lay out outages in a line each."""
    rows = tuple(
        (
            day_and_time(card.onset_at), until(card),
            peak(card.peak_people, card.peak_expected), lag(card.printed_lag), card.verdict,
            listed(card.surfaces),
        )
        for card in cards
    )  # fmt: skip
    return Table("More outages", ("Onset", "End", "Peak", "Lag", "Verdict", "Affected"), rows)


def uptime(week: Week) -> Table | None:
    """Lay out uptime: parts down, definitions across; None where there is none."""
    if not week.uptimes:
        return None
    definitions = list(dict.fromkeys(one.definition for one in week.uptimes))
    shares = {(one.part, one.definition): one for one in week.uptimes}
    rows = []
    for part in dict.fromkeys(one.part for one in week.uptimes):
        told = [shares.get((part, definition)) for definition in definitions]
        read = next((one.known for one in told if one and one.definition != "felt"), None)
        felt = next((one.known for one in told if one and one.definition == "felt"), None)
        known = listed(
            f"{what} {share(value)}" for what, value in (("page", read), ("complaints", felt)) if value is not None
        )
        cells = [NOTHING if one is None or one.share is None else f"{one.share:.2%}".replace("%", " %") for one in told]
        rows.append((part, *cells, known))
    first = week.uptimes[0]
    heading = f"Uptime from {first.start:%Y-%m-%d} to {first.end:%Y-%m-%d}, of the time that was looked at"
    return Table(heading, ("Part", *definitions, "Looked at"), tuple(rows))


def changes(week: Week) -> Table:
    """Lay out what later judgements changed."""
    rows = tuple((instant(one.as_of), one.of, one.what, one.was or NOTHING, one.now or NOTHING) for one in week.history)
    return Table("What changed", ("As of", "Of", "What", "Was", "Is"), rows)


def _week(each: Figures, late: float | None) -> tuple[str, ...]:
    year, week, _ = each.week_start.isocalendar()
    return (
        f"{year}-W{week:02}", number(each.episodes), hours(each.felt_hours), lag(late),
        number(each.incidents), number(each.limit_people), number(each.quality_people), share(each.looked),
        share(each.judged),
    )  # fmt: skip


def _lag(name: str, minutes: float | None, title: str) -> tuple[str, ...]:
    taken, read = LAGS[name]
    return taken, lag(minutes), read, title


def _why(one: Incident) -> str:
    return {"complaints were judged, and no episode matches it": "nobody complained"}.get(one.reason, one.reason)
