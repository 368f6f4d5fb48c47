"""The console: ready for keys, key to screen with a full board, and twenty consoles at ten calls a second."""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path

from console import auth, configuration
from console.compose import open_journal
from console.demo import LOGIN, Demo
from console.pty_terminal import PtyTerminal
from data.clock import SECOND, Micros, now
from data.entry import Entry, draft, new_id
from data.follow import Follower
from data.journal import Journal
from data.side import SideTables
from data.vocabulary.calls import (
    CallAnswered,
    CallArrived,
    CallEnded,
    CallOffered,
    CallOfferEnded,
    CallQueued,
    CommandFinished,
    CommandRequested,
)
from data.vocabulary.incidents import IncidentNoted, IncidentOpened, IncidentPlaceSet, IncidentTypeSet
from telephony import commands
from telephony.calls import queries as calls
from telephony.calls.outcomes import BY_CODE
from tests.benchmarks.rows import Row, latency_rows

BOARD = 2000
CHANGES_A_SECOND = 50
CONSOLES = 20
CALLS_A_SECOND = 10
REACTION_S, TALK_S = 0.3, 0.7
"""Seconds until a call-taker presses F3, and until he gives the outcome."""
SETTLED = 50
"""Calls before the measuring begins."""
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
            while terminal.seen_at("Type a command") is None and time.time() - began < 20:
                terminal.press("f2")
                time.sleep(0.02)
            at = terminal.seen_at("Type a command")
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


class _CallTakers(threading.Thread):
    """Presses the keys of call-takers: for each call that comes one of those who are free takes the call that rings at
    his desk or waits longest (F3), and when he has talked for ``TALK_S`` gives the outcome, which ends the call."""

    def __init__(self, directory: Path, terminals: Mapping[str, PtyTerminal]) -> None:
        super().__init__(name="call-takers")
        self._directory, self._terminals = directory, terminals
        self._busy: dict[str, str] = {}
        self._asked: dict[str, str] = {}
        self._later: list[tuple[float, str]] = []
        self._finish: list[tuple[float, str]] = []
        self.stop = threading.Event()

    def run(self) -> None:
        with open_journal(self._directory) as journal:
            follower = Follower(journal, journal.head()[0])
            while not self.stop.is_set():
                for entry in follower.wait(0.05):
                    self._came(entry)
                while self._later and self._later[0][0] <= time.monotonic():
                    self._terminals[self._later.pop(0)[1]].press("f3")
                while self._finish and self._finish[0][0] <= time.monotonic():
                    self._terminals[self._finish.pop(0)[1]].press("f9", BY_CODE["prank"].letter)
            follower.close()

    def _came(self, entry: Entry) -> None:
        body = entry.body
        if isinstance(body, CallQueued):
            operator = next((name for name in self._terminals if name not in self._busy), None)
            if operator is not None:
                self._busy[operator] = entry.stream
                self._later.append((time.monotonic() + REACTION_S, operator))
        elif isinstance(body, CallAnswered):
            self._busy[body.operator] = entry.stream
            self._finish.append((time.monotonic() + TALK_S, body.operator))
        elif isinstance(body, CommandRequested) and body.action == "answer" and body.operator:
            self._asked[entry.stream] = body.operator
        elif isinstance(body, CommandFinished) and body.result != "done":
            self._busy.pop(self._asked.pop(entry.stream, ""), None)
        elif isinstance(body, CallEnded):
            self._busy = {operator: call for operator, call in self._busy.items() if call != entry.stream}


def _rings(journal: Journal, terminals: Mapping[str, PtyTerminal], since: Micros) -> tuple[list[float], list[float]]:
    """Milliseconds from the exchange's Timestamp until a caller's number stands on the screen: of the desks where the
    telephone rings for him, and of all desks. Numbers that called twice are left out: they may stand there already."""
    arrived, offered, seen = dict[str, tuple[str, Micros]](), dict[tuple[str, str], Micros](), set[str]()
    silent, after = dict[tuple[str, str], Micros](), 0
    while batch := journal.read(after):
        after = batch[-1].seq
        for entry in batch:
            if isinstance(entry.body, CallArrived) and entry.body.number:
                if entry.body.number not in seen and entry.at >= since:
                    arrived[entry.stream] = (entry.body.number, entry.at)
                seen.add(entry.body.number)
            elif isinstance(entry.body, CallOffered):
                offered.setdefault((entry.stream, entry.body.operator), entry.at)
            elif isinstance(entry.body, CallOfferEnded):
                silent.setdefault((entry.stream, entry.body.operator), entry.at)
    here, anywhere = list[float](), list[float]()
    for stream, (number, arrived_at) in arrived.items():
        for operator, terminal in terminals.items():
            at = terminal.seen_at(number)
            rang = offered.get((stream, operator))
            if at is None:
                if rang is not None and silent.get((stream, operator), rang) - rang > SECOND:
                    raise AssertionError(f"{number} rang at {operator} for a second and never stood on its screen")
                continue
            anywhere.append(at * 1000 - arrived_at * 1000 / SECOND)
            if rang is not None:
                # A number that stood among the waiting calls before the telephone rang is not counted twice.
                begin = rang if at * SECOND >= rang else arrived_at
                here.append(at * 1000 - begin * 1000 / SECOND)
    return here, anywhere


