"""The telephones of the training PBX and their places in the queue."""

from __future__ import annotations

from typing import Protocol

from data.clock import SECOND, Micros
from telephony.training import shapes
from telephony.training.shapes import Headers, Member

QUEUE = "112"
IN_USE, IDLE, RINGS = "2", "1", "6"
"""Device states as a queue says them."""


class House(Protocol):
    """What the telephones need of the exchange."""

    def now(self) -> Micros:
        """The exchange's clock."""

    def emit(self, name: str, privilege: str, *parts: Headers) -> None:
        """Tell everybody an event."""

    def soon(self) -> None:
        """A telephone may have become free."""


class Telephones:
    """Every endpoint is a telephone that works; those in the queue ring."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.members: dict[tuple[str, str], Member] = {}
        self.states: dict[str, str] = {}

    def status(self, interface: str) -> str:
        """The device state of a telephone."""
        return self.states.get(interface, IDLE)

    def set(self, interface: str, status: str) -> None:
        """The telephone rings, talks or is free; each queue that it is in says so."""
        self.states[interface] = status
        for m in self.members.values():
            if m.interface == interface:
                self._tell("QueueMemberStatus", m)

    def free(self) -> list[str]:
        """The telephones that may be rung for a waiting caller."""
        return [m.interface for m in self.members.values() if not m.paused and self.status(m.interface) == IDLE]

    def worked(self, interface: str) -> None:
        """The telephone has had one more call."""
        for m in self.members.values():
            if m.interface == interface:
                m.calls, m.last_call = m.calls + 1, self._house.now() // SECOND

    def _tell(self, name: str, m: Member) -> None:
        status = self.status(m.interface)
        self._house.emit(name, "agent", shapes.member(m, status, status == IN_USE))

    def add(self, queue: str, interface: str, paused: bool) -> str | None:
        """QueueAdd; the fault as Asterisk words it, or None."""
        if queue != QUEUE:
            return "Unable to add interface to queue: No such queue"
        if (queue, interface) in self.members:
            return "Unable to add interface: Already there"
        m = self.members[queue, interface] = Member(queue, interface, self._house.now() // SECOND, paused)
        self._tell("QueueMemberAdded", m)
        self._house.soon()
        return None

    def remove(self, queue: str, interface: str) -> str | None:
        """QueueRemove; the fault, or None."""
        m = self.members.pop((queue, interface), None)
        if m is None:
            return "Unable to remove interface: Not there"
        self._tell("QueueMemberRemoved", m)
        return None

    def pause(self, queue: str | None, interface: str, paused: bool, reason: str) -> str | None:
        """QueuePause, without ``queue`` in all of them; the fault, or None."""
        found = [m for m in self.members.values() if m.interface == interface and queue in (None, "", m.queue)]
        if not found:
            return "Interface not found"
        for m in found:
            m.paused, m.reason = paused, reason if paused else ""
            m.last_pause = self._house.now() // SECOND if paused else m.last_pause
            self._tell("QueueMemberPause", m)
        self._house.soon()
        return None
