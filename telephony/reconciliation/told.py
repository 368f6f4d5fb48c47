"""What the exchange's archive (CEL) tells of each 112 call: read anew, by nothing that the journal was made with. Pure.

The reducer reads the manager interface, and the recovery reads the archive once a call is over; both could share a
mistake with what they wrote. So this reads the archive by bridges alone: who is in which bridge with the caller, line
by line, and asks neither of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import msgspec

from data.clock import Micros
from telephony.asterisk.cel import Row, boots, came_in, taken_down
from telephony.calls.names import HELPERS, interface_of, other_half, short_call, technology
from telephony.calls.state import INTAKE_CONTEXTS, OUTSIDE_CONTEXTS


class Told(msgspec.Struct):
    """One 112 call as the archive tells it. Times UTC micros; None: the archive does not show that moment.

    ``answered_from``: a telephone was picked up; ``answered_at``: it and the caller were in one bridge; the answer is
    between the two. ``operators``: everyone of the house who shared a bridge with the caller, in order. ``ended_by``:
    caller or operator, None when nobody's telephone asked for the end. ``lost``: it ended because the exchange did.
    """

    key: str
    channel: str
    arrived_at: Micros
    answered_from: Micros | None = None
    answered_at: Micros | None = None
    operators: list[str] = []
    ended_at: Micros | None = None
    ended_by: str | None = None
    lost: bool = False

    @property
    def over(self) -> bool:
        """The caller's channel is gone, or the exchange went down with it."""
        return self.ended_at is not None or self.lost

    @property
    def outcome(self) -> str | None:
        """answered, abandoned or pbx_lost, as the journal has it; None while it goes on."""
        if not self.over:
            return None
        if self.answered_at is not None:
            return "answered"
        return "pbx_lost" if self.lost else "abandoned"


class Archive(msgspec.Struct, frozen=True):
    """All calls of a stretch of the archive by their key, and from when on it goes (None: it is empty)."""

    calls: dict[str, Told]
    begins_at: Micros | None = None


class _Channel(msgspec.Struct):
    name: str
    outside: bool = False
    picked_up: Micros | None = None
    bridge: str | None = None


