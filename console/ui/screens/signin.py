"""Signing in: login, password, telephone, and the role when the user has several."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import Screen

from console.actions.roles import CALLTAKER
from console.i18n import N_
from console.i18n import translate as _
from console.ui import errors, words
from console.ui.guard import Guarded
from console.ui.lines import line, span, wrap
from console.ui.views import Identity
from console.ui.widgets.board import Board
from console.ui.widgets.fields import Field

if TYPE_CHECKING:
    from console.ui.app import SiagaApp

CSS = """
SignInScreen { align: center middle; }
SignInScreen #sign-in { width: 60; height: auto; }
SignInScreen .row { height: 1; margin-bottom: 1; }
SignInScreen .label { width: 16; height: 1; }
SignInScreen Field { width: 1fr; }
SignInScreen #endpoints, SignInScreen #roles { height: auto; max-height: 5; width: 1fr; }
SignInScreen #title { height: 2; }
SignInScreen #said { height: 3; }
"""

LABELS = {
    "login": N_("Login"),
    "password": N_("Password"),
    "endpoint": N_("Telephone"),
    "role": N_("Role"),
}


class SignInScreen(Guarded, Screen[None], inherit_bindings=False):
    """The first screen. A failure says what to do and leaves the login as typed."""

    AUTO_FOCUS = ""
    CSS = CSS

    def __init__(self) -> None:
        super().__init__()
        self._roles: tuple[str, ...] = ()
        self._busy = False

    @property
    def siaga(self) -> SiagaApp:
        """The app, with its own type."""
        return cast("SiagaApp", self.app)

    def compose(self) -> ComposeResult:
        """The fields."""
        with Vertical(id="sign-in"):
            yield Board(id="title")
            for name in ("login", "password"):
                with Horizontal(classes="row"):
                    yield Board(id=f"label-{name}", classes="label")
                    yield Field(name, self, password=name == "password")
            with Horizontal(classes="row", id="row-endpoint"):
                yield Board(id="label-endpoint", classes="label")
                yield Board(id="endpoints", cursor=True, always=True)
            with Horizontal(classes="row", id="row-role"):
                yield Board(id="label-role", classes="label")
                yield Board(id="roles", cursor=True, always=True)
            yield Board(id="said")

    def on_mount(self) -> None:
        """Everything by its name; the keyboard goes to the login."""
        self.siaga.lookup("endpoints", self.siaga.desk.endpoints, self._offer)
        self.query_one("#row-endpoint").display = False
        self.query_one("#row-role").display = False
        self.retranslate()
        self.set_focus(self.query_one("#field-login", Field))

    def _offer(self, found: tuple[str, ...]) -> None:
        """Show the telephones, the usual one chosen."""
        endpoints = (*found, "")
        self.query_one("#endpoints", Board).set_lines(
            [line(span(name or _("none (no calls)"))) for name in endpoints], [name or "-" for name in endpoints]
        )
        self.query_one("#row-endpoint").styles.height = min(5, len(endpoints))
        self.query_one("#row-endpoint").display = len(endpoints) > 1

    def retranslate(self) -> None:
        """The language changed."""
        self.query_one("#title", Board).set_lines([line(span("Siaga 112", "title"), span(f"  {self.siaga.centre}"))])
        for name, label in LABELS.items():
            self.query_one(f"#label-{name}", Board).set_lines([line(span(_(label), "dim"))])
        if not self._busy:
            self.say(_("Enter signs in. F1 helps."), "dim")

    def say(self, text: str, kind: str = "text") -> None:
        """Say what is wrong, on up to three lines."""
        self.query_one("#said", Board).set_lines(wrap(text, 60, kind, 3))

    def field_typed(self, name: str, text: str) -> None:
        """Nothing is checked while it is typed."""

    def field_left(self, name: str) -> None:
        """Nothing is saved here."""

    def field_key(self, name: str, key: str) -> None:
        """Enter goes on; in the password it signs in."""
        if key == "enter" and name == "password":
            self._sign_in()
        elif key in {"enter", "down"}:
            self.focus_next()
        elif key == "up":
            self.focus_previous()

    def on_board_chosen(self, event: Board.Chosen) -> None:
        """Enter on a telephone or a role signs in too."""
        self._sign_in()

    def _sign_in(self) -> None:
        if self._busy:
            return
        login = self.query_one("#field-login", Field).text.strip()
        password = self.query_one("#field-password", Field).text
        if not login or not password:
            self.say(_("Login and password, please."), "warn")
            return
        endpoint = self.query_one("#endpoints", Board).chosen.removeprefix("-")
        role = self.query_one("#roles", Board).chosen if self._roles else ""
        self._busy = True
        self.say(_("Signing in"), "dim")
        desk = self.siaga.desk
        self.siaga.write(lambda: desk.sign_in(login, password, endpoint, role), self._signed_in, self._refused)

    def _signed_in(self, identity: Identity) -> None:
        self._busy = False
        self.siaga.begin(identity)

    def _refused(self, error: Exception) -> None:
        self._busy = False
        if isinstance(error, errors.RoleNeeded):
            self._roles = error.roles
            roles = self.query_one("#roles", Board)
            roles.set_lines([line(span(words.word(words.ROLES, role))) for role in error.roles], error.roles)
            if CALLTAKER in error.roles:
                roles.choose(CALLTAKER)
            self.query_one("#row-role").display = True
            self.query_one("#row-role").styles.height = len(error.roles)
            self.set_focus(roles)
            self.say(_("Which role? Up and down choose, Enter signs in."))
            return
        self.query_one("#field-password", Field).show("")
        self.set_focus(self.query_one("#field-password", Field))
        self.say(errors.sentence(error), "alarm")
