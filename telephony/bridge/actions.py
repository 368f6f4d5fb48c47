"""Doing on the exchange what a command asks for, and finding out afterwards whether it was done.

Who puts a waiting caller through to an operator decides by a token that the dialplan sets in astdb and AMI ``DBDel``
takes away: it succeeds for exactly one of several (300 of 300 measured). The rest may be repeated without harm.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import msgspec

from data.clock import now
from telephony.commands import Command, View
from telephony.link.connection import Connection
from telephony.link.errors import ActionFailed, ActionRefused, LinkError, RightMissing
from telephony.link.packet import Packet
from telephony.settings import Pbx

log = logging.getLogger(__name__)

REPLY_S = 2.5
"""Seconds for one answer of the exchange: the three steps of an answer together are less than a claim lasts."""


class Result(msgspec.Struct, frozen=True):
    """What came of a command; see :class:`data.vocabulary.calls.CommandFinished`."""

    result: str
    reason: str | None = None


DONE = Result("done")


class TooLate(LinkError):
    """This process was stopped in the middle of a command; somebody else may have taken it over."""

    code = "too_late"


def failed(reason: str) -> Result:
    """Not done, and why."""
    return Result("failed", reason)


class Doer:
    """Executes commands on one connection. LinkError (but a refusal) goes to the caller: the outcome is not known."""

    def __init__(self, pbx: Pbx, connection: Connection, view: View, patience_s: float) -> None:
        """``patience_s``: seconds from now after which nothing that can't be repeated is begun any more."""
        self._pbx = pbx
        self._connection = connection
        self._view = view
        self._until = time.monotonic() + patience_s

    def do(self, command: Command) -> Result:
        """Execute it. Raises LinkLost, ReplyTimeout or TooLate when it isn't known whether it was done."""
        return self._guard(command, self._do)

    def look(self, command: Command) -> Result:
        """Find out whether a command that somebody began was done; do what is left if that is safe and in time."""
        return self._guard(command, self._look)

    def _guard(self, command: Command, work: Callable[[Command], Result]) -> Result:
        try:
            return work(command)
        except ActionRefused:
            return failed("bad_value")
        except RightMissing:
            return failed("right_missing")
        except ActionFailed as error:
            log.warning("%s %s: %s", command.request.action, command.id, error)
            return failed("pbx_error")

    def _do(self, command: Command) -> Result:
        return _DO[command.request.action](self, command)

    def _look(self, command: Command) -> Result:
        return _LOOK[command.request.action](self, command)

    # -- answer

    def _answer(self, command: Command) -> Result:
        asked = command.request
        extension = self._pbx.telephone(asked.operator or "")
        if extension is None:
            return failed("no_telephone")
        channel = self._channel_of(command)
        if channel is None:
            return failed("call_ended")
        key = self._key(channel)
        if not key:
            return failed("call_ended")
        self._in_time()
        try:
            self._ask("DBDel", Family="claim", Key=key)
        except ActionFailed:
            return failed("call_taken")
        return self._redirect(channel, extension)

    def _redirect(self, channel: str, extension: str) -> Result:
        self._in_time()
        try:
            self._ask("Redirect", Channel=channel, Context=self._pbx.claimed_context, Exten=extension, Priority="1")
        except ActionFailed:
            return failed("call_ended")
        return DONE

    def _in_time(self) -> None:
        if time.monotonic() > self._until:
            raise TooLate("this process was stopped in the middle of it")

    def _key(self, channel: str) -> str:
        """The call's key in the dialplan; '' when the channel is gone."""
        try:
            return self._ask("Getvar", Channel=channel, Variable="X112_CALL").get("Value") or ""
        except ActionFailed:
            return ""

    def _channel_of(self, command: Command) -> str | None:
        call = self._view.calls.get(command.request.call or "")
        return call.channel if call is not None and call.state != "ended" else None

    def _look_answer(self, command: Command) -> Result:
        channel = self._channel_of(command)
        row = self._row(channel) if channel else None
        extension = self._pbx.telephone(command.request.operator or "")
        if channel is None or row is None or extension is None:
            return failed("call_ended")
        talks = self._view.call_of(command.request.operator or "") == command.request.call
        if talks or (row.get("Context") == self._pbx.claimed_context and row.get("Exten") == extension):
            return DONE
        if row.get("BridgeId") or row.get("Context") == self._pbx.claimed_context:
            return failed("call_taken")
        in_time = now() <= command.request.deadline
        key = self._key(channel)
        if self._token_is_there(key):
            return self._answer(command) if in_time else Result("expired", "deadline")
        # The one who began has taken the token and not moved the caller: who looks now holds what he held.
        if in_time:
            return self._redirect(channel, extension)
        self._ask("DBPut", Family="claim", Key=key, Val="1")
        return Result("expired", "deadline")

    def _token_is_there(self, key: str) -> bool:
        try:
            self._connection.action("DBGet", timeout=REPLY_S, Family="claim", Key=key).events()
        except ActionFailed:
            return False
        return True

    def _row(self, channel: str) -> Packet | None:
        rows = self._connection.action("CoreShowChannels", timeout=REPLY_S).events()
        return next((row for row in rows if row.get("Channel") == channel), None)

    # -- hang up

    def _hangup(self, command: Command) -> Result:
        asked = command.request
        call = self._view.calls.get(asked.call or "")
        if call is None or call.state == "ended":
            return Result("done", "already_gone")
        if asked.operator:
            legs = {**call.offers, **call.talking}
            channels = [channel for channel, operator in legs.items() if operator == asked.operator]
        else:
            channels = [call.channel] if call.channel else []
        gone = True
        for channel in channels:
            try:
                self._ask("Hangup", Channel=channel, Cause="16")
                gone = False
            except ActionFailed:
                continue  # it has just ended by itself
        return Result("done", "already_gone") if gone else DONE

    # -- members

    def _member_add(self, command: Command) -> Result:
        queue, interface = self._member(command)
        if self._pbx.telephone(interface) is None:
            return failed("no_telephone")
        try:
            self._ask("QueueAdd", Queue=queue, Interface=interface, StateInterface=interface, Paused="false")
        except ActionFailed as error:
            if "Already there" not in error.message:
                raise
            # Somebody who was paused (his console had vanished) signs in again: he is ready.
            self._ask("QueuePause", Queue=queue, Interface=interface, Paused="false")
            return Result("done", "already")
        return DONE

    def _member_remove(self, command: Command) -> Result:
        queue, interface = self._member(command)
        try:
            self._ask("QueueRemove", Queue=queue, Interface=interface)
        except ActionFailed as error:
            if "Not there" not in error.message:
                raise
            return Result("done", "already")
        return DONE

    def _pause(self, command: Command) -> Result:
        queue, interface = self._member(command)
        # Always with the queue's name: the queue through which a chosen call comes must not be paused with it.
        paused = "true" if command.request.action == "pause" else "false"
        try:
            self._ask("QueuePause", Queue=queue, Interface=interface, Paused=paused, Reason=command.request.reason)
        except ActionFailed as error:
            if "not found" not in error.message:
                raise
            return failed("not_member")
        return DONE

    def _member(self, command: Command) -> tuple[str, str]:
        return command.request.queue or self._pbx.queue, command.request.operator or ""

    def _look_member(self, command: Command) -> Result:
        """Membership can be asked for twice: when it isn't so yet and there is time, it is simply done."""
        queue, interface = self._member(command)
        rows = self._connection.action("QueueStatus", timeout=REPLY_S, Queue=queue, Member=interface).events()
        member = next((p for p in rows if p.name == "QueueMember" and p.get("Location") == interface), None)
        paused = member is not None and member.get("Paused") == "1"
        so = {
            "member_add": member is not None and not paused,
            "member_remove": member is None,
            "pause": paused,
            "ready": member is not None and not paused,
        }[command.request.action]
        if so:
            return DONE
        return self._do(command) if now() <= command.request.deadline else Result("expired", "deadline")

    def _look_hangup(self, command: Command) -> Result:
        if now() <= command.request.deadline:
            return self._hangup(command)
        channel = self._channel_of(command)
        if channel is None or self._row(channel) is None:
            return Result("done", "already_gone")
        return Result("unknown", "claimant_lost")

    def _ask(self, action: str, **keys: str | None) -> Packet:
        return self._connection.action(action, timeout=REPLY_S, **keys).ok()


_DO: dict[str, Callable[[Doer, Command], Result]] = {
    "answer": Doer._answer,
    "hangup": Doer._hangup,
    "member_add": Doer._member_add,
    "member_remove": Doer._member_remove,
    "pause": Doer._pause,
    "ready": Doer._pause,
}
_LOOK: dict[str, Callable[[Doer, Command], Result]] = {
    "answer": Doer._look_answer,
    "hangup": Doer._look_hangup,
    "member_add": Doer._look_member,
    "member_remove": Doer._look_member,
    "pause": Doer._look_member,
    "ready": Doer._look_member,
}
