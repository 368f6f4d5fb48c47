"""The help card: every key and command of the role, from the action table; language, theme and signing out."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from console.actions import for_role
from console.actions.action import Action
from console.i18n import translate as _
from console.ui.lines import Line, fit, line, span, width, wrap, wrap_parts
from console.ui.screens.card import AnyCard
from console.ui.widgets.board import Board

if TYPE_CHECKING:
    from console.ui.app import SiagaApp

CSS = """
HelpCard { align: center middle; background: $background; }
HelpCard #help { width: 100%; height: 100%; padding: 0 1; }
"""


KEY = 5
"""Cells of the key."""


class HelpCard(AnyCard, inherit_bindings=False):
    """Every key and command of the role; language, theme and signing out."""

    CSS = CSS
    BINDINGS: ClassVar[list[BindingType]] = [
        *AnyCard.BINDINGS,
        Binding("l", "language", show=False),
        Binding("t", "theme", show=False),
        Binding("x", "leave", show=False),
    ]

    def __init__(self, role: str) -> None:
        super().__init__()
        self._role = role

    @property
    def siaga(self) -> SiagaApp:
        """The app, with its own type."""
        return cast("SiagaApp", self.app)

    def compose(self) -> ComposeResult:
        """One board with everything."""
        yield Board(id="help", cursor=True)

    def on_mount(self) -> None:
        """Draw."""
        self.set_focus(self.query_one("#help", Board))
        self.retranslate()

    def on_resize(self, event: events.Resize) -> None:
        """The size changed."""
        self.retranslate()

    def retranslate(self) -> None:
        """Draw in the language spoken now."""
        self.query_one("#help", Board).set_lines(help_lines(self._role, max(20, self.size.width - 3)))

    def action_language(self) -> None:
        """The other language."""
        self.siaga.next_language()
        self.retranslate()

    def action_theme(self) -> None:
        """The next theme."""
        self.siaga.next_theme()

    def action_leave(self) -> None:
        """Sign out, after a question on the screen below."""
        self.action_away()
        self.siaga.ask_sign_out()


def help_lines(role: str, cells: int) -> list[Line]:
    """The card's text."""
    keys = (("l", _("language")), ("t", _("theme")), ("x", _("sign out")))
    head = [span(_("Help"), "title"), span(f"  {_('Escape: back')}  ", "dim")]
    for key, label in keys:
        head += [span(key, "key"), span(f" {label}  ")]
    lines: list[Line] = [
        tuple(head),
        *wrap(_("Tab and Shift+Tab: next and previous field; leaving a field saves it."), cells, "dim"),
    ]
    for action in for_role(role) if role else ():
        lines += _action_lines(action, cells)
    if not role:
        lines += wrap(_("Sign in first: login, password, telephone. Ask the admin for an account."), cells)
    return lines


def _action_lines(action: Action, cells: int) -> list[Line]:
    """One action: its key and what it does, then its command words and what follows them."""
    text = wrap(_(action.help), cells - KEY)
    lines: list[Line] = [
        (fit(action.key_label if not index else "", KEY, "key"), *part) for index, part in enumerate(text)
    ]
    short = "".join(f", {word}" for word, _value in action.shortcuts)
    command: Line = line(
        span(" ".join(action.commands), "strong"), span(f" {action.usage}".rstrip(), "dim"), span(short, "strong")
    )
    if not action.words:
        return lines
    if width(lines[-1]) + 2 + width(command) <= cells:
        lines[-1] = (*lines[-1], span("  "), *command)
    else:
        lines += [(fit("", KEY), *part) for part in wrap_parts(command, cells - KEY)]
    return lines
