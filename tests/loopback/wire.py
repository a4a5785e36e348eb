"""A server on 127.0.0.1 that says byte by byte what it is told: for what no honest HTTP server would send."""

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

Speak = Callable[[socket.socket], None]

HEADERS = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@contextmanager
def wire(speak: Speak) -> Iterator[str]:
    """Accept connections on a free port until the block ends; read each one's request, then let `speak` have it."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0.02)
        ended = threading.Event()

        def serve_one(connection: socket.socket) -> None:
            with connection, suppress(OSError):
                connection.settimeout(5)
                asked = b""
                while b"\r\n\r\n" not in asked:
                    asked += connection.recv(65536)
                speak(connection)

        def accept() -> None:
            while not ended.is_set():
                with suppress(TimeoutError):
                    threading.Thread(target=serve_one, args=(listener.accept()[0],), daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            ended.set()
            thread.join()


def dripping(head: bytes, drops: Callable[[], Iterable[bytes]], every: float = 0.03) -> Speak:
    """Send the head at once, then drop by drop for half a minute, each well within any timeout of one read."""

    def speak(connection: socket.socket) -> None:
        connection.sendall(head)
        until = time.monotonic() + 30
        for drop in drops():
            if time.monotonic() > until:
                return
            connection.sendall(drop)
            time.sleep(every)

    return speak


def resetting(connection: socket.socket) -> None:
    """Send half of a body and tear the connection down."""
    connection.sendall(HEADERS + b'Content-Length: 1000\r\n\r\n{"page": {"id": ')
    time.sleep(0.05)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def pouring(head: bytes, piece: bytes, times: int) -> Speak:
    """Send the same piece so many times, as fast as it goes."""

    def speak(connection: socket.socket) -> None:
        connection.sendall(head)
        for _ in range(times):
            connection.sendall(piece)

    return speak
