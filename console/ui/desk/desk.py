"""The facade: everything that a console's screens may ask for or do. The screens never see SQL, AMI or the journal.

A console is only a client: it reads the derived tables, runs the domains' rules inside the journal's lock, and appends
commands that a bridge executes. ``actor`` and ``terminal`` come from the session, never from a request.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from console import auth
from console.actions.roles import CALLTAKER
from console.i18n import language
from console.ui import picturing
from console.ui.alert_views import AreaAlertRow
from console.ui.desk.alerts import DeskAlerts
from console.ui.desk.api import CALLS, HOUSE, INCIDENTS
from console.ui.desk.calls import DeskCalls
from console.ui.desk.incidents import DeskIncidents
from console.ui.desk.listening import DeskListening
from console.ui.desk.lost import DeskLost
from console.ui.desk.outcomes import DeskOutcomes
from console.ui.errors import RoleNeeded
from console.ui.picture import Part, Picture
from console.ui.views import (
    AgencyChoice,
    CallbackRow,
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
from data.follow import COALESCE_S, Follower, Note
from data.projection import Database
from data.vocabulary.calls import CallAnswered, CallOperatorLeft, CallSilent
from dispatch.incidents import queries as incidents
from dispatch.incidents.state import PREFIX
from dispatch.units.queries import Unit
from telephony.callbacks import queries as callbacks
from telephony.callbacks.projection import CALLBACKS
from telephony.calls import queries as calls
from telephony.commands import WRAPUP
from telephony.nuisance.queries import silent_steps
from telephony.recordings import queries as recordings
from telephony.seat import GONE, device_of

UNFINISHED_US = 12 * 3600 * SECOND
"""Calls without an outcome are shown for so long."""

CLOSED_US = 15 * 60 * SECOND
"""Closed incidents stay on the board for so long, to be reopened."""

BRIDGE_ALIVE_US = 5 * SECOND
"""A bridge gives a sign of life each second; without one for so long it is gone."""

LIVES_US = 10 * SECOND
"""A console gives a sign of life every two seconds; without one for so long its typed text is offered elsewhere."""

LEISURE_S = 0.1
"""Seconds between two looks of a desk that no ring can reach, when much is going on."""

SHARE_S = 0.005
"""Seconds between two looks of any other desk, for each desk of the centre: they share the machine's time."""

DESKS_EVERY_US = 5 * SECOND
"""Desks are counted no more often."""

_BRIDGE = "bridge:"

NO_MEMBER: tuple[str, str, Micros] = ("removed", "", 0)
"""State, reason and since when, of a telephone that is in no queue."""

OwnCalls = tuple[tuple[MyCall, ...], tuple[MyCall, ...]]
"""Calls in hand, and calls that need an outcome."""


