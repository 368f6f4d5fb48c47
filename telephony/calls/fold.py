"""The fold of a call: its journal entries, one after another, make a :class:`Call`. Pure.

Everything that a bridge, a projection or a rule knows of a call comes from here, so a bridge that is started in the
middle of a call knows what the one before it knew. Facts may come twice (from two bridges) and a little out of order;
the first of a kind stands, and nothing here raises on an unexpected order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from data.clock import Micros
from data.entry import Draft, Entry
from data.vocabulary import calls as v

CLOSE: Micros = 50_000
"""A moment that is known to 50 ms is known well enough."""

Fact = Entry | Draft
"""A fold takes what stands in the journal and what is about to."""


class Offer(msgspec.Struct):
    """An operator's telephone rings (or is asked to) for the call; ``observed``: a snapshot showed it ringing."""

    operator: str
    at: Micros
    queue: str | None = None
    observed: bool = False


class Location(msgspec.Struct, frozen=True):
    """Where the trunk says that the caller is. ``radius_m`` None: a bare point."""

    lat: float
    lon: float
    radius_m: float | None = None
    source: str | None = None
    at: Micros = 0


class Call(msgspec.Struct, omit_defaults=True):
    """A call as the journal tells it. Times are UTC microseconds, None when nobody saw that moment.

    ``operators``: everyone who talked with the caller, in order of the first time; ``talking``: who does now, by
    channel; ``offers``: whose telephone rings now, by channel. ``lone_from``: the operator who left the caller alone
    without a transfer, a hold or a queue that would explain it (then a new partner means a transfer by redirect).
    ``parties``: how many there were at most; ``third``: the third party that is in the talk now. ``consulting``: whom
    the operator asks while the caller is on hold, ``consulted`` when that one has answered.
    """

    stream: str
    pbx: str
    linkedid: str
    channel: str | None = None
    trunk: str | None = None
    dialled: str | None = None
    number: str | None = None
    name: str | None = None
    arrived_at: Micros | None = None
    queued_at: Micros | None = None
    queue: str | None = None
    waiting_queue: str | None = None
    waiting_since: Micros | None = None
    priority: int | None = None
    offers: dict[str, Offer] = {}
    offered_at: Micros | None = None
    offers_made: int = 0
    answered_at: Micros | None = None
    answered: bool = False
    operator: str | None = None
    operators: list[str] = []
    talking: dict[str, str] = {}
    lone_from: str | None = None
    passed_from: str | None = None
    held_since: Micros | None = None
    held_how: str | None = None
    held_by: str | None = None
    place: str | None = None
    held_us: int = 0
    transfers: int = 0
    parties: int = 0
    third: str | None = None
    consulting: str | None = None
    consulted: bool = False
    recording: str | None = None
    silent: str | None = None
    """The last step of the silent-call procedure, if there was one: see :class:`data.vocabulary.calls.CallSilent`."""
    location: Location | None = None
    location_text: str | None = None
    ended_at: Micros | None = None
    outcome: str | None = None
    ended_by: str | None = None
    cause: int | None = None
    end_evidence: str | None = None
    classified: str | None = None
    classified_at: Micros | None = None
    classified_by: str | None = None
    incident: str | None = None
    reason: str | None = None
    observed_at: Micros | None = None
    recovered_from: str | None = None
    estimated: tuple[str, ...] = ()
    """Which of arrived_at, answered_at a snapshot told in whole seconds; an archive that knows better replaces them."""
    facts: int = 0
    seen_at: Micros | None = None

    @property
    def ended(self) -> bool:
        """The caller's channel is gone."""
        return self.outcome is not None

    @property
    def state(self) -> str:
        """arrived, waiting, ringing, talking, held, asked (in the silent-call procedure), alone, ended.

        ``alone``: answered, but nobody is with the caller, or somebody who is no operator.
        """
        if self.outcome is not None:
            return "ended"
        if self.held_since is not None:
            return "held"
        if self.talking:
            return "talking"
        if self.offers:
            return "ringing"
        if self.waiting_queue is not None:
            return "waiting"
        nobody = "asked" if self.silent == "start" else "alone"
        return nobody if self.answered else "arrived"

    @property
    def began_at(self) -> Micros | None:
        """The first moment known of the call."""
        moments = [t for t in (self.arrived_at, self.queued_at, self.observed_at) if t is not None]
        return min(moments) if moments else None


def new_call(stream: str) -> Call:
    """The call of ``stream`` (``call/<pbx>/<linkedid>``) before anything is known of it."""
    _, pbx, linkedid = stream.split("/", 2)
    return Call(stream=stream, pbx=pbx, linkedid=linkedid)


def is_call(stream: str) -> bool:
    """Is this the stream of a call?"""
    return stream.startswith("call/")


def fold(call: Call | None, fact: Fact) -> Call:
    """``call`` (changed in place; None: a new one) after ``fact``. Kinds that say nothing of calls change nothing."""
    if call is None:
        call = new_call(fact.stream)
    step = _STEPS.get(fact.body.KIND)
    if step is not None:
        step(call, fact.body, fact.at)
        if fact.body.KIND == "call.classified":
            call.classified_by = fact.actor or None
        else:
            call.facts += 1
            call.seen_at = fact.at if call.seen_at is None else max(call.seen_at, fact.at)
    return call


