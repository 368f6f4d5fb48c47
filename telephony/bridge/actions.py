"""Doing on the exchange what a command asks for, and finding out afterwards whether it was done.

Who puts a waiting caller through to an operator is decided by the exchange's ``QueueWithdrawCaller`` (see
:mod:`telephony.bridge.hands`); the control of a running talk stands in :mod:`telephony.bridge.control`. The rest may be
repeated without harm.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from data.clock import now
from telephony.bridge import consulting, control, hands, listening, seats
from telephony.bridge.hands import ALREADY, DONE, Hands, Result, failed
from telephony.commands import WRAPUP, Command
from telephony.link.errors import ActionFailed, ActionRefused, RightMissing
from telephony.link.packet import Packet

log = logging.getLogger(__name__)

SELF_COMPLETING_S = 1.3
"""Seconds within which the dialplan puts a withdrawn caller through by itself, unless a telephone rings for him."""


class Doer(Hands):
    """Executes commands on one connection. LinkError (but a refusal) goes to the caller: the outcome is not known."""

    def do(self, command: Command) -> Result:
        """Execute it. Raises LinkLost, ReplyTimeout or TooLate when it isn't known whether it was done."""
        return self._guard(command, lambda: _DO[command.request.action](self, command))

    def look(self, command: Command) -> Result:
        """Find out whether a command that somebody began was done; do what is left if that is safe and in time."""
        return self._guard(command, lambda: _LOOK[command.request.action](self, command))

    def _guard(self, command: Command, work: Callable[[], Result]) -> Result:
        try:
            return work()
        except ActionRefused:
            return failed("bad_value")
        except RightMissing:
            return failed("right_missing")
        except ActionFailed as error:
            log.warning("%s %s: %s", command.request.action, command.id, error)
            return failed("pbx_error")

    # -- answer

    def _answer(self, command: Command, *, again: bool = False) -> Result:
        extension = self.pbx.telephone(command.request.operator or "")
        if extension is None:
            return failed("no_telephone")
        channel = self.caller(command)
        if channel is None:
            return failed("call_ended")
        if not self.has_telephone(command.request.operator or ""):
            return failed("no_telephone")
        return self.take_out(
            self.pbx.queue, channel, info=extension, to=(self.pbx.claimed_context, extension),
            taken=lambda row: self._put_through(command, row, extension),
            lost=failed("call_taken"), absent=failed("not_waiting"), again=again,
        )  # fmt: skip

    def _put_through(self, command: Command, row: Packet, extension: str) -> Result | None:
        """What the caller's channel shows: put through to this operator, taken by another one, neither (None)."""
        if self.view.call_of(command.request.operator or "") == command.request.call:
            return DONE
        if row.get("Context") == self.pbx.claimed_context:
            return DONE if row.get("Exten") == extension else failed("call_taken")
        return failed("call_taken") if row.get("BridgeId") else None

    def _look_answer(self, command: Command) -> Result:
        channel = self.caller(command)
        extension = self.pbx.telephone(command.request.operator or "")
        row = self.rows().get(channel) if channel else None
        if channel is None or row is None or extension is None:
            return failed("call_ended")
        result = self._put_through(command, row, extension)
        if result is not None:
            return result
        if now() <= command.request.deadline:
            return self._answer(command, again=True)
        # Too late to begin. The one who began may have withdrawn the caller; then the dialplan is about to do the rest.
        time.sleep(SELF_COMPLETING_S)
        row = self.rows().get(channel)
        result = self._put_through(command, row, extension) if row is not None else failed("call_ended")
        if result is not None:
            return result
        rings = bool(self.view.calls[command.request.call or ""].offers)
        return Result("unknown", "claimant_lost") if rings else Result("expired", "deadline")

    # -- hang up

    def _hangup(self, command: Command) -> Result:
        asked = command.request
        if asked.target and not asked.call:
            return control.end_call_back(self, asked.target)
        call = self.view.calls.get(asked.call or "")
        if call is None or call.state == "ended":
            if asked.operator:
                return consulting.end_consultation(self, asked.call or "", asked.operator)
            return Result("done", "already_gone")
        if asked.operator:
            legs = {**call.offers, **call.talking}
            channels = [channel for channel, operator in legs.items() if operator == asked.operator]
        else:
            channels = [call.channel] if call.channel else []
        gone = True
        for channel in channels:
            try:
                self.ask("Hangup", Channel=channel, Cause="16")
                gone = False
            except ActionFailed:
                continue  # it has just ended by itself
        return Result("done", "already_gone") if gone else DONE

    # -- members

    def _member_add(self, command: Command) -> Result:
        queue, interface = self._member(command)
        if self.pbx.telephone(interface) is None or not self.has_telephone(interface):
            return failed("no_telephone")
        try:
            self.ask("QueueAdd", Queue=queue, Interface=interface, StateInterface=interface, Paused="false")
        except ActionFailed as error:
            if "Already there" not in error.message:
                raise
            # Somebody who was paused (his console had vanished) signs in again: he is ready.
            self.ask("QueuePause", Queue=queue, Interface=interface, Paused="false")
            return ALREADY
        return DONE

    def _member_remove(self, command: Command) -> Result:
        queue, interface = self._member(command)
        try:
            self.ask("QueueRemove", Queue=queue, Interface=interface)
        except ActionFailed as error:
            if "Not there" not in error.message:
                raise
            return ALREADY
        return DONE

    def _pause(self, command: Command) -> Result:
        queue, interface = self._member(command)
        # Always with the queue's name: the queue through which a chosen call comes must not be paused with it.
        pause = command.request.action == "pause"
        if command.request.reason == WRAPUP and self._is_paused(queue, interface) != ("" if pause else WRAPUP):
            return ALREADY  # a wrap-up neither replaces nor ends a pause of somebody's own
        paused, reason = ("true", command.request.reason) if pause else ("false", None)
        try:
            self.ask("QueuePause", Queue=queue, Interface=interface, Paused=paused, Reason=reason)
        except ActionFailed as error:
            if "not found" not in error.message:
                raise
            return failed("not_member")
        return DONE

    def _member(self, command: Command) -> tuple[str, str]:
        return command.request.queue or self.pbx.queue, command.request.operator or ""

    def _member_row(self, queue: str, interface: str) -> Packet | None:
        """How the exchange itself shows the member now; None when it is in that queue no more."""
        rows = self.connection.action("QueueStatus", timeout=hands.REPLY_S, Queue=queue, Member=interface).events()
        return next((p for p in rows if p.name == "QueueMember" and p.get("Location") == interface), None)

    def _is_paused(self, queue: str, interface: str) -> str | None:
        """Why the member is paused, '' when it is not, None when it is no member."""
        row = self._member_row(queue, interface)
        if row is None:
            return None
        return (row.get("PausedReason") or "-") if row.get("Paused") == "1" else ""

    def _look_member(self, command: Command) -> Result:
        """Membership can be asked for twice: when it isn't so yet and there is time, it is simply done."""
        queue, interface = self._member(command)
        member = self._member_row(queue, interface)
        paused = member is not None and member.get("Paused") == "1"
        so = {
            "member_add": member is not None and not paused,
            "member_remove": member is None,
            "pause": paused,
            "ready": member is not None and not paused,
        }[command.request.action]
        if so:
            return DONE
        return self.do(command) if now() <= command.request.deadline else Result("expired", "deadline")

    def _look_hangup(self, command: Command) -> Result:
        if now() <= command.request.deadline:
            return self._hangup(command)
        if command.request.target and not command.request.call:
            return Result("unknown", "claimant_lost")
        channel = self.caller(command)
        if channel is None or channel not in self.rows():
            return Result("done", "already_gone")
        return Result("unknown", "claimant_lost")