class _Reading:
    """One pass over the lines; ``channels`` are those that live at that line."""

    def __init__(self, intake_contexts: Collection[str]) -> None:
        self.intake_contexts = intake_contexts
        self.channels: dict[str, _Channel] = {}
        self.by_name: dict[str, _Channel] = {}
        self.inside: dict[str, dict[str, _Channel]] = {}
        self.calls: dict[str, Told] = {}  # by the Uniqueid of the caller's channel
        self.starts: dict[str, Micros] = {}

    def take(self, row: Row) -> None:
        if row.event == "CHAN_START":
            outside = row.fields["context"] in OUTSIDE_CONTEXTS
            self.channels[row.uniqueid] = self.by_name[row.channel] = _Channel(row.channel, outside)
            self.starts[row.uniqueid] = row.at
        if came_in(row, self.intake_contexts):
            self._intake(row)
        elif row.event == "ANSWER":
            self._channel(row).picked_up = row.at
        elif row.event == "BRIDGE_ENTER":
            self._enter(row)
        elif row.event == "BRIDGE_EXIT":
            self._leave(row.uniqueid)
        elif row.event in ("HANGUP", "CHAN_END"):
            self._hangup(row)

    def _channel(self, row: Row) -> _Channel:
        channel = self.channels.get(row.uniqueid)
        if channel is None or channel.name != row.channel:  # it began before what was read; or was renamed
            outside = row.fields["context"] in OUTSIDE_CONTEXTS
            channel = channel or _Channel(row.channel, outside)
            channel.name = row.channel
            self.channels[row.uniqueid] = self.by_name[row.channel] = channel
        return channel

    def _intake(self, row: Row) -> None:
        began = self.starts.get(row.uniqueid)
        if began is not None and row.uniqueid not in self.calls:
            key = short_call(row.uniqueid)
            self.calls[row.uniqueid] = Told(key, row.channel, began)
            self._channel(row).outside = True

    def _enter(self, row: Row) -> None:
        channel, bridge = self._channel(row), str(row.extra.get("bridge_id") or "")
        self._leave(row.uniqueid)
        channel.bridge = bridge
        self.inside.setdefault(bridge, {})[row.uniqueid] = channel
        heard = self._heard(bridge)
        callers = [(each, self.calls[each]) for each in heard if each in self.calls]
        for uniqueid, call in callers:
            trunk = interface_of(call.channel)
            for other, partner in heard.items():
                if other != uniqueid and other not in self.calls and self._is_operator(partner, trunk):
                    self._talks(call, partner, row.at)

    @staticmethod
    def _is_operator(channel: _Channel, trunk: str) -> bool:
        name = channel.name
        return technology(name) not in HELPERS and not channel.outside and interface_of(name) != trunk

    @staticmethod
    def _talks(call: Told, partner: _Channel, at: Micros) -> None:
        operator = interface_of(partner.name)
        if operator not in call.operators:
            call.operators.append(operator)
        if call.answered_at is None:
            call.answered_at = at
            call.answered_from = min(at, partner.picked_up or at)

    def _heard(self, bridge: str) -> dict[str, _Channel]:
        """Everyone who hears ``bridge``, those behind Local channels too."""
        found: dict[str, _Channel] = {}
        todo, seen = [bridge], set()
        while todo:
            name = todo.pop()
            if name in seen:
                continue
            seen.add(name)
            for uniqueid, channel in self.inside.get(name, {}).items():
                found[uniqueid] = channel
                half = other_half(channel.name)
                twin = self.by_name.get(half) if half is not None else None
                if twin is not None and twin.bridge is not None:
                    todo.append(twin.bridge)
        return found

    def _leave(self, uniqueid: str) -> None:
        channel = self.channels.get(uniqueid)
        if channel is not None and channel.bridge is not None:
            inside = self.inside.get(channel.bridge, {})
            inside.pop(uniqueid, None)
            if not inside:
                self.inside.pop(channel.bridge, None)
            channel.bridge = None

    def _hangup(self, row: Row) -> None:
        own = self.calls.get(row.uniqueid)
        self._leave(row.uniqueid)
        channel = self.channels.pop(row.uniqueid, None)
        if channel is not None and self.by_name.get(channel.name) is channel:
            del self.by_name[channel.name]
        if own is None or own.ended_at is not None:
            return
        own.ended_at = row.at
        source = str(row.extra.get("hangupsource") or "")
        if source == row.channel:
            own.ended_by = "caller"
        elif source and interface_of(source) in own.operators:
            own.ended_by = "operator"

    def down(self) -> None:
        """The exchange ended here: nothing of it lives on."""
        self.channels.clear()
        self.by_name.clear()
        self.inside.clear()


def read_archive(
    rows: Sequence[Row], restarts: Iterable[Micros] = (), intake_contexts: Collection[str] = INTAKE_CONTEXTS
) -> Archive:
    """The 112 calls among ``rows``, which are in the order in which they were written. Pure.

    ``restarts``: when the exchange started, as another record says (queue_log, in whole seconds); what the numbers of
    the channels show of it is found anyway.
    """
    reading = _Reading(intake_contexts)
    begun = boots(rows, restarts)
    for number, row in enumerate(rows):
        if number in begun:
            _lose(reading, rows, number)
        reading.take(row)
    if len(rows) in begun:
        _lose(reading, rows, len(rows))
    found = {call.key: call for call in reading.calls.values()}
    return Archive(found, rows[0].at if rows else None)


def _lose(reading: _Reading, rows: Sequence[Row], number: int) -> None:
    """The calls that the exchange took with it when it ended before line ``number``.

    Killed, it left them without an end. Stopped in order, it wrote their ends last, and nobody's telephone asked.
    """
    for call in reading.calls.values():
        if not call.over:
            call.lost = True
    for uniqueid in taken_down(rows, number):
        own = reading.calls.get(uniqueid)
        if own is not None and own.ended_by is None:
            own.lost = True
    reading.down()
