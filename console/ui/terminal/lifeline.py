"""Ends a console that was told to end, or whose terminal is gone, also when its event loop no longer turns.

Textual writes to the terminal in a thread behind a queue of 30 pieces. When the terminal stops taking bytes (a hung
line), or is gone (its server was killed: every write fails, and that thread dies of it), the queue fills, the event
loop waits for room in it for ever, and an asyncio signal handler is never called: such a console would stay, with its
session and its telephone. So signals are taken by handlers of the process, which run in the blocked main thread too,
and a thread of its own looks whether the terminal is still there, empties that queue while the app leaves in order,
and ends the process if the app cannot.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import select
import signal
import termios
import threading
import time
from collections.abc import Callable
from queue import Empty, Queue
from typing import Any, Protocol

log = logging.getLogger("siaga112.console")

ENDING_SIGNALS = (signal.SIGTERM, signal.SIGHUP)

LOOK_EVERY_MS = 1000
"""How often the terminal is looked at; its end wakes the look at once."""

GRACE_S = 8.0
"""Seconds in which the app may leave in order: the typed text goes to the drafts, the session is closed."""


class _App(Protocol):
    """What is needed of the app."""

    _driver: Any

    def exit(self) -> None:
        """Leave in order."""


class Lifeline:
    """Of one app in this process. ``fds``: of the terminal; ``end_hard`` is called when the app could not leave."""

    def __init__(
        self,
        *,
        fds: tuple[int, ...] = (0, 1),
        grace_s: float = GRACE_S,
        end_hard: Callable[[int], object] = os._exit,
    ) -> None:
        self._fds, self._grace_s, self._end_hard = fds, grace_s, end_hard
        self._app: _App | None = None
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_write, False)
        self._over = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="console-lifeline", daemon=True)

    def start(self, app: _App) -> None:
        """Begin to watch for ``app``; in the main thread, with its event loop running."""
        self._app = app
        self._loop = asyncio.get_running_loop()
        for number in ENDING_SIGNALS:
            signal.signal(number, self._told)
        self._thread.start()

    def close(self) -> None:
        """The console has ended in order."""
        self._over.set()
        self._wake()
        if self._thread.is_alive():
            self._thread.join()

    def _told(self, _number: int, _frame: object) -> None:
        self._wake()

    def _wake(self) -> None:
        with contextlib.suppress(OSError):  # full: it is awake already
            os.write(self._wake_write, b"!")

    def _run(self) -> None:
        reason = self._wait()
        if self._over.is_set():
            return
        log.info("the console ends: %s", reason)
        assert self._loop is not None and self._app is not None
        with contextlib.suppress(RuntimeError):  # the loop is closed already
            self._loop.call_soon_threadsafe(self._app.exit)
        deadline = time.monotonic() + self._grace_s
        while not self._over.wait(0.02):
            self._make_room()
            if time.monotonic() > deadline:
                log.warning("the console did not end in %g s; it is ended", self._grace_s)
                self._restore()
                self._end_hard(1)
                return

    def _wait(self) -> str:
        """Until a signal came or the terminal is gone; in words which."""
        looked = select.poll()
        looked.register(self._wake_read, select.POLLIN)
        for fd in self._fds:
            looked.register(fd, 0)  # a hang-up is told without being asked for
        while True:
            for fd, _what in looked.poll(LOOK_EVERY_MS):
                return "it was told to" if fd == self._wake_read else "its terminal is gone"

    @property
    def _driver(self) -> Any:
        return None if self._app is None else self._app._driver

    def _make_room(self) -> None:
        """Throw away what waits to be written: nobody will see it, and the event loop must not wait for room."""
        writer = getattr(self._driver, "_writer_thread", None)
        waiting: Queue[str | None] | None = getattr(writer, "_queue", None)
        if writer is None or waiting is None or (writer.is_alive() and not waiting.full()):
            return
        with contextlib.suppress(Empty):
            while True:
                if waiting.get_nowait() is None and writer.is_alive():
                    waiting.put_nowait(None)  # the last piece of all: it lets the writer end
                    return

    def _restore(self) -> None:
        """The terminal as it was, should it still be there."""
        attributes = getattr(self._driver, "attrs_before", None)
        if attributes is not None and self._fds:
            with contextlib.suppress(termios.error, OSError):
                termios.tcsetattr(self._fds[0], termios.TCSANOW, attributes)
