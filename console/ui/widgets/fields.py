"""Fields to type in. Whatever is typed or pasted becomes safe text at once; leaving a field is what saves it."""

from __future__ import annotations

from typing import Protocol

from textual import events
from textual.geometry import Offset, Size
from textual.reactive import Reactive
from textual.widgets import Input, TextArea
from textual.widgets.text_area import Edit, EditResult

from console.ui.guard import Guarded
from console.ui.terminal.keys import run_binding
from data.text import safe_text

FIELD_LIMIT = 500
"""Characters of a one-line field."""

STORY_LIMIT = 5000
"""Characters of the narrative."""


def one_line(text: str) -> str:
    """Safe text of the same length on one line: line feeds and tabs become blanks."""
    return safe_text(text.translate({9: " ", 10: " ", 13: " "}), FIELD_LIMIT)


class FieldListener(Protocol):
    """Who hears of what happens in a field, at once and in order."""

    def field_typed(self, name: str, text: str) -> None:
        """The text was changed by typing."""

    def field_key(self, name: str, key: str) -> None:
        """Up, down, enter or escape was pressed."""

    def field_left(self, name: str) -> None:
        """The keyboard went elsewhere."""


class Field(Guarded, Input):
    """One line of text without border. ``name`` is the field's name."""

    virtual_size = Reactive(Size(0, 0), layout=False)
    """Its width and height are given, so what is typed arranges nothing: Textual would arrange the whole screen at
    each letter (8 ms)."""

    def __init__(self, name: str, listener: FieldListener, *, id: str | None = None, password: bool = False) -> None:
        super().__init__(name=name, id=id or f"field-{name}", compact=True, select_on_focus=False, password=password)
        self.cursor_blink = False  # twenty blinking consoles paint forty times a second
        self._listener = listener
        self._shown = ""

    @property
    def field(self) -> str:
        """The field's name."""
        return self.name or ""

    @property
    def text(self) -> str:
        """The text in the field."""
        return str(self.value)

    def show(self, text: str) -> None:
        """Put a text in that nobody typed here."""
        self._shown = one_line(text)
        self.value = self._shown
        self.cursor_position = len(self.value)

    def validate_value(self, value: str) -> str:
        """What is typed or pasted becomes safe before it is shown."""
        return one_line(value)

    def watch_value(self, value: str) -> None:
        """Tell the listener, unless the text was put in by the program."""
        if value != self._shown:
            self._shown = value
            self._listener.field_typed(self.field, value)

    async def take_key(self, event: events.Key) -> bool:
        """Letters are typed; up, down, enter and escape are the listener's; the rest moves and deletes."""
        if event.key in {"up", "down", "enter", "escape"}:
            self._listener.field_key(self.field, event.key)
        elif event.is_printable:
            await Input._on_key(self, event)
        else:
            return await run_binding(self, event.key)
        return True

    def take_paste(self, text: str) -> bool:
        """Pasted text goes in on one line."""
        self.replace(one_line(text), *self.selection)
        return True

    @property
    def scroll_offset(self) -> Offset:
        """Of a long text the beginning is shown, which says most, while the keyboard is elsewhere."""
        return super().scroll_offset if self.has_focus else Offset(0, 0)

    def on_blur(self) -> None:
        """The keyboard left."""
        self._listener.field_left(self.field)


class Story(Guarded, TextArea):
    """Several lines of text; Tab leaves it."""

    def __init__(self, name: str, listener: FieldListener, *, id: str | None = None) -> None:
        super().__init__(
            name=name, id=id or f"field-{name}", compact=True, soft_wrap=True, tab_behavior="focus",
            show_line_numbers=False, highlight_cursor_line=False,
        )  # fmt: skip
        self.cursor_blink = False
        self._listener = listener
        self._told = ""

    @property
    def field(self) -> str:
        """The field's name."""
        return self.name or ""

    def show(self, text: str) -> None:
        """Put a text in that nobody typed here."""
        self._told = safe_text(text, STORY_LIMIT)
        if self.text == self._told:  # a form is put in whole for each call, and this field is mostly empty
            self.history.clear()
        else:
            self.load_text(self._told)
        self.move_cursor(self.document.end)

    def edit(self, edit: Edit) -> EditResult:
        """What is typed or pasted becomes safe before it is shown, and the listener hears of it."""
        room = max(0, STORY_LIMIT - len(self.text))
        lines = edit.text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
        edit.text = safe_text(lines, STORY_LIMIT)[:room]
        result = super().edit(edit)
        self._tell()
        return result

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Undo and redo change the text without an edit."""
        event.stop()
        self._tell()

    def _tell(self) -> None:
        if self.text != self._told:
            self._told = self.text
            self._listener.field_typed(self.field, self.text)

    async def take_key(self, event: events.Key) -> bool:
        """Letters and Enter are typed; escape is the listener's; the rest moves and deletes."""
        if event.key == "escape":
            self._listener.field_key(self.field, event.key)
        elif event.is_printable or event.key == "enter":
            await TextArea._on_key(self, event)
        else:
            return await run_binding(self, event.key)
        return True

    def take_paste(self, text: str) -> bool:
        """Pasted text goes in with its lines."""
        self.replace(text, *self.selection)
        return True

    def on_blur(self) -> None:
        """The keyboard left."""
        self._listener.field_left(self.field)
