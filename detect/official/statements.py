"""What a message of the operator states about time: spans, beginnings, ends, each with its sentence's place. Pure.

Words decide: two times joined by "to", "until", a dash, or "between ... and" make a span; a single time begins or ends
something by the last word before it that tells ("started", "returned to baseline"), else, after "since" or "as of", by
what the sentence goes on to say. Peaks, planned work, expected fixes and deployments state neither.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Literal

import msgspec

from detect.official.clocks import Clock, find
from ingest.hostile import MAX_TEXT

MOST = 200
"""Clock times of one message that are read: no message of an operator has a tenth of it."""

Role = Literal["span", "start", "end", "lasted"]

_APPROX = r"(?:approximately\s|around\s|about\s|roughly\s|~\s?)?"
_SPAN = re.compile(
    rf"\s{{0,2}},?\s{{0,2}}(?:-|–|—|−|--|->|→|to|until|and\suntil|till|through|thru|up\sto)\s{{0,2}}{_APPROX}",
    re.IGNORECASE,
)
_AND = re.compile(rf"\s{{0,2}}and\s{{0,2}}{_APPROX}", re.IGNORECASE)
_BETWEEN = re.compile(rf"\bbetween\s{{1,2}}{_APPROX}\Z", re.IGNORECASE)
_PAIR = re.compile(r"\s{0,2}[/(]\s{0,2}|\s{0,2},?\sor\s", re.IGNORECASE)
_OPENED = re.compile(r"\s{0,2}\(\s{0,2}")
_SENTENCE = re.compile(r"[.!?](?=\s|\Z)")
_PLAN = re.compile(r"\bwill be\b|\bscheduled\b|\bplanned\b|\bwe plan\b|\bexpected? to\b|\bnext update\b", re.IGNORECASE)
_TELLS = re.compile(
    r"""(?P<none>\bpeak|\bconfirmed\sstable|\bcreated\b|\boccurred\safter|\bremaining|\bdeployed|\bupdate\b|\bworse)
    |(?P<start>\brestart|\bstart|\bbegan\b|\bbegun\b|\bbegin)
    |(?P<end>\bended\b|\bstopped\b|\bresolved\b|\bmitigated\b|\bmitigation\b|\brecover|\bbaseline\b|\bnormal\b|\bhealthy\b
       |\bfixed\b|\brestored\b|\bstable\b|(?<!not\s)\bworking\b|\breduced\b|\bsubsided\b|\breturned\b|\buntil\b
       |\bas\sexpected\b|\bnot\sobserve|\bno\slonger\b)""",
    re.VERBOSE | re.IGNORECASE,
)
_TROUBLE = re.compile(
    r"error|issue|outage|degrad|elevated|increase|spike|latency|incident|problem|unavailable|impact|broken|unable|fail|\bdown\b",
    re.IGNORECASE,
)
_SINCE = re.compile(r"\b(?:since|as of|from|after|starting)\b", re.IGNORECASE)
_LASTED = re.compile(
    r"\b(?:last(?:ed|ing)|for)\s(?:about\s|around\s|approximately\s|roughly\s|~\s?)?"
    r"(?P<count>\d{1,3}|an?|one|two|three)\s(?P<unit>minute|hour)s?\b",
    re.IGNORECASE,
)
_COUNTS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3}


class Moment(msgspec.Struct, frozen=True):
    """One time as it is written: once, or a second time in another zone."""

    one: Clock
    other: Clock | None = None

    @property
    def start(self) -> int:
        """Where it begins in the text."""
        return min(self.one.start, (self.other or self.one).start)

    @property
    def end(self) -> int:
        """Where it ends in the text."""
        return max(self.one.end, (self.other or self.one).end)


class Said(msgspec.Struct, frozen=True):
    """One statement: where its sentence stands, what it is, its moments, and how long it says it lasted.

    A span has `first` and `last`; a start or an end has `first` alone; of role `lasted` only the length is known.
    """

    sentence: tuple[int, int]
    role: Role
    first: Moment | None = None
    last: Moment | None = None
    lasted: timedelta | None = None


def statements(text: str) -> Iterator[Said]:
    """Read what a message states about time, in the order of the text; at most `MAX_TEXT` characters are read."""
    text = text[:MAX_TEXT]
    clocks = find(text)[:MOST]
    edges = [0, *_ends_of_sentences(text, clocks), len(text)]
    number = 0
    for start, end in pairwise(edges):
        mine = []
        while number < len(clocks) and clocks[number].start < end:
            mine.append(clocks[number])
            number += 1
        if mine or _LASTED.search(text, start, end):
            yield from _in_sentence(text, start, end, mine)


def _ends_of_sentences(text: str, clocks: list[Clock]) -> Iterator[int]:
    """Find where sentences end; the full stop of "p.m." is not one."""
    number = 0
    for found in _SENTENCE.finditer(text):
        while number < len(clocks) and clocks[number].end <= found.end():
            number += 1
        if number == len(clocks) or not clocks[number].start < found.end() < clocks[number].end:
            yield found.end()


def _in_sentence(text: str, start: int, end: int, clocks: list[Clock]) -> Iterator[Said]:
    shown = text[start:end]
    sentence = (start + len(shown) - len(shown.lstrip()), start + len(shown.rstrip()))
    moments = _moments(text, clocks)
    if not moments:
        lasted = _LASTED.search(text, start, end)
        # "will be back in 30 minutes" and "an update in 45 minutes" say nothing of what was.
        if lasted and _TROUBLE.search(text, start, end) and not re.search(r"\bwill\b|\bexpect", shown, re.IGNORECASE):
            yield Said(sentence, "lasted", lasted=_length(lasted))
        return
    plan = _PLAN.search(text, start, end)
    number, reached, before = 0, start, None
    while number < len(moments):
        moment = moments[number]
        following = moments[number + 1] if number + 1 < len(moments) else None
        left = text[reached : moment.start]
        if plan and plan.end() <= moment.start:
            number, reached = number + 1, moment.end
            continue
        if following and _joined(text, left, moment, following):
            yield Said(sentence, "span", moment, following)
            number, reached, before = number + 2, following.end, None
            continue
        right = text[moment.end : following.start if following else end].split("\n", 1)[0]
        role = _role(left, right, before)
        lasted = _LASTED.search(right) or (_LASTED.search(left) if len(moments) == 1 else None)
        if role == "start" or (lasted and role != "end"):
            yield Said(sentence, "start", moment, lasted=_length(lasted) if lasted else None)
        elif role == "end":
            yield Said(sentence, "end", moment)
        number, reached, before = number + 1, moment.end, role or before


def _moments(text: str, clocks: list[Clock]) -> list[Moment]:
    """Put together the times that are one: "8:01 PT / 16:01 UTC", "15:40-15:51 PT (22:40-22:41 UTC)"."""
    moments: list[Moment] = []
    at = 0
    while at < len(clocks):
        gaps = [(one.end, other.start) for one, other in pairwise(clocks[at : at + 4])]
        twice = len(gaps) == 3 and _OPENED.fullmatch(text, *gaps[1])
        if twice and all(_SPAN.fullmatch(text, *gap) or _AND.fullmatch(text, *gap) for gap in (gaps[0], gaps[2])):
            one, two, three, four = clocks[at : at + 4]
            # Where the spans are told twice, each stands in the sentence where it is told first.
            moments += [Moment(one, _in_zone(three, four)), Moment(_in_zone(two, one), four)]
            at += 4
        elif gaps and _PAIR.fullmatch(text, *gaps[0]):
            moments.append(Moment(clocks[at], clocks[at + 1]))
            at += 2
        else:
            moments.append(Moment(clocks[at]))
            at += 1
    return moments


def _in_zone(clock: Clock, of: Clock) -> Clock:
    return clock if clock.zone else msgspec.structs.replace(clock, zone=of.zone)


def _joined(text: str, left: str, moment: Moment, following: Moment) -> bool:
    """Tell whether two moments are the ends of one span."""
    if moment.other and moment.other.start > following.start:
        return True  # both spans are told twice
    if _SPAN.fullmatch(text, moment.end, following.start):
        return True
    # A bracket that closes the second zone stands between: "(Sep 20 02:00 UTC) until Sep 19 22:00 PT".
    if text[moment.end : moment.end + 1] == ")" and _SPAN.fullmatch(text, moment.end + 1, following.start):
        return True
    return bool(_AND.fullmatch(text, moment.end, following.start) and _BETWEEN.search(left[-40:]))


def _role(left: str, right: str, before: str | None) -> str | None:
    """Say whether a single time begins or ends something; None where it does neither."""
    told = [found.lastgroup for found in _TELLS.finditer(left)]
    if told:
        return None if told[-1] == "none" else told[-1]
    if not _SINCE.search(left):
        # "Starting 15:50 PT for one and 11:40 PT for another": a list goes on as it began.
        return before
    if any(found.lastgroup == "end" for found in _TELLS.finditer(right)):
        return "end"
    if any(found.lastgroup == "none" for found in _TELLS.finditer(right)):
        return None
    if _TROUBLE.search(right) or _TROUBLE.search(left):
        return "start"
    return before


def _length(lasted: re.Match[str]) -> timedelta:
    word = lasted["count"].lower()
    count = _COUNTS.get(word) or int(word)
    return timedelta(minutes=count if lasted["unit"].lower() == "minute" else 60 * count)