def fold_all(facts: Iterable[Fact]) -> Call | None:
    """The call that the entries of one stream tell; None when there are none."""
    call: Call | None = None
    for fact in facts:
        call = fold(call, fact)
    return call


def _arrived(call: Call, body: v.CallArrived, at: Micros) -> None:
    call.arrived_at = at if call.arrived_at is None else min(at, call.arrived_at)
    call.channel = body.channel
    call.trunk = body.trunk
    call.dialled = body.dialled
    call.number = body.number or call.number
    call.name = body.name or call.name


def _located(call: Call, body: v.CallLocated, at: Micros) -> None:
    call.location = Location(body.lat, body.lon, body.radius_m, body.source, at)


def _location_text(call: Call, body: v.CallLocationText, at: Micros) -> None:
    call.location_text = body.text or call.location_text


def _queued(call: Call, body: v.CallQueued, at: Micros) -> None:
    if call.queued_at is None:
        call.queued_at = at
        call.queue = body.queue
    if call.ended:
        return
    call.waiting_queue = body.queue
    call.waiting_since = at
    call.priority = body.priority if body.priority is not None else call.priority
    call.lone_from = call.third = None
    call.talking.clear()
    _unhold(call, at)
    _asks_nobody(call)


def _unqueued(call: Call, body: v.CallUnqueued, at: Micros) -> None:
    if call.waiting_queue == body.queue:
        call.waiting_queue = None
        call.waiting_since = None


def _offered(call: Call, body: v.CallOffered, at: Micros) -> None:
    call.offered_at = at if call.offered_at is None else call.offered_at
    call.offers_made += 1
    if not call.ended:
        call.offers[body.channel or body.operator] = Offer(body.operator, at, body.queue)


def _offer_ended(call: Call, body: v.CallOfferEnded, at: Micros) -> None:
    call.offers.pop(body.channel or body.operator, None)


def _joins(call: Call, operator: str, channel: str | None, at: Micros) -> None:
    if operator not in call.operators:
        call.operators.append(operator)
    key = channel or operator
    call.offers.pop(key, None)
    if call.ended:
        return
    call.talking[key] = operator
    call.lone_from = None
    call.waiting_queue = None
    call.waiting_since = None
    if call.silent == "start":
        call.silent = None  # what came of it nobody saw, and an operator has him again
    if call.held_how == "park":
        _unhold(call, at)


def _answered(call: Call, body: v.CallAnswered, at: Micros) -> None:
    if not call.answered:
        call.answered = True
        call.operator = body.operator
        call.answered_at = at
    _joins(call, body.operator, body.channel, at)


def _operator_joined(call: Call, body: v.CallOperatorJoined, at: Micros) -> None:
    _joins(call, body.operator, body.channel, at)


def _operator_left(call: Call, body: v.CallOperatorLeft, at: Micros) -> None:
    was = call.talking.pop(body.channel or body.operator, None)
    if call.third == body.operator:
        call.third = None
    if was is None or call.talking:
        return
    if call.passed_from == body.operator:
        call.passed_from = None
    elif call.held_since is None and call.silent != "start":
        call.lone_from = body.operator


def _held(call: Call, body: v.CallHeld, at: Micros) -> None:
    if call.ended:
        return
    if call.held_since is None:
        call.held_since = at
    call.held_how = body.how
    call.held_by = body.operator or call.held_by
    call.place = body.place
    call.lone_from = None


def _unhold(call: Call, at: Micros) -> None:
    if call.held_since is not None:
        call.held_us += max(0, at - call.held_since)
    call.held_since = call.held_how = call.held_by = call.place = None


def _resumed(call: Call, body: v.CallResumed, at: Micros) -> None:
    _unhold(call, at)
    _asks_nobody(call)


def _consulted(call: Call, body: v.CallConsulted, at: Micros) -> None:
    if call.ended or body.step in ("ended", "failed"):
        _asks_nobody(call)
    else:
        call.consulting, call.consulted = body.party, body.step == "talking"


def _asks_nobody(call: Call) -> None:
    call.consulting, call.consulted = None, False


def _transferred(call: Call, body: v.CallTransferred, at: Micros) -> None:
    call.transfers += 1
    call.passed_from = body.from_operator if body.from_operator in call.talking.values() else None
    call.lone_from = None
    _asks_nobody(call)


def _conferenced(call: Call, body: v.CallConferenced, at: Micros) -> None:
    call.parties = max(call.parties, body.parties)
    call.third = body.party
    call.lone_from = None


def _party(call: Call, body: v.CallPartyFailed | v.CallPartyLeft, at: Micros) -> None:
    """Who did not come was never in the talk; who left is out of it."""
    if isinstance(body, v.CallPartyLeft) and call.third == body.party:
        call.third = None


def _recording(call: Call, body: v.CallRecording, at: Micros) -> None:
    call.recording = body.file or call.recording


def _lifted(call: Call, body: v.CallLifted, at: Micros) -> None:
    if call.waiting_queue is not None:
        call.priority = body.priority


