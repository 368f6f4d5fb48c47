"""Small things that the tests of calls share: making packets, running the reducer, a model of an exchange."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from data.entry import Draft
from telephony.calls.fold import Call, fold_all
from telephony.calls.reconcile import Channel, Member, Parked, Snapshot, Waiting
from telephony.calls.reducer import reduce
from telephony.calls.state import CallsState
from telephony.link.packet import Packet

T0 = 1795490000


def event(name: str, at: float = 0.0, **headers: str) -> Packet:
    """An AMI event ``at`` seconds after T0; ``Chan_Variable`` and the like lose their underscore."""
    lines = [f"Event: {name}", "Privilege: call,all", f"Timestamp: {T0 + at:.6f}", "SystemName: pbx"]
    lines += [f"{key.replace('_', '-') if key == 'Cause_txt' else key}: {value}" for key, value in headers.items()]
    return Packet("\r\n".join(lines).encode("utf-8", "surrogateescape"))


def channel(n: int, channel: str, linked: int | None = None, prefix: str = "", **more: str) -> dict[str, str]:
    """The headers of a channel: Uniqueid pbx-T0.n, Linkedid of ``linked`` (itself when not given)."""
    key = T0 if linked is None else linked
    call = n if linked is None else linked
    del key
    found = {
        "Channel": channel,
        "ChannelState": "6",
        "CallerIDNum": "+6281200000001",
        "CallerIDName": "Siti",
        "Context": "from-trunk" if "trunk" in channel else "from-operator",
        "Exten": "112",
        "Uniqueid": f"pbx-{T0}.{n}",
        "Linkedid": f"pbx-{T0}.{call}",
        **more,
    }
    return {prefix + name: value for name, value in found.items()}


def caller(n: int = 0, **more: str) -> dict[str, str]:
    """The headers of a caller's channel."""
    return channel(n, f"PJSIP/trunk-{n:08x}", **more)


def operator(n: int, who: str = "op1", linked: int = 0, prefix: str = "", **more: str) -> dict[str, str]:
    """The headers of an operator's channel that was rung for the call ``linked``."""
    return channel(n, f"PJSIP/{who}-{n:08x}", linked, prefix, **more)


def run(packets: Iterable[Packet], state: CallsState | None = None) -> list[Draft]:
    """All drafts that the packets give, in order."""
    state = CallsState("p") if state is None else state
    return [draft for packet in packets for draft in reduce(state, packet)]


def calls(drafts: Iterable[Draft]) -> dict[str, Call]:
    """The folds of the calls that the drafts tell, by linkedid."""
    streams: dict[str, list[Draft]] = {}
    for draft in drafts:
        if draft.stream.startswith("call/"):
            streams.setdefault(draft.stream, []).append(draft)
    found = [fold_all(of_one) for of_one in streams.values()]
    return {call.linkedid: call for call in found if call is not None}


def kinds(drafts: Iterable[Draft]) -> list[str]:
    """The kinds, without the recording that goes with every call."""
    return [draft.kind for draft in drafts if draft.kind != "call.recording"]


class Exchange:
    """What an exchange would answer to CoreShowChannels and its like after the packets seen so far.

    Written apart from the reducer, and much simpler: it only keeps lists.
    """

    def __init__(self) -> None:
        self.channels: dict[str, dict[str, Any]] = {}
        self.waiting: dict[str, str] = {}
        self.parked: dict[str, str] = {}
        self.members: dict[tuple[str, str], bool] = {}
        self.at = 0

    def see(self, packet: Packet) -> None:
        at = packet.timestamp
        if at is not None:
            self.at = max(self.at, at)
        uniqueid = packet.get("Uniqueid") or ""
        name = packet.name
        if name in ("Newchannel", "Newstate", "BridgeEnter", "QueueCallerJoin", "AgentCalled", "NewConnectedLine"):
            row = self.channels.setdefault(uniqueid, {"bridge": None})
            row.update(
                uniqueid=uniqueid,
                linkedid=packet.get("Linkedid") or "",
                channel=packet.get("Channel") or "",
                state=packet.get("ChannelState") or "",
                number=packet.get("CallerIDNum"),
                name=packet.get("CallerIDName"),
                context=packet.get("Context") or "",
                exten=packet.get("Exten"),
            )
            for pair in packet.all("ChanVariable"):
                if pair.startswith("X112_CALL=") and pair != "X112_CALL=":
                    row["x112_call"] = pair[10:]
        if name == "Newchannel" and packet.get("ChannelState") == "0":
            self.channels[uniqueid]["application"] = "AppDial2"  # a leg that somebody here dials
        if name == "BridgeEnter":
            self.channels[uniqueid]["bridge"] = packet.get("BridgeUniqueid")
        elif name == "BridgeLeave" and uniqueid in self.channels:
            self.channels[uniqueid]["bridge"] = None
        elif name == "QueueCallerJoin":
            self.waiting[uniqueid] = packet.get("Queue") or ""
        elif name in ("QueueCallerLeave", "QueueCallerAbandon"):
            self.waiting.pop(uniqueid, None)
        elif name == "ParkedCall":
            self.parked[packet.get("ParkeeUniqueid") or ""] = packet.get("ParkingSpace") or ""
        elif name in ("UnParkedCall", "ParkedCallTimeOut"):
            self.parked.pop(packet.get("ParkeeUniqueid") or "", None)
        elif name == "Hangup":
            for table in (self.channels, self.waiting, self.parked):
                table.pop(uniqueid, None)  # type: ignore[attr-defined]
        elif name == "Shutdown":
            self.channels.clear()
            self.waiting.clear()
            self.parked.clear()
        elif name in ("QueueMemberAdded", "QueueMemberPause", "QueueMemberStatus"):
            self.members[packet.get("Queue") or "", packet.get("Interface") or ""] = packet.get("Paused") == "1"
        elif name == "QueueMemberRemoved":
            self.members.pop((packet.get("Queue") or "", packet.get("Interface") or ""), None)

    def snapshot(self, *, with_members: bool = False) -> Snapshot:
        return Snapshot(
            taken_at=self.at,
            channels=tuple(Channel(**row) for row in self.channels.values()),
            waiting=tuple(Waiting(uniqueid=uniqueid, queue=queue) for uniqueid, queue in self.waiting.items()),
            parked=tuple(Parked(uniqueid=uniqueid, place=place) for uniqueid, place in self.parked.items()),
            members=tuple(Member(queue=q, operator=o, paused=paused) for (q, o), paused in self.members.items())
            if with_members
            else None,
        )
