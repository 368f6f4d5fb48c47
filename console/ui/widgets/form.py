"""The incident form: place and type first, suggestions under them, the rest below, then the agencies.

The form only shows and reports; what is saved, and whether it was, is decided by the screen and ``FormState``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Protocol

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message

from console.i18n import N_, language
from console.i18n import translate as _
from console.ui import words
from console.ui.draw.incidents import agency_lines, place_lines, type_lines
from console.ui.form_state import CHANGED, FAILED, SAVED, SAVING, TYPED, UNKNOWN, FormState
from console.ui.guard import Guarded
from console.ui.lines import Line, cut, line, span
from console.ui.views import FIELDS, PlaceChoice, TypeChoice
from console.ui.widgets.board import Board
from console.ui.widgets.fields import Field, Story

STATUS_WORDS = {
    TYPED: (N_("not saved"), "dim"),
    SAVING: (N_("saving"), "dim"),
    SAVED: (N_("saved"), "ok"),
    FAILED: (N_("NOT SAVED"), "alarm"),
    CHANGED: (N_("CHANGED"), "alarm"),
    UNKNOWN: (N_("no such type"), "alarm"),
}
"""status -> (message id, role)"""


class FormListener(Protocol):
    """Who decides what comes of what happens in the form."""

    def typed(self, name: str, text: str) -> None:
        """The operator typed in a field."""

    def left(self, name: str) -> None:
        """The keyboard left a field."""

    def take(self, name: str, place: PlaceChoice | None = None, type: TypeChoice | None = None) -> None:
        """Enter in the place or the type. Neither ``place`` nor ``type`` is given when the suggestions for the text as
        it stands had not come yet: then the best one is wanted."""

    def take_theirs(self, name: str) -> None:
        """The operator takes the value that another desk put into a field."""


class Agencies(Board):
    """The recommended agencies; blank changes a tick, Enter sends."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "tick", show=False)]

    class Ticked(Message):
        """The tick of an agency is to be changed."""

        def __init__(self, agency: str) -> None:
            super().__init__()
            self.agency = agency

    def action_tick(self) -> None:
        """Change the tick under the cursor."""
        self.post_message(self.Ticked(self.chosen))


