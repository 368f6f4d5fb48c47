"""The executor: follows the journal for commands to its exchange, claims one after the other, does them, says so.

Several bridges follow the same journal; the claim is an entry with an id that only one of them can append. A claimant
that dies leaves a claim behind: the next bridge takes over by the next claim, looks at the exchange first, and does
what is left only where that is safe.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from data.clock import now
from data.entry import Draft, draft
from data.errors import SiagaError
from data.follow import Follower
from data.journal import Journal
from data.projection import Reader
from data.vocabulary.administration import HouseAlarm
from telephony import commands as rules
from telephony.bridge.actions import Doer
from telephony.bridge.hands import Result, failed
from telephony.bridge.watcher import Watcher
from telephony.bridge.writer import Writer
from telephony.calls import queries
from telephony.commands import Command, Step
from telephony.link.errors import LinkError
from telephony.settings import Pbx

log = logging.getLogger(__name__)

_PERHAPS_DONE = frozenset(
    {"call_taken", "operator_busy", "on_hold", "not_talking", "conference", "calls_again", "asking", "not_held"}
)
"""Refusals that the command itself may have brought about, when another bridge has begun it."""

LOOK_S = 0.25
"""Seconds between looks at commands that wait for something other than an entry (a deadline, a dead claimant)."""


class Executor:
    """Executes the commands to one exchange, one at a time, on a thread of its own."""

    def __init__(
        self,
        pbx: Pbx,
        journal: Journal,
        writer: Writer,
        watcher: Watcher,
        bridge: str,
        *,
        claim_s: float,
        alive: Callable[[str], bool],
    ) -> None:
        """``claim_s``: how long a claim is left alone. ``alive(bridge)``: whether that bridge shows signs of life."""
        self._pbx = pbx
        self._journal = journal
        self._writer = writer
        self._watcher = watcher
        self._bridge = bridge
        self._claim_s = claim_s
        self._alive = alive
        self._open: dict[str, Command] = {}
        self._doubtful: set[str] = set()

    def run(self, stop: threading.Event) -> None:
        """Work until ``stop``."""
        follower = self._follow(stop)
        if follower is None:
            return
        try:
            while not stop.is_set():
                try:
                    for note in follower.wait_notes(LOOK_S):
                        if note.kind.startswith("command."):
                            self._take(note.stream)
                    for command in list(self._open.values()):
                        if stop.is_set():
                            return
                        self._step(command)
                except SiagaError as error:
                    # Locked or full: nothing can be claimed now; what is open stays open.
                    log.warning("%s: commands wait: %s", self._pbx.name, error)
                    stop.wait(LOOK_S)
        finally:
            follower.close()

    def _follow(self, stop: threading.Event) -> Follower | None:
        """A follower from the present head on, and what was open before it; None when stopped first."""
        while not stop.is_set():
            try:
                follower = Follower(self._journal, self._journal.head()[0])
                for row in queries.open_commands(self._journal, self._pbx.name):
                    self._take(f"command/{row.command}")
            except SiagaError as error:
                log.warning("%s: the journal cannot be read: %s", self._pbx.name, error)
                stop.wait(LOOK_S)
            else:
                return follower
        return None

    def _take(self, stream: str) -> None:
        """Read the command anew from its entries: they are the only memory of it."""
        command = rules.fold_all(self._journal.stream(stream))
        if command is None or command.request.pbx != self._pbx.name:
            return
        if command.result is None:
            self._open[command.id] = command
        else:
            self._forget(command)

    def _forget(self, command: Command) -> None:
        self._open.pop(command.id, None)
        self._doubtful.discard(command.id)

    def _step(self, command: Command) -> None:
        step = self._next(command)
        if step in (Step.CLAIM, Step.TAKE_OVER):
            if self._call_is_news(command):
                return
            if self._decide(command, step):
                self._doubtful.discard(command.id)
                self._execute(command, again=step is Step.TAKE_OVER)
        elif step in (Step.EXPIRE, Step.GIVE_UP):
            self._decide(command, step)

    def _next(self, command: Command) -> Step:
        return rules.next_step(
            command,
            now(),
            linked=self._watcher.connection is not None,
            claim_s=self._claim_s,
            claimant_alive=self._claimant_lives(command),
        )

    def _decide(self, command: Command, step: Step) -> bool:
        """Claim it, or report it as never done; True when that became an entry.

        Inside the lock the command is read again: who waited for the lock beyond the deadline claims nothing late,
        and nobody reports as expired what another bridge is doing.
        """

        def rule(reader: Reader) -> list[Draft]:
            fresh = rules.fold_all(reader.stream(command.stream))
            if fresh is None or fresh.claims != command.claims or self._next(fresh) is not step:
                return []
            if step is Step.EXPIRE:
                return [rules.finish(fresh, "expired", "deadline", self._bridge, now())]
            if step is Step.GIVE_UP:
                return [rules.finish(fresh, "unknown", "claimant_lost", self._bridge, now())]
            return [rules.claim(fresh, self._bridge, now())]

        done = bool(self._journal.decide(rule))
        self._take(command.stream)
        return done

    def _claimant_lives(self, command: Command) -> bool:
        if command.claimed_by is None:
            return False
        if command.claimed_by == self._bridge:
            return command.id not in self._doubtful
        return self._alive(command.claimed_by)

    def _call_is_news(self, command: Command) -> bool:
        """Another bridge has told of a call that this one is just about to hear of: wait, the deadline is the limit."""
        stream = command.request.call
        if not stream or stream in self._watcher.view().calls:
            return False
        row = queries.call(self._journal, stream)
        return row is not None and row.outcome is None and now() <= command.request.deadline

    def _execute(self, command: Command, *, again: bool) -> None:
        view = self._watcher.view()
        refused = rules.refusal(command, view, self._pbx.queue)
        if refused is not None and not (again and refused in _PERHAPS_DONE):
            self._finish(command, _refused(refused))
            return
        connection = self._watcher.connection
        try:
            if connection is None:
                raise LinkError("there is no link")
            doer = Doer(self._pbx, connection, view, self._claim_s / 2)
            result = doer.look(command) if again else doer.do(command)
        except LinkError as error:
            # Perhaps it was done, perhaps not: look when the exchange is there again.
            log.warning("%s: %s %s: %s", self._pbx.name, command.request.action, command.id, error)
            self._doubtful.add(command.id)
            self._take(command.stream)
            return
        self._finish(command, result)

    def _finish(self, command: Command, result: Result) -> None:
        log.info(
            "%s: %s %s: %s %s", self._pbx.name, command.request.action, command.id, result.result, result.reason or ""
        )
        drafts: list[Draft] = [rules.finish(command, result.result, result.reason, self._bridge, now())]
        if result.reason == "last_ready" and command.request.reason == rules.VANISHED:
            drafts.append(last_ready_alarm(self._bridge, command.request.operator or "", command.id))
        self._forget(command)
        self._writer.put(drafts)


def _refused(code: str) -> Result:
    return Result("done", code) if code in ("already", "already_gone") else failed(code)


def last_ready_alarm(bridge: str, operator: str, cause: str) -> Draft:
    """A console has vanished, and its telephone is the last one that a caller can reach: a person must see to it."""
    body = HouseAlarm(what="last_ready", detail=operator[:120])
    return draft("house", body, actor=f"bridge:{bridge}", id=f"{cause}/last_ready")
