"""A file of lines, packed or not, read without trust: no line takes more memory than a line may have."""

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Self, cast

from ingest.errors import ConfigError

LONGEST_LINE = 1_000_000
"""Bytes of a line, its end included, that are read: a post ends at 40,000 characters, an incident at 30 messages."""

Line = tuple[int, bytes]
"""A line with its number, counted from 1."""


class LineFile:
    """A file that is read once, from its first line to its last, for the length of a `with` block.

    A file is packed where its first bytes say gzip, whatever its name; it may be a pipe. Raises ConfigError where it
    cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> Self:
        try:
            self._raw = self.path.open("rb")
        except OSError as error:
            raise ConfigError(f"{self.path}: {error.strerror}; name a JSONL or CSV file") from None
        self._size = self.path.stat().st_size if self._raw.seekable() else 0
        packed = self._raw.peek(2)[:2] == b"\x1f\x8b"
        # GzipFile is a binary stream in all but its type; the buffer makes short lines four times as quick.
        self._text = io.BufferedReader(cast("io.RawIOBase", gzip.GzipFile(fileobj=self._raw))) if packed else self._raw
        return self

    def __exit__(self, *raised: object) -> None:
        self._raw.close()

    @property
    def share(self) -> float:
        """What share of the file is read, 0 to 1; 0 for a pipe, which does not say how long it is."""
        return min(self._raw.tell() / self._size, 1.0) if self._size else 0.0

    def lines(self) -> Iterator[Line]:
        """Read line by line. Of one longer than `LONGEST_LINE` comes one byte more than that, and the rest is skipped.

        Raises ConfigError where a packed file is damaged or ends in the middle.
        """
        number = 0
        readline = self._text.readline
        try:
            while line := readline(LONGEST_LINE + 1):
                number += 1
                rest = line
                while len(rest) >= LONGEST_LINE and not rest.endswith(b"\n"):
                    rest = readline(LONGEST_LINE)
                yield number, line.removeprefix(codecs.BOM_UTF8) if number == 1 else line
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise ConfigError(
                f"{self.path}: the packed file is damaged or ends in the middle, after line {number} ({error}); "
                "nothing of it was saved. Fetch it again, or unpack what can be read of it"
            ) from None
