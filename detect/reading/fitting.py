"""The classifier, ready to read: from a file of plain arrays beside the database, or fitted anew in some seconds."""

import os
from pathlib import Path

from detect.reading import classifier, complaints, corpus, features, lexicon, phrases, vocabulary
from ingest import watchlist
from ingest.records import hashed_key


def load_or_fit(folder: Path) -> classifier.Model:
    """Read the model that was fitted from this corpus; fit it, and keep it, where there is none.

    It is fitted by the watchlist that the corpus was written for and knows no service by name, so that it reads the
    services of any other watchlist too. A file that cannot be read, or written, costs the seconds of a fit.
    """
    file = file_in(folder)
    try:
        return classifier.unpack(file.read_bytes())
    except (OSError, ValueError, KeyError, IndexError, EOFError):
        model = complaints.fit(corpus.load(), phrases.prepare(watchlist.load(), frozenset()))
    fresh = file.with_suffix(f".{os.getpid()}")
    try:
        fresh.write_bytes(classifier.pack(model))
        fresh.replace(file)
    except OSError:
        fresh.unlink(missing_ok=True)
    return model


def open_reader(watched: watchlist.Watchlist, folder: Path) -> complaints.Reader:
    """Make the reader that judges texts from nowhere: no author is known, so none is muted and none only repeats."""
    return complaints.prepare(watched, frozenset(), load_or_fit(folder))


def file_in(folder: Path) -> Path:
    """Name the file that keeps the model fitted from what is here now."""
    return folder / f"reader-{key():016x}.npz"


def key() -> int:
    """Hash all that the model depends on: columns, corpus, lexicon, vocabulary, and the watchlist of the program."""
    columns = f"{features.LAYOUT} {features.WIDTH}"
    said = (columns, corpus.digest(), lexicon.digest(), repr(watchlist.load()), repr(vocabulary.load()))
    return hashed_key(*said) & (2**64 - 1)
