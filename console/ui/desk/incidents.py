"""The facade's dispatcher's part: hand-overs, notes, the end of an incident."""

from __future__ import annotations

from collections.abc import Sequence

from console.i18n import LANGUAGES
from console.ui.desk.units import DeskUnits
from console.ui.views import AgencyChoice
from data.text import plain_letters
from dispatch import desk as dispatch
from dispatch.incidents import queries
from dispatch.units.names import named
from dispatch.units.queries import Unit


class DeskIncidents(DeskUnits):
    """What a dispatcher does; see ``console.ui.desk.api``."""

    def acknowledge(self, incident: str, handover: str, by: str, means: str, version: int, decision: str) -> None:
        """The agency took it."""
        dispatch.acknowledge(self._journal, self._asked(decision), incident, handover, version, by=by, means=means)

    def refuse(self, incident: str, handover: str, by: str, reason: str, version: int, decision: str) -> None:
        """The agency does not take it."""
        dispatch.refuse(self._journal, self._asked(decision), incident, handover, version, reason=reason, by=by or None)

    def en_route(self, incident: str, handover: str, unit: str, version: int, decision: str) -> tuple[Unit, ...]:
        """Somebody is on the way."""
        dispatch.en_route(self._journal, self._asked(decision), incident, handover, version, unit=unit or None)
        return self.doubled_in(incident, handover)

    def add_unit(self, incident: str, handover: str, unit: str, version: int, decision: str) -> tuple[Unit, ...]:
        """A further unit is on the way."""
        dispatch.add_unit(self._journal, self._asked(decision), incident, handover, version, unit=unit)
        added = named(unit)
        return tuple(each for each in self.doubled_in(incident, handover) if each.key in added)

    def on_scene(self, incident: str, handover: str, unit: str, version: int, decision: str) -> tuple[Unit, ...]:
        """Somebody is there."""
        dispatch.on_scene(self._journal, self._asked(decision), incident, handover, version, unit=unit or None)
        return self.doubled_in(incident, handover) if unit else ()

    def finish(self, incident: str, handover: str, result: str, note: str, version: int, decision: str) -> None:
        """The agency's part is over."""
        asked = self._asked(decision)
        dispatch.finish(self._journal, asked, incident, handover, version, result=result, note=note or None)

    def reassign(
        self, incident: str, handover: str, agency: AgencyChoice, reason: str, version: int, decision: str
    ) -> tuple[Unit, ...]:
        """Stand one agency down and give it to another."""
        to = dispatch.HandoverRequest(id=f"{decision}-0", agency=agency.id, role=agency.role, unit=agency.unit or None)
        dispatch.reassign(self._journal, self._asked(decision), incident, handover, version, to, reason=reason)
        return self.doubled_in(incident, to.id) if agency.unit else ()

    def stand_down(self, incident: str, handover: str, reason: str, version: int, decision: str) -> None:
        """Tell the agency to stop."""
        dispatch.stand_down(self._journal, self._asked(decision), incident, handover, version, reason=reason)

    def stand_down_acknowledged(self, incident: str, handover: str, by: str, version: int, decision: str) -> None:
        """The agency knows that it is to stop."""
        dispatch.acknowledge_stand_down(self._journal, self._asked(decision), incident, handover, version, by=by)

    def note(self, incident: str, text: str, decision: str) -> None:
        """A line in the log."""
        dispatch.note(self._journal, self._asked(decision), incident, text)

    def close_incident(self, incident: str, result: str, note: str, version: int, decision: str) -> None:
        """Close the incident."""
        dispatch.close(self._journal, self._asked(decision), incident, version, result, note or None)

    def reopen(self, incident: str, reason: str, version: int, decision: str) -> None:
        """Closed too early."""
        dispatch.reopen(self._journal, self._asked(decision), incident, version, reason)

    def merge(self, incident: str, into: str, reason: str, version: int, decision: str) -> None:
        """Two are one."""
        dispatch.merge(self._journal, self._asked(decision), incident, into, version, reason)

    def separate(self, incident: str, reason: str, version: int, decision: str) -> None:
        """One is two again."""
        dispatch.separate(self._journal, self._asked(decision), incident, version, reason)

    def undo(self, incident: str, undoes: str, decision: str) -> None:
        """Take back a step of a moment ago."""
        dispatch.undo(self._journal, self._asked(decision), incident, undoes)

    def search_words(self, incidents: Sequence[str]) -> dict[str, str]:
        """What a filter may find each incident by: number, priority, type, place, area, texts, agencies."""
        pack = self._finder.pack
        found = {}
        for row in queries.findable(self._journal, incidents):
            kind = self._finder.type_choice(row.type or "")
            names = [kind.name(each) for each in LANGUAGES] if kind is not None else []
            agencies = [pack.agencies.get(id) for id in row.agencies]
            known = [f"{each.name} {each.kind}" for each in agencies if each is not None]
            about = (str(row.number), f"p{row.priority}", row.type or "", *names, *row.texts)
            words = (*about, *row.agencies, *known, *row.units)
            found[row.id] = plain_letters(" ".join(words))
        return found
