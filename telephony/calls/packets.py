"""Reading the headers of an AMI event that say which call it is about."""

from __future__ import annotations

from data.clock import Micros
from data.entry import Draft
from telephony.calls.names import short_call
from telephony.calls.state import CallsState, Leg, Live
from telephony.link.packet import Packet

CALL_VARIABLE = "X112_CALL"
"""The inherited channel variable that the intake sets, on every event of every leg (manager.conf: channelvars)."""

_START = CALL_VARIABLE + "="


def call_variable(packet: Packet, prefix: str = "") -> str:
    """The call's key that the channel carries, '' when it carries none."""
    for pair in packet.all(prefix + "ChanVariable"):
        if pair.startswith(_START):
            return pair[len(_START) :]
    return ""


def live_of(state: CallsState, packet: Packet, prefix: str = "") -> Live | None:
    """The open call that the channel ``prefix`` (``""``, ``Dest``, ``Parkee``, ...) of the event belongs to."""
    uniqueid = packet.get(prefix + "Uniqueid")
    if not uniqueid:
        return None
    live = state.by_uniqueid.get(uniqueid)
    if live is not None:
        return live
    key = call_variable(packet, prefix) or packet.get(prefix + "Linkedid") or ""
    live = state.by_key.get(short_call(key))
    if live is not None and not live.uniqueid and packet.get(prefix + "Channel") == live.call.channel:
        state.bind(live, uniqueid)
    return live


def caller_of(state: CallsState, packet: Packet, prefix: str = "") -> Live | None:
    """The open call whose caller's own channel the event is about; None for any other channel."""
    live = live_of(state, packet, prefix)
    return live if live is not None and live.uniqueid == packet.get(prefix + "Uniqueid") else None


def leg_of(state: CallsState, packet: Packet, prefix: str = "") -> Leg | None:
    """The leg of the event's channel, made when it is new; None when the event names no channel."""
    uniqueid, channel = packet.get(prefix + "Uniqueid"), packet.get(prefix + "Channel")
    if not uniqueid or not channel:
        return None
    return state.leg(uniqueid, channel, packet.get(prefix + "Context") or "")


class Happening:
    """One event being reduced: its packet, its time, and the drafts so far."""

    __slots__ = ("at", "out", "packet", "state")

    def __init__(self, state: CallsState, packet: Packet, at: Micros) -> None:
        self.state = state
        self.packet = packet
        self.at = at
        self.out: list[Draft] = []
