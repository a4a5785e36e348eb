"""How much is simulated: enough for intervals that decide something, and little enough for a coffee."""

import msgspec


class Size(msgspec.Struct, frozen=True):
    """How much is simulated: for the false alarms, for the delays, and for what follows a gap."""

    weeks: int
    streams: int
    delay_streams: int
    delay_weeks: int
    moments: int
    gap_streams: int
    gap_weeks: int


SIZES = {"full": Size(40, 4, 60, 8, 3, 3, 16), "quick": Size(8, 1, 12, 2, 1, 1, 5)}
