"""The demo: a whole centre on this machine with the training PBX, nothing to configure, no other PBX touched."""

from __future__ import annotations

import csv
import json
import logging
import os
import secrets
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

import msgspec

from console import auth, configuration, processes
from console.automatic import REACTION_S, AutomaticOperator
from console.compose import open_journal, region_path
from console.pty_terminal import PtyTerminal
from console.training_units import training_units
from data import administration
from data.clock import SECOND, Micros
from data.errors import Refusal, SiagaError
from data.journal import Journal
from data.pack import load_pack
from data.side import SideTables
from data.vocabulary.calls import CallArrived
from dispatch.units.queries import units
from dispatch.units.rules import register_all
from telephony.training.server import Endpoint, folder, told, wait_for

log = logging.getLogger(__name__)

PBX = "training"
OPERATOR = "PJSIP/op1"
LOGIN = "latihan"
TERMINAL = "demo"
COLLEAGUE, COLLEAGUE_TERMINAL = "rekan", "demo-rekan"
"""Who takes the calls, by keys at a console of his own, while a person looks at another role's screens."""
BOOT_S = 15.0

_CONFIGURATION = """# Written by siaga112 demo: the training PBX on this machine, and nothing else.
[centre]
name = "Latihan"
language = "{language}"

[[pbx]]
name = "training"
port = {port}
secret = "{secret}"
dial_user = "{dial_user}"
dial_secret = "{dial_secret}"
telephones = {{ "PJSIP/op1" = "101" }}

[console]
speech = {speech}
"""


class Result(msgspec.Struct, kw_only=True):
    """The last line of ``demo --headless``. ``lost`` and ``duplicated``: the exchange's CDR against the journal."""

    calls: int
    answered: int
    abandoned: int
    ghost: int
    prank: int
    incidents: int
    handovers: int
    lost: int
    duplicated: int
    ring_to_screen_ms: dict[str, float | None]
    handled_as_told: int
    not_handled: int


class Demo:
    """A demo centre in ``directory``; use as a context manager: services and training PBX run inside it."""

    def __init__(self, directory: Path, *, calls: int, seed: int, rate: float, language: str, speech: bool) -> None:
        self.directory = directory
        self._calls, self._seed, self._rate = calls, seed, rate
        self._language, self._speech = language, speech
        self._password = secrets.token_urlsafe(18)
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Demo:
        try:
            self._refuse_a_real_centre()
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._configure(self._start_training())
            self.start_services()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start_services(self) -> None:
        """Bridge and hand-over service, as processes."""
        self._processes.append(processes.start(["serve", "--data", str(self.directory)]))

    def close(self) -> None:
        """End the services, then the training PBX."""
        for process in reversed(self._processes):
            processes.end(process, patience_s=10)
        self._processes.clear()

    def _refuse_a_real_centre(self) -> None:
        path = self.directory / configuration.FILE
        if path.exists() and 'name = "training"' not in path.read_text("utf-8", "replace"):
            raise SiagaError(
                "this is the data directory of a real centre; the demo does not touch it",
                where=str(self.directory),
                remedy="name another one with --data, or none",
            )

    def _start_training(self) -> Endpoint:
        (folder(self.directory) / "pbx.json").unlink(missing_ok=True)
        words = ["training", "--data", str(self.directory), "--seed", str(self._seed), "--rate", str(self._rate)]
        process = processes.start([*words, "--calls", str(self._calls)])
        self._processes.append(process)
        try:
            return wait_for(self.directory, BOOT_S)
        except TimeoutError as error:
            raise SiagaError(str(error), where=str(self.directory / "log" / "training.log")) from error

    def _configure(self, pbx: Endpoint) -> None:
        text = _CONFIGURATION.format(
            language=self._language, port=pbx.port, secret=pbx.secret, speech=str(self._speech).lower(),
            dial_user=pbx.dial_user, dial_secret=pbx.dial_secret,
        )  # fmt: skip
        path = self.directory / configuration.FILE
        path.touch(mode=0o600)
        path.write_text(text, "utf-8")
        with open_journal(self.directory, create=True) as journal:
            self._user(journal, LOGIN, "Latihan", ("calltaker", "dispatcher", "supervisor", "admin"))
            self._units(journal)

    @staticmethod
    def _units(journal: Journal) -> None:
        """Units to send, in a demo that has none yet."""
        if not units(journal):
            pack = load_pack(region_path(configuration.Centre().region))
            known = {agency.id: agency.kind for agency in pack.agencies.values()}
            journal.decide(lambda view: register_all(view, "demo", training_units(pack), known))

    def _user(self, journal: Journal, login: str, name: str, roles: tuple[str, ...]) -> None:
        """A throw-away user; nobody has to know the password, the demo signs in by itself."""
        if administration.user(journal, login) is None:
            journal.decide(lambda view: administration.create_user(view, "demo", login, name, roles))
        auth.set_password(journal, "demo", login, self._password)

    def sign_in(self, role: str, login: str = LOGIN, terminal: str = TERMINAL) -> auth.Session:
        """Sign a throw-away user in; a call-taker gets the demo's telephone."""
        with open_journal(self.directory) as journal:
            if login == COLLEAGUE:
                self._user(journal, login, "Rekan (otomatis)", (role,))
            side = SideTables(self.directory)
            try:
                return auth.sign_in(
                    journal, side, login=login, password=self._password, terminal=terminal, role=role,
                    endpoint=OPERATOR if role == "calltaker" else None,
                )  # fmt: skip
            finally:
                side.close()


