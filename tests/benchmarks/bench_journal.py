"""The journal on this disk: durable facts a second, and how soon a follower has them."""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from pathlib import Path

from console.compose import open_journal
from data.clock import now
from data.entry import draft
from data.follow import Follower
from data.vocabulary.calls import CallArrived, CallEnded, CallQueued
from tests.benchmarks.rows import Row, latency_rows


def _call(n: int) -> list:
    stream = f"call/pbx/{n}"
    return [
        draft(stream, CallArrived(channel=f"PJSIP/trunk-{n}", number="+6281234567890", name="Budi")),
        draft(stream, CallQueued(queue="112")),
        draft(stream, CallEnded(outcome="abandoned", ended_by="caller")),
    ]


def _throughput(batch: int, calls: int) -> float:
    with tempfile.TemporaryDirectory() as folder, open_journal(Path(folder), create=True) as journal:
        drafts = [d for n in range(calls) for d in _call(n)]
        began = time.perf_counter()
        for start in range(0, len(drafts), batch):
            journal.append(drafts[start : start + batch])
        return len(drafts) / (time.perf_counter() - began)


def _followers(count: int, entries: int, pause_s: float) -> list[float]:
    """Milliseconds from before the append until the last of ``count`` followers in one process has it."""
    with tempfile.TemporaryDirectory() as folder, open_journal(Path(folder), create=True) as journal:
        seen: list[float] = []
        stop = threading.Event()

        def follow() -> None:
            follower = Follower(journal, 0)
            while not stop.is_set():
                for entry in follower.wait(0.2):
                    seen.append((now() - entry.at) / 1000)
            follower.close()

        threads = [threading.Thread(target=follow) for _ in range(count)]
        for thread in threads:
            thread.start()
        time.sleep(0.3)
        for n in range(entries):
            journal.append([draft(f"call/pbx/{n}", CallQueued(queue="112"))])
            time.sleep(pause_s)
        time.sleep(0.3)
        stop.set()
        for thread in threads:
            thread.join()
        return seen


def run() -> list[Row]:
    """Durable ingest with all derived tables, one at a time and grouped; latency to a follower at 10 entries/s."""
    return [
        Row(
            "durable entries, one a transaction",
            statistics.median(_throughput(1, 300) for _ in range(3)),
            "entries/s",
            runs=3,
        ),
        Row(
            "durable entries, 50 a transaction",
            statistics.median(_throughput(50, 2000) for _ in range(3)),
            "entries/s",
            runs=3,
        ),
        *latency_rows("append until a follower has it", _followers(1, 200, 0.1), note="1 follower, 10 entries/s"),
    ]
