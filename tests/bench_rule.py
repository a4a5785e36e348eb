"""Where the matching rule's figures come from: what the operator itself states, and a simulation. Never episodes.

Run by `make bench`; it prints, for each slack, how many true pairs it would keep and how much of the time it would give
to chance. The rule takes the smallest slack that keeps what it says; nothing here has seen an episode.
"""

import csv
import os
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
from officialrecord import record

from ingest.coverage import covered_time, union
from ingest.records import Window

STATUS = Path(os.environ.get("OUTAGE_TEST_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")) / "status"
PAIRS = 20_000
GRID = (0, 15, 30, 45, 60, 75, 90, 120, 160)
YEAR = Window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC))
RETROACTIVE = timedelta(minutes=1)


def columns(name: str, *wanted: str) -> list[list[float]]:
    """Read columns of figures of one of the files."""
    with (STATUS / name).open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [[float(row[column]) for row in rows] for column in wanted]


def main() -> None:
    """Print the quantiles, and the two tables of slack."""
    if not STATUS.is_dir():
        print(f"  skipped: the real record is not at {STATUS}")
        return
    lag, late = (
        np.array(values) for values in columns("official_ack_lag_2026.csv", "lag_min", "posted_after_the_fact")
    )
    live = lag[late == 0]
    shown = ", ".join(f"{q} % {np.percentile(live, q):.0f}" for q in (50, 90, 95, 98, 100))
    print(f"  declared start to first message, live (n={len(live)}): {shown} min")
    for hours in (2, 3, 4, 6):
        print(f"  of all {len(lag)}, published within {hours} h of the start: {np.mean(lag <= 60 * hours):.0%}")
    gaps = [
        (later - earlier).total_seconds() / 60
        for each in record(STATUS).values()
        if each.created_at >= YEAR.start
        for earlier, later in pairwise(sorted(update.created_at for update in each.updates))
    ]
    print(f"  between two messages (n={len(gaps)}): 50 % {np.median(gaps):.0f}, 90 % {np.percentile(gaps, 90):.0f} min")
    lasted, resolved = (
        np.array(values)
        for values in columns("claude_stated_impact_windows_2026.csv", "stated_duration_min", "resolve_lag_min")
    )
    simulate(live, lasted, resolved)
    by_chance()


def simulate(live: np.ndarray, lasted: np.ndarray, resolved: np.ndarray) -> None:
    """Draw true pairs: lags and lengths as stated, people 8 min (sd 8) late to begin and 15 (sd 15) late to stop.

    The delays of people are assumed: gamma, of the size that a handful of complaints an hour needs to be seen.
    """
    chance = np.random.default_rng(6)
    length, over = chance.choice(np.stack([lasted, resolved]), PAIRS, axis=1)
    first = chance.choice(live, PAIRS)
    end = np.maximum(length + over, first)
    onset = chance.gamma(1.0, 8.0, PAIRS)
    ended = np.maximum(length + chance.gamma(1.0, 15.0, PAIRS), onset + 10)
    print(f"  {PAIRS:,} simulated true pairs without a declared window, kept with")
    print("    lead  " + "  ".join(f"{slack} min {np.mean(ended >= first - slack):.1%}" for slack in GRID[:8]))
    print("    trail " + "  ".join(f"{slack} min {np.mean(onset <= end + slack):.1%}" for slack in GRID[:6]))
    whole = np.mean(onset >= first)
    print(f"    (the page speaks before people are counted in {whole:.1%})")


def by_chance() -> None:
    """Say in how much of the half-year an instant would lie within slack of some incident that is no maintenance."""
    spans = []
    for each in record(STATUS).values():
        first = each.first_published_at
        if first and each.impact != "maintenance" and "suspend" not in each.name.lower():
            spans.append((first, max(each.resolved_at or first, first + RETROACTIVE)))
    print("  share of January to June 2026 within (lead, trail) of an incident")
    for lead, trail in ((0, 0), (30, 30), (60, 30), (75, 30), (160, 60)):
        slack = [
            Window(start - timedelta(minutes=lead), end + timedelta(minutes=trail))
            for start, end in spans
            if end > YEAR.start and start < YEAR.end
        ]
        share = covered_time(YEAR, union(slack)) / (YEAR.end - YEAR.start)
        print(f"    ({lead}, {trail}) min: {share:.1%}")


if __name__ == "__main__":
    main()