class Desk(DeskCalls, DeskListening, DeskLost, DeskIncidents, DeskOutcomes, DeskAlerts):
    """One console's view of the centre. Methods may block; see ``console.ui.desk.api``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """As ``DeskBase``."""
        super().__init__(*args, **kwargs)
        self._waiting: Part[tuple[WaitingCall, ...]] = Part(("call.",), self._read_waiting, ())
        self._for_a_key: Part[tuple[WaitingCall, ...]] = Part(_may_be_asked, self._read_asked, ())
        self._own: Part[OwnCalls] = Part(_may_be_own, self._read_own, ((), ()))
        self._phone = Part(("member.",), self._read_phone, NO_MEMBER)
        self._links: Part[list[calls.LinkRow]] = Part(("pbx.",), calls.links, [])
        self._closed_ones: Part[list[incidents.IncidentRow]] = Part(_may_be_closed, _read_closed, [])
        self._lost: Part[tuple[tuple[CallbackRow, ...], MyCall | None]] = Part(
            _may_be_lost, self._read_lost, ((), None)
        )
        self._alerts: Part[tuple[AreaAlertRow, ...]] = Part(("vicinity.",), self.read_area_alerts, ())
        self._units: Part[tuple[Unit, ...]] = Part(_may_be_units, self.read_units, ())
        self._picture = Picture(
            (
                self._waiting, self._for_a_key, self._own, self._phone, self._links, self._closed_ones, self._lost,
                self._alerts, self._units,
            )
        )  # fmt: skip
        self._own_touched, self._own_seen = True, cast("OwnCalls", ((), ()))
        self._answered: set[str] = set()
        self._desks: tuple[Micros, int] = (0, 1)
        self._alive: tuple[Micros, frozenset[str], str, str] = (0, frozenset(), "", "")

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
        self._typed_by = session.login
        self._picture.forget()  # whose calls are shown is another one
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
        self._picture.forget()

    def beat(self) -> bool:
        """A sign of life; False when the session was closed or replaced: then nothing can be done here any more."""
        session = self._session
        if session is None or self._side.beat(session.token):
            return True
        self._session = None
        self._picture.forget()
        return False

    # ------------------------------------------------------------------ watching

    def wait(self, timeout_s: float, *, leisurely: bool = False) -> frozenset[str]:
        """Block until entries came or the time is over; the topics of what came. ``leisurely``: at most every
        ``LEISURE_S`` when much is going on; what names the own telephone comes at once in any case."""
        if self._follower is None:
            self._follower = Follower(self._journal, self._journal.head()[0])
        self._follower.listen(self._operator)
        share = min(LEISURE_S, max(COALESCE_S, self.desks() * SHARE_S))
        came = self._follower.wait_notes(timeout_s, LEISURE_S if leisurely else share)
        self._picture.note(came)
        self._notice_all(self._journal, came)
        mine = {call.call for some in self._own_seen for call in some}
        self._own_touched = self._own_touched or any(note.stream in mine for note in came)
        self._answered.update(note.stream for note in came if note.kind == CallAnswered.KIND)
        return frozenset(_topic(note.kind) for note in came)

    def wake(self) -> None:
        """Make a running ``wait`` return."""
        if self._follower is not None:
            self._follower.wake()

    def ring(self) -> tuple[WaitingCall, ...]:
        """The calls that wait or ring; the same object as before when no entry can have changed them."""
        return self._waiting.get(self._journal)

    def own_changed(self) -> bool:
        """Whether the calls in hand or those that need an outcome have changed since they were last shown or asked for.

        Looked for only when a call was answered here or something happened to one of them: at twenty desks every other
        call of the centre would cost a read here. What this passes over comes with the next picture.
        """
        answered, self._answered = self._answered, set()
        if not self._own_touched and not calls.in_one_of(self._journal, self._operator, answered):
            return False
        self._own_touched = False
        before, self._own_seen = self._own_seen, self._own.get(self._journal)
        return before is not self._own_seen

    def desks(self) -> int:
        """How many call-takers are signed in and give signs of life; looked up once in ``DESKS_EVERY_US`` at most."""
        at = now()
        looked, count = self._desks
        if not 0 <= at - looked < DESKS_EVERY_US:
            sessions = self._side.sessions()
            count = sum(s.role == CALLTAKER and at - s.seen_at <= LIVES_US for s in sessions)
            self._desks = (at, count)
        return count

    def last_seq(self) -> int:
        """The journal's last entry now."""
        return self._journal.head()[0]

    def snapshot(self) -> Snapshot:
        """Everything that the screens show of the journal, in one consistent view; parts that did not change are the
        same objects as before."""
        at = now()
        try:
            with self._journal.snapshot() as view:
                self._notice_all(view, self._picture.open(view))
                seq = self._picture.seq
                mine, open_ones = self._own_seen = self._own.get(view)
                self._news.own(call.call for call in mine)
                links = self._links.get(view)
                closed = picturing.recently(self._closed_ones.get(view), at, CLOSED_US)[:9]
                lost, called_back = self._lost.get(view)
                surges = self.surges_of(view, at)
                phone, reason, since = self._phone.get(view)
                alerts, units = self._alerts.get(view), self._units.get(view)
                waiting, asked = self._waiting.get(view), self._for_a_key.get(view)
                board = self._picture.board.get(view)
        except BaseException:
            self._picture.forget()
            raise
        if self._follower is not None:
            self._follower.skip(seq)
        alive, device, seat = self._side_states(at)
        return Snapshot(
            seq=seq,
            waiting=waiting,
            asked=asked,
            mine=self._with_called(mine[0]) if mine else None,
            others=mine[1:],
            unfinished=tuple(call for call in open_ones if at - call.arrived_at <= UNFINISHED_US),
            incidents=board,
            closed=tuple(picturing.incident_row(row) for row in closed),
            phone=phone,
            phone_reason=reason,
            wrap_until=since + round(self._wrap_up_s * SECOND) if reason == WRAPUP else None,
            device=device,
            seat=seat if phone != NO_MEMBER[0] else "",
            linked=not links or any(link.linked and link.bridge in alive for link in links),
            notices=tuple(self._notices),
            callbacks=lost,
            called_back=called_back,
            surges=surges,
            area_alerts=alerts,
            units=units,
        )

    def _own_exchanges(self) -> set[str]:
        """A telephone belongs to one exchange: callers of another cannot be put through to it. Empty: all of them."""
        return {pbx.name for pbx in self._exchanges if self._operator in pbx.telephones}

    def _read_asked(self, db: Database) -> tuple[WaitingCall, ...]:
        if not self._operator:
            return ()
        own = self._own_exchanges()
        rows = (row for row in calls.asked_calls(db) if not own or row.pbx in own)
        return tuple(picturing.waiting_call(row, frozenset(), self._operator, "") for row in rows)

    def _read_waiting(self, db: Database) -> tuple[WaitingCall, ...]:
        operator = self._operator
        here = calls.ringing_streams(db, operator) if operator else frozenset[str]()
        silent, own = silent_steps(db), self._own_exchanges()
        return tuple(
            picturing.waiting_call(
                row, here, operator, silent.get(row.call, ""), first_time=row.call in here and _first_time(db, row)
            )
            for row in calls.waiting_calls(db)
            if not own or row.pbx in own
        )

    def _read_own(self, db: Database) -> OwnCalls:
        """The calls in hand, the one with the voice first; and those that are over, or passed on to somebody who is no
        operator, and have no outcome."""
        operator = self._operator
        if not operator:
            return (), ()
        open_ones = calls.unclassified(db, operator, now() - UNFINISHED_US, 10)
        left = [row for row in open_ones if row.outcome is not None or row.state == "alone"]
        return (
            tuple(self._my_call(db, row) for row in calls.active_calls(db, operator)),
            tuple(self._my_call(db, row) for row in left),
        )

    def _read_lost(self, db: Database) -> tuple[tuple[CallbackRow, ...], MyCall | None]:
        """Who is to be called back, and the lost call that this telephone calls back now or owes an outcome."""
        since = now() - UNFINISHED_US
        item = callbacks.called_back(db, self._operator, since) if self._operator else None
        row = calls.call(db, item.last_call) if item is not None else None
        if item is None or row is None:
            return self.callbacks_of(db), None
        state = "reached" if item.attempt_state == "reached" else "calling"
        return self.callbacks_of(db), replace(self._my_call(db, row), state=state)

    def _with_called(self, mine: MyCall) -> MyCall:
        """With whom the operator has called into the talk, which no entry tells until they come."""
        called = self._news.called(mine.call)
        if mine.consulting:
            return replace(mine, consulting=self._news.asking(mine.call) or mine.consulting)
        return replace(mine, called=called) if called else mine

    def _read_phone(self, db: Database) -> tuple[str, str, Micros]:
        found = (row for row in calls.members(db) if row.operator == self._operator)
        return next(((row.state, row.reason or "", row.since) for row in found), NO_MEMBER)

    def _side_states(self, at: Micros) -> tuple[frozenset[str], str, str]:
        """The bridges that gave a sign of life lately (a killed one cannot say that it is unlinked), what the own
        telephone does, and the state of its seat, "" when it is to have none. Looked up once a second at most:
        bridges give no more signs."""
        looked, alive, device, seat = self._alive
        if not 0 <= at - looked < SECOND:
            alive = frozenset(
                service.name.removeprefix(_BRIDGE)
                for service in self._side.services()
                if service.name.startswith(_BRIDGE) and at - service.seen_at <= BRIDGE_ALIVE_US
            )
            operator = self._operator
            pbx = self._pbx("", operator) if operator else None
            states = self._side.device_states(pbx.name) if pbx is not None else {}
            device = states.get(operator, "")
            seat = states.get(device_of(operator), GONE) if pbx is not None and operator in pbx.seats else ""
            self._alive = (at, alive, device, seat)
        return alive, device, seat

    def _my_call(self, view: Database, row: calls.CallRow) -> MyCall:
        history = calls.caller(view, row.number, row.began_at).calls if row.number else 0
        of_call = incidents.of_call(view, row.call)
        said = self._narrator(row.call) if self._narrator is not None else ""
        recording = recordings.recording(view, row.call)
        muted = recording.muted_since if recording is not None else None
        mine = picturing.my_call(row, history, of_call[0].id if of_call else "")
        found = calls.folded(view, row.call) if row.held_how == "hold" else None
        if found is not None and found.consulting is not None:
            mine = replace(mine, consulting=found.consulting, consulted=found.consulted)
        return self.with_standing(view, replace(mine, said=said, muted_since=muted))

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

    # ------------------------------------------------------------------ what is typed and not saved

    def drafts(self) -> tuple[Draft, ...]:
        """The text that this user has typed here, or at a terminal that does not live any more; the newest form last
        (ids sort by time)."""
        login, at = self._typist, now()
        elsewhere = {
            session.terminal
            for session in self._side.sessions()
            if session.login == login and session.terminal != self._terminal and at - session.seen_at <= LIVES_US
        }
        found = [kept for kept in self._side.drafts_of(login) if kept.terminal not in elsewhere]
        return tuple(
            Draft(kept.form, kept.values) for kept in sorted(found, key=lambda kept: kept.form.rpartition("|")[2])
        )

    def save_draft(self, draft: Draft) -> None:
        """Keep typed text."""
        self._side.save_draft(self._terminal, draft.form, draft.values, self._typist)

    def drop_draft(self, form: str) -> None:
        """Forget the typed text of a form."""
        self._side.drop_drafts_of(self._typist, form)

    def close(self) -> None:
        """Let go of the journal, without signing out."""
        if self._follower is not None:
            self._follower.close()
            self._follower = None


