"""One at a time: what must not run twice on a database holds a lock beside it, which ends with the program."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.errors import DatabaseBusy, DatabaseError


@contextmanager
def alone(database: Path, what: str) -> Iterator[None]:
    """Be the only `what` on this database for the length of the block. Raises DatabaseBusy, naming who is.

    Raises DatabaseError where the lock cannot be written.
    """
    path = database.with_name(f"{database.name}.{what}.lock")
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        lock = path.open("a+")
    except OSError as error:
        raise DatabaseError(
            f"{path} cannot be written ({error.strerror}); make its folder writable, or give another with --db FILE"
        ) from error
    with lock as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read(20).strip()
            who = f"process {holder}" if holder.isdecimal() else "another process"
            raise DatabaseBusy(f"{database}: {who} runs reports {what} on it already; let it, or stop it") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
