"""Keys typed before the screen shows what the last ones did wait for it, and then take effect in their order.

An operator's own step (a reassignment, an outcome) changes what the next key means. Between its write and the next
picture a fast hand's key would be judged by the screen of before: "no agency is in a state for that". Such a key, and
everything typed behind it, waits for the picture that holds the write; never longer than :data:`LONGEST_S`, so that a
stalled disk does not take the keyboard away.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable

from textual import events

LONGEST_S = 1.0
"""Seconds a key waits at most: then it is judged by what is known."""

Keys = events.Key | events.Paste


class TypeAhead:
    """What was typed ahead in one app. ``take`` lets a key take effect; ``settled`` says whether the screen shows
    everything up to an entry's ``seq``. Used in the app's own thread only."""

    def __init__(self, take: Callable[[Keys], Awaitable[None]], settled: Callable[[int], bool]) -> None:
        self._take = take
        self._settled = settled
        self._writing = 0
        self._seq = 0
        self._waiting: deque[Keys] = deque()
        self._releasing = False

    def write_began(self) -> None:
        """Something that changes the record was given to the writer."""
        self._writing += 1

    def write_ended(self, seq: int) -> None:
        """It is done, and the journal's last entry was ``seq`` then; 0 when it failed."""
        self._writing -= 1
        self._seq = max(self._seq, seq)

    @property
    def behind(self) -> bool:
        """Whether the screen does not show yet what was done last."""
        return self._writing > 0 or not self._settled(self._seq)

    def holds(self, event: Keys, acts: Callable[[], bool]) -> bool:
        """Whether ``event`` has to wait; it is then kept. ``acts``: whether it starts an action on the record."""
        if self._releasing or not (self._waiting or (acts() and self.behind)):
            return False
        self._waiting.append(event)
        return True

    @property
    def first(self) -> Keys | None:
        """What has waited longest."""
        return self._waiting[0] if self._waiting else None

    async def release(self, acts: Callable[[Keys], bool], *, late: Keys | None = None) -> None:
        """Let what waits take effect, until a key has to wait for the one before it. ``late``: a key whose time is
        over; if it still waits, everything goes."""
        if self._releasing:
            return
        over = late is not None and self.first is late
        self._releasing = True
        try:
            while self._waiting:
                first = self._waiting[0]
                if not over and acts(first) and self.behind:
                    return
                self._waiting.popleft()
                await self._take(first)
        finally:
            self._releasing = False
