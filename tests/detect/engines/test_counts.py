"""What is counted on a lake is what is counted in the database it was written from; and what is fitted of it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scene import COPYPASTA, KEYS, ONSET, Scene, every, own_words, scene  # noqa: F401  (a fixture)

from detect.detector.baseline import RateBaseline
from detect.engines import reading, series
from detect.engines.duck import Duck
from detect.new_posts import prepare_reader
from detect.reading import kernel
from ingest import watchlist
from ingest.lake import manifest
from ingest.lake.address import open_address
from ingest.lake.export import export

WATCHED = watchlist.load()


@pytest.fixture
def judged(scene: Scene) -> Scene:  # noqa: F811  (the fixture)
    """A world in which many complain, some of them in one and the same words, and one of them again and again."""
    scene.tell(every(20, [own_words(n) for n in range(120)]))
    scene.tell(every(45, [COPYPASTA] * 30, first=5_000))
    scene.tell(every(10, ["claude is down, again"] * 20, author="loud", first=9_000))
    scene.judge()
    return scene


def test_a_lake_counts_what_its_database_counts(judged: Scene, tmp_path: Path) -> None:
    """People and repeating people, per service, platform, kind and bucket: the same numbers, and no bucket more."""
    counted, _ = read(judged, tmp_path)

    kept = judged.ask(
        "SELECT service, platform, kind, epoch(bucket_start)::BIGINT // 300, observed::BIGINT, repeated::BIGINT "
        "FROM buckets WHERE observed > 0 OR repeated > 0 ORDER BY ALL"
    )
    assert sorted(tuple(row[name] for name in reading.COUNTS) for row in counted) == kept
    assert len(kept) > 80
    assert sum(row["repeated"] for row in counted) >= 20


def test_a_series_is_fitted_on_what_was_looked_at(judged: Scene, tmp_path: Path) -> None:
    """Every covered bucket counts, those without anybody too: the usual is that of the baseline on the same counts."""
    counted, fitted = read(judged, tmp_path)

    claude = fitted[(fitted["service"] == "claude") & (fitted["surface"] == "") & (fitted["language"] == "en")]
    (row,) = claude.to_dict("records")
    (buckets,) = judged.ask(
        "SELECT count(*) FROM buckets WHERE service = 'claude' AND kind = 'outage' AND observed >= 0"
    )
    assert row["buckets"] == buckets[0]
    assert 0 < row["people"] <= sum(one["people"] for one in counted if one["kind"] == "outage")
    assert row["usual"] == pytest.approx(row["people"] / row["buckets"], rel=0.05)
    assert len(row["shape"]) == 48
    assert row["dispersion"] > 1
    assert not (fitted["service"] == "openai").any()


def test_a_stream_that_nobody_looked_at_is_not_fitted() -> None:
    """Complaints without coverage give no series: unknown is not zero."""
    group = pd.DataFrame(
        {"service": ["x"], "platform": ["x"], "surface": [""], "language": [""], "bucket": [5], "people": [1]}
    )
    assert series.Fitting({})(group).empty
    unseen = series.Covered(0, np.zeros(10, np.float32).tobytes())
    assert series.Fitting({"x x": unseen})(group).empty


def test_a_fit_is_the_baselines_own() -> None:
    """The numbers are those of `RateBaseline` on the people per covered bucket, weighed by coverage."""
    share = np.full(288 * 7, 0.75, np.float32)
    group = pd.DataFrame(
        {"service": "x", "platform": "x", "surface": "", "language": "", "bucket": [3, 400, 401], "people": [1, 2, 9]}
    )

    (row,) = series.Fitting({"x x": series.Covered(0, share.tobytes())})(group).to_dict("records")

    observed = np.zeros(len(share))
    observed[[3, 400, 401]] = [1, 2, 9]
    minutes = np.arange(len(share)).reshape(-1, 1) * 5.0
    baseline = RateBaseline().fit(minutes, observed / 0.75, np.full(len(share), 0.75))
    assert (row["buckets"], row["people"], row["usual"]) == (len(share), 12, baseline.mean_)
    assert row["shape"] == baseline.shape(60).ravel().tolist()


def read(judged: Scene, folder: Path) -> tuple[list[dict[str, int]], pd.DataFrame]:
    """Export, read, and fit."""
    address = open_address(str(folder / "lake"))
    held = export(judged.path, address).manifest
    engine = Duck()
    engine.read("posts", manifest.check(address, held.days))
    packed = kernel.pack(WATCHED, prepare_reader(WATCHED, KEYS, None))
    reading.read(engine, WATCHED, packed)
    counted = engine.collect("counted").to_pylist()
    fitted = series.fit(engine, held.coverage, WATCHED).to_pandas()
    engine.close()
    return counted, fitted
