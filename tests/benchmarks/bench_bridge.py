"""The bridge: how many events a second it takes from a socket, and how soon an event of a real Asterisk is an entry."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from telephony.calls.reducer import reduce
from telephony.calls.state import CallsState
from telephony.link.connection import Connection
from telephony.link.inbox import Inbox
from telephony.link.packet import Packet
from telephony.settings import Pbx
from tests.benchmarks.bench_stream import corpus
from tests.benchmarks.rows import Row, latency_rows
from tests.lab import Exchange
from tests.real.bridge_process import Centre

COPIES = 20
RUNS = 3
CALLS = 30


def run() -> list[Row]:
    """Measure."""
    rates = [_over_a_socket() for _ in range(RUNS)]
    note = f"full noise, sent by another process, reader and reducer in one; {COPIES} copies of the captures"
    rows = [Row("events over a socket to facts", statistics.median(rates), "events/s", ">= 100,000", RUNS, note)]
    with (
        Exchange() as exchange,
        tempfile.TemporaryDirectory() as folder,
        Centre(Path(folder), exchange.ami_port, exchange.ami_secret) as centre,
    ):
        rows += _on_asterisk(exchange, centre)
    return rows


def _over_a_socket() -> float:
    sender = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.bench_bridge"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert sender.stdin is not None
        assert sender.stdout is not None
        port = int(sender.stdout.readline())
        inbox = Inbox(10_000_000)
        connection = Connection(Pbx(name="bench", port=port, secret="s", dead_seconds=60), inbox)
        connection.open()
        inbox.take(5)
        state = CallsState("bench")
        sender.stdin.write("go\n")
        sender.stdin.flush()
        began, events, facts = time.perf_counter(), 0, 0
        while True:
            for item in inbox.take(5):
                if isinstance(item, Packet):
                    if item.name == "TheEnd":
                        rate = events / (time.perf_counter() - began)
                        assert facts > COPIES * 100, "the calls came out"
                        connection.disconnect()
                        return rate
                    events += 1
                    facts += len(reduce(state, item))
    finally:
        sender.kill()
        sender.wait()


def _on_asterisk(exchange: Exchange, centre: Centre) -> list[Row]:
    bridge = centre.bridge()
    for name in ("op1", "op2", "op3"):
        centre.do("member_add", operator=f"PJSIP/{name}")
    with (
        exchange.operator("op1", "hangup_after", ring_s=0.2, talk_s=0.5),
        exchange.operator("op2", "hangup_after", ring_s=0.2, talk_s=0.5),
        exchange.caller(talk_s=3, calls=CALLS, rate=1) as callers,
    ):
        callers.wait(CALLS + 60)
        centre.await_kind("call.ended", CALLS)
    ring = [(e.recorded_at - e.at) / 1000 for e in centre.entries("call.offered")]
    every = [(e.recorded_at - e.at) / 1000 for e in centre.entries("call.")]
    rows = latency_rows("Asterisk's Timestamp to entry (before its commit), ring", ring, note="1 call/s")
    rows += latency_rows("Asterisk's Timestamp to entry (before its commit), all", every, note="1 call/s")
    again = []
    for _ in range(RUNS):
        began = time.perf_counter()
        centre.kill(bridge)
        bridge = centre.bridge()
        again.append((time.perf_counter() - began) * 1000)
    rows.append(Row("bridge killed, another linked", statistics.median(again), "ms", "", RUNS, "a new process"))
    return rows


def _send() -> None:
    """The other process: an exchange that has only this to say."""
    import socket
    import threading

    data = b"".join(part for copy in range(COPIES) for part in corpus(copy))
    data = data.replace(b"Event: FullyBooted", b"Event: NotOfInterest")
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    sock, _ = listener.accept()
    sock.sendall(b"Asterisk Call Manager/11.0.0\r\n")
    login = b""
    while not login.endswith(b"\r\n\r\n"):
        login += sock.recv(65536)
    action_id = next(line for line in login.split(b"\r\n") if line.startswith(b"ActionID"))
    sock.sendall(b"Response: Success\r\n" + action_id + b"\r\nMessage: Authentication accepted\r\n\r\n")

    def read() -> None:
        while sock.recv(65536):
            pass

    threading.Thread(target=read, daemon=True).start()
    sys.stdin.readline()
    sock.sendall(data + b"Event: TheEnd\r\n\r\n")
    time.sleep(60)


if __name__ == "__main__":
    _send()
