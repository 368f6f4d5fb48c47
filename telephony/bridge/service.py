"""The bridge: the body of the process between one exchange and the journal.

    exchange -> Link (reads) -> Inbox -> Watcher (reduces) -> Writer -> journal -> Executor -> exchange

Each part has a thread of its own, so that a slow disk never keeps the reader from reading, and a command never waits
behind an event. Two bridges may run for one exchange; either may be killed at any time.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable

from data.clock import SECOND, now
from data.errors import SiagaError
from data.journal import Journal
from data.side import SideTables
from telephony.bridge.check import Check, differences
from telephony.bridge.devices import Devices
from telephony.bridge.executor import Executor
from telephony.bridge.hands import REPLY_S
from telephony.bridge.lifesigns import LifeKeeper
from telephony.bridge.nuisance import NuisanceKeeper
from telephony.bridge.presence import vanished
from telephony.bridge.recovery import Recovery
from telephony.bridge.seats import SeatKeeper
from telephony.bridge.watcher import Watcher
from telephony.bridge.wrapup import WrapUpKeeper
from telephony.bridge.writer import Writer
from telephony.commands import request
from telephony.link.connection import Connection
from telephony.link.errors import LinkError
from telephony.link.inbox import Inbox
from telephony.link.link import REQUIRED_ACTIONS, Link
from telephony.listening import to_unmute
from telephony.recordings import queries as recordings
from telephony.settings import Pbx, Telephony

log = logging.getLogger(__name__)

BEAT_S = 1.0
"""Seconds between a bridge's signs of life."""

ALIVE_S = 5.0
"""A bridge without a sign of life for so long is gone (or stopped)."""

PARTING_S = 5.0
"""Seconds that a bridge takes at its end to write what it still has."""


