"""Where a lake is: a folder, or any address that fsspec knows (`s3://`, `gs://`, `abfs://`), by the extra `lake`."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from ingest.errors import LakeError
from ingest.hostile import one_line


class Address(Protocol):
    """A place that holds files, by their paths below it."""

    @property
    def filesystem(self) -> Any:
        """What an engine reads the files with; None where they are files of this machine."""

    def of(self, path: str) -> str:
        """Write where a file is, as an engine takes it."""

    def read(self, path: str) -> bytes | None:
        """Read a small file; None where there is none."""

    def write(self, path: str, content: bytes) -> None:
        """Write a small file whole, or not at all."""

    def take(self, file: Path, path: str) -> None:
        """Take a finished file of this machine in; the file itself may be gone afterwards."""

    def sizes(self) -> dict[str, int]:
        """List all files with their sizes in bytes."""

    def remove(self, path: str) -> None:
        """Remove a file."""


def open_address(text: str) -> Address:
    """Say what an address means. Raises LakeError where nothing here can read it."""
    scheme, mark, rest = text.partition("://")
    if not mark or scheme == "file":
        return Folder(Path(rest if mark else text))
    return Remote(text.rstrip("/"))


class Folder:
    """A lake in a folder of this machine, or of one that all machines of a cluster mount."""

    filesystem = None

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()

    def __str__(self) -> str:
        return str(self.root)

    def of(self, path: str) -> str:
        """Name the file."""
        return str(self.root / path)

    def read(self, path: str) -> bytes | None:
        """Read a small file; None where there is none."""
        try:
            return (self.root / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def write(self, path: str, content: bytes) -> None:
        """Write beside it, and rename: whoever reads finds the old one or the new one."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_name(f".{target.name}.{os.getpid()}")
        with fresh.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(target)

    def take(self, file: Path, path: str) -> None:
        """Move a finished file in; across file systems it is copied first, and so never seen in part."""
        self.write(path, file.read_bytes())
        file.unlink()

    def sizes(self) -> dict[str, int]:
        """List all files but hidden ones."""
        return {
            path.relative_to(self.root).as_posix(): path.stat().st_size
            for path in self.root.rglob("*")
            if path.is_file() and not path.name.startswith(".")
        }

    def remove(self, path: str) -> None:
        """Remove a file."""
        (self.root / path).unlink(missing_ok=True)


class Remote:
    """A lake in an object store. A single object is written whole or not at all."""

    def __init__(self, address: str) -> None:
        self.address = address
        with _told(address):
            from fsspec.core import url_to_fs  # an extra

            self.filesystem, self.root = url_to_fs(address)

    def __str__(self) -> str:
        return self.address

    def of(self, path: str) -> str:
        """Write the address of the object."""
        return f"{self.address}/{path}"

    def read(self, path: str) -> bytes | None:
        """Read a small object; None where there is none."""
        with _told(self.address):
            self.filesystem.invalidate_cache()
            try:
                return bytes(self.filesystem.cat_file(f"{self.root}/{path}"))
            except FileNotFoundError:
                return None

    def write(self, path: str, content: bytes) -> None:
        """Put an object."""
        with _told(self.address):
            self.filesystem.pipe_file(f"{self.root}/{path}", content)

    def take(self, file: Path, path: str) -> None:
        """Put an object with a file's content."""
        with _told(self.address):
            self.filesystem.put_file(str(file), f"{self.root}/{path}")
        file.unlink()

    def sizes(self) -> dict[str, int]:
        """List all objects."""
        with _told(self.address):
            self.filesystem.invalidate_cache()
            found = self.filesystem.find(self.root, detail=True)
            return {name[len(self.root) :].lstrip("/"): int(one["size"]) for name, one in found.items()}

    def remove(self, path: str) -> None:
        """Remove an object."""
        with _told(self.address):
            self.filesystem.rm_file(f"{self.root}/{path}")


@contextmanager
def _told(address: str) -> Iterator[None]:
    """Say in one line what went wrong at an address: every store has exceptions of its own."""
    try:
        yield
    except PermissionError as error:
        raise LakeError(f"{address}: no permission ({one_line(str(error), 120)}); see to its credentials") from error
    except (ImportError, ValueError) as error:
        raise LakeError(
            f"{address}: nothing here can read this address ({one_line(str(error), 120)}); "
            "install the extra `lake` and the store's own package, such as s3fs, gcsfs or adlfs"
        ) from error
    except Exception as error:
        what = one_line(f"{type(error).__name__}: {error}", 160)
        raise LakeError(
            f"{address}: cannot be used ({what}); see to the address, the network and its credentials"
        ) from (error)