def interactive(demo: Demo, role: str, language: str, rate: float) -> int:
    """A console on this terminal, signed in. Returns its exit status.

    Who is no call-taker has a colleague who is one, by keys at a console of his own: what he looks at is alive.
    """
    with _colleague(demo, rate) if role != "calltaker" else nullcontext():
        return _own_console(demo, role, language)


def _own_console(demo: Demo, role: str, language: str) -> int:
    from console.ui.run import run_console  # noqa: PLC0415 - Textual takes 135 ms to import

    settings = configuration.load(demo.directory / configuration.FILE)
    return run_console(
        demo.directory, settings, terminal=TERMINAL, language=language, session=demo.sign_in(role),
        narrator=lambda call: said(demo.directory, call),
    )  # fmt: skip


@contextmanager
def _colleague(demo: Demo, rate: float) -> Iterator[None]:
    stop = threading.Event()

    def work() -> None:
        try:
            with (
                open_journal(demo.directory) as journal,
                _console(demo, demo.sign_in("calltaker", COLLEAGUE, COLLEAGUE_TERMINAL)) as terminal,
            ):
                _operator(demo, journal, terminal, rate, journal.head()[0]).run(stop, at_once=True)
        except Exception:  # nothing may be printed: the screen is a person's
            log.exception("the colleague at the other console is gone")

    thread = threading.Thread(target=work, name="colleague")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def said(directory: Path, call: str) -> str:
    """What the caller of a training call says."""
    linkedid = call.rpartition("/")[2]
    return next((line.story.text for line in told(directory) if line.linkedid.endswith(linkedid)), "")


def headless(demo: Demo, calls: int, rate: float) -> Result:
    """``calls`` calls through the real path: a console in a pseudo-terminal, keys pressed by an automatic operator."""
    with open_journal(demo.directory) as journal:
        before = journal.head()[0]
        with _console(demo, demo.sign_in("calltaker")) as terminal:
            return _work_through(demo, journal, terminal, calls, rate, before)


def _work_through(demo: Demo, journal: Journal, terminal: PtyTerminal, calls: int, rate: float, after: int) -> Result:
    stop = threading.Event()
    worker = _operator(demo, journal, terminal, rate, after)
    thread = threading.Thread(target=worker.run, args=(stop,), name="automatic-operator")
    thread.start()
    try:
        _until_all_ended(journal, demo.directory, calls, patience_s=60 + calls / rate + 30 * calls)
    finally:
        stop.set()
        thread.join()
    time.sleep(0.3)
    return _result(journal, demo.directory, terminal, worker)


def _operator(demo: Demo, journal: Journal, terminal: PtyTerminal, rate: float, after: int) -> AutomaticOperator:
    return AutomaticOperator(terminal, journal, OPERATOR, demo.directory, after, min(REACTION_S, REACTION_S / rate))


@contextmanager
def _console(demo: Demo, session: auth.Session) -> Iterator[PtyTerminal]:
    """A console in a pseudo-terminal; the session's token lets it adopt the session."""
    where = ["--terminal", session.terminal, "--data", str(demo.directory)]
    terminal = PtyTerminal(
        [sys.executable, "-m", "console.main", "console", *where],
        env={"SIAGA112_SESSION": session.token, "SIAGA112_CHILD": "1"},
    )
    try:
        terminal.wait_for("F3", timeout_s=60)
        yield terminal
    finally:
        # What a person would have seen, for `cat` in a terminal of 120 x 40.
        (demo.directory / "log" / "console.typescript").write_bytes(terminal.output)
        terminal.close()


