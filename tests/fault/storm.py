"""Calls of every kind on a real Asterisk, while bridges are killed, links are cut and the exchange itself restarts.

What came of it is held against the exchange's own records twice: by ``siaga112 reconcile``, and here, by code that
shares nothing with it (:mod:`tests.fault.held`).
"""

from __future__ import annotations

import contextlib
import json
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from console.compose import projections
from data.journal import Journal
from telephony.asterisk.names import CEL_FILE
from telephony.calls import queries
from telephony.commands import request
from telephony.seat import name_of
from tests.fault.held import Held, hold, moment
from tests.lab import Exchange
from tests.lab.ami import AmiError, Packet, first
from tests.lab.sip import Caller
from tests.real.bridge_process import PBX, ROOT, Centre, until
from tests.real.proxy import Proxy

CALLERS = (("answered", 5, 4.5), ("impatient", 2, 0.4), ("patient", 2, 9.0), ("until hung up on", 1, 25.0))
"""What callers do: name, share of all, and seconds after which they hang up (waiting counts)."""


SEATED = ("PJSIP/op1", "PJSIP/op2", "PJSIP/op3")
"""Whose telephones have seats, in a storm with seats."""


@dataclass(frozen=True)
class Plan:
    """How much of everything. ``rate``: calls a second; ``seed``: of when and how things break. ``seats``: three
    call-takers have one, and take waiting callers at their consoles."""

    calls: int
    kills: int
    cuts: int
    restarts: tuple[str, ...] = ()
    rate: float = 2.0
    seed: int = 112
    seats: bool = False


@dataclass
class Storm:
    """What happened. ``log``: one line each fault, with the second in which it came."""

    plan: Plan
    kills: int = 0
    cuts: int = 0
    restarts: int = 0
    seconds: float = 0.0
    three_way: int = 0
    seated: int = 0
    log: list[str] = field(default_factory=list)
    held: Held = field(default_factory=Held)
    reconciled: dict[str, Any] = field(default_factory=dict)
    recovered: int = 0
    compared_by_itself: int = 0
    alarms: list[str] = field(default_factory=list)

    @property
    def differences(self) -> list[dict[str, Any]]:
        """What ``reconcile`` prints, but for moments that the exchange itself told late."""
        found = [one for pbx in self.reconciled["pbx"] for one in pbx["differences"]]
        late = {(call, f"{moment}_at") for call, moment in self.held.late}
        return [one for one in found if (one["linkedid"], one["what"]) not in late]

    def table(self) -> list[tuple[str, object]]:
        """The figures, in order."""
        held = self.held
        kinds = ", ".join(f"{name} {count}" for name, count in sorted(held.kinds.items()))
        return [
            ("bridge killed (kill -9)", self.kills),
            ("AMI link cut, reset or silent", self.cuts),
            ("Asterisk restarted", self.restarts),
            ("calls", held.calls),
            ("of these", kinds),
            ("lost", len(held.lost)),
            ("doubled", len(held.doubled)),
            ("other outcome than CEL and queue_log", len(held.outcomes)),
            ("times more than 50 ms from CEL", len(held.times)),
            ("of the others, largest distance (ms)", round(held.largest_ms, 1)),
            ("told late by Asterisk itself", len(held.late)),
            ("recovered from the archive", self.recovered),
            ("compared by itself after a gap", self.compared_by_itself),
            ("differences that reconcile prints", len(self.differences)),
            ("minutes", round(self.seconds / 60, 1)),
        ]


class _Conductor:
    """Calls the fire brigade into every talk of one telephone, as a console does; it leaves by itself.

    On the way it notes when the exchange itself told of each call's moments (``told``): a starved Asterisk stamps its
    events late, and what it says late nobody can know earlier.
    """

    def __init__(self, exchange: Exchange, member: str) -> None:
        self._exchange, self._member = exchange, member
        self._stop = threading.Event()
        self.joined = 0
        self.told: dict[tuple[str, str], int] = {}
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            # (With the exchange down, or going down: again a little later.)
            with contextlib.suppress(OSError, TimeoutError, AmiError), self._exchange.ami("siaga112") as ami:
                while ami.open and not self._stop.wait(0.2):
                    for packet in ami.take():
                        self._look(packet)
            self._stop.wait(0.5)

    def _look(self, packet: Packet) -> None:
        told = moment(packet)
        if told is not None:
            self.told.setdefault(*told)
        if first(packet, "Event") == "AgentConnect" and first(packet, "MemberName") == self._member:
            self._call_in(first(packet, "Channel"), first(packet, "Uniqueid"))

    def _call_in(self, caller: str, call: str) -> None:
        variables = [f"X112_JOIN={caller}", "X112_PARTY=damkar", f"__X112_CALL={call}"]
        where = {"Context": "conference", "Exten": "join", "Priority": "1"}
        with self._exchange.ami("harness", events=False) as ami:
            ami.action("Originate", Channel="PJSIP/damkar", Async="true", Variable=variables, **where)
        self.joined += 1


