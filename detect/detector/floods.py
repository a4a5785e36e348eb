"""Who stands behind an episode's complaints: a few loud accounts, accounts new to us, repeated texts. Pure.

No verdict is drawn from it, and nothing is left out of the count because of it: each share stands beside the usual one
of the same service, taken before the onset and outside episodes, so that a reader can compare.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
import pandas as pd

BUSIEST = 3
"""Accounts that are few."""

NEW = timedelta(hours=24)
"""How long after their first judged post an account is new to us."""

HISTORY = timedelta(days=7)
"""How long we must have read a platform before anybody on it can be called new."""

MEMORY = timedelta(days=28)
"""How far back the usual is looked for: as far as the baseline looks."""

ENOUGH = 20
"""Complaints, or people, without whom nothing is called usual."""


class Flood(msgspec.Struct, frozen=True):
    """What an episode's complaints of an outage come from, those that repeat others included.

    `busiest_share` is what the `BUSIEST` accounts that wrote most of them wrote, `usual_busiest_share` the same of as
    many complaints before (of fewer it would be higher by itself). `new_people` are those whose first judged post, of
    any kind, is less than a day older than their first complaint here; `new_share` is theirs among all people of whom
    that is known. All shares are 0 to 1; None is unknown.
    """

    complaints: int
    repeats: int
    busiest_share: float | None
    usual_busiest_share: float | None
    new_people: int | None
    new_share: float | None
    usual_new_share: float | None


def measure(
    onset_at: datetime, ended_at: datetime, said: pd.DataFrame, episodes: Sequence[tuple[datetime, datetime]]
) -> Flood:
    """Measure one episode.

    Parameters
    ----------
    onset_at, ended_at
        The episode, UTC; where it is not over, the last instant known.
    said
        The outage complaints of its service: `counted_at`, `person`, `repeats`, `first_at` (the person's first judged
        post) and `platform_since` (the platform's first judged post).
    episodes
        All episodes of the service, as (onset, end).
    """
    during = said[(said["counted_at"] >= onset_at) & (said["counted_at"] < ended_at)]
    before = said[(said["counted_at"] >= onset_at - MEMORY) & (said["counted_at"] < onset_at)]
    for start, end in episodes:
        before = before[(before["counted_at"] < start) | (before["counted_at"] >= end)]
    before = before.sort_values(["counted_at", "person"])
    new = newness(during.sort_values(["counted_at", "person"]).drop_duplicates("person"))
    day = before["counted_at"].dt.floor("D")
    usual = newness(before.assign(day=day).drop_duplicates(["day", "person"]))
    as_many = before.tail(len(during))
    return Flood(
        complaints=len(during),
        repeats=int(during["repeats"].sum()),
        busiest_share=busiest_share(during),
        usual_busiest_share=busiest_share(as_many) if len(as_many) >= ENOUGH else None,
        new_people=int(new.sum()) if len(new) else None,
        new_share=_rounded(new.mean()) if len(new) else None,
        usual_new_share=_rounded(usual.mean()) if len(usual) >= ENOUGH else None,
    )


def busiest_share(said: pd.DataFrame) -> float | None:
    """Say which share of complaints the `BUSIEST` accounts wrote; None where there are none."""
    if said.empty:
        return None
    return _rounded(said["person"].value_counts().head(BUSIEST).sum() / len(said))


def newness(said: pd.DataFrame) -> pd.Series:
    """Say of each complaint whether its author was new then; those of which it is unknown are left out."""
    known = said[said["counted_at"] >= said["platform_since"] + HISTORY]
    return known["first_at"] > known["counted_at"] - NEW


def _rounded(share: float) -> float:
    return round(float(share), 4)
