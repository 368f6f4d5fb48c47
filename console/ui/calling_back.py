"""The call-back list under the call-taker's hands: calling a lost number, and taking it off the list."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from console.i18n import translate as _
from console.ui import words
from console.ui.draw.calls import caller
from console.ui.views import CallbackRow, MyCall
from console.ui.widgets.board import Board
from console.ui.widgets.question import Answers, Ask, numbered
from data.entry import new_id

if TYPE_CHECKING:
    from console.ui.screens.calltaker import CallTakerScreen


class CallingBack:
    """What a call-taker's screen does with the numbers that were lost."""

    def __init__(self, screen: CallTakerScreen) -> None:
        self._screen = screen

    def call(self, argument: str) -> bool:
        """Call back the number that ``argument`` names by its end, else the one chosen, else the first of the list;
        False when none of the list is meant."""
        row = self._meant(argument)
        if row is not None:
            self._call(row)
        return row is not None

    def drop(self, argument: str) -> None:
        """Take a number off the list; which one, as in :meth:`call`."""
        self._with(self._meant(argument), self._drop)

    def call_row(self, callback: str) -> None:
        """Call back the number of that item."""
        self._with(self._row(callback), self._call)

    def drop_row(self, callback: str) -> None:
        """Take the number of that item off the list."""
        self._with(self._row(callback), self._drop)

    def _with(self, row: CallbackRow | None, do: Callable[[CallbackRow], None]) -> None:
        if row is None:
            self._screen.say(_("No such number is to be called back."), "warn")
        else:
            do(row)

    def _row(self, callback: str) -> CallbackRow | None:
        rows = self._screen.siaga.snapshot.callbacks
        return next((row for row in rows if row.callback == callback), None)

    def _meant(self, argument: str) -> CallbackRow | None:
        rows = self._screen.siaga.snapshot.callbacks
        if argument:
            found = [row for row in rows if row.number.endswith(argument)]
            return found[0] if len(found) == 1 else None
        lists = self._screen.query_one("#lists", Board)
        chosen = self._row(lists.chosen.removeprefix("callback:")) if lists.has_focus else None
        return chosen or (rows[0] if rows else None)

    def _call(self, row: CallbackRow) -> None:
        screen, who = self._screen, caller(row.number, row.name)
        mine = screen.siaga.snapshot.mine
        if mine is not None and mine.state in {"talking", "held"}:
            screen.say(_("You are in a call: F9 and a letter ends it, then call back."), "alarm")
            return
        if row.calls_again:
            screen.say(_("{who} is in the queue again: F3 answers.").format(who=who), "warn")
            return
        desk, decision = screen.siaga.desk, new_id()
        screen.take_up(MyCall(row.last_call, row.number, row.name, "calling", row.since))
        screen.siaga.write(
            lambda: desk.call_back(row.number, row.last_call, decision),
            lambda _r: screen.say(_("Calling {who} back: your telephone rings first.").format(who=who)),
        )

    def _drop(self, row: CallbackRow) -> None:
        screen, who = self._screen, caller(row.number, row.name)
        desk = screen.siaga.desk
        results = numbered([(code, _(label)) for code, label in words.CALLBACK_RESULTS.items()])
        steps = [
            Ask("result", _("{who} off the list, why?").format(who=who), results),
            Ask("note", _("Note (may be empty):")),
        ]

        def then(answers: Answers) -> None:
            decision = new_id()
            screen.siaga.write(
                lambda: desk.close_callback(row.callback, answers["result"], answers["note"], decision),
                lambda _r: screen.say(_("{who} is off the list.").format(who=who), "ok"),
            )

        screen.question.ask(steps, then)
