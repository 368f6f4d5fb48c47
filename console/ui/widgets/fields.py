"""Fields to type in. Whatever is typed or pasted becomes safe text at once; leaving a field is what saves it."""

from __future__ import annotations

from textual import events
from textual.message import Message
from textual.widgets import Input, TextArea
from textual.widgets.text_area import Edit, EditResult

from console.ui.guard import Guarded
from data.text import safe_text

FIELD_LIMIT = 500
"""Characters of a one-line field."""

STORY_LIMIT = 5000
"""Characters of the narrative."""


def one_line(text: str) -> str:
    """Safe text of the same length on one line: line feeds and tabs become blanks."""
    return safe_text(text.translate({9: " ", 10: " ", 13: " "}), FIELD_LIMIT)


class FieldLeft(Message):
    """The keyboard left a field."""

    def __init__(self, field: str) -> None:
        super().__init__()
        self.field = field


class FieldTyped(Message):
    """The text of a field was changed by typing."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__()
        self.field = field
        self.text = text


class FieldKey(Message):
    """A key that means something beside the text: up, down, enter, escape."""

    def __init__(self, field: str, key: str) -> None:
        super().__init__()
        self.field = field
        self.key = key


class Field(Guarded, Input):
    """One line of text without border. ``name`` is the field's name."""

    def __init__(self, name: str, *, id: str | None = None, password: bool = False) -> None:
        super().__init__(name=name, id=id or f"field-{name}", compact=True, select_on_focus=False, password=password)
        self._shown = ""

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

    def on_input_changed(self, event: Input.Changed) -> None:
        """Tell the form, unless the text was put in by the program."""
        event.stop()
        if event.value != self._shown:
            self._shown = event.value
            self.post_message(FieldTyped(self.name or "", event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter is the form's business."""
        event.stop()
        self.post_message(FieldKey(self.name or "", "enter"))

    def on_key(self, event: events.Key) -> None:
        """Up, down and escape are the form's business."""
        if event.key in {"up", "down", "escape"}:
            event.stop()
            event.prevent_default()
            self.post_message(FieldKey(self.name or "", event.key))

    def on_blur(self) -> None:
        """The keyboard left."""
        self.post_message(FieldLeft(self.name or ""))


class Story(Guarded, TextArea):
    """Several lines of text; Tab leaves it."""

    def __init__(self, name: str, *, id: str | None = None) -> None:
        super().__init__(
            name=name, id=id or f"field-{name}", compact=True, soft_wrap=True, tab_behavior="focus",
            show_line_numbers=False, highlight_cursor_line=False,
        )  # fmt: skip
        self._shown = ""

    def show(self, text: str) -> None:
        """Put a text in that nobody typed here."""
        self._shown = safe_text(text, STORY_LIMIT)
        self.load_text(self._shown)
        self.move_cursor(self.document.end)

    def edit(self, edit: Edit) -> EditResult:
        """What is typed or pasted becomes safe before it is shown."""
        edit.text = safe_text(edit.text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "), STORY_LIMIT)
        return super().edit(edit)

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Tell the form, unless the text was put in by the program."""
        event.stop()
        if self.text != self._shown:
            self._shown = self.text
            self.post_message(FieldTyped(self.name or "", self.text))

    def on_key(self, event: events.Key) -> None:
        """Escape is the form's business."""
        if event.key == "escape":
            event.stop()
            event.prevent_default()
            self.post_message(FieldKey(self.name or "", "escape"))

    def on_blur(self) -> None:
        """The keyboard left."""
        self.post_message(FieldLeft(self.name or ""))
