"""The process that keeps the limits of hand-overs: an acknowledgement or a stand-down that is late is said once.

It has no memory of its own: what waits stands in the derived table ``handover_waits``, what was said stands in the
journal under an id made of the hand-over and the limit. So it may be killed at any moment, started again, or run
twice; nothing is lost and nothing is said twice.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from data.clock import SECOND, Micros, now
from data.entry import Draft
from data.errors import SiagaError
from data.follow import Follower
from data.journal import Journal
from data.projection import Reader
from dispatch.incidents import handovers
from dispatch.incidents.projection import load
from dispatch.incidents.state import PREFIX
from dispatch.settings import Dispatch

log = logging.getLogger(__name__)

ACTOR = "handover"
"""The service's name in the journal."""

_LONGEST_WAIT_S = 0.5
_AFTER_ERROR_S = 1.0
_BEAT_S = 1.0


class Wait(NamedTuple):
    """Something expected of an agency: since when, and until when (UTC micros)."""

    incident: str
    handover: str
    what: str
    since: Micros
    limit_s: int

    @property
    def due(self) -> Micros:
        """When it becomes late."""
        return self.since + self.limit_s * SECOND


class HandoverService:
    """Follows the journal and writes ``handover.overdue`` when a limit passes."""

    def __init__(
        self,
        settings: Dispatch,
        journal: Journal,
        *,
        clock: Callable[[], Micros] = now,
        beat: Callable[[str], None] | None = None,
    ) -> None:
        """``beat`` is told once a second how the service is: running, or that it cannot write (waiting)."""
        self._settings = settings
        self._journal = journal
        self._clock = clock
        self._beat = beat
        self._state = "running"
        self._beaten = 0.0

    def run(self, stop: threading.Event) -> None:
        """Keep the limits until ``stop``. A full disk or a held lock is logged and tried again, never given up."""
        follower = Follower(self._journal, self._journal.head()[0])
        try:
            due = self._try_step()
            while not stop.is_set():
                self._tell()
                timeout = _LONGEST_WAIT_S if due is None else min(_LONGEST_WAIT_S, (due - self._clock()) / SECOND)
                entries = follower.wait(max(0.0, timeout))
                moved = any(entry.stream.startswith(PREFIX) for entry in entries)
                if moved or (due is not None and due <= self._clock()):
                    due = self._try_step()
        finally:
            follower.close()

    def _tell(self) -> None:
        if self._beat is None or time.monotonic() - self._beaten < _BEAT_S:
            return
        self._beaten = time.monotonic()
        try:
            self._beat(self._state)
        except SiagaError as error:
            log.warning("no sign of life: %s", error)

    def _try_step(self) -> Micros | None:
        try:
            due = self.step()
            self._state = "running"
            return due
        except SiagaError as error:
            self._state = "waiting"
            log.error("limits could not be written, next try in %g s: %s", _AFTER_ERROR_S, error)
            return self._clock() + int(_AFTER_ERROR_S * SECOND)

    def step(self) -> Micros | None:
        """Say what is late now; when the next limit passes (UTC micros), or None when nothing waits.

        Raises StoreLocked, StoreFull; what was not written then is written by the next step.
        """
        coming: list[Micros] = []
        for wait in self.waits():
            if wait.due <= self._clock():
                self._say(wait)
            else:
                coming.append(wait.due)
        return min(coming, default=None)

    def waits(self) -> list[Wait]:
        """Everything that is expected of agencies within a limit and was not reported late."""
        found = self._journal.execute(
            "SELECT w.incident, w.handover, w.what, w.since, i.priority FROM handover_waits w"
            " JOIN incidents i ON i.id = w.incident ORDER BY w.since"
        ).fetchall()
        waits = [
            Wait(incident, handover, what, since, self._settings.limit(what, priority))
            for incident, handover, what, since, priority in found
        ]
        return [wait for wait in waits if wait.limit_s > 0]

    def _say(self, wait: Wait) -> None:
        def rule(reader: Reader) -> list[Draft]:
            incident = load(reader, wait.incident)  # inside the lock: it may have answered a moment ago
            body = incident and handovers.overdue(incident, wait.handover, wait.what, wait.limit_s)
            if not body or not incident:
                return []
            id = f"overdue/{wait.incident}/{wait.handover}/{wait.what}"
            return [Draft(id=id, stream=incident.stream, body=body, at=wait.due, actor=ACTOR)]

        for entry in self._journal.decide(rule):
            log.warning("%s: hand-over %s is late with %s", entry.stream, wait.handover, wait.what)
