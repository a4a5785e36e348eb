"""The synthetic posts: a seeded generator with what makes life hard.

Rhythm of day and week, bursts beyond chance, talk of limits and quality, people named Claude, bots that repeat the
page, retrospectives, a rumour. It imports nothing from `detect`; the rates are those measured in the facts.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec
import numpy as np

from ingest.records import Window
from ingest.sources.sample import phrases
from ingest.sources.sample.outages import GAPS, SPAN, Planted

STEP = timedelta(minutes=5)

RUSH_HOUR = 16.0
"""Hour of the day, UTC, at which most is written: half of the official incidents start from 13 to 19."""


class Stream(msgspec.Struct, frozen=True):
    """One target: where it stands, what share of a service's people write there, and how much is said in calm."""

    platform: str
    target: str
    place: str
    service: str
    form: str
    share: float
    calm: float
    chatter: float


STREAMS = (
    Stream("reddit", "r/ClaudeAI/comments", "r/ClaudeAI", "claude", "comment", 0.45, 0.16, 0.75),
    Stream("reddit", "r/ClaudeAI/new", "r/ClaudeAI", "claude", "post", 0.12, 0.04, 0.2),
    Stream("reddit", "r/ClaudeCode/comments", "r/ClaudeCode", "claude", "comment", 0.18, 0.06, 0.3),
    Stream("bluesky", "stream", "", "claude", "post", 0.25, 0.07, 0.25),
    Stream("reddit", "r/OpenAI/comments", "r/OpenAI", "openai", "comment", 0.6, 0.10, 0.4),
    Stream("bluesky", "stream", "", "openai", "post", 0.4, 0.08, 0.2),
    Stream("reddit", "r/GeminiAI/comments", "r/GeminiAI", "gemini", "comment", 0.6, 0.04, 0.2),
    Stream("bluesky", "stream", "", "gemini", "post", 0.4, 0.03, 0.1),
)  # fmt: skip

TALK = (
    ("limit", phrases.LIMIT, 0.13), ("quality", phrases.QUALITY, 0.06), ("past", phrases.PAST, 0.03),
    ("client", phrases.CLIENT, 0.03), ("news", phrases.NEWS, 0.005), ("other", phrases.OTHER, 0.015),
    ("namesake", phrases.NAMESAKE, 0.02),
)  # fmt: skip
"""What is said beside chatter, as a share of it."""


