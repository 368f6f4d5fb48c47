"""What call-takers and supervisors do about calls that are over: the list, the history of a number, another outcome."""

from __future__ import annotations

from console.command_line import Intent
from console.i18n import translate as _
from console.ui.past_views import Correction
from console.ui.screens.base import OperatorScreen
from console.ui.screens.past_calls import PastCallsScreen, said
from data.entry import new_id


class LookingBack(OperatorScreen):
    """The actions of the table, for the screens that have them."""

    def number_meant(self) -> str:
        """The number that is meant when none is named: that of the call in hand."""
        call = self.in_hand()
        return call.number if call is not None else ""

    def do_recent(self, _argument: str) -> None:
        """The calls of the last hours."""
        self.siaga.push_screen(PastCallsScreen(self.role))

    def do_number(self, argument: str) -> None:
        """All calls of a number: the one named, else the one meant."""
        number = "".join(argument.split()) or self.number_meant()
        if number:
            self.siaga.push_screen(PastCallsScreen(self.role, number=number))
        else:
            self.say(_("Which number? Name it, or take the call in hand."), "warn")

    def carry(self, intent: Intent) -> None:
        """Carry out a command about a call that is over: show it, or give it another outcome."""
        past = intent.call.past if intent.call is not None else None
        if intent.action.id != "recent" or past is None:
            super().carry(intent)
        elif not intent.choice:
            self.siaga.push_screen(PastCallsScreen(self.role, chosen=past.call))
        else:
            correction = Correction(past, intent.choice, intent.text, intent.number)
            desk, decision = self.siaga.desk, new_id()
            self.siaga.write(
                lambda: desk.change_outcome(correction, decision), lambda _r: self.say(said(correction), "ok")
            )
