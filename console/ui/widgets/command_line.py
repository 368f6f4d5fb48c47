"""The command line on the screen: the line, what it would do, and what may come next. Only shown when asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from console.command_line import Candidate, CommandFault, Intent, World, candidates, completed, parse, preview
from console.command_line.preview import doubled_units, fault_line
from console.i18n import translate as _
from console.ui import unit_words
from console.ui.guard import Guarded
from console.ui.lines import EMPTY, Line, Span, cut, fit, line, span, width, wrap
from console.ui.widgets.bars import Bar, KeyLine
from console.ui.widgets.board import Board
from console.ui.widgets.fields import Field

LIST_ROWS = 5
"""Lines of the list on a low screen."""

TALL_ROWS = 10
"""Lines of the list where there is room."""

ROOMY = 36
"""Rows of the screen from which the longer list is used."""

PREVIEW_ROWS = 2

KEY_CELLS = 4
"""Cells of the key in the list."""


class Host(Protocol):
    """Who knows the world and carries lines out."""

    def world(self) -> World:
        """What a line can speak of, now."""

    def enter(self, text: str) -> bool:
        """Enter was pressed on a line; False when the line is wrong and stays open for correction."""

    def closed(self) -> None:
        """The line was put away."""


class LineField(Field):
    """The field of the command line: Tab completes here and does not leave."""

    first_keys = frozenset({"tab", "shift+tab"})

    async def take_key(self, event: events.Key) -> bool:
        """Tab is the command line's; the rest is the field's."""
        if event.key in self.first_keys:
            self._listener.field_key(self.field, event.key)
            return True
        return await super().take_key(event)


class CommandLine(Guarded, Vertical):
    """Hidden until it is opened; Escape puts it away, Enter carries the line out or says what is wrong."""

    DEFAULT_CSS = """
    CommandLine { height: auto; max-height: 14; }
    CommandLine #command-row { height: 1; }
    CommandLine #command-prompt { height: 1; width: 2; }
    CommandLine #command-text { width: 1fr; height: 1; }
    CommandLine #command-preview { height: 2; }
    CommandLine #command-list { height: 5; }
    """

    def __init__(self) -> None:
        super().__init__(id="command")
        self._host: Host | None = None
        self._back: Callable[[], None] | None = None
        self._history: tuple[str, ...] = ()
        self._recalled = 0
        self._typed = ""
        self._shown: tuple[Candidate, ...] = ()
        self._selected, self._top = -1, 0
        self._target: tuple[object, ...] = ()
        self._moved = False

    def compose(self) -> ComposeResult:
        """The line, what it would do, and the list."""
        with Horizontal(id="command-row"):
            yield Board(id="command-prompt")
            yield LineField("command", self, id="command-text")
        yield Bar(id="command-preview")
        yield Board(id="command-list")

    def on_mount(self) -> None:
        """Not open yet."""
        self.display = False

    # ------------------------------------------------------------------ opening and closing

    @property
    def is_open(self) -> bool:
        """Whether the line is on the screen."""
        return self._host is not None

    @property
    def text(self) -> str:
        """What stands in the line."""
        return self._field.text

    @property
    def _field(self) -> LineField:
        return self.query_one("#command-text", LineField)

    def open(self, host: Host, text: str = "") -> None:
        """Show the line and give it the keyboard."""
        focused, screen = self.screen.focused, self.screen
        self._back = lambda: screen.set_focus(focused)
        self._host, self._history, self._recalled, self._typed = host, (), 0, ""
        self._selected, self._top, self._target, self._moved = -1, 0, (), False
        self.display = True
        for keys in self.screen.query(KeyLine):
            keys.display = False
        self.query_one("#command-list", Board).styles.height = self._rows
        self.query_one("#command-prompt", Board).set_lines([line(span("> ", "key"))])
        self._field.show(text)
        # At once: focus() is deferred, and a key typed meanwhile would go to the old place.
        self.screen.set_focus(self._field)
        self._update()

    def close(self) -> None:
        """Put the line away; the keyboard goes back to where it was."""
        host, self._host = self._host, None
        if host is None:
            return
        self.display = False
        for keys in self.screen.query(KeyLine):
            keys.display = True
        self._field.show("")
        back, self._back = self._back, None
        if back is not None:
            back()
        host.closed()

    def remember(self, history: tuple[str, ...]) -> None:
        """The user's earlier lines, the oldest first: for the key up."""
        self._history = history
        self._recalled = len(history)

    def refresh_world(self) -> None:
        """The world changed while the line is open: what it would do is worked out again."""
        before = self._target
        self._update()
        if before and self._target and self._target != before:
            self._moved = True

    def retranslate(self) -> None:
        """The language changed; what is typed stays."""
        if self.is_open:
            self._update()

    def on_resize(self, event: events.Resize) -> None:
        """The terminal's size changed."""
        if self.is_open:
            self.query_one("#command-list", Board).styles.height = self._rows
            self._update()

    # ------------------------------------------------------------------ keys

    def field_typed(self, name: str, text: str) -> None:
        """The line was changed by typing."""
        self._typed, self._recalled = text, len(self._history)
        self._selected, self._top, self._moved = -1, 0, False
        self._update()

    def field_left(self, name: str) -> None:
        """A line that is left (for the help card) stays open."""

    def field_key(self, name: str, key: str) -> None:
        """Enter, Escape, Tab, up and down."""
        if not self.is_open:
            return
        if key == "escape":
            self.close()
        elif key == "enter":
            self._enter()
        elif key == "tab":
            self._complete()
        elif key in {"up", "down", "shift+tab"}:
            self._move(1 if key == "down" else -1)

    def _put(self, text: str) -> None:
        self._field.show(text)
        self._selected, self._top, self._moved = -1, 0, False
        self._update()

    def _complete(self) -> None:
        if self._host is None:
            return
        if self._selected >= 0:
            self._put(self._with(self._shown[self._selected]))
        else:
            self._put(completed(self.text, self._host.world()))
        self._typed = self.text

    def _move(self, by: int) -> None:
        """Down goes into the list, up through the earlier lines; each leads back to the line as it was typed."""
        if self._selected >= 0 or (by > 0 and self._recalled >= len(self._history)):
            self._selected = max(-1, min(len(self._shown) - 1, self._selected + by))
            self._draw_list()
        elif 0 <= self._recalled + by <= len(self._history):
            if self._recalled >= len(self._history):
                self._typed = self.text
            self._recalled += by
            recalled = self._recalled
            self._put(self._history[recalled] if recalled < len(self._history) else self._typed)
            self._recalled = recalled

    def _enter(self) -> None:
        host = self._host
        if host is None:
            return
        text = self.text
        if self._selected >= 0:
            chosen = self._shown[self._selected]
            text = self._with(chosen)
            if not (chosen.action is not None and self._complete_already(text, host)):
                self._put(text)
                self._typed = text
                return
        if not text.strip():
            self.close()
        elif self._moved:
            self._moved = False
            self._say(_("This means something else than a moment ago; read it, then Enter again."), "alarm")
        elif not host.enter(text):
            self._draw_preview(alarm=True)

    @staticmethod
    def _complete_already(text: str, host: Host) -> bool:
        try:
            parse(text, host.world())
        except CommandFault:
            return False
        return True

    def _with(self, candidate: Candidate) -> str:
        """The line with its last word replaced by a candidate."""
        head = self.text.rstrip()
        if head == self.text and head:
            head = head.rpartition(" ")[0]
        return f"{head} {candidate.insert} ".lstrip()

    # ------------------------------------------------------------------ drawing

    @property
    def _rows(self) -> int:
        tall = self.screen.size.height
        return TALL_ROWS if tall >= ROOMY else max(1, min(LIST_ROWS, tall - 14))

    def _update(self) -> None:
        if self._host is None:
            return
        self._shown = candidates(self.text, self._host.world())
        self._selected = min(self._selected, len(self._shown) - 1)
        self._draw_preview()
        self._draw_list()

    def _draw_preview(self, *, alarm: bool = False) -> None:
        host = self._host
        if host is None:
            return
        try:
            intent: Intent = parse(self.text, world := host.world())
        except CommandFault as fault:
            self._target = ()
            text = fault_line(fault, named=not self._shown)  # what the list shows is not said twice
            self._say(text, "alarm" if alarm else "dim" if fault.incomplete else "warn")
            return
        warning = unit_words.warning(doubled_units(intent, world))
        self._target = (*intent.target, warning)
        said = preview(intent, world)
        self._say(f"{warning} | {said}" if warning else said, "warn" if warning else "ok")

    def _say(self, text: str, kind: str) -> None:
        cells = max(10, self.screen.size.width - 2)
        said = wrap(text, cells, kind, PREVIEW_ROWS + 1)
        shown = [(span("  "), *part) for part in said[:PREVIEW_ROWS]]
        if len(said) > PREVIEW_ROWS:
            shown[-1] = (*cut(shown[-1], cells - 4), span(" ...", "dim"))
        self.query_one("#command-preview", Bar).set_lines(shown)

    def _draw_list(self) -> None:
        rows, cells = self._rows, max(10, self.screen.size.width)
        if self._selected < 0:
            self._top = 0
        else:
            self._top = max(self._selected - rows + 1, min(self._top, self._selected))
        part = self._shown[self._top : self._top + rows]
        drawn: list[Line] = [
            _row(each, cells, chosen=self._top + index == self._selected) for index, each in enumerate(part)
        ]
        below = len(self._shown) - self._top - len(part)
        if below > 0 and drawn:
            more = span(f" +{below} ", "dim")
            drawn[-1] = (*cut(drawn[-1], cells - width((more,))), more)
        self.query_one("#command-list", Board).set_lines([*drawn, *[EMPTY] * (rows - len(drawn))])


def _row(candidate: Candidate, cells: int, *, chosen: bool) -> Line:
    key = candidate.action.key_label if candidate.action is not None else ""
    parts = (fit(key, KEY_CELLS, "key"), span(candidate.shown, "strong"), span(f"  {candidate.note}".rstrip(), "dim"))
    whole = cut(parts, max(1, cells - 4))
    if chosen:
        whole = tuple(Span(part.text, "cursor") for part in whole)
    return (Span("  "), *whole)
