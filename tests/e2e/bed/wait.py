"""Waiting for something to become true, never for time to pass."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from bed import wire


def wait_for(condition: Callable[[], Any], deadline: float = 30.0,
             what: str = "the condition", every: float = 0.02) -> Any:
    """Call CONDITION until it gives something true; give that back.

    OSError and KafkaError count as "not yet".  Raises TimeoutError, naming
    WHAT, after DEADLINE seconds.
    """
    end = time.monotonic() + deadline
    last: Exception | None = None
    while True:
        try:
            if result := condition():
                return result
            last = None
        except (OSError, wire.KafkaError) as error:
            last = error
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {deadline} s"
                               + (f" ({last})" if last else ""))
        time.sleep(every)
