"""A proxy before an S3 server that records requests and makes faults.

    with FaultProxy(server.port) as proxy:
        proxy.add(Fault("PUT", answer=503, code="SlowDown", times=2))
        ...
        proxy.requests  # what was asked, in order

It forwards bytes as they are, the Host header too, so signatures stay valid.
A request is forwarded to a real server unless a fault says otherwise.
"""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Request:
    """One request, and what became of it."""

    method: str
    target: str  # path and query
    headers: dict[str, str]
    body_size: int
    status: int = 0  # what the client was told
    answer_size: int = 0  # bytes of the body that the client got


@dataclass
class Fault:
    """What to do with the next requests that match."""

    method: str = ""  # "" for any
    target: str = ""  # a regular expression somewhere in path and query
    times: int = 1  # how many requests; -1: all
    # Answer with this status (and S3 code) ...
    answer: int = 0
    code: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    # ... after the real server has done it, or instead of it.
    after_forwarding: bool = False
    # Reset the connection after so many bytes of the request's body.
    reset_upload_at: int = -1
    # Pass so many bytes of the request's body on, and then nothing more.
    stall_upload_at: int = -1
    # Close the connection after so many bytes of the answer.
    cut_answer_at: int = -1
    # Neither answer nor close until the proxy ends.
    stall: bool = False
    # An answer's header replaced: {"Date": "..."}.
    replace: dict[str, str] = field(default_factory=dict)
    # Headers that are left out of an answer.
    drop: tuple[str, ...] = ()
    # Only while the request's x-amz-date is this or later / earlier.
    unless: Any = None  # a function of the Request
    # Set once a stalled upload stands still.
    reached: threading.Event = field(default_factory=threading.Event)

    def takes(self, request: Request) -> bool:
        return (self.times != 0
                and self.method in ("", request.method)
                and re.search(self.target, request.target) is not None
                and (self.unless is None or not self.unless(request)))


