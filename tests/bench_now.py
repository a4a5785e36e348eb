"""What `now` would have answered on the sample: twenty minutes into each outage of Claude, and at quiet instants.

The posts are synthetic, drawn around the real official record, and the outages are those that were planted: this says
whether the rule does what it says, and nothing about the world.
"""

import os

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from detect.run import run
from ingest import watchlist
from ingest.authors import open_keys
from ingest.database import connect, migrate
from ingest.records import Window
from ingest.sources.sample import Sample
from ingest.sources.sample.outages import GAPS

INTO = timedelta(minutes=20)
AFTER = timedelta(hours=3)
"""How long after an outage an instant is quiet again."""

QUIET = 20


def quiet_instants(outages: Iterable[Window]) -> list[datetime]:
    """Draw instants of April at which Claude was well, and both platforms were read."""
    chance = random.Random(1)
    busy = [
        Window(each.start - INTO, each.end + AFTER) for each in [*outages, *(g for each in GAPS.values() for g in each)]
    ]
    found: list[datetime] = []
    while len(found) < QUIET:
        at = datetime(2026, 4, 1, tzinfo=UTC) + timedelta(minutes=chance.randrange(30 * 24 * 60))
        if not any(each.start <= at < each.end for each in busy):
            found.append(at)
    return found


def main() -> None:
    """Judge as of each instant, and count the answers."""
    outages = [each.window for each in Sample().truth if (each.service, each.kind) == ("claude", "outage")]
    asked = [("20 min into an outage", each.start + INTO) for each in outages]
    asked += [("quiet", at) for at in quiet_instants(outages)]
    everything = watchlist.load()
    watched = watchlist.Watchlist({"claude": everything.services["claude"]}, everything.echo, everything.mute)
    answers: dict[str, Counter[str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "ingest"], cwd=folder, check=True, capture_output=True)
        data = Path(folder, "data")
        with connect(data / "sample.duckdb") as connection:
            migrate(connection, "detect")
            for when, at in asked:
                run(
                    connection, watched, open_keys(data), as_of=at, ran_at=at, false_alarms_per_4_weeks=1.0, folder=data
                )
                [said] = connection.execute("SELECT answer, reason FROM standing WHERE surface IS NULL").fetchall()
                answers.setdefault(when, Counter())[": ".join(said)] += 1
    for when, counted in answers.items():
        print(f"  {when} ({counted.total()}): " + ", ".join(f"{n} {said}" for said, n in counted.most_common()))


if __name__ == "__main__":
    main()
