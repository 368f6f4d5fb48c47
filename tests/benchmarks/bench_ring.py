"""Ring to screen on the real Asterisk: the Timestamp of the caller's channel until the bytes reached the pty."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from console.demo import ring_to_screen_ms
from console.pty_terminal import PtyTerminal
from tests.benchmarks.rows import Row, latency_rows
from tests.e2e.centre import PASSWORD, SIAGA, Centre
from tests.lab import Exchange

CALLS = 120
RATE = 1.0


def _sign_in(terminal: PtyTerminal, login: str) -> None:
    terminal.wait_for("Password", 20)
    time.sleep(0.3)
    terminal.press(login, "tab", PASSWORD, "enter")
    terminal.wait_for("READY", 20)


def run() -> list[Row]:
    """One console, one call a second, each caller rings for 0.6 s and gives up."""
    with tempfile.TemporaryDirectory() as folder, Exchange(operators=1) as exchange:
        centre = Centre(Path(folder), exchange)
        try:
            centre.serve()
            exchange.operator("op1", "noanswer")
            terminal = PtyTerminal([*SIAGA, "console", "--terminal", "bench", "--data", str(centre.data)])
            try:
                _sign_in(terminal, "siti")
                time.sleep(1)
                exchange.caller(talk_s=0.6, number="+62812000", calls=CALLS, rate=RATE).done(CALLS / RATE + 60)
                time.sleep(1)
                delays = ring_to_screen_ms(centre.journal, terminal)
            finally:
                terminal.close()
        finally:
            centre.close()
    note = f"{len(delays)} of {CALLS} calls, 1/s, one console, real Asterisk"
    return latency_rows("ring to screen", delays, "<= 20", "<= 60", note)
