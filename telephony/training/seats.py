"""Seats in the training PBX: a telephone that is called once and stays connected, and the way into it.

As the dialplan does it ([seated] and [seat] in extensions_112.conf). The order of the events is the recorded one
(tests/captures: seated). A call into a seat has a leg of its own, a Local channel; its other half is bridged with the
telephone.
"""

from __future__ import annotations

import re
from functools import partial

import msgspec

from telephony.asterisk.names import SEAT, SEATED, claim_queue
from telephony.seat import name_of
from telephony.training import shapes
from telephony.training.callers import Callers
from telephony.training.exchange import AUTO_ANSWER_S
from telephony.training.floor import Outside
from telephony.training.shapes import RING, UP, Channel, Headers
from telephony.training.telephones import IN_USE, QUEUE
from telephony.training.visits import Visit

LOOK_S = 1.0
"""A free seat looks about so often, ..."""

PATIENCE_S = 20
"""... and ends when somebody waits longer than so many seconds while its operator is ready: he rings there then."""

_WAY_IN = re.compile(rf"Local/(op[0-9]{{1,3}})@{SEAT}/n")


class Seat(msgspec.Struct):
    """``channel``: the telephone's. ``leg``: that of the call which is in it, ``half`` the other end of that one.
    ``leaves``: it ends when it is free. ``waited``: seconds for which somebody waits."""

    channel: Channel
    leg: Channel | None = None
    half: Channel | None = None
    leaves: bool = False
    waited: int = 0


