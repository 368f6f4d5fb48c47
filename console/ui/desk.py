"""The facade: everything that a console's screens may ask for or do. The screens never see SQL, AMI or the journal.

A console is only a client: it reads the derived tables, runs the domains' rules inside the journal's lock, and appends
commands that a bridge executes. ``actor`` and ``terminal`` come from the session, never from a request.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace

from console import auth
from console.i18n import N_, language
from console.ui import picturing
from console.ui.desk_api import CALLS, HOUSE, INCIDENTS
from console.ui.errors import RoleNeeded
from console.ui.finding import Finder
from console.ui.saving import save_fields
from console.ui.views import (
    AgencyChoice,
    Draft,
    FieldChange,
    FieldSaved,
    Identity,
    IncidentDetail,
    IncidentRow,
    MyCall,
    Notice,
    PlaceChoice,
    Snapshot,
    TypeChoice,
    WaitingCall,
)
from data import administration
from data.clock import SECOND, Micros, now
from data.entry import Draft as EntryDraft
from data.entry import Entry
from data.errors import SiagaError
from data.follow import Follower
from data.journal import Journal
from data.projection import Reader
from data.side import SideTables
from data.vocabulary.calls import CommandFinished
from dispatch import desk as dispatch
from dispatch.incidents import queries as incidents
from dispatch.incidents.state import PREFIX
from telephony import commands
from telephony.calls import queries as calls
from telephony.calls import rules
from telephony.settings import Pbx

UNFINISHED_US = 12 * 3600 * SECOND
"""Calls without an outcome are shown for so long."""

CLOSED_US = 15 * 60 * SECOND
"""Closed incidents stay on the board for so long, to be reopened."""

BRIDGE_ALIVE_US = 5 * SECOND
"""A bridge gives a sign of life each second; without one for so long it is gone."""

_BRIDGE = "bridge:"

ANSWER_WITHIN_S = 5.0
"""Seconds after which a wish to answer a call makes no sense any more."""

COMMAND_NOT_DONE = {
    "answer": N_("Not answered: {reason}"),
    "hangup": N_("The call was not ended: {reason}"),
    "pause": N_("Not paused: {reason}"),
    "ready": N_("Not ready: {reason}"),
    "member_add": N_("The telephone is not signed on: {reason}"),
    "member_remove": N_("The telephone is not signed off: {reason}"),
}


class Desk:
    """One console's view of the centre. Methods may block; see ``console.ui.desk_api``."""

    def __init__(
        self,
        journal: Journal,
        side: SideTables,
        finder: Finder,
        exchanges: Sequence[Pbx],
        terminal: str,
        *,
        failures: int = 5,
        lock_s: int = 300,
        near_km: float = 1.0,
        narrator: Callable[[str], str] | None = None,
    ) -> None:
        """``near_km``: incidents so near a place are shown as perhaps the same; ``narrator``: see ``run_console``."""
        self._narrator = narrator
        self._journal, self._side, self._finder = journal, side, finder
        self._exchanges, self._terminal = tuple(exchanges), terminal
        self._failures, self._lock_s, self._near_km = failures, lock_s, near_km
        self._session: auth.Session | None = None
        self._follower: Follower | None = None
        self._mine: set[str] = set()
        self._notices: deque[Notice] = deque(maxlen=5)
        self._noticed = 0
        self._closed = threading.Event()

    # ------------------------------------------------------------------ who

    def endpoints(self) -> tuple[str, ...]:
        """The telephones that the configuration names, the one to offer at this desk first."""
        names = [name for pbx in self._exchanges for name in pbx.telephones]
        usual = auth.usual_telephone(self._journal, self._side, self._terminal, names)
        return tuple(sorted(names, key=lambda name: name != usual))

    def sign_in(self, login: str, password: str, endpoint: str, role: str) -> Identity:
        """Check, open a session, sign the telephone on."""
        if not role:
            roles = auth.roles_of(self._journal, login)
            if len(roles) > 1 and auth.check_password(self._journal, login, password) is None:
                raise RoleNeeded(roles)
            role = roles[0] if len(roles) == 1 else ""
        session = auth.sign_in(
            self._journal, self._side, login=login, password=password, terminal=self._terminal, role=role,
            endpoint=(endpoint or None) if role == "calltaker" else None, failures=self._failures, lock_s=self._lock_s,
        )  # fmt: skip
        return self.adopt(session)

    def adopt(self, session: auth.Session) -> Identity:
        """Work as somebody whose session is open already; the telephone is signed on."""
        self._session = session
        if session.endpoint and session.role == "calltaker":
            self._command("member_add", operator=session.endpoint)
        found = administration.user(self._journal, session.login)
        name = (found.name if found is not None else None) or session.login
        return Identity(session.login, name, session.role, session.terminal, session.endpoint or "")

    def sign_out(self) -> None:
        """Sign the telephone off and end the session."""
        session = self._session
        if session is None:
            return
        if session.endpoint and session.role == "calltaker":
            self._command("member_remove", operator=session.endpoint)
        auth.sign_out(self._journal, self._side, session)
        self._session = None

    def beat(self) -> bool:
        """A sign of life; False when the session was closed or replaced: then nothing can be done here any more."""
        session = self._session
        if session is None or self._side.beat(session.token):
            return True
        self._session = None
        return False

    @property
    def _who(self) -> auth.Session:
        if self._session is None:
            raise SiagaError("nobody is signed in", remedy="sign in again")
        return self._session

    @property
    def session(self) -> auth.Session:
        """Who is signed in here. Raises SiagaError when nobody is."""
        return self._who

    # ------------------------------------------------------------------ watching

    def wait(self, timeout_s: float) -> frozenset[str]:
        """Block until entries came or the time is over; the topics of what came."""
        if self._follower is None:
            self._follower = Follower(self._journal, self._journal.head()[0])
        topics = set()
        for entry in self._follower.wait(timeout_s):
            topics.add(_topic(entry.kind))
            self._notice(entry)
        return frozenset(topics)

    def wake(self) -> None:
        """Make a running ``wait`` return."""
        if self._follower is not None:
            self._follower.wake()

    def _notice(self, entry: Entry) -> None:
        """What came of a command of this console, when it did not succeed."""
        body = entry.body
        if not isinstance(body, CommandFinished) or entry.stream not in self._mine:
            return
        self._mine.discard(entry.stream)
        command = calls.command(self._journal, entry.stream.removeprefix("command/"))
        if body.result == "done" or command is None or body.reason in {"already", "already_gone"}:
            return
        self._noticed += 1
        reason = commands.REASONS.get(body.reason or "", body.reason or body.result)
        message = COMMAND_NOT_DONE.get(command.action, "{reason}")
        self._notices.append(Notice(self._noticed, message, (("reason", reason),)))

    def ring(self) -> tuple[WaitingCall, ...]:
        """The calls that wait or ring."""
        return self._waiting(self._journal)

    def _waiting(self, db: Journal | Reader) -> tuple[WaitingCall, ...]:
        operator = self._operator
        here = frozenset(row.call for row in calls.ringing_for(db, operator)) if operator else frozenset[str]()
        return tuple(picturing.waiting_call(row, here, operator) for row in calls.waiting_calls(db))

    @property
    def _operator(self) -> str:
        return (self._session.endpoint or "") if self._session is not None else ""

    def snapshot(self) -> Snapshot:
        """Everything that the screens show of the journal, in one consistent view."""
        operator, at = self._operator, now()
        with self._journal.snapshot() as view:
            mine = calls.active_call(view, operator) if operator else None
            open_ones = calls.unclassified(view, operator, 10) if operator else []
            phone = [row.state for row in calls.members(view) if row.operator == operator]
            links = calls.links(view)
            alive = self._living_bridges(at)
            closed = picturing.recently(incidents.closed(view, at - 7 * 86400 * SECOND, 50), at, CLOSED_US)
            return Snapshot(
                seq=self._follower.seq if self._follower is not None else 0,
                waiting=self._waiting(view),
                mine=self._my_call(view, mine) if mine is not None else None,
                unfinished=tuple(
                    self._my_call(view, row)
                    for row in open_ones
                    if row.outcome is not None and row.age_us(at) <= UNFINISHED_US
                ),
                incidents=tuple(picturing.incident_row(row) for row in incidents.board(view)),
                closed=tuple(picturing.incident_row(row) for row in closed[:9]),
                phone=phone[0] if phone else "removed",
                linked=not links or any(link.linked and link.bridge in alive for link in links),
                link_detail=next((link.reason or "" for link in links if not link.linked), ""),
                notices=tuple(self._notices),
            )

    def _living_bridges(self, at: Micros) -> frozenset[str]:
        """The bridges that gave a sign of life lately; a killed one cannot say that it is unlinked."""
        return frozenset(
            service.name.removeprefix(_BRIDGE)
            for service in self._side.services()
            if service.name.startswith(_BRIDGE) and at - service.seen_at <= BRIDGE_ALIVE_US
        )

    def _my_call(self, view: Reader, row: calls.CallRow) -> MyCall:
        history = calls.caller(view, row.number, row.began_at).calls if row.number else 0
        of_call = incidents.of_call(view, row.call)
        said = self._narrator(row.call) if self._narrator is not None else ""
        return replace(picturing.my_call(row, history, of_call[0].id if of_call else ""), said=said)

    def detail(self, incident: str) -> IncidentDetail | None:
        """One incident with its chronology."""
        with self._journal.snapshot() as view:
            found = incidents.detail(view, incident, self._finder.agency_name)
        if found is None:
            return None
        kind = found.incident.type
        return picturing.detail(found, self._finder.agency_name, self.type_name(kind, language()) if kind else "")

    # ------------------------------------------------------------------ looking up

    def type_name(self, code: str, language: str) -> str:
        """The name of a type."""
        choice = self._finder.type_choice(code)
        return choice.name(language) if choice is not None else code

    def places(self, text: str) -> tuple[PlaceChoice, ...]:
        """Places that ``text`` may mean."""
        return self._finder.places(text)

    def types(self, text: str) -> tuple[TypeChoice, ...]:
        """Types that ``text`` may mean."""
        return self._finder.types(text)

    def recommend(self, place: PlaceChoice | None, type_code: str) -> tuple[AgencyChoice, ...]:
        """Agencies for a place and a type."""
        return self._finder.recommend(place, type_code)

    def nearby(self, place: PlaceChoice, without: str) -> tuple[IncidentRow, ...]:
        """Active incidents near a place."""
        if place.lat is None or place.lon is None:
            return ()
        found = incidents.nearby(self._journal, place.lat, place.lon, self._near_km, other_than=without)
        return tuple(picturing.incident_row(row) for row in found)

    # ------------------------------------------------------------------ the call-taker

    def _command(
        self, action: str, *, call: str = "", operator: str = "", id: str = "", deadline_s: float = 10
    ) -> None:
        """Ask the exchange for something; a bridge does it."""
        draft = self._request(action, call=call, operator=operator, id=id, deadline_s=deadline_s)
        if draft is not None:
            self._mine.add(draft.stream)
            self._journal.append([draft])

    def _request(
        self, action: str, *, call: str = "", operator: str = "", id: str = "", deadline_s: float = 10
    ) -> EntryDraft | None:
        pbx = self._pbx(call, operator)
        if pbx is None:
            return None
        who = self._who
        return commands.request(
            pbx.name, action, actor=who.login, terminal=who.terminal, call=call or None, operator=operator or None,
            queue=pbx.queue, deadline_s=deadline_s, id=id or None,
        )  # fmt: skip

    def _pbx(self, call: str, operator: str) -> Pbx | None:
        """The exchange of a call (its stream names it), else of a telephone, else the first."""
        named = call.split("/")[1] if call.count("/") >= 2 else ""
        for pbx in self._exchanges:
            if pbx.name == named or (not named and operator in pbx.telephones):
                return pbx
        return self._exchanges[0] if self._exchanges and not named else None

    def answer(self, call: str, decision: str) -> None:
        """Ask the exchange to connect the call to this console's telephone."""
        self._command("answer", call=call, operator=self._telephone(), id=decision, deadline_s=ANSWER_WITHIN_S)

    def set_ready(self, ready: bool, decision: str) -> None:
        """Let the telephone take calls, or not."""
        self._command("ready" if ready else "pause", operator=self._telephone(), id=decision)

    def _telephone(self) -> str:
        if not self._operator:
            raise SiagaError("you signed in without a telephone", remedy="sign out and choose one")
        return self._operator

    def classify(self, call: str, outcome: str, incident: str, decision: str) -> None:
        """Give the outcome and, when the call goes on, ask for its end: both in one entry of the record."""
        who = self._who

        def rule(reader: Reader) -> list[EntryDraft]:
            found = rules.load_call(reader, call)
            drafts = rules.classify(
                found, outcome, actor=who.login, terminal=who.terminal, incident=PREFIX + incident if incident else None
            )
            hang_up = self._request("hangup", call=call, id=f"{decision}-end") if not found.ended else None
            return [*drafts, hang_up] if hang_up is not None else drafts

        self._mine.add(f"command/{decision}-end")
        self._journal.decide(rule, id=decision)

    def save(self, incident: str, call: str, changes: Sequence[FieldChange]) -> tuple[int, tuple[FieldSaved, ...]]:
        """Save fields, opening the incident first when it does not exist."""
        who = self._who
        return save_fields(self._journal, self._finder, who.login, who.terminal, incident, call, changes)

    def _asked(self, decision: str) -> dispatch.Asked:
        who = self._who
        return dispatch.asked(who.login, who.terminal, id=decision)

    def attach(self, incident: str, call: str, decision: str) -> None:
        """The call is about that incident too."""
        dispatch.attach_call(self._journal, self._asked(decision), incident, call)

    def hand_over(self, incident: str, agencies: Sequence[AgencyChoice], decision: str) -> None:
        """Give the incident to agencies."""
        wanted = [
            dispatch.HandoverRequest(id=f"{decision}-{number}", agency=agency.id, role=agency.role)
            for number, agency in enumerate(agencies)
        ]
        found = incidents.get(self._journal, incident)
        version = found.version if found is not None else 0
        dispatch.hand_over(self._journal, self._asked(decision), incident, version, wanted)

    # ------------------------------------------------------------------ the dispatcher

    def acknowledge(self, incident: str, handover: str, by: str, means: str, version: int, decision: str) -> None:
        """The agency took it."""
        dispatch.acknowledge(self._journal, self._asked(decision), incident, handover, version, by=by, means=means)

    def refuse(self, incident: str, handover: str, by: str, reason: str, version: int, decision: str) -> None:
        """The agency does not take it."""
        dispatch.refuse(self._journal, self._asked(decision), incident, handover, version, reason=reason, by=by or None)

    def en_route(self, incident: str, handover: str, unit: str, version: int, decision: str) -> None:
        """Somebody is on the way."""
        dispatch.en_route(self._journal, self._asked(decision), incident, handover, version, unit=unit or None)

    def on_scene(self, incident: str, handover: str, unit: str, version: int, decision: str) -> None:
        """Somebody is there."""
        dispatch.on_scene(self._journal, self._asked(decision), incident, handover, version, unit=unit or None)

    def finish(self, incident: str, handover: str, result: str, note: str, version: int, decision: str) -> None:
        """The agency's part is over."""
        asked = self._asked(decision)
        dispatch.finish(self._journal, asked, incident, handover, version, result=result, note=note or None)

    def reassign(
        self, incident: str, handover: str, agency: AgencyChoice, reason: str, version: int, decision: str
    ) -> None:
        """Stand one agency down and give it to another."""
        to = dispatch.HandoverRequest(id=f"{decision}-0", agency=agency.id, role=agency.role)
        dispatch.reassign(self._journal, self._asked(decision), incident, handover, version, to, reason=reason)

    def stand_down(self, incident: str, handover: str, reason: str, version: int, decision: str) -> None:
        """Tell the agency to stop."""
        dispatch.stand_down(self._journal, self._asked(decision), incident, handover, version, reason=reason)

    def stand_down_acknowledged(self, incident: str, handover: str, by: str, version: int, decision: str) -> None:
        """The agency knows that it is to stop."""
        dispatch.acknowledge_stand_down(self._journal, self._asked(decision), incident, handover, version, by=by)

    def note(self, incident: str, text: str, decision: str) -> None:
        """A line in the log."""
        dispatch.note(self._journal, self._asked(decision), incident, text)

    def close_incident(self, incident: str, result: str, note: str, version: int, decision: str) -> None:
        """Close the incident."""
        dispatch.close(self._journal, self._asked(decision), incident, version, result, note or None)

    def reopen(self, incident: str, reason: str, version: int, decision: str) -> None:
        """Closed too early."""
        dispatch.reopen(self._journal, self._asked(decision), incident, version, reason)

    # ------------------------------------------------------------------ what is typed and not saved

    def drafts(self) -> tuple[Draft, ...]:
        """The typed text that a killed console left on this terminal, the newest form last (ids sort by time)."""
        found = self._side.drafts(self._terminal)
        return tuple(
            Draft(form, values) for form, values in sorted(found.items(), key=lambda f: f[0].rpartition("|")[2])
        )

    def save_draft(self, draft: Draft) -> None:
        """Keep typed text."""
        self._side.save_draft(self._terminal, draft.form, draft.values)

    def drop_draft(self, form: str) -> None:
        """Forget the typed text of a form."""
        self._side.drop_drafts(self._terminal, form)

    def close(self) -> None:
        """Let go of the journal, without signing out."""
        if self._follower is not None:
            self._follower.close()
            self._follower = None


def _topic(kind: str) -> str:
    family = kind.partition(".")[0]
    if family in {"call", "command", "member", "pbx"}:
        return CALLS
    return INCIDENTS if family in {"incident", "handover"} else HOUSE