def rhythm(starts: np.ndarray) -> np.ndarray:
    """Say how busy each five minutes are, 1 on average: more in the afternoon, less at weekends."""
    hour = starts / 3600 % 24
    day = (starts // 86400 + 3) % 7  # 1 January 1970 was a Thursday
    daily = 1 + 0.65 * np.cos((hour - RUSH_HOUR) / 24 * 2 * np.pi)
    busy: np.ndarray = daily * np.where(day >= 5, 0.65, 1.14)
    return busy


def make(seed: int, planted: list[Planted], incidents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Make every post line of the sample, in time order, each with its `target`; nothing where nobody looked."""
    made: list[dict[str, Any]] = []
    for number, stream in enumerate(STREAMS):
        rng = np.random.default_rng([seed, number])
        made += _of_stream(rng, stream, planted)
    made += _echoes(np.random.default_rng([seed, 99]), incidents)
    made = [line for line in made if not _unseen(line)]
    made.sort(key=lambda line: (line["posted_at"], line["post_id"]))
    return made


def _of_stream(rng: np.random.Generator, stream: Stream, planted: list[Planted]) -> Iterator[dict[str, Any]]:
    starts = np.arange(SPAN.start.timestamp(), SPAN.end.timestamp(), STEP.total_seconds())
    busy = rhythm(starts)
    # Bursts beyond chance: each hour has its own mood, and people answer each other.
    mood = np.repeat(rng.gamma(6.0, 1 / 6.0, len(starts) // 12 + 1), 12)[: len(starts)]
    rates = {"outage": stream.calm * busy * mood, "chatter": stream.chatter * busy * mood}
    for kind, _, share in TALK:
        rates[kind] = stream.chatter * share * busy * mood
    for one in planted:
        if one.service == stream.service and stream.platform in one.platforms:
            share = 1.0 if one.kind == "rumour" else stream.share
            rates.setdefault(one.kind, np.zeros(len(starts)))
            rates[one.kind] = rates[one.kind] + share * one.people * _shape(starts, one.window)
    spoken = {"outage": phrases.OUTAGE, "chatter": phrases.CHATTER, "rumour": phrases.RUMOUR}
    spoken |= {kind: listed for kind, listed, _ in TALK}
    for kind, rate in rates.items():
        for index in np.repeat(np.arange(len(starts)), rng.poisson(rate)):
            at = starts[index] + float(rng.uniform(0, STEP.total_seconds()))
            yield _line(rng, stream, kind, spoken[kind], at)


def _shape(starts: np.ndarray, window: Window) -> np.ndarray:
    """Rise within ten minutes, fade slowly to two thirds, and fall within a quarter of an hour after the end."""
    since = (starts - window.start.timestamp()) / 60
    left = (window.end.timestamp() - starts) / 60
    lasting = np.maximum((window.end - window.start).total_seconds() / 60, 1)
    within = np.clip((since + 5) / 10, 0, 1) * (1 - 0.33 * np.clip(since / lasting, 0, 1))
    shape: np.ndarray = np.where(left > 0, np.where(since > -5, within, 0), 0.6 * np.exp(np.minimum(left, 0) / 8))
    return shape


def _line(rng: np.random.Generator, stream: Stream, kind: str, spoken: tuple[str, ...], at: float) -> dict[str, Any]:
    lang = "en"
    if kind == "outage" and rng.random() < 0.2:
        spoken, lang = phrases.OUTAGE_ELSEWHERE, "und"
    names = phrases.NAMES[stream.service]
    # Half of those who stand in the service's own place do not name it.
    it = "it" if stream.place and lang == "en" and rng.random() < 0.5 else _one(rng, names)
    others = [name for service, listed in phrases.NAMES.items() if service != stream.service for name in listed]
    moment = datetime.fromtimestamp(at, SPAN.start.tzinfo)
    text = _one(rng, spoken).format(
        it=it, part=_one(rng, phrases.PARTS[stream.service]), other=_one(rng, tuple(others))
    )
    text += _one(rng, phrases.ENDINGS).format(minute=f"{moment:%H:%M}") if kind in ("outage", "limit") else ""
    if not stream.place and it == "it":
        text = f"{_one(rng, names)}: {text}"
    if not stream.place and kind in ("outage", "chatter", "limit", "quality") and not any(n in text for n in names):
        text = f"{text} #{names[0]}"
    delay = rng.uniform(30, 330) if stream.platform == "reddit" else rng.uniform(2, 20)
    return {
        "platform": stream.platform, "post_id": f"synthetic-{rng.integers(1 << 62):x}", "place": stream.place,
        "author": f"invented_{rng.integers(40_000)}", "posted_at": _said(moment), "text": text, "lang": lang,
        "form": stream.form, "seen_at": _said(moment + timedelta(seconds=float(delay))), "target": stream.target,
    }  # fmt: skip


def _echoes(rng: np.random.Generator, incidents: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Let a bot repeat every official message a minute or two later."""
    for incident in incidents:
        for update in incident["updates"] if "service" not in incident else ():
            moment = datetime.fromisoformat(update["created_at"]) + timedelta(seconds=float(rng.uniform(40, 150)))
            yield {
                "platform": "reddit", "post_id": f"synthetic-{rng.integers(1 << 62):x}", "place": "r/ClaudeAI",
                "author": "ClaudeAI-mod-bot", "posted_at": _said(moment), "form": "post", "lang": "en",
                "text": _one(rng, phrases.ECHO).format(title=incident["name"], status=update["status"]),
                "seen_at": _said(moment + timedelta(seconds=60)), "target": "r/ClaudeAI/new",
            }  # fmt: skip


def _unseen(line: dict[str, Any]) -> bool:
    at = datetime.fromisoformat(line["posted_at"])
    return any(gap.start <= at < gap.end for gap in GAPS[line["platform"]]) or at >= SPAN.end


def _said(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _one(rng: np.random.Generator, choices: tuple[str, ...]) -> str:
    return choices[int(rng.integers(len(choices)))]
