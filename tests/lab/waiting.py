"""Waiting for something to become so, with a limit that only a fault reaches."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

PATIENCE_S = 60.0
"""A machine that does several things at once may take long over anything; what is wrong takes for ever."""


def until(condition: Callable[[], Any], seconds: float = PATIENCE_S) -> Any:
    """The first true value of ``condition``; its last value, which is false, when that takes too long."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > end:
            return value
        time.sleep(0.02)
    return value
