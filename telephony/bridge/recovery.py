"""Reading the archive after every login, on a thread of its own, until every call that it can tell of is complete."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from data.clock import SECOND, Micros
from data.entry import draft
from data.errors import SiagaError
from data.journal import Journal
from data.vocabulary.administration import HouseAlarm
from telephony.bridge import archive
from telephony.bridge.writer import Writer
from telephony.calls import queries
from telephony.settings import Pbx

log = logging.getLogger(__name__)

MARGIN_S = 60
"""Seconds before the last thing seen from which on the archive is read."""

FIRST_S = 1.0
"""Seconds after a login: the exchange has written what it had, and the facts of the snapshot are in the journal."""

EVERY_S = 20.0
"""Seconds between looks while calls go on whose beginning nobody saw."""


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
        self._asked = threading.Event()
        self._told = False

    def linked(self, since: Micros | None, booted_at: Micros | None) -> None:
        """The link is up; before that, the last thing seen was at ``since`` (None: nothing, this is the first time)."""
        if self._pbx.cel_file is None or since is None:
            return
        with self._lock:
            self._since = since if self._since is None else min(since, self._since)
            self._booted_at = booted_at
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
                    if self._complete():
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
            since, booted_at = self._since, self._booted_at
        assert since is not None and self._pbx.cel_file is not None
        if not self._writer.flush(5.0):
            return False
        rows = archive.read(Path(self._pbx.cel_file), since - MARGIN_S * SECOND)
        drafts = []
        for stream, call in archive.recovered(self._pbx.name, rows, booted_at=booted_at).items():
            if archive.lacks(queries.folded(self._journal, stream)):
                drafts.append(archive.draft_of(self._pbx.name, stream, call))
        if drafts:
            log.warning("%s: %d calls recovered from the archive", self._pbx.name, len(drafts))
            self._writer.put(drafts)
        going_on = (queries.folded(self._journal, s) for s in queries.open_streams(self._journal, self._pbx.name))
        return not any(call is not None and call.observed_at is not None for call in going_on)

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
