"""``siaga112 replay``: a captured AMI stream through the same reducer, one plain record for each 112 call."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from data.clock import SECOND, iso
from data.errors import SiagaError
from telephony.calls.fold import Call, fold_all
from telephony.calls.reducer import reduce
from telephony.calls.state import INTAKE_CONTEXTS, CallsState
from telephony.link.packet import Packet
from telephony.link.splitter import Splitter

CHUNK = 1 << 20
_LINE_END = re.compile(rb"\r?\n")
_SEEN_ENDS = frozenset({"Hangup", "Shutdown"})


def replay(
    file: Path, *, pbx: str = "replay", intake_contexts: frozenset[str] = INTAKE_CONTEXTS
) -> Iterator[dict[str, Any]]:
    """One record for each incoming 112 call of the stream in ``file``, in order of arrival.

    Keys as the command line promises them; times are ISO 8601 UTC with microseconds, ``held_s`` seconds to a tenth;
    what the stream does not show is None. Lines end in CRLF as Asterisk sends them, or all of them in LF (an editor, or
    a copy by hand, made it so). Raises OSError when the file can't be read, SiagaError when no packet is in it.
    """
    for call in replay_calls(file, pbx=pbx, intake_contexts=intake_contexts):
        yield describe(call)


def replay_calls(file: Path, *, pbx: str = "replay", intake_contexts: frozenset[str] = INTAKE_CONTEXTS) -> list[Call]:
    """The calls of the stream in ``file``, each the fold of its own entries, in order of arrival."""
    state = CallsState(pbx, intake_contexts=intake_contexts)
    streams: dict[str, list[Any]] = {}
    splitter = Splitter()
    told = False
    with file.open("rb") as stream:
        for data in _chunks(stream):
            for packet in splitter.feed(data):
                if isinstance(packet, Packet):
                    told = told or bool(packet.name) or packet.get("Response") is not None
                    for draft in reduce(state, packet):
                        if draft.stream.startswith("call/"):
                            streams.setdefault(draft.stream, []).append(draft)
    if not told:
        raise SiagaError(
            "there is no AMI packet in it", where=str(file),
            remedy="a capture is what Asterisk's manager sends after a login, as plain text: unpack it if it is packed",
        )  # fmt: skip
    return [call for drafts in streams.values() if (call := fold_all(drafts)) is not None]


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    """The stream in pieces, lines ending in CRLF. What the first line ends in counts: in a stream of CRLF a bare LF is
    part of a name."""
    data = stream.read(CHUNK)
    first = data.find(b"\n")
    if first < 0 or data[first - 1 : first] == b"\r":
        while data:
            yield data
            data = stream.read(CHUNK)
        return
    while data:
        if data.endswith(b"\r"):  # its LF may be the next piece's first byte
            data += stream.read(1)
        yield _LINE_END.sub(b"\r\n", data)
        data = stream.read(CHUNK)


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
