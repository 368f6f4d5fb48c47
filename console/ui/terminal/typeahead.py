"""Keys typed before the screen shows what the last ones did wait for it, and then take effect in their order.

An operator's own step (a reassignment, an outcome) changes what the next key means. Between its write and the next
picture a fast hand's key would be judged by the screen of before: "no agency is in a state for that". Such a key, and
everything typed behind it, waits for the picture that holds the write; never longer than :data:`LONGEST_S`, so that a
stalled disk does not take the keyboard away.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Iterator

from textual import events

LONGEST_S = 1.0
"""Seconds a key waits at most: then it is judged by what is known."""

Keys = events.Key | events.Paste

MOST_TYPED, LAST_TYPED = 6000, 100
"""Characters that wait to take effect at most (more than any field takes, or a hand types in five minutes), and the
last ones that are kept beside: what a hand types behind a flood."""

MOST_MOUSE, LAST_MOUSE = 500, 20
"""The same of what a mouse did."""


class Backlog:
    """What the terminal sent and the app has not come to yet. A paste that the terminal does not mark comes as keys, a
    megabyte of it too: what does not fit is thrown away, but for the last of it, and the app is told how much.

    ``put`` and ``ready`` are called by the thread that reads, ``came`` by the app's. Each counter has one writer, and
    a key that is lost on the way between them is passed over by the next one: nothing is ever blocked for good.
    """

    def __init__(self, most: int = MOST_TYPED, last: int = LAST_TYPED) -> None:
        self._most, self._last = most, last
        self._given = self._taken = self._lost = self._told = 0
        self._kept: deque[events.Event] = deque()
        self._under_way: deque[tuple[events.Event, int]] = deque()

    def put(self, event: events.Event) -> None:
        """The terminal sent ``event``."""
        self._kept.append(event)
        if len(self._kept) > self._last:
            self._lost += _weight(self._kept.popleft())

    def ready(self, held: int = 0) -> Iterator[events.Event]:
        """What the app is to be given now, in order. ``held``: keys that wait in ``TypeAhead``."""
        while self._kept and self._given - self._taken + held < self._most:
            event = self._kept.popleft()
            self._given += _weight(event)
            self._under_way.append((event, self._given))
            yield event

    def came(self, event: events.Event) -> int:
        """The app has come to ``event``. Returns how many were thrown away, once, when nothing waits any more."""
        while self._under_way:
            known, self._taken = self._under_way.popleft()
            if known is event:
                break
        if self._under_way or self._kept:
            return 0
        lost, self._told = self._lost - self._told, self._lost
        return lost


def _weight(event: events.Event) -> int:
    return len(event.text) if isinstance(event, events.Paste) else 1


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
    def held(self) -> int:
        """How many keys wait."""
        return len(self._waiting)

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
