"""Work that may block, off the event loop: a stalled disk, a lock that a stopped process holds, a slow search.

Results come back as one message to the app, which runs the continuation there. Writes keep their order on one thread;
lookups keep only the newest question of each kind.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from textual.message import Message

from data.errors import SiagaError
from data.text import safe_line

log = logging.getLogger("siaga112.console")

T = TypeVar("T")
Post = Callable[[Message], object]


class WorkFinished(Message, bubble=False):
    """A piece of work ended; ``proceed`` is run by the app on its own thread."""

    def __init__(self, proceed: Callable[[], None]) -> None:
        super().__init__()
        self.proceed = proceed


class WorkFailed(Message, bubble=False):
    """A piece of work raised and nobody said what to do about it."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


class Job:
    """A call with what to do with its result or its error (both run on the app's thread)."""

    def __init__(
        self,
        work: Callable[[], T],
        then: Callable[[T], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        self._work, self._then, self._failed = work, then, failed

    def run(self, post: Post) -> None:
        """Do it, and post what came of it."""
        try:
            result = self._work()
        except Exception as error:  # whatever it is, the operator hears of it and the thread lives on
            expected = isinstance(error, SiagaError)
            log.warning("%s: %s", type(error).__name__, safe_line(str(error), 400), exc_info=not expected)
            failed = self._failed
            post(WorkFailed(error) if failed is None else WorkFinished(partial(failed, error)))
            return
        then = self._then
        if then is not None:
            post(WorkFinished(partial(then, result)))


class Writer:
    """One thread that does jobs in the order given."""

    def __init__(self, post: Post, name: str = "console-writer") -> None:
        self._post = post
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._waiting = 0
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Jobs not finished yet."""
        return self._waiting

    def submit(self, job: Job) -> None:
        """Do ``job`` after those given before."""
        self._waiting += 1
        self._jobs.put(job)

    def close(self, timeout_s: float = 3.0) -> None:
        """Finish what was given, at most ``timeout_s``; the rest stays in the drafts."""
        self._jobs.put(None)
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            job.run(self._post)
            self._waiting -= 1


class Latest:
    """One thread that does the newest job of each kind; older ones that did not start are dropped."""

    def __init__(self, post: Post, name: str = "console-lookup") -> None:
        self._post = post
        self._jobs: dict[str, Job] = {}
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, kind: str, job: Job) -> None:
        """Do ``job``, and forget an earlier one of ``kind`` that did not start."""
        with self._changed:
            self._jobs.pop(kind, None)
            self._jobs[kind] = job
            self._changed.notify()

    def close(self, timeout_s: float = 1.0) -> None:
        """Do what stands there, at most ``timeout_s``, and end."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._jobs and not self._closed:
                    self._changed.wait()
                if not self._jobs:
                    return
                kind = next(iter(self._jobs))
                job = self._jobs.pop(kind)
            job.run(self._post)
