"""What is striking in who stands behind an episode: a short note for a table, or none."""

from ingest.saying import count
from reports.timeline import Row
from reports.wording import share

STRIKING = 0.5
"""From which share on few accounts are much of an episode."""

MOSTLY_NEW = 0.8
"""From which share on an episode's people are mostly new to us: every big outage brings many who never wrote before."""

MORE_THAN_USUAL = 0.25
"""How far above the usual share one must lie."""

REPEATED = 0.2
"""From which share on repeats are said: one repost among fifty complaints is nothing."""

FEWEST = 10
"""Complaints, or people, below which a share is chance."""


def flood_note(row: Row) -> str:
    """Say what stands out; an empty text where nothing does, or where it is not known."""
    complaints = row.complaints or 0
    said = []
    if row.repeats and complaints >= FEWEST and row.repeats >= REPEATED * complaints:
        said.append(f"{count(row.repeats, 'complaint')} not counted: others' words repeated")
    if row.busiest_share is not None and complaints >= FEWEST and _stands_out(
        row.busiest_share, row.usual_busiest_share, STRIKING
    ):  # fmt: skip
        said.append(f"3 accounts wrote {share(row.busiest_share)}{_usually(row.usual_busiest_share)}")
    if (
        row.new_share is not None
        and row.usual_new_share is not None
        and (row.new_people or 0) >= FEWEST
        and _stands_out(row.new_share, row.usual_new_share, MOSTLY_NEW)
    ):
        said.append(f"{share(row.new_share)} of its people new to us{_usually(row.usual_new_share)}")
    return "; ".join(said)


def _stands_out(part: float, usual: float | None, least: float) -> bool:
    return part >= least and (usual is None or part >= usual + MORE_THAN_USUAL)


def _usually(usual: float | None) -> str:
    return "" if usual is None else f" (usually {share(usual)})"
