"""Several platforms under one service: what is planted, who is heard, and a platform that dies."""

from pathlib import Path

import numpy as np
import pytest

from detect.evaluation import platforms
from detect.evaluation.nab import FOLDER, load
from detect.evaluation.platforms import DEAD_FROM, STORM_RATIOS, build, each_alone, summed


def test_outages_are_on_all_and_storms_on_one(shared_data: Path) -> None:
    """Each service has its platforms and both truths, neither hiding its own; a dead platform tells nothing."""
    series = load(shared_data / FOLDER)
    whole, dead = (build(series, 1, shuffles=1, dead=dead) for dead in (False, True))

    assert len(whole) == len(dead) == 3
    for one in whole:
        assert one.counts.shape[1] == 3
        assert {storm.ratio for storm in one.storms.planted} <= set(STORM_RATIOS)
        for stream in (one.outages, one.storms):
            assert not any(stream.hidden[each.start] for each in stream.planted)
    for one in dead:
        assert np.isnan(one.counts[DEAD_FROM:, 0]).all()
        assert not np.isnan(one.counts[DEAD_FROM:, 1]).all()
        assert all(each.start >= DEAD_FROM for each in one.outages.planted)


def test_a_service_is_heard_by_all_its_platforms(shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways tell alarms of the service, in buckets since the epoch, the oldest first, within its span."""
    monkeypatch.setattr(platforms, "PROMISES", (24.0,))
    services = build(load(shared_data / FOLDER)[:3], 1, shuffles=1)

    for spoken in (summed(services), each_alone(services)):
        told = [alarm for alarm, _ in spoken[-1][0]]
        first = services[0].outages.first
        assert told == sorted(told)
        assert told
        assert first <= told[0] <= told[-1] < first + len(services[0].counts)