def _silent(call: Call, body: v.CallSilent, at: Micros) -> None:
    call.silent = body.step
    if body.step == "start":
        call.lone_from = None
        _unhold(call, at)


def _ended(call: Call, body: v.CallEnded, at: Micros) -> None:
    if call.ended:
        return
    _unhold(call, at)
    call.outcome = body.outcome
    call.ended_at = at
    call.ended_by = body.ended_by
    call.cause = body.cause
    call.end_evidence = body.evidence
    _over(call)


def _over(call: Call) -> None:
    call.offers.clear()
    call.talking.clear()
    call.waiting_queue = call.waiting_since = call.lone_from = call.passed_from = call.third = None
    _asks_nobody(call)


def _observed(call: Call, body: v.CallObserved, at: Micros) -> None:
    call.observed_at = at if call.observed_at is None else call.observed_at
    if call.ended:
        return
    call.channel = call.channel or body.channel
    call.number = call.number or body.number
    call.name = call.name or body.name
    if call.arrived_at is None and body.began_at is not None:
        call.arrived_at = body.began_at
        call.estimated = (*call.estimated, "arrived_at")
    if body.state == "waiting":
        call.queue = call.queue or body.queue
        call.waiting_queue = body.queue
        call.waiting_since = call.waiting_since or body.began_at or at
        call.talking.clear()
    elif body.state == "ringing" and body.operator:
        call.offers.setdefault(body.operator_channel or body.operator, Offer(body.operator, at, body.queue, True))
    elif body.state == "talking":
        if not call.answered:
            call.answered = True
            call.operator = body.operator
            call.answered_at = body.answered_at
            if body.answered_at is not None:
                call.estimated = (*call.estimated, "answered_at")
        if body.operator:
            _joins(call, body.operator, body.operator_channel, at)
        call.waiting_queue = call.waiting_since = None


def _recovered(call: Call, body: v.CallRecovered, at: Micros) -> None:
    call.recovered_from = body.source
    if call.arrived_at is None or "arrived_at" in call.estimated:
        call.arrived_at = body.arrived_at
    saw_the_answer = call.answered_at is not None and "answered_at" not in call.estimated
    if body.answered_at is not None and call.answered_at is not None and body.answered_at < call.answered_at - CLOSE:
        saw_the_answer = False  # what was taken for it is a later talk
    if body.answered_at is not None and not saw_the_answer:
        call.answered_at = body.answered_at
    call.estimated = ()
    call.number = call.number or body.number
    call.name = call.name or body.name
    call.queue = call.queue or body.queue
    if body.silent is not None and call.silent in (None, "start"):
        call.silent = body.silent
    call.queued_at = call.queued_at or body.queued_at
    call.offered_at = call.offered_at or body.offered_at
    if body.answered_at is not None:
        call.answered = True
    told = body.operators or ((body.operator,) if body.operator else ())
    if saw_the_answer:
        call.operators += [each for each in told if each not in call.operators]
    else:  # a snapshot showed who talked just then, who need not be the first
        call.operators = [*told, *(each for each in call.operators if each not in told)]
        call.operator = body.operator or call.operator
    if call.outcome is None or call.end_evidence not in (None, "Hangup"):  # not seen, but concluded
        call.outcome = body.outcome
        call.ended_at = body.ended_at or (call.ended_at if call.end_evidence != "snapshot" else None)
        call.ended_by = body.ended_by
        call.end_evidence = body.source
        _over(call)
    elif body.outcome == "answered":
        call.outcome = body.outcome  # the end was seen, the talk before it was not


def _classified(call: Call, body: v.CallClassified, at: Micros) -> None:
    call.classified = body.outcome
    call.classified_at = at
    call.incident = body.incident
    call.reason = body.reason


_STEPS: dict[str, Callable[[Call, Any, Micros], None]] = {
    v.CallArrived.KIND: _arrived,
    v.CallLocated.KIND: _located,
    v.CallLocationText.KIND: _location_text,
    v.CallQueued.KIND: _queued,
    v.CallUnqueued.KIND: _unqueued,
    v.CallOffered.KIND: _offered,
    v.CallOfferEnded.KIND: _offer_ended,
    v.CallAnswered.KIND: _answered,
    v.CallOperatorJoined.KIND: _operator_joined,
    v.CallOperatorLeft.KIND: _operator_left,
    v.CallHeld.KIND: _held,
    v.CallResumed.KIND: _resumed,
    v.CallTransferred.KIND: _transferred,
    v.CallConsulted.KIND: _consulted,
    v.CallConferenced.KIND: _conferenced,
    v.CallPartyFailed.KIND: _party,
    v.CallPartyLeft.KIND: _party,
    v.CallRecording.KIND: _recording,
    v.CallSilent.KIND: _silent,
    v.CallLifted.KIND: _lifted,
    v.CallEnded.KIND: _ended,
    v.CallObserved.KIND: _observed,
    v.CallRecovered.KIND: _recovered,
    v.CallClassified.KIND: _classified,
}

CALL_KINDS = frozenset(_STEPS)
"""The kinds that this fold understands."""
