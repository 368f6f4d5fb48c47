"""The facade: everything that a console's screens may ask for or do. The screens never see SQL, AMI or the journal.

A console is only a client: it reads the derived tables, runs the domains' rules inside the journal's lock, and appends
commands that a bridge executes. ``actor`` and ``terminal`` come from the session, never from a request.
"""

from __future__ import annotations

from dataclasses import replace

from console import auth
from console.i18n import language
from console.ui import picturing
from console.ui.desk_api import CALLS, HOUSE, INCIDENTS
from console.ui.desk_calls import DeskCalls
from console.ui.desk_incidents import DeskIncidents
from console.ui.errors import RoleNeeded
from console.ui.views import (
    AgencyChoice,
    Draft,
    Identity,
    IncidentDetail,
    IncidentRow,
    MyCall,
    PlaceChoice,
    Snapshot,
    TypeChoice,
    WaitingCall,
)
from data import administration
from data.clock import SECOND, Micros, now
from data.follow import Follower
from data.journal import Journal
from data.projection import Reader
from dispatch.incidents import queries as incidents
from telephony.calls import queries as calls

UNFINISHED_US = 12 * 3600 * SECOND
"""Calls without an outcome are shown for so long."""

CLOSED_US = 15 * 60 * SECOND
"""Closed incidents stay on the board for so long, to be reopened."""

BRIDGE_ALIVE_US = 5 * SECOND
"""A bridge gives a sign of life each second; without one for so long it is gone."""

_BRIDGE = "bridge:"


class Desk(DeskCalls, DeskIncidents):
    """One console's view of the centre. Methods may block; see ``console.ui.desk_api``."""

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

    def ring(self) -> tuple[WaitingCall, ...]:
        """The calls that wait or ring."""
        return self._waiting(self._journal)

    def _waiting(self, db: Journal | Reader) -> tuple[WaitingCall, ...]:
        operator = self._operator
        here = frozenset(row.call for row in calls.ringing_for(db, operator)) if operator else frozenset[str]()
        return tuple(picturing.waiting_call(row, here, operator) for row in calls.waiting_calls(db))

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
