"""What another desk changed in the incident that is open here: said beside the field until it was surely seen. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from console.ui.views import IncidentDetail, LogLine
from data.clock import SECOND, Micros

SHOWN_US = 30 * SECOND
"""So long a change stays marked."""

HANDOVER = "handover:"


@dataclass
class Changes:
    """The marks of one detail. ``marks``: field (or ``handover:<id>``) -> what it was before, and until when."""

    incident: str = ""
    marks: dict[str, tuple[str, Micros]] = field(default_factory=dict)

    def note(self, before: IncidentDetail | None, after: IncidentDetail, me: str, now: Micros) -> tuple[LogLine, ...]:
        """Take note of what changed from ``before`` to ``after``; returns the new lines that others wrote."""
        if before is None or before.row.id != after.row.id:
            self.incident, self.marks = after.row.id, {}
            return ()
        known = len(before.log)
        news = tuple(line for line in after.log[known:] if line.who != me) if len(after.log) > known else ()
        if not news:
            return ()
        until = now + SHOWN_US
        for name in dict.fromkeys((*before.values, *after.values)):
            old = before.values.get(name, "")
            if old != after.values.get(name, ""):
                self.marks[name] = (old, until)
        states = {row.id: row.state for row in before.handovers}
        for row in after.handovers:
            if states.get(row.id, "") != row.state:
                self.marks[HANDOVER + row.id] = (states.get(row.id, ""), until)
        return news

    def at(self, now: Micros) -> dict[str, str]:
        """The marks that stand now: what each was before."""
        return {name: old for name, (old, until) in self.marks.items() if until > now}
