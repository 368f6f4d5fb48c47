"""Who talks with whom: bridges, hold, parking, transfers, conferences.

A talk is told by bridges, not by transfer events: those come or don't come (a Redirect sends none), and Local channels
stand between. So after each move of a channel the people that the caller now hears are compared with those that the
call's fold knows.
"""

from __future__ import annotations

from data.clock import SECOND
from data.vocabulary import calls as v
from telephony.calls.names import interface_of, is_seat_leg, known, other_half
from telephony.calls.packets import Happening, caller_of, leg_of, live_of
from telephony.calls.state import Leg, Live


def bridge_enter(h: Happening) -> None:
    """A channel came into a bridge."""
    leg, bridge = leg_of(h.state, h.packet), h.packet.get("BridgeUniqueid")
    if leg is None or not bridge:
        return
    before = leg.bridge
    caller_of(h.state, h.packet)  # binds the caller's channel of a call that came from the journal
    h.state.enter(leg, bridge)
    settle(h, before if before != bridge else None, bridge, moved=leg)


def bridge_leave(h: Happening) -> None:
    """A channel went out of a bridge."""
    leg, bridge = leg_of(h.state, h.packet), h.packet.get("BridgeUniqueid")
    if leg is None or not bridge or leg.bridge != bridge:
        return
    caller_of(h.state, h.packet)
    h.state.leave(leg, bridge)
    settle(h, bridge, moved=leg)


def settle(h: Happening, *bridges: str | None, moved: Leg) -> None:
    """Compare what the journal says with who now hears whom, for every call that ``moved`` could concern."""
    state = h.state
    lives: dict[str, Live] = {}
    own = state.by_uniqueid.get(moved.uniqueid)
    if own is not None:
        lives[own.key] = own
    half = other_half(moved.channel)
    twin = state.legs_by_channel.get(half) if half else None
    for bridge in (*bridges, twin.bridge if twin is not None else None):
        for leg in state.connected(bridge):
            live = state.by_uniqueid.get(leg.uniqueid)
            if live is not None:
                lives[live.key] = live
    for live in lives.values():
        _settle_call(h, live, moved)


def _settle_call(h: Happening, live: Live, moved: Leg) -> None:
    state, call = h.state, live.call
    caller = state.legs.get(live.uniqueid)
    heard = state.connected(caller.bridge) if caller is not None else []
    partners = [leg for leg in heard if leg.uniqueid != live.uniqueid and state.is_party(leg)]
    operators = {leg.channel: leg for leg in partners if state.is_operator(leg)}
    for channel, leg in operators.items():
        if channel not in call.talking:
            join(h, live, leg, interface_of(channel))
    if partners and not operators and call.lone_from is not None:
        outside = partners[0]
        body = v.CallTransferred(method="redirect", from_operator=call.lone_from, target=interface_of(outside.channel))
        state.tell(live, h.out, outside.uniqueid, body, h.at)
        live.left_at = None
    parties = 1 + len(partners)
    if parties >= 3 and parties > live.parties:
        newest = moved if moved in partners else partners[-1]
        body3 = v.CallConferenced(party=interface_of(newest.channel), parties=parties)
        state.tell(live, h.out, newest.uniqueid, body3, h.at)
    gone = moved not in partners and moved.uniqueid != live.uniqueid and state.is_party(moved)
    if live.parties > max(parties, 2) and gone and not state.is_operator(moved) and live.hung_up is None:
        left_body = v.CallPartyLeft(party=interface_of(moved.channel))
        state.tell(live, h.out, moved.uniqueid, left_body, h.at)
    live.parties = parties
    for channel, operator in list(call.talking.items()):
        if channel not in operators:
            _part(h, live, channel, operator)


def _part(h: Happening, live: Live, channel: str, operator: str) -> None:
    """The caller doesn't hear that operator any more."""
    if live.hung_up in ("caller", "pbx"):
        return  # the call's end follows and says it all
    leg = h.state.legs_by_channel.get(channel)
    if live.call.held_how == "hold" and leg is not None:
        return  # asks a colleague, say, and may come back: still the operator of the call until the telephone goes
    left(h, live, leg.uniqueid if leg is not None else channel, channel, operator)


def left(h: Happening, live: Live, uniqueid: str, channel: str, operator: str) -> None:
    """Tell that ``operator`` left; remember when nobody is with the caller now."""
    h.state.tell(live, h.out, uniqueid, v.CallOperatorLeft(operator=operator, channel=channel), h.at)
    if not live.call.talking:
        live.left_at = h.at


