"""The agent under test as a process that can be killed, and a stand-in."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
import time
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bed.process import spawn, tail
from bed.wait import wait_for

METRICS = re.compile(rb"http://([0-9.]+:[0-9]+)")


class Agent:
    """One `tidemark agent`; all runs of it write to one log.

    words         what follows `tidemark agent`
    environment   all of it
    """

    # Whether it keeps captures while the store is away.
    keeps = True

    def __init__(self, program: Path, words: Sequence[str],
                 environment: Mapping[str, str], log: Path) -> None:
        self.program, self.words = program, list(words)
        self.environment, self.log = dict(environment), log
        self.process: subprocess.Popen[Any] | None = None
        self.lock = threading.RLock()
        self.runs = 0
        self._begin = 0
        self._started = 0.0

    def start(self) -> None:
        assert self.process is None
        self._launch(["agent", *self.words])
        self.runs += 1

    def _launch(self, words: list[str]) -> None:
        self._started = time.monotonic()
        with open(self.log, "ab") as log:
            self._begin = log.tell()
            self.process = spawn([str(self.program), *words],
                                 stdin=subprocess.DEVNULL, stdout=log,
                                 stderr=log, cwd=self.log.parent,
                                 env=self.environment)

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def check_alive(self) -> None:
        """An agent ends by a signal of ours only."""
        with self.lock:
            if self.process is not None and self.process.poll() is not None:
                raise AssertionError(f"the agent ended with status "
                                     f"{self.process.returncode}\n"
                                     + tail(self.log, 60))

    def kill(self) -> None:
        """SIGKILL, as the machine does that takes it away."""
        with self.lock:
            assert self.process is not None
            self.check_alive()
            self.process.kill()
            self.process.wait()
            self.process = None

    def signal(self, number: signal.Signals) -> None:
        self.check_alive()
        assert self.process is not None
        self.process.send_signal(number)

    def stop(self, deadline: float = 60.0) -> tuple[int, float]:
        """SIGTERM; the exit status, and the seconds that it took."""
        self.signal(signal.SIGTERM)
        process, begin = self.process, time.monotonic()
        assert process is not None
        try:
            status = process.wait(deadline)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"the agent did not end within {deadline} s "
                                 f"of SIGTERM\n{self.said()}") from None
        self.process = None
        return status, time.monotonic() - begin

    def close(self) -> None:
        """Whatever it does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def said(self) -> str:
        """What this run wrote so far."""
        with open(self.log, "rb") as file:
            file.seek(self._begin)
            return file.read().decode("utf-8", "replace")

    def wait_said(self, text: str, deadline: float = 60.0) -> str:
        """Wait until this run has written TEXT."""
        def told() -> str:
            self.check_alive()
            said = self.said()
            return said if text in said else ""

        found: str = wait_for(told, deadline, f"the agent says {text!r}")
        return found

    def page(self, path: str) -> str:
        """What it serves there; needs --metrics with port 0."""
        addresses = METRICS.findall(self.said().encode())
        assert addresses, self.said()
        url = f"http://{addresses[-1].decode()}{path}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            text: str = answer.read().decode()
        return text

    def metrics(self) -> dict[str, float]:
        """Samples by their name with labels."""
        rows = [line.rsplit(" ", 1)
                for line in self.page("/metrics").splitlines()
                if line and not line.startswith("#")]
        return {name: float(value) for name, value in rows}

    def memory_kb(self) -> int:
        """Peak of its resident set so far."""
        text = Path(f"/proc/{self.pid}/status").read_text("ascii")
        found = re.search(r"VmHWM:\s+(\d+) kB", text)
        return int(found[1]) if found else 0

    def age(self) -> float:
        """Seconds since its start."""
        return time.monotonic() - self._started

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text(
            "ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class StandIn(Agent):
    """`tidemark snapshot` again and again, in the place of an agent.

    It shows what the harness itself can do: with it a soak has to pass, but
    for the moments while the store is away.
    """

    keeps = False

    def __init__(self, program: Path, words: Sequence[str],
                 environment: Mapping[str, str], log: Path,
                 every: float = 1.0) -> None:
        super().__init__(program, words, environment, log)
        self.every = every
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()

    def start(self) -> None:
        self._ended.clear()
        self.runs += 1
        self._thread = threading.Thread(target=self._loop)
        self._thread.start()

    def _loop(self) -> None:
        while not self._ended.is_set():
            begin = time.monotonic()
            self._launch(["snapshot", *self.words])
            assert self.process is not None
            self.process.wait()
            self._ended.wait(max(0.0, begin + self.every - time.monotonic()))

    def check_alive(self) -> None:
        assert self._thread is None or self._thread.is_alive()

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self, deadline: float = 60.0) -> tuple[int, float]:
        begin = time.monotonic()
        self._end(None)
        return 0, time.monotonic() - begin

    def close(self) -> None:
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals | None) -> None:
        self._ended.set()
        if number is not None and self.alive and self.process is not None:
            self.process.send_signal(number)
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self.process = None
