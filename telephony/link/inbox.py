"""The one queue between the reader of the link and whoever works on the events. It never drops anything.

A reader that waits for a slow worker makes Asterisk cut the connection in the middle of a frame (after its
``writetimeout``), so the reader only puts; a worker that falls behind shows as a backlog, and somebody is told.
"""

from __future__ import annotations

import logging
import queue
from typing import TYPE_CHECKING

import msgspec

from data.clock import Micros, now
from telephony.link.errors import LinkError
from telephony.link.packet import Packet
from telephony.link.splitter import Oversize

if TYPE_CHECKING:
    from telephony.link.connection import Connection

log = logging.getLogger(__name__)

BACKLOG = 20_000
"""Packets that wait for the worker before somebody is told: some seconds of the heaviest traffic measured."""


class LinkUp(msgspec.Struct, frozen=True):
    """Logged in; the packets behind this one are of this ``connection``. ``at``: UTC micros."""

    connection: Connection
    version: str
    at: Micros


class LinkDown(msgspec.Struct, frozen=True):
    """The connection ended; every packet that was complete stands before this one."""

    code: str
    reason: str
    at: Micros


class LinkFailed(msgspec.Struct, frozen=True):
    """An attempt to connect failed (another follows); ``attempt`` counts from 1 since the last success.

    ``attempt`` 0: the link is up, but its user lacks rights.
    """

    error: LinkError
    attempt: int
    at: Micros


class Backlog(msgspec.Struct, frozen=True):
    """So many packets wait for the worker; comes once, and again only after the queue has been empty."""

    waiting: int
    at: Micros


Item = Packet | Oversize | LinkUp | LinkDown | LinkFailed | Backlog


class Inbox:
    """First in, first out; ``put`` never blocks and never drops. One thread puts, one takes."""

    def __init__(self, backlog: int = BACKLOG) -> None:
        self._queue: queue.SimpleQueue[list[Item]] = queue.SimpleQueue()
        self._limit = backlog
        self._put = 0  # written by the reader only
        self._taken = 0  # written by the worker only
        self._alarmed = False

    @property
    def waiting(self) -> int:
        """Items that nobody has taken yet."""
        return self._put - self._taken

    def put(self, items: list[Item]) -> None:
        """Add what one read brought, in order."""
        waiting = self._put - self._taken
        if waiting == 0:
            self._alarmed = False
        elif waiting > self._limit and not self._alarmed:
            self._alarmed = True
            items = [*items, Backlog(waiting=waiting + len(items), at=now())]
            log.warning("%d packets of the exchange wait to be worked on", waiting)
        self._put += len(items)
        self._queue.put(items)

    def take(self, timeout: float, most: int = 5000) -> list[Item]:
        """All that is there, in order (about ``most`` items), waiting up to ``timeout`` seconds for the first."""
        try:
            items = self._queue.get(timeout=timeout) if timeout > 0 else self._queue.get_nowait()
        except queue.Empty:
            return []
        if len(items) < most:
            items = list(items)
            while len(items) < most:
                try:
                    items += self._queue.get_nowait()
                except queue.Empty:
                    break
        self._taken += len(items)
        return items
