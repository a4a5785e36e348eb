"""Several platforms under one service: outages on all of them, while one storms alone, or the largest is dead.

Backgrounds are real, what is planted is drawn. Ours sums what its platforms say; beside it stand the same detector on
the sum of all counts, and on each platform by itself with its part of the promise: that is what fusion is worth.
"""

from collections.abc import Callable, Sequence
from itertools import chain

import msgspec
import numpy as np

from detect.detector.replay import Replay
from detect.detector.tuning import Tuning
from detect.evaluation.nab import Series
from detect.evaluation.planting import (
    EVERY,
    FIRST_DAYS,
    OUTAGES,
    RATIOS,
    Planted,
    Spoken,
    Stream,
    course,
    draw_times,
    thinned,
)
from detect.evaluation.stamped import Row, Table
from detect.evaluation.weekly import at_budgets, tally, told

RATES = (1.0, 0.3, 0.1)
"""Usual people per bucket of the three platforms of a service."""

PROMISES = (0.1, 0.4, 1.5, 6.0, 24.0)
BUDGETS = (1.0, 0.25)

STORMS = ((1, 30), (6, 10))
"""Buckets and height of what one platform does alone: a storm of copies, and half an hour of talk."""

STORM_RATIOS = tuple(height for _, height in STORMS)

DEAD_FROM = 14 * 288
"""Bucket from which the largest platform is not covered any more."""

COMMAND = "python -m detect evaluate platforms --data FOLDER"


class Service(msgspec.Struct, frozen=True):
    """One service: counts, buckets x platforms; `outages` and `storms` tell the same buckets, each its own truth."""

    counts: np.ndarray
    outages: Stream
    storms: Stream