_DO: dict[str, Callable[[Doer, Command], Result]] = {
    "answer": Doer._answer,
    "hangup": Doer._hangup,
    "member_add": Doer._member_add,
    "member_remove": Doer._member_remove,
    "pause": Doer._pause,
    "ready": Doer._pause,
    "hold": control.hold,
    "resume": control.resume,
    "transfer": control.transfer,
    "three_way": control.three_way,
    "consult": consulting.consult,
    "complete": consulting.complete,
    "call_back": control.call_back,
    "silent": control.silent,
    "mute": listening.mute,
    "unmute": listening.mute,
    "recall": listening.recall,
    "replay": listening.replay,
    "listen": listening.listen,
    "whisper": listening.listen,
    "barge": listening.listen,
    "seat": seats.seat,
    "unseat": seats.unseat,
}
_LOOK: dict[str, Callable[[Doer, Command], Result]] = {
    "answer": Doer._look_answer,
    "hangup": Doer._look_hangup,
    "member_add": Doer._look_member,
    "member_remove": Doer._look_member,
    "pause": Doer._look_member,
    "ready": Doer._look_member,
    "hold": control.look_hold,
    "resume": control.look_resume,
    "transfer": control.look_transfer,
    "three_way": control.look_originate,
    "consult": consulting.look_consult,
    "complete": consulting.look_complete,
    "call_back": control.look_originate,
    "silent": control.look_silent,
    "mute": listening.look_mute,
    "unmute": listening.look_mute,
    "recall": control.look_originate,
    "replay": control.look_originate,
    "listen": control.look_originate,
    "whisper": control.look_originate,
    "barge": control.look_originate,
    "seat": seats.look_seat,
    "unseat": seats.unseat,
}