class IncidentForm(Guarded, Vertical):
    """Labels, fields, a word of state beside each, suggestions, agencies."""

    def __init__(self) -> None:
        super().__init__(id="form")
        self._places: tuple[PlaceChoice, ...] = ()
        self._types: tuple[TypeChoice, ...] = ()
        self._shown_for = ""
        self._answers_to = ""
        self.form = FormState()
        self.listener: FormListener | None = None
        self._fields: dict[str, Field | Story] = {}

    def compose(self) -> ComposeResult:
        """The rows, once for the life of the screen."""
        yield Board(id="form-head")
        for name in FIELDS:
            with Horizontal(id=f"row-{name}", classes="row"):
                yield Board(id=f"label-{name}", classes="label")
                self._fields[name] = Story(name, self) if name == "narrative" else Field(name, self)
                yield self._fields[name]
                yield Board(id=f"state-{name}", classes="state")
            if name == "type":
                yield Board(id="suggestions", always=True)
        yield Board(id="agencies-head")
        yield Agencies(id="agencies", cursor=True)

    def on_mount(self) -> None:
        """Draw for the first time."""
        self.retranslate()

    def on_resize(self, event: events.Resize) -> None:
        """The width changed."""
        self.redraw()

    def field(self, name: str) -> Field | Story:
        """The widget of a field."""
        return self._fields[name]

    @property
    def busy(self) -> str:
        """The field that has the keyboard, or ""."""
        focused = self.screen.focused
        return focused.name or "" if isinstance(focused, Field | Story) and focused.name in FIELDS else ""

    def show(self, form: FormState) -> None:
        """Show another form: every field is put in anew."""
        self.form = form
        self._places, self._types, self._shown_for = (), (), ""
        for name in FIELDS:
            self.field(name).show(form.typed.get(name, ""))
        self.redraw()

    def put(self, name: str) -> None:
        """Show the form's text of one field, which was not typed here."""
        self.field(name).show(self.form.typed.get(name, ""))

    def suggest_places(self, text: str, choices: Sequence[PlaceChoice]) -> None:
        """New suggestions for the place, found for ``text``."""
        self._places, self._shown_for, self._answers_to = tuple(choices), "place", text
        self._draw_suggestions()

    def suggest_types(self, text: str, choices: Sequence[TypeChoice]) -> None:
        """New suggestions for the type, found for ``text``."""
        self._types, self._shown_for, self._answers_to = tuple(choices), "type", text
        self._draw_suggestions()

    def field_typed(self, name: str, text: str) -> None:
        """The operator typed."""
        if self.listener is not None:
            self.listener.typed(name, text)

    def field_left(self, name: str) -> None:
        """The keyboard left a field: its suggestions are put away."""
        if self._shown_for == name and self.busy != name:
            self._shown_for = ""
            self._draw_suggestions()
        if self.listener is not None:
            self.listener.left(name)

    def field_key(self, name: str, key: str) -> None:
        """Up and down move among the suggestions, Enter takes one, Escape puts the list away."""
        suggestions = self.query_one("#suggestions", Board)
        if key == "down" and name in self.form.theirs and self.listener is not None:
            self.listener.take_theirs(name)
        elif key == "enter":
            self._take(name, suggestions.chosen)
        elif key == "escape":
            self._shown_for = ""
            self._draw_suggestions()
        elif name in {"place", "type"} and self._shown_for == name:
            suggestions.action_move(1 if key == "down" else -1)
        elif key == "down":
            self.screen.focus_next()
        else:
            self.screen.focus_previous()

    def _take(self, name: str, key: str) -> None:
        # The keyboard goes on at once: what is typed next belongs to the next field, however slow the search is.
        if self.listener is not None and name in {"place", "type"} and self.form.typed.get(name, ""):
            place: PlaceChoice | None = None
            kind: TypeChoice | None = None
            if self._shown_for == name and self._answers_to == self.form.typed[name] and key:
                place = self._places[int(key)] if name == "place" else None
                kind = self._types[int(key)] if name == "type" else None
            self.listener.take(name, place, kind)
        elif self.listener is not None and name in {"place", "type"} and self._shown_for == name and key:
            # Nothing typed: what is marked on the screen (the caller's location, a type that the story hints at).
            place = self._places[int(key)] if name == "place" else None
            self.listener.take(name, place, self._types[int(key)] if name == "type" else None)
        self.screen.focus_next()

    def redraw(self) -> None:
        """Draw the words beside the fields, the head and the agencies."""
        form = self.form
        head: Line = line(span(_("Incident"), "title"))
        if form.opened and form.number:
            head = line(span(f"{_('Incident')} {form.number}", "title"))
        elif form.source is not None:
            began = form.source.began_at
            since = f" {words.day_and_time(began)}" if began is not None else ""
            origin = words.word(words.ORIGINS, form.source.origin)
            head = line(span(_("New incident"), "title"), span(f" {origin}{since}", "warn"))
        elif form.call:
            head = line(span(_("New incident"), "title"), span(f" {_('opens when the place is left')}", "dim"))
        elif not form.blank:
            head = line(span(_("New incident"), "title"), span(f" {_('without a call; F6: from where')}", "warn"))
        self.query_one("#form-head", Board).set_lines([head])
        for name in FIELDS:
            self._draw_state(name)
        self._draw_suggestions()
        self._draw_agencies()

    def _draw_state(self, name: str) -> None:
        board = self.query_one(f"#state-{name}", Board)
        message, role = STATUS_WORDS.get(self.form.status.get(name, ""), ("", "dim"))
        if name == "place" and self.form.status.get(name) == SAVED and self.form.place is None:
            message, role = N_("not on map"), "warn"
        board.set_lines([line(span(_(message), role))])

    def _draw_suggestions(self) -> None:
        board = self.query_one("#suggestions", Board)
        cells = max(10, board.size.width - 1)  # a scroll bar may come
        notice = [
            cut(line(span(f"{words.word(words.FIELD_NAMES, name)}: ", "alarm"), span(text or _("emptied"), "strong"),
                     span(f"  {_('another desk; down takes it, leaving keeps yours')}", "warn")), cells)
            for name, text in self.form.theirs.items()
        ]  # fmt: skip
        lines: list[Line] = []
        keys: list[str] = []
        if self._shown_for == "place":
            lines, keys = place_lines(self._places, cells)
        elif self._shown_for == "type":
            lines, keys = type_lines(self._types, cells, language())
        board.set_lines([*notice, *lines], [""] * len(notice) + keys)

    def _draw_agencies(self) -> None:
        board = self.query_one("#agencies", Agencies)
        form = self.form
        lines, keys = agency_lines(
            form.agencies, form.ticked, form.handed_over, max(10, board.size.width - 1)
        )  # a scroll bar may come
        if not lines:
            lines, keys = [line(span(_("place and type decide which agencies are shown"), "dim"))], [""]
        board.set_lines(lines, keys)
        self.query_one("#agencies-head", Board).set_lines(
            [line(span(_("Agencies"), "title"), span(f"  {_('F8, blank ticks, Enter sends')}", "dim"))]
        )

    def retranslate(self) -> None:
        """The language changed."""
        for name in FIELDS:
            self.query_one(f"#label-{name}", Board).set_lines([line(span(words.word(words.FIELD_NAMES, name), "dim"))])
        self.redraw()