class _Consoles:
    """Three call-takers with seats: whoever is free takes the caller who waits longest, and ends every second talk.

    They ask in the journal, as a console does; a bridge that is away does it late, or never.
    """

    def __init__(self, centre: Centre, exchange: Exchange) -> None:
        self._folder, self._exchange, self._centre = centre.folder, exchange, centre
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        for operator in SEATED:
            assert self._centre.do("member_add", operator=operator) == ("done", None)
        assert until(lambda: all(f"X112_SEATED_{name_of(o)}=PJSIP/" in self._globals() for o in SEATED))
        self._thread.start()
        return self

    def _globals(self) -> str:
        return self._exchange.cli("dialplan show globals")

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(10)

    def stop(self) -> int:
        """No more; how many legs into seats there were."""
        self.__exit__()
        legs = {row.channel for row in self._exchange.cel_rows() if row.event == "BRIDGE_ENTER"}
        return len([leg for leg in legs if leg.startswith("Local/") and "@seat-" in leg and leg.endswith(";1")])

    def _run(self) -> None:
        with Journal(self._folder, projections()) as journal:
            ended: set[str] = set()
            asked: dict[str, float] = {}
            while not self._stop.wait(0.2):
                with journal.snapshot() as view:
                    waiting, talks = queries.waiting_calls(view), queries.open_calls(view)
                busy = {row.operator for row in talks if row.state in ("talking", "held")}
                free = [one for one in SEATED if one not in busy and asked.get(one, 0) < time.monotonic() - 1]
                drafts = []
                for operator, row in zip(free, waiting, strict=False):
                    asked[operator] = time.monotonic()
                    drafts.append(
                        request(PBX, "answer", actor="sari", terminal="meja-1", call=row.call, operator=operator)
                    )
                for row in talks:
                    if row.operator in SEATED and row.state == "talking" and row.call not in ended:
                        ended.add(row.call)
                        if len(ended) % 2:
                            drafts.append(
                                request(
                                    PBX, "hangup", actor="sari", terminal="meja-1", call=row.call, operator=row.operator
                                )
                            )
                if drafts:
                    journal.append(drafts)


