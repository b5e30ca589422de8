"""Children that die with their parent, directories, ports that stay ours."""

from __future__ import annotations

import contextlib
import fcntl
import os
import queue
import shutil
import socket
import subprocess
import tempfile
import threading
import time
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
    started: subprocess.Popen[Any] = _spawner.run(
        lambda: subprocess.Popen(tied, start_new_session=True, **popen))
    return started


class Scratch:
    """A temporary directory of this process, gone at the latest when another
    process asks for one after this one was killed."""

    PREFIX, SETTLED = "tidemark-bed-", 60.0

    def __init__(self) -> None:
        self._sweep()
        self.path = Path(tempfile.mkdtemp(prefix=self.PREFIX))
        self._lock: int | None = os.open(self.path, os.O_RDONLY)
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _sweep(self) -> None:
        """Remove what killed processes left: nobody locks it any more."""
        for path in Path(tempfile.gettempdir()).glob(self.PREFIX + "*"):
            with contextlib.suppress(OSError):
                if time.time() - path.stat().st_mtime > self.SETTLED:
                    self._remove_if_left(path)

    @staticmethod
    def _remove_if_left(path: Path) -> None:
        handle = os.open(path, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path, ignore_errors=True)
        finally:
            os.close(handle)


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
