"""How well declared windows are read, and how fast: figures on the real record. Run by `make bench`; never a test."""

import os
import time
from pathlib import Path

from officialrecord import CONTRADICTORY, declared_starts, read_by_eye, record, stated_windows

from detect.official.declared import declared_windows, envelope

STATUS = Path(os.environ.get("OUTAGE_TEST_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")) / "status"


def main() -> None:
    """Print the shares that are right to the minute, and what a pass over the record takes."""
    if not STATUS.is_dir():
        print(f"  skipped: the real record is not at {STATUS}")
        return
    known = record(STATUS)
    by_hand = list(stated_windows(STATUS))
    clear = [(each, expected) for each, expected in by_hand if each.incident_id not in CONTRADICTORY]
    right = sum(envelope(declared_windows(each.updates)) == expected for each, expected in clear)
    flagged = sum(
        any(window.contradictory and window.confidence == "low" for window in declared_windows(known[name].updates))
        for name in CONTRADICTORY
    )
    print(f"  read by hand, clear: envelopes right to the minute   {right} of {len(clear)}")
    print(f"  read by hand, contradictory: flagged, both readings  {flagged} of {len(CONTRADICTORY)}")
    rest = list(read_by_eye(STATUS))
    right = sum(envelope(declared_windows(each.updates)) == expected for each, expected in rest)
    print(f"  rest of the record, read by eye afterwards           {right} of {len(rest)}")
    starts = list(declared_starts(STATUS))
    same = sum(
        (start := envelope(declared_windows(each.updates))[0]) is not None and abs((start - at).total_seconds()) <= 30
        for each, at in starts
    )
    print(f"  starts of the acknowledgement lags, the same         {same} of {len(starts)}")
    began = time.perf_counter()
    found = sum(len(declared_windows(each.updates)) for each in known.values())
    took = time.perf_counter() - began
    began = time.perf_counter()
    size = sum(len(update.body.lower().split()) for each in known.values() for update in each.updates)
    print(f"  {len(known)} incidents, {found} windows                       {took:6.2f} s")
    print(f"  yardstick: the same {size:,} words split            {time.perf_counter() - began:6.2f} s")


if __name__ == "__main__":
    main()
