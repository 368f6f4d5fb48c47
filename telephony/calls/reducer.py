"""From the exchange's events to the journal's facts: :func:`reduce`, a pure function over :class:`CallsState`.

Of some 210 events of a call about 15 say something; the others are passed over by their name alone, unread. What is
believed, and why, was measured on Asterisk 22:

- a call is what rings in an intake context, or waits in a queue; a leg that we dialled ourselves is none;
- only the Hangup of the caller's own channel ends it; QueueCallerAbandon comes at every exit from a queue;
- abandoned is a call whose caller never shared a bridge with an operator, unless the exchange itself hung up;
- order holds within a topic of Asterisk's bus, not between topics, so everything may come late, early, or twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote

from data.clock import SECOND, Micros
from data.entry import Draft
from data.vocabulary import calls as v
from telephony.asterisk.names import BACK_DEAD, CONSULT, HELD_QUEUE
from telephony.calls import exchange, supervision, talk
from telephony.calls.exchange import booted, end_id, forget_channels, link_down, link_up, lose_all
from telephony.calls.location import read_location
from telephony.calls.names import HELPERS, interface_of, known, member_of, short_call, technology
from telephony.calls.packets import Happening, call_variable, caller_of, leg_of, live_of
from telephony.calls.state import CANDIDATES_KEPT, CallsState, Live
from telephony.link.packet import Packet

RING = "4"
"""ChannelState of a channel that rings us (AST_STATE_RING): it came in. One that we dial begins as 0, Down."""

SHUTDOWN_FLAG = "4"
"""Cause of the SoftHangupRequest by which a stopping Asterisk ends all calls (AST_SOFTHANGUP_SHUTDOWN, 1 << 2)."""

USER_BUSY = "17"
_DIAL_REASONS = {"BUSY": "busy", "NOANSWER": "noanswer", "CANCEL": "cancelled"}
_CAUSE_REASONS = {"17": "busy", "18": "noanswer", "19": "noanswer", "26": "cancelled", "0": "cancelled"}


def reduce(state: CallsState, packet: Packet) -> list[Draft]:
    """The facts that ``packet`` adds. Never raises on what an exchange (or somebody who plays one) can send.

    Events without a Timestamp are passed over: without it a fact has no time and no id (``timestampevents=yes``).
    """
    handler = _HANDLERS.get(packet.name)
    if handler is None:
        return [] if state.pending_uptime is None else exchange.settle_boot(state, packet)
    at = packet.timestamp
    if at is None:
        if packet.name == "FullyBooted":
            state.pending_uptime = exchange.uptime_of(packet)
        return []
    h = Happening(state, packet, at)
    if state.pending_uptime is not None:
        h.out.extend(exchange.settle_boot(state, packet))
    handler(h)
    state.seen_at = at
    return h.out


# ---------------------------------------------------------------------- arriving and waiting


def _newchannel(h: Happening) -> None:
    packet, state = h.packet, h.state
    uniqueid, channel = packet.get("Uniqueid"), packet.get("Channel")
    if not uniqueid or not channel or technology(channel) in HELPERS:
        return
    if packet.get("ChannelState") != RING:
        if state.is_outside(packet.get("Context") or ""):
            state.outside.add(interface_of(channel))  # dialled by us; it is no operator, wherever it goes from here
        return
    if packet.get("Linkedid") != uniqueid:
        return  # a further leg of something that goes on already
    key = short_call(call_variable(packet) or uniqueid)
    if key in state.by_key or key in state.closed:
        return
    body = v.CallArrived(
        channel=known(channel) or "?",
        trunk=interface_of(channel),
        dialled=known(packet.get("Exten"), 80),
        number=known(packet.get("CallerIDNum"), 80),
        name=known(packet.get("CallerIDName")),
        raw=packet.evidence(),
    )
    if (packet.get("Context") or "") in state.intake:
        live = state.open_call(key, uniqueid, channel)
        state.tell(live, h.out, uniqueid, body, h.at)
        return
    state.candidates[uniqueid] = (h.at, body)
    while len(state.candidates) > CANDIDATES_KEPT:
        del state.candidates[next(iter(state.candidates))]


def _incoming(h: Happening) -> Live | None:
    """The call whose caller the event is about, opened now if nothing was known of it."""
    live = live_of(h.state, h.packet)
    uniqueid, channel = h.packet.get("Uniqueid"), h.packet.get("Channel")
    if live is not None:
        return live if live.uniqueid == uniqueid else None
    key = short_call(call_variable(h.packet) or h.packet.get("Linkedid") or "")
    if not uniqueid or not channel or key in h.state.closed or technology(channel) in HELPERS:
        return None
    candidate = h.state.candidates.pop(uniqueid, None)
    live = h.state.open_call(key or uniqueid, uniqueid, channel)
    if candidate is not None:
        h.state.tell(live, h.out, uniqueid, candidate[1], candidate[0])
        return live
    live.watched_since = h.at
    observed = v.CallObserved(
        state="arrived",
        channel=known(channel) or "?",
        number=known(h.packet.get("CallerIDNum"), 80),
        name=known(h.packet.get("CallerIDName")),
    )
    h.state.tell(live, h.out, uniqueid, observed, h.at)
    return live


def _queue_join(h: Happening) -> None:
    queue, live = known(h.packet.get("Queue"), 80), _incoming(h)
    if live is None or queue is None or queue == HELD_QUEUE:
        return  # X112Hold tells that a caller is on hold
    position = _number(h.packet.get("Position"))
    if position is not None and position < 0:
        position = None
    body = v.CallQueued(queue=queue, position=position, priority=live.priority, because=live.because)
    h.state.tell(live, h.out, live.uniqueid, body, h.at)
    live.left_at = live.hung_up = live.because = None


def _number(text: str | None) -> int | None:
    digits = (text or "").removeprefix("-")
    return int(text or "") if digits.isdecimal() and digits.isascii() and len(digits) < 9 else None


def _queue_abandon(h: Happening) -> None:
    live, queue = caller_of(h.state, h.packet), known(h.packet.get("Queue"), 80)
    if live is not None and queue is not None and live.call.waiting_queue == queue:
        h.state.tell(live, h.out, live.uniqueid, v.CallUnqueued(queue=queue), h.at)


def _user_event(h: Happening) -> None:
    name = h.packet.get("UserEvent")
    if name == "X112Location":
        found = read_location(h.packet)
        live = _incoming(h) if found is not None else None
        if live is not None and found is not None:
            h.state.tell(live, h.out, live.uniqueid, found, h.at)
    elif name == "X112Waiting":
        live = caller_of(h.state, h.packet)
        if live is not None:
            live.priority = _number(h.packet.get("QueuePriority"))
            live.because = "telephone_dead" if h.packet.get("Back") == BACK_DEAD else None
    elif name in _TOLD_ALONE:
        _TOLD_ALONE[name](h)
    elif name in ("X112Recording", "X112End"):
        live = caller_of(h.state, h.packet)
        file = known(h.packet.get("File" if name == "X112Recording" else "Rec"))
        if live is not None and file is not None and live.call.recording != file:
            body = v.CallRecording(state="stopped" if name == "X112End" else "started", file=file)
            h.state.tell(live, h.out, live.uniqueid, body, h.at)


_KEYS = re.compile(r"[0-9*#]{1,8}\Z")


def _silent(h: Happening) -> None:
    """The silent-call procedure: who has sent the caller there, and whether he has pressed a key."""
    live, step = caller_of(h.state, h.packet), h.packet.get("Step") or ""
    if live is None or step not in ("start", "digit", "nodigit"):
        return
    call, digit, operator = live.call, h.packet.get("Digit") or "", None
    if step == "start":
        operator = next(iter(call.talking.values()), call.lone_from or call.held_by)
        live.left_at = live.hung_up = None
    body = v.CallSilent(step=step, digit=digit if _KEYS.match(digit) else None, operator=operator)
    h.state.tell(live, h.out, live.uniqueid, body, h.at)


_STEPS = {"operator": "ringing", "answered": "answered", "ended": "ended", "operator-failed": "operator_failed"}
_JOB = re.compile(r"[0-9A-Za-z-]{1,64}\Z")


def _call_back(h: Happening) -> None:
    """How a call-back goes on, which the command named Job asked for."""
    job, step = h.packet.get("Job") or "", _STEPS.get(h.packet.get("Step") or "")
    if step is None or not _JOB.match(job):
        return
    body = v.CommandProgress(
        step=step,
        status=known(h.packet.get("Status"), 20),
        cause=_number(h.packet.get("Cause")),
        network=known(unquote(h.packet.get("Sip") or ""), 80),
        talked_s=_number(h.packet.get("Secs")),
    )
    id = h.state.fact_id(f"command/{job}", f"{body.KIND}.{step}", h.at)
    h.out.append(Draft(id=id, stream=f"command/{job}", body=body, at=h.at, actor=h.state.actor))


def _recording(h: Happening) -> None:
    live = caller_of(h.state, h.packet)
    if live is not None:
        h.state.tell(live, h.out, live.uniqueid, v.CallRecording(state="started"), h.at)


def _muted(h: Happening) -> None:
    live, state = caller_of(h.state, h.packet), h.packet.get("State")
    if live is not None and state in ("0", "1"):
        body = v.CallRecording(state="muted" if state == "1" else "unmuted")
        h.state.tell(live, h.out, live.uniqueid, body, h.at)


# ---------------------------------------------------------------------- offers and the answer


def _agent_called(h: Happening) -> None:
    live, leg = live_of(h.state, h.packet), leg_of(h.state, h.packet, "Dest")
    operator = member_of(h.packet.get("Interface"))
    if live is not None and leg is not None and operator is not None:
        _offer(h, live, leg.uniqueid, leg.channel, operator, known(h.packet.get("Queue"), 80))


def _dial_begin(h: Happening) -> None:
    live = live_of(h.state, h.packet) or live_of(h.state, h.packet, "Dest")
    leg = leg_of(h.state, h.packet, "Dest") if live is not None else None
    if h.packet.get("Context") == CONSULT:
        return  # an operator asks a colleague: it does not ring there for the caller
    if live is not None and leg is not None and h.state.is_operator(leg):
        _offer(h, live, leg.uniqueid, leg.channel, interface_of(leg.channel), None)


def _offer(h: Happening, live: Live, uniqueid: str, channel: str, operator: str, queue: str | None) -> None:
    offer = live.call.offers.get(channel)
    if (offer is None or offer.observed) and channel not in live.call.talking:
        body = v.CallOffered(operator=operator, channel=channel, queue=queue)
        h.state.tell(live, h.out, uniqueid, body, h.at)


def _offer_over(h: Happening, live: Live, uniqueid: str, channel: str, reason: str) -> None:
    offer = live.call.offers.get(channel)
    if offer is not None:
        body = v.CallOfferEnded(operator=offer.operator, reason=reason, channel=channel)
        h.state.tell(live, h.out, uniqueid, body, h.at)


def _ring_no_answer(h: Happening) -> None:
    live, leg = live_of(h.state, h.packet), leg_of(h.state, h.packet, "Dest")
    if live is not None and leg is not None:
        _offer_over(h, live, leg.uniqueid, leg.channel, "busy" if leg.busy else "noanswer")


def _dial_end(h: Happening) -> None:
    status = h.packet.get("DialStatus") or ""
    if status == "ANSWER":
        return  # AgentConnect or the bridge tells
    live = live_of(h.state, h.packet) or live_of(h.state, h.packet, "Dest")
    leg = leg_of(h.state, h.packet, "Dest") if live is not None else None
    if live is not None and leg is not None:
        reason = "busy" if leg.busy else _DIAL_REASONS.get(status, "failed")
        _offer_over(h, live, leg.uniqueid, leg.channel, reason)


def _agent_connect(h: Happening) -> None:
    live, leg = live_of(h.state, h.packet), leg_of(h.state, h.packet, "Dest")
    operator = member_of(h.packet.get("Interface"))
    if live is not None and leg is not None and operator is not None and leg.channel not in live.call.talking:
        talk.join(h, live, leg, operator, known(h.packet.get("Queue"), 80))


def _agent_complete(h: Happening) -> None:
    # "caller" proves nothing: it is said too when the console hangs up, and long after a redirect.
    live = live_of(h.state, h.packet) or live_of(h.state, h.packet, "Dest")
    if live is not None and live.hung_up is None and h.packet.get("Reason") == "agent":
        _operator_hung_up(live, h.packet.get("DestChannel") or "")


def _operator_hung_up(live: Live, channel: str) -> None:
    """It ends the call only when nobody else is there: one of a conference just leaves it."""
    if list(live.call.talking) == [channel] and live.parties <= 2 and live.call.held_how is None:
        live.hung_up = "operator"


# ---------------------------------------------------------------------- the end


def _hangup_request(h: Happening) -> None:
    """A telephone asked for the end: the caller's (BYE, CANCEL), or that of the only operator in the talk."""
    live, leg = live_of(h.state, h.packet), leg_of(h.state, h.packet)
    if leg is not None and h.packet.get("Cause") == USER_BUSY:
        leg.busy = True
        if live is not None:
            live.busy_at = h.at
    if live is None or leg is None or live.hung_up is not None:
        return
    if leg.uniqueid == live.uniqueid:
        live.hung_up = "caller"
    else:
        _operator_hung_up(live, leg.channel)


