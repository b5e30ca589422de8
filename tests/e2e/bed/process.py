"""Child processes that never outlive their parent, and ports that stay ours."""

from __future__ import annotations

import queue
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any


class _Spawner:
    """One thread that lives as long as this process and starts all children.

    The kernel ends a child that asked for a signal on its parent's death when
    the *thread* that started it ends, so it must be a thread that stays.
    """

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[tuple[Callable[[], Any],
                                            queue.SimpleQueue[Any]]]
        self._jobs = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def run(self, job: Callable[[], Any]) -> Any:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._loop, daemon=True)
                self._thread.start()
        answer: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._jobs.put((job, answer))
        result = answer.get()
        if isinstance(result, BaseException):
            raise result
        return result

    def _loop(self) -> None:
        while True:
            job, answer = self._jobs.get()
            try:
                answer.put(job())
            except BaseException as error:  # handed to the caller
                answer.put(error)


_spawner = _Spawner()


def spawn(command: list[str], **popen: Any) -> subprocess.Popen[Any]:
    """Start COMMAND so that the kernel kills it when this process is gone.

    That holds for every way to go, kill -9 included.  The child has a session
    of its own: Ctrl-C at the terminal does not reach it.
    """
    tied = [shutil.which("setpriv") or "/usr/bin/setpriv",
            "--pdeathsig", "KILL", "--", *command]
    return _spawner.run(lambda: subprocess.Popen(
        tied, start_new_session=True, **popen))


class Port:
    """A TCP port of 127.0.0.1, reserved from now until close().

    A bound socket that never listens keeps the kernel from giving the number
    to anyone else, while a server that sets SO_REUSEADDR, as Java does, can
    listen there.
    """

    def __init__(self) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", 0))
        self.number: int = self._socket.getsockname()[1]

    def close(self) -> None:
        self._socket.close()


def tail(path: Path, lines: int = 30) -> str:
    """The last LINES of a log, for an error text."""
    try:
        text = path.read_text("utf-8", "replace")
    except OSError as error:
        return f"({error})"
    return "\n".join(text.splitlines()[-lines:])
