"""Facts on their way into the journal: in order, many in one transaction, again and again until they are in.

The reader of the exchange never waits for the disk. While the store is locked or full the facts wait here, in order
and without a limit (1,000,000 of them are about 1 GB, some days of a busy centre), and somebody is told.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from data.entry import Draft, draft
from data.errors import SiagaError
from data.journal import Journal
from data.store.connection import StoreBroken, StoreFull
from data.store.lock import StoreLocked
from data.vocabulary.administration import HouseAlarm

log = logging.getLogger(__name__)

BATCH = 1000
"""Facts in one transaction at most."""

STALLED_S = 2.0
"""A stall shorter than this is no alarm."""


class Writer:
    """Appends what is ``put``, on a thread of its own."""

    def __init__(
        self, journal: Journal, name: str, *, on_trouble: Callable[[str, str | None], None] | None = None
    ) -> None:
        """``on_trouble(state, detail)`` is told when the store can't be written (its code) and when it can ("ok")."""
        self._journal = journal
        self._actor = f"bridge:{name}"
        self._on_trouble = on_trouble
        self._queue: deque[Draft] = deque()
        self._changed = threading.Condition()
        self._closing = False
        self._give_up_at = 0.0
        self._thread = threading.Thread(target=self._run, name="facts", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def put(self, drafts: Sequence[Draft]) -> None:
        """Add facts, in order; never blocks on the store."""
        if drafts:
            with self._changed:
                self._queue.extend(drafts)
                self._changed.notify_all()

    def pending(self) -> list[Draft]:
        """The facts that are not durable yet, in order."""
        with self._changed:
            return list(self._queue)

    @property
    def waiting(self) -> int:
        """How many facts are not durable yet."""
        return len(self._queue)

    @property
    def alive(self) -> bool:
        """Whether its thread works."""
        return self._thread.is_alive()

    def flush(self, timeout: float) -> bool:
        """Wait until everything put so far is durable; False when it isn't after ``timeout`` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._queue, timeout)

    def stop(self, timeout: float) -> bool:
        """Write what is left, for at most ``timeout`` seconds; False when something could not be written."""
        with self._changed:
            self._closing = True
            self._give_up_at = time.monotonic() + timeout
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join(timeout + self._journal_patience())
        return not self._queue

    def _journal_patience(self) -> float:
        return 6.0  # an append that is under way waits for the writers' lock for up to 5 s

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._queue or self._closing)
                if not self._queue:
                    return
                # Whatever is there now goes into one transaction; nobody waits for more.
                batch = [self._queue[n] for n in range(min(BATCH, len(self._queue)))]
            if not self._write(batch):
                return
            with self._changed:
                for _ in batch:
                    self._queue.popleft()
                if not self._queue:
                    self._changed.notify_all()

    def _write(self, batch: list[Draft]) -> bool:
        """Append ``batch``, however long it takes; False when the process ends before that."""
        began = time.monotonic()
        pause = 0.05
        trouble = ""
        while True:
            try:
                self._append(batch)
            except (StoreLocked, StoreFull, StoreBroken) as error:
                if error.code != trouble:
                    trouble = error.code
                    log.error("%d facts wait: %s", self.waiting, error)
                    self._tell(error.code, str(error))
            else:
                stalled = time.monotonic() - began
                if trouble:
                    log.warning("the journal can be written again after %.1f s", stalled)
                    self._tell("ok", None)
                    if stalled >= STALLED_S or trouble == StoreFull.code:  # the reserve is used up now
                        self._alarm(trouble, f"facts of the exchange waited {stalled:.1f} s")
                return True
            with self._changed:
                if self._closing and time.monotonic() > self._give_up_at:
                    log.error("%d facts could not be written", self.waiting)
                    return False
                # The end of the process cuts a pause short, once.
                hurry = self._changed.wait_for(lambda: self._closing, 0.0 if self._closing else pause)
            if hurry:
                time.sleep(0.05)
            pause = min(1.0, pause * 2)

    def _append(self, batch: list[Draft]) -> None:
        try:
            self._journal.append(batch)
        except (StoreLocked, StoreFull):
            raise
        except Exception as error:  # noqa: BLE001
            # A fact that the journal can't take (a defect of ours) must not keep back the others: one at a time.
            log.error("a batch of %d facts cannot be written: %s", len(batch), error)
            for each in batch:
                self._append_alone(each)

    def _append_alone(self, one: Draft) -> None:
        try:
            self._journal.append([one])
        except (StoreLocked, StoreFull):
            raise
        except Exception as error:
            # The alarm shows whether it is this fact or the whole store; in the second case it raises, and the
            # whole batch is tried again later.
            what = HouseAlarm(what="fact_refused", detail=f"{one.id}: {type(error).__name__}"[:500])
            self._journal.append([draft("house", what, actor=self._actor, id=f"{one.id}/refused")])
            log.critical("this fact cannot be written: %r", one, exc_info=error)

    def _alarm(self, what: str, detail: str) -> None:
        try:
            self._journal.append([draft("house", HouseAlarm(what=what, detail=detail[:500]), actor=self._actor)])
        except SiagaError as error:
            log.error("the alarm %s cannot be written: %s", what, error)

    def _tell(self, state: str, detail: str | None) -> None:
        if self._on_trouble is not None:
            self._on_trouble(state, detail)
