"""Seats: telephones of operators that are called once and stay connected, so that a call is taken without ringing.

The exchange's dialplan keeps them ([seated], [seat]); it gives a free one to exactly one caller. Here they are called
when their operators become ready, and told to end when these sign out; what is there is asked of the exchange each
time, so a bridge that starts finds them as they are, and two bridges call once.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Iterable

from data.clock import Micros
from data.entry import Draft, Entry, draft
from data.errors import SiagaError
from data.follow import Follower
from data.journal import Journal
from data.vocabulary.administration import HouseAlarm
from data.vocabulary.calls import CallEnded, CallOperatorLeft, MemberChanged, PbxRestarted
from telephony import commands
from telephony.asterisk.names import SEAT_LEAVES, SEATED, SEATED_AT
from telephony.bridge.control import in_time, originate
from telephony.bridge.devices import Devices
from telephony.bridge.hands import ALREADY, DONE, REPLY_S, Hands, Result, failed
from telephony.bridge.watcher import Watcher
from telephony.bridge.writer import Writer
from telephony.calls import queries
from telephony.calls.names import call_stream, member_stream, pbx_stream
from telephony.commands import VANISHED, Command
from telephony.link.connection import Connection
from telephony.link.errors import ActionFailed, LinkError
from telephony.seat import CONNECTED, GONE, device_of, dialplan_of, name_of
from telephony.settings import Pbx

log = logging.getLogger(__name__)

LOOK_S = 0.5
"""Seconds between looks whether there is a new connection."""

FREE_S = 1.0
"""Seconds after a talk in which a telephone is over with it; then it is called for its seat."""

AUTO_ANSWER = (
    "PJSIP_HEADER(add,Call-Info)=<sip:127.0.0.1>;answer-after=0",
    "PJSIP_HEADER(add,Alert-Info)=<http://127.0.0.1>;info=alert-autoanswer;delay=0",
    "PJSIP_HEADER(add,Answer-Mode)=Auto",
)
"""As [autoanswer] of the dialplan."""


# ---------------------------------------------------------------------- commands


def seat(doer: Hands, command: Command) -> Result:
    """The operator's telephone rings, asked to answer by itself; the dialplan makes a seat of it."""
    interface = command.request.operator or ""
    if doer.pbx.telephone(interface) is None or not doer.has_telephone(interface):
        return failed("no_telephone")
    if doer.global_variable(dialplan_of(interface)) != "1":
        return failed("old_dialplan")
    channel = _seated(doer, interface)
    if channel is not None:
        return _tell(doer, channel, "0") or ALREADY
    if any(row.startswith(f"{interface}-") for row in doer.rows()):
        return failed("operator_busy")  # a second call would put his first one on hold
    return originate(doer, command, interface, (SEATED, name_of(interface)), {}, AUTO_ANSWER)


def look_seat(doer: Hands, command: Command) -> Result:
    """The exchange keeps one seat for each operator: calling twice makes no second one."""
    if _seated(doer, command.request.operator or "") is not None:
        return DONE
    return seat(doer, command) if in_time(command) else Result("expired", "deadline")


def unseat(doer: Hands, command: Command) -> Result:
    """It ends when nobody is in it: at once, or after the call."""
    channel = _seated(doer, command.request.operator or "")
    return ALREADY if channel is None else _tell(doer, channel, "1") or DONE


def _seated(doer: Hands, interface: str) -> str | None:
    channel = doer.global_variable(SEATED_AT + name_of(interface))
    return channel if channel and channel in doer.rows() else None


def _tell(doer: Hands, channel: str, leaves: str) -> Result | None:
    try:
        doer.ask("Setvar", Channel=channel, Variable=SEAT_LEAVES, Value=leaves)
    except ActionFailed:
        return Result("done", "already_gone")
    return None


# ---------------------------------------------------------------------- when


