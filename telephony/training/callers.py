"""Callers who are taken differently in the training PBX: flagged numbers, and those who say nothing.

As the dialplan does it (extensions_nuisance.conf, [silent] in extensions_112.conf). Every second silent caller presses
a key when he is asked to; the others press none, and go after a while.
"""

from __future__ import annotations

from data.clock import SECOND
from telephony.asterisk.names import (
    NUISANCE_WRITE,
    PRIORITY_LIFTED,
    PRIORITY_LOW,
    PRIORITY_NORMAL,
    SILENT,
)
from telephony.nuisance.number import key_of
from telephony.training.consulting import Consultations
from telephony.training.telephones import QUEUE
from telephony.training.visits import Visit

NUISANCE_S = 45.0
"""Seconds for which a lowered place lasts."""

PRESSES_S = 6.0
"""Seconds after which a silent caller who can press a key does so, ..."""

ASKED_S = 24.0
"""... and after which he who doesn't has been asked twice."""

STAYS_S = 20.0
"""Seconds that a silent caller who pressed nothing stays in the queue."""


class Callers(Consultations):
    """The exchange with flagged numbers and the silent-call procedure."""

    # ------------------------------------------------------------------ flagged numbers

    def first_priority(self, visit: Visit) -> int:
        """The last place when the caller's number is flagged now."""
        until = self.nuisance.get(key_of(visit.channel.number) or "", "")
        low = until.isdecimal() and int(until) > self.now() // SECOND
        if not low:
            return PRIORITY_NORMAL
        self._plan(visit, "lift", NUISANCE_S, lambda: self._lift(visit))
        return PRIORITY_LOW

    def _lift(self, visit: Visit) -> None:
        """The lowered place is over: the caller stands as if he had just called, or where a bridge has put him."""
        if visit.queue != QUEUE or visit.talk is not None:
            return
        self._leave_queue(visit, abandoned=True)
        self._wait(visit, priority=PRIORITY_LIFTED if visit.lifted else PRIORITY_NORMAL, why="lifted")

    def set_lifted(self, channel_name: str) -> str | None:
        """AMI Setvar of X112_LIFTED; the fault as Asterisk words it, or None."""
        visit = self._visit_of(channel_name)
        if visit is None:
            return "No such channel"
        visit.lifted = True
        return None

    def change_priority(self, queue: str, channel_name: str, priority: int) -> str | None:
        """AMI QueueChangePriorityCaller with Immediate: behind the others of that priority; the fault, or None."""
        visit = self._visit_of(channel_name)
        if visit is None or visit.queue != queue:
            return "Unable to change priority caller on queue: No such caller"
        visit.priority, visit.joined_at = priority, self.now()
        return None

    def originate(
        self, dial: str, context: str, exten: str, uniqueid: str, variables: dict[str, str]
    ) -> str | None:  # fmt: skip
        """AMI Originate, also of what writes the store of flagged numbers; the fault, or None."""
        if context != NUISANCE_WRITE:
            return super().originate(dial, context, exten, uniqueid, variables)
        if dial != f"Local/set@{NUISANCE_WRITE}" or exten != "done":
            return "Extension does not exist."
        for item in variables.get("__X112_SET", "").split("&"):
            key, _colon, until = item.partition(":")
            if key_of(key) != key:
                continue
            if until.isdecimal():
                self.nuisance[key] = until
            elif not until:
                self.nuisance.pop(key, None)
        return None

    # ------------------------------------------------------------------ silent callers

    def redirect(
        self, channel_name: str, context: str, exten: str, extra: str = "", to: tuple[str, str] = ("", "")
    ) -> str | None:
        """AMI Redirect, also of a caller who talks to [silent]: the telephone is free then."""
        if context != SILENT:
            return super().redirect(channel_name, context, exten, extra, to)
        visit = self._visit_of(channel_name)
        if visit is None or visit.talk is None or visit.held or visit.third is not None:
            return "Redirect failed: the training PBX asks callers for a key who talk with one operator"
        ch = visit.channel
        self._leave_bridge(visit.talk, ch)
        self._cancel(visit, "talk")
        ch.context, ch.exten, ch.application, ch.data = SILENT, "s", "Read", "PRESSED,silent,1,,1,8"
        self._user(ch, "X112Silent", Step="start")
        self._lose(visit)
        presses = visit.story.kind != SILENT or visit.story.number % 2 == 0
        self._plan(visit, "silent", PRESSES_S if presses else ASKED_S, lambda: self._asked(visit, presses))
        self.soon()
        return None

    def _asked(self, visit: Visit, pressed: bool) -> None:
        if pressed:
            self._user(visit.channel, "X112Silent", Step="digit", Digit="5")
            self._wait(visit, head=True, why="silent-digit")
            return
        self._user(visit.channel, "X112Silent", Step="nodigit")
        self._wait(visit, why="silent-nodigit")
        self._plan(visit, "patience", STAYS_S, lambda: self._caller_gives_up(visit))
