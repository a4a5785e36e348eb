"""Everything that can go wrong with the world, as one tree. A defect of ours is not in it.

    IngestError
    ├── ConfigError              a setting, the watchlist or an option cannot be used
    │   ├── MissingKey           a source needs a key that is not set
    │   └── WrongOption          what was typed is wrong, whatever the world holds
    ├── DatabaseError            the database file cannot be used
    │   ├── DatabaseBusy         another process holds it
    │   └── DatabaseTooNew       a newer version of this program wrote it
    ├── LakeError                the lake, or an engine that reads it, cannot be used
    └── SourceError              a source did not give what was asked
        ├── Truncated            it ended before the whole window was read
        ├── RateLimited          it asked us to slow down
        ├── SpendCapped          asking on would cost more than the user allowed
        ├── Refused              it does not let us in
        ├── Unreachable          it could not be reached, or failed on its side
        └── UnexpectedShape      its answer is not of the documented shape

Each message says what happened, where, and what to do about it, in one line. `SourceError`s are raised nowhere
but translated from a client's exceptions by its source's `translate`, caught in `ingest.pull` and written to the
ledger; all others end the program at the door: a `WrongOption` with exit code 2, the rest with 1.
"""


class IngestError(Exception):
    """The base of all of them: its text is what the user reads."""


class ConfigError(IngestError):
    """A setting, the watchlist or an option cannot be used as it stands."""


class MissingKey(ConfigError):
    """A source needs a key that is not set."""


class WrongOption(ConfigError):
    """An option or an argument names what does not exist, or is no value of its kind: to be typed otherwise.

    What only the database, a file or a far end can refuse is none: there the same words may do tomorrow.
    """


class DatabaseError(IngestError):
    """The database file cannot be used."""


class DatabaseBusy(DatabaseError):
    """Another process holds the database."""


class DatabaseTooNew(DatabaseError):
    """The database was written by a newer version of this program."""


class LakeError(IngestError):
    """The lake, or an engine that reads it, cannot be used."""


class SourceError(IngestError):
    """A source did not give what was asked."""


class Truncated(SourceError):
    """The source ended before the whole window was read."""


class RateLimited(SourceError):
    """The source asked us to slow down."""


class SpendCapped(SourceError):
    """Asking on would cost more than the user allowed, or the account has no money left."""


class Refused(SourceError):
    """The source does not let us in."""


class Unreachable(SourceError):
    """The source could not be reached, or failed on its side."""


class UnexpectedShape(SourceError):
    """The source's answer is not of the documented shape."""
