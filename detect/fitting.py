"""The classifier, ready to read: from a file of plain arrays beside the database, or fitted anew in some seconds."""

import os
from pathlib import Path

from detect import classifier, complaints, corpus, phrases, vocabulary
from ingest import watchlist
from ingest.records import hashed_key


def load_or_fit(folder: Path) -> classifier.Model:
    """Read the model that was fitted from this corpus; fit it, and keep it, where there is none.

    It is fitted by the watchlist that the corpus was written for and knows no service by name, so that it reads the
    services of any other watchlist too. A file that cannot be read, or written, costs the seconds of a fit.
    """
    file = folder / f"reader-{key():016x}.npz"
    try:
        return classifier.unpack(file.read_bytes())
    except (OSError, ValueError, KeyError, EOFError):
        model = complaints.fit(corpus.load(), phrases.prepare(watchlist.load(), frozenset()))
    fresh = file.with_suffix(f".{os.getpid()}")
    try:
        fresh.write_bytes(classifier.pack(model))
        fresh.replace(file)
    except OSError:
        fresh.unlink(missing_ok=True)
    return model


def key() -> int:
    """Hash all that the model depends on: corpus, vocabulary, and the watchlist that comes with the program."""
    return hashed_key(corpus.digest(), repr(watchlist.load()), repr(vocabulary.load())) & (2**64 - 1)
