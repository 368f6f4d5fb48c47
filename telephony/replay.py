"""``siaga112 replay``: a captured AMI stream through the same reducer, one plain record for each 112 call."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from data.clock import SECOND, iso
from telephony.calls.fold import Call, fold_all
from telephony.calls.reducer import reduce
from telephony.calls.state import INTAKE_CONTEXTS, CallsState
from telephony.link.packet import Packet
from telephony.link.splitter import Splitter

CHUNK = 1 << 20
_SEEN_ENDS = frozenset({"Hangup", "Shutdown"})


def replay(
    file: Path, *, pbx: str = "replay", intake_contexts: frozenset[str] = INTAKE_CONTEXTS
) -> Iterator[dict[str, Any]]:
    """One record for each incoming 112 call of the stream in ``file``, in order of arrival.

    Keys as the command line promises them; times are ISO 8601 UTC with microseconds, ``held_s`` seconds to a tenth;
    what the stream does not show is None. Raises OSError when the file can't be read.
    """
    for call in replay_calls(file, pbx=pbx, intake_contexts=intake_contexts):
        yield describe(call)


def replay_calls(file: Path, *, pbx: str = "replay", intake_contexts: frozenset[str] = INTAKE_CONTEXTS) -> list[Call]:
    """The calls of the stream in ``file``, each the fold of its own entries, in order of arrival."""
    state = CallsState(pbx, intake_contexts=intake_contexts)
    streams: dict[str, list[Any]] = {}
    splitter = Splitter()
    with file.open("rb") as stream:
        while data := stream.read(CHUNK):
            for packet in splitter.feed(data):
                if isinstance(packet, Packet):
                    for draft in reduce(state, packet):
                        if draft.stream.startswith("call/"):
                            streams.setdefault(draft.stream, []).append(draft)
    return [call for drafts in streams.values() if (call := fold_all(drafts)) is not None]


def describe(call: Call) -> dict[str, Any]:
    """The record of one call, JSON-ready."""
    place = call.location
    return {
        "linkedid": call.linkedid,
        "caller": call.number,
        "queue": call.queue,
        "outcome": call.outcome or ("answered" if call.answered else None),
        "ring_at": iso(call.arrived_at),
        "answer_at": iso(call.answered_at),
        "end_at": iso(call.ended_at) if call.end_evidence in _SEEN_ENDS else None,
        "operator": call.operator,
        "operators": list(call.operators),
        "held_s": round(call.held_us / SECOND, 1),
        "transfers": call.transfers,
        "ended_by": call.ended_by,
        "location": None
        if place is None
        else {"lat": place.lat, "lon": place.lon, "radius_m": place.radius_m, "source": place.source},
    }
