"""A facade without a journal, for widget tests: it records what the screens ask and answers from what a test sets."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Sequence
from typing import Any

from console.command_line import Intent, KnownAgency, OpenHandover, Surroundings
from console.i18n import language
from console.ui.alert_views import AreaAlertRow
from console.ui.desk.api import CALLS, INCIDENTS
from console.ui.errors import RoleNeeded
from console.ui.past_views import Caller, Correction, NumberPast, PastCall
from console.ui.views import (
    AgencyChoice,
    Card,
    Draft,
    FieldChange,
    FieldSaved,
    HandoverRow,
    Identity,
    IncidentDetail,
    IncidentRow,
    LevelNow,
    LogLine,
    MyCall,
    Past,
    PlaceChoice,
    Snapshot,
    Source,
    Target,
    TypeChoice,
    WaitingCall,
)
from data.clock import SECOND
from data.errors import Refusal
from data.text import plain_letters
from dispatch.places.alert_areas import AlertArea
from dispatch.units.names import key
from dispatch.units.queries import At, Unit, doubled

NOW = 1_795_490_122_000_000
"""2026-11-24 10:15:22 WIB."""

PLACES = (
    PlaceChoice("Nagri Kaler", "village", -6.55, 107.44, 500, "Nagri Kaler", "32.14.01.1001", "Purwakarta", "32.14.01"),
    PlaceChoice("Nagri Kidul", "village", -6.56, 107.45, 500, "Nagri Kidul", "32.14.01.1002", "Purwakarta", "32.14.01"),
    PlaceChoice("Jatiluhur", "district", -6.52, 107.38, 4000, "", "", "Jatiluhur", "32.14.02"),
)
TYPES = (
    TypeChoice("fire_house", {"id": "Kebakaran rumah", "en": "House fire"}, 1),
    TypeChoice("traffic", {"id": "Kecelakaan lalu lintas", "en": "Traffic accident"}, 2),
    TypeChoice("tree", {"id": "Pohon tumbang", "en": "Fallen tree"}, 3),
)
AGENCIES = (
    AgencyChoice("damkar", "Damkar Purwakarta", "fire", "primary", 1.2),
    AgencyChoice("psc119", "PSC 119", "ambulance", "primary", 3.4),
    AgencyChoice("polres", "Polres Purwakarta", "police", "supporting", 2.0),
)
TARGETS = (
    Target("op2", "Sari", "op2"),
    Target("119", "PSC 119", "119", ("psc119",)),
    Target("113", "Damkar Purwakarta", "113", ("damkar",)),
)
ME = Identity("budi", "Budi", "calltaker", "desk-1", "PJSIP/op1")
DISPATCHER = Identity("sari", "Sari", "dispatcher", "desk-2")


def waiting(call: str = "call/pbx/1", **changes: Any) -> WaitingCall:
    made = WaitingCall(call, "081234567890", "Ibu Sri", NOW - 7 * SECOND, ("PJSIP/op1",), True)
    return dataclasses.replace(made, **changes)


def my_call(call: str = "call/pbx/1", **changes: Any) -> MyCall:
    made = MyCall(call, "081234567890", "Ibu Sri", "talking", NOW - 40 * SECOND, NOW - 33 * SECOND)
    return dataclasses.replace(made, **changes)


def incident(id: str = "i1", **changes: Any) -> IncidentRow:
    made = IncidentRow(
        id, 17, "fire_house", 1, "Nagri Kaler, Purwakarta", NOW - 95 * SECOND, NOW - 90 * SECOND, "sent",
        open_handovers=1, handovers=1, unacknowledged=1,
    )  # fmt: skip
    return dataclasses.replace(made, **changes)


def handover(id: str = "h1", **changes: Any) -> HandoverRow:
    made = HandoverRow(id, "damkar", "Damkar Purwakarta", "primary", "sent", NOW - 90 * SECOND, NOW - 90 * SECOND)
    return dataclasses.replace(made, **changes)


def detail(row: IncidentRow | None = None, **changes: Any) -> IncidentDetail:
    made = IncidentDetail(
        row or incident(),
        3,
        {"place": "Nagri Kaler, Purwakarta", "type": "fire_house", "narrative": "Rumah terbakar, ada orang di dalam"},
        (handover(),),
        (LogLine(NOW - 95 * SECOND, "budi", "opened from a call"),),
        -6.55,
        107.44,
        "32.14.01.1001",
        "32.14.01",
    )
    return dataclasses.replace(made, **changes)


def unit(call_sign: str = "A-12", *at: tuple[int, str], **changes: Any) -> Unit:
    """A unit of Damkar; ``at``: number and state of each incident that it is on."""
    agency = changes.pop("agency", "damkar")
    where = tuple(
        At(agency=agency, text=call_sign, incident=f"i{number}", number=number, handover=f"h-{number}", state=state,
           since=NOW - 60 * SECOND)
        for number, state in at
    )  # fmt: skip
    known = {"kind": "fire_engine", "at": where, **changes}
    return Unit(agency=agency, key=key(call_sign), call_sign=call_sign, **known)


class FakeDesk:
    """Answers from attributes; ``asked`` is what the screens did, in order. ``fail`` makes every write raise, or, with
    ``fail_once``, only the next."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.picture = Snapshot(phone="ready")
        self.details: dict[str, IncidentDetail] = {}
        self.near: tuple[IncidentRow, ...] = ()
        self.areas: tuple[AlertArea, ...] = ()
        self.kept: dict[str, dict[str, str]] = {}
        self.fail: Exception | None = None
        self.fail_once = False
        self.alive = True
        self.telephones: tuple[str, ...] = ("PJSIP/op3", "PJSIP/op4")
        self.roles: tuple[str, ...] = ("calltaker",)
        self.number = 41
        self.agencies_of = "damkar"
        self.opened: dict[str, int] = {}
        self.level_now = LevelNow(None, 15)
        self.pasts: dict[str, Past] = {}
        self.over: tuple[PastCall, ...] = ()
        self.callers: dict[str, Caller] = {}
        self.of_numbers: dict[str, NumberPast] = {}
        self.sources: list[Source | None] = []
        self.lines: list[tuple[str, str | None]] = []
        self.saved: dict[str, dict[str, str]] = {}
        self._news: set[str] = set()
        self._own: MyCall | None = None
        self._changed = threading.Condition()

    # --- what a test does

    def show(self, **changes: Any) -> None:
        """Change the picture and ring the bell. Without ``changes``: something happened to each incident."""
        if not changes:
            rows = (dataclasses.replace(row, changed_at=row.changed_at + 1) for row in self.picture.incidents)
            changes = {"incidents": tuple(rows)}
        self.picture = dataclasses.replace(self.picture, seq=self.picture.seq + 1, **changes)
        with self._changed:
            self._news |= {CALLS, INCIDENTS}
            self._changed.notify_all()

    def done(self, name: str) -> list[tuple[Any, ...]]:
        """What was asked under this name, without the name and the decision id."""
        return [item[1:] for item in self.asked if item[0] == name]

    def _write(self, *what: Any) -> None:
        if self.fail is not None:
            error, self.fail = self.fail, None if self.fail_once else self.fail
            raise error
        self.asked.append(what)

    # --- who

    def endpoints(self) -> tuple[str, ...]:
        return ("PJSIP/op1", "PJSIP/op2")

    def sign_in(self, login: str, password: str, endpoint: str, role: str) -> Identity:
        if password != "rahasia-panjang":
            raise Refusal("wrong_password", "login or password is wrong")
        if len(self.roles) > 1 and not role:
            raise RoleNeeded(self.roles)
        self._write("sign_in", login, endpoint, role or self.roles[0])
        return Identity(login, login.title(), role or self.roles[0], "desk-1", endpoint)

    def sign_out(self) -> None:
        self._write("sign_out")

    def beat(self) -> bool:
        return self.alive

    # --- watching

    def wait(self, timeout_s: float, *, leisurely: bool = False) -> frozenset[str]:
        with self._changed:
            if not self._news:
                self._changed.wait(timeout_s)
            news, self._news = frozenset(self._news), set()
        return news

    def wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def ring(self) -> tuple[WaitingCall, ...]:
        return self.picture.waiting

    def own_changed(self) -> bool:
        before, self._own = self._own, self.picture.mine
        return before is not self._own

    def desks(self) -> int:
        return 1

    def last_seq(self) -> int:
        return self.picture.seq

    def snapshot(self) -> Snapshot:
        return self.picture

    def detail(self, incident: str) -> IncidentDetail | None:
        return self.details.get(incident)

    # --- looking up

    def type_name(self, code: str, language: str) -> str:
        return next((choice.name(language) for choice in TYPES if choice.code == code), code)

    def places(self, text: str) -> tuple[PlaceChoice, ...]:
        return tuple(p for p in PLACES if text and text.casefold() in p.label.casefold())

    def types(self, text: str) -> tuple[TypeChoice, ...]:
        wanted = text.casefold()
        return tuple(t for t in TYPES if any(wanted in name.casefold() for name in t.names.values()))

    def recommend(self, place: PlaceChoice | None, type_code: str) -> tuple[AgencyChoice, ...]:
        return AGENCIES

    def nearby(self, place: PlaceChoice, without: str) -> tuple[IncidentRow, ...]:
        return self.near

    # --- the call-taker

    def answer(self, call: str, decision: str) -> None:
        self._write("answer", call)

    def hold(self, call: str, decision: str) -> None:
        self._write("hold", call)

    def resume(self, call: str, decision: str) -> None:
        self._write("resume", call)

    def transfer(self, call: str, target: str, decision: str) -> None:
        self._write("transfer", call, target)

    def consult(self, call: str, target: str, name: str, decision: str) -> None:
        self._write("consult", call, target, name)

    def complete(self, call: str, decision: str) -> None:
        self._write("complete", call)

    def three_way(self, call: str, target: str, name: str, decision: str) -> None:
        self._write("three_way", call, target, name)

    def hang_up(self, call: str, decision: str) -> None:
        self._write("hang_up", call)

    def past(self, call: str) -> Past:
        return self.pasts.get(call, Past())

    def level(self) -> LevelNow:
        return self.level_now

    def targets(self) -> tuple[Target, ...]:
        return TARGETS

    def set_ready(self, ready: bool, decision: str, reason: str = "") -> None:
        self._write("set_ready", ready, *([reason] if reason else []))

    def classify(self, call: str, outcome: str, incident: str, decision: str) -> None:
        self._write("classify", call, outcome, incident)

    def mute(self, call: str, on: bool, decision: str) -> None:
        self._write("mute", call, on)

    def recall(self, call: str, seconds: int, decision: str) -> None:
        self._write("recall", call, seconds)

    def replay(self, call: str, reason: str, decision: str) -> None:
        self._write("replay", call, reason)

    def recent(self, everybody: bool) -> tuple[PastCall, ...]:
        return self.over

    def number_past(self, number: str, masked: bool) -> NumberPast:
        return self.of_numbers.get(number, NumberPast(number))

    def reveal_caller(self, call: str) -> Caller:
        self._write("reveal_caller", call)
        return self.callers.get(call, Caller(call, "", ""))

    def change_outcome(self, correction: Correction, decision: str) -> None:
        self._write("change_outcome", correction.call.call, correction.outcome, correction.incident, correction.reason)

    def listening_telephones(self) -> tuple[str, ...]:
        return self.telephones

    def keep(self, number: int, reason: str, on: bool, decision: str) -> None:
        self._write("keep", number, reason, on)

    def listen(self, mode: str, operator: str, telephone: str, decision: str) -> None:
        self._write("listen", mode, operator, telephone)

    def call_back(self, number: str, call: str, decision: str) -> None:
        self._write("call_back", number, call)

    def close_callback(self, callback: str, result: str, note: str, decision: str) -> None:
        self._write("close_callback", callback, result, note)

    def silent(self, call: str, decision: str) -> None:
        self._write("silent", call)

    def flag(self, number: str, reason: str, hours: float | None, decision: str) -> None:
        self._write("flag", number, reason, hours)

    def unflag(self, number: str, reason: str, decision: str) -> None:
        self._write("unflag", number, reason)

    def alert_areas(self, text: str) -> tuple[AlertArea, ...]:
        return tuple(area for area in self.areas if text.casefold() in area.name.casefold())

    def raise_alert(self, area: AlertArea, reason: str, hours: float, decision: str) -> None:
        self._write("raise_alert", area.key, reason, hours)

    def end_alert(self, row: AreaAlertRow, reason: str, decision: str) -> None:
        self._write("end_alert", row.stream, reason)

    def save(
        self, incident: str, call: str, changes: Sequence[FieldChange], source: Source | None = None
    ) -> tuple[int, tuple[FieldSaved, ...]]:
        self.sources.append(source)
        self._write("save", incident, call, {c.name: c.text for c in changes})
        if incident not in self.opened:
            self.number += 1
            self.opened[incident] = self.number
        fates = []
        for change in changes:
            text, place, kind, unknown = change.text, change.place, change.type, False
            if change.name == "place" and place is None and change.best and self.places(text):
                place = self.places(text)[0]
                text = place.label
            if change.name == "type" and kind is None:
                found = self.types(text)
                kind = found[0] if found and (change.best or len(found) == 1) else None
                unknown = kind is None
                text = kind.name(language()) if kind else text
            if not unknown:
                self.saved.setdefault(incident, {})[change.name] = text
            fates.append(FieldSaved(change.name, text, place, kind, None, unknown))
        return self.opened[incident], tuple(fates)

    def attach(self, incident: str, call: str, decision: str) -> None:
        self._write("attach", incident, call)

    def hand_over(self, incident: str, agencies: Sequence[AgencyChoice], decision: str) -> tuple[Unit, ...]:
        asked = tuple(choice.unit for choice in agencies if choice.unit)
        self._write("hand_over", incident, tuple(choice.id for choice in agencies), *asked)
        return tuple(unit for choice in agencies for unit in doubled(self.picture.units, choice.id, choice.unit))

    # --- the dispatcher

    def acknowledge(self, incident: str, handover: str, by: str, means: str, version: int, decision: str) -> None:
        self._write("acknowledge", incident, handover, by, means, version)

    def refuse(self, incident: str, handover: str, by: str, reason: str, version: int, decision: str) -> None:
        self._write("refuse", incident, handover, by, reason, version)

    def en_route(self, incident: str, handover: str, unit: str, version: int, decision: str) -> tuple[Unit, ...]:
        self._write("en_route", incident, handover, unit, version)
        return self._doubled(handover, unit)

    def add_unit(self, incident: str, handover: str, unit: str, version: int, decision: str) -> tuple[Unit, ...]:
        self._write("add_unit", incident, handover, unit, version)
        return ()

    def on_scene(self, incident: str, handover: str, unit: str, version: int, decision: str) -> tuple[Unit, ...]:
        self._write("on_scene", incident, handover, unit, version)
        return self._doubled(handover, unit)

    def _doubled(self, handover: str, unit: str) -> tuple[Unit, ...]:
        rows = [row for each in self.details.values() for row in each.handovers if row.id == handover]
        return doubled(self.picture.units, rows[0].agency, unit, handover) if rows else ()

    def finish(self, incident: str, handover: str, result: str, note: str, version: int, decision: str) -> None:
        self._write("finish", incident, handover, result, note, version)

    def reassign(
        self, incident: str, handover: str, agency: AgencyChoice, reason: str, version: int, decision: str
    ) -> tuple[Unit, ...]:
        self._write("reassign", incident, handover, agency.id, reason, version)
        return ()

    def stand_down(self, incident: str, handover: str, reason: str, version: int, decision: str) -> None:
        self._write("stand_down", incident, handover, reason, version)

    def stand_down_acknowledged(self, incident: str, handover: str, by: str, version: int, decision: str) -> None:
        self._write("stand_down_acknowledged", incident, handover, by, version)

    def note(self, incident: str, text: str, decision: str) -> None:
        self._write("note", incident, text)

    def close_incident(self, incident: str, result: str, note: str, version: int, decision: str) -> None:
        self._write("close_incident", incident, result, note, version)

    def reopen(self, incident: str, reason: str, version: int, decision: str) -> None:
        self._write("reopen", incident, reason, version)

    def merge(self, incident: str, into: str, reason: str, version: int, decision: str) -> None:
        self._write("merge", incident, into, reason, version)

    def separate(self, incident: str, reason: str, version: int, decision: str) -> None:
        self._write("separate", incident, reason, version)

    def undo(self, incident: str, undoes: str, decision: str) -> None:
        self._write("undo", incident)

    def search_words(self, incidents: Sequence[str]) -> dict[str, str]:
        rows = {row.id: row for row in (*self.picture.incidents, *self.picture.closed)}
        names = {choice.code: " ".join(choice.names.values()) for choice in TYPES}
        return {
            id: plain_letters(f"{row.number} p{row.priority} {names.get(row.type, '')} {row.place} {self.agencies_of}")
            for id, row in rows.items()
            if id in incidents
        }

    # --- the command line

    def surroundings(self) -> Surroundings:
        handovers = [
            OpenHandover(d.row.id, d.row.number, d.version, h.id, h.agency, h.agency_name, h.state, h.unit)
            for d in self.details.values()
            for h in d.handovers
        ]
        agencies = tuple(KnownAgency(a.id, a.name) for a in AGENCIES)
        return Surroundings(agencies, tuple(handovers), self.over, self.picture.units)

    def cards(self, text: str) -> tuple[Card, ...]:
        found = [t for t in TYPES if any(text.casefold() in name.casefold() for name in t.names.values())]
        return tuple(Card("type", t.name(language()), (("priority", f"P{t.priority}"),)) for t in found)

    def typed_lines(self) -> tuple[str, ...]:
        return tuple(line for line, _became in self.lines)

    def line_typed(self, line: str, intent: Intent | None) -> None:
        self.lines.append((line, intent.action.id if intent is not None else None))

    # --- drafts

    def drafts(self) -> tuple[Draft, ...]:
        return tuple(Draft(form, dict(values)) for form, values in self.kept.items() if any(values.values()))

    def save_draft(self, draft: Draft) -> None:
        held = self.kept.setdefault(draft.form, {})
        held.update(draft.values)
        if not any(held.values()):
            del self.kept[draft.form]

    def drop_draft(self, form: str) -> None:
        self.kept.pop(form, None)

    def close(self) -> None:
        return None