def join(h: Happening, live: Live, leg: Leg, operator: str, queue: str | None = None) -> None:
    """Tell that ``operator`` talks with the caller: the answer when it is the first, else a further one."""
    state, call = h.state, live.call
    if call.held_how is not None:
        state.tell(live, h.out, leg.uniqueid, v.CallResumed(how=call.held_how, operator=operator), h.at)
    if not call.answered:
        answered = v.CallAnswered(operator=operator, channel=leg.channel, queue=queue or call.waiting_queue)
        state.tell(live, h.out, leg.uniqueid, answered, h.at)
    else:
        if call.lone_from not in (None, operator):
            moved = v.CallTransferred(method="redirect", from_operator=call.lone_from, target=operator)
            state.tell(live, h.out, leg.uniqueid, moved, h.at)
        joined = v.CallOperatorJoined(operator=operator, channel=leg.channel)
        state.tell(live, h.out, leg.uniqueid, joined, h.at)
    live.left_at = None
    if live.hung_up == "operator":
        live.hung_up = None


_REASONS = {"1": "noanswer", "3": "noanswer", "5": "busy"}
"""Why an Originate failed (AST_CONTROL_*); a busy telephone gives 0, as everything else does."""


def conference(h: Happening) -> None:
    """A third party that was called did not come. (That one came, its bridge tells.)"""
    live, step = live_of(h.state, h.packet), h.packet.get("Step")
    if live is None:
        return
    party = known(h.packet.get("Party"), 80) or "?"
    reason = None
    if step == "failed":
        busy = live.busy_at is not None and h.at - live.busy_at < SECOND
        reason = "busy" if busy else _REASONS.get(h.packet.get("Reason") or "", "failed")
    elif step == "left" and h.packet.get("Result") != "SUCCESS":
        reason = "not_joined"
    if reason is not None:
        uniqueid = h.packet.get("Uniqueid") or live.uniqueid
        h.state.tell(live, h.out, uniqueid, v.CallPartyFailed(party=party, reason=reason), h.at)


_NOBODY = {"BUSY": "busy", "NOANSWER": "noanswer"}
"""Why a Dial came to nothing (DIALSTATUS); everything else is a failure of the line."""


def consult(h: Happening) -> None:
    """An operator asks somebody while the caller is on hold, and perhaps connects the two.

    The operator's leg tells ``calling`` and ``over`` (also when there was nothing left to be over: the caller was
    taken back), that of the one asked ``talking``, the caller's ``completed``.
    """
    live, step = live_of(h.state, h.packet), h.packet.get("Step")
    if live is None:
        return
    call, uniqueid = live.call, h.packet.get("Uniqueid") or live.uniqueid
    party = known(h.packet.get("Party"), 80) or "?"
    operator = next(iter(call.talking.values()), call.held_by)
    if step == "completed":
        _completed(h, live)
    elif step == "calling" or (step == "talking" and (call.consulting is not None or call.held_how == "hold")):
        h.state.tell(live, h.out, uniqueid, v.CallConsulted(step=step, party=party, operator=operator), h.at)
    elif step == "over" and call.consulting == party:
        status = h.packet.get("Status") or ""
        reason = None if status == "ANSWER" else _NOBODY.get(status, "failed")
        body = v.CallConsulted(step="failed" if reason else "ended", party=party, operator=operator, reason=reason)
        h.state.tell(live, h.out, uniqueid, body, h.at)


def _completed(h: Happening, live: Live) -> None:
    """Caller and the one asked are connected; the bridges tell of it a moment before or after."""
    if live.uniqueid != h.packet.get("Uniqueid"):
        return
    operator, target = h.packet.get("Phone") or "", h.packet.get("Target") or ""
    body = v.CallTransferred(
        method="attended", from_operator=interface_of(operator) or None, target=interface_of(target) or None
    )
    h.state.tell(live, h.out, live.uniqueid, body, h.at)
    if live.call.held_how == "hold":
        h.state.tell(live, h.out, live.uniqueid, v.CallResumed(how="hold"), h.at)
    live.left_at = None


# ---------------------------------------------------------------------- hold and parking


def hold(h: Happening) -> None:
    """An operator's telephone put the caller on hold (the event is on the operator's channel)."""
    found = _at_telephone(h)
    if found is not None and found[0].call.held_since is None:
        live, leg, operator = found
        h.state.tell(live, h.out, leg.uniqueid, v.CallHeld(how="hold", operator=operator), h.at)


def unhold(h: Happening) -> None:
    """The operator's telephone took the caller back."""
    found = _at_telephone(h)
    if found is not None and found[0].call.held_how == "hold":
        live, leg, operator = found
        h.state.tell(live, h.out, leg.uniqueid, v.CallResumed(how="hold", operator=operator), h.at)


