"""Facts of the exchange itself: its restarts, the bridges' connections to it, and the members of its queues."""

from __future__ import annotations

from data.clock import SECOND, Micros
from data.entry import Draft
from data.vocabulary import calls as v
from telephony.calls.names import known, pbx_stream
from telephony.calls.packets import Happening
from telephony.calls.state import CallsState, Live
from telephony.link.packet import Packet


def end_id(live: Live) -> str:
    """The one id of a call's end, whatever its reason."""
    return f"{live.call.stream}/end"


def lose_all(state: CallsState, at: Micros, evidence: str) -> list[Draft]:
    """The exchange lost its calls: the open ones end here, waiting ones as pbx_lost."""
    out: list[Draft] = []
    for live in list(state.by_key.values()):
        outcome = "answered" if live.call.answered else "pbx_lost"
        body = v.CallEnded(outcome=outcome, ended_by="pbx", evidence=evidence)
        state.say(live, out, end_id(live), body, at)
        state.close(live)
    forget_channels(state)
    return out


def forget_channels(state: CallsState) -> None:
    """What was known of channels and bridges is void: the exchange restarted, or nobody watched for a while."""
    state.legs.clear()
    state.legs_by_channel.clear()
    state.bridges.clear()
    state.candidates.clear()


def _restarted(state: CallsState, at: Micros, evidence: str, id_part: str, booted_at: Micros | None) -> Draft:
    state.booted_at = booted_at
    return Draft(
        id=f"{state.pbx}/restarted/{id_part}",
        stream=pbx_stream(state.pbx),
        body=v.PbxRestarted(evidence=evidence, booted_at=booted_at),
        at=at,
        actor=state.actor,
    )


def shutdown(h: Happening) -> None:
    """A clean end: what is still open ends with it."""
    h.out.append(_restarted(h.state, h.at, "Shutdown", f"{h.at}", None))
    h.out.extend(lose_all(h.state, h.at, "Shutdown"))


def uptime_of(packet: Packet) -> int | None:
    """Seconds since the exchange started, None when the event does not say."""
    text = packet.get("Uptime") or ""
    return int(text) if text.isdecimal() and len(text) < 12 else None


def fully_booted(h: Happening) -> None:
    """Comes at every login, and when the exchange has started."""
    h.state.pending_uptime = uptime_of(h.packet)
    h.out.extend(settle_boot(h.state, h.packet))


def settle_boot(state: CallsState, packet: Packet) -> list[Draft]:
    """Uptime is in whole seconds and stands in an event without a time; the next Timestamp says since when."""
    at, uptime = packet.timestamp, state.pending_uptime
    if at is None or uptime is None:
        return []
    state.pending_uptime = None
    # It was said at some time between the last event before it and this one, which in a quiet exchange may come late.
    earliest = at if state.seen_at is None else min(at, state.seen_at)
    return booted(state, at, at - uptime * SECOND, earliest=earliest - uptime * SECOND)


BOOT_SLACK = 2 * SECOND
"""Uptime comes in whole seconds, and clocks are set: a boot is known to about this."""


def booted(state: CallsState, at: Micros, booted_at: Micros, *, earliest: Micros | None = None) -> list[Draft]:
    """The exchange runs since ``booted_at`` (give or take :data:`BOOT_SLACK`): what it had before that is lost.

    ``earliest``: it may run since then already (None: ``booted_at`` is exact); only what is certain is evidence.

    Evidence of a restart is a boot later than the one known, or later than the beginning of a call; but never one
    before something that we saw happen to an open call, which only says that somebody set a clock.
    """
    known_boot = state.booted_at
    begun = [live.call.began_at for live in state.by_key.values() if live.call.began_at is not None]
    last_seen = max((live.call.seen_at or 0 for live in state.by_key.values()), default=0)
    surely = booted_at if earliest is None else earliest
    later_boot = known_boot is not None and surely - known_boot > BOOT_SLACK
    after_a_call = bool(begun) and surely - SECOND >= min(begun)
    if last_seen > booted_at + BOOT_SLACK or not (later_boot or after_a_call):
        state.booted_at = booted_at if known_boot is None else min(known_boot, booted_at)
        return []
    return [
        _restarted(state, at, "FullyBooted", f"{booted_at // SECOND}", booted_at),
        *lose_all(state, at, "FullyBooted"),
    ]


def link_up(
    state: CallsState, at: Micros, bridge: str, *, version: str | None = None, booted_at: Micros | None = None
) -> list[Draft]:
    """A bridge is logged in. Times in UTC micros; ``booted_at``: since when the exchange runs, if it says so.

    Whether it lost its calls meanwhile is decided when the snapshot that follows is compared
    (:func:`telephony.calls.reconcile.reconcile`): a call that it still has was not lost, whatever clocks say.
    """
    body = v.PbxLinked(bridge=bridge, version=known(version), booted_at=booted_at)
    return [_link_draft(state, bridge, body, at)]


def link_down(state: CallsState, at: Micros, bridge: str, reason: str) -> list[Draft]:
    """A bridge lost the exchange. What it knew of channels is void; the calls stay open until somebody knows better."""
    forget_channels(state)
    for live in state.by_key.values():
        live.hung_up = live.left_at = None
        live.watched_since = at
    return [_link_draft(state, bridge, v.PbxUnlinked(bridge=bridge, reason=known(reason) or "unknown"), at)]


def _link_draft(state: CallsState, bridge: str, body: v.PbxLinked | v.PbxUnlinked, at: Micros) -> Draft:
    id = f"{state.pbx}/{bridge}/{body.KIND}/{at}"
    return Draft(id=id, stream=pbx_stream(state.pbx), body=body, at=at, actor=bridge)


# ---------------------------------------------------------------------- members


def _member_change(h: Happening, change: str, reason: str | None = None) -> None:
    queue, operator = known(h.packet.get("Queue"), 80), known(h.packet.get("Interface"), 120)
    if queue is None or operator is None:
        return
    stamp = h.packet.get("Timestamp") or ""
    draft = h.state.member(queue, operator, change, reason, h.at, stamp)
    if draft is not None:
        h.out.append(draft)


def member_added(h: Happening) -> None:
    """A telephone is in a queue now, perhaps paused already."""
    _member_change(h, "added")
    if h.packet.get("Paused") == "1":
        _member_change(h, "paused", known(h.packet.get("PausedReason")))


def member_removed(h: Happening) -> None:
    """A telephone is out of a queue."""
    _member_change(h, "removed")


def member_pause(h: Happening) -> None:
    """A telephone was paused, or is ready again."""
    if h.packet.get("Paused") == "1":
        _member_change(h, "paused", known(h.packet.get("PausedReason")))
    else:
        _member_change(h, "ready")