class Seats(Callers):
    """The exchange with seats."""

    def __init__(self, outside: Outside) -> None:
        super().__init__(outside)
        self.seats: dict[str, Seat] = {}
        """By telephone (PJSIP/op1)."""
        self._ways = 0

    # ------------------------------------------------------------------ a telephone becomes a seat, and ends as one

    def originate(
        self, dial: str, context: str, exten: str, uniqueid: str, variables: dict[str, str]
    ) -> str | None:  # fmt: skip
        """AMI Originate, also of a telephone that is to be a seat, and of whom one reaches by his; the fault, or
        None."""
        way = _WAY_IN.fullmatch(dial)
        if way is not None:
            interface = f"PJSIP/{way[1]}"
            if not self._reaches(interface):
                return "Extension does not exist."
            return super().originate(interface, context, exten, uniqueid, variables)
        if context != SEATED:
            return super().originate(dial, context, exten, uniqueid, variables)
        if dial != f"PJSIP/{exten}" or any(ch.uniqueid == uniqueid for ch in self.channels()):
            return "Extension does not exist."
        leg = super()._called(None, dial, uniqueid, uniqueid)
        self.emit("DialBegin", "call", shapes.channel(leg, "Dest"), [("DialString", exten)])
        self.others[uniqueid] = leg
        self._later(AUTO_ANSWER_S, partial(self._sits, leg))
        return None

    def _sits(self, leg: Channel) -> None:
        del self.others[leg.uniqueid]
        leg.state = UP
        self._about("Newstate", leg)
        self.emit("DialEnd", "call", shapes.channel(leg, "Dest"), [("DialStatus", "ANSWER")])
        name = name_of(leg.interface)
        self._responded(leg, SEATED, name)
        leg.context, leg.exten = SEATED, name
        if leg.interface in self.seats:  # there is never a second one
            self._about("Hangup", leg, [("Cause", "16"), ("Cause-txt", "Normal Clearing")])
            return
        seat = self.seats[leg.interface] = Seat(leg)
        self.telephones.set(leg.interface, IN_USE)
        self._tell(seat, "connected")
        leg.exten, leg.application = "free", ""
        self._later(LOOK_S, partial(self._look, seat))

    def _tell(self, seat: Seat, step: str) -> None:
        more = [("UserEvent", "X112Seat"), ("Operator", name_of(seat.channel.interface)), ("Step", step)]
        self._about("UserEvent", seat.channel, more, privilege="user")

    def _look(self, seat: Seat) -> None:
        """Whether a free seat is to end: when it was told to, or somebody waits too long for its ready operator."""
        interface = seat.channel.interface
        if self.seats.get(interface) is not seat:
            return
        member = self.telephones.members.get((QUEUE, interface))
        ready = member is not None and not member.paused
        waits = ready and any(visit.queue == QUEUE for visit in self.visits.values())
        seat.waited = seat.waited + 1 if waits else 0
        if seat.leg is None and (seat.leaves or seat.waited > PATIENCE_S):
            self._ends(seat)
            return
        self._later(LOOK_S, partial(self._look, seat))

    def seat_leaves(self, channel_name: str, leaves: bool) -> str | None:
        """AMI Setvar of X112_LEAVE; the fault as Asterisk words it, or None."""
        seat = next((seat for seat in self.seats.values() if seat.channel.name == channel_name), None)
        if seat is None:
            return "No such channel"
        seat.leaves = leaves
        return None

    def seated_at(self, name: str) -> str:
        """The channel of the seat of the telephone ``name`` (op1), '' without."""
        seat = self.seats.get(f"PJSIP/{name}")
        return seat.channel.name if seat is not None else ""

    def hangup(self, channel_name: str) -> str | None:
        """AMI Hangup, also of a seat: the call in it is over."""
        seat = next((seat for seat in self.seats.values() if seat.channel.name == channel_name), None)
        if seat is None:
            return super().hangup(channel_name)
        if seat.leg is not None:
            super().hangup(seat.leg.name)
        self._ends(seat)
        return None

    def _ends(self, seat: Seat) -> None:
        interface = seat.channel.interface
        del self.seats[interface]
        self._about("SoftHangupRequest", seat.channel, [("Cause", "16")])
        self._tell(seat, "gone")
        self._about("Hangup", seat.channel, [("Cause", "16"), ("Cause-txt", "Normal Clearing")])
        self._let_go(interface)
        self.soon()

    # ------------------------------------------------------------------ into it

    def _claim(self, visit: Visit, endpoint: str) -> None:
        """A chosen call: into the seat without ringing; back to the head when somebody is in it."""
        seat = self.seats.get(f"PJSIP/{endpoint}")
        if seat is None:
            super()._claim(visit, endpoint)
            return
        queue = f"{claim_queue(endpoint)}.seat"
        visit.channel.data = f"{queue},ctn,,,6,,answering"
        self._join_queue(visit, queue)
        if seat.leg is not None:
            self._plan(visit, "ring", 0.002, lambda: self._claim_failed(visit))
            return
        leg = self._way_in(seat, visit.channel, self.next_uniqueid(), visit.channel.uniqueid)
        visit.legs[leg.interface] = leg
        called = [("Queue", queue), ("Interface", leg.member), ("MemberName", leg.interface)]
        self._dial("AgentCalled", visit, leg, *called, privilege="agent")
        self._dial("DialBegin", visit, leg, ("DialString", f"{endpoint}@{SEAT}/n"))
        self._plan(visit, "ring", AUTO_ANSWER_S, partial(self._taken_in, visit, seat, leg))

    def _taken_in(self, visit: Visit, seat: Seat, leg: Channel) -> None:
        self._comes_in(seat)
        self._answer(visit, leg.interface)

    def _way_in(self, seat: Seat, caller: Channel | None, uniqueid: str, linkedid: str) -> Channel:
        """The two halves of a leg into ``seat``, which is taken from now on; the operator's is returned."""
        name = name_of(seat.channel.interface)
        stem, self._ways = f"Local/{name}@{SEAT}-{self._ways:08x}", self._ways + 1
        who = (caller.number, caller.caller_name) if caller is not None else ("", "")
        leg = Channel(
            uniqueid=uniqueid, linkedid=linkedid, name=f"{stem};1", number=name, caller_name=name, connected=who,
            context=SEAT, exten=name, application="AppQueue", data="(Outgoing Line)", began=self.now(),
        )  # fmt: skip
        half = Channel(
            uniqueid=self.next_uniqueid(), linkedid=linkedid, name=f"{stem};2", state=RING, number=who[0],
            caller_name=who[1], context=SEAT, exten=name, application="Bridge",
            data=f"{seat.channel.name},F(seated^free^1)", began=self.now(),
        )  # fmt: skip
        for one in (leg, half):
            self._about("Newchannel", one)
            if caller is not None:
                one.call, one.lat, one.lon = caller.call, caller.lat, caller.lon
        seat.leg, seat.half, seat.waited = leg, half, 0
        return leg

    def _comes_in(self, seat: Seat) -> None:
        half = seat.half
        assert half is not None
        half.state = UP
        self._about("Newstate", half)
        name = f"seat-{half.uniqueid}"
        for count, one in enumerate((seat.channel, half), start=1):
            one.bridge = name
            self.emit("BridgeEnter", "call", shapes.bridge(name, count), shapes.channel(one))

    def _about(self, name: str, ch: Channel, *more: Headers, privilege: str = "call") -> None:
        seat = self.seats.get(ch.interface) if name == "Hangup" else None
        if seat is not None and seat.leg is ch:
            self._leaves(seat)
        super()._about(name, ch, *more, privilege=privilege)

    def _leaves(self, seat: Seat) -> None:
        """The leg of a call ends, and with it its other half: the seat is free."""
        half, seat.leg, seat.half = seat.half, None, None
        assert half is not None
        if half.bridge:
            self._leave_bridge(half, seat.channel)
            self._about("SoftHangupRequest", half, [("Cause", "16")])
        self._about("Hangup", half, [("Cause", "16"), ("Cause-txt", "Normal Clearing")])

    # ------------------------------------------------------------------ who has one is reached by it

    def _reaches(self, dial: str) -> bool:
        seat = self.seats.get(dial)
        return super()._reaches(dial) if seat is None else seat.leg is None

    def _called(self, visit: Visit | None, dial: str, uniqueid: str, linkedid: str) -> Channel:
        seat = self.seats.get(dial)
        if seat is None or seat.leg is not None:
            return super()._called(visit, dial, uniqueid, linkedid)
        leg = self._way_in(seat, visit.channel if visit is not None else None, uniqueid, linkedid)
        self._comes_in(seat)
        return leg

    def _let_go(self, interface: str) -> None:
        if interface not in self.seats:
            super()._let_go(interface)

    def _set(self, leg: Channel, status: str) -> None:
        if leg.interface not in self.seats:
            super()._set(leg, status)

    def channels(self) -> list[Channel]:
        """Every channel, for CoreShowChannels."""
        seats = list(self.seats.values())
        halves = [seat.half for seat in seats if seat.half is not None]
        return [*super().channels(), *(seat.channel for seat in seats), *halves]
