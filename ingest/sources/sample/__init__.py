"""The embedded default: April 2026, with no key, no network and no waiting.

Real: the official record of Claude (`official.jsonl`: ids, times, impact, components, changes of components; facts of
the public status page; the short titles are ours, the operator's sentences are left out). Synthetic: every post, its
author and its `seen_at`, and everything about OpenAI and Gemini, drawn around that record by a seeded generator.

The record holds the 49 incidents whose first message came in April 2026 (UTC): the page's own fields copied unchanged
but for the title, written anew from model and surface, and the messages' bodies, of which nothing was kept.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cached_property
from typing import Any

from ingest.coverage import gaps, intersection
from ingest.errors import SourceError
from ingest.files import lines
from ingest.records import Fact, Window
from ingest.settings import Settings
from ingest.sources import About, Estimate, Memory, Page, Reading, Target
from ingest.sources.sample.outages import GAPS, PAGE_SPAN, SPAN, Planted, official, synthetic_official, truth

__all__ = ["LABEL", "NAME", "PLATFORM", "SPAN", "Sample", "connect", "fetch", "parse", "targets", "translate"]

NAME = "sample"
PLATFORM = "sample"
SEED = 20_260_401

LABEL = (
    "Sample data: Claude's official record of April 2026 is real (times, impact, components); "
    "every post, and everything about OpenAI and Gemini, is synthetic."
)
"""To stand on everything that is made from the sample."""

ABOUT = About(
    needs=(),
    reach=None,
    reach_said="April 2026, with four weeks of lead-in",
    cost="free",
    without="nothing: it is read only while nothing is configured",
)


class Sample:
    """The sample of one seed: `truth` is for tests, `posts` is what a source would have said."""

    def __init__(self, seed: int = SEED) -> None:
        self.seed = seed

    @cached_property
    def truth(self) -> list[Planted]:
        """What truly happened."""
        import numpy as np

        return truth(np.random.default_rng(self.seed))

    @cached_property
    def incidents(self) -> list[dict[str, Any]]:
        """Every official incident, real and synthetic ones."""
        return [*official(), *synthetic_official()]

    @cached_property
    def posts(self) -> list[dict[str, Any]]:
        """Every synthetic post that somebody looked at."""
        from ingest.sources.sample.posts import make

        return make(self.seed, self.truth, self.incidents)


def connect(settings: Settings) -> Sample:  # noqa: ARG001  (the sample needs no setting)
    """Make the sample that everybody sees."""
    return Sample()


def targets(settings: Settings) -> list[Target]:  # noqa: ARG001
    """Name what there is to ask about: subreddits, one stream, and the pages."""
    from ingest.sources.sample.posts import STREAMS

    named = {
        (stream.target, stream.platform): stream.service if stream.platform == "reddit" else None for stream in STREAMS
    }
    listed = [Target(target, service, platform) for (target, platform), service in named.items()]
    services = ("claude", "openai", "gemini")
    return listed + [Target(f"{service}/page", service, "status", "incidents") for service in services]


def estimate(settings: Settings, target: Target, wanted: Window) -> Estimate:  # noqa: ARG001
    """Nothing: it goes online for nothing."""
    return Estimate(0)


def fetch(
    client: Sample,
    target: Target,
    wanted: Window,
    now: Callable[[], datetime],  # noqa: ARG001
    memory: Memory,  # noqa: ARG001
) -> Iterator[Page]:
    """Hand out what stands in `wanted`, stretch by stretch; where nobody looked nothing is covered."""
    span = intersection(wanted, SPAN)
    if span is None:
        return
    for stretch in gaps(span, unseen(target)):
        if target.platform == "status":
            said = [one for one in client.incidents if one.get("service", "claude") == target.service]
            items = [one for one in said if _within(one["updates"][0]["created_at"], stretch)]
        else:
            said = [
                line for line in client.posts if line["target"] == target.name and line["platform"] == target.platform
            ]
            items = [line for line in said if _within(line["posted_at"], stretch)]
        yield Page(tuple(items), stretch)


def unseen(target: Target) -> tuple[Window, ...]:
    """Name the spans in which nobody looked: they belong to the sample, and no pull fills them."""
    if target.platform == "status":
        return (Window(SPAN.start, PAGE_SPAN.start),)
    return GAPS.get(target.platform or "", ())


def parse(raw: dict[str, Any], reading: Reading) -> Fact | None:
    """Read one line of the sample, shaped as in a file of one's own."""
    return lines.post(raw, reading.keys) if "post_id" in raw else lines.incident(raw)


def translate(error: Exception, target: Target) -> SourceError | None:  # noqa: ARG001
    """There is no client whose exceptions could be meant."""
    return None


def _within(text: str, window: Window) -> bool:
    return window.start <= datetime.fromisoformat(text) < window.end
