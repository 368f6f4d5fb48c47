"""Free ports on the loopback. They lie below the kernel's own range, so that no client socket takes one meanwhile."""

from __future__ import annotations

import os
import random
import socket
from collections import deque


def _share(low: int, high: int) -> tuple[int, int]:
    """The part of a range that is this process's own: tests may run two or more at a time, and a port that is leased
    but not bound yet shows in no other process."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    count = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    size = (high - low) // count & ~1
    return low + worker * size, low + (worker + 1) * size


_LOW, _HIGH = _share(5_000, 20_000)
_SOUND, _SOUND_END = _share(20_000, 32_000)
_random = random.SystemRandom()
_leased: set[int] = set()
_recent: deque[int] = deque(maxlen=400)


def _free(port: int) -> bool:
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("0.0.0.0", port))
            except OSError:
                return False
    return True


def free_ports(count: int = 1) -> int:
    """The first of ``count`` consecutive ports that nobody uses (UDP and TCP), nor was given one lately.

    For something that binds it at once. For ports that are bound later take a :class:`Lease`.
    """
    first = _find(count)
    _recent.extend(range(first, first + count))
    return first


def _find(count: int) -> int:
    for _ in range(2000):
        first = _random.randrange(_LOW, _HIGH - count) & ~1
        wanted = range(first, first + count)
        if _leased.isdisjoint(wanted) and not set(wanted) & set(_recent) and all(_free(port) for port in wanted):
            return first
    raise RuntimeError(f"no {count} free ports between {_LOW} and {_HIGH}")


class Lease:
    """Ports that stay somebody's until :meth:`release`, whether they are bound or not."""

    def __init__(self) -> None:
        self._ports: set[int] = set()

    def take(self, count: int = 1) -> int:
        """The first of ``count`` consecutive free ports."""
        return self._keep(_find(count), count)

    def take_sound(self, count: int) -> int:
        """The first of a block of ``count`` ports for RTP, from a range of their own.

        Single ports scattered over it would leave no block whole. Asterisk passes over a port that somebody else has.
        """
        firsts = [first for first in range(_SOUND, _SOUND_END - count + 1, count) if first not in _leased]
        if not firsts:
            raise RuntimeError(f"no block of {count} ports is left between {_SOUND} and {_SOUND_END}")
        return self._keep(_random.choice(firsts), count)

    def _keep(self, first: int, count: int) -> int:
        self._ports.update(range(first, first + count))
        _leased.update(self._ports)
        return first

    def release(self) -> None:
        """Give all of them back."""
        _leased.difference_update(self._ports)
        self._ports.clear()
