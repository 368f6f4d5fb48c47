"""The console: ready for keys, key to screen with a full board, and twenty consoles at ten calls a second."""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path

from console import auth, configuration
from console.compose import open_journal
from console.demo import LOGIN, Demo, ring_to_screen_ms
from console.pty_terminal import PtyTerminal
from data.entry import draft, new_id
from data.journal import Journal
from data.side import SideTables
from data.vocabulary.incidents import IncidentNoted, IncidentOpened, IncidentPlaceSet, IncidentTypeSet
from tests.benchmarks.rows import Row, latency_rows

BOARD = 2000
CHANGES_A_SECOND = 50
CONSOLES = 20
CALLS_A_SECOND = 10
_LETTERS = "àáâãäåæçèéêëìíîïðñòóôõöøùúûüý"
"""Letters that no escape sequence holds, so that the first one in the bytes is the one that was typed."""


@contextmanager
def _centre(rate: float, calls: int = 0):
    with tempfile.TemporaryDirectory() as folder:
        demo = Demo(Path(folder) / "d", calls=calls, seed=5, rate=rate, language="en", speech=False)
        with demo:
            yield demo


def _console(directory: Path, role: str, terminal: str, endpoint: str | None = None) -> PtyTerminal:
    with open_journal(directory) as journal:
        side = SideTables(directory)
        session = auth.open_session(journal, side, login=LOGIN, role=role, terminal=terminal, endpoint=endpoint)
        side.close()
    words = [sys.executable, "-m", "console.main", "console", "--terminal", terminal, "--data", str(directory)]
    return PtyTerminal(words, env={"SIAGA112_SESSION": session.token, "SIAGA112_CHILD": "1"})


def _start_up(demo: Demo, runs: int) -> list[float]:
    """Seconds from the start of the process until a key is answered by the screen."""
    seconds = []
    for n in range(runs):
        began = time.time()
        terminal = _console(demo.directory, "dispatcher", f"start-{n}")
        try:
            terminal.wait_for("F8", 20)
            while terminal.seen_at("Command") is None and time.time() - began < 20:
                terminal.press("f2")
                time.sleep(0.02)
            at = terminal.seen_at("Command")
            seconds.append((at or time.time()) - began)
        finally:
            terminal.close()
    return seconds


def _fill_board(journal: Journal, count: int) -> list[str]:
    streams = []
    for start in range(0, count, 100):
        drafts = []
        for n in range(start, min(count, start + 100)):
            stream = f"incident/{new_id()}"
            streams.append(stream)
            place = IncidentPlaceSet(name=f"Tempat {n}", lat=-6.5 - n / 20000, lon=107.4 + n / 20000)
            drafts += [
                draft(stream, IncidentOpened(number=n + 1, origin="radio"), actor="bench"),
                draft(stream, place, actor="bench"),
                draft(stream, IncidentTypeSet(type="house_fire", priority=1 + n % 4), actor="bench"),
            ]
        journal.append(drafts)
    return streams


def _key_delays(terminal: PtyTerminal, letters: int, pause_s: float) -> list[float]:
    """Milliseconds from a key until its letter is on the screen, in the command line of a console."""
    terminal.press("f2")
    time.sleep(0.5)
    delays = []
    for n in range(letters):
        letter = _LETTERS[n % len(_LETTERS)]
        start = terminal.length
        began = time.time()
        terminal.press(letter)
        try:
            delays.append((terminal.wait_for(letter, 2, start) - began) * 1000)
        except TimeoutError:
            delays.append(2000.0)
        time.sleep(pause_s)
        if n % len(_LETTERS) == len(_LETTERS) - 1:
            terminal.press("escape", "f2")
            time.sleep(0.3)
    return delays


def _full_board(demo: Demo) -> list[float]:
    with open_journal(demo.directory) as journal:
        streams = _fill_board(journal, BOARD)
    stop = threading.Event()

    def change() -> None:
        chance = random.Random(1)
        with open_journal(demo.directory) as mine:
            while not stop.is_set():
                mine.append([draft(chance.choice(streams), IncidentNoted(text="bench"), actor="bench")])
                time.sleep(1 / CHANGES_A_SECOND)

    terminal = _console(demo.directory, "dispatcher", "board")
    worker = threading.Thread(target=change)
    try:
        terminal.wait_for("Tempat", 20)
        worker.start()
        time.sleep(1)
        return _key_delays(terminal, 150, 0.05)
    finally:
        stop.set()
        worker.join()
        terminal.close()


def _twenty(calls: int) -> tuple[list[float], list[float]]:
    with _centre(CALLS_A_SECOND, calls) as demo:
        text = (demo.directory / configuration.FILE).read_text()
        telephones = ", ".join(f'"PJSIP/op{n}" = "{100 + n}"' for n in range(1, CONSOLES + 1))
        text = text.replace('{ "PJSIP/op1" = "101" }', "{ " + telephones + " }")
        (demo.directory / configuration.FILE).write_text(text)
        # The services read the configuration at their start.
        demo.restart_services()
        consoles = [_console(demo.directory, "calltaker", f"desk-{n}", f"PJSIP/op{n}") for n in range(1, CONSOLES + 1)]
        try:
            for console in consoles:
                console.wait_for("F3", 60)
            keys = _key_delays(consoles[0], 100, 0.1)
            time.sleep(max(0.0, calls / CALLS_A_SECOND - 15))
            with open_journal(demo.directory) as journal:
                return ring_to_screen_ms(journal, consoles[1]), keys
        finally:
            for console in consoles:
                console.close()


def run() -> list[Row]:
    """All console figures."""
    with _centre(0.01) as demo:
        start = _start_up(demo, 5)
        board = _full_board(demo)
    rings, keys = _twenty(250)
    return [
        Row("console ready for keys", statistics.median(start), "s", "<= 1.0", len(start)),
        *latency_rows("key to screen, 2,000 incidents, 50 changes/s", board, p99="<= 50"),
        *latency_rows("ring to screen, 20 consoles, 10 calls/s", rings, "<= 20", "<= 100", "training PBX"),
        *latency_rows("key to screen meanwhile", keys, p99="<= 50"),
    ]
