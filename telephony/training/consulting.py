"""Asking somebody while the caller is on hold, in the training PBX, and connecting the two.

Who is asked answers after a moment, a colleague if the telephone is free. The order of the events is the recorded one
(tests/captures: consult-complete). One thing is simpler than in Asterisk: a caller who hangs up ends the other talk,
too.
"""

from __future__ import annotations

from functools import partial

from telephony.asterisk.names import CONSULT, HOLD, HOLD_ASK
from telephony.training import shapes
from telephony.training.exchange import WITHDRAW_S
from telephony.training.shapes import UP, Channel
from telephony.training.switchboard import ANSWER_S, HELD, Switchboard, dialled
from telephony.training.telephones import IDLE, IN_USE
from telephony.training.visits import Visit

COMPLETE, ASK = "complete", "ask:"
"""What a bridge says when it takes a caller out of the queue of the held (WithdrawInfo)."""


class Consultations(Switchboard):
    """The exchange with transfers that begin with a question."""

    def redirect(
        self, channel_name: str, context: str, exten: str, extra: str = "", to: tuple[str, str] = ("", "")
    ) -> str | None:
        """AMI Redirect; with ``to`` (ExtraContext, ExtraExten) the telephone ``extra`` of a talk goes to [consult]."""
        visit = self._visit_of(channel_name)
        if visit is not None and context == HOLD and exten == "caller" and to[0] == CONSULT:
            fault = super().redirect(channel_name, context, exten, extra)
            if fault is None:
                self._ask(visit, to[1])
            return fault
        if visit is not None and visit.held and (context == HOLD_ASK or (context, exten) == (HOLD, COMPLETE)):
            self._taken_out(visit, COMPLETE if context == HOLD else ASK + exten)
            return None
        return super().redirect(channel_name, context, exten, extra)

    def withdraw(self, queue: str, channel_name: str, info: str) -> str | None:
        """QueueWithdrawCaller, of a caller on hold also to connect him, or to ask somebody else meanwhile."""
        fault = super().withdraw(queue, channel_name, info)
        visit = self._visit_of(channel_name)
        if fault is None and queue == HELD and visit is not None and info.startswith((COMPLETE, ASK)):
            self._plan(visit, "withdraw", WITHDRAW_S, partial(self._taken_out, visit, info))
        return fault

    def _taken_out(self, visit: Visit, info: str) -> None:
        """Somebody took the caller out of the queue of the held; should there be nobody to be connected with, he is on
        hold again."""
        self._cancel(visit, "withdraw")
        visit.withdrawn = False
        if info == COMPLETE and visit.asked is not None and visit.asked.bridge:
            self._connect(visit, visit.asked)
            return
        visit.channel.exten = "caller"
        self._user(visit.channel, "X112Hold")
        if info != COMPLETE and visit.asked is None:
            self._ask(visit, info.removeprefix(ASK))

    # ------------------------------------------------------------------ asking

    def _ask(self, visit: Visit, place: str) -> None:
        leg, dial = visit.talk, dialled(place)
        assert leg is not None
        leg.context, leg.exten, leg.application, leg.data = CONSULT, place, "Dial", f"{dial},25,gU(consult-answered)"
        self._user(leg, "X112Consult", Step="calling", Party=place)
        if not dial or not self._reaches(dial):
            status = "BUSY" if dial else "CHANUNAVAIL"
            self._plan(visit, "consult", 0.05, partial(self._waits_again, visit, status))
            return
        visit.asked = self._called(visit, dial, self.next_uniqueid(), visit.channel.uniqueid)
        dest = shapes.channel(visit.asked, "Dest")
        self.emit("DialBegin", "call", shapes.channel(leg), dest, [("DialString", dial.partition("/")[2])])
        self._plan(visit, "consult", ANSWER_S, partial(self._answers, visit, visit.asked))

    def _answers(self, visit: Visit, asked: Channel) -> None:
        leg = visit.talk
        assert leg is not None
        asked.state = UP
        self._about("Newstate", asked)
        self._user(asked, "X112Consult", Step="talking", Party=leg.exten)
        self.emit("DialEnd", "call", shapes.channel(leg), shapes.channel(asked, "Dest"), [("DialStatus", "ANSWER")])
        self._set(asked, IN_USE)
        self._enter_bridge(visit, asked, leg)

    def _waits_again(self, visit: Visit, status: str) -> None:
        """The operator waits for his caller in silence again."""
        leg = visit.talk
        if leg is None:
            return
        self._user(leg, "X112Consult", Step="over", Party=leg.exten, Status=status)
        leg.context, leg.exten, leg.application, leg.data = HOLD, "wait", "Wait", "3600"

    def _dropped(self, visit: Visit) -> None:
        """Whoever is asked is hung up on."""
        self._cancel(visit, "consult")
        asked, visit.asked = visit.asked, None
        if asked is None:
            return
        if asked.bridge and visit.talk is not None:
            self._leave_bridge(asked, visit.talk)
        self._about("Hangup", asked, [("Cause", "16"), ("Cause-txt", "Normal Clearing")])
        self._set(asked, IDLE)

    def _connect(self, visit: Visit, asked: Channel) -> None:
        leg, ch = visit.talk, visit.channel
        assert leg is not None
        ch.exten, ch.application, ch.data = COMPLETE, "Bridge", f"{asked.name},x"
        self._user(ch, "X112Consult", Step="completed", Target=asked.name, Phone=leg.name)
        self._leave_bridge(asked, leg)
        self._enter_bridge(visit, asked, ch)
        self._user(leg, "X112Consult", Step="over", Party=leg.exten, Status="ANSWER")
        visit.held = False
        self._lose(visit)
        visit.asked, visit.talk, visit.talk_since = None, asked, self.now()
        self._plan(visit, "talk", visit.story.talk, lambda: self._caller_hangs_up(visit))
        self.soon()

    # ------------------------------------------------------------------ the end of it

    def _resume(self, visit: Visit) -> None:
        self._dropped(visit)
        super()._resume(visit)

    def hangup(self, channel_name: str) -> str | None:
        """AMI Hangup: also of somebody who is asked, or of the telephone that asks."""
        for visit in self.visits.values():
            asked = visit.asked
            if asked is not None and asked.name == channel_name:
                status = "ANSWER" if asked.bridge else "NOANSWER"
                self._dropped(visit)
                self._waits_again(visit, status)
                return None
            if visit.talk is not None and visit.talk.name == channel_name:
                self._dropped(visit)
        return super().hangup(channel_name)

    def _finish(self, visit: Visit) -> None:
        self._dropped(visit)
        super()._finish(visit)

    def channels(self) -> list[Channel]:
        """Every channel, for CoreShowChannels."""
        asked = [visit.asked for visit in self.visits.values() if visit.asked is not None]
        return [*super().channels(), *asked]