def _at_telephone(h: Happening) -> tuple[Live, Leg, str] | None:
    """The call, the leg and the name of the operator whose telephone the event is about.

    With a seat it is about the seat's own channel, which belongs to no call; his leg of the call is beside it.
    """
    live, leg = live_of(h.state, h.packet), leg_of(h.state, h.packet)
    if leg is None:
        return None
    if live is not None:
        operator = live.call.talking.get(leg.channel)
        return (live, leg, operator) if operator is not None else None
    telephone = interface_of(leg.channel)
    for live in h.state.by_key.values():
        for channel, operator in live.call.talking.items():
            mine = h.state.legs_by_channel.get(channel)
            if operator == telephone and is_seat_leg(channel) and mine is not None:
                return live, mine, operator
    return None


def music_start(h: Happening) -> None:
    """The caller hears music: in the queue that is waiting, after the answer it is hold, however it was done."""
    live = caller_of(h.state, h.packet)
    if live is None:
        return
    call = live.call
    if call.answered and call.waiting_queue is None and call.held_since is None:
        operator = next(iter(call.talking.values()), call.lone_from)
        h.state.tell(live, h.out, live.uniqueid, v.CallHeld(how="hold", operator=operator), h.at)


def music_stop(h: Happening) -> None:
    """The music ended; a parked caller stays parked until the exchange says otherwise."""
    live = caller_of(h.state, h.packet)
    if live is not None and live.call.consulting is not None and h.packet.name == "MusicOnHoldStop":
        return  # he may be taken back, or connected with whoever is asked: the dialplan says which
    if live is not None and live.call.held_how == "hold":
        operator = next(iter(live.call.talking.values()), live.call.held_by)
        h.state.tell(live, h.out, live.uniqueid, v.CallResumed(how="hold", operator=operator), h.at)


def parked(h: Happening) -> None:
    """The caller stands in a parking space."""
    live = caller_of(h.state, h.packet, "Parkee")
    if live is None or live.call.held_how == "park":
        return
    call = live.call
    operator = next(iter(call.talking.values()), call.lone_from)
    place = known(h.packet.get("ParkingSpace"), 40)
    h.state.tell(live, h.out, live.uniqueid, v.CallHeld(how="park", operator=operator, place=place), h.at)


def unparked(h: Happening) -> None:
    """The caller was fetched from the parking space, or its time was over."""
    live = caller_of(h.state, h.packet, "Parkee")
    if live is None or live.call.held_how != "park":
        return
    retriever = leg_of(h.state, h.packet, "Retriever")
    operator = None
    if retriever is not None and h.state.is_operator(retriever):
        operator = interface_of(retriever.channel)
    h.state.tell(live, h.out, live.uniqueid, v.CallResumed(how="park", operator=operator), h.at)


# ---------------------------------------------------------------------- transfers


def blind_transfer(h: Happening) -> None:
    """An operator sent the caller on; who takes the call is told by DialBegin and BridgeEnter."""
    live = caller_of(h.state, h.packet, "Transferee")
    transferer = leg_of(h.state, h.packet, "Transferer")
    if live is None or transferer is None or h.packet.get("Result") != "Success":
        return
    body = v.CallTransferred(
        method="blind",
        from_operator=interface_of(transferer.channel),
        target=_extension(h),
    )
    h.state.tell(live, h.out, transferer.uniqueid, body, h.at)
    live.left_at = None


def attended_transfer(h: Happening) -> None:
    """An operator asked another party first and then gave the caller over."""
    live = caller_of(h.state, h.packet, "Transferee")
    transferer = leg_of(h.state, h.packet, "OrigTransferer")
    if live is None or transferer is None or h.packet.get("Result") != "Success":
        return
    body = v.CallTransferred(
        method="attended",
        from_operator=interface_of(transferer.channel),
        target=_target(h) or _extension(h),
    )
    h.state.tell(live, h.out, transferer.uniqueid, body, h.at)
    live.left_at = None


def _target(h: Happening) -> str | None:
    """The person behind the transfer's target, which may be one end of a Local channel."""
    channel = h.packet.get("TransferTargetChannel")
    if not channel:
        return None
    half = other_half(channel)
    if half is None:
        return interface_of(channel)
    twin = h.state.legs_by_channel.get(half)
    for leg in h.state.connected(twin.bridge if twin is not None else None):
        if h.state.is_operator(leg):
            return interface_of(leg.channel)
    return None


def _extension(h: Happening) -> str | None:
    return known(h.packet.get("Extension"), 80) or known(h.packet.get("TransferTargetExten"), 80)
