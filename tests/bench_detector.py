"""How long the detector takes over a year of three services on six platforms each, and over a day more.

The counts are synthetic: five-minute buckets with season, bursts, gaps and outages. Beside it a rolling z of the same
streams by pandas, the simplest thing that gives an alarm.
"""

import os

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import resource
import sys
import time

import numpy as np
import pandas as pd

from detect.detector.counts import MINUTES_TOLD
from detect.detector.finding import find
from detect.detector.replay import Replay
from detect.evaluation.worlds import DAY, MONDAY, draw

SERVICES, PLATFORMS = ("claude", "openai", "gemini"), ("reddit", "bluesky", "x", "github", "hackernews", "forum")
RATES = (2.0, 1.0, 5.0, 0.3, 0.05, 0.1)
BUCKETS = 365 * DAY


def year() -> tuple[np.ndarray, np.ndarray]:
    """Draw counts and coverage, buckets x streams, with a fivefold outage of two hours every ten days."""
    rng = np.random.default_rng(5)
    scenarios = ("season", "bursty", "gaps")
    drawn = [draw(scenarios[n % 3], RATES[n % len(RATES)], BUCKETS, rng) for n in range(len(SERVICES) * len(PLATFORMS))]
    counts, coverage = (np.concatenate(parts, axis=1) for parts in zip(*drawn, strict=True))
    for start in range(10 * DAY, BUCKETS, 10 * DAY):
        counts[start + 180 : start + 204] *= 5
    return counts, coverage


def frames(counts: np.ndarray, coverage: np.ndarray) -> dict[str, dict[str, pd.DataFrame]]:
    """Lay the streams out as a run does, with the counts at the minutes told."""
    index = pd.to_datetime((np.arange(len(counts)) + MONDAY) * 300, unit="s", utc=True).as_unit("us")
    streams: dict[str, dict[str, pd.DataFrame]] = {name: {} for name in SERVICES}
    for number in range(counts.shape[1]):
        observed = counts[:, number]
        early = {f"by_minute_{minute}": np.floor(observed * minute / 5) for minute in MINUTES_TOLD}
        streams[SERVICES[number // len(PLATFORMS)]][PLATFORMS[number % len(PLATFORMS)]] = pd.DataFrame(
            {"observed": observed, "coverage": coverage[:, number], **early}, index=index
        )
    return streams


def main() -> None:
    """Judge the year from scratch, then a day more, then by the yardstick."""
    counts, coverage = year()
    streams, promises = frames(counts, coverage), dict.fromkeys(SERVICES, 1.0)
    began, wall = time.process_time(), time.perf_counter()
    found = find(streams, promises)
    took, wall = time.process_time() - began, time.perf_counter() - wall
    # Kilobytes on Linux, bytes on macOS.
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
    episodes = sum(len(one.episodes) for one in found.values())
    replay = Replay(MONDAY, np.repeat(np.arange(len(SERVICES)), len(PLATFORMS)), 1.0)
    replay.advance(counts[:-DAY], coverage[:-DAY])
    began = time.process_time()
    replay.advance(counts[-DAY:], coverage[-DAY:])
    replay.peek()
    day = time.process_time() - began
    began = time.process_time()
    for platforms in streams.values():
        for stream in platforms.values():
            past = stream["observed"].shift(1).rolling(DAY, min_periods=DAY // 2)
            ((stream["observed"] - past.mean()) / past.std().clip(lower=0.3) > 3.67).sum()
    plain = time.process_time() - began
    print(
        f"  {counts.size:,} buckets of {counts.shape[1]} streams, {episodes} episodes; processor's seconds of one core"
    )
    print(f"  a year from scratch, refits and all (aim: under 60 s)  {took:7.2f} s ({wall:.1f} s by the clock)")
    print(f"  most memory held (aim: under 1,000 MB)                 {held:7.0f} MB")
    print(f"  a day more (aim: under 1 s)                            {day:7.3f} s")
    print(f"  yardstick: rolling z by pandas, a year                 {plain:7.2f} s")


if __name__ == "__main__":
    main()
