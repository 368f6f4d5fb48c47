"""A snapshot of the exchange against what the journal says: what nobody saw is made good, and says so. Pure.

After each login a bridge has three things: the journal's fold, a snapshot (CoreShowChannels, QueueStatus, ParkedCalls),
and the events that came while the snapshot was being taken. :func:`reconcile` brings the first two together; then the
bridge reduces the buffered events. Facts that only a snapshot shows are ``call.observed``, never a real event's kind,
and a call that the exchange no longer has ends with the evidence ``snapshot``: its real end was not seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from data.clock import SECOND, Micros
from data.entry import Draft
from data.vocabulary import calls as v
from data.vocabulary.record import Record
from telephony.asterisk.names import CONSULT, HELD_QUEUE
from telephony.calls.names import HELPERS, interface_of, known, short_call, technology
from telephony.calls.reducer import RING, booted, end_id, forget_channels
from telephony.calls.state import CallsState, Live
from telephony.link.packet import Packet

UP, RINGING = "6", "5"
"""ChannelState of an answered channel, of a telephone that rings (AST_STATE_UP, AST_STATE_RINGING)."""


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """One row of CoreShowChannels. ``state``: ChannelState's number as text; ``duration_s``: since its beginning."""

    uniqueid: str
    linkedid: str
    channel: str
    state: str = UP
    bridge: str | None = None
    number: str | None = None
    name: str | None = None
    context: str = ""
    exten: str | None = None
    x112_call: str | None = None
    application: str = ""
    duration_s: int = 0


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """One QueueEntry of QueueStatus: a caller who waits."""

    uniqueid: str
    queue: str
    position: int | None = None
    wait_s: int = 0
    priority: int | None = None


