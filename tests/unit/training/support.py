"""A training exchange in made-up time: nothing waits, everything happens in order."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator

from telephony.link.packet import Packet, split
from telephony.training.cdr import Record
from telephony.training.floor import Outside
from telephony.training.listening import TrainingPbx
from telephony.training.stories import Story
from telephony.training.visits import Visit


class Plan:
    def __init__(self) -> None:
        self.off = False

    def cancel(self) -> None:
        self.off = True


class World:
    """The exchange, its clock, and all that it said."""

    def __init__(self) -> None:
        self.at = 1_795_490_000_000_000
        self._plans: list[tuple[int, int, Plan, Callable[[], None]]] = []
        self._count = 0
        self.raw = b""
        self.gone: list[tuple[Visit, list[Record]]] = []
        self.exchange = TrainingPbx(
            Outside(
                clock=lambda: self.at,
                later=self.later,
                emit=self.hear,
                ended=lambda visit, records: self.gone.append((visit, records)),
            )
        )

    def hear(self, data: bytes) -> None:
        self.raw += data

    def later(self, seconds: float, do: Callable[[], None]) -> Plan:
        plan = Plan()
        self._count += 1
        heapq.heappush(self._plans, (self.at + int(seconds * 1_000_000), self._count, plan, do))
        return plan

    def go(self, seconds: float) -> None:
        """Let ``seconds`` pass."""
        until = self.at + int(seconds * 1_000_000)
        while self._plans and self._plans[0][0] <= until:
            at, _, plan, do = heapq.heappop(self._plans)
            self.at = max(self.at, at)
            if not plan.off:
                do()
        self.at = max(self.at, until)

    def call(self, **changes: object) -> Visit:
        return self.exchange.arrive(story(**changes), self.exchange.next_uniqueid())

    def claim(self, visit: Visit, operator: str) -> str | None:
        return self.exchange.redirect(visit.channel.name, "claimed", operator)

    def packets(self) -> list[Packet]:
        return split(self.raw)[0]


def story(**changes: object) -> Story:
    plain: dict[str, object] = {
        "number": 1, "kind": "silent", "outcome": "silent", "caller": "+628000000100", "name": "Siti", "text": "...",
        "at": 0.0, "patience": 900.0, "talk": 900.0,
    }  # fmt: skip
    return Story(**{**plain, **changes})  # type: ignore[arg-type]


def keys(packet: Packet) -> tuple[str, ...]:
    """The headers' names in order."""
    return tuple(name for name, _ in packet.headers())


def by_topic(packets: list[Packet]) -> dict[tuple[str, str], list[str]]:
    """The events of each topic of Asterisk's bus, in order; a channel's topic is named by its role and its count."""
    roles: dict[str, str] = {}
    found: dict[tuple[str, str], list[str]] = {}
    for packet, role in _with_roles(packets, roles):
        name = packet.name
        if name in ("QueueMemberStatus", "DeviceStateChange"):
            continue
        if name in ("BridgeEnter", "BridgeLeave"):
            topic, what = "bridge", f"{name} {role}"
        elif name.startswith(("Queue", "Agent")):
            topic, what = "queue", f"{name} {role}"
        elif name.startswith("Dial"):
            topic, what = "dial", f"{name} {packet.get('DialStatus') or ''}"
        elif name == "UserEvent":
            topic, what = "user", packet.get("UserEvent") or ""
        elif name.startswith("MusicOnHold"):
            topic, what = "music", name
        else:
            topic, what = "channel", f"{name} {packet.get('ChannelStateDesc')}"
        found.setdefault((topic, role if topic == "channel" else ""), []).append(what)
    return found


def _with_roles(packets: list[Packet], roles: dict[str, str]) -> Iterator[tuple[Packet, str]]:
    for packet in packets:
        channel = packet.get("Channel") or ""
        if channel and channel not in roles:
            kind = "caller" if "/trunk-" in channel else "telephone"
            roles[channel] = f"{kind} {sum(role.startswith(kind) for role in roles.values()) + 1}"
        yield packet, roles.get(channel, "")