# What an entry cannot change is named, never what it can: a kind that is new here is looked into.
_WAITS = frozenset(
    {
        "call.arrived", "call.located", "call.location_text", "call.offer_ended", "call.offered", "call.queued",
        "call.recording", "call.unqueued",
    }
)  # fmt: skip
"""What happens to a call that no operator has."""

_ASKS = frozenset({CallSilent.KIND, CallOperatorLeft.KIND})

_FILLS_IN = frozenset(
    {
        "incident.noted", "incident.place_set", "incident.priority_set", "incident.text_set", "incident.type_set",
    }
)  # fmt: skip
"""What neither gives a call its incident nor ends one."""


def _may_be_own(note: Note, known: OwnCalls) -> bool:
    """Whether an entry can change the calls in hand or those that need an outcome."""
    if note.kind.startswith("call."):
        return note.kind not in _WAITS or any(call.call == note.stream for some in known for call in some)
    return note.kind.startswith("nuisance.") or (note.kind.startswith("incident.") and note.kind not in _FILLS_IN)


def _may_be_lost(note: Note, known: tuple[tuple[CallbackRow, ...], MyCall | None]) -> bool:
    """Whether an entry can change who is to be called back, or the lost call in hand."""
    if note.kind in CALLBACKS.kinds:
        return True
    return note.kind.startswith(("call.", "command.", "incident.")) and known[1] is not None


