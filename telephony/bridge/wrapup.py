"""Keeps wrap-ups: pauses the telephone of an operator who owes an outcome, and makes it ready again in time.

The rule is :mod:`telephony.wrapup`; here is what it needs to know, and when it is asked: at each entry that can change
the answer, and twice a second.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Container, Iterable, Mapping, Set

from data.clock import SECOND, Micros, now
from data.entry import Draft
from data.errors import SiagaError
from data.follow import Follower
from data.journal import Journal
from data.projection import Database
from data.side import SideTables
from data.vocabulary import calls as v
from telephony import wrapup
from telephony.bridge.watcher import Watcher
from telephony.bridge.writer import Writer
from telephony.calls import floor, queries
from telephony.commands import View
from telephony.settings import Pbx, Telephony
from telephony.wrapup import Debt, Phone

log = logging.getLogger(__name__)

LOOK_S = 0.5
"""Seconds between looks when nothing happens."""

SETTLE_S = 0.05
"""Seconds from an entry to the look: what the exchange says comes before what we wish, and a burst is one look."""

_BEGINS = frozenset({v.CallEnded.KIND, v.CallOperatorLeft.KIND})
"""After these somebody may owe an outcome. Nobody is rung later because a wrap-up begins half a second late."""

_ENDS = _BEGINS | {
    v.CallQueued.KIND, v.CallOfferEnded.KIND, v.CallAnswered.KIND, v.CallClassified.KIND, v.MemberChanged.KIND,
}  # fmt: skip
"""After these a wrap-up that goes on may have to end."""

_NO_RING = frozenset({"unavailable", "invalid"})


class WrapUpKeeper:
    """One exchange's keeper; a thread of its own in the bridge."""

    def __init__(
        self, pbx: Pbx, settings: Telephony, journal: Journal, side: SideTables, writer: Writer, watcher: Watcher,
        bridge: str,
    ) -> None:  # fmt: skip
        self._pbx = pbx
        self._settings = settings
        self._journal = journal
        self._side = side
        self._writer = writer
        self._watcher = watcher
        self._bridge = bridge
        self._asked: dict[str, None] = {}  # ids of what was asked for, the oldest first
        self._told = ""
        self._goes_on = True  # whether there is, or may be, a telephone in wrap-up
        self._looked = 0.0  # on the monotonic clock

    def run(self, stop: threading.Event) -> None:
        """Work until ``stop``."""
        follower: Follower | None = None
        try:
            while not stop.is_set():
                try:
                    if follower is None:
                        follower = Follower(self._journal, self._journal.head()[0])
                    kinds = {note.kind for note in follower.wait_notes(LOOK_S)}
                    if self._due(kinds):
                        stop.wait(SETTLE_S)
                        self._look()
                    self._told = ""
                except SiagaError as error:
                    if error.code != self._told:  # said once as long as it is the same
                        self._told = error.code
                        log.warning("%s: wrap-ups cannot be kept: %s", self._pbx.name, error)
                    stop.wait(1.0)
        finally:
            if follower is not None:
                follower.close()

    def _due(self, came: Set[str]) -> bool:
        if self._watcher.connection is None:
            return False
        return bool(came & (_ENDS if self._goes_on else _BEGINS)) or time.monotonic() - self._looked >= LOOK_S

    def _look(self) -> None:
        self._looked = time.monotonic()
        at = now()
        with self._journal.snapshot() as view:
            phones = self._phones(view, at)
            waiting = [
                row.waiting_since or row.began_at or at
                for row in queries.waiting_calls(view)
                if row.pbx == self._pbx.name and row.queue in (None, self._pbx.queue)
            ]
        begins, ends = wrapup.plan(phones, waiting, at, self._settings.wrap_up_seconds)
        self._goes_on = bool(begins) or any(phone.wrapping for phone in phones)
        self._ask(wrapup.begin, begins, at)
        self._ask(wrapup.end, ends, at)

    def _ask(self, command: Callable[..., Draft], phones: Iterable[Phone], at: Micros) -> None:
        for phone in phones:
            draft = command(phone, pbx=self._pbx.name, queue=self._pbx.queue, bridge=self._bridge, at=at)
            if draft.id not in self._asked:
                self._asked[draft.id] = None
                self._writer.put([draft])
        while len(self._asked) > 1000:
            del self._asked[next(iter(self._asked))]

    def _phones(self, db: Database, at: Micros) -> list[Phone]:
        members = queries.members(db, self._pbx.queue, self._pbx.name)
        living = {
            session.endpoint
            for session in self._side.sessions()
            if at - session.seen_at <= round(self._settings.vanish_seconds * SECOND)
        }
        devices = self._side.device_states(self._pbx.name)
        now_there = self._watcher.view()
        rings = {operator for call in now_there.calls.values() for operator in call.offers.values()}
        return [self._phone(db, member, living, devices, rings, now_there) for member in members]

    def _phone(
        self, db: Database, member: queries.MemberRow, living: Container[str | None], devices: Mapping[str, str],
        rings: Container[str], there: View,
    ) -> Phone:  # fmt: skip
        operator = member.operator
        last = floor.last_talk(db, operator, self._pbx.name) if operator in living else None
        debt = Debt(last.call, last.left_at) if last is not None and last.left_at is not None and last.owes else None
        id = wrapup.begin_id(operator, debt) if debt is not None else ""
        return Phone(
            operator,
            paused=member.state == "paused",
            reason=member.reason or "",
            since=member.since,
            busy=there.call_of(operator) is not None,
            rings=operator in rings,
            reachable=devices.get(operator) not in _NO_RING,
            attended=operator in living,
            debt=debt,
            begun=debt is not None and (id in self._asked or queries.command(db, id) is not None),
        )