def _soft_hangup_request(h: Happening) -> None:
    live = caller_of(h.state, h.packet)
    if live is not None and live.hung_up is None and h.packet.get("Cause") == SHUTDOWN_FLAG:
        live.hung_up = "pbx"


def _hangup(h: Happening) -> None:
    uniqueid, cause = h.packet.get("Uniqueid") or "", h.packet.get("Cause") or ""
    h.state.candidates.pop(uniqueid, None)
    live = live_of(h.state, h.packet)
    if live is not None and live.uniqueid == uniqueid:
        _end(h, live, int(cause) if cause.isdecimal() and len(cause) < 4 else None)
        h.state.gone(uniqueid)
        return
    leg = h.state.legs.get(uniqueid)
    bridge = leg.bridge if leg is not None else None
    h.state.gone(uniqueid)
    if leg is not None and bridge is not None:
        talk.settle(h, bridge, moved=leg)
    channel = h.packet.get("Channel") or ""
    if live is not None:
        _offer_over(h, live, uniqueid, channel, _CAUSE_REASONS.get(cause, "failed"))
        operator = live.call.talking.get(channel)
        if operator is not None and live.hung_up not in ("caller", "pbx"):
            talk.left(h, live, uniqueid, channel, operator)


def _end(h: Happening, live: Live, cause: int | None) -> None:
    call = live.call
    if call.silent == "start":
        h.state.tell(live, h.out, live.uniqueid, v.CallSilent(step="hung_up"), h.at)
    ended_by = live.hung_up
    if ended_by is None and call.answered and _parted_just_now(live, h.at):
        # Nobody's telephone asked for it: an operator hung up at the console, or left and the dialplan ended it.
        ended_by = "operator"
    unanswered = "pbx_lost" if ended_by == "pbx" else "abandoned"
    outcome = "answered" if call.answered else unanswered
    body = v.CallEnded(outcome=outcome, ended_by=ended_by, cause=cause, evidence="Hangup")
    h.state.say(live, h.out, end_id(live), body, h.at)
    h.state.close(live)


