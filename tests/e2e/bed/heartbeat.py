"""A heartbeat service: what healthchecks.io does, as far as a ping goes."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Heartbeat:
    """Records pings and answers 200, or what was asked for before.

        with Heartbeat() as service:
            service.answers = [500, 200]
            ... service.url ...
            service.pings  # [("GET", "/ping/secret/start", "")]
    """

    def __init__(self) -> None:
        self.pings: list[tuple[str, str, str]] = []
        self.answers: list[int] = []
        self.while_pinged: Callable[[], Any] = lambda: None
        service = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                size = int(self.headers.get("Content-Length", 0))
                body = self.rfile.read(size).decode()
                service.pings.append((self.command, self.path, body))
                service.while_pinged()
                status = service.answers.pop(0) if service.answers else 200
                with contextlib.suppress(ConnectionError):  # it gave up
                    self.send_response(status)
                    self.send_header("Content-Length", "2")
                    self.end_headers()
                    self.wfile.write(b"OK")

            do_GET = do_POST = answer

            def log_message(self, *_: Any) -> None:
                """Nothing on stderr."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = (f"http://127.0.0.1:{self.server.server_port}"
                    "/ping/secret-token")
        self.thread = threading.Thread(target=self.server.serve_forever)

    def __enter__(self) -> Heartbeat:
        self.thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
