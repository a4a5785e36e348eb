"""A clean stop: Ctrl-C and SIGTERM become something that a loop looks at between two steps."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def stopping_on_signals(stop: threading.Event) -> Iterator[None]:
    """Set `stop` when asked to end, instead of breaking off; afterwards signals do what they did."""
    held = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in held:
        signal.signal(number, lambda *_: stop.set())
    try:
        yield
    finally:
        for number, did in held.items():
            signal.signal(number, did)
