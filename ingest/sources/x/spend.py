"""What X costs, and the cap on it: nothing is asked that could pass what the user allows in a UTC day or month.

The ledger knows what was spent before; `Purse` adds what this run reserves and spends. Prices of 2026-08: pay-per-use,
docs.x.com/x-api/getting-started/pricing.
"""

from datetime import datetime, timedelta

import msgspec

from ingest.errors import SpendCapped
from ingest.hostile import one_line
from ingest.settings import Settings
from ingest.sources import Memory, Target

COUNTS_USD = 0.005
"""One request for counts, whatever its window: seven days by the minute come in one answer."""

POST_USD = 0.005
"""One post that a search returns. A second time on one UTC day it is free, softly: not relied on here."""

DAY, MONTH = "ICD_X_USD_PER_DAY", "ICD_X_USD_PER_MONTH"

_DUST = 1e-6
"""Sums of thousandths of a dollar are off by less: 200 times 0.005 must fit into 1."""


class _Period(msgspec.Struct, frozen=True):
    """A UTC day or month: what may be spent in it, and by which setting."""

    setting: str
    allowed: float
    start: datetime
    end: datetime

    @property
    def key(self) -> tuple[str, datetime]:
        return self.setting, self.start

    def due(self, at: datetime) -> float:
        """Say what would have been spent by `at` if the whole were spent evenly."""
        return self.allowed * ((at - self.start) / (self.end - self.start))

    def due_at(self, usd: float) -> datetime:
        """Say when spending evenly would have come to `usd`; the period's end where never."""
        share = usd / self.allowed if self.allowed else 1.0
        return self.start + min(share, 1.0) * (self.end - self.start)


class Purse:
    """What may still be spent, by UTC day and by UTC month, in US dollars.

    Parameters
    ----------
    per_day, per_month
        What the user allows; 0 means nothing may be asked.
    """

    def __init__(self, per_day: float, per_month: float) -> None:
        self._per_day, self._per_month = per_day, per_month
        self._spent: dict[tuple[str, datetime], float] = {}
        self._known: Memory | None = None

    @classmethod
    def of(cls, settings: Settings) -> "Purse":
        """Read the two caps. Raises ConfigError where one is no number."""
        return cls(settings.number(DAY, 1.0), settings.number(MONTH, 30.0))

    def learn(self, memory: Memory, at: datetime) -> None:
        """Take in what the ledger knew when it was read.

        Once for each reading: the same memory is handed to every gap of a target, and midnight may have passed.
        """
        if memory is self._known:
            return
        self._known = memory
        for period, known in zip(self._periods(at), (memory.spent_today_usd, memory.spent_this_month_usd), strict=True):
            self._spent[period.key] = max(self._spent.get(period.key, 0.0), known)

    def book(self, usd: float, at: datetime) -> None:
        """Add what was reserved or spent at `at`, or take back (negative) what was reserved then and not spent."""
        for period in self._periods(at):
            self._spent[period.key] = self._spent.get(period.key, 0.0) + usd

    def left(self, at: datetime, *, evenly: bool = False) -> float:
        """Say what may still be spent; with `evenly`, before the spending runs ahead of the day or of the month."""
        return min(self._left(period, at, evenly) for period in self._periods(at)) + _DUST

    def refusal(self, target: Target, usd: float, at: datetime, *, evenly: bool = False) -> SpendCapped | None:
        """Say why a request that could cost `usd` is not sent now, and from when on it could be; None where it may."""
        full = [period for period in self._periods(at) if self._left(period, at, evenly) + _DUST < usd]
        if not full:
            return None
        free = {p: p.due_at(self._of(p) + usd) if evenly else p.end for p in full}
        period = max(full, key=lambda p: (free[p], p.setting == MONTH))
        said = f"{period.setting} allows ${period.allowed:.2f}, ${self._of(period):.3f} of it is spent or reserved"
        asked = f"the next request could cost ${usd:.3f}"
        when = f"free again at {free[period]:%Y-%m-%dT%H:%MZ}, or raise it in .env"
        why = "; what is left is kept for the counts" if evenly and self.left(at) >= usd else ""
        remedy = when if usd <= period.allowed else "raise it in .env"
        return SpendCapped(one_line(f"x {target.name}: {said}, {asked}{why}; {remedy}", 300))

    def _left(self, period: _Period, at: datetime, evenly: bool) -> float:
        return (period.due(at) if evenly else period.allowed) - self._of(period)

    def _of(self, period: _Period) -> float:
        return self._spent.get(period.key, 0.0)

    def _periods(self, at: datetime) -> tuple[_Period, _Period]:
        day = at.replace(hour=0, minute=0, second=0, microsecond=0)
        month = day.replace(day=1)
        next_month = (month + timedelta(days=32)).replace(day=1)
        return (
            _Period(DAY, self._per_day, day, day + timedelta(days=1)),
            _Period(MONTH, self._per_month, month, next_month),
        )
