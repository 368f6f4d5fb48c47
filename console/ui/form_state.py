"""The state of the incident form, without a screen: what is typed, what is saved, what another desk changed.

Rules: what the operator typed is never replaced; a field that another desk changed shows the new value beside it and
the operator takes or keeps; a field counts as saved only when the journal said so.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from console.ui.views import FIELDS, AgencyChoice, IncidentDetail, MyCall, PlaceChoice, Source, TypeChoice
from data.entry import new_id

ORIGIN, BEGAN = "origin", "began_at"
"""Names under which a draft keeps where an incident without a call comes from."""

TYPED, SAVING, SAVED, FAILED, CHANGED, UNKNOWN = "typed", "saving", "saved", "failed", "changed", "unknown"


@dataclass
class FormState:
    """One form: for a call (``call``), for an incident (``incident``: its id, reserved before it is opened)."""

    call: str = ""
    incident: str = field(default_factory=new_id)
    source: Source | None = None
    """Where an incident without a call comes from, until it is opened."""
    opened: bool = False
    number: int = 0
    typed: dict[str, str] = field(default_factory=dict)
    saved: dict[str, str] = field(default_factory=dict)
    status: dict[str, str] = field(default_factory=dict)
    theirs: dict[str, str] = field(default_factory=dict)
    place: PlaceChoice | None = None
    type: TypeChoice | None = None
    agencies: tuple[AgencyChoice, ...] = ()
    ticked: set[str] = field(default_factory=set)
    ticks_touched: bool = False
    handed_over: dict[str, str] = field(default_factory=dict)
    located: tuple[float, float, float | None] | None = None
    """Where the trunk says that the caller is: latitude, longitude, radius in m; offered as a place, never taken."""

    @property
    def blank(self) -> bool:
        """Whether nothing was typed, chosen or opened; then another call may take the form over."""
        return not self.opened and not any(
            text for name, text in self.typed.items() if text != self.saved.get(name, "")
        )

    @property
    def unsaved(self) -> tuple[str, ...]:
        """The fields whose text is not in the journal, in Tab order."""
        return tuple(name for name in FIELDS if self.typed.get(name, "") != self.saved.get(name, ""))

    @property
    def draft_key(self) -> str:
        """The name under which the unsaved text is kept: call and incident."""
        return f"{self.call}|{self.incident}"

    @staticmethod
    def from_draft(key: str, values: dict[str, str]) -> FormState:
        """The form whose draft was kept under ``key``; its texts are typed, none is saved."""
        call, _, incident = key.rpartition("|")
        form = FormState(call=call, incident=incident or new_id())
        if values.get(ORIGIN):
            began = values.get(BEGAN, "")
            form.source = Source(values[ORIGIN], int(began) if began.isdecimal() else None)
        for name, text in values.items():
            if name in FIELDS:
                form.set_typed(name, text)
        return form

    def for_draft(self) -> dict[str, str]:
        """What is kept on disk: the unsaved text of every field ("" forgets it), and where the incident comes from."""
        kept = {name: self.typed.get(name, "") if name in self.unsaved else "" for name in FIELDS}
        source = self.source if self.unsaved and not self.opened else None
        kept[ORIGIN] = source.origin if source is not None else ""
        kept[BEGAN] = str(source.began_at) if source is not None and source.began_at is not None else ""
        return kept

    def adopt(self, call: MyCall) -> None:
        """Bind a blank form to a call: caller's number and name are offered as text, saved with the incident."""
        self.call = call.call
        self.locate(call)
        for name, text in (("caller_number", call.number), ("caller_name", call.name)):
            if text and not self.typed.get(name):
                # Offered, not typed: it counts as saved until the incident opens, which sends it along.
                self.typed[name] = self.saved[name] = text

    def locate(self, call: MyCall) -> bool:
        """Take note of where the trunk says that the caller is; True when that is news."""
        located = (call.lat, call.lon, call.radius_m) if call.lat is not None and call.lon is not None else None
        if located is None or located == self.located:
            return False
        self.located = located
        return True

    def opening(self) -> tuple[str, ...]:
        """The incident is about to be opened: every field that has a text is to be saved with it."""
        if not self.opened:
            self.opened = True
            self.saved.clear()
        return tuple(name for name in FIELDS if self.typed.get(name, ""))

    def not_opened(self) -> None:
        """Opening failed: the next field that is left tries again."""
        self.opened = False

    def set_typed(self, name: str, text: str) -> None:
        """The operator typed."""
        if text == self.typed.get(name, ""):
            return
        self.typed[name] = text
        self.status[name] = TYPED if text != self.saved.get(name, "") else (SAVED if self.opened else "")
        if name == "place" and self.place is not None and text != self.place.label:
            self.place = None
        if name == "type" and self.type is not None and text not in {self.type.code, *self.type.names.values()}:
            self.type = None

    def saving(self, name: str) -> str:
        """The field's text is on its way to the journal; returns the base value that goes with it."""
        self.status[name] = SAVING
        return self.saved.get(name, "")

    def was_saved(self, name: str, text: str) -> None:
        """The journal has the field's text (which may have been typed further meanwhile)."""
        self.saved[name] = text
        self.theirs.pop(name, None)
        self.status[name] = SAVED if self.typed.get(name, "") == text else TYPED

    def was_refused(self, name: str) -> None:
        """The field could not be saved; the text stays."""
        self.status[name] = FAILED

    def refresh(self, detail: IncidentDetail, busy: str = "") -> tuple[str, ...]:
        """Take over what the journal says of the incident; ``busy`` is the field that has the keyboard.

        Returns the fields whose shown text changes. A field with unsaved text, and the busy one, keep their text;
        a new value of another desk stands beside it in ``theirs``. What the incident had already when the form came to
        it is nobody's change: it also fills the busy field while nothing is typed there.
        """
        first = not self.number
        self.opened, self.number = True, detail.row.number
        self.handed_over = {row.agency: row.state for row in detail.handovers if row.state != "refused"}
        changed: list[str] = []
        for name in FIELDS:
            new = detail.values.get(name, "")
            old = self.saved.get(name, "")
            if self.status.get(name) == SAVING:
                continue
            if new == old:
                taken_back = self.theirs.pop(name, None) is not None
                if taken_back or (first and new):  # offered with the call, and the incident has it
                    self.status[name] = TYPED if self.typed.get(name, "") != old else SAVED
                continue
            text = self.typed.get(name, "")
            if text == new:
                self.was_saved(name, new)
            elif text == old and (name != busy or (first and not text)):
                self.saved[name] = self.typed[name] = new
                self.status[name] = SAVED
                changed.append(name)
            else:
                self.theirs[name] = new
                self.status[name] = CHANGED
        return tuple(changed)

    def take_theirs(self, name: str) -> str | None:
        """The operator takes the other desk's value; returns it, or None when there is none."""
        if name not in self.theirs:
            return None
        text = self.theirs.pop(name)
        self.typed[name] = self.saved[name] = text
        self.status[name] = SAVED
        return text

    def keep_mine(self, name: str) -> None:
        """The operator keeps the own text: it is saved next, on the base of the other desk's value."""
        if name in self.theirs:
            self.saved[name] = self.theirs.pop(name)
            self.status[name] = TYPED

    def recommend(self, agencies: tuple[AgencyChoice, ...]) -> None:
        """New recommendations; the primary agencies are ticked unless the operator changed the ticks."""
        self.agencies = agencies
        known = {choice.id for choice in agencies}
        if self.ticks_touched:
            self.ticked &= known
        else:
            self.ticked = {choice.id for choice in agencies if choice.role == "primary"} - set(self.handed_over)

    def toggle(self, agency: str) -> None:
        """Change the tick of an agency."""
        if agency and agency not in self.handed_over:
            self.ticks_touched = True
            self.ticked ^= {agency}

    def to_send(self) -> tuple[AgencyChoice, ...]:
        """The ticked agencies that were not handed over yet, in the order shown."""
        return tuple(a for a in self.agencies if a.id in self.ticked and a.id not in self.handed_over)