class Parked(msgspec.Struct, frozen=True, kw_only=True):
    """One ParkedCall of ParkedCalls."""

    uniqueid: str
    place: str | None = None
    duration_s: int = 0


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """One QueueMember of QueueStatus. ``operator``: its Location (PJSIP/op1)."""

    queue: str
    operator: str
    paused: bool = False
    reason: str | None = None


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """What the exchange says of itself. ``taken_at``: when the lists were asked for (UTC micros).

    ``booted_at``: when the exchange started, if known; what is older than that is lost. ``members`` None: not asked;
    ``queues``: whose members these are (None: all queues), so that nobody is taken out of a queue that was not asked.
    """

    taken_at: Micros
    channels: tuple[Channel, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    parked: tuple[Parked, ...] = ()
    members: tuple[Member, ...] | None = None
    queues: tuple[str, ...] | None = None
    booted_at: Micros | None = None


class _Told(msgspec.Struct):
    """Channels (by name) about which the buffered events tell something exactly.

    ``moved``: the bridge in which a channel must have been before its first move (None: in none).
    """

    moved: dict[str, str | None] = {}
    begun: set[str] = set()
    gone: set[str] = set()
    queued: set[str] = set()
    offered: set[str] = set()
    parked: set[str] = set()


_TOPICS = {
    "Newchannel": ("begun", "Channel"),
    "Hangup": ("gone", "Channel"),
    "QueueCallerJoin": ("queued", "Channel"),
    "QueueCallerAbandon": ("queued", "Channel"),
    "AgentConnect": ("queued", "Channel"),
    "AgentCalled": ("offered", "DestChannel"),
    "DialBegin": ("offered", "DestChannel"),
    "DialEnd": ("offered", "DestChannel"),
    "ParkedCall": ("parked", "ParkeeChannel"),
    "UnParkedCall": ("parked", "ParkeeChannel"),
}


def reconcile(state: CallsState, snapshot: Snapshot, buffered: Sequence[Packet] = ()) -> list[Draft]:
    """The facts that ``snapshot`` adds to ``state``, which it also fills with channels and bridges.

    Give the ``buffered`` events too (they are only looked at here; reduce them afterwards): what they are going to
    tell exactly is then not told roughly first. The same snapshot twice adds nothing the second time.
    """
    out: list[Draft] = []
    if snapshot.booted_at is not None and not _survived(state, snapshot):
        out.extend(booted(state, snapshot.taken_at, snapshot.booted_at))
    if snapshot.members is not None:  # first: who is in a queue is an operator, wherever he stands
        out.extend(_members(state, snapshot.members, snapshot.queues, snapshot.taken_at))
    told = _told_by(buffered)
    _load_channels(state, snapshot.channels, told.moved)
    callers = _callers(state, snapshot.channels)
    waiting = {entry.uniqueid: entry for entry in snapshot.waiting if entry.queue != HELD_QUEUE}
    held = {entry.uniqueid: entry for entry in snapshot.waiting if entry.queue == HELD_QUEUE}
    parked = {entry.uniqueid: entry for entry in snapshot.parked}
    present: set[str] = set()
    for channel in callers:
        live = _live_of(state, channel, told, snapshot, out)
        if live is None:
            continue
        present.add(live.key)
        live.watched_since = snapshot.taken_at
        entry, park = waiting.get(channel.uniqueid), parked.get(channel.uniqueid)
        here = _Here(state, live, channel, told, snapshot.taken_at, out)
        here.compare_hold(held.get(channel.uniqueid))
        here.compare_talk()
        here.compare_consultation(snapshot.channels)
        here.compare_queue(entry)
        here.compare_parking(park)
        here.compare_offers(snapshot.channels)
        caller = state.legs.get(channel.uniqueid)
        heard = state.connected(caller.bridge) if caller is not None else []
        live.parties = sum(state.is_party(leg) for leg in heard)
    for live in list(state.by_key.values()):
        if live.key not in present and live.call.channel not in told.gone:
            _vanished(state, live, snapshot.taken_at, out)
    return out


def _survived(state: CallsState, snapshot: Snapshot) -> bool:
    """Does the exchange still have a call that we know? Then it has not restarted since, whatever its clock says."""
    return any(channel.uniqueid in state.by_uniqueid for channel in snapshot.channels)


def _told_by(buffered: Iterable[Packet]) -> _Told:
    told = _Told()
    for packet in buffered:
        if packet.name in ("BridgeEnter", "BridgeLeave"):
            before = packet.get("BridgeUniqueid") if packet.name == "BridgeLeave" else None
            told.moved.setdefault(packet.get("Channel") or "", before)
        topic = _TOPICS.get(packet.name)
        if topic is not None:
            getattr(told, topic[0]).add(packet.get(topic[1]) or "")
    return told


def _load_channels(state: CallsState, channels: Sequence[Channel], moved: dict[str, str | None]) -> None:
    forget_channels(state)
    for channel in channels:
        leg = state.leg(channel.uniqueid, channel.channel, channel.context)
        if state.is_outside(channel.context):
            state.outside.add(interface_of(channel.channel))
        # Where somebody was who moves while we look, the events say; the list may be older or newer than they.
        bridge = moved.get(channel.channel, channel.bridge)
        if bridge:
            state.enter(leg, bridge)


def _callers(state: CallsState, channels: Sequence[Channel]) -> list[Channel]:
    """The channels of 112 callers: known ones, the X112_CALL that names itself, ringing or working in an intake."""
    found = []
    for channel in channels:
        if technology(channel.channel) in HELPERS:
            continue
        own = short_call(channel.uniqueid)
        live = state.by_key.get(short_call(channel.x112_call or channel.linkedid))
        if channel.uniqueid in state.by_uniqueid or (live is not None and live.call.channel == channel.channel):
            found.append(channel)
        elif channel.x112_call:
            if short_call(channel.x112_call) == own:
                found.append(channel)
        elif (
            channel.context in state.intake
            and channel.linkedid == channel.uniqueid
            and channel.state in (RING, UP)
            # A leg that we dialled out through the trunk stands in the same context, with an AppDial application.
            and not channel.application.startswith(("AppDial", "AppQueue"))
        ):
            found.append(channel)
    return found


def _live_of(state: CallsState, channel: Channel, told: _Told, snapshot: Snapshot, out: list[Draft]) -> Live | None:
    live = state.by_uniqueid.get(channel.uniqueid)
    if live is not None:
        return live
    key = short_call(channel.x112_call or channel.linkedid)
    live = state.by_key.get(key)
    if live is not None:
        state.bind(live, channel.uniqueid)
        return live
    if key in state.closed or channel.channel in told.begun:
        return None
    live = state.open_call(key, channel.uniqueid, channel.channel)
    body = v.CallObserved(
        state="arrived",
        channel=known(channel.channel) or "?",
        number=known(channel.number, 80),
        name=known(channel.name),
        began_at=snapshot.taken_at - channel.duration_s * SECOND,
    )
    state.say(live, out, _observed_id(live, "arrived"), body, snapshot.taken_at)
    return live


def _observed_id(live: Live, what: str) -> str:
    """Two bridges that know the same of a call and see the same give it the same id."""
    return f"{live.call.stream}/observed/{live.call.facts}/{what}"


class _Here(msgspec.Struct):
    """One call that the journal and the exchange both have, being compared."""

    state: CallsState
    live: Live
    channel: Channel
    told: _Told
    at: Micros
    out: list[Draft]

    def say(self, what: str, body: Record, at: Micros | None = None) -> None:
        id = _observed_id(self.live, what)
        self.state.say(self.live, self.out, id, body, self.at if at is None else at)

    def observe(self, what: str, operator: str | None, channel: str | None, queue: str | None) -> None:
        body = v.CallObserved(
            state=what,
            channel=self.live.call.channel or "?",
            queue=queue,
            operator=operator,
            operator_channel=channel,
        )
        self.say(f"{what}/{channel or queue or ''}", body)

    def compare_talk(self) -> None:
        """Operators who share a bridge with the caller, and those who are said to but are gone."""
        state, call = self.state, self.live.call
        caller = state.legs.get(self.live.uniqueid)
        bridge = caller.bridge if caller is not None else None
        heard = state.connected(bridge)
        operators = {leg.channel: interface_of(leg.channel) for leg in heard if state.is_operator(leg)}
        for name, operator in operators.items():
            if name not in call.talking:
                if call.held_how == "hold":
                    self.say("resumed", v.CallResumed(how="hold", operator=operator))
                self.observe("talking", operator, name, call.waiting_queue)
        for name, operator in list(call.talking.items()):
            if name in operators or name in self.told.gone:
                continue
            leg = state.legs_by_channel.get(name)
            if leg is not None and (call.held_how == "hold" or leg.bridge is None or bridge is not None):
                continue  # on the way from one bridge to another: the next event says where to
            self.say(f"left/{name}", v.CallOperatorLeft(operator=operator, channel=name))

    def compare_hold(self, entry: Waiting | None) -> None:
        """The console's hold, which is a queue. (Whether a telephone has put the caller on hold, no list says.)"""
        call = self.live.call
        if entry is None or call.held_since is not None or self.channel.channel in self.told.moved:
            return
        if not call.answered:
            self.observe("talking", None, None, None)
        operator = next(iter(call.talking.values()), call.lone_from)
        self.say("hold", v.CallHeld(how="hold", operator=operator), self.at - entry.wait_s * SECOND)

    def compare_consultation(self, channels: Sequence[Channel]) -> None:
        """Whom the operator asks while the caller is on hold."""
        call = self.live.call
        if call.held_how != "hold":
            return
        mine = (c for c in channels if c.linkedid == self.channel.linkedid and c.context == CONSULT)
        asks = next(mine, None)
        party = known(asks.exten, 80) if asks is not None else None
        operator = interface_of(asks.channel) if asks is not None else call.held_by
        if party is None:
            if call.consulting is not None:
                over = v.CallConsulted(step="ended", party=call.consulting, operator=operator)
                self.say("consulted/ended", over)
            return
        step = "talking" if asks is not None and asks.bridge else "calling"
        if party != call.consulting or (step == "talking" and not call.consulted):
            self.say(f"consulted/{step}", v.CallConsulted(step=step, party=party, operator=operator))

    def compare_queue(self, entry: Waiting | None) -> None:
        """The queue that the caller waits in."""
        queue = known(entry.queue, 80) if entry is not None else None
        if self.channel.channel in self.told.queued:
            return
        if queue is not None and self.live.call.waiting_queue != queue:
            self.observe("waiting", None, None, queue)
        elif queue is None and self.live.call.waiting_queue is not None:
            left = self.live.call.waiting_queue
            self.say(f"unqueued/{left}", v.CallUnqueued(queue=left))

    def compare_parking(self, park: Parked | None) -> None:
        """The parking space that the caller stands in."""
        if self.channel.channel in self.told.parked:
            return
        held = self.live.call.held_how
        if park is not None and held != "park":
            body = v.CallHeld(how="park", place=known(park.place, 40))
            self.say("park", body, self.at - park.duration_s * SECOND)
        elif park is None and held == "park":
            self.say("unpark", v.CallResumed(how="park"))

    def compare_offers(self, channels: Sequence[Channel]) -> None:
        """Telephones that ring for the caller, and offers whose channel is gone."""
        call = self.live.call
        asking = call.held_how == "hold"  # what rings then is somebody whom the operator asks
        for name, offer in list(call.offers.items()):
            if name not in self.state.legs_by_channel and name not in self.told.gone | self.told.offered:
                body = v.CallOfferEnded(operator=offer.operator, reason="cancelled", channel=name)
                self.say(f"offer_ended/{name}", body)
        for other in channels:
            leg = self.state.legs.get(other.uniqueid)
            if leg is None or other.linkedid != self.channel.linkedid or other.state != RINGING:
                continue
            name = other.channel
            if asking or not self.state.is_operator(leg) or name in self.told.offered:
                continue
            if name not in call.offers and name not in call.talking:
                self.observe("ringing", interface_of(name), name, call.waiting_queue)


def _vanished(state: CallsState, live: Live, at: Micros, out: list[Draft]) -> None:
    """The exchange runs, but has this call no more: it ended unseen, when and by whom is not known."""
    outcome = "answered" if live.call.answered else "abandoned"
    body = v.CallEnded(outcome=outcome, evidence="snapshot")
    state.say(live, out, end_id(live), body, at)
    state.close(live)


def _members(state: CallsState, members: Sequence[Member], queues: tuple[str, ...] | None, at: Micros) -> list[Draft]:
    out: list[Draft] = []
    present = {(member.queue, member.operator) for member in members}
    for member in members:
        queue, operator = known(member.queue, 80), known(member.operator, 120)
        if queue is None or operator is None:
            continue
        changes: list[tuple[str, str | None]] = []
        if state.members.get((queue, operator), "removed") == "removed":
            changes.append(("added", None))
        if member.paused:
            changes.append(("paused", known(member.reason)))
        elif state.members.get((queue, operator)) == "paused":
            changes.append(("ready", None))
        for change, reason in changes:
            tag = f"snapshot/{state.member_facts.get(operator, 0)}"
            draft = state.member(queue, operator, change, reason, at, tag)
            if draft is not None:
                out.append(draft)
    for queue, operator in sorted(set(state.members) - present):
        if queues is not None and queue not in queues:
            continue
        tag = f"snapshot/{state.member_facts.get(operator, 0)}"
        draft = state.member(queue, operator, "removed", None, at, tag)
        if draft is not None:
            out.append(draft)
    return out