def build(series: Sequence[Series], seed: int, *, shuffles: int, dead: bool = False) -> list[Service]:
    """Draw services of three series each, with an outage every day and a half on all, and storms between on one."""
    services: list[Service] = []
    for number in range(shuffles):
        rng = np.random.default_rng([seed, number])
        order = rng.permutation(len(series))
        threes = order[: len(order) // 3 * 3].reshape(-1, 3)
        services += [_service([series[at] for at in three], rng, dead=dead) for three in threes]
    return services


def _service(three: Sequence[Series], rng: np.random.Generator, *, dead: bool) -> Service:
    laid = [thinned(one, rate, rng) for one, rate in zip(three, RATES, strict=True)]
    first, last = max(one[0] for one in laid), min(one[0] + len(one[1]) for one in laid)
    cut = [slice(first - one[0], last - one[0]) for one in laid]
    counts = np.column_stack([one[1][span] for one, span in zip(laid, cut, strict=True)])
    hidden = np.logical_or.reduce([one[2][span] for one, span in zip(laid, cut, strict=True)])
    outages = draw_times(counts.sum(axis=1), hidden, rng, OUTAGES, RATIOS)
    storms = []
    for each in outages:
        length, height = STORMS[int(rng.integers(len(STORMS)))]
        at = each.start - EVERY // 3
        if at > FIRST_DAYS * 288 and not hidden[at - 12 : at + length + 12].any():
            storms.append(Planted(at, length, height, "step"))
    for each in outages:
        heights = (each.ratio - 1) * course(each.shape, each.length)
        counts[each.start : each.start + each.length] += rng.poisson(np.outer(heights, RATES))
    for each in storms:
        alone = int(rng.integers(len(RATES)))
        # A storm is as large on each: what a platform alone can do to the whole.
        counts[each.start : each.start + each.length, alone] += rng.poisson(each.ratio * RATES[0], each.length)
    hidden[: (DEAD_FROM if dead else FIRST_DAYS * 288)] = True
    if dead:
        counts[DEAD_FROM:, 0] = np.nan
        outages, storms = ([one for one in many if one.start >= DEAD_FROM] for many in (outages, storms))
    known = np.nansum(counts, axis=1)
    streams = [
        Stream("", first, known, _besides(hidden, other), tuple(mine))
        for mine, other in ((outages, storms), (storms, outages))
    ]
    return Service(counts, *streams)


def _besides(hidden: np.ndarray, other: Sequence[Planted]) -> np.ndarray:
    hidden = hidden.copy()
    for each in other:
        hidden[each.start : each.start + each.length + 12] = True
    return hidden


def summed(services: Sequence[Service], tuning: Tuning | None = None) -> list[Spoken]:
    """Judge each service as ours does: its platforms' statistics are added. Alarms in buckets since the epoch."""
    width = len(RATES)
    counts = [(one.outages.first, one.counts) for one in services]
    return _judged(counts, np.repeat(np.arange(len(services)), width), np.array(PROMISES), tuning)


def pooled(services: Sequence[Service], tuning: Tuning | None = None) -> list[Spoken]:
    """Judge the sum of all counts as one stream."""
    counts = [(one.outages.first, one.outages.counts[:, None]) for one in services]
    return _judged(counts, np.arange(len(services)), np.array(PROMISES), tuning)


def each_alone(services: Sequence[Service], tuning: Tuning | None = None) -> list[Spoken]:
    """Judge each platform by itself, with its part of the promise; whoever speaks is heard."""
    width = len(RATES)
    counts = [(one.outages.first, one.counts[:, [at]]) for one in services for at in range(width)]
    spoken = _judged(counts, np.arange(len(counts)), np.array(PROMISES) / width, tuning)
    return [
        [sorted(chain.from_iterable(by_stream[at : at + width])) for at in range(0, len(by_stream), width)]
        for by_stream in spoken
    ]


JUDGED: dict[str, Callable[[Sequence[Service], Tuning | None], list[Spoken]]] = {
    "ours: their statistics summed": summed,
    "counts pooled": pooled,
    "each by itself": each_alone,
}


def _judged(
    counts: Sequence[tuple[int, np.ndarray]], service_of: np.ndarray, promises: np.ndarray, tuning: Tuning | None
) -> list[Spoken]:  # fmt: skip
    """Run the detector on services (first bucket, counts) side by side, at all promises."""
    services, begin = int(service_of.max()) + 1, min(first for first, _ in counts)
    end = max(first + len(one) for first, one in counts)
    laid = np.concatenate(
        [
            np.pad(one, ((first - begin, end - first - len(one)), (0, 0)), constant_values=np.nan)
            for first, one in counts
        ],
        axis=1,
    )
    many = np.tile(laid, (1, len(promises)))
    numbers = np.concatenate([service_of + services * n for n in range(len(promises))])
    replay = Replay(begin, numbers, np.repeat(promises, services), tuning=tuning)
    replay.advance(many, (~np.isnan(many)).astype(float))
    spoken: list[Spoken] = [[[] for _ in range(services)] for _ in promises]
    for running in sorted(replay.peek()[1], key=lambda one: one.alarm):
        promise, service = divmod(running.service, services)
        spoken[promise][service].append((running.alarm, running.onset))
    return spoken


def evaluate(series: Sequence[Series], seed: int, *, quick: bool, tuning: Tuning | None = None) -> list[Table]:
    """Compare three ways to hear several platforms, while all are well and while the largest is dead."""
    rows: list[Row] = []
    planted = {}
    for situation, dead in (("all three well", False), ("the largest dead", True)):
        services = build(series, seed, shuffles=1 if quick else 3, dead=dead)
        outages, storms = [one.outages for one in services], [one.storms for one in services]
        planted[situation] = sum(len(one.planted) for one in outages), sum(len(one.planted) for one in storms)
        for name, judge in JUDGED.items():
            spoken = [
                [[(alarm - one.first, onset - one.first) for alarm, onset in mine]
                 for one, mine in zip(outages, by_service, strict=True)]
                for by_service in judge(services, tuning)
            ]  # fmt: skip
            found = at_budgets([tally(outages, one, RATIOS) for one in spoken], BUDGETS)
            alone = at_budgets([tally(storms, one, STORM_RATIOS) for one in spoken], BUDGETS)
            rows += [
                (
                    situation,
                    budget,
                    name,
                    *told(found[budget][0]),
                    told(found[budget][1], 0)[2],
                    *told(alone[budget][0]),
                )
                for budget in BUDGETS
            ]
    sample = (
        f"real series thinned to {', '.join(f'{rate:g}' for rate in RATES)} people a bucket; outages on all platforms "
        "and storms on one: "
        + ", ".join(f"{outages} and {storms}, {name}" for name, (outages, storms) in planted.items())
        + "; 90 % by drawing weeks again"
    )
    lone = tuple(f"storm alone: {length * 5} min of {height} people" for length, height in STORMS)
    columns = ("situation", "false alarms a week", "judged by", *(f"r={ratio}" for ratio in RATIOS),
               f"waited, r={RATIOS[2]}", *lone)  # fmt: skip
    return [
        Table("platforms", "Three platforms: outages found, lone storms alarmed on, at equal false alarms", COMMAND,
              sample, columns, tuple(rows))
    ]  # fmt: skip
