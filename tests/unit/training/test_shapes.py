"""The training PBX says what a real one says: the same headers in the same order, the same order in each topic."""

from __future__ import annotations

from telephony.link.packet import Packet
from tests.captures import NAMES, packets
from tests.unit.training.support import World, by_topic, keys

# Events of the training PBX; the recordings hold many more.
SAID = {
    "Newchannel", "Newstate", "MixMonitorStart", "UserEvent", "QueueCallerJoin", "MusicOnHoldStart", "AgentCalled",
    "DialBegin", "QueueMemberStatus", "MusicOnHoldStop", "DialEnd", "QueueCallerAbandon", "Hangup", "QueueCallerLeave",
    "AgentConnect", "BridgeEnter", "HangupRequest", "AgentComplete", "BridgeLeave", "SoftHangupRequest",
    "QueueMemberAdded", "QueueMemberPause", "QueueMemberRemoved", "AgentRingNoAnswer",
}  # fmt: skip


def kind(packet: Packet) -> str:
    name = packet.name
    return f"{name} {packet.get('UserEvent')}" if name == "UserEvent" else name


def recorded() -> dict[str, set[tuple[str, ...]]]:
    found: dict[str, set[tuple[str, ...]]] = {}
    for name in NAMES:
        for packet in packets(name):
            if packet.name in SAID:
                found.setdefault(kind(packet), set()).add(keys(packet))
    return found


def everything() -> World:
    """One of each thing that the training PBX can do."""
    world = World()
    telephones = world.exchange.telephones
    telephones.add("112", "PJSIP/op1", False)
    telephones.pause("112", "PJSIP/op1", True, "istirahat")
    telephones.pause("112", "PJSIP/op1", False, "")
    first = world.call(lat=-6.55, lon=107.44, radius_m=150.0)
    world.go(17)  # rings in vain, is rung again
    world.claim(first, "op2")
    world.go(3)
    busy = world.call()
    world.go(1)
    world.claim(busy, "op2")
    world.go(1)
    world.exchange.hangup(first.channel.name)
    world.go(1)
    world.claim(busy, "op2")
    world.go(2)
    assert busy.talk is not None
    world.exchange.hangup(busy.talk.name)
    world.call(patience=2.0)
    world.go(5)
    telephones.remove("112", "PJSIP/op1")
    return world


def test_every_event_has_the_headers_of_the_recordings_in_their_order() -> None:
    real = recorded()
    said = everything().packets()
    assert {packet.name for packet in said} == SAID
    for packet in said:
        if kind(packet) == "UserEvent X112ClaimEnd":
            # not among the recordings with this shape of ours: Operator and Status after Call
            assert keys(packet)[-4:] == ("UserEvent", "Call", "Operator", "Status")
        elif packet.name == "AgentComplete":
            assert keys(packet) in real["AgentComplete"]
        else:
            assert keys(packet) in real[kind(packet)], kind(packet)


def test_a_claimed_call_is_told_in_the_recorded_order_of_each_topic() -> None:
    world = World()
    world.exchange.telephones.add("112", "PJSIP/op1", False)
    visit = world.call(talk=3.5)
    world.go(0.25)
    world.claim(visit, "op2")
    world.go(10)
    mine = by_topic([p for p in world.packets() if p.name in SAID])
    real = by_topic([p for p in packets("claimed") if p.name in SAID])
    assert mine == real


def test_an_abandoned_call_is_told_in_the_recorded_order_of_each_topic() -> None:
    world = World()
    world.exchange.telephones.add("112", "PJSIP/op1", False)
    world.call(patience=3.0)
    world.go(10)
    ours_only = {"QueueMemberAdded"}
    mine = by_topic([p for p in world.packets() if p.name in SAID - ours_only])
    real = by_topic([p for p in packets("abandoned-queue") if p.name in SAID])
    for topic in mine.keys() - {("user", "")}:  # the lab's dialplan had fewer events of its own
        assert mine[topic] == real[topic], topic
    assert mine.keys() == real.keys()


def test_times_go_up_from_event_to_event() -> None:
    stamps = [packet.timestamp or 0 for packet in everything().packets()]
    assert stamps == sorted(set(stamps))
