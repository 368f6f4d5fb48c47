"""What a person does about a caller's number on a screen: the silent-call procedure, flagging, putting right."""

from __future__ import annotations

from console.i18n import translate as _
from console.ui.draw.calls import caller
from console.ui.screens.base import OperatorScreen
from console.ui.widgets.question import Answers, Ask
from data.entry import new_id

HOURS = "24"
"""Hours of a flag that are offered."""


class Numbering:
    """The actions about a number, for any operator's screen."""

    def __init__(self, screen: OperatorScreen) -> None:
        self._screen = screen

    def silent(self) -> None:
        """The caller who is heard, and says nothing, is asked to press a key; the telephone is free meanwhile."""
        screen, mine = self._screen, self._screen.siaga.snapshot.mine
        if mine is None:
            screen.say(_("You are in no call."), "warn")
            return
        if mine.state != "talking":
            screen.say(_("The caller is on hold: take him back first."), "warn")
            return
        desk, decision, who = screen.siaga.desk, new_id(), caller(mine.number, mine.name)
        said = _("{who} is asked to press a key; your telephone is free. A key brings the call back first.")
        screen.siaga.write(lambda: desk.silent(mine.call, decision), lambda _r: screen.say(said.format(who=who)))

    def flag(self, argument: str) -> None:
        """Lower the place of a number in the queue: the one named, else that of the call in hand."""
        number = self._number(argument)
        if not number:
            return
        screen = self._screen
        desk, decision = screen.siaga.desk, new_id()
        steps = [
            Ask("reason", _("Why does {number} wait at the end?").format(number=number), required=True),
            Ask("hours", _("For how many hours?"), required=True, start=HOURS),
        ]

        def then(answers: Answers) -> None:
            try:
                hours = float(answers["hours"].replace(",", "."))
            except ValueError:
                screen.say(_("{text} is no number of hours.").format(text=answers["hours"]), "alarm")
                return
            said = _("{number} waits at the end of the queue, for at most 45 s a call.").format(number=number)
            screen.siaga.write(
                lambda: desk.flag(number, answers["reason"], hours, decision), lambda _r: screen.say(said, "ok")
            )

        screen.question.ask(steps, then)

    def unflag(self, argument: str, shown: str = "") -> None:
        """Put a number right: the one named, else that of the call in hand. ``shown``: what is said of it instead."""
        number = self._number(argument)
        if not number:
            return
        screen, name = self._screen, shown or number
        desk, decision = screen.siaga.desk, new_id()

        def then(answers: Answers) -> None:
            said = _("{number} waits in turn again.").format(number=name)
            screen.siaga.write(
                lambda: desk.unflag(number, answers["reason"], decision), lambda _r: screen.say(said, "ok")
            )

        prompt = _("Why does {number} wait in turn again?").format(number=name)
        screen.question.ask([Ask("reason", prompt, required=True)], then)

    def _number(self, argument: str) -> str:
        call = self._screen.in_hand()
        number = "".join(argument.split()) or (call.number if call is not None else "")
        if not number:
            self._screen.say(_("Which number? Name it, or take the call in hand."), "warn")
        return number
