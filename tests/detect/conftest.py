"""What reads posts, for all tests of this room."""

import pytest

from detect.reading import classifier, complaints
from ingest import watchlist


@pytest.fixture(scope="session")
def reader(model: classifier.Model) -> complaints.Reader:
    """What judges a text from nowhere."""
    return complaints.prepare(watchlist.load(), frozenset(), model)
