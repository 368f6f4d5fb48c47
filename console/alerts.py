"""The service that speaks alerts: a priority-1 incident was opened, an agency did not acknowledge in time.

It follows the journal and changes nothing. What is older than ``STALE_US`` when it comes is not spoken: after a restart
nobody wants to hear the morning again. Without a voice or a sound device it says so once in the log and goes on.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

from console.compose import region_path
from console.configuration import Configuration
from console.i18n import N_, load
from console.speech import SpeechWorker
from data.clock import SECOND, Micros, now
from data.entry import Entry
from data.follow import Follower
from data.journal import Journal
from data.pack import load_pack
from data.side import SideTables
from data.vocabulary.handover import HandoverOverdue
from data.vocabulary.incidents import IncidentPrioritySet, IncidentTypeSet
from dispatch.incidents import queries
from dispatch.incidents.state import PREFIX, Incident

STALE_US = 30 * SECOND
URGENT = 1
"""The priority that is spoken."""


class Alerts:
    """What is to be said, from the entries as they come. ``say(text, language)`` comes back when it was said."""

    def __init__(
        self,
        journal: Journal,
        side: SideTables,
        settings: Configuration,
        *,
        say: Callable[[str, str], object] | None = None,
        clock: Callable[[], Micros] = now,
    ) -> None:
        """``say`` None: out of the loudspeaker. Raises SiagaError when the region's pack can't be read."""
        self._journal, self._side = journal, side
        self._language = settings.centre.language
        self._pack = load_pack(region_path(settings.centre.region))
        self._worker = SpeechWorker() if say is None else None
        self._say, self._clock = say or self._aloud, clock
        self._gettext = load(self._language).gettext
        self._announced: set[str] = set()

    def _aloud(self, text: str, language: str) -> None:
        assert self._worker is not None
        spoken = self._worker.speak_alert(text, language)
        self._side.set_service("alerts", os.getpid(), "speaking" if spoken else "silent")

    def run(self, stop: threading.Event) -> None:
        """Follow the journal and speak until ``stop``."""
        follower = Follower(self._journal, self._journal.head()[0])
        try:
            while not stop.is_set():
                for entry in follower.wait(0.5):
                    text = self.text(entry)
                    if text:
                        self._say(text, self._language)
                    if stop.is_set():
                        return
        finally:
            follower.close()
            if self._worker is not None:
                self._worker.close()

    def text(self, entry: Entry) -> str:
        """What ``entry`` gives to say, or ""."""
        body = entry.body
        if not isinstance(body, IncidentTypeSet | IncidentPrioritySet | HandoverOverdue):
            return ""
        if self._clock() - entry.recorded_at > STALE_US:
            return ""
        incident = queries.get(self._journal, entry.stream.removeprefix(PREFIX))
        if incident is None or incident.status != "active":
            return ""
        if isinstance(body, HandoverOverdue):
            return self._late(incident, body)
        if incident.priority != URGENT or incident.id in self._announced:
            return ""
        self._announced.add(incident.id)
        return self._sentence(
            N_("Priority one, incident {number}: {type}, {place}"),
            number=incident.number,
            type=self._type(incident.type or ""),
            place=incident.place.name if incident.place is not None else self._gettext("no place yet"),
        )

    def _late(self, incident: Incident, body: HandoverOverdue) -> str:
        if body.what not in {"acknowledgement", "stand_down"}:
            return ""  # late on the way is red on the screens; only silence of an agency is spoken
        handover = incident.handovers.get(body.handover)
        agency = handover.agency if handover is not None else ""
        message = (
            N_("{agency} has not acknowledged incident {number}")
            if body.what == "acknowledgement"
            else N_("{agency} has not acknowledged the stand-down of incident {number}")
        )
        known = self._pack.agencies.get(agency)
        return self._sentence(message, agency=known.name if known is not None else agency, number=incident.number)

    def _type(self, code: str) -> str:
        kind = self._pack.types.get(code)
        if kind is None:
            return code
        return kind.name_id if self._language == "id" else kind.name_en

    def _sentence(self, message: str, **params: object) -> str:
        return self._gettext(message).format(**params)
