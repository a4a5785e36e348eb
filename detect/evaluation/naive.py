"""What counting keywords would say of the same texts: the peers' way, as a yardstick beside ours. Pure."""

from collections.abc import Sequence

import numpy as np

from detect.evaluation.labelled import Labelled
from detect.reading import mentions
from ingest.watchlist import Watchlist

FAILING = (
    "down", "outage", "not working", "isn't working", "doesn't work", "broken", "error", "500", "529", "503",
    "overloaded", "slow", "timeout", "timed out", "stuck", "hang", "unavailable", "can't log in", "login", "fails",
    "failing", "unresponsive", "not responding", "crash", "offline", "issue", "problem",
    "掛了", "挂了", "崩了", "报错", "故障", "오류", "먹통", "落ちて", "caiu", "fora do ar", "caído", "en panne",
    "störung", "не работает", "сбой",
)  # fmt: skip
"""A wide list of words of failure, as a person would write it down."""

CRUDE = (
    "is down", "outage", "not responding", "unresponsive", "unavailable", "overloaded", "api error", "server error",
    "error 500", "error 529", "error 503", "500 error", "529", "timed out", "timeout", "can't log in", "cannot log in",
    "login fail", "failed to authenticate", "connection error", "elevated error",
)  # fmt: skip
"""Phrases that a person would search titles for in order to watch for outages."""


def crude(texts: Sequence[str]) -> np.ndarray:
    """Say which texts hold one of the `CRUDE` phrases."""
    return np.array([any(phrase in text.casefold() for phrase in CRUDE) for text in texts])


def rules(texts: Sequence[Labelled], watchlist: Watchlist, service: str) -> dict[str, np.ndarray]:
    """Say what three rules call an outage complaint of the service: by rule, a boolean for each text."""
    names = mentions.prepare(watchlist)
    folded = [mentions.folded(text.text) for text in texts]
    named = np.array([any(name.service == service for name in mentions.find_names(text, names)) for text in folded])
    here = np.array([service in watchlist.services_at(text.platform, text.place) for text in texts])
    down = np.array(["down" in text.split() or "down?" in text for text in folded])
    failing = np.array([any(word in text for word in FAILING) for text in folded])
    return {
        "named, and the word down": named & down,
        "named, and a word of failure": named & failing,
        "named or in its place, and a word of failure": (named | here) & failing,
    }