class SeatKeeper:
    """One exchange's keeper; a thread of its own in the bridge. Without ``seats`` in the settings it does nothing."""

    def __init__(
        self, pbx: Pbx, journal: Journal, writer: Writer, watcher: Watcher, devices: Devices, bridge: str
    ) -> None:  # fmt: skip
        self._pbx = pbx
        self._journal = journal
        self._writer = writer
        self._watcher = watcher
        self._devices = devices
        self._bridge = bridge
        self._calls = call_stream(pbx.name, "")
        self._looked: Connection | None = None
        self._told = False
        self._after: dict[str, tuple[float, Micros]] = {}  # who may be without one: look when, since when

    def run(self, stop: threading.Event) -> None:
        """Work until ``stop``."""
        follower: Follower | None = None
        try:
            while self._pbx.seats and not stop.is_set():
                try:
                    if follower is None:
                        follower = Follower(self._journal, self._journal.head()[0])
                    self._take(follower.wait(LOOK_S))
                    connection = self._watcher.connection
                    if connection is not None:
                        self._look_again(connection)
                    if connection is not None and connection is not self._looked:
                        self._look(connection)
                        self._looked = connection
                except (SiagaError, LinkError) as error:
                    log.warning("%s: seats cannot be kept: %s", self._pbx.name, error)
                    stop.wait(1.0)
        finally:
            if follower is not None:
                follower.close()

    def _take(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            match entry.body:
                case MemberChanged() as body if body.queue == self._pbx.queue:
                    if entry.stream == member_stream(self._pbx.name, body.operator):
                        self._changed(body.operator, body.state, body.reason, entry.at)
                case CallOperatorLeft() as body if entry.stream.startswith(self._calls):
                    self._later(body.operator, entry.at)
                case CallEnded() if entry.stream.startswith(self._calls):
                    call = queries.folded(self._journal, entry.stream)
                    for operator in call.operators if call is not None else ():
                        self._later(operator, entry.at)
                case PbxRestarted() if entry.stream == pbx_stream(self._pbx.name):
                    for operator in self._pbx.seats:
                        self._later(operator, entry.at)

    def _later(self, operator: str, at: Micros) -> None:
        """Who talked by a telephone that rang, because his seat had ended, and everybody after a restart, has none."""
        if operator in self._pbx.seats:
            self._after.setdefault(operator, (time.monotonic() + FREE_S, at))

    def _look_again(self, connection: Connection) -> None:
        due = [operator for operator, (when, _) in self._after.items() if time.monotonic() >= when]
        if not due:
            return
        with self._journal.snapshot() as db:
            members = queries.members(db, self._pbx.queue, self._pbx.name)
        ready = {member.operator for member in members if member.state != "paused"}
        for operator in due:
            if operator in ready and not self._there(connection, operator):
                self._ask("seat", operator, self._after[operator][1])
            del self._after[operator]

    def _changed(self, operator: str, state: str, reason: str | None, at: Micros) -> None:
        if operator not in self._pbx.seats:
            return
        connection = self._watcher.connection
        if state == "added" or (state == "ready" and connection is not None and not self._there(connection, operator)):
            self._ask("seat", operator, at)
        elif state == "removed" or (state == "paused" and reason == VANISHED):
            self._ask("unseat", operator, at)

    def _look(self, connection: Connection) -> None:
        """What became of the seats while nobody watched; whoever is ready and was not called yet is."""
        asked = connection.action("Getvar", timeout=REPLY_S, Variable=dialplan_of(self._pbx.seats[0])).ok()
        if asked.get("Value") != "1":
            self._old_dialplan()
            return
        there = {operator: self._there(connection, operator) for operator in self._pbx.seats}
        for operator, seated in there.items():
            self._devices.tell(device_of(operator), CONNECTED if seated else GONE, 0)
        with self._journal.snapshot() as db:
            members = queries.members(db, self._pbx.queue, self._pbx.name)
        for member in members:
            if member.state != "paused" and there.get(member.operator) is False:
                self._ask("seat", member.operator, member.since)

    def _old_dialplan(self) -> None:
        if not self._told:
            self._told = True
            detail = f"{self._pbx.name}: {commands.REASONS['old_dialplan']}"
            log.warning("%s: there are no seats: %s", self._pbx.name, commands.REASONS["old_dialplan"])
            body = HouseAlarm(what="no_seats", detail=detail)
            self._writer.put([draft("house", body, actor=f"bridge:{self._bridge}")])

    @staticmethod
    def _there(connection: Connection, operator: str) -> bool:
        asked = connection.action("Getvar", timeout=REPLY_S, Variable=SEATED_AT + name_of(operator)).ok()
        channel = asked.get("Value") or ""
        if not channel:
            return False
        exists = connection.action("Getvar", timeout=REPLY_S, Variable=f"CHANNEL_EXISTS({channel})").ok()
        return exists.get("Value") == "1"

    def _ask(self, action: str, operator: str, at: Micros) -> None:
        self._writer.put([asked(self._pbx.name, action, operator, at, self._bridge)])


def asked(pbx: str, action: str, operator: str, at: Micros, bridge: str) -> Draft:
    """The command because of what happened to the member at ``at``: the same for every bridge, so it is asked once."""
    digest = hashlib.sha256(f"{pbx}\n{operator}\n{action}".encode()).hexdigest()
    id = f"{at // 1000:012x}{digest[:16]}"
    return commands.request(pbx, action, actor=f"bridge:{bridge}", terminal="", operator=operator, id=id)
