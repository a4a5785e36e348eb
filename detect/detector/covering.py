"""What was seen of each stream (a service on a platform), out of what was seen of each target. Pure."""

from collections.abc import Iterable, Mapping

from detect.detector.counts import TargetCoverage
from ingest.records import Window
from ingest.watchlist import Watchlist

Streams = dict[str, dict[str, list[TargetCoverage]]]
"""By service and platform."""


def by_stream(
    windows: Iterable[tuple[str, str, str, str | None, Window]], brought: Mapping[tuple[str, str], int],
    watchlist: Watchlist,
) -> Streams:  # fmt: skip
    """Say per service and platform what was truly seen of each target.

    A target that was read for no service in particular serves the services its place is about; a stream or a
    place of no service serves all. A place of a file of one's own vouches for every target at it: who loads an archive
    and goes on live has looked at the same place all along.

    Parameters
    ----------
    windows
        Source, platform, target, service or None, and what was seen.
    brought
        How many posts each target, by platform, brought first.
    """
    covered: dict[tuple[str, str, str | None], list[Window]] = {}
    archives: dict[tuple[str, str], list[Window]] = {}
    posts = dict(brought)
    for source, platform, target, service, window in windows:
        if source == "file":
            archives.setdefault((platform, target), []).append(window)
        else:
            covered.setdefault((platform, target, service), []).append(window)
    for (platform, place), archived in archives.items():
        at_it = [key for key in covered if key[0] == platform and stands_at(key[1], place, platform)]
        for key in at_it:
            covered[key] += archived
            shared = posts.get((platform, place), 0) // len(at_it)
            posts[platform, key[1]] = posts.get((platform, key[1]), 0) + shared
        if not at_it:
            covered[platform, place, None] = archived
    streams: Streams = {}
    for (platform, target, service), seen in covered.items():
        of_target = TargetCoverage(tuple(seen), posts.get((platform, target), 0))
        served = (service,) if service else watchlist.services_at(platform, target) or tuple(watchlist.services)
        for name in served:
            streams.setdefault(name, {}).setdefault(platform, []).append(of_target)
    return streams


def stands_at(target: str, place: str, platform: str) -> bool:
    """Say whether a target (`r/ClaudeAI/comments`, `stream`) reads what is written at a place, or on the platform."""
    return place in ("", platform) or f"{target}/".casefold().startswith(f"{place}/".casefold())
