"""After every login, on a thread of its own: the archive is read until every call that it can tell of is complete.

Then the journal is held against the exchange's own records, so that a gap ends with proof.
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from data.clock import SECOND, Micros, now
from data.entry import draft
from data.errors import SiagaError
from data.journal import Journal
from data.vocabulary.administration import HouseAlarm
from telephony.asterisk import cel
from telephony.bridge import archive
from telephony.bridge.writer import Writer
from telephony.calls import queries
from telephony.reconciliation import run as comparison
from telephony.reconciliation.compare import Window
from telephony.settings import Pbx

log = logging.getLogger(__name__)

DAY = 86_400 * SECOND

MARGIN_S = 60
"""Seconds before the last thing seen from which on the archive is read."""

FIRST_S = 1.0
"""Seconds after a login: the exchange has written what it had, and the facts of the snapshot are in the journal."""

EVERY_S = 20.0
"""Seconds between looks while calls go on whose beginning nobody saw."""


TOLD = 20
"""Differences in the log at most; ``siaga112 reconcile`` prints them all."""

SETTLE_S = comparison.SETTLE / SECOND
"""Seconds between the last recovery and the comparison: what happens now is on its way to both."""


class Recovery:
    """Completes the journal of one exchange from its archive (``cel_file`` of [[pbx]]; without it nothing is done)."""

    def __init__(self, pbx: Pbx, journal: Journal, writer: Writer, bridge: str) -> None:
        self._pbx = pbx
        self._journal = journal
        self._writer = writer
        self._bridge = bridge
        self._lock = threading.Lock()
        self._since: Micros | None = None
        self._booted_at: Micros | None = None
        self._linked_at: Micros = 0
        self._asked = threading.Event()
        self._told = False

    def linked(self, since: Micros | None, booted_at: Micros | None) -> None:
        """The link is up; before that, the last thing seen was at ``since`` (None: nothing, this is the first time)."""
        if self._pbx.cel_file is None:
            return
        at = now()
        if since is None:
            since = at
        elif since > at:  # the clock was set back: how long ago that was, nobody can tell
            log.warning("%s: the last thing seen is later than now; the archive of a day is read", self._pbx.name)
            since = at - DAY
        with self._lock:
            self._since = since if self._since is None else min(since, self._since)
            self._booted_at = booted_at
            self._linked_at = now()
        self._asked.set()

    def run(self, stop: threading.Event) -> None:
        """Work until ``stop``."""
        while not stop.is_set():
            if not self._asked.wait(0.5):
                continue
            self._asked.clear()
            pause = FIRST_S
            while not stop.wait(pause):
                pause = EVERY_S
                try:
                    if self._complete() and not stop.wait(SETTLE_S) and self._compare():
                        self._done()
                        break
                except SiagaError as error:
                    log.warning("%s: the archive waits: %s", self._pbx.name, error)
                except OSError as error:
                    self._alarm(error)
                    break

    def _complete(self) -> bool:
        """Recover what is over; True when no call is left that the archive could still complete."""
        with self._lock:
            since, booted_at, linked_at = self._since, self._booted_at, self._linked_at
        assert since is not None and self._pbx.cel_file is not None
        if not self._writer.flush(5.0):
            return False
        rows = self._rows(Path(self._pbx.cel_file), since - MARGIN_S * SECOND)
        found = archive.recovered(self._pbx.name, rows, booted_at=booted_at, intake_contexts=self._pbx.intake_contexts)
        drafts = []
        for stream, call in found.items():
            if archive.lacks(queries.folded(self._journal, stream), call):
                drafts.append(archive.draft_of(self._pbx.name, stream, call))
        if drafts:
            log.warning("%s: %d calls recovered from the archive", self._pbx.name, len(drafts))
            self._writer.put(drafts)
        # A call that goes on since before the link was there: what it went through meanwhile, only the archive tells.
        going_on = queries.open_calls(self._journal, self._pbx.name)
        return all(call.began_at is not None and call.began_at >= linked_at for call in going_on)

    @staticmethod
    def _rows(path: Path, since: Micros) -> list[cel.Row]:
        try:
            return cel.read(path, since)
        except FileNotFoundError:
            if path.parent.is_dir():
                return []  # Asterisk makes it when it has something to say
            raise

    def _compare(self) -> bool:
        """Hold the journal against the exchange's records of the gap, and say what came of it; False: not yet."""
        with self._lock:
            since = self._since
        assert since is not None
        at = now()
        window = Window(since, until=at, settled=at - comparison.SETTLE)
        if not Path(self._pbx.cel_file or "").exists():
            return True
        records = comparison.read_records(self._pbx, window)
        if not self._writer.flush(5.0):
            return False
        with self._journal.snapshot() as view:
            result = comparison.reconcile(view, self._pbx, window, records)
        for difference in result.differences[:TOLD]:
            log.error("%s: journal and exchange differ: %s", self._pbx.name, difference)
        self._writer.put(comparison.told_of(self._pbx.name, self._bridge, window, result, at))
        return True

    def _done(self) -> None:
        with self._lock:
            if not self._asked.is_set():
                self._since = None

    def _alarm(self, error: OSError) -> None:
        log.error("%s: the archive cannot be read: %s", self._pbx.name, error)
        if not self._told:
            self._told = True
            body = HouseAlarm(what="archive_unreadable", detail=f"{self._pbx.name}: {error}"[:500])
            self._writer.put([draft("house", body, actor=f"bridge:{self._bridge}")])
