"""The answer in words: one line that says it, then what it rests on."""

import textwrap
from collections.abc import Iterable, Iterator
from datetime import datetime

from detect.standing import STALE
from ingest.hostile import one_line
from ingest.saying import count
from reports import marks
from reports.now import Now, OpenIncident
from reports.wording import apart, between, instant, lag, listed, passed, peak, share, span

STYLES = {"down": "red", "probably": "yellow", "no sign": "green", "can't tell": "cyan", "learning": "cyan"}
"""The colour of the answer in a terminal that has any; the words say it too."""

_INDENT = 8

_RISE = "people complain far more than usual"
REASONS = {
    "two platforms": f"{_RISE}, on {{on}}",
    "incident": f"{_RISE}, on {{on}}, and the page has an open incident that fits",
    "one platform": f"{_RISE}, but on {{on}} alone",
    "few name it": f"{_RISE}, and few of them of this part",
    "few name any": f"{_RISE}, and hardly anybody says of which part",
    "ebbing": "an outage on {on} is not over, but in the last hour people did not complain more than usual",
    "page alone": "the official page says so, and {complaints}",
    "as usual": "people do not complain clearly more than usual",
    "other parts": f"{_RISE}, but not of this part",
    "learning": "still learning how many complaints are usual ({days} seen so far)",
    "mostly unseen": "what is read now brings only {heard} of the complaints; see python -m ingest doctor",
    "unseen since": "an outage was running when {unseen} was last read; see python -m ingest doctor",
    "no words": "no complaint can name this part",
    "not looked": "nobody has looked at complaints up to now",
    "stale": "nothing is known of the last {ago} ({then})",
}
"""What is said of each clause of the rule that gave an answer."""
_SILENCE = {"pending": "It has not spoken of it yet.", "unacknowledged": "It never spoke of it."}


def answer(now: Now, title: str) -> str:
    """Say the answer in one line."""
    named = f"{title} ({now.surface})" if now.surface else title
    since = f", since {_at(now.since, now)} UTC ({passed(now.asked_at, now.since)})" if now.since else ""
    match now.answer:
        case "down":
            return f"{named} is down{since}: {_why(now)}."
        case "probably":
            return f"{named} is probably down{since}: {_why(now)}."
        case "no sign":
            return f"No sign that {named} is down: {_why(now)}."
        case "learning":
            return f"Can't tell yet whether {named} is down: {_why(now)}."
        case _:
            return f"Can't tell whether {named} is down: {_why(now)}."


def evidence(now: Now, *, why: bool = False) -> Iterator[tuple[str, str]]:
    """Say what the answer rests on, as (heading, sentence) pairs; with `why`, the rule too."""
    if now.freshen:
        yield "Run", now.freshen
    yield "People", _people(now)
    if now.episode:
        yield "Named", _named(now)
        if now.episode.mark:
            yield "Marked", marks.said(now.episode.mark, now.episode.mark_why)
    elif now.last_episode and now.last_episode.ended_at:
        last = now.last_episode
        ended = f"{_at(last.ended_at, now)}, {span(now.asked_at - last.ended_at)} before" if last.ended_at else ""
        marked = f"; {marks.note(last.mark, last.mark_why)}" if last.mark else ""
        yield "Before", f"the last outage people felt began {_at(last.onset_at, now)} and ended {ended}{marked}."
    yield "Page", _page(now)
    if now.model:
        yield "Model", _model(now)
    yield "Known", _known(now)
    if why:
        yield "Rule", now.rule
    if now.label:
        yield "Sample", now.label


def lines(pairs: Iterable[tuple[str, str]], width: int | None = None) -> Iterator[str]:
    """Lay headings and sentences out, one line each; broken to `width` columns where one is given."""
    for heading, sentence in pairs:
        line = f"{heading:<{_INDENT}}{sentence}"
        yield line if width is None else textwrap.fill(line, width, subsequent_indent=" " * _INDENT)


