"""Filling in the form: what happens when a field is typed in, left, or answered by a suggestion.

Keeps the form's state, the drafts of what is typed, and the order of the writes. The screen owns one ``Filling``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from console.i18n import translate as _
from console.ui import errors
from console.ui.form_state import FAILED, SAVING, UNKNOWN, FormState
from console.ui.views import (
    AgencyChoice,
    Draft,
    FieldChange,
    FieldSaved,
    IncidentDetail,
    IncidentRow,
    MyCall,
    PlaceChoice,
    TypeChoice,
)
from console.ui.widgets.form import IncidentForm
from data.entry import new_id

if TYPE_CHECKING:
    from console.ui.app import SiagaApp

DRAFT_AFTER_S = 0.3
"""Seconds after a key until the typed text is kept on disk (at most 1 s is promised)."""

META_FIELDS = ("place", "type")


class Filling:
    """The form of one screen. ``changed`` is called when something beside the form depends on it."""

    def __init__(self, app: SiagaApp, widget: IncidentForm, changed: Callable[[], None]) -> None:
        self._app = app
        self._widget = widget
        self._changed = changed
        self._draft_due = False
        self._decisions: dict[str, tuple[str, str, str]] = {}
        self.form = widget.form
        self.nearby: tuple[IncidentRow, ...] = ()
        self._seen = 0

    # ------------------------------------------------------------------ which form

    def show(self, form: FormState) -> None:
        """Show another form; the unsaved text of the one before stays in the drafts."""
        self.keep_draft_now()
        self.form = form
        self.nearby, self._seen = (), 0
        self._widget.show(form)
        if form.opened or form.unsaved:
            self.fetch()
        self._changed()

    def bind(self, call: MyCall) -> None:
        """The form for a call: the incident that the call has, the text typed for it before, or a blank one."""
        form = FormState(call=call.call)
        if call.incident:
            form.incident, form.opened = call.incident, True
        form.adopt(call)
        self.show(form)
        self._app.lookup("drafts", self._app.desk.drafts, lambda drafts: self._restore(form, drafts))

    def _restore(self, form: FormState, drafts: tuple[Draft, ...]) -> None:
        mine = [draft for draft in drafts if form.call and draft.form.startswith(f"{form.call}|")]
        if mine and self.form is form:
            self.restore(mine[-1], keep=form)

    def restore(self, draft: Draft, keep: FormState | None = None) -> None:
        """Put back the typed text of a draft, in fields in which nothing was typed since."""
        old = FormState.from_draft(draft.form, draft.values)
        form = keep or old
        if keep is not None:
            if not keep.opened:
                keep.incident, keep.source = old.incident, keep.source or old.source
            for name, text in old.typed.items():
                if keep.typed.get(name, "") == keep.saved.get(name, ""):
                    keep.set_typed(name, text)
        self.form = form
        self._widget.show(form)
        self.fetch()
        self._app.say(_("The text typed before is back; leaving a field saves it."), "warn")

    # ------------------------------------------------------------------ typing

    def typed(self, name: str, text: str) -> None:
        """The operator typed in a field."""
        self.form.set_typed(name, text)
        self._note_draft()
        self._widget.redraw()
        self._suggest(name, text)

    def entered(self, name: str) -> None:
        """The keyboard came to a field."""
        if name in META_FIELDS:
            self._suggest(name, self.form.typed.get(name, ""))

    def _suggest(self, name: str, text: str) -> None:
        desk, form = self._app.desk, self.form
        if name == "place" and not text and form.located is not None:
            lat, lon, radius = form.located
            self._app.lookup(
                "suggest",
                lambda: tuple(
                    replace(each, source="trunk", precision_m=radius) for each in desk.places(f"{lat}, {lon}")
                ),
                lambda found: self._suggested(form, name, text, found[:1]),
            )
        elif name == "place":
            self._app.lookup(
                "suggest", lambda: desk.places(text), lambda found: self._suggested(form, name, text, found)
            )
        elif name == "type":
            self._app.lookup("suggest", lambda: desk.types(text), lambda found: self._types(form, name, text, found))
        elif name == "narrative" and not form.typed.get("type") and text.strip():
            self._app.lookup("suggest", lambda: desk.types(text), lambda found: self._types(form, "type", "", found))

    def _suggested(self, form: FormState, name: str, text: str, found: tuple[PlaceChoice, ...]) -> None:
        if self.form is form and form.typed.get(name, "") == text and self._widget.busy == name:
            self._widget.suggest_places(text, found)

    def _types(self, form: FormState, name: str, text: str, found: tuple[TypeChoice, ...]) -> None:
        if self.form is form and form.typed.get(name, "") == text and self._widget.busy in {name, "narrative"}:
            self._widget.suggest_types(text, found)

    def take(self, name: str, place: PlaceChoice | None = None, type: TypeChoice | None = None) -> None:
        """A suggestion was taken; without one, the best for the text is looked up while it is saved."""
        form = self.form
        if place is not None:
            form.typed[name], form.place = place.label, place
            self._widget.put(name)
        elif type is not None:
            form.type = type
            form.typed[name] = type.name(self._app.language)
            self._widget.put(name)
        self._save((name,), best=True)

    def take_theirs(self, name: str) -> None:
        """The operator takes what another desk put into the field."""
        if self.form.take_theirs(name) is not None:
            self._widget.put(name)
            self._widget.redraw()
            self._note_draft()

    # ------------------------------------------------------------------ saving

    def left(self, name: str) -> None:
        """The keyboard left a field: it is saved, with every other that waits to be but the one typed in now."""
        form, operator = self.form, self._app.operator
        if name in form.theirs:
            form.keep_mine(name)
        if not (form.call or form.opened or form.source) and operator is not None and operator.question.asking:
            return  # F6 asks where it comes from: the incident is not opened as something else before that is answered
        busy = self._widget.busy
        self._save(tuple(field for field in form.unsaved if field != busy), but=busy)

    def save_all(self) -> None:
        """Save every field whose text is not in the journal, the one with the keyboard too."""
        self._save(self.form.unsaved)

    def _save(self, names: tuple[str, ...], *, best: bool = False, but: str = "") -> None:
        form = self.form
        wanted = [n for n in names if form.status.get(n) != SAVING and form.typed.get(n, "") != form.saved.get(n, "")]
        if not form.opened:
            if not any(form.typed.get(name, "").strip() for name in META_FIELDS if name != but):
                return
            # Whatever was typed before the incident existed goes with its opening.
            wanted = [name for name in form.opening() if form.status.get(name) != SAVING and name != but]
        changes = [self._change(name, best=best and name in names) for name in wanted]
        if not changes:
            return
        call, incident, desk, source = form.call, form.incident, self._app.desk, form.source
        self._app.write(
            lambda: desk.save(incident, call, changes, source),
            lambda result: self._saved(form, *result),
            lambda error: self._not_saved(form, changes, error),
        )
        self._widget.redraw()

    def _change(self, name: str, *, best: bool) -> FieldChange:
        form = self.form
        text, base = form.typed.get(name, ""), form.saving(name)
        known = self._decisions.get(name)
        if known is None or known[:2] != (form.incident + base, text):
            known = self._decisions[name] = (form.incident + base, text, new_id())
        return FieldChange(
            name=name,
            text=text,
            base=base,
            decision=known[2],
            place=form.place if name == "place" else None,
            type=form.type if name == "type" else None,
            best=best,
        )

    def _saved(self, form: FormState, number: int, fates: tuple[FieldSaved, ...]) -> None:
        form.number = number
        if not number:
            form.not_opened()
        for fate in fates:
            self._field_saved(form, fate)
        if self.form is form:
            self._widget.redraw()
            self._note_draft()
            self.fetch()
            self._changed()

    def _field_saved(self, form: FormState, fate: FieldSaved) -> None:
        name = fate.name
        if fate.unknown:
            form.status[name] = UNKNOWN
            self._app.say(_("This is no type of the list: choose one, Enter takes the marked one."), "alarm")
            return
        if fate.error is not None:
            form.was_refused(name)
            self._app.say(errors.sentence(fate.error), "alarm")
            return
        if fate.place is not None:
            form.place = fate.place
        if fate.type is not None:
            form.type = fate.type
        untouched = form.status.get(name) == SAVING and self._widget.busy != name
        if untouched and fate.text != form.typed.get(name, ""):
            form.typed[name] = fate.text
            if self.form is form:
                self._widget.put(name)
        form.was_saved(name, fate.text)

    def _not_saved(self, form: FormState, changes: list[FieldChange], error: Exception) -> None:
        for change in changes:
            if form.status.get(change.name) == SAVING:
                form.status[change.name] = FAILED
        if not form.number:
            form.not_opened()
        self._app.say(errors.sentence(error), "alarm")
        if self.form is form:
            self._widget.redraw()

    # ------------------------------------------------------------------ what the journal says

    def news(self, version: int) -> None:
        """The journal moved on; ``version`` is what the form's incident has now (0: not active)."""
        if self.form.opened and version != self._seen:
            self._seen = version
            self.fetch()
        else:
            self._look_around()

    def fetch(self) -> None:
        """Ask for the incident as it stands, what is recommended for it, and what is near it."""
        form, desk = self.form, self._app.desk
        if form.opened or form.unsaved:  # a restored draft may belong to an incident that was opened
            self._app.lookup("form", lambda: desk.detail(form.incident), lambda detail: self._fetched(form, detail))
        self._recommend()

    def _fetched(self, form: FormState, detail: IncidentDetail | None) -> None:
        if self.form is not form or detail is None:
            return
        for name in form.refresh(detail, self._widget.busy):
            self._widget.put(name)
        if form.place is None and detail.lat is not None and form.typed.get("place") == detail.values.get("place"):
            form.place = PlaceChoice(
                detail.values.get("place", ""), "", detail.lat, detail.lon,
                village_code=detail.village_code, district_code=detail.district_code,
            )  # fmt: skip
        if form.type is None and detail.row.type:
            form.type = self._app.type_choice(detail.row.type, detail.row.priority)
        self._widget.redraw()
        self._recommend()
        self._changed()

    def _recommend(self) -> None:
        form, desk = self.form, self._app.desk
        place, kind = form.place, form.type
        self._look_around()
        if kind is not None:
            code = kind.code
            self._app.lookup(
                "recommend", lambda: desk.recommend(place, code), lambda found: self._recommended(form, found)
            )

    def _look_around(self) -> None:
        form, desk, place = self.form, self._app.desk, self.form.place
        if place is not None and place.lat is not None:
            self._app.lookup(
                "near", lambda: desk.nearby(place, form.incident), lambda found: self._near(form, place, found)
            )

    def _recommended(self, form: FormState, found: tuple[AgencyChoice, ...]) -> None:
        if self.form is form:
            form.recommend(found)
            self._widget.redraw()

    def _near(self, form: FormState, place: PlaceChoice, found: tuple[IncidentRow, ...]) -> None:
        if self.form is form and form.place is place:
            self.nearby = found
            self._changed()

    # ------------------------------------------------------------------ drafts

    def _note_draft(self) -> None:
        if not self._draft_due:
            self._draft_due = True
            self._app.set_timer(DRAFT_AFTER_S, self.keep_draft_now)

    def keep_draft_now(self) -> None:
        """Keep the unsaved text on disk, and forget there what is saved."""
        if not self._draft_due:
            return
        self._draft_due = False
        form = self.form
        self._app.keep_draft(Draft(form.draft_key, form.for_draft()))

    def forget(self) -> None:
        """The form is done with: its draft is dropped and a blank form shown."""
        key, desk = self.form.draft_key, self._app.desk
        self._draft_due = False
        self._app.write(lambda: desk.drop_draft(key))
        self.form = FormState()
        self.nearby = ()
        self._widget.show(self.form)
        self._changed()
