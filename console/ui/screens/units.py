"""The card of the units of agencies; what it shows goes on changing while it is open."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType

from console.ui.draw.units import unit_lines
from console.ui.screens.card import AnyCard
from console.ui.widgets.board import Board

if TYPE_CHECKING:
    from console.ui.app import SiagaApp

CSS = """
UnitsCard { align: center middle; background: $background; }
UnitsCard #units { width: 100%; height: 100%; padding: 0 1; }
"""

DRAW_EVERY_S = 0.5
"""How often it is drawn again: ages run on, and hand-overs go on."""


class UnitsCard(AnyCard, inherit_bindings=False):
    """Units by kind, with what each is doing."""

    CSS = CSS
    BINDINGS: ClassVar[list[BindingType]] = AnyCard.BINDINGS

    def __init__(self, text: str = "") -> None:
        """``text``: words that a unit has to have."""
        super().__init__()
        self._text = text

    @property
    def siaga(self) -> SiagaApp:
        """The app, with its own type."""
        return cast("SiagaApp", self.app)

    def compose(self) -> ComposeResult:
        """One board with everything."""
        yield Board(id="units", cursor=True)

    def on_mount(self) -> None:
        """Draw, and go on drawing."""
        self.set_focus(self.query_one("#units", Board))
        self.retranslate()
        self.set_interval(DRAW_EVERY_S, self.retranslate)

    def on_resize(self, event: events.Resize) -> None:
        """The size changed."""
        self.retranslate()

    def retranslate(self) -> None:
        """Draw what is so now, in the language spoken now."""
        told, cells = self.siaga.snapshot, max(30, self.size.width - 3)
        incidents = {row.id: row for row in told.incidents}
        lines = unit_lines(told.units, incidents, self.siaga.now(), cells, self._text)
        self.query_one("#units", Board).set_lines(lines)
