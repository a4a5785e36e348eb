"""A real HTTP server on 127.0.0.1 that answers by a plain function: the wire is real, only the far end is ours."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Request:
    """What the client sent."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Response:
    """What to answer. With `hang_up` the connection is closed in the middle of the body.

    With `drip` the body comes byte by byte, that many seconds apart, until the client goes away.
    """

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    hang_up: bool = False
    drip: float = 0.0


@dataclass
class Server:
    """A running server: its address, and every request it was sent, in order."""

    url: str
    requests: list[Request] = field(default_factory=list)


class _QuietServer(ThreadingHTTPServer):
    """Says nothing when a client hangs up: that is what some tests make it do."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Let the client's side of the test speak."""


@contextmanager
def serve(answer: Callable[[Request], Response]) -> Iterator[Server]:
    """Serve `answer` on a free port of 127.0.0.1 until the block ends."""
    server = Server("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # or every small answer waits 40 ms between its head and its body

        def _answer(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            query = {key: values[-1] for key, values in parse_qs(parts.query, keep_blank_values=True).items()}
            headers = {key.lower(): value for key, value in self.headers.items()}
            request = Request(self.command, parts.path, query, headers, body)
            server.requests.append(request)
            response = answer(request)
            self.send_response(response.status)
            for key, value in response.headers.items():
                self.send_header(key, value)
            if response.status != 304:
                self.send_header("Content-Length", str(len(response.body)))
            # As a real server says it: the client would else send its next request into a connection that closes.
            if headers.get("connection", "").lower() == "close" and "Connection" not in response.headers:
                self.send_header("Connection", "close")
            self.end_headers()
            if response.hang_up:
                self.wfile.write(response.body[: len(response.body) // 2])
                self.close_connection = True
                return
            if response.drip:
                for byte in response.body:
                    self.wfile.write(bytes([byte]))
                    time.sleep(response.drip)
                return
            self.wfile.write(response.body)

        do_GET = do_POST = do_HEAD = _answer  # noqa: N815  (the names http.server calls)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    httpd = _QuietServer(("127.0.0.1", 0), Handler)
    server.url = f"http://127.0.0.1:{httpd.server_port}"
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        httpd.shutdown()
        httpd.server_close()
        thread.join()
