"""The journal held against CEL and queue_log, by the plainest reading of both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from data.clock import from_ami
from data.entry import Entry
from data.journal import Journal
from data.vocabulary.calls import CallArrived, CallEnded
from telephony.calls.queries import CallRow
from tests.lab import Exchange
from tests.lab.ami import Packet, first

TOLERANCE_MS = 50.0

MOMENTS = {"Newchannel": "arrived", "AgentConnect": "answered", "Hangup": "ended"}
"""Events of the manager interface about a caller's own channel, and the moments that they tell."""


def moment(packet: Packet) -> tuple[tuple[str, str], int] | None:
    """((call, moment), when) that an event tells. A starved Asterisk stamps its events late."""
    name = MOMENTS.get(first(packet, "Event"))
    if name is None:
        return None
    return (first(packet, "Uniqueid").split("-", 1)[-1], name), from_ami(first(packet, "Timestamp"))


@dataclass
class Held:
    """Calls that differ, each with what differs. ``kinds``: how many calls of which kind the exchange had.

    ``late``: (call, moment) that Asterisk's own event told more than 50 ms after CEL did.
    """

    calls: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    outcomes: list[str] = field(default_factory=list)
    times: list[str] = field(default_factory=list)
    late: list[tuple[str, str]] = field(default_factory=list)
    largest_ms: float = 0.0
    kinds: Counter[str] = field(default_factory=Counter)

    @property
    def clean(self) -> bool:
        """Nothing differs."""
        return not (self.lost or self.doubled or self.outcomes or self.times)


def hold(
    exchange: Exchange,
    journal: Journal,
    rows: Sequence[CallRow],
    told: Mapping[tuple[str, str], int] = MappingProxyType({}),
) -> Held:
    """Compare every call of the exchange with the journal's ``rows``.

    ``told``: when the exchange's own events told of (call, moment), as somebody saw who was never cut off.
    """
    held = Held()
    cel = _from_cel(exchange)
    connected = {row.call.split("-", 1)[-1] for row in exchange.queue_log() if row.event == "CONNECT"}
    kept = {row.linkedid: row for row in rows}
    held.calls = len(cel)
    held.lost = sorted(set(cel) - set(kept))
    held.doubled = sorted(set(kept) - set(cel))
    for key, row in kept.items():
        kinds = Counter(entry.kind for entry in journal.stream(row.call))
        held.doubled += [f"{key}: {kind} x {kinds[kind]}" for kind in ONCE if kinds[kind] > 1]
    for key in set(cel) & set(kept):
        live = {entry.at for entry in journal.stream(kept[key].call) if _live(entry)}
        _times(held, key, cel[key], kept[key], told, live)
        _outcome(held, key, cel[key], kept[key], key in connected)
    return held


ONCE = ("call.arrived", "call.answered", "call.ended", "call.recovered")
"""What a call's stream tells once at most."""


def _from_cel(exchange: Exchange) -> dict[str, dict[str, int]]:
    """Moments of each trunk call: arrived, picked_up, answered, ended; and transferred, held, three-way, refused."""
    calls: dict[str, dict[str, int]] = {}
    for row in exchange.cel_rows():
        call = calls.setdefault(row.linkedid.split("-", 1)[-1], {})
        if row.channel.startswith("PJSIP/trunk"):
            name = {"CHAN_START": "arrived", "BRIDGE_ENTER": "answered", "HANGUP": "ended"}.get(row.event)
            if name is not None:
                call.setdefault(name, row.at)
        elif row.event == "ANSWER" and row.channel.startswith(("PJSIP/op", "Local/op")):
            call.setdefault("picked_up", row.at)
        elif row.event == "HANGUP" and row.extra().get("hangupcause") in (17, 21):
            call["refused"] = row.at
        if row.event == "X112Transfer":
            call["transferred"] = row.at
        if row.event == "BRIDGE_ENTER" and row.channel.startswith("PJSIP/damkar"):
            call["three-way"] = row.at
        if row.event == "STREAM_BEGIN" and "answered" in call:
            call["held"] = row.at
    return {key: call for key, call in calls.items() if "arrived" in call}


def _live(entry: Entry) -> bool:
    """An event told it, whose Timestamp it carries; no conclusion."""
    body = entry.body
    return isinstance(body, CallArrived) or (isinstance(body, CallEnded) and body.evidence == "Hangup")


def _times(
    held: Held, key: str, cel: dict[str, int], row: CallRow, told: Mapping[tuple[str, str], int], live: set[int]
) -> None:
    for name, ours in (("arrived", row.arrived_at), ("answered", row.answered_at), ("ended", row.ended_at)):
        theirs = cel.get(name)
        if theirs is None or ours is None:
            if (theirs is None) != (ours is None) and not (name == "ended" and row.ended_by == "pbx"):
                held.times.append(f"{key} {name}: journal {ours}, CEL {theirs}")
            continue
        first = min(theirs, cel.get("picked_up", theirs)) if name == "answered" else theirs
        apart = max(first - ours, ours - theirs, 0) / 1000
        theirs_live = told.get((key, name))
        if theirs_live is None and ours in live:  # it has an event's own Timestamp
            theirs_live = ours
        if apart > TOLERANCE_MS and theirs_live is not None and abs(theirs_live - ours) <= TOLERANCE_MS * 1000:
            held.late.append((key, name))
            continue
        held.largest_ms = max(held.largest_ms, apart)
        if apart > TOLERANCE_MS:
            said = "not seen" if theirs_live is None else f"{(theirs_live - theirs) / 1000:+.1f} ms"
            held.times.append(f"{key} {name}: {(ours - theirs) / 1000:+.1f} ms (its event: {said})")


def _outcome(held: Held, key: str, cel: dict[str, int], row: CallRow, connected: bool) -> None:
    answered = "answered" in cel
    if not answered and connected:
        held.kinds["parted while being answered"] += 1  # connected by the queue, gone before the bridge was made
    elif answered != connected:
        held.outcomes.append(f"{key}: CEL {answered}, queue_log {connected}")
    if row.outcome is None or (row.outcome == "answered") != answered:
        held.outcomes.append(f"{key}: journal {row.outcome}, CEL {'answered' if answered else 'not answered'}")
    held.kinds[row.outcome or "open"] += 1
    for kind in ("transferred", "held", "three-way", "refused"):
        held.kinds["second operator" if kind == "refused" else kind] += kind in cel
