"""What every command needs of the exchange: to ask it, to look at its channels, and to take a caller out of a queue.

``QueueWithdrawCaller`` is how one of several is decided: the exchange grants it to exactly one, only while the caller
waits in that queue, and never for a running talk. The dialplan knows what to do with a caller who was withdrawn, so
nobody is lost should his bridge die just then; the Redirect that follows only makes it quick.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import msgspec

from telephony.asterisk.names import SEAT, SEATED_AT
from telephony.commands import Command, View
from telephony.link.connection import Connection
from telephony.link.errors import ActionFailed, LinkError, RightMissing
from telephony.link.packet import Packet
from telephony.seat import name_of
from telephony.settings import Pbx

log = logging.getLogger(__name__)

REPLY_S = 2.5
"""Seconds for one answer of the exchange: the steps of a command together are less than a claim lasts."""

SWIFT_S = 0.5
"""Seconds after a withdrawal during which the Redirect may follow unseen: a queue looks at its callers once a second,
and a Redirect after that would break off what the dialplan has begun."""

ELSEWHERE_S = 0.5
"""Seconds given to another bridge that has withdrawn a caller to redirect him; then it is dead."""


class Result(msgspec.Struct, frozen=True):
    """What came of a command; see :class:`data.vocabulary.calls.CommandFinished`."""

    result: str
    reason: str | None = None


DONE = Result("done")
ALREADY = Result("done", "already")


class TooLate(LinkError):
    """This process was stopped in the middle of a command; somebody else may have taken it over."""

    code = "too_late"


def failed(reason: str) -> Result:
    """Not done, and why."""
    return Result("failed", reason)


class Hands:
    """One connection, what is known of the calls, and until when something may be begun."""

    def __init__(self, pbx: Pbx, connection: Connection, view: View, patience_s: float) -> None:
        """``patience_s``: seconds from now after which nothing that can't be repeated is begun any more."""
        self.pbx = pbx
        self.connection = connection
        self.view = view
        self._until = time.monotonic() + patience_s

    def ask(self, action: str, **keys: str | None) -> Packet:
        """The exchange's answer. Raises ActionFailed when it says no, another LinkError when it says nothing."""
        return self.connection.action(action, timeout=REPLY_S, **keys).ok()

    def in_time(self) -> None:
        """Raises TooLate when this process has lost its claim to the command meanwhile."""
        if time.monotonic() > self._until:
            raise TooLate("this process was stopped in the middle of it")

    def rows(self) -> dict[str, Packet]:
        """The exchange's channels as they are now, by name."""
        rows = self.connection.action("CoreShowChannels", timeout=REPLY_S).events()
        return {channel: row for row in rows if (channel := row.get("Channel"))}

    def caller(self, command: Command) -> str | None:
        """The caller's channel of the command's call; None when the call is over."""
        call = self.view.calls.get(command.request.call or "")
        return call.channel if call is not None and call.state != "ended" else None

    def phone(self, command: Command) -> str | None:
        """The channel on which the command's operator talks with the caller; None when he does not."""
        call = self.view.calls.get(command.request.call or "")
        talking = call.talking if call is not None else {}
        return next((channel for channel, who in talking.items() if who == command.request.operator), None)

    def global_variable(self, name: str) -> str:
        """The value of a global variable of the dialplan, '' when there is none."""
        return self.ask("Getvar", Variable=name).get("Value") or ""

    def has_telephone(self, interface: str) -> bool:
        """Whether the exchange knows the telephone ``interface``; one that is only switched off it knows.

        Asterisk takes any name into a queue, and a caller who is sent to a telephone that is none just comes back.
        """
        try:
            return self.global_variable(f"DEVICE_STATE({interface})") != "INVALID"
        except RightMissing:
            return True  # it cannot be asked; what is done then shows it

    def to_ring(self, interface: str) -> str:
        """What to ring for the operator of the telephone ``interface``: the way into his seat, when he has one."""
        name = name_of(interface)
        seated = interface in self.pbx.seats and self.global_variable(SEATED_AT + name)
        return f"Local/{name}@{SEAT}/n" if seated else interface

    # -- one of several

    def take_out(
        self, queue: str, channel: str, *, info: str, to: tuple[str, str], taken: Callable[[Packet], Result | None],
        lost: Result, absent: Result, again: bool = False,
    ) -> Result:  # fmt: skip
        """Withdraw the caller ``channel`` from ``queue`` and send him ``to`` (context, extension).

        ``info`` tells the dialplan the same. ``taken(row)`` says what it means when the caller stands in ``row``, None
        when that says nothing yet. ``lost``: somebody else was first; ``absent``: he is not in that queue. ``again``:
        it was begun by somebody who is gone, so a withdrawal that nobody follows up is followed up here.
        """
        self.in_time()
        began = time.monotonic()
        try:
            self.ask("QueueWithdrawCaller", Queue=queue, Caller=channel, WithdrawInfo=info)
        except ActionFailed as error:
            if "No such caller" in error.message:
                row = self.rows().get(channel)
                return failed("call_ended") if row is None else taken(row) or absent
            if "Already requested" not in error.message:
                raise
            return self._follow_up(channel, to, taken) if again else lost
        if time.monotonic() - began > SWIFT_S:
            return self._follow_up(channel, to, taken)
        return self.redirect(channel, to)

    def _follow_up(self, channel: str, to: tuple[str, str], taken: Callable[[Packet], Result | None]) -> Result:
        """Somebody has withdrawn the caller: whoever it was does the rest, or the dialplan, or else we."""
        until = time.monotonic() + ELSEWHERE_S
        while True:
            row = self.rows().get(channel)
            if row is None:
                return failed("call_ended")
            result = taken(row)
            if result is not None:
                return result
            if time.monotonic() > until:
                return self.redirect(channel, to)
            time.sleep(0.05)

    def redirect(self, channel: str, to: tuple[str, str], extra: tuple[str, str, str] | None = None) -> Result:
        """Send ``channel`` to (context, extension), and ``extra`` (channel, context, extension) in the same moment."""
        self.in_time()
        keys = {"Channel": channel, "Context": to[0], "Exten": to[1], "Priority": "1"}
        if extra is not None:
            keys |= {"ExtraChannel": extra[0], "ExtraContext": extra[1], "ExtraExten": extra[2], "ExtraPriority": "1"}
        try:
            self.ask("Redirect", **keys)
        except ActionFailed:
            return failed("call_ended")
        return DONE