def _may_be_asked(note: Note, known: tuple[WaitingCall, ...]) -> bool:
    """Whether an entry can change who is being asked to press a key."""
    return note.kind in _ASKS or (bool(known) and note.kind.startswith("call."))


def _may_be_units(note: Note, _known: tuple[Unit, ...]) -> bool:
    """Whether an entry can change the units or what one of them is doing."""
    if note.kind.startswith("incident."):
        return note.kind not in _FILLS_IN
    return note.kind.startswith(("unit.", "handover."))


def _may_be_closed(note: Note, known: list[incidents.IncidentRow]) -> bool:
    """Whether an entry can change the incidents closed a moment ago."""
    if note.kind.startswith("incident.") and note.kind not in _FILLS_IN:
        return True
    return note.stream.startswith(PREFIX) and any(note.stream == PREFIX + row.id for row in known)


def _first_time(db: Database, row: calls.CallRow) -> bool:
    """Whether it is certain that the call's number never called before."""
    return bool(row.number and row.began_at) and not calls.called_before(db, row.number or "", row.began_at or 0)


def _read_closed(db: Database) -> list[incidents.IncidentRow]:
    return incidents.closed(db, now() - 7 * 86400 * SECOND, 50)


def _topic(kind: str) -> str:
    family = kind.partition(".")[0]
    if family in {"call", "command", "member", "pbx"}:
        return CALLS
    return INCIDENTS if family in {"incident", "handover"} else HOUSE
