"""What the command line asks of the facade: the agencies and hand-overs that a line may name, cards, and its record."""

from __future__ import annotations

from console.command_line import Intent, KnownAgency, OpenHandover, Surroundings
from console.command_line.world import ALLOWED
from console.ui.cards import cards
from console.ui.desk.base import DeskBase
from console.ui.views import Card
from data.entry import draft
from data.text import safe_line
from data.vocabulary.administration import LineTyped
from dispatch.incidents import queries as incidents
from dispatch.units.queries import everything

_STATES = tuple(sorted(frozenset().union(*ALLOWED.values())))


class DeskLines(DeskBase):
    """What the command line needs; see ``console.ui.desk.api``."""

    def surroundings(self) -> Surroundings:
        """The agencies of the pack and the hand-overs of active incidents that something can be said of."""
        name = self._finder.agency_name
        with self._journal.snapshot() as view:
            parts, units = incidents.parts(view, _STATES), everything(view)
        return Surroundings(
            agencies=tuple(KnownAgency(each.id, each.name) for each in self._finder.pack.agencies.values()),
            handovers=tuple(
                OpenHandover(
                    row.incident,
                    row.number,
                    row.version,
                    row.handover,
                    row.agency,
                    name(row.agency),
                    row.state,
                    row.unit or "",
                    ", ".join(row.under_way),
                )
                for row in parts
            ),
            units=tuple(units),
        )

    def cards(self, text: str) -> tuple[Card, ...]:
        """Cards of the pack that ``text`` may mean: incident types, agencies, places."""
        return cards(self._finder, text)

    def typed_lines(self) -> tuple[str, ...]:
        """The user's last command lines, the oldest first."""
        return tuple(self._side.typed_lines(self.session.login))

    def line_typed(self, line: str, intent: Intent | None) -> None:
        """Put a line on record as it was typed, with what it became; and keep it for the key up."""
        who, text = self.session, safe_line(line, 500)
        body = LineTyped(
            line=text,
            became=intent.action.id if intent is not None else None,
            incident=(intent.concerns or None) if intent is not None else None,
            call=intent.call.call if intent is not None and intent.call is not None else None,
            choice=(intent.choice or None) if intent is not None else None,
        )
        self._journal.append([draft(f"terminal/{who.terminal}", body, actor=who.login, terminal=who.terminal)])
        self._side.line_typed(who.login, text)
