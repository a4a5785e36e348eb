"""A folder for what is not whole yet, beside where it will stand; those that a killed program left are cleared.

Who writes holds a lock on its folder, which ends with the program however that ends. So whoever comes next can tell
what is left over from what somebody is at, and two who write at once leave each other alone.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def unfinished(parent: Path, prefix: str) -> Iterator[Path]:
    """Make a folder in `parent` whose name begins so, for the length of the block. Raises OSError where none can be."""
    clear(parent, prefix)
    path, held = _made(parent, prefix)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        os.close(held)


def clear(parent: Path, prefix: str) -> None:
    """Remove the folders of that name in which no living program writes."""
    for left in parent.glob(f"{prefix}*"):
        with suppress(OSError):
            held = os.open(left, os.O_RDONLY | os.O_DIRECTORY)
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left, ignore_errors=True)
            finally:
                os.close(held)


def _made(parent: Path, prefix: str) -> tuple[Path, int]:
    """Make a folder and hold it: the folder, and what is to be closed to let it go."""
    while True:
        path = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        try:
            held = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        except FileNotFoundError:
            continue  # who clears came before the lock
        if _hold(held) and path.exists():
            return path, held
        os.close(held)


def _hold(held: int) -> bool:
    """Lock a folder; False where somebody clears it. A file system without locks has nobody who could."""
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True
