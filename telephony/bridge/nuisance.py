"""Keeps the exchange's store of lowered numbers equal to the journal, and lifts callers who must not wait.

What is lowered, and until when, is computed from the journal alone, at the start, now and then, and when an outcome or
a flag comes. So several bridges write the same, a lost store is made anew, and what somebody else wrote there goes. The
exchange applies it by itself (extensions_nuisance.conf); nothing here is needed for that.

A caller who waits at a lowered place is lifted at once when he is perhaps within an area under alert, or when his
number is not lowered any more.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Iterable, Mapping, Sequence, Set

import msgspec

from data.clock import SECOND, Micros, now
from data.entry import Draft
from data.errors import SiagaError
from data.follow import Follower
from data.journal import Journal
from data.vocabulary.administration import HouseAlarm
from data.vocabulary.calls import CallClassified, CallLifted, CallLocated, CallQueued
from data.vocabulary.nuisance import NuisanceCleared, NuisanceFlagged, VicinityAlert
from telephony.asterisk.names import LIFTED, NUISANCE, NUISANCE_WRITE, PRIORITY_LIFTED, PRIORITY_LOW
from telephony.bridge.dialling import dialling
from telephony.bridge.hands import REPLY_S
from telephony.bridge.watcher import Watcher
from telephony.bridge.writer import Writer
from telephony.link.actions import action
from telephony.link.connection import Connection
from telephony.link.errors import ActionFailed, LinkError
from telephony.nuisance import queries
from telephony.nuisance.queries import Alert, InQueue
from telephony.nuisance.settings import Nuisance
from telephony.settings import Pbx

log = logging.getLogger(__name__)

BATCH = 25
"""Entries in one line to the exchange, which takes 1022 bytes."""

LONGEST_S = 31 * 86_400 - 3600
"""The dialplan writes nothing that lasts longer than 31 days."""

WRITE_S = 5.0
"""Seconds for the exchange to write a batch."""

SOON_S = 1.0
"""Seconds between two comparisons at least, however many outcomes are given."""

_CHANGES = frozenset({CallClassified.KIND, NuisanceFlagged.KIND, NuisanceCleared.KIND})
"""After these other numbers may be lowered."""

_MOVES = frozenset(
    {CallQueued.KIND, CallLocated.KIND, VicinityAlert.KIND, NuisanceCleared.KIND, CallClassified.KIND}
)  # fmt: skip
"""After these somebody who waits may have to be lifted."""


class Lift(msgspec.Struct, frozen=True):
    """Somebody who is to be put before those who came after him; ``why``: vicinity, cleared, order."""

    caller: InQueue
    why: str


def changes(wanted: Mapping[str, int], there: Mapping[str, str]) -> list[str]:
    """What makes the store ``there`` (key -> value) equal to ``wanted`` (key -> seconds), for the dialplan. Pure."""
    written = [f"{key}:{until}" for key, until in sorted(wanted.items()) if there.get(key) != str(until)]
    return written + [f"{key}:" for key in sorted(there) if key not in wanted]


def lifts(queue: Sequence[InQueue], alerts: Iterable[Alert], lowered: Mapping[str, object]) -> list[Lift]:
    """Who of the callers in the queue is lifted now, in the order in which the exchange is to be told. Pure.

    A lifted caller stands before everybody who came after him. Those who came before him and have the usual place are
    put up with him, so that he overtakes nobody.
    """
    areas = list(alerts)
    found: list[Lift] = []
    up: set[str] = set()
    for caller in sorted(queue, key=lambda each: (each.since, each.call)):
        if caller.priority != PRIORITY_LOW:
            continue
        why = _why(caller, areas, lowered)
        if why is None:
            continue
        for other in sorted(queue, key=lambda each: (each.since, each.call)):
            earlier = (other.since, other.call) < (caller.since, caller.call)
            if earlier and PRIORITY_LOW < other.priority < PRIORITY_LIFTED and other.call not in up:
                up.add(other.call)
                found.append(Lift(other, "order"))
        found.append(Lift(caller, why))
    return found


def _why(caller: InQueue, areas: list[Alert], lowered: Mapping[str, object]) -> str | None:
    if queries.within(areas, caller):
        return "vicinity"
    return None if caller.key in lowered else "cleared"


class NuisanceKeeper:
    """One exchange's keeper; a thread of its own in the bridge."""

    def __init__(
        self, pbx: Pbx, settings: Nuisance, journal: Journal, writer: Writer, watcher: Watcher, bridge: str
    ) -> None:
        self._pbx = pbx
        self._settings = settings
        self._journal = journal
        self._writer = writer
        self._watcher = watcher
        self._bridge = bridge
        self._synced: Connection | None = None  # on which the store was compared
        self._due = self._looked = 0.0  # when the store is to be compared next, and was last, on the monotonic clock
        self._told = ""

    def run(self, stop: threading.Event) -> None:
        """Work until ``stop``."""
        follower: Follower | None = None
        try:
            while not stop.is_set():
                try:
                    if follower is None:
                        follower = Follower(self._journal, self._journal.head()[0])
                    self._step({note.kind for note in follower.wait_notes(0.5)})
                except SiagaError as error:
                    self._trouble(error)
                    stop.wait(1.0)
        finally:
            if follower is not None:
                follower.close()

    def _step(self, came: Set[str]) -> None:
        """``came``: the kinds of the entries that came."""
        connection = self._watcher.connection
        if came & _CHANGES:
            self._due = min(self._due, self._looked + SOON_S)
        if connection is None:
            return
        news = connection is not self._synced
        if news or came & _MOVES:
            self._lift(connection)
        if news or time.monotonic() >= self._due:
            self._looked = time.monotonic()
            self._due = self._looked + self._settings.sync_seconds
            self._synced = connection
            self._sync(connection)

    def _trouble(self, error: SiagaError) -> None:
        """Said once as long as it is the same: who is lowered waits as he should, or like everybody."""
        if error.code != self._told:
            self._told = error.code
            log.warning("%s: the lowered numbers cannot be kept: %s", self._pbx.name, error)

    # -- the store

    def _sync(self, connection: Connection) -> None:
        with self._journal.snapshot() as view:
            at = now()
            lowered = queries.lowered(view, self._settings, at)
        wanted = {key: _seconds(found.until, at) for key, found in lowered.items() if found.until is not None}
        items = changes(wanted, _stored(connection))
        if not items:
            return
        if self._pbx.dial_user is None:
            self._alarm("nuisance_not_written", f"{self._pbx.name}: [[pbx]] has no dial_user")
            return
        try:
            with dialling(self._pbx) as dialler:
                for start in range(0, len(items), BATCH):
                    _write(dialler, items[start : start + BATCH])
        except LinkError as error:
            self._alarm("nuisance_not_written", f"{self._pbx.name}: {error}")
            return
        log.info("%s: %d numbers lowered, %d entries written", self._pbx.name, len(wanted), len(items))
        self._told = ""

    def _alarm(self, what: str, detail: str) -> None:
        if self._told == what:
            return
        self._told = what
        log.warning("%s: %s", what, detail)
        at = now()
        body = HouseAlarm(what=what, detail=detail[:500])
        self._writer.put(
            [Draft(id=f"{self._bridge}/{what}/{at}", stream="house", body=body, at=at, actor=f"bridge:{self._bridge}")]
        )

    # -- the queue

    def _lift(self, connection: Connection) -> None:
        with self._journal.snapshot() as view:
            queue = queries.in_queue(view, self._pbx.name, self._pbx.queue)
            if not any(caller.priority == PRIORITY_LOW for caller in queue):
                return
            at = now()
            keys = {caller.key for caller in queue if caller.priority == PRIORITY_LOW and caller.key is not None}
            found = lifts(queue, queries.alerts(view, at), queries.lowered_of(view, keys, self._settings, at))
        for lift in found:
            try:
                # First the variable: should he be at the end of his lowered place just now, the dialplan lifts him too.
                connection.action(
                    "Setvar", timeout=REPLY_S, Channel=lift.caller.channel, Variable=LIFTED, Value="1"
                ).ok()
                connection.action(
                    "QueueChangePriorityCaller", timeout=REPLY_S, Queue=self._pbx.queue, Caller=lift.caller.channel,
                    Priority=PRIORITY_LIFTED, Immediate="yes",
                ).ok()  # fmt: skip
            except ActionFailed:
                continue  # he is out of the queue
            self._writer.put([self._lifted(lift)])

    def _lifted(self, lift: Lift) -> Draft:
        """The same for every bridge that lifts him in this stay in the queue."""
        return Draft(
            id=f"{lift.caller.call}/lifted/{lift.caller.waiting_since}",
            stream=lift.caller.call,
            body=CallLifted(priority=PRIORITY_LIFTED, reason=lift.why),
            at=now(),
            actor=f"bridge:{self._pbx.name}",
        )


def _seconds(until: Micros, at: Micros) -> int:
    return math.ceil(min(until, at + LONGEST_S * SECOND) / SECOND)


def _stored(connection: Connection) -> dict[str, str]:
    """What stands in the store. Raises LinkError."""
    try:
        rows = connection.action("DBGetTree", timeout=REPLY_S, Family=NUISANCE).events()
    except ActionFailed as error:
        if "not found" in error.message.casefold():
            return {}
        raise
    keys = ((row.get("Key") or "").rpartition("/")[2] for row in rows)
    return {key: row.get("Val") or "" for key, row in zip(keys, rows, strict=True) if key}


def _write(dialler: Connection, items: list[str]) -> None:
    """It is answered when it is written. Raises LinkError."""
    request = action(
        "Originate", {"__X112_SET": "&".join(items)}, Channel=f"Local/set@{NUISANCE_WRITE}", Context=NUISANCE_WRITE,
        Exten="done", Priority="1", Timeout=str(round(WRITE_S * 1000)),
    )  # fmt: skip
    dialler.send_action(request, timeout=WRITE_S + 1).ok()
