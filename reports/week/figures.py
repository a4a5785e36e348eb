"""The pictures of a week."""

import re
from datetime import datetime, timedelta

from reports import charts
from reports.charts import Column, Figure, Lane, Late, Mark, Point, Span
from reports.week import words
from reports.week.loading import PEAK
from reports.week.records import Card, Figures, Week
from reports.week.words import day_and_time
from reports.wording import apart

HOUR = timedelta(hours=1)
LANES = 4
"""Official incidents that are drawn below one outage; all are in the table."""


def of_week(week: Week) -> dict[str, Figure]:
    """Draw the pictures of the week as a whole, by what they show; what there is nothing of is left out."""
    drawn: dict[str, Figure] = {}
    if week.hours:
        drawn["glance"] = glance(week)
        drawn["series"] = charts.small_multiples("series", "Three kinds of complaints, kept apart", _kinds(week), HOUR)
    if any(each.episodes is not None for each in (week.figures, *week.before, *week.peers)):
        for name, what, title in (
            ("outages", "episodes", "Outages, week by week"),
            ("hours", "felt_hours", "Hours affected, week by week"),
        ):
            drawn[name] = charts.columns(name, title, _columns(week, what), name, chosen=_short(week.week))
    if week.cards:
        drawn["lags"] = charts.lags(
            "lags", "Who was how late",
            [
                Late(
                    day_and_time(card.onset_at), apart(card.alarm_at, card.onset_at), card.printed_lag, _silent(card)
                )
                for card in week.cards[:40]
            ],
        )  # fmt: skip
    if week.hours_of_week:
        drawn["hours_of_week"] = charts.hours_of_week(
            "hours-of-week", "The hours of the week", week.hours_of_week, PEAK
        )
    return drawn


def glance(week: Week) -> Figure:
    """Draw the whole week, hour by hour."""
    points = [Point(hour.hour_start, hour.people, hour.expected, hour.looked) for hour in week.hours]
    felt = [Span(card.onset_at, card.felt_until) for card in week.cards]
    published = [incident.first_published_at for incident in week.incidents if incident.nature == "outage"]
    lanes = [Lane("official incidents, by their first word", (), tuple(published))] if published else []
    return charts.over_time("glance", "The week, hour by hour", points, HOUR, felt=felt, lanes=lanes, plot=130)


def episode(card: Card) -> Figure:
    """Draw one outage: complaints against the expected, our alarm, and the page, on one axis."""
    marks = [
        Mark(card.onset_at, f"onset {card.onset_at:%H:%M}"),
        Mark(card.alarm_at, f"our alarm {card.alarm_at:%H:%M}", "us"),
    ]
    if card.first_published_at:
        marks.append(Mark(card.first_published_at, f"page speaks {card.first_published_at:%H:%M}", "page"))
    if card.ended_at:
        marks.append(Mark(card.ended_at, f"end {card.ended_at:%H:%M}"))
    last = card.points[-1].start if card.points else card.alarm_at
    lanes = [
        Lane(
            f"page: {answer.title} ({answer.impact})",
            _shown(answer.first_published_at, answer.resolved_at or last),
            tuple(message.at for message in answer.messages),
        )
        for answer in card.answers[:LANES]
    ]
    step = timedelta(minutes=card.step_min)
    at_peak = Mark(card.peak_at, words.at_peak(card)) if card.step_min == 5 else None
    return charts.over_time(
        safe(f"outage-{card.episode_id}"), f"The outage of {day_and_time(card.onset_at)}", card.points, step,
        marks=marks, felt=[Span(card.onset_at, card.felt_until)], lanes=lanes, peak=at_peak,
    )  # fmt: skip


def safe(name: str) -> str:
    """Make a name fit for a file and for an id, whatever is in it."""
    return re.sub(r"[^A-Za-z0-9-]+", "-", name)[:80]


def _shown(start: datetime | None, end: datetime) -> tuple[Span, ...]:
    return (Span(start, end),) if start and end > start else ()


def _silent(card: Card) -> str:
    return {"pending": "the page may still speak", "unknown": "the page was not read"}.get(
        card.verdict, "the page never spoke"
    )


def _kinds(week: Week) -> dict[str, list[Point]]:
    return {
        "Outage: it does not work": [Point(hour.hour_start, hour.people, None, hour.looked) for hour in week.hours],
        "Limit: a quota, or the rate of one's plan": [
            Point(hour.hour_start, hour.limit_people, None, hour.looked) for hour in week.hours
        ],
        "Quality: it answers worse, or slower": [
            Point(hour.hour_start, hour.quality_people, None, hour.looked) for hour in week.hours
        ],
    }


def _columns(week: Week, what: str) -> list[Column]:
    told: list[Figures] = [*week.before, week.figures]
    for peer in week.peers:
        told += [*(each for each in week.peers_before if each.service == peer.service), peer]
    return [
        Column(
            week.titles.get(each.service, each.service),
            _short(_week(each.week_start)),
            getattr(each, what),
            each.judged,
        )
        for each in told
    ]


def _week(start: datetime) -> str:
    return f"W{start.isocalendar().week:02}"


def _short(week: str) -> str:
    return week[-3:]


def all_of(week: Week) -> dict[str, Figure]:
    """Draw every picture, those of the outages by their ids."""
    return of_week(week) | {card.episode_id: episode(card) for card in week.cards if card.points}
