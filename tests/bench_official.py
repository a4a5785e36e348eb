"""How long the official record takes: all of it, against a year of invented episodes. Run by `make bench`, no test."""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from officialrecord import record

from detect.detector.episodes import Episode
from detect.official.beside import Published, judge
from detect.official.corroborate import Felt, Rule
from ingest import watchlist
from ingest.official import PageState
from ingest.records import Window

STATUS = Path(os.environ.get("OUTAGE_TEST_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")) / "status"
AS_OF = datetime(2026, 7, 1, tzinfo=UTC)
EPISODES = 365
"""One a day: three times what the busiest quarter of the record would give."""


def year() -> list[Felt]:
    """Invent a year of episodes: at any time, of any length up to half a day, naming what people name."""
    chance = np.random.default_rng(0)
    felt = []
    for number in range(EPISODES):
        onset = AS_OF - timedelta(minutes=int(chance.integers(0, 365 * 1440)))
        alarm, end = onset + timedelta(minutes=15), onset + timedelta(minutes=int(chance.integers(20, 720)))
        times = (onset, onset, onset, alarm, alarm)
        episode = Episode(f"claude-{number}", "claude", *times, 9, 0.3, end, 40, ("reddit",))
        surfaces = (("api",), ("claude.ai", "mobile"), ())[number % 3]
        felt.append(Felt(episode, None, surfaces, (("opus 4.6",), ())[number % 2]))
    return felt


def main() -> None:
    """Judge everything once, and print what it took beside the pairs laid out by hand."""
    if not STATUS.is_dir():
        print(f"  skipped: the real record is not at {STATUS}")
        return
    incidents = tuple(record(STATUS).values())
    states = tuple(
        PageState("claude", AS_OF - timedelta(minutes=15 * n), "none", unresolved=0) for n in range(365 * 24 * 4)
    )
    whole = (Window(datetime(2023, 3, 1, tzinfo=UTC), AS_OF),)
    felt, watched = year(), watchlist.load()
    started = time.perf_counter()
    published = Published(incidents, states=states, page={"claude": whole})
    told = judge(felt, published, watched, {"claude": whole}, Rule(), AS_OF)
    took = time.perf_counter() - started
    started = time.perf_counter()
    touching = sum(
        one.episode.onset_at <= (each.resolved_at or AS_OF) and (one.episode.ended_at or AS_OF) >= each.created_at
        for one in felt
        for each in incidents
    )
    naive = time.perf_counter() - started
    said = f"{len(incidents)} incidents, {len(felt)} episodes, {len(states):,} polls"
    print(f"  {said} (aim: under 5 s)  {took:6.2f} s")
    print(f"    {len(told.pairs)} pairs, {len(told.findings):,} findings, lift {told.chances[0].lift}")
    print(f"  yardstick: comparing each pair's stamps, {touching} touch        {naive:6.2f} s")


if __name__ == "__main__":
    main()