def _parted_just_now(live: Live, at: Micros) -> bool:
    if live.left_at is None or at - live.left_at > SECOND:
        return False
    # After a start in the middle the caller's own HangupRequest may have gone by unseen just before.
    return live.watched_since is None or at - live.watched_since > SECOND


def _rename(h: Happening) -> None:
    uniqueid, new = h.packet.get("Uniqueid"), h.packet.get("Newname")
    if uniqueid and new and uniqueid in h.state.legs:
        h.state.leg(uniqueid, new)


_TOLD_ALONE: dict[str | None, Callable[[Happening], None]] = {
    "X112Hold": talk.music_start,  # the console's hold; the music itself may be filtered out
    "X112Resume": talk.music_stop,
    "X112Conference": talk.conference,
    "X112Consult": talk.consult,
    "X112Callback": _call_back,
    "X112Silent": _silent,
    "X112Listen": supervision.listens,
}
"""Our dialplan's own events with a handler each."""

_HANDLERS: dict[str, Callable[[Happening], None]] = {
    "Newchannel": _newchannel,
    "Rename": _rename,
    "UserEvent": _user_event,
    "MixMonitorStart": _recording,
    "MixMonitorMute": _muted,
    "QueueCallerJoin": _queue_join,
    "QueueCallerAbandon": _queue_abandon,
    "AgentCalled": _agent_called,
    "DialBegin": _dial_begin,
    "AgentRingNoAnswer": _ring_no_answer,
    "DialEnd": _dial_end,
    "AgentConnect": _agent_connect,
    "AgentComplete": _agent_complete,
    "BridgeEnter": talk.bridge_enter,
    "BridgeLeave": talk.bridge_leave,
    "Hold": talk.hold,
    "Unhold": talk.unhold,
    "MusicOnHoldStart": talk.music_start,
    "MusicOnHoldStop": talk.music_stop,
    "ParkedCall": talk.parked,
    "UnParkedCall": talk.unparked,
    "ParkedCallTimeOut": talk.unparked,
    "BlindTransfer": talk.blind_transfer,
    "AttendedTransfer": talk.attended_transfer,
    "HangupRequest": _hangup_request,
    "SoftHangupRequest": _soft_hangup_request,
    "Hangup": _hangup,
    "Shutdown": exchange.shutdown,
    "FullyBooted": exchange.fully_booted,
    "QueueMemberAdded": exchange.member_added,
    "QueueMemberRemoved": exchange.member_removed,
    "QueueMemberPause": exchange.member_pause,
}

__all__ = ["EVENTS", "booted", "end_id", "forget_channels", "link_down", "link_up", "lose_all", "reduce"]

EVENTS = frozenset(_HANDLERS)
"""The events that the reducer reads; every other one may be filtered out at the exchange."""
