"""Who wrote a post, as a keyed hash: people can be told apart and counted, and nobody can be named.

The key is a file beside the database, made once, readable by its owner alone and never copied into the database.
Without it a stolen database does not tell whether a given person is in it; with it deletions still find the row.
"""

import hashlib
import os
import secrets
from pathlib import Path

from ingest.errors import ConfigError

KEY_BYTES = 32
FILE_NAME = "author.key"


class AuthorKeys:
    """Turns handles into keys of 64 bits, the same for the same handle on the same platform.

    Parameters
    ----------
    secret
        32 random bytes, see `open_keys`.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def of(self, platform: str, handle: str) -> int:
        """Hash one person. Handles are case-insensitive on every platform read here."""
        text = f"{platform}\0{handle.casefold()}".encode("utf-8", "surrogatepass")
        digest = hashlib.blake2b(text, digest_size=8, key=self._secret).digest()
        return int.from_bytes(digest, "big", signed=True)

    def hidden(self, platform: str, native_id: str) -> str:
        """Hash a native id that carries its author, as Bluesky's `at://` address does: 128 bits in hex.

        Deletions, which name the id, still find the row; who reads the database does not find the author.
        """
        text = f"id\0{platform}\0{native_id}".encode("utf-8", "surrogatepass")
        return hashlib.blake2b(text, digest_size=16, key=self._secret).hexdigest()

    @property
    def fingerprint(self) -> str:
        """Tells two keys apart without telling either: what a database may know of its key."""
        return hashlib.blake2b(b"fingerprint", digest_size=8, key=self._secret).hexdigest()


def open_keys(folder: Path) -> AuthorKeys:
    """Read the folder's key file, or make it (mode 600). Raises ConfigError where it is not usable."""
    path = folder / FILE_NAME
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        # Whole or not at all, and never readable in between: a half-written key would split every person in two.
        fresh = folder / f".{FILE_NAME}.{os.getpid()}"
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass  # another process was first: its key is the key
        finally:
            fresh.unlink()
    secret = path.read_bytes()
    if len(secret) != KEY_BYTES:
        raise ConfigError(
            f"{path}: not an author key ({len(secret)} bytes, expected {KEY_BYTES}); restore it from a backup"
        )
    return AuthorKeys(secret)