class _Stream:
    """Bytes of a socket, by line and by count."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self.buffer = b""

    def head(self) -> bytes | None:
        """Up to the empty line; None at the end."""
        while b"\r\n\r\n" not in self.buffer:
            more = self.socket.recv(65536)
            if not more:
                return None
            self.buffer += more
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        return head + b"\r\n\r\n"

    def some(self, limit: int) -> bytes:
        if not self.buffer:
            self.buffer = self.socket.recv(min(limit, 65536))
        part, self.buffer = self.buffer[:limit], self.buffer[limit:]
        return part


def _fields(head: bytes) -> tuple[str, dict[str, str]]:
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    pairs = (line.split(":", 1) for line in lines)
    return first, {name.lower(): value.strip() for name, value in pairs}


class FaultProxy:
    """Listens on a port of its own; each connection has a thread."""

    def __init__(self, upstream: int) -> None:
        self.upstream = upstream
        self.requests: list[Request] = []
        self.faults: list[Fault] = []
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def add(self, fault: Fault) -> Fault:
        with self._lock:
            self.faults.append(fault)
        return fault

    def clear(self) -> None:
        """Forget faults and requests."""
        with self._lock:
            self.faults.clear()
            self.requests.clear()

    def close(self) -> None:
        self._ended.set()
        self._listener.close()
        with self._lock:
            left = list(self._open)
        for each in left:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> FaultProxy:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # One connection

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self._open.add(connection)
            threading.Thread(target=self._serve, args=(connection,),
                             daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        stream = _Stream(connection)
        upstream: _Stream | None = None
        try:
            while (head := stream.head()) is not None:
                upstream = self._exchange(stream, head, upstream)
                if upstream is None:
                    break
        except OSError:
            pass
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()
            if upstream is not None:
                upstream.socket.close()

    def _match(self, request: Request) -> Fault | None:
        with self._lock:
            self.requests.append(request)
            for fault in self.faults:
                if fault.takes(request):
                    fault.times -= 1 if fault.times > 0 else 0
                    return fault
        return None

    def _exchange(self, stream: _Stream, head: bytes,
                  upstream: _Stream | None) -> _Stream | None:
        """One request; None when the connection is to be closed."""
        first, headers = _fields(head)
        method, target, _ = first.split(" ", 2)
        size = int(headers.get("content-length", "0"))
        request = Request(method, target, headers, size)
        fault = self._match(request)
        if headers.get("expect"):
            stream.socket.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            head = re.sub(rb"(?i)expect: [^\r]*\r\n", b"", head)
        if fault and fault.stall:
            self._ended.wait()
            return None
        if fault and fault.answer and not fault.after_forwarding:
            self._drop(stream, size)
            self._answer(stream, request, fault)
            return upstream or self._connect()
        upstream = upstream or self._connect()
        if not self._send_up(stream, head, size, upstream, fault):
            return None
        return self._send_down(stream, request, upstream, fault)

    def _connect(self) -> _Stream:
        connection = socket.create_connection(("127.0.0.1", self.upstream))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return _Stream(connection)

    @staticmethod
    def _drop(stream: _Stream, size: int) -> None:
        while size > 0:
            part = stream.some(size)
            if not part:
                return
            size -= len(part)

    @staticmethod
    def _reset(connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                              b"\1\0\0\0\0\0\0\0")
        connection.close()

    def _send_up(self, stream: _Stream, head: bytes, size: int,
                 upstream: _Stream, fault: Fault | None) -> bool:
        upstream.socket.sendall(head)
        sent = 0
        while sent < size:
            part = stream.some(size - sent)
            if not part:
                return False
            if fault and 0 <= fault.reset_upload_at < sent + len(part):
                upstream.socket.sendall(part[:fault.reset_upload_at - sent])
                self._reset(upstream.socket)
                self._reset(stream.socket)
                return False
            if fault and 0 <= fault.stall_upload_at < sent + len(part):
                upstream.socket.sendall(part[:fault.stall_upload_at - sent])
                fault.reached.set()
                self._ended.wait()
                return False
            upstream.socket.sendall(part)
            sent += len(part)
        return True

    @staticmethod
    def _answer(stream: _Stream, request: Request, fault: Fault) -> None:
        body = b""
        if fault.code and request.method != "HEAD":
            body = (f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>'
                    f"{fault.code}</Code><Message>made by a test</Message>"
                    "</Error>").encode()
        lines = {"Content-Length": str(len(body)),
                 "Content-Type": "application/xml", **fault.headers}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        request.status, request.answer_size = fault.answer, len(body)
        stream.socket.sendall(
            f"HTTP/1.1 {fault.answer} Made\r\n{head}\r\n".encode() + body)

    def _send_down(self, stream: _Stream, request: Request, upstream: _Stream,
                   fault: Fault | None) -> _Stream | None:
        head = upstream.head()
        while head is not None and head.startswith(b"HTTP/1.1 100"):
            head = upstream.head()
        if head is None:
            return None
        first, headers = _fields(head)
        request.status = int(first.split(" ")[1])
        body = self._body(upstream, request, headers)
        if fault and fault.answer:
            self._answer(stream, request, fault)
            return upstream
        for name, value in (fault.replace if fault else {}).items():
            head = re.sub(rb"(?im)^%s: [^\r]*" % name.encode(),
                          f"{name}: {value}".encode(), head)
        for name in fault.drop if fault else ():
            head = re.sub(rb"(?im)^%s: [^\r]*\r\n" % name.encode(), b"", head)
        whole = head + body
        request.answer_size = len(body)
        if fault and fault.cut_answer_at >= 0:
            stream.socket.sendall(whole[:fault.cut_answer_at])
            return None
        stream.socket.sendall(whole)
        return None if headers.get("connection") == "close" else upstream

    @staticmethod
    def _body(upstream: _Stream, request: Request,
              headers: dict[str, str]) -> bytes:
        """The body as it is on the wire."""
        if request.method == "HEAD" or request.status in (204, 304):
            return b""
        if "chunked" in headers.get("transfer-encoding", ""):
            raw = b""
            while not raw.endswith(b"0\r\n\r\n"):
                part = upstream.some(65536)
                if not part:
                    break
                raw += part
            return raw
        size = int(headers.get("content-length", "0"))
        parts = []
        while size > 0:
            part = upstream.some(size)
            if not part:
                break
            parts.append(part)
            size -= len(part)
        return b"".join(parts)
