"""What the call-taker's keys do with the telephone: hold, pass on, a third party, call back, hang up, ready and pause.

Everything is asked of the exchange and shown when it is so; what the exchange refuses is said with its reason.
"""

from __future__ import annotations

from abc import abstractmethod

from console.i18n import translate as _
from console.ui import words
from console.ui.calling_back import CallingBack
from console.ui.draw.calls import caller, place_of
from console.ui.form_state import FormState
from console.ui.screens.base import OperatorScreen
from console.ui.targets import find
from console.ui.views import MyCall, Snapshot, Target
from console.ui.widgets.question import Answers, Ask, numbered
from data.entry import new_id
from telephony import numbers
from telephony.commands import VANISHED

TRANSFER, THREE_WAY, CONSULT, COMPLETE = "transfer", "three_way", "consult", "complete"
WAYS = {"t": TRANSFER, "3": THREE_WAY, "k": CONSULT}

_TYPED = ""
"""The answer that asks for a typed reason."""


class CallControl(OperatorScreen):
    """The part of the call-taker's screen that works the telephone."""

    calling_back: CallingBack

    def __init__(self, role: str) -> None:
        super().__init__(role)
        self._targets: tuple[Target, ...] = ()
        self._back_asked = False

    @property
    @abstractmethod
    def form(self) -> FormState:
        """The form that is shown."""

    @abstractmethod
    def in_hand(self) -> MyCall | None:
        """The call that actions mean."""

    @property
    def talking(self) -> MyCall | None:
        """The call whose caller is heard now."""
        mine = self.siaga.snapshot.mine
        return mine if mine is not None and mine.state == "talking" else None

    def alone_with_caller(self, mine: MyCall) -> bool:
        """Whether nobody else is in the talk; says so otherwise. The exchange would refuse, too, but later."""
        if mine.third:
            self.say(_("{party} is in the talk: that goes only with the caller alone.")
                     .format(party=place_of(mine.third)), "warn")  # fmt: skip
        return not mine.third

    # ------------------------------------------------------------------ hold

    def do_hold(self, _argument: str) -> None:
        """F4: the caller who is heard goes on hold; when none is, the one held longest comes back."""
        mine = self.siaga.snapshot.mine
        if mine is None:
            self.say(_("You are in no call."), "warn")
        elif mine.state == "held":
            self.take_back(mine)
        elif not self.alone_with_caller(mine):
            return
        else:
            desk, decision = self.siaga.desk, new_id()
            who = caller(mine.number, mine.name)
            self.siaga.write(
                lambda: desk.hold(mine.call, decision), lambda _r: self.say(_("Putting {who} on hold").format(who=who))
            )

    def take_back(self, call: MyCall) -> None:
        """Take back a caller who is on hold; somebody who is heard has to be put on hold first."""
        if self.talking is not None:
            self.say(_("You are in a call: F4 holds it, F9 and a letter ends it; then take the other back."), "alarm")
            return
        desk, decision = self.siaga.desk, new_id()
        who = caller(call.number, call.name)
        self.siaga.write(
            lambda: desk.resume(call.call, decision), lambda _r: self.say(_("Back to {who}").format(who=who))
        )

    # ------------------------------------------------------------------ pass on, or bring somebody in

    def do_transfer(self, argument: str) -> None:
        """F5: whom (by typing), then t passes the caller on, 3 brings a third party into the talk, k asks them first.

        While somebody is asked, F5 connects the caller with them. A caller on hold stays there while somebody is asked.
        """
        call = self.siaga.snapshot.mine
        if call is None or call.state not in {"talking", "held"}:
            self.say(_("You are in no call."), "warn")
            return
        if call.consulting:
            self._finish_consulting(call, argument)
            return
        words, _sep, how = argument.rpartition(" ")
        way = WAYS.get(how.casefold(), "")
        if not way:
            words = argument
        held = call.state == "held"
        if held and way in (TRANSFER, THREE_WAY):
            self.say(_("The caller is on hold: F4 takes him back first."), "warn")
            return
        ask_first = ("k", CONSULT, _("ask first"))
        talking = (
            ("3", THREE_WAY, _("into the talk (three parties)")),
            ask_first,
            ("t", TRANSFER, _("pass the caller on")),
        )
        question = self.question
        self.siaga.lookup("targets", self.siaga.desk.targets, self._know)
        steps = [
            Ask("target", _("To whom:"), start=words, suggest=self._suggest),
            Ask("how", _("How:"), (ask_first,) if held else talking),
        ]
        question.ask(steps, lambda answers: self._connect(call, answers))
        if way:
            question.foresee("how", way)

    def _finish_consulting(self, call: MyCall, argument: str) -> None:
        """Connect the caller with whoever is asked; F4 goes back to him instead."""
        name = call.consulting
        if not call.consulted:
            self.say(_("{name} has not answered yet; F4 takes the caller back.").format(name=name), "warn")
        elif argument.strip().casefold() == "t":
            self._complete(call)
        elif argument:
            self.say(_("You are asking {name}: F5 and t connects the caller, F4 goes back.").format(name=name), "warn")
        else:
            connect = ("t", COMPLETE, _("connect the caller with {name}").format(name=name))
            self.question.ask([Ask("how", _("You are asking {name}:").format(name=name), (connect,))],
                              lambda _answers: self._complete(call))  # fmt: skip

    def _complete(self, call: MyCall) -> None:
        desk, decision = self.siaga.desk, new_id()
        said = _("Connecting {who} with {name}").format(who=caller(call.number, call.name), name=call.consulting)
        self.siaga.write(lambda: desk.complete(call.call, decision), lambda _r: self.say(said))

    def _know(self, targets: tuple[Target, ...]) -> None:
        self._targets = targets
        self.question.suggest()

    def _suggest(self, text: str) -> list[tuple[str, str]]:
        recommended = [agency.id for agency in self.form.agencies]
        return [
            (target.code, f"{target.name} {target.code}" if target.name != target.code else target.name)
            for target in find(self._targets, text, recommended)
        ]

    def _connect(self, call: MyCall, answers: Answers) -> None:
        code = answers["target"]
        name = next((target.name for target in self._targets if target.code == code), code)
        desk, decision, who = self.siaga.desk, new_id(), caller(call.number, call.name)
        if answers["how"] == TRANSFER:
            said = _("Passing {who} on to {name}").format(who=who, name=name)
            self.siaga.write(lambda: desk.transfer(call.call, code, decision), lambda _r: self.say(said))
        elif answers["how"] == CONSULT:
            said = _("Calling {name}; the caller is on hold").format(name=name)
            self.siaga.write(lambda: desk.consult(call.call, code, name, decision), lambda _r: self.say(said))
        else:
            said = _("Calling {name} into the talk").format(name=name)
            self.siaga.write(lambda: desk.three_way(call.call, code, name, decision), lambda _r: self.say(said))

    # ------------------------------------------------------------------ calling back, hanging up

    def do_call_back(self, argument: str) -> None:
        """A number of the call-back list: chosen, named by its end, or its first; else any number, or that of the call
        in hand."""
        call = self.in_hand()
        number = "".join(argument.split())
        if self.calling_back.call(argument):
            return
        if not argument and call is not None:
            number = call.number
        if numbers.diallable(number):
            self._dial_back(number, call.call if call is not None and call.number == number else "")
        elif argument:
            self.say(_("No such number is to be called back."), "warn")
        else:
            self.say(_("There is no number to call back."), "warn")

    def _dial_back(self, number: str, call: str) -> None:
        if self.siaga.snapshot.mine is not None:
            self.say(_("You are in a call: F9 and a letter ends it, then call back."), "alarm")
            return
        desk, decision = self.siaga.desk, new_id()
        self.siaga.write(
            lambda: desk.call_back(number, call, decision),
            lambda _r: self.say(_("Calling {who} back: your telephone rings first.").format(who=number)),
        )

    def do_hang_up(self, _argument: str) -> None:
        """End the talk; its outcome is still to be given. With a third party the others go on."""
        call, desk, decision = self.talking, self.siaga.desk, new_id()
        over = self.in_hand()
        if call is None and over is not None and over.state == "ended":
            # The caller is gone, but somebody who was asked may still be on the telephone.
            gone = over.call
            self.siaga.write(lambda: desk.hang_up(gone, decision), lambda _r: self.say(_("Hanging up.")))
            return
        if call is None:
            self.say(_("You are in no call."), "warn")
            return
        said = _("Leaving the talk.") if call.third else _("Hanging up: give an outcome with F9.")
        self.siaga.write(lambda: desk.hang_up(call.call, decision), lambda _r: self.say(said))

    # ------------------------------------------------------------------ ready and pause

    def back_again(self, snapshot: Snapshot) -> None:
        """A console that stood still is not gone: the telephone, which was ready until it was paused for that, is made
        ready again. Not while the record is away: no sign of life is written then, and the bridge would pause it anew.
        """
        gone = snapshot.phone == "paused" and snapshot.phone_reason == VANISHED
        if not gone:
            self._back_asked = False
        elif not self._back_asked and not self.siaga.problem:
            self._back_asked = True
            desk, decision = self.siaga.desk, new_id()
            said = _("This console stood still and your telephone was paused: the exchange is asked to make it ready.")
            self.siaga.write(lambda: desk.set_ready(True, decision, ""), lambda _r: self.say(said, "warn"))

    def do_ready(self, _argument: str) -> None:
        """The telephone takes calls."""
        self._set_ready(True, "")

    def do_pause(self, argument: str) -> None:
        """The telephone takes no calls: the reason by a digit, or typed; the command may name it."""
        offered = words.pause_reasons()
        if argument.strip() or not offered:
            self._set_ready(False, words.pause_reason(argument))
            return
        options = (*numbered(offered), ("0", _TYPED, _("another reason")))
        self.question.ask([Ask("reason", _("Pause, why:"), options)], self._pause_for)

    def _pause_for(self, answers: Answers) -> None:
        if answers["reason"] == _TYPED:
            typed = [Ask("reason", _("Pause, why:"), required=True)]
            self.question.ask(typed, lambda found: self._set_ready(False, words.pause_reason(found["reason"])))
        else:
            self._set_ready(False, answers["reason"])

    def _set_ready(self, ready: bool, reason: str) -> None:
        desk, decision = self.siaga.desk, new_id()
        asked = _("Asked the exchange: ready.") if ready else _("Asked the exchange: pause.")
        self.siaga.write(lambda: desk.set_ready(ready, decision, reason), lambda _r: self.say(asked))
