"""What a call-taker does with the recording of a call: mute, recall, replay."""

from __future__ import annotations

from console.i18n import translate as _
from console.ui.screens.base import OperatorScreen
from console.ui.views import MyCall
from data.entry import new_id
from telephony.listening import MOST_RECALL_S

RECALL_S = 10
"""Seconds that are recalled unless another number is said."""


class RecordingActions(OperatorScreen):
    """The actions of the table about recordings; the call is the one in hand."""

    def _talk(self) -> MyCall | None:
        """The call that is talked in now; otherwise the operator is told."""
        mine = self.siaga.snapshot.mine
        if mine is None or mine.state != "talking":
            self.say(_("You talk with nobody now."), "warn")
            return None
        return mine

    def do_mute(self, _argument: str) -> None:
        """What is said now is not recorded."""
        self._mute(True)

    def do_unmute(self, _argument: str) -> None:
        """It is recorded again."""
        self._mute(False)

    def _mute(self, on: bool) -> None:
        mine = self._talk() if on else self.in_hand()
        if mine is None:
            if not on:
                self.say(_("No call in hand"), "warn")
            return
        desk, decision = self.siaga.desk, new_id()
        asked = _("Asked the exchange: not recorded.") if on else _("Asked the exchange: recorded again.")
        self.siaga.write(lambda: desk.mute(mine.call, on, decision), lambda _r: self.say(asked))

    def do_recall(self, argument: str) -> None:
        """The last seconds again, into this telephone alone."""
        mine = self._talk()
        if mine is None:
            return
        text = argument.strip() or str(RECALL_S)
        if not text.isdecimal() or not 1 <= int(text[:4]) <= MOST_RECALL_S:
            self.say(_("So many seconds, 1 to {most}: recall 30").format(most=MOST_RECALL_S), "alarm")
            return
        desk, decision, seconds = self.siaga.desk, new_id(), int(text)
        said = _("The last {seconds} s are played to you alone.").format(seconds=seconds)
        self.siaga.write(lambda: desk.recall(mine.call, seconds, decision), lambda _r: self.say(said))

    def do_replay(self, argument: str) -> None:
        """The whole recording of a call that is over."""
        call = self.in_hand()
        if call is None or call.state != "ended":
            self.say(_("Choose a call that is over (F6 on it); a running one can be recalled."), "warn")
            return
        desk, decision = self.siaga.desk, new_id()
        said = _("Your telephone rings, and plays it.")
        self.siaga.write(lambda: desk.replay(call.call, argument.strip(), decision), lambda _r: self.say(said))
