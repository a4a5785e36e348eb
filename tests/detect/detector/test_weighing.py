"""What each question counts for, what one bucket may say, and when what was seen is over."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detect.detector.alarms import Statistic, bounded, by_rank
from detect.detector.learning import BLOCK
from detect.detector.replay import Replay
from detect.detector.tuning import Tuning
from detect.detector.weighing import Weighing

TUNING = Tuning()
QUESTIONS = TUNING.questions


def weighed(highest: np.ndarray, tuning: Tuning = TUNING, days: int = 28) -> np.ndarray:
    """Weigh by blocks whose maxima are exponential with the given means, one a question."""
    rng = np.random.default_rng(0)
    weighing = Weighing(np.ones(1), 5, tuning)
    for block in range(days * 24):
        values = np.broadcast_to(rng.exponential(highest), (BLOCK, 1, QUESTIONS))
        weighing.note(block, values, *np.ones((2, 1), dtype=bool))
    weighing.renew()
    return weighing.weights[0]


def test_a_question_often_answered_by_the_usual_counts_for_less() -> None:
    """Of a stream whose slow bursts last, the slow question counts for less, and the one least roused fully."""
    weights = weighed(np.array([6.0, 2.0, *[1.0] * (QUESTIONS - 2)]))

    assert weights[0] < weights[1] < weights[2:].min() + 1e-9
    assert weights.max() == 1.0
    assert (weighed(np.full(QUESTIONS, 6.0), Tuning(weigh=False)) == 1).all()


def test_where_all_is_as_ideal_every_question_counts_fully() -> None:
    """A stream without bursts asks all questions alike; one of which nothing is known, those after sizes."""
    assert (weighed(np.full(QUESTIONS, 1.0)) == 1).all()
    sizes, ranks = np.split(weighed(np.full(QUESTIONS, 6.0), days=0), [len(TUNING.asked)])
    assert (sizes == 1).all()
    assert (ranks == 1 / TUNING.prior_ranked).all()


def test_a_spike_says_more_the_larger_it_is_but_never_enough() -> None:
    """Evidence is as it is up to the bound; beyond, a spike's grows, ever slower, up to what none may exceed."""
    raw = np.array([-3.0, 2.0, 4.0, 8.0, 40.0, 400.0, 1e9])
    ratios = np.repeat(raw[:, None, None], QUESTIONS, axis=2)
    most, alone = np.full((len(raw), 1), 4.0), np.full((len(raw), 1), 12.0)

    told = bounded(ratios, most, alone, TUNING)[:, 0]

    np.testing.assert_array_equal(told[:, 0], np.minimum(raw, 4.0))
    spike = told[:, -1]
    np.testing.assert_array_equal(spike[:3], raw[:3])
    assert (np.diff(spike[:5]) > 0).all()
    assert (spike[5:] == 12).all()


@given(st.floats(1.01, 100))
def test_ranks_feign_no_more_than_a_likelihood_ratio(times: float) -> None:
    """Whatever counts are distributed like, the mean of what their ranks say, as a ratio, is one; rarer says more."""
    # The density of rarity is exp(-rarity): ranks are uniform. The integral is a geometric sum's limit.
    rarity = np.linspace(0, 60 * times, 400_000)
    evidence = by_rank(rarity, (times,))[:, 0]

    assert np.trapezoid(np.exp(evidence - rarity), rarity) == pytest.approx(1, abs=1e-3)
    assert (np.diff(evidence) > 0).all()


def test_among_storms_ranks_find_what_lasts() -> None:
    """Where single buckets storm every other hour, two hours of steady complaints are found by their ranks alone."""
    rng = np.random.default_rng(2)
    calm = rng.poisson(1.0, 28 * 288) + np.where(rng.random(28 * 288) < 0.04, rng.poisson(40, 28 * 288), 0)
    outage = rng.poisson(8, 24)

    def found(tuning: Tuning) -> list[int]:
        replay = Replay(0, [0], 1.0, tuning=tuning)
        counts = np.concatenate([calm, outage])[:, None].astype(float)
        replay.advance(counts, np.ones_like(counts))
        return [episode.alarm - len(calm) for episode in replay.peek()[1] if episode.alarm >= len(calm)]

    assert found(Tuning(ranked=())) == []
    assert len(found(Tuning())) == 1


def test_ranks_say_nothing_of_a_past_too_short_to_rank_in() -> None:
    """In a stream's first two weeks, settling and gathering, the question by ranks stays at zero, whatever comes."""
    rng = np.random.default_rng(0)
    replay = Replay(0, [0], 1.0)

    def largest(buckets: int) -> float:
        counts = rng.poisson(np.where(rng.random((buckets, 1)) < 0.01, 60, 1)).astype(float)
        said = 0.0
        for hour in np.split(counts, buckets // BLOCK):
            replay.advance(hour, np.ones_like(hour))
            said = max(said, float(replay.statistic.values[0, -1]))
        return said

    assert largest(14 * 288) == 0
    assert largest(7 * 288) > 0


def test_what_has_fallen_far_is_over() -> None:
    """A value that has lost `forgotten` since its highest starts at zero, and its onset after that."""
    statistic = Statistic(1, TUNING)
    ratios = np.full((BLOCK, 1, QUESTIONS), -0.5 * TUNING.forgotten)
    ratios[:4] = 3 * TUNING.forgotten

    values, since = statistic.add(ratios, np.ones((BLOCK, 1), dtype=bool), 0)

    assert (values[3:5] > 0).all()
    assert (values[5:] == 0).all()
    assert (since[:5] == 0).all()
    assert since[-1, 0, 0] == BLOCK
