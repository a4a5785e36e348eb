"""What comes from Reddit, as facts: a child of a listing or a search as a post, an entry of a recheck as a deletion."""

from typing import Any

from ingest.records import Deletion, Post
from ingest.sources import Reading
from ingest.sources.reddit import shape, standing


def parse(raw: Any, reading: Reading) -> Post | Deletion | None:
    """Read one entry; None where it is no fact. Raises ValueError for another shape or an impossible time."""
    if isinstance(raw, standing.Rechecked | standing.Absent):
        return standing.parse(raw, reading)
    return shape.parse(raw, reading)