def _why(now: Now) -> str:
    on = now.episode.platforms if now.episode else ()
    read = {one["platform"] for one in now.seen if one["seen_until"] and now.as_of - one["seen_until"] < STALE}
    days = round(now.covered_days, 1)
    known = now.judged_until or now.page_until or now.as_of
    judged = now.judged_until is not None and now.as_of - now.judged_until < STALE
    return REASONS[now.reason].format(
        on=" and ".join(on),
        unseen=" and ".join(name for name in on if name not in read),
        complaints="complaints do not show it" if judged else "complaints could not be judged",
        days="1 day" if days == 1 else f"{days:g} days",
        heard=share(now.heard or 0),
        ago=span(now.asked_at - known),
        then=f"at {_at(now.as_of, now)} it was: {now.held}",
    )


def _people(now: Now) -> str:
    hour = f"in the hour up to {_at(now.as_of, now)}"
    if now.people is None:
        return f"not looked at {hour}."
    if now.surface:
        return f"{count(now.people, 'person', 'people')} named {now.surface} {hour}."
    each = ", ".join(
        f"{one['platform']} {_beside(one['people'], one['usual'])}" if one["people"] is not None
        else f"{one['platform']} not looked at"
        for one in now.seen
    )  # fmt: skip
    usual = "; what is usual is not known yet" if now.usual is None else f", usually {_number(now.usual)}"
    return f"{count(now.people, 'complaint')} {hour}{usual} ({each})."


def _beside(people: int, usual: float | None) -> str:
    return f"{people:,}" if usual is None else f"{people:,} vs {_number(usual)}"


def _number(usual: float) -> str:
    return f"{usual:.1f}" if usual < 10 else f"{usual:,.0f}"


def _named(now: Now) -> str:
    episode = now.episode
    if episode is None:
        return ""
    parts = [names for names in (episode.symptoms, episode.surfaces, episode.models) if names]
    said = "; ".join(listed(names) for names in parts) or "no symptom and no part, by two people"
    onset = between(episode.onset_earliest, episode.onset_latest, episode.onset_at)
    return f"{said}. Peak {peak(episode.peak_people, episode.peak_expected)} people in 5 min; onset {onset}."


def _page(now: Now) -> str:
    if now.page_until is None:
        return "never read: what it says is not known."
    shows = f" It shows {now.page_indicator}." if now.page_indicator not in (None, "none") else ""
    if not now.incidents:
        silent = f" {_SILENCE[now.episode.verdict]}" if now.episode and now.episode.verdict in _SILENCE else ""
        return f"no open incident of it when it was read up to {_at(now.page_until, now)}.{silent}{shows}"
    return "; ".join(_incident(one, now) for one in now.incidents) + f"; read up to {_at(now.page_until, now)}.{shows}"


def _incident(incident: OpenIncident, now: Now) -> str:
    said = f"{one_line(incident.title, 100)} ({incident.impact}), open since {_at(incident.first_published_at, now)}"
    if now.episode:
        said += f", {lag(apart(incident.first_published_at, now.episode.onset_at))} from the onset"
    return said


def _model(now: Now) -> str:
    model = now.model
    if model is None:
        return ""
    people = {
        True: "people name it",
        False: f"people name {listed(model.named_by_people)}",
        None: "people name no model" if now.episode else "no episode is running",
    }[model.people]
    page = {
        True: "the page's title names it",
        False: f"the page's title names {listed(model.named_by_page)}",
        None: "the page's title names no model" if now.incidents else "the page has no open incident",
    }[model.page]
    return f"{model.asked}: {people}; {page}. A model has no answer of its own."


def _known(now: Now) -> str:
    until = f"complaints judged up to {_at(now.judged_until, now)}" if now.judged_until else "complaints not judged yet"
    clock = "the sample ends at" if now.label else "asked at"
    return f"{until}, as of {instant(now.as_of)}; {clock} {instant(now.asked_at)}."


def _at(at: datetime | None, now: Now) -> str:
    """Say a time; with its day where it is another than that of asking."""
    if at is None:
        return "an unknown time"
    return f"{at:%H:%M}" if at.date() == now.asked_at.date() else f"{at:%Y-%m-%d %H:%M}"
