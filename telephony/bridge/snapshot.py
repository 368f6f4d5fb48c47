"""The exchange's own picture of itself: its channels, waiting callers, parked calls, members and telephones."""

from __future__ import annotations

import logging

import msgspec

from data.clock import Micros, now
from telephony.bridge.devices import device_state
from telephony.calls import reconcile as r
from telephony.calls.packets import call_variable
from telephony.link.connection import Connection
from telephony.link.errors import ActionFailed, RightMissing
from telephony.link.packet import Packet
from telephony.link.reply import Reply

log = logging.getLogger(__name__)


class Clock(msgspec.Struct, frozen=True):
    """How far the exchange's clock is ahead of ours (microseconds)."""

    ahead: Micros = 0

    def pbx_time(self, at: Micros) -> Micros:
        """Our ``at`` as the exchange would have stamped it."""
        return at + self.ahead


class Picture(msgspec.Struct, frozen=True):
    """A snapshot for the reconciliation, and the telephones' states beside it."""

    snapshot: r.Snapshot
    devices: dict[str, str]
    version: str | None = None
    """Asterisk's own version."""


def read_clock(connection: Connection) -> Clock:
    """Ask the exchange for its time (a Ping's answer holds it). Raises LinkError when it does not answer."""
    asked = now()
    stamp = connection.action("Ping").ok().timestamp
    if stamp is None:
        return Clock()
    return Clock(ahead=stamp - (asked + now()) // 2)


def take(connection: Connection, queue: str, *, taken_at: Micros, booted_at: Micros | None) -> Picture:
    """Ask for everything. ``taken_at``: the exchange's time just before; ``queue``: whose members are of interest.

    Raises LinkError when the list of channels does not come: without it nothing can be said. Another list that the
    exchange refuses (a module that is not loaded) is left out.
    """
    # All are asked at once, and answered one after the other: the picture is as narrow in time as can be.
    channels = connection.action("CoreShowChannels")
    queues = connection.action("QueueStatus")
    parked = connection.action("ParkedCalls")
    devices = connection.action("DeviceStateList")
    settings = connection.action("CoreSettings")
    channel_rows = tuple(_channel(p) for p in channels.events() if p.name == "CoreShowChannel")
    queue_rows = _optional(queues)
    members = None
    if queue_rows is not None:
        members = tuple(_member(p) for p in queue_rows if p.name == "QueueMember" and p.get("Queue") == queue)
    parked_rows = _optional(parked) or []
    states = [device_state(p) for p in _optional(devices) or []]
    return Picture(
        snapshot=r.Snapshot(
            taken_at=taken_at,
            channels=channel_rows,
            waiting=tuple(_waiting(p) for p in queue_rows or [] if p.name == "QueueEntry"),
            parked=tuple(_parked(p) for p in parked_rows if p.name == "ParkedCall"),
            members=members,
            queues=(queue,),
            booted_at=booted_at,
        ),
        devices=dict(state for state in states if state is not None),
        version=settings.wait().get("AsteriskVersion"),
    )


def _optional(reply: Reply) -> list[Packet] | None:
    try:
        return reply.events()
    except (ActionFailed, RightMissing) as error:
        log.warning("no %s: %s", reply.action, error)
        return None


def _channel(packet: Packet) -> r.Channel:
    return r.Channel(
        uniqueid=packet.get("Uniqueid") or "",
        linkedid=packet.get("Linkedid") or "",
        channel=packet.get("Channel") or "",
        state=packet.get("ChannelState") or "",
        bridge=packet.get("BridgeId") or None,
        number=packet.get("CallerIDNum"),
        name=packet.get("CallerIDName"),
        context=packet.get("Context") or "",
        exten=packet.get("Exten"),
        x112_call=call_variable(packet) or None,
        application=packet.get("Application") or "",
        duration_s=_seconds(packet.get("Duration")),
    )


def _waiting(packet: Packet) -> r.Waiting:
    return r.Waiting(
        uniqueid=packet.get("Uniqueid") or "",
        queue=packet.get("Queue") or "",
        position=_number(packet.get("Position")),
        wait_s=_number(packet.get("Wait")) or 0,
        priority=_number(packet.get("Priority")),
    )


def _parked(packet: Packet) -> r.Parked:
    return r.Parked(
        uniqueid=packet.get("ParkeeUniqueid") or "",
        place=packet.get("ParkingSpace"),
        duration_s=_number(packet.get("ParkingDuration")) or 0,
    )


def _member(packet: Packet) -> r.Member:
    return r.Member(
        queue=packet.get("Queue") or "",
        operator=packet.get("Location") or "",
        paused=packet.get("Paused") == "1",
        reason=packet.get("PausedReason") or None,
    )


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.lstrip("-").isdecimal() and len(text) < 12 else None


def _seconds(text: str | None) -> int:
    """``HH:MM:SS`` in seconds; 0 for anything else."""
    parts = (text or "").split(":")
    if len(parts) != 3 or not all(part.isdecimal() and len(part) < 6 for part in parts):
        return 0
    hours, minutes, seconds = (int(part) for part in parts)
    return hours * 3600 + minutes * 60 + seconds
