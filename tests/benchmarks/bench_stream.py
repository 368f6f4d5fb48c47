"""A full-noise AMI stream (every class of event) to call entries, on one core; and every entry compared.

The stream is all captures of the lab, one after another, again and again; each copy is moved in time, so that its
calls are new ones. Nothing is counted that did not come out right.
"""

from __future__ import annotations

import gc
import statistics
import time

from data.clock import SECOND
from data.entry import Draft
from telephony.calls.fold import Call, fold_all
from telephony.calls.reducer import reduce
from telephony.calls.state import CallsState
from telephony.link.packet import Packet
from telephony.link.splitter import Splitter
from tests.benchmarks.rows import Row
from tests.captures import NAMES as ALL
from tests.captures import packets, stream

NAMES = [name for name in ALL if name != "as-the-bridge-sees-it"]
"""Every capture of a user who sees everything (the other one holds the same calls again)."""

COPIES = 20
RUNS = 5
CHUNK = 64 * 1024
"""Bytes handed over at a time, as a socket would."""

_EPOCH = 17954
"""The first five digits of every timestamp and Uniqueid of the captures."""


def corpus(copy: int) -> list[bytes]:
    """Every capture, moved ``copy`` times 100,000 s into the future."""
    old, new = str(_EPOCH).encode(), str(_EPOCH + copy).encode()
    return [stream(name).replace(old, new) + b"\r\n\r\n" for name in NAMES]


def consume(data: bytes, state: CallsState) -> tuple[int, list[Draft]]:
    """The way of the bridge: bytes, packets, drafts."""
    splitter, events, drafts = Splitter(), 0, list[Draft]()
    for start in range(0, len(data), CHUNK):
        for packet in splitter.feed(data[start : start + CHUNK]):
            if isinstance(packet, Packet):
                events += 1
                drafts += reduce(state, packet)
    return events, drafts


def folds(drafts: list[Draft]) -> dict[str, Call]:
    """The calls that the drafts tell, by stream."""
    streams: dict[str, list[Draft]] = {}
    for draft in drafts:
        if draft.stream.startswith("call/"):
            streams.setdefault(draft.stream, []).append(draft)
    return {name: call for name, of_one in streams.items() if (call := fold_all(of_one)) is not None}


def check(drafts: list[Draft], copies: int) -> int:
    """Every call of every copy must be the call of the capture, moved in time; returns how many there were."""
    alone: list[Call] = []
    for name in NAMES:
        # Each capture in a stream of its own, up to the next one's start: as in the joined stream.
        state = CallsState("p")
        told = [draft for packet in packets(name) for draft in reduce(state, packet)]
        alone += list(folds(told).values())
    found = folds(drafts)
    if len(found) != copies * len(alone):
        raise AssertionError(f"{len(found)} calls of {copies * len(alone)}")
    for copy in range(copies):
        for call in alone:
            linkedid = call.linkedid.replace(str(_EPOCH), str(_EPOCH + copy), 1)
            moved = found[f"call/p/{linkedid}"]
            shift = copy * 100_000 * SECOND
            mine = (moved.arrived_at, moved.answered_at, moved.operators, moved.transfers, moved.held_us)
            theirs = (
                call.arrived_at + shift if call.arrived_at is not None else None,
                call.answered_at + shift if call.answered_at is not None else None,
                call.operators,
                call.transfers,
                call.held_us,
            )
            if mine != theirs or (call.outcome is not None and moved.outcome != call.outcome):
                raise AssertionError(f"{linkedid}: {mine} instead of {theirs}")
    return len(found)


def run() -> list[Row]:
    """Medians over RUNS: by processor time, which is that of one core however busy the machine is, and by the wall
    clock.

    Raises AssertionError when an entry is not right.
    """
    data = b"".join(part for copy in range(COPIES) for part in corpus(copy))
    rates, wall_rates, split_rates, events, calls, entries = [], [], [], 0, 0, 0
    for _ in range(RUNS):
        state = CallsState("p")
        gc.collect()
        began, wall = time.process_time(), time.perf_counter()
        events, drafts = consume(data, state)
        rates.append(events / (time.process_time() - began))
        wall_rates.append(events / (time.perf_counter() - wall))
        calls, entries = check(drafts, COPIES), len(drafts)
        splitter = Splitter()
        began = time.process_time()
        for start in range(0, len(data), CHUNK):
            splitter.feed(data[start : start + CHUNK])
        split_rates.append(events / (time.process_time() - began))
    note = f"{events:,} events, {len(data) / 1e6:.0f} MB, {calls} calls, {entries:,} entries, all compared"
    return [
        Row("full-noise AMI bytes to call entries", statistics.median(rates), "events/s", ">= 100,000", RUNS, note),
        Row("the same by the wall clock", statistics.median(wall_rates), "events/s", ">= 100,000", RUNS),
        Row("of that, cutting into packets alone", statistics.median(split_rates), "events/s", "", RUNS),
    ]
