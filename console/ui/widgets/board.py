"""The board: lines of text with an optional cursor, on Textual's Line API, repainting only the lines that changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, NamedTuple, Self

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.color import Color
from textual.filter import LineFilter
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import Reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from console.ui.guard import Guarded
from console.ui.lines import EMPTY, ROLES, Line, Span, cut
from console.ui.terminal.keys import run_binding

_BORDER = (-1, -1)
_KEPT = 400
"""Strips that are kept of lines that were scrolled away."""


class _Looks(NamedTuple):
    """What a line looks like; asked of Textual once, not for each line."""

    base: Style
    roles: Mapping[str, Style]
    background: Color
    filters: tuple[LineFilter, ...]


class Board(Guarded, ScrollView, inherit_bindings=False):
    """Shows lines; with ``cursor`` it can have the keyboard and a row chosen. ``keys``: one stable key a row, or "".

    Rows without a key (titles, notices) are skipped by the cursor; the chosen row stays chosen by its key while
    rows come and go.
    """

    virtual_size = Reactive(Size(0, 0), layout=False)
    """See ``_measure``."""

    painted_by_screen = False
    """The screen is going to look what was drawn (``OperatorScreen.painting``)."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"board--{role}" for role in ROLES}

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "move(-10)", show=False),
        Binding("pagedown", "move(10)", show=False),
        Binding("home", "move(-100000)", show=False),
        Binding("end", "move(100000)", show=False),
        Binding("enter", "choose", show=False),
        Binding("delete", "drop", show=False),
    ]

    class RowEvent(Message):
        """Something happened to the row with ``key``."""

        def __init__(self, board: Board, key: str) -> None:
            super().__init__()
            self.board = board
            self.key = key

        @property
        def control(self) -> Board:
            """The board concerned."""
            return self.board

    class Chosen(RowEvent):
        """Enter was pressed on a row."""

    class Dropped(RowEvent):
        """Delete was pressed on a row."""

    class Moved(RowEvent):
        """The cursor came to another row."""

    def __init__(
        self, *, id: str | None = None, cursor: bool = False, always: bool = False, classes: str | None = None
    ) -> None:
        """``cursor``: the board can have the keyboard; ``always``: its cursor is shown without it too."""
        super().__init__(id=id, classes=classes)
        self.can_focus = cursor
        self._cursor, self._always = cursor or always, always
        self._rows: Sequence[Line] = ()
        self._row_keys: Sequence[str] = ()
        self._painted: dict[int, Line] = {}
        self._strips: dict[int, tuple[tuple[Line, bool, int, int, int], Strip]] = {}
        self._padding: tuple[int, int] | None = None
        self._looks: _Looks | None = None
        self._chosen = ""

    @property
    def lines_shown(self) -> tuple[Line, ...]:
        """The lines that the board has now."""
        return tuple(self._rows)

    @property
    def chosen(self) -> str:
        """The key of the row under the cursor, or ""."""
        return self._chosen

    def set_lines(self, lines: Sequence[Line], keys: Sequence[str] = ()) -> None:
        """Show ``lines``; only those that differ from what stands on the screen are painted again, and only those that
        can be seen are looked at: the others may be drawn when they come into view (``lines.Lines``)."""
        old_row = self._row()
        self._rows = lines
        self._row_keys = keys if len(keys) == len(lines) else (*keys, *("",) * (len(lines) - len(keys)))
        row = self._row()
        if row < 0:
            self._chosen = self._nearest(old_row)
            row = self._row()
        self._measure()
        moved = (row, old_row) if row != old_row else ()
        top, (wide, tall) = int(self.scroll_offset.y), self.size
        changed: list[Region] = []
        for y in range(top, top + tall):
            if y in moved or (lines[y] if y < len(lines) else None) != self._painted.get(y):
                if changed and changed[-1].bottom == y - top:
                    changed[-1] = changed[-1].grow((0, 0, 1, 0))
                else:
                    changed.append(Region(0, y - top, wide, 1))
        if changed:
            self.refresh(*changed)

    def _measure(self) -> None:
        # Only a height beyond the visible part matters, and the screen is arranged (10 ms) only when the scroll bar
        # comes or goes.
        visible = self.size.height
        before, tall = self.virtual_size.height, max(len(self._rows), visible)
        if tall == before:
            return
        self.virtual_size = Size(self.size.width, tall)
        if (tall > visible) != (before > visible) or not self.is_mounted:
            self.refresh(layout=True)
        elif self.show_vertical_scrollbar:
            self.vertical_scrollbar.window_virtual_size = tall
            if self.scroll_y > self.max_scroll_y:
                self.scroll_to(y=self.max_scroll_y, animate=False, force=True, immediate=True)

    def on_resize(self, event: events.Resize) -> None:
        """The visible part changed; the row under the cursor stays in it."""
        self._measure()
        if self._cursor:
            self.show_chosen()

    def choose(self, key: str) -> None:
        """Put the cursor on the row with ``key``; without such a row nothing happens."""
        if key in self._row_keys and key != self._chosen:
            self._chosen = key
            self.show_chosen()
            self.refresh()

    def action_move(self, by: int) -> None:
        """Move the cursor by rows; rows without a key are passed over."""
        rows = [y for y, key in enumerate(self._row_keys) if key]
        if not rows:
            self.scroll_relative(y=by, animate=False)
            return
        current = self._row()
        here = rows.index(current) if current in rows else 0
        there = max(0, min(len(rows) - 1, here + by))
        key = self._row_keys[rows[there]]
        if key != self._chosen:
            self._chosen = key
            self.show_chosen()
            self.refresh()
            self.post_message(self.Moved(self, key))

    def action_choose(self) -> None:
        """Say that the row under the cursor was chosen."""
        if self._chosen:
            self.post_message(self.Chosen(self, self._chosen))

    def action_drop(self) -> None:
        """Say that the row under the cursor is to go."""
        if self._chosen:
            self.post_message(self.Dropped(self, self._chosen))

    async def take_key(self, event: events.Key) -> bool:
        """Keys that move the cursor or choose; everything else means nothing in a list."""
        return await run_binding(self, event.key)

    def take_paste(self, text: str) -> bool:
        """Nothing can be pasted into a list."""
        return False

    @property
    def is_to_be_arranged(self) -> bool:
        """Whether more has changed than what stands on its lines: its size, its scrolling, its style."""
        return self._layout_required or self._scroll_required or self._refresh_styles_required

    def check_idle(self) -> None:
        """As Textual's: wakes this widget to tell its screen what changed; not while the screen is going to look."""
        if not self.painted_by_screen:
            super().check_idle()

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """As Textual's; without ``regions`` every line is made anew."""
        if not regions:
            self._strips.clear()
            self._padding = self._looks = None
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def notify_style_update(self) -> None:
        """Colours changed, or the space round the lines."""
        self._strips.clear()
        self._padding = self._looks = None
        super().notify_style_update()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Lines of the visible part. A repaint of anything asks each widget beside it for its lines, so a board
        without border keeps them ready, past Textual's styles (a third of a repaint)."""
        if self._padding is None:
            self._padding = self._side_padding()
        if self._padding == _BORDER:
            return super().render_lines(crop)
        left, right = self._padding
        wide, top = self.size.width, int(self.scroll_offset.y)
        strips = [self._line(y + top, wide, left, right) for y in crop.line_range]
        if crop.column_span != (0, left + wide + right):
            strips = [strip.crop(*crop.column_span) for strip in strips]
        return strips

    def _side_padding(self) -> tuple[int, int]:
        """Blank columns left and right; ``_BORDER`` when there is more round the lines than that."""
        top, right, bottom, left = self.styles.gutter
        plain = (top, right, bottom, left) == tuple(self.styles.padding) and not top and not bottom
        return (left, right) if plain and not self.show_horizontal_scrollbar else _BORDER

    def render_line(self, y: int) -> Strip:
        """One line of the visible part, as a strip."""
        return self._line(y + int(self.scroll_offset.y), self.size.width)

    def _line(self, row: int, wide: int, left: int = 0, right: int = 0) -> Strip:
        """The strip of a row; made once, until the line or the cursor on it is another."""
        if row < len(self._rows):
            parts = self._painted[row] = self._rows[row]
            under = self._cursor and bool(self._chosen) and self._row_keys[row] == self._chosen
        else:
            parts, under = EMPTY, False
            self._painted.pop(row, None)
        wanted = (parts, under and (self._always or self.has_focus), wide, left, right)
        known = self._strips.get(row)
        if known is not None and known[0] == wanted:
            return known[1]
        if len(self._strips) > _KEPT:
            self._strips.clear()  # lines that were scrolled away
            self._painted = {row: self._painted[row]} if row in self._painted else {}
        strip = self._strip(*wanted)
        self._strips[row] = (wanted, strip)
        return strip

    def _strip(self, parts: Line, under: bool, wide: int, left: int, right: int) -> Strip:
        looks = self._looks
        if looks is None:
            looks = self._looks = _Looks(
                base=self.rich_style,
                roles={role: self.get_component_rich_style(f"board--{role}") for role in ROLES},
                background=self.background_colors[1],
                filters=tuple(self.get_line_filters()),
            )
        base, roles = looks.base, looks.roles
        overlay = roles["cursor"] if under else None
        segments = [Segment(part.text, base + (overlay or roles[part.role])) for part in cut(parts, wide)]
        strip = Strip(segments).adjust_cell_length(wide, base + overlay if overlay else base)
        if left or right:
            strip = Strip([Segment(" " * left, base), *strip, Segment(" " * right, base)], left + wide + right)
        for each in looks.filters:
            strip = strip.apply_filter(each, looks.background)
        return strip

    def _row(self) -> int:
        try:
            return self._row_keys.index(self._chosen) if self._chosen else -1
        except ValueError:
            return -1

    def _nearest(self, row: int) -> str:
        row_keys = self._row_keys
        start = min(max(row, 0), len(row_keys))
        for key in (*row_keys[start:], *reversed(row_keys[:start])):
            if key:
                return key
        return ""

    def show_chosen(self) -> None:
        """Bring the row under the cursor into the visible part."""
        row = self._row()
        if row >= 0 and self.size.height:
            top = int(self.scroll_offset.y)
            if row < top:
                self.scroll_to(y=row, animate=False, force=True, immediate=True)
            elif row >= top + self.size.height:
                self.scroll_to(y=row - self.size.height + 1, animate=False, force=True, immediate=True)


def plain(lines: Sequence[Line]) -> str:
    """The text of lines without style, for tests and logs."""
    return "\n".join("".join(part.text for part in parts).rstrip() for parts in lines)


__all__ = ["Board", "Span", "plain"]
