"""Attaching the call in hand to an incident that is there already: the one of its cluster at once, else by a digit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.i18n import translate as _
from console.ui.form_state import FormState
from console.ui.views import IncidentRow
from data.entry import new_id

if TYPE_CHECKING:
    from console.ui.screens.calltaker import CallTakerScreen


class Attaching:
    """What a call-taker's screen does with a further call about the same incident."""

    def __init__(self, screen: CallTakerScreen) -> None:
        self._screen = screen
        self._offered: tuple[IncidentRow, ...] = ()

    def ask(self, argument: str, rows: tuple[IncidentRow, ...]) -> None:
        """Attach to the incident of ``rows`` (those in the list) that the digit ``argument`` names. Without a digit: at
        once to that of the cluster of calls to which the call in hand belongs, else the digits are offered."""
        surge = None if argument else self._surge_here()
        if surge is not None:
            self.attach(surge)
        elif not argument:
            self._offer(rows)
        else:
            # The list may have moved on since its digits were offered.
            rows, self._offered = self._offered or rows, ()
            if argument.isdigit() and 1 <= int(argument) <= len(rows):
                self.attach(rows[int(argument) - 1])
            else:
                self._screen.say(_("There is no incident {digit} in the list.").format(digit=argument), "alarm")

    def _offer(self, rows: tuple[IncidentRow, ...]) -> None:
        screen = self._screen
        self._offered = rows
        if not rows or screen.in_hand() is None:
            self._nothing()
            return
        choices = [(str(n), f"{row.number} {screen.siaga.type_name(row.type)}") for n, row in enumerate(rows, 1)]
        screen.siaga.keyboard.begin_chord("attach", _("F7 attach to:"), choices)

    def _nothing(self) -> None:
        self._screen.say(_("Nothing to attach: it takes a call and an incident in the list."), "warn")

    def _surge_here(self) -> IncidentRow | None:
        """The incident of the cluster that the call in hand is one of, by its own place or that in the form; None also
        when the call belongs to an incident already, so that another F7 offers the list."""
        screen = self._screen
        snapshot, call, form = screen.siaga.snapshot, screen.in_hand(), screen.form
        if call is None or call.incident or (form.call == call.call and form.opened):
            return None
        points = [(call.lat, call.lon)]
        if form.place is not None and form.call == call.call:
            points.insert(0, (form.place.lat, form.place.lon))
        for surge in snapshot.surges:
            if surge.incident and (call.call in surge.calls or any(surge.holds(*point) for point in points)):
                return next((row for row in snapshot.incidents if row.id == surge.incident), None)
        return None

    def attach(self, row: IncidentRow, wanted: str = "") -> None:
        """Attach the call in hand, or the one ``wanted`` of those that need an outcome."""
        screen = self._screen
        call = screen.in_hand()
        if wanted and (call is None or call.call != wanted):
            call = next((each for each in screen.siaga.snapshot.unfinished if each.call == wanted), None)
        if call is None:
            self._nothing()
            return
        desk, decision = screen.siaga.desk, new_id()

        def attached(_result: None) -> None:
            screen.say(_("Attached to incident {number}. F9 a ends the call.").format(number=row.number), "ok")
            if screen.form.blank or screen.form.call == call.call:
                form = FormState(call=call.call, incident=row.id, opened=True, number=row.number)
                screen.filling.show(form)

        screen.siaga.write(lambda: desk.attach(row.id, call.call, decision), attached)