def _runs(pid: int) -> bool:
    """Whether there is such a process on this machine (which is where all processes of one SQLite journal are)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


class Bridge:
    """One bridge of one exchange. ``run`` is the whole life of its process."""

    def __init__(self, settings: Telephony, pbx: Pbx, journal: Journal, side: SideTables, *, name: str) -> None:
        """``name``: unique among the processes that use this journal; it stands in claims and links."""
        self._settings = settings
        self._pbx = pbx
        self._journal = journal
        self._side = side
        self._name = name
        self._state: tuple[str, str | None] = ("starting", None)
        self._store: tuple[str, str | None] = ("ok", None)
        self._stop = threading.Event()
        self._failed: list[str] = []
        self._check = Check(settings.snapshot_seconds)
        self._asked: set[str] = set()  # ids of what was asked for already because of vanished consoles
        inbox = Inbox(settings.backlog)
        self._link = Link(pbx, inbox, required=REQUIRED_ACTIONS)
        self._writer = Writer(journal, name, on_trouble=self._store_is)
        self._devices = Devices(side, pbx.name)
        self._recovery = Recovery(pbx, journal, self._writer, name)
        self._watcher = Watcher(
            pbx, journal, self._writer, self._devices, inbox, name,
            on_state=self._link_is, alive=self._alive, on_linked=self._recovery.linked,
        )  # fmt: skip
        self._nuisance = NuisanceKeeper(pbx, settings.nuisance, journal, self._writer, self._watcher, name)
        self._wrap_ups = WrapUpKeeper(pbx, settings, journal, side, self._writer, self._watcher, name)
        self._seats = SeatKeeper(pbx, journal, self._writer, self._watcher, self._devices, name)
        self._lives = LifeKeeper(pbx, self._watcher)
        self._executor = Executor(
            pbx, journal, self._writer, self._watcher, name, claim_s=settings.claim_seconds, alive=self._alive
        )

    def run(self, stop: threading.Event) -> None:
        """Bridge until ``stop`` is set; then write what is left, and return.

        Raises RuntimeError when a part of it died (a defect): the supervisor starts a new process.
        """
        log.info("bridge %s: %s:%d", self._name, self._pbx.host, self._pbx.port)
        watching = threading.Event()  # the watcher works on until the link is down and the inbox empty
        self._beat("starting", None)
        self._writer.start()
        self._devices.start()
        watcher = self._start("watcher", self._watcher.run, watching)
        executor = self._start("executor", self._executor.run, self._stop)
        recovery = self._start("recovery", self._recovery.run, self._stop)
        nuisance = self._start("nuisance", self._nuisance.run, self._stop)
        wrap_ups = self._start("wrap-ups", self._wrap_ups.run, self._stop)
        seats = self._start("seats", self._seats.run, self._stop)
        lives = self._start("life signs", self._lives.run, self._stop)
        self._link.start()
        try:
            while not stop.wait(BEAT_S) and not self._failed:
                self._every_second()
                if not self._writer.alive:
                    self._failed.append("writer")
        finally:
            self._stop.set()
            self._link.stop()
            watching.set()
            watcher.join(PARTING_S)
            executor.join(PARTING_S)
            recovery.join(PARTING_S)
            nuisance.join(PARTING_S)
            wrap_ups.join(PARTING_S)
            seats.join(PARTING_S)
            lives.join(PARTING_S)
            if not self._writer.stop(PARTING_S):
                log.error("bridge %s: %d facts are lost with this process", self._name, self._writer.waiting)
            self._devices.stop()
            self._beat("stopped", None)
        if self._failed:
            raise RuntimeError(f"bridge {self._name}: {', '.join(self._failed)} failed")

    # -- once a second

    def _every_second(self) -> None:
        state, detail = self._state
        if self._store[0] != "ok":
            state, detail = self._store[0], f"{self._writer.waiting} facts wait; {self._store[1]}"
        self._beat(state, detail)
        connection = self._watcher.connection
        if connection is None:
            self._check.forget()
            return
        self._watcher.tell_of_gone_bridges()
        self._forget_the_dead()
        self._pause_the_vanished()
        self._end_mutes()
        if self._check.due:
            self._compare(connection)

    def _compare(self, connection: Connection) -> None:
        """Whether the exchange and the journal still mean the same calls."""
        try:
            rows = connection.action("CoreShowChannels", timeout=REPLY_S).events()
        except LinkError as error:
            log.warning("bridge %s: the calls cannot be compared: %s", self._name, error)
            self._check.forget()
            return
        lasting = self._check.look(differences(self._watcher.view(), rows))
        if lasting:
            log.warning("bridge %s: exchange and journal differ: %s", self._name, ", ".join(sorted(lasting))[:500])
            self._watcher.look_again()

    def _forget_the_dead(self) -> None:
        """Former bridges of this exchange leave their last words behind; whoever follows tidies up."""
        mine = f"bridge:{self._pbx.name}/"
        try:
            for service in self._side.services():
                if service.name.startswith(mine) and service.pid != os.getpid() and not _runs(service.pid):
                    self._side.forget_service(service.name)
        except SiagaError as error:
            log.warning("bridge %s: %s", self._name, error)

    def _pause_the_vanished(self) -> None:
        try:
            drafts = vanished(
                self._side.sessions(),
                self._watcher.view().members,
                now(),
                vanish_s=self._settings.vanish_seconds,
                pbx=self._pbx.name,
                queue=self._pbx.queue,
                bridge=self._name,
            )
        except SiagaError as error:
            log.warning("bridge %s: the sessions cannot be read: %s", self._name, error)
            return
        news = [each for each in drafts if each.id not in self._asked]
        self._asked.update(each.id for each in news)
        self._writer.put(news)

    def _end_mutes(self) -> None:
        """A recording that somebody muted, and forgot, goes on."""
        try:
            muted = recordings.muted(self._journal, self._pbx.name)
        except SiagaError as error:
            log.warning("bridge %s: the recordings cannot be read: %s", self._name, error)
            return
        due = to_unmute(muted, self._watcher.view(), now(), most_s=self._settings.mute_seconds) if muted else []
        news = [(call, id) for call, id in due if id not in self._asked]
        self._asked.update(id for _, id in news)
        actor = f"bridge:{self._name}"
        self._writer.put(
            [request(self._pbx.name, "unmute", actor=actor, terminal="", call=call, id=id) for call, id in news]
        )

    def _beat(self, state: str, detail: str | None) -> None:
        try:
            self._side.set_service(f"bridge:{self._name}", os.getpid(), state, detail)
        except SiagaError as error:
            log.warning("bridge %s: no sign of life: %s", self._name, error)

    def _alive(self, bridge: str) -> bool:
        if bridge == self._name:
            return True
        try:
            services = self._side.services()
        except SiagaError as error:
            log.warning("bridge %s: the signs of life cannot be read: %s", self._name, error)
            return True  # who is not known to be dead keeps what he has claimed, until the claim is too old
        since = now() - round(ALIVE_S * SECOND)
        name = f"bridge:{bridge}"
        return any(s.name == name and s.state != "stopped" and s.seen_at >= since and _runs(s.pid) for s in services)

    # -- told by the parts

    def _link_is(self, state: str, detail: str | None) -> None:
        self._state = (state, detail)
        log.info("bridge %s: %s %s", self._name, state, detail or "")

    def _store_is(self, state: str, detail: str | None) -> None:
        self._store = (state, detail)

    def _start(self, name: str, work: Callable[[threading.Event], None], stop: threading.Event) -> threading.Thread:
        def body() -> None:
            try:
                work(stop)
            except Exception:
                # A bridge that only seems to watch is worse than one that starts anew.
                log.exception("bridge %s: the %s failed", self._name, name)
                self._failed.append(name)

        thread = threading.Thread(target=body, name=name, daemon=True)
        thread.start()
        return thread
