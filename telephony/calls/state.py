"""What a bridge knows while it watches one exchange: the open calls (their fold), channels, bridges, members.

The calls are the journal's fold; the rest (which channel is in which bridge, who hung up first) is what only the
running exchange can tell, and comes from its events or, after a start in the middle, from a snapshot.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from data.clock import SECOND, Micros
from data.entry import Draft, Entry
from data.vocabulary import calls as v
from data.vocabulary.record import Record
from telephony.asterisk.names import CONFERENCE
from telephony.calls.fold import Call, fold, is_call, new_call
from telephony.calls.names import HELPERS, call_stream, interface_of, member_stream, other_half, pbx_stream, technology

INTAKE_CONTEXTS = frozenset({"from-trunk"})
"""Dialplan contexts in which a ringing channel is a 112 call (the setting ``intake_contexts`` replaces them)."""

OUTSIDE_CONTEXTS = frozenset({"from-agency"})
"""Dialplan contexts of telephones outside the house: who is dialled there is a party, but never an operator."""

CLOSED_KEPT = 500
"""Ended calls that are remembered, so that late events about them are recognised."""

CANDIDATES_KEPT = 500
"""Incoming channels outside the intake contexts that are remembered until the queue shows what they are."""


class Leg(msgspec.Struct):
    """A channel that is in a bridge, or belongs to a call. ``bridge``: the BridgeUniqueid it is in."""

    uniqueid: str
    channel: str
    bridge: str | None = None
    context: str = ""
    busy: bool = False


class Live(msgspec.Struct):
    """An open call: its fold, its caller's channel, and what this session saw that no entry holds.

    ``hung_up``: who asked first for the end (caller, operator, pbx). ``left_at``: when the last operator was parted
    from the caller without a word why. ``priority``: with which the caller is about to be queued, and ``because`` why
    again. ``busy_at``: when a telephone last refused as busy. ``watched_since``: from when on this session saw all of
    the call (None: from its beginning). ``told``: the ids of its facts so far, so that the same event twice is one
    fact.
    """

    call: Call
    key: str
    uniqueid: str
    hung_up: str | None = None
    left_at: Micros | None = None
    parties: int = 0
    priority: int | None = None
    because: str | None = None
    busy_at: Micros | None = None
    watched_since: Micros | None = None
    told: set[str] = set()


class CallsState:
    """All that the reducer knows of one exchange. Changed by the reducer only; no I/O, no clock, no chance."""

    def __init__(
        self, pbx: str, *, intake_contexts: Iterable[str] = INTAKE_CONTEXTS, trunks: Iterable[str] = ()
    ) -> None:
        """``pbx``: the exchange's name in the journal. ``trunks``: endpoints that are never operators (PJSIP/trunk).

        Those that ring in a context of the intake or of the outside are learnt by themselves.
        """
        self.pbx = pbx
        self.intake = frozenset(intake_contexts)
        self.outside = set(trunks)
        self.by_key: dict[str, Live] = {}
        self.by_uniqueid: dict[str, Live] = {}
        self.closed: dict[str, Call] = {}
        self.candidates: dict[str, tuple[Micros, v.CallArrived]] = {}
        self.legs: dict[str, Leg] = {}
        self.legs_by_channel: dict[str, Leg] = {}
        self.bridges: dict[str, dict[str, Leg]] = {}
        self.members: dict[tuple[str, str], str] = {}  # the last change told, "removed" too
        self.pauses: dict[tuple[str, str], str] = {}  # why those are paused that are
        self.member_facts: dict[str, int] = {}
        self.booted_at: Micros | None = None
        self.pending_uptime: int | None = None
        self.seen_at: Micros | None = None  # the last event that was reduced

    @classmethod
    def from_journal(
        cls,
        pbx: str,
        entries: Iterable[Entry | Draft],
        *,
        intake_contexts: Iterable[str] = INTAKE_CONTEXTS,
        trunks: Iterable[str] = (),
    ) -> CallsState:
        """The state after ``entries``, which are, in order, at least all of the streams of the calls that are open.

        Entries of other exchanges and of other kinds are passed over. The state then lacks only what a snapshot gives
        (:func:`telephony.calls.reconcile.reconcile`).
        """
        state = cls(pbx, intake_contexts=intake_contexts, trunks=trunks)
        for entry in entries:
            state.apply(entry)
        return state

    def apply(self, entry: Entry | Draft) -> None:
        """Take in an entry that somebody else appended, or that stood in the journal; a repeat changes nothing."""
        body = entry.body
        if is_call(entry.stream):
            if not entry.stream.startswith(f"call/{self.pbx}/"):
                return
            if isinstance(body, v.CallClassified):
                return
            key = entry.stream.split("/", 2)[2]
            live = self.by_key.get(key)
            if live is None:
                if key in self.closed:
                    return
                live = self._open(new_call(entry.stream), entry)
            if entry.id in live.told:
                return
            live.told.add(entry.id)
            fold(live.call, entry)
            self._learn_trunk(live)
            if isinstance(body, v.CallConferenced) and body.party not in live.call.operators:
                self.outside.add(body.party)
            if live.call.ended:
                self.close(live)
        elif isinstance(body, v.MemberChanged) and entry.stream.startswith(f"member/{self.pbx}/"):
            self._fold_member(body)
        elif isinstance(body, v.PbxRestarted | v.PbxLinked) and entry.stream == pbx_stream(self.pbx):
            self.booted_at = body.booted_at or self.booted_at

    # ------------------------------------------------------------------ calls

    def calls(self) -> Iterator[Call]:
        """The open calls."""
        return (live.call for live in self.by_key.values())

    def open_call(self, key: str, uniqueid: str, channel: str) -> Live:
        """Begin to watch the call ``key`` whose caller came in on ``channel``."""
        call = new_call(call_stream(self.pbx, key))
        call.channel, call.trunk = channel, interface_of(channel)
        live = Live(call=call, key=call.linkedid, uniqueid=uniqueid)
        self.by_key[call.linkedid] = live
        self.by_uniqueid[uniqueid] = live
        self._learn_trunk(live)
        return live

    def _open(self, call: Call, entry: Entry | Draft) -> Live:
        # From the journal: the full Uniqueid isn't in the body; the caller's channel name finds the call again, and
        # the entry's id begins with the Uniqueid that the exchange gave (see draft_id).
        live = Live(call=call, key=call.linkedid, uniqueid="", watched_since=0)
        self.by_key[call.linkedid] = live
        if isinstance(entry.body, v.CallArrived):
            parts = entry.id.split("/")
            if len(parts) >= 4:
                live.uniqueid = parts[1]
                self.by_uniqueid[live.uniqueid] = live
        return live

    def _learn_trunk(self, live: Live) -> None:
        if live.call.trunk:
            self.outside.add(live.call.trunk)

    def bind(self, live: Live, uniqueid: str) -> None:
        """The caller's channel of ``live`` is ``uniqueid`` (learnt from a snapshot or from its next event)."""
        live.uniqueid = uniqueid
        self.by_uniqueid[uniqueid] = live

    def close(self, live: Live) -> None:
        """The call is over: forget the channel, remember the end for a while."""
        self.by_key.pop(live.key, None)
        self.by_uniqueid.pop(live.uniqueid, None)
        self.closed[live.key] = live.call
        while len(self.closed) > CLOSED_KEPT:
            del self.closed[next(iter(self.closed))]

    def say(self, live: Live, out: list[Draft], id: str, body: Record, at: Micros) -> None:
        """Put a draft about ``live`` into ``out`` and fold it at once; nothing when that fact was told already."""
        if id in live.told:
            return
        live.told.add(id)
        draft = Draft(id=id, stream=live.call.stream, body=body, at=at, actor=self.actor)
        fold(live.call, draft)
        out.append(draft)

    def tell(self, live: Live, out: list[Draft], uniqueid: str, body: Record, at: Micros) -> None:
        """:meth:`say` with the id of a fact about the channel ``uniqueid`` at ``at``."""
        self.say(live, out, self.fact_id(uniqueid, body.KIND, at), body, at)

    @property
    def actor(self) -> str:
        """Who tells the facts: the exchange. The same for every bridge, so that their drafts are the same."""
        return f"pbx:{self.pbx}"

    def fact_id(self, uniqueid: str, kind: str, at: Micros) -> str:
        """The id of a fact: exchange, Uniqueid of the channel concerned, kind, the event's own Timestamp."""
        return f"{self.pbx}/{uniqueid}/{kind}/{at // SECOND}.{at % SECOND:06d}"

    # ------------------------------------------------------------------ channels and bridges

    def leg(self, uniqueid: str, channel: str, context: str = "") -> Leg:
        """The leg of that channel, made when it is new; its name follows a rename."""
        leg = self.legs.get(uniqueid)
        if leg is None:
            leg = self.legs[uniqueid] = Leg(uniqueid, channel, context=context)
        elif leg.channel != channel:
            if self.legs_by_channel.get(leg.channel) is leg:
                del self.legs_by_channel[leg.channel]
            leg.channel = channel
        if context:
            leg.context = context
        self.legs_by_channel[channel] = leg
        return leg

    def enter(self, leg: Leg, bridge: str) -> None:
        """``leg`` is in ``bridge`` now, and in no other."""
        self.leave(leg)
        leg.bridge = bridge
        self.bridges.setdefault(bridge, {})[leg.uniqueid] = leg

    def leave(self, leg: Leg, bridge: str | None = None) -> None:
        """``leg`` is out of its bridge (only when that is ``bridge``, if given: a late event must not undo a newer)."""
        if leg.bridge is None or (bridge is not None and leg.bridge != bridge):
            return
        inside = self.bridges.get(leg.bridge)
        if inside is not None:
            inside.pop(leg.uniqueid, None)
            if not inside:
                del self.bridges[leg.bridge]
        leg.bridge = None

    def gone(self, uniqueid: str) -> Leg | None:
        """The channel hung up; its leg, when it was known."""
        leg = self.legs.pop(uniqueid, None)
        if leg is not None:
            self.leave(leg)
            if self.legs_by_channel.get(leg.channel) is leg:
                del self.legs_by_channel[leg.channel]
        return leg

    def connected(self, bridge: str | None) -> list[Leg]:
        """Every leg that hears ``bridge``: those inside, and those behind Local channels, in order of entering."""
        found: list[Leg] = []
        seen: set[str] = set()
        queue = [bridge] if bridge is not None else []
        while queue:
            name = queue.pop(0)
            if name in seen:
                continue
            seen.add(name)
            for leg in self.bridges.get(name, {}).values():
                found.append(leg)
                half = other_half(leg.channel)
                twin = self.legs_by_channel.get(half) if half else None
                if twin is not None and twin.bridge is not None:
                    queue.append(twin.bridge)
        return found

    def is_operator(self, leg: Leg) -> bool:
        """A telephone of the house: neither a helper of Asterisk's nor a line to the outside."""
        if technology(leg.channel) in HELPERS or leg.uniqueid in self.by_uniqueid:
            return False
        interface = interface_of(leg.channel)
        if leg.context == CONFERENCE and not any(operator == interface for _, operator in self.members):
            return False  # a third party: where its channel came from nobody saw, but it is in no queue
        return interface not in self.outside and not self.is_outside(leg.context)

    def is_outside(self, context: str) -> bool:
        """A context in which only lines to the outside ring."""
        return context in self.intake or context in OUTSIDE_CONTEXTS

    def is_party(self, leg: Leg) -> bool:
        """Somebody who can speak: everything but Asterisk's helpers."""
        return technology(leg.channel) not in HELPERS

    # ------------------------------------------------------------------ members

    def member(self, queue: str, operator: str, change: str, reason: str | None, at: Micros, tag: str) -> Draft | None:
        """A draft of a member's change (added, removed, paused, ready), None when nothing changed.

        Another reason for a pause is a change.
        """
        body = v.MemberChanged(queue=queue, operator=operator, state=change, reason=reason)
        before = self.members.get((queue, operator))
        if change == "paused" and before == "paused":
            if self.pauses.get((queue, operator), "") == (reason or ""):
                return None
        elif before == change or (change == "added" and before in ("paused", "ready", "added")):
            return None
        if change == "ready" and before == "added":
            return None
        self._fold_member(body)
        return Draft(
            id=f"{self.pbx}/{queue}:{operator}/member.{change}/{tag}",
            stream=member_stream(self.pbx, operator),
            body=body,
            at=at,
            actor=self.actor,
        )

    def _fold_member(self, body: v.MemberChanged) -> None:
        self.members[body.queue, body.operator] = body.state
        self.pauses.pop((body.queue, body.operator), None)
        if body.state == "paused":
            self.pauses[body.queue, body.operator] = body.reason or ""
        self.member_facts[body.operator] = self.member_facts.get(body.operator, 0) + 1