class _Quiet(Demo):
    """A demo centre whose services are started later: no caller comes before every console stands."""

    def __enter__(self) -> _Quiet:
        super().__enter__()
        text = (self.directory / configuration.FILE).read_text()
        names = ", ".join(f'"PJSIP/op{n}" = "{100 + n}"' for n in range(1, CONSOLES))
        text = text.replace('{ "PJSIP/op1" = "101" }', "{ " + names + " }")
        (self.directory / configuration.FILE).write_text(text)
        return self

    def start_services(self) -> None:
        """Not yet."""

    def begin(self, operators: Iterable[str]) -> None:
        """Start them, and sign the telephones on."""
        super().start_services()
        with open_journal(self.directory) as journal:
            _until(lambda: any(link.linked for link in calls.links(journal)), 30)
            journal.append(
                [
                    commands.request(
                        "training", "member_add", actor=LOGIN, terminal="bench", operator=name, queue="112",
                        deadline_s=30,
                    )
                    for name in operators
                ]
            )  # fmt: skip


def _until(test: Callable[[], bool], patience_s: float) -> None:
    deadline = time.monotonic() + patience_s
    while not test():
        if time.monotonic() > deadline:
            raise TimeoutError("what the benchmark waits for did not happen")
        time.sleep(0.1)


def _arrived(journal: Journal) -> int:
    return int(journal.execute("SELECT count(*) FROM calls").fetchone()[0])


def _twenty(count: int) -> tuple[list[float], list[float], list[float]]:
    """Nineteen call-takers at work and one who types: rings where they ring, rings anywhere, keys (milliseconds)."""
    names = [f"PJSIP/op{n}" for n in range(1, CONSOLES)]
    with (
        tempfile.TemporaryDirectory() as folder,
        _Quiet(Path(folder) / "d", calls=count, seed=5, rate=CALLS_A_SECOND, language="en", speech=False) as demo,
    ):
        at_work = {n: _console(demo.directory, "calltaker", f"desk-{n.rpartition('op')[2]}", n) for n in names}
        typing = _console(demo.directory, "calltaker", "desk-0")
        workers = _CallTakers(demo.directory, at_work)
        try:
            for console in (typing, *at_work.values()):
                console.wait_for("F3", 120)
            demo.begin(names)
            workers.start()
            with open_journal(demo.directory) as journal:
                _until(lambda: _arrived(journal) >= SETTLED, 60)
                since = now()
                keys = _key_delays(typing, 100, 0.1)
                _until(lambda: _arrived(journal) >= count, 120)
                time.sleep(1)
                return *_rings(journal, at_work, since), keys
        finally:
            workers.stop.set()
            if workers.is_alive():
                workers.join()
            for console in (typing, *at_work.values()):
                console.close()


def run() -> list[Row]:
    """All console figures."""
    with _centre(0.01) as demo:
        start = _start_up(demo, 5)
        board = _full_board(demo)
    here, anywhere, keys = _twenty(350)
    at = f"{CONSOLES} consoles, {CALLS_A_SECOND} calls/s"
    return [
        Row("console ready for keys", statistics.median(start), "s", "<= 1.0", len(start)),
        *latency_rows("key to screen, 2,000 incidents, 50 changes/s", board, p99="<= 50"),
        *latency_rows(f"ring to screen where it rings, {at}", here, "<= 20", "<= 100", "training PBX"),
        *latency_rows("the same at every desk, its place in the list of waiting calls included", anywhere),
        *latency_rows("key to screen meanwhile", keys, p99="<= 50"),
    ]