def _until_all_ended(journal: Journal, directory: Path, calls: int, patience_s: float) -> None:
    deadline = time.monotonic() + patience_s
    while len(_cdr_calls(directory)) < calls:
        if time.monotonic() > deadline:
            raise Refusal(
                "unfinished",
                "after {seconds:.0f} s only {ended} of {calls} calls had ended",
                seconds=patience_s, ended=len(_cdr_calls(directory)), calls=calls,
            )  # fmt: skip
        time.sleep(0.2)
    quiet = time.monotonic() + 60
    while journal.execute("SELECT count(*) FROM calls WHERE outcome IS NULL").fetchone()[0]:
        if time.monotonic() > quiet:
            return  # what the journal lacks is told as lost
        time.sleep(0.1)


def _cdr_calls(directory: Path) -> list[str]:
    """The linkedids of the exchange's own records, one for each call."""
    path = folder(directory) / "Master.csv"
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8", errors="replace") as file:
        return list(dict.fromkeys(row[19] for row in csv.reader(file) if len(row) > 19))


def _result(journal: Journal, directory: Path, terminal: PtyTerminal, worker: AutomaticOperator) -> Result:
    def count(sql: str) -> int:
        return int(journal.execute(f"SELECT count(*) FROM {sql}").fetchone()[0])

    theirs = {c.rpartition("-")[2] for c in _cdr_calls(directory)}
    ours = [row[0] for row in journal.execute("SELECT linkedid FROM calls").fetchall()]
    twice = journal.execute(
        "SELECT count(*) FROM (SELECT 1 FROM journal WHERE kind IN ('call.arrived', 'call.ended')"
        " GROUP BY stream, kind HAVING count(*) > 1)"
    ).fetchone()[0]
    delays = ring_to_screen_ms(journal, terminal)
    return Result(
        calls=len(ours),
        answered=count("calls WHERE outcome = 'answered'"),
        abandoned=count("calls WHERE outcome = 'abandoned'"),
        ghost=count("calls WHERE classified = 'silent'"),
        prank=count("calls WHERE classified IN ('prank', 'false_emergency')"),
        incidents=count("incidents"),
        handovers=count("handovers"),
        lost=len(theirs - set(ours)),
        duplicated=int(twice) + len(ours) - len(set(ours)),
        ring_to_screen_ms={"p50": _round(percentile(delays, 50)), "p99": _round(percentile(delays, 99))},
        handled_as_told=worker.handled,
        not_handled=len(worker.failed),
    )


def ring_to_screen_ms(journal: Journal, terminal: PtyTerminal) -> list[float]:
    """For each call whose number came for the first time: the exchange's Timestamp until the bytes reached the pty."""
    seen: set[str] = set()
    delays: list[float] = []
    for number, arrived_at in _arrivals(journal):
        if number in seen:
            continue  # an earlier call's number may still stand on the screen
        seen.add(number)
        at = terminal.seen_at(number)
        if at is not None:
            delays.append(at * 1000 - arrived_at * 1000 / SECOND)
    return delays


def _arrivals(journal: Journal) -> Iterator[tuple[str, Micros]]:
    after = 0
    while batch := journal.read(after):
        after = batch[-1].seq
        for entry in batch:
            if isinstance(entry.body, CallArrived) and entry.body.number:
                yield entry.body.number, entry.at


def percentile(values: Sequence[float], percent: int) -> float | None:
    """Nearest rank; None without values."""
    if not values:
        return None
    if percent == 50:
        return statistics.median(values)
    ordered = sorted(values)
    return ordered[max(0, -(-percent * len(ordered) // 100) - 1)]


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def print_result(result: Result) -> None:
    """The last line: one JSON object."""
    print(json.dumps(msgspec.to_builtins(result)), flush=True)


def throw_away_directory() -> Path:
    """A new private directory for one demo."""
    import tempfile  # noqa: PLC0415

    return Path(tempfile.mkdtemp(prefix="siaga112-demo-", dir=os.environ.get("XDG_RUNTIME_DIR")))
