"""Free ports on the loopback. They lie below the kernel's own range, so that no client socket takes one meanwhile."""

from __future__ import annotations

import random
import socket

_LOW, _HIGH = 11_000, 32_000
_random = random.SystemRandom()
_given: set[int] = set()


def _free(port: int, host: str) -> bool:
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind((host, port))
            except OSError:
                return False
    return True


def free_ports(count: int = 1, host: str = "0.0.0.0") -> int:
    """The first of ``count`` consecutive ports that nobody uses (UDP and TCP) and this process hasn't handed out."""
    for _ in range(500):
        first = _random.randrange(_LOW, _HIGH - count) & ~1
        wanted = range(first, first + count)
        if not _given.isdisjoint(wanted) or not all(_free(port, host) for port in wanted):
            continue
        _given.update(wanted)
        return first
    raise RuntimeError(f"no {count} free ports between {_LOW} and {_HIGH}")
