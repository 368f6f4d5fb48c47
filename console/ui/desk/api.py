"""What the screens may ask for and do: the protocol that the facade ``Desk`` fulfils, and the fake of widget tests.

Every method may block (a lock, a disk, a search) and is therefore called off the event loop, except those marked
"in memory". Errors are ``data.errors.SiagaError`` with a code that ``console.ui.errors`` has a sentence for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from console.command_line import Intent, Surroundings
from console.ui.alert_views import AreaAlertRow
from console.ui.past_views import Caller, Correction, NumberPast, PastCall
from console.ui.views import (
    AgencyChoice,
    Card,
    Draft,
    FieldChange,
    FieldSaved,
    Identity,
    IncidentDetail,
    IncidentRow,
    LevelNow,
    Past,
    PlaceChoice,
    Snapshot,
    Source,
    Target,
    TypeChoice,
    WaitingCall,
)
from dispatch.places.alert_areas import AlertArea
from dispatch.units.queries import Unit

CALLS, INCIDENTS, HOUSE = "calls", "incidents", "house"
"""Topics of news: what kind of entries came."""


class DeskApi(Protocol):
    """Everything that a console may do. ``decision`` ids are made by the caller, so that a repeat is harmless."""

    # --- who

    def endpoints(self) -> tuple[str, ...]:
        """The telephones of the configuration that somebody may sign on with, the one to offer first."""

    def sign_in(self, login: str, password: str, endpoint: str, role: str) -> Identity:
        """Check and open a session. Raises SiagaError, RoleNeeded when the user has several roles and named none."""

    def sign_out(self) -> None:
        """End the session and take the telephone out of the queue."""

    def beat(self) -> bool:
        """A sign of life; False when the session was replaced."""

    # --- watching

    def wait(self, timeout_s: float, *, leisurely: bool = False) -> frozenset[str]:
        """Block until entries came or the time is over; the topics of what came. Only the watching thread.

        ``leisurely``: no ring can come here, so that a tenth of a second more does not matter when much is going on.
        """

    def wake(self) -> None:
        """Make a running ``wait`` return; from any thread."""

    def ring(self) -> tuple[WaitingCall, ...]:
        """The calls that wait or ring; must be quick (it is the way of a ring to the screen)."""

    def own_changed(self) -> bool:
        """Whether the calls in hand or those that need an outcome have changed since they were shown; quick. Only the
        watching thread."""

    def desks(self) -> int:
        """How many call-takers' desks there are now: they share the machine's time. Only the watching thread."""

    def last_seq(self) -> int:
        """The journal's last entry now; from any thread."""

    def snapshot(self) -> Snapshot:
        """Everything that the screens show of the journal."""

    def detail(self, incident: str) -> IncidentDetail | None:
        """One incident with its chronology; None when there is none of that id."""

    # --- looking up

    def type_name(self, code: str, language: str) -> str:
        """The name of a type; in memory."""

    def places(self, text: str) -> tuple[PlaceChoice, ...]:
        """Places that ``text`` may mean, best first."""

    def types(self, text: str) -> tuple[TypeChoice, ...]:
        """Types that ``text`` may mean, best first; all of them for an empty text."""

    def recommend(self, place: PlaceChoice | None, type_code: str) -> tuple[AgencyChoice, ...]:
        """Agencies for a place and a type, primary ones first."""

    def nearby(self, place: PlaceChoice, without: str) -> tuple[IncidentRow, ...]:
        """Active incidents near a place, nearest first, without the one named."""

    # --- the call-taker

    def answer(self, call: str, decision: str) -> None:
        """Ask the exchange to connect the call to this console's telephone."""

    def hold(self, call: str, decision: str) -> None:
        """Put the caller on hold; the own telephone stays connected."""

    def resume(self, call: str, decision: str) -> None:
        """Take back a caller who is on hold."""

    def transfer(self, call: str, target: str, decision: str) -> None:
        """Pass the caller on; if nobody takes over, he is back at the head of the queue."""

    def consult(self, call: str, target: str, name: str, decision: str) -> None:
        """Put the caller on hold (or leave him there) and ask somebody (``name`` for the screen)."""

    def complete(self, call: str, decision: str) -> None:
        """Connect the caller with whoever is asked; the own telephone is free then."""

    def three_way(self, call: str, target: str, name: str, decision: str) -> None:
        """Bring a third party (``name`` for the screen) into the talk, which goes on when the operator leaves."""

    def call_back(self, number: str, call: str, decision: str) -> None:
        """Ring this console's telephone, then the number; ``call``: which call it answers, or ""."""

    def hang_up(self, call: str, decision: str) -> None:
        """End the talk without an outcome: the own part of it when a third party is with the caller, else the call;
        when the caller is gone, the talk with somebody who was asked."""

    def past(self, call: str) -> Past:
        """What is known of the number of a call, before that call."""

    def level(self) -> LevelNow:
        """The service level of the last hour; a query of some ms, not to be asked every second."""

    def targets(self) -> tuple[Target, ...]:
        """To whom a caller can be passed on: colleagues signed in, then agencies."""

    def set_ready(self, ready: bool, decision: str, reason: str = "") -> None:
        """Let this console's telephone take calls of the queue, or not; ``reason``: why not, shown to everybody."""

    def classify(self, call: str, outcome: str, incident: str, decision: str) -> None:
        """Give the outcome of a call, and end the call when it goes on."""

    def save(
        self, incident: str, call: str, changes: Sequence[FieldChange], source: Source | None = None
    ) -> tuple[int, tuple[FieldSaved, ...]]:
        """Save fields, opening the incident (``source``: of one without a call) first when it does not exist. Returns
        its number and each field's fate."""

    def attach(self, incident: str, call: str, decision: str) -> None:
        """The call is about that incident too."""

    def hand_over(self, incident: str, agencies: Sequence[AgencyChoice], decision: str) -> tuple[Unit, ...]:
        """Give the incident to agencies. Returns which of the units asked for are on something else too, or out."""

    def close_callback(self, callback: str, result: str, note: str, decision: str) -> None:
        """Take a number off the call-back list without its caller having been talked with."""

    def mute(self, call: str, on: bool, decision: str) -> None:
        """Ask the exchange not to record what is said in this console's call, or to record it again."""

    def recall(self, call: str, seconds: int, decision: str) -> None:
        """Hear the last seconds of the running talk, in this console's telephone only."""

    def replay(self, call: str, reason: str, decision: str) -> None:
        """Hear the recording of a call that is over, on this console's telephone."""

    # --- calls that are over

    def recent(self, everybody: bool) -> tuple[PastCall, ...]:
        """The calls of the last hours that are over: this person's, or everybody's (for a supervisor, masked)."""

    def number_past(self, number: str, masked: bool) -> NumberPast:
        """The calls of a number, a whole one or the end of one that has called; ``masked``: not to be read whole."""

    def reveal_caller(self, call: str) -> Caller:
        """Who called, for a supervisor, to whom a list shows it masked; that he looked is on record before."""

    def change_outcome(self, correction: Correction, decision: str) -> None:
        """Give a call that is over another outcome, with a reason."""

    # --- the supervisor

    def listening_telephones(self) -> tuple[str, ...]:
        """Telephones on which nobody is signed on."""

    def keep(self, number: int, reason: str, on: bool, decision: str) -> None:
        """The recordings of the incident with that number are evidence and not deleted, or no longer."""

    def listen(self, mode: str, operator: str, telephone: str, decision: str) -> None:
        """Ask the exchange to let ``telephone`` hear the talk of ``operator``; ``mode``: listen, whisper, barge."""

    # --- a caller's number

    def silent(self, call: str, decision: str) -> None:
        """Have the caller asked to press a key (the silent-call procedure); this console's telephone is free then."""

    def flag(self, number: str, reason: str, hours: float | None, decision: str) -> None:
        """Lower the place of a number in the queue for so many hours (None: as the settings say)."""

    def unflag(self, number: str, reason: str, decision: str) -> None:
        """Put a number right: no flag, and a score of nothing."""

    # --- areas under alert

    def alert_areas(self, text: str) -> tuple[AlertArea, ...]:
        """Areas that ``text`` may mean, best first, with their shapes."""

    def raise_alert(self, area: AlertArea, reason: str, hours: float, decision: str) -> None:
        """Put an area under alert: from there nobody's place in the queue is lowered."""

    def end_alert(self, row: AreaAlertRow, reason: str, decision: str) -> None:
        """End the alert that was looked at; refused when it is another one now."""

    # --- the dispatcher

    def acknowledge(self, incident: str, handover: str, by: str, means: str, version: int, decision: str) -> None:
        """The agency took it."""

    def refuse(self, incident: str, handover: str, by: str, reason: str, version: int, decision: str) -> None:
        """The agency does not take it."""

    def en_route(self, incident: str, handover: str, unit: str, version: int, decision: str) -> tuple[Unit, ...]:
        """Somebody is on the way. Returns which of the units sent are on something else too, or out of service."""

    def add_unit(self, incident: str, handover: str, unit: str, version: int, decision: str) -> tuple[Unit, ...]:
        """A further unit is on the way. Returns as ``en_route``."""

    def on_scene(self, incident: str, handover: str, unit: str, version: int, decision: str) -> tuple[Unit, ...]:
        """Somebody is there. Returns as ``en_route``."""

    def finish(self, incident: str, handover: str, result: str, note: str, version: int, decision: str) -> None:
        """The agency's part is over."""

    def reassign(
        self, incident: str, handover: str, agency: AgencyChoice, reason: str, version: int, decision: str
    ) -> tuple[Unit, ...]:
        """Stand one agency down and give it to another, in one operation. Returns as ``hand_over``."""

    def stand_down(self, incident: str, handover: str, reason: str, version: int, decision: str) -> None:
        """Tell the agency to stop."""

    def stand_down_acknowledged(self, incident: str, handover: str, by: str, version: int, decision: str) -> None:
        """The agency knows that it is to stop."""

    def note(self, incident: str, text: str, decision: str) -> None:
        """A line in the log."""

    def close_incident(self, incident: str, result: str, note: str, version: int, decision: str) -> None:
        """Close the incident."""

    def reopen(self, incident: str, reason: str, version: int, decision: str) -> None:
        """Closed too early."""

    def merge(self, incident: str, into: str, reason: str, version: int, decision: str) -> None:
        """``incident`` is the same event as ``into`` and goes on there."""

    def separate(self, incident: str, reason: str, version: int, decision: str) -> None:
        """``incident`` was merged and is an event of its own after all."""

    def undo(self, incident: str, undoes: str, decision: str) -> None:
        """Undo what the decision ``undoes`` of this console did to the incident a moment ago."""

    def search_words(self, incidents: Sequence[str]) -> dict[str, str]:
        """Incident -> everything that a filter of the board may find it by, as plain letters."""

    # --- the command line

    def surroundings(self) -> Surroundings:
        """The agencies and the hand-overs that a command line may name."""

    def cards(self, text: str) -> tuple[Card, ...]:
        """Cards of the region's pack that ``text`` may mean."""

    def typed_lines(self) -> tuple[str, ...]:
        """The user's last command lines, the oldest first."""

    def line_typed(self, line: str, intent: Intent | None) -> None:
        """Put a command line on record as it was typed, with what it became (None: it was refused)."""

    # --- what is typed and not saved

    def drafts(self) -> tuple[Draft, ...]:
        """The text that this user has typed and a killed console left, here or at another terminal; of nobody else."""

    def save_draft(self, draft: Draft) -> None:
        """Keep typed text; an empty text forgets the field."""

    def drop_draft(self, form: str) -> None:
        """Forget the typed text of a form."""

    def close(self) -> None:
        """Let go of everything, without signing out."""
