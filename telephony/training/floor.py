"""What everything in the training PBX stands on: its clock, its channels, what is planned, and the events it sends."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from data.clock import SECOND, Micros
from telephony.training import shapes
from telephony.training.cdr import Record
from telephony.training.shapes import Channel, Headers
from telephony.training.visits import Later, Visit


class Outside(msgspec.Struct, frozen=True):
    """What the training PBX needs of the world: its ``clock``, somebody who does things ``later``, ``emit`` for each
    event that it sends, ``ended`` for each caller who is gone, with his call detail records."""

    clock: Callable[[], Micros]
    later: Later
    emit: Callable[[bytes], None]
    ended: Callable[[Visit, list[Record]], None]


class Floor:
    """Not safe for threads: everything happens in one event loop."""

    def __init__(self, outside: Outside, system: str = "latihan") -> None:
        self._clock, self._later, self._emit_bytes, self._ended = (
            outside.clock, outside.later, outside.emit, outside.ended,
        )  # fmt: skip
        self.system = system
        self.booted_at = self._clock()
        self.visits: dict[str, Visit] = {}
        self.others: dict[str, Channel] = {}  # channels of no caller: call-backs
        self._over: dict[str, Callable[[], None]] = {}  # how each of them ends, by the name of its channel
        self.nuisance: dict[str, str] = {}
        """Flagged numbers, as astdb holds them: key -> until when (seconds since 1970)."""
        self.finished = 0
        self._last: Micros = 0
        self._channels = 0
        self._sequence = 0

    # ------------------------------------------------------------------ events

    def now(self) -> Micros:
        """The exchange's clock, which never stands still between two events."""
        self._last = max(self._clock(), self._last + 1)
        return self._last

    def emit(self, name: str, privilege: str, *parts: Headers) -> None:
        """Send one event to everybody who listens."""
        self._emit_bytes(shapes.event(name, privilege, self.now(), self.system, *parts))

    def _about(self, name: str, ch: Channel, *more: Headers, privilege: str = "call") -> None:
        self.emit(name, privilege, shapes.channel(ch), *more)

    def _user(self, ch: Channel, name: str, **more: str) -> None:
        self._about("UserEvent", ch, [("UserEvent", name), ("Call", ch.call), *more.items()], privilege="user")

    def _dial(self, name: str, visit: Visit, leg: Channel, *more: tuple[str, str], privilege: str = "call") -> None:
        self.emit(name, privilege, shapes.channel(visit.channel), shapes.channel(leg, "Dest"), more)

    def next_uniqueid(self) -> str:
        """A new Uniqueid: system name, second, running number."""
        number = self._channels
        self._channels += 1
        return f"{self.system}-{self.now() // SECOND}.{number}"

    # ------------------------------------------------------------------ what is there, and what will be

    def _close_part(self, visit: Visit, disposition: str, leg: Channel | None = None) -> None:
        """One call detail record: Asterisk writes one for each way that the call takes through the dialplan."""
        ch, at = visit.channel, self.now()
        visit.cdrs.append(
            Record(
                number=ch.number,
                name=ch.caller_name,
                exten=ch.exten,
                context=ch.context,
                channel=ch.name,
                operator_channel=leg.name if leg is not None else "",
                data=ch.data,
                started_at=visit.part_since,
                answered_at=visit.part_since,
                ended_at=at,
                disposition=disposition,
                uniqueid=ch.uniqueid,
                linkedid=ch.linkedid,
                sequence=self._sequence,
            )
        )
        self._sequence += 1
        visit.part_since = at

    def _plan(self, visit: Visit, plan: str, seconds: float, do: Callable[[], None]) -> None:
        """``do`` it in ``seconds``, in place of what was planned under that name."""
        self._cancel(visit, plan)
        visit.plans[plan] = self._later(seconds, do)

    def _cancel(self, visit: Visit, plan: str) -> None:
        handle = visit.plans.pop(plan, None)
        if handle is not None:
            handle.cancel()

    def _visit_of(self, channel_name: str) -> Visit | None:
        return next((v for v in self.visits.values() if v.channel.name == channel_name), None)

    def channels(self) -> list[Channel]:
        """Every channel, for CoreShowChannels."""
        found = []
        for visit in self.visits.values():
            found += [visit.channel, *visit.legs.values()]
            if visit.talk is not None:
                found.append(visit.talk)
        return found

    def channel(self, name: str) -> Channel | None:
        """The channel of that name."""
        return next((ch for ch in self.channels() if ch.name == name), None)
