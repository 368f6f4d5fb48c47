"""Following the journal: wake on the head file, read what is new, coalesce.

Measured with 20 followers: bell after COMMIT + inotify 0.67 ms median, 4.9 ms p99; a poll of 0.5 s stays as a net (a
file system without inotify, a missed wake-up). Uncoalesced, 100 followers cost 1.7 cores, so a follower reads at most
every 20 ms; the first entry after a quiet time is read at once.
"""

from __future__ import annotations

import os
import select
import time

from inotify_simple import INotify, flags

from data.entry import Entry
from data.journal import Journal

COALESCE_S = 0.02
"""Shortest time between two reads of one follower."""

POLL_S = 0.5
"""Longest time without looking."""


class Follower:
    """Hands out the entries after ``after`` as they come. Used by one thread; ``wake`` and ``close`` by any."""

    def __init__(self, journal: Journal, after: int, *, limit: int = 1000) -> None:
        self._journal = journal
        self._after = after
        self._limit = limit
        self._last_read = 0.0
        self._wake_read, self._wake_write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._inotify = INotify(nonblocking=True)
        self._inotify.add_watch(str(journal.head_path), flags.MODIFY)

    @property
    def seq(self) -> int:
        """``seq`` of the last entry handed out."""
        return self._after

    def wait(self, timeout_s: float | None = None) -> list[Entry]:
        """New entries in order, at once when there are any; empty after ``timeout_s`` (None: for ever) or ``wake``."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while True:
            pause = self._last_read + COALESCE_S - time.monotonic()
            if pause > 0:
                time.sleep(pause)
            self._inotify.read(timeout=0)
            found = self._journal.read(self._after, self._limit)
            self._last_read = time.monotonic()
            if found:
                self._after = found[-1].seq
                return found
            left = POLL_S if deadline is None else min(POLL_S, deadline - time.monotonic())
            if left <= 0:
                return []
            ready, _, _ = select.select([self._inotify.fileno(), self._wake_read], [], [], left)
            if self._wake_read in ready:
                os.read(self._wake_read, 4096)
                return []

    def wake(self) -> None:
        """Make a running ``wait`` return, from any thread."""
        try:
            os.write(self._wake_write, b"w")
        except BlockingIOError:
            return  # many wake-ups stand in the pipe already

    def close(self) -> None:
        """Let go of the watch and the pipe."""
        self._inotify.close()
        os.close(self._wake_read)
        os.close(self._wake_write)
