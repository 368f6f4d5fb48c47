"""Cards: what lies over a screen because the operator asked for it. Those of the region's pack about a word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from console.i18n import translate as _
from console.ui.guard import Guarded
from console.ui.lines import EMPTY, Line, fit, line, span, wrap
from console.ui.views import Card
from console.ui.widgets.board import Board

CSS = """
CardScreen { align: center middle; background: $background; }
CardScreen #cards { width: 100%; height: 100%; padding: 0 1; }
"""

LABEL = 14
"""Cells of a label."""


class AnyCard(Guarded, ModalScreen[None], inherit_bindings=False):
    """Lies over a screen because the operator asked for it. Its own keys, Escape and F1 among them, put it away; an
    F-key of the role puts it away and does its work on the screen below (see ``SiagaApp``)."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,f1,enter,q", "away", show=False)]

    def action_away(self) -> None:
        """Put the card away."""
        self.dismiss(None)


class CardScreen(AnyCard, inherit_bindings=False):
    """What the pack says about a word."""

    CSS = CSS
    BINDINGS: ClassVar[list[BindingType]] = AnyCard.BINDINGS

    def __init__(self, word: str, cards: Sequence[Card]) -> None:
        super().__init__()
        self._word, self._cards = word, tuple(cards)

    def compose(self) -> ComposeResult:
        """One board with everything."""
        yield Board(id="cards", cursor=True)

    def on_mount(self) -> None:
        """Draw."""
        self.set_focus(self.query_one("#cards", Board))
        self.retranslate()

    def on_resize(self, event: events.Resize) -> None:
        """The size changed."""
        self.retranslate()

    def retranslate(self) -> None:
        """Draw in the language spoken now."""
        cells = max(30, self.size.width - 3)
        self.query_one("#cards", Board).set_lines(card_lines(self._word, self._cards, cells))


def card_lines(word: str, cards: Sequence[Card], cells: int) -> list[Line]:
    """The cards as lines, one below the other."""
    lines: list[Line] = [line(span(f"? {word}", "title"), span(f"  {_('Escape: back')}", "dim"))]
    if not cards:
        lines += [EMPTY, line(span(_("The region's pack has nothing of that name."), "warn"))]
    for card in cards:
        lines += [EMPTY, line(span(card.title, "strong"), span(f"  ({card.kind})", "dim"))]
        for label, text in card.lines:
            for index, part in enumerate(wrap(text, max(10, cells - LABEL), limit=4) if text else ()):
                lines.append((fit(label if not index else "", LABEL, "dim"), *part))
    return lines
