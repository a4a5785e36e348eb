"""Who complained most, as keys that the watchlist can mute; nobody is named. Reads only."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pandas as pd

from detect import store
from detect.reading import repeats
from ingest.database import connect, refuse_newer
from ingest.errors import DatabaseError

SPAN = timedelta(days=7)
"""How far back is looked where nothing else is asked."""

MOST = 10
"""Accounts listed of each service."""


class Account(msgspec.Struct, frozen=True):
    """One account's complaints of an outage of one service in a span of time.

    `key` is its person token, as text because a script's numbers end at 53 bits; `share` is of all such complaints,
    0 to 1; `repeats` counts those that repeat what another person wrote; `first_at` is its first judged post.
    """

    key: str
    service: str
    platform: str
    complaints: int
    share: float
    repeats: int
    first_at: datetime


def loudest(said: pd.DataFrame, service: str | None, since: datetime, until: datetime, most: int) -> list[Account]:
    """List the accounts with the most complaints from `since` to `until`, at most `most` a service.

    `said` has the columns of `detect.store.load_complaints`, and `repeats`.
    """
    chosen = said[(said["kind"] == "outage") & (said["counted_at"] >= since) & (said["counted_at"] < until)]
    listed = []
    for name, here in chosen.groupby("service"):
        if service not in (None, name):
            continue
        by_person = here.groupby("person").agg(
            platform=("platform", "first"), complaints=("repeats", "size"), repeats=("repeats", "sum"),
            first_at=("first_at", "min"),
        )  # fmt: skip
        top = by_person.reset_index().sort_values(["complaints", "person"], ascending=[False, True]).head(most)
        listed += [
            Account(
                key=str(row["person"]),
                service=str(name),
                platform=row["platform"],
                complaints=row["complaints"],
                share=round(row["complaints"] / len(here), 4),
                repeats=row["repeats"],
                first_at=row["first_at"].to_pydatetime().astimezone(UTC),
            )
            for row in top.to_dict("records")
        ]
    return listed


def tell(
    database: Path, service: str | None, since: datetime | None, until: datetime | None, *, as_json: bool
) -> str:  # fmt: skip
    """Write the loudest accounts as lines, or as JSON. Raises DatabaseError where nothing was judged yet."""
    with connect(database, read_only=True) as connection:
        as_of = store.judged_as_of(connection)
        if as_of is None:
            raise DatabaseError(
                "nothing is judged yet by this version; run: make detect, or python -m detect --db FILE"
            )
        refuse_newer(connection, "detect")
        said = store.load_complaints(connection, as_of)
    until = until or as_of
    since = since or until - SPAN
    found = loudest(said.assign(repeats=repeats.mark(said)), service, since, until, MOST)
    if as_json:
        return msgspec.json.format(msgspec.json.encode(found), indent=2).decode()
    lines = [f"{since:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M} UTC, complaints of an outage"]
    lines += [
        f"{account.key:>20}  {account.service}  {account.platform}  {account.complaints:,} ({account.share:.0%}), "
        f"{account.repeats:,} repeated, first seen {account.first_at:%Y-%m-%d}"
        for account in found
    ]
    return "\n".join(lines if found else [*lines, "nobody complained"])
