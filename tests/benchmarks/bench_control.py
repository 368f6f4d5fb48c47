"""From a key to the exchange and back: durable facts, an answer by a key, and the screen after a killed bridge."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from console.compose import open_journal
from console.processes import STEADY_S
from console.pty_terminal import PtyTerminal
from data.clock import SECOND, from_ami
from telephony.bridge.writer import Writer
from telephony.calls.reducer import reduce
from telephony.calls.state import CallsState
from telephony.link.packet import Packet
from telephony.link.splitter import Splitter
from tests.benchmarks.bench_ring import _sign_in
from tests.benchmarks.bench_stream import CHUNK, corpus, folds
from tests.benchmarks.rows import Row, latency_rows
from tests.e2e.centre import SIAGA, Centre
from tests.lab import Exchange
from tests.lab.ami import AmiClient, first
from tests.real.proxy import Proxy

COPIES = 10
ANSWERS = 40
KILLS = 5


def run() -> list[Row]:
    """Measure."""
    rows = _ingest()
    with (
        tempfile.TemporaryDirectory() as folder,
        Exchange(operators=1) as exchange,
        Proxy(exchange.ami_port) as proxy,
    ):
        centre = Centre(Path(folder), exchange, port=proxy.port)
        try:
            centre.serve()
            terminal = PtyTerminal([*SIAGA, "console", "--terminal", "bench", "--data", str(centre.data)])
            try:
                _sign_in(terminal, "siti")
                rows += _answers(exchange, proxy, centre, terminal)
                rows.append(_right_again(exchange, centre, terminal))
            finally:
                terminal.close()
        finally:
            centre.close()
    return rows


def _ingest() -> list[Row]:
    """A full-noise stream, through splitter, reducer and writer, until the last fact is durable with all its tables."""
    data = b"".join(part for copy in range(COPIES) for part in corpus(copy))
    events, drafts = 0, []
    with tempfile.TemporaryDirectory() as folder, open_journal(Path(folder), create=True) as journal:
        writer, splitter, state = Writer(journal, "bench"), Splitter(), CallsState("p")
        writer.start()
        began = time.perf_counter()
        for start in range(0, len(data), CHUNK):
            for packet in splitter.feed(data[start : start + CHUNK]):
                if isinstance(packet, Packet):
                    events += 1
                    found = reduce(state, packet)
                    writer.put(found)
                    drafts += found
        if not writer.flush(600):
            raise AssertionError("not everything became durable")
        seconds = time.perf_counter() - began
        calls = len(folds(drafts))
        kept = journal.execute("SELECT COUNT(*) FROM calls").fetchone()[0]
        writer.stop(5)
    if kept != calls:
        raise AssertionError(f"{kept} calls became durable of {calls}")
    note = f"full noise; {events:,} events, {calls} calls, {len(drafts):,} entries with all derived tables"
    return [
        Row("durable ingest", events / seconds, "events/s", "", 1, note),
        Row("durable ingest", calls / seconds, "calls/s", "", 1, note),
    ]


def _answers(exchange: Exchange, proxy: Proxy, centre: Centre, terminal: PtyTerminal) -> list[Row]:
    """One caller after another waits, is chosen by F3, and talks by a telephone that answers by itself."""
    to_action, to_voices = [], []
    phone = exchange.softphone("op1")
    centre.siaga("locate", "-6.5,107.4", "--json", check=False)  # (warm)
    with exchange.ami("harness") as ami:
        for turn in range(ANSWERS):
            number = f"+62813{turn:05}"
            caller = exchange.caller(talk_s=None, number=number, sound=False)
            terminal.wait_for(number, 20)
            time.sleep(0.5)
            sent, events = len(proxy.from_client), len(ami.packets)
            pressed = time.time()
            terminal.press("f3")
            phone.await_state("talking", 20)
            to_voices.append((_both_in(ami, events) - pressed) * 1000)
            acted = proxy.sent_at(b"QueueWithdrawCaller", sent)
            assert acted is not None
            to_action.append((acted - pressed) * 1000)
            centre.until(lambda n=number: centre.rows("SELECT 1 FROM calls WHERE number = ? AND answered", n), "F3")
            time.sleep(0.5)
            terminal.press("f9", "p")
            caller.done(30)
            phone.await_state("idle", 20)
            centre.until(
                lambda n=number: centre.rows("SELECT 1 FROM calls WHERE number = ? AND classified NOT NULL", n), "F9"
            )
            time.sleep(0.3)
    phone.process.end()
    note = f"F3 in a real console, real Asterisk; {ANSWERS} calls"
    rows = latency_rows("key to PBX action", to_action, "", "<= 60", f"{note}; until the action's bytes")
    return rows + latency_rows(
        "answer a chosen call until voices are connected", to_voices, "", "<= 150", f"{note}; both in one bridge"
    )


def _both_in(ami: AmiClient, start: int) -> float:
    """When the second of caller and call-taker entered the bridge (the exchange's Timestamp, in seconds)."""
    for side in ("PJSIP/trunk", "PJSIP/op1"):
        ami.wait(lambda p, s=side: first(p, "Event") == "BridgeEnter" and first(p, "Channel").startswith(s), 20, start)
    return max(from_ami(first(p, "Timestamp")) for p in ami.events("BridgeEnter", start)) / SECOND


def _right_again(exchange: Exchange, centre: Centre, terminal: PtyTerminal) -> Row:
    """A caller comes while the killed bridge is away: from the kill until the screen shows him."""
    times = []
    for turn in range(KILLS):
        number = f"+62814{turn:05}"
        killed = time.time()
        centre.kill_service("bridge:lab")
        caller = exchange.caller(talk_s=None, number=number, sound=False)
        times.append((terminal.wait_for(number, 30) - killed) * 1000)
        for channel in exchange.waiting():
            exchange.harness.action("Hangup", Channel=channel)
        caller.done(30)
        time.sleep(STEADY_S + 1)  # a service that dies again at once is started later and later
    note = "a call that came meanwhile is shown; the supervisor starts a new bridge"
    return Row(
        "screen right again after kill -9 of the bridge", max(times), "ms", "<= 2,000", KILLS, note + "; the worst"
    )
