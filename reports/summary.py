"""The last lines of a timeline, where the eye lands: how often, how long, how late the page was, and did we look."""

from collections.abc import Iterator
from datetime import timedelta, tzinfo
from statistics import median

from ingest.saying import count
from reports.timeline import Row, Timeline
from reports.wording import MINUS, day, instant, lag, share, span


def closing(timeline: Timeline, zone: tzinfo | None = None) -> list[tuple[str, str]]:
    """Say what the rows come to, as (heading, sentence) pairs.

    `zone` is the reader's, the machine's own where it is None; where it is not UTC, the line that says when this was
    judged also says how to read the times.
    """
    services = _services(timeline)
    lines = []
    for service in services:
        rows = [row for row in timeline.rows if row.felt and row.service == service]
        named = f"{service}: " if len(services) > 1 else ""
        lines.append(("Felt", named + _felt(timeline, rows)))
        if rows:
            lines.append(("Page", named + _page(rows)))
    lines += [("Official", _official(timeline)), ("Looked", _looked(timeline)), ("Rule", timeline.rule)]
    lines.append(("Judged", f"{_judged(timeline)} {_reading_times(timeline, zone)}"))
    if timeline.label:
        lines.append(("Sample", timeline.label))
    return lines


def _services(timeline: Timeline) -> list[str]:
    found = {row.service for row in timeline.rows} | {each.service for each in timeline.coverage}
    return sorted(found) or [timeline.service or "any service"]


def _felt(timeline: Timeline, rows: list[Row]) -> str:
    if not rows:
        return "no outage found."
    lasted = [row.felt_until(timeline.as_of) - row.stands_at for row in rows]
    hours = sum(lasted, timedelta()).total_seconds() / 3600
    said = f"{count(len(rows), 'outage')}, {hours:.1f} hours in all"
    if len(rows) > 1:
        longest, row = max(zip(lasted, rows, strict=True), key=lambda pair: pair[0])
        said += f", the longest {span(longest)} ({day(row.stands_at, year=False).strip()})"
    unseen = sum(row.unseen(timeline.as_of) for row in rows)
    still_on = sum(row.ended_at is None for row in rows) - unseen
    doubted = sum(row.mark == "wrong" for row in rows)
    said += f"; {doubted} marked as no outage" if doubted else ""
    said += f"; {still_on} not over" if still_on else ""
    return said + (f"; of {unseen} nobody saw the end." if unseen else ".")


def _page(rows: list[Row]) -> str:
    lags = [row.printed_lag for row in rows if row.printed_lag is not None]
    verdicts = [row.verdict for row in rows]
    said = []
    if lags:
        before = [minutes for minutes in lags if minutes < 0]
        said.append(f"{_times(sum(minutes > 0 for minutes in lags))} later than the onset")
        said.append(f"{_times(len(before))} earlier{_shown(before)}")
        if 0 in lags:
            said.append(f"{_times(lags.count(0))} with it")
        said.append(f"median lag {lag(median(lags))}")
    for verdict, meaning in (
        ("unacknowledged", "silent"),
        ("pending", "too young to say"),
        ("unknown", "not read by us"),
    ):
        if verdict in verdicts:
            said.append(f"{_times(verdicts.count(verdict))} {meaning}")
    return ", ".join(said) + "."


def _shown(lags: list[float]) -> str:
    """List a few lags in brackets; of many, the range."""
    if not lags:
        return ""
    if len(lags) > 4:
        return f" ({lag(min(lags))} to {lag(max(lags))})"
    return f" ({', '.join(map(lag, sorted(lags)))})"


def _times(number: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(number, f"{number} times")


def _official(timeline: Timeline) -> str:
    verdicts = [row.verdict for row in timeline.rows if not row.felt]
    met = {(row.service, name) for row in timeline.rows if row.felt for name in row.incident_ids}
    said = (
        f"{count(len(met) + len(verdicts), 'incident')} on the page: {len(met):,} felt, "
        f"{verdicts.count('unfelt'):,} not felt, {verdicts.count('unknown'):,} not to be judged."
    )
    if timeline.later:
        said += f" {timeline.later:,} more came after this judgement: make detect."
    return said


def _looked(timeline: Timeline) -> str:
    if not any(each.share for each in timeline.coverage):
        return "nobody looked in this span: that nothing was found says nothing."
    return "; ".join(_shares(timeline)) + "."


def _shares(timeline: Timeline) -> Iterator[str]:
    """Name together the services of which the same is to be said."""
    named: dict[str, list[str]] = {}
    for judged in timeline.judged:
        mine = [each for each in timeline.coverage if each.service == judged.service]
        platforms = ", ".join(f"{each.platform} {share(each.share)}" for each in mine)
        said = (
            f"{platforms} of the time from {judged.start:%Y-%m-%d %H:%M} to {judged.end:%Y-%m-%d %H:%M}; "
            f"{share(judged.share)} of it could be judged"
        )
        named.setdefault(said, []).append(judged.service)
    for said, services in named.items():
        yield f"{', '.join(services)}: {said}" if len(timeline.judged) > 1 else said


def _judged(timeline: Timeline) -> str:
    promise = timeline.false_alarms_per_4_weeks
    alarms = "false alarm" if promise == 1 else "false alarms"
    return f"as of {instant(timeline.as_of)}, promising at most {promise:g} {alarms} in 4 weeks."


def _reading_times(timeline: Timeline, zone: tzinfo | None) -> str:
    newest = max((row.onset_at for row in timeline.rows if row.onset_at), default=timeline.as_of)
    offset = newest.astimezone(zone).utcoffset() or timedelta()
    if not offset:
        return "Times are UTC."
    hours, minutes = divmod(abs(round(offset.total_seconds() / 60)), 60)
    shift = f"{hours}:{minutes:02}" if minutes else f"{hours}"
    sign, verb = ("+", "add") if offset > timedelta() else (MINUS, "subtract")
    return f"Times are UTC; your zone is UTC{sign}{shift}: {verb} {shift} h."