def run(plan: Plan, folder: Path, tell: Callable[[str], None] = lambda _: None) -> Storm:
    """Let it storm; ``folder`` keeps the record. Nothing is judged here."""
    storm = Storm(plan)
    began = time.monotonic()

    def note(text: str) -> None:
        storm.log.append(f"{time.monotonic() - began:6.1f} s  {text}")
        tell(storm.log[-1])

    with ExitStack() as stack:
        exchange = stack.enter_context(Exchange(operators=9, seat_patience_s=5))
        proxy = stack.enter_context(Proxy(exchange.ami_port))
        centre = stack.enter_context(Centre(folder, proxy.port, exchange.ami_secret))
        centre.pbx |= {"cel_file": str(exchange.log / CEL_FILE)}
        if plan.seats:
            centre.pbx |= {"dial_user": "siaga112-dial", "dial_secret": exchange.dial_secret, "seats": list(SEATED)}
        _telephones(stack, exchange, seats=plan.seats)
        bridge = centre.bridge()
        consoles = stack.enter_context(_Consoles(centre, exchange)) if plan.seats else None
        conductor = _Conductor(exchange, "op9")
        callers = [
            exchange.caller(
                seconds,
                f"+62{number}",
                calls=max(2, plan.calls * share // 10),
                rate=plan.rate * share / 10,
                sound=False,
            )
            for number, (_, share, seconds) in enumerate(CALLERS)
        ]
        note(f"calls begin: {', '.join(f'{name} {share * 10} %' for name, share, _ in CALLERS)}")
        for pause, fault in _schedule(plan):
            time.sleep(pause)
            if fault == "kill":
                centre.kill(bridge)
                storm.kills += 1
                down = random.Random(storm.kills).choice((0.0, 0.2, 1.0, 2.5))
                note(f"bridge killed, the next one {down} s later")
                time.sleep(down)
                bridge = centre.bridge(linked=False)
            elif fault in ("cut", "reset", "mute"):
                getattr(proxy, fault)()
                storm.cuts += 1
                note(f"link {fault}")
            else:
                _restart(exchange, fault)
                storm.restarts += 1
                note(f"exchange: {fault}")
        _until_over(exchange, callers, began + plan.calls / plan.rate)
        conductor.stop()
        if consoles is not None:
            storm.seated = consoles.stop()
        note("calls are over")
        _settle(exchange, centre)
        storm.three_way = conductor.joined
        storm.held = hold(exchange, centre.journal, centre.calls(), conductor.told)
        storm.recovered = len(centre.entries("call.recovered"))
        storm.compared_by_itself = len(centre.entries("reconcile.finished"))
        storm.alarms = [f"{e.body.what}: {e.body.detail}" for e in centre.entries("house.alarm")]  # type: ignore[attr-defined]
        storm.reconciled = reconciled(folder, exchange)
        shutil.copytree(exchange.log, folder / "asterisk-log", dirs_exist_ok=True)
    storm.seconds = time.monotonic() - began
    return storm


def _telephones(stack: ExitStack, exchange: Exchange, *, seats: bool) -> None:
    """Who answers, refuses, holds, passes on, or has company; those with seats answer when they are told to."""
    seated = {name_of(operator) for operator in SEATED} if seats else set()
    for name in seated:
        stack.enter_context(exchange.softphone(name))
    for name, behaviour, ring_s, talk_s in (
        ("op1", "hangup_after", 0.2, 1.0),
        ("op2", "hangup_after", 0.4, 2.0),
        ("op3", "answer", 0.3, 0.0),
        ("op4", "busy", 0.0, 0.0),
        ("op5", "decline", 0.0, 0.0),
        ("op6", "refer", 0.2, 0.6),
        ("op7", "answer", 0.2, 0.0),  # not in the queue: calls are passed on to it
        ("op8", "hold", 0.2, 0.5),
        ("op9", "answer", 0.2, 0.0),
        ("damkar", "hangup_after", 0.2, 0.8),
    ):
        if name in seated:
            continue
        phone = exchange.operator(name, behaviour, ring_s=ring_s, talk_s=talk_s, transfer_to="107", sound=False)
        stack.enter_context(phone)
    exchange.sign_in(*(name for name in ("op1", "op2", "op3", "op4", "op5", "op6", "op8", "op9") if name not in seated))


def _schedule(plan: Plan) -> Iterator[tuple[float, str]]:
    """(seconds to wait, what breaks then), over the time in which calls come."""
    chance = random.Random(plan.seed)
    cuts = [("cut", "reset", "mute")[n % 3] for n in range(plan.cuts)]
    faults = ["kill"] * plan.kills + cuts
    chance.shuffle(faults)
    for number, restart in enumerate(plan.restarts, 1):
        faults.insert(len(faults) * number // (len(plan.restarts) + 1), restart)
    # A killed bridge stays away for a second or so, too; and each restart takes some seconds.
    spare = plan.calls / plan.rate - plan.kills - 4 * len(plan.restarts)
    for fault in faults:
        yield chance.uniform(0.2, 1.8) * max(spare / len(faults), 0.2), fault


def _restart(exchange: Exchange, how: str) -> None:
    if how == "kill -9":
        exchange.kill9()
        exchange.start()
    else:
        exchange.restart_now()


def _until_over(exchange: Exchange, callers: list[Caller], last_call_at: float) -> None:
    """Until every caller is done. One whom a killed exchange had told "Trying" waits for ever: nobody waits for him."""

    def over() -> bool:
        if not any(caller.running() for caller in callers):
            return True
        return time.monotonic() > last_call_at + 10 and _no_calls(exchange)

    until(over, 300)
    for caller in callers:
        caller.end()


def _no_calls(exchange: Exchange) -> bool:
    """Whether no channel is there but free seats."""
    channels = exchange.cli("core show channels concise").splitlines()
    return not [line for line in channels if "!" in line and "!seated!" not in line]


def _settle(exchange: Exchange, centre: Centre) -> None:
    """Until the exchange is empty, the journal knows no open call, and the last gap was looked into."""
    until(lambda: _no_calls(exchange))
    linked = max(entry.seq for entry in centre.entries("pbx.linked"))
    until(lambda: not queries.open_calls(centre.journal) and centre.entries("reconcile.finished", after=linked))


def reconciled(folder: Path, exchange: Exchange) -> dict[str, Any]:
    """What ``siaga112 reconcile --json`` says of the whole time."""
    (folder / "siaga112.toml").write_text(
        f'[[pbx]]\nname = "{PBX}"\nport = {exchange.ami_port}\nsecret = "not used"\n'
        f'cel_file = "{exchange.log / CEL_FILE}"\n'
    )
    time.sleep(2.5)  # what happened in the last two seconds is not compared
    words = [sys.executable, "-m", "console.main", "reconcile", "--from", "2020-01-01", "--json", "--data", str(folder)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@contextmanager
def kept_folder(path: Path | None) -> Iterator[Path]:
    """``path``, or a folder that goes afterwards."""
    import tempfile

    if path is not None:
        path.mkdir(parents=True, exist_ok=True)
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="siaga112-storm-") as folder:
        yield Path(folder)
