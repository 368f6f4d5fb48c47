"""The thread that follows the journal: a ring is posted at once, everything else as one coalesced picture.

At most one message of each kind stands in the app's queue, however long a stalled terminal keeps the app from
reading: the newest picture replaces the one that waits.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from textual.message import Message

from console.ui.desk.api import CALLS, DeskApi
from console.ui.views import Snapshot, WaitingCall, first_call

log = logging.getLogger("siaga112.console")

SNAPSHOT_EVERY_S = 0.2
"""Shortest time between two pictures of a board; the first after a quiet time comes at once."""

PICTURES_A_SECOND = 40
"""What all call-takers' desks of a centre, which share one machine, paint of what is not their own; each has its part.
A desk's own calls and steps and its ring come at once whatever the pace."""

WITH_CALLS_LEAST_S = 0.05
"""Shortest time between two pictures of a call-taker's screen."""

LATE_FACTOR, SLOWEST_S = 3.0, 1.0
"""A picture that the app came to late, because its terminal or the machine is busy, puts the next one off by so many
times as long, but never beyond ``SLOWEST_S``: keys and rings go first."""

AFTER_RING_S = 0.02
"""A picture waits so long after a ring, so that the ring is painted first."""

BEAT_EVERY_S = 2.0
"""Seconds between two signs of life."""


T = TypeVar("T")


class RingChanged(Message, bubble=False):
    """The waiting calls changed."""

    def __init__(self, box: Box[tuple[WaitingCall, ...]]) -> None:
        super().__init__()
        self.box = box


class SnapshotTaken(Message, bubble=False):
    """A new picture was made."""

    def __init__(self, box: Box[Snapshot]) -> None:
        super().__init__()
        self.box = box


class WatchFailed(Message, bubble=False):
    """The journal can't be read now (None: it can again)."""

    def __init__(self, error: Exception | None) -> None:
        super().__init__()
        self.error = error


class SessionLost(Message, bubble=False):
    """The session was replaced by another console, or closed."""


class Box(Generic[T]):
    """The newest of something, handed from the watching thread to the app; ``put`` says whether to post."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._value: T | None = None
        self._put_at = 0.0
        self.waited_s = 0.0
        """How long the last one that was taken, or the one before it in its place, had to wait."""

    def put(self, value: T) -> bool:
        """Leave a newer one; True when none was waiting."""
        with self._guard:
            first = self._value is None
            self._value = value
            if first:
                self._put_at = time.monotonic()
        return first

    def take(self) -> T | None:
        """The newest, once."""
        with self._guard:
            value, self._value = self._value, None
            if value is not None:
                self.waited_s = time.monotonic() - self._put_at
        return value


class Watcher:
    """Follows the journal for one app. ``post`` is the app's ``post_message``, which is safe from any thread."""

    def __init__(self, desk: DeskApi, post: Callable[[Message], object], *, with_calls: bool) -> None:
        self._desk = desk
        self._post = post
        self._with_calls = with_calls
        self._stop = threading.Event()
        self._rings: Box[tuple[WaitingCall, ...]] = Box()
        self._pictures: Box[Snapshot] = Box()
        self._strip: WaitingCall | None = None
        self._told_at = 0.0
        self._talking = False
        self._here: frozenset[str] = frozenset()
        self._hurried = threading.Event()
        self._thread = threading.Thread(target=self._run, name="console-watch", daemon=True)

    def start(self) -> None:
        """Begin; the first picture comes at once."""
        self._thread.start()

    def close(self, timeout_s: float = 2.0) -> None:
        """End."""
        self._stop.set()
        self._desk.wake()
        self._thread.join(timeout_s)

    def hurry(self) -> None:
        """The operator's own step is on record: the next picture comes at once. From any thread."""
        self._hurried.set()
        self._desk.wake()

    def _run(self) -> None:
        due, earliest, beaten, failing, alive = True, 0.0, time.monotonic(), False, True
        painted = 0.0
        while not self._stop.is_set():
            try:
                wait = max(0.0, earliest - time.monotonic()) if due else 1.0
                # Also with no time to wait: it is what begins the following, before the first picture is made.
                topics = self._desk.wait(wait, leisurely=self._talking or not self._with_calls)
                urgent = self._hurried.is_set()
                if self._with_calls and CALLS in topics:
                    waiting = self._desk.ring()
                    if self._tell_ring(waiting):
                        # However many rings come, a picture is late by no more than its own pace.
                        earliest = min(max(earliest, time.monotonic() + AFTER_RING_S), painted + SLOWEST_S)
                    if self._rings_too(waiting):
                        due, earliest = True, time.monotonic() + AFTER_RING_S
                    # F4 to F9 mean the call in hand: that one came or went is shown at once.
                    urgent = self._desk.own_changed() or urgent
                if urgent:
                    self._hurried.clear()
                    due, earliest = True, 0.0
                due = due or bool(topics)
                now = time.monotonic()
                if due and now >= earliest:
                    self._tell_picture(self._desk.snapshot())
                    pause = min(SLOWEST_S, self._pace_s() + LATE_FACTOR * self._pictures.waited_s)
                    due, earliest, painted = False, now + pause, now
                if alive and now - beaten >= BEAT_EVERY_S:
                    beaten, alive = now, self._desk.beat()
                    due = True  # a dead bridge writes nothing: that it is gone shows only by looking
                    if not alive:
                        self._post(SessionLost())
                if failing:
                    failing, due = False, True
                    self._post(WatchFailed(None))
            except Exception as error:  # the journal is away for a while: say so once, look again
                if not failing:
                    log.exception("the journal cannot be followed")
                    self._post(WatchFailed(error))
                failing = True
                self._stop.wait(0.5)

    def _pace_s(self) -> float:
        """Seconds from one picture to the next, as long as the app keeps up."""
        if not self._with_calls:
            return SNAPSHOT_EVERY_S
        return max(WITH_CALLS_LEAST_S, self._desk.desks() / PICTURES_A_SECOND)

    def _rings_too(self, waiting: tuple[WaitingCall, ...]) -> bool:
        """Whether a call began to ring here beside the one on the strip: it stands in the list only."""
        before, self._here = self._here, frozenset(call.call for call in waiting if call.here)
        shown = self._strip.call if self._strip is not None else ""
        return bool(self._here - before - {shown})

    def _tell_ring(self, waiting: tuple[WaitingCall, ...]) -> bool:
        """Tell at once that another call rings or waits first; True when it was told.

        How many wait behind it, what a call-taker in a call sees of calls that ring elsewhere, and a second such change
        within the pace of pictures, come with the next picture: on twenty desks at ten calls a second, painting each
        change at once leaves no time for the one desk where it rings.
        """
        strip = first_call(waiting)
        if strip == self._strip or (self._talking and (strip is None or not strip.here)):
            return False
        here = any(call is not None and call.here for call in (strip, self._strip))
        if not here and time.monotonic() - self._told_at < self._pace_s():
            return False
        self._strip, self._told_at = strip, time.monotonic()
        if self._rings.put(waiting):
            self._post(RingChanged(self._rings))
        return True

    def _tell_picture(self, snapshot: Snapshot) -> None:
        mine = snapshot.mine
        self._strip, self._talking = first_call(snapshot.waiting), mine is not None and mine.state == "talking"
        self._told_at = time.monotonic()
        if self._pictures.put(snapshot):
            self._post(SnapshotTaken(self._pictures))
