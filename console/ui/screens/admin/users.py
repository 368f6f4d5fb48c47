"""Users: who may sign in, with which roles. The rules are those of ``siaga112 users``."""

from __future__ import annotations

from collections.abc import Callable

from console.i18n import translate as _
from console.ui import words
from console.ui.draw import admin as draw
from console.ui.lines import Line
from console.ui.office.views import UserRow
from console.ui.screens.admin.tab import Tab
from console.ui.widgets.question import Answers, Ask
from data.administration import ROLES

LETTERS = dict(zip("cdsa", ROLES, strict=True))
"""Letters by which roles are typed: c call-taker, d dispatcher, s supervisor, a administrator."""


class UsersTab(Tab):
    """Everybody who may or might sign in."""

    name = "users"

    def look(self) -> Callable[[], object]:
        """All users."""
        return self.office.users

    def lines(self, cells: int) -> tuple[list[Line], list[str]]:
        """The users by login."""
        return draw.user_lines(self.rows or (), cells)

    def detail(self, cells: int) -> list[Line]:
        """One user."""
        return draw.user_detail(self.user(), cells)

    def user(self) -> UserRow | None:
        """The user under the cursor."""
        return next((row for row in self.rows or () if row.login == self.chosen), None)

    def do_user_add(self, argument: str) -> None:
        """Login, name, roles, the password twice."""
        steps = [
            Ask("login", _("Login of the new user:"), required=True, start=argument),
            Ask("name", _("Name:"), required=True),
            self._ask_roles(""),
            *_ask_password(),
        ]
        self.ask(steps, self._add)

    def _add(self, answers: Answers) -> None:
        roles, office = self._roles_typed(answers["roles"]), self.office
        if roles is None or not self._same(answers):
            return
        login, name, password = answers["login"], answers["name"], answers["password"]
        done = _("{login} may sign in.").format(login=login)
        self.change(lambda: office.add_user(login, name, roles, password), done)

    @staticmethod
    def _ask_roles(start: str) -> Ask:
        known = " ".join(f"{letter}={words.word(words.ROLES, role)}" for letter, role in LETTERS.items())
        return Ask("roles", _("Roles ({letters}):").format(letters=known), required=True, start=start)

    def _roles_typed(self, text: str) -> tuple[str, ...] | None:
        letters = [letter for letter in text.casefold() if letter not in " ,"]
        if any(letter not in LETTERS for letter in letters):
            self.say(
                _("Roles are letters of {letters}; nothing was changed.").format(letters=" ".join(LETTERS)), "warn"
            )
            return None
        return tuple(role for letter, role in LETTERS.items() if letter in letters)

    def _same(self, answers: Answers) -> bool:
        if answers["password"] == answers["again"]:
            return True
        self.say(_("The two passwords differ; nothing was changed."), "warn")
        return False

    def do_user_roles(self, _argument: str) -> None:
        """Other roles for the user under the cursor."""
        user, office = self.user(), self.office
        if user is None:
            self.say(_("Choose a user first."), "warn")
            return
        start = "".join(letter for letter, role in LETTERS.items() if role in user.roles)

        def then(answers: Answers) -> None:
            roles = self._roles_typed(answers["roles"])
            if roles is not None:
                done = _("{login}: {roles}").format(login=user.login, roles=draw.roles_text(roles))
                self.change(lambda: office.set_roles(user.login, roles), done)

        self.ask([self._ask_roles(start)], then)

    def do_user_password(self, _argument: str) -> None:
        """A new password, typed twice."""
        user, office = self.user(), self.office
        if user is None:
            self.say(_("Choose a user first."), "warn")
            return

        def then(answers: Answers) -> None:
            if self._same(answers):
                done = _("The password of {login} was changed.").format(login=user.login)
                self.change(lambda: office.set_password(user.login, answers["password"]), done)

        self.ask(_ask_password(user.login), then)

    def do_user_disable(self, argument: str) -> None:
        """No sign-in any more, with a reason."""
        user, office = self.user(), self.office
        if user is None:
            self.say(_("Choose a user first."), "warn")
            return
        prompt = _("Disable {login}. Reason:").format(login=user.login)

        def then(answers: Answers) -> None:
            done = _("{login} is disabled.").format(login=user.login)
            self.change(lambda: office.disable_user(user.login, answers["reason"]), done)

        self.ask([Ask("reason", prompt, required=True, start=argument)], then)

    def do_user_enable(self, _argument: str) -> None:
        """May sign in again."""
        user, office = self.user(), self.office
        if user is None:
            self.say(_("Choose a user first."), "warn")
            return
        done = _("{login} may sign in.").format(login=user.login)
        self.change(lambda: office.enable_user(user.login), done)


def _ask_password(login: str = "") -> list[Ask]:
    prompt = _("New password of {login}:").format(login=login) if login else _("Password (at least 10 characters):")
    return [
        Ask("password", prompt, required=True, secret=True),
        Ask("again", _("The same again:"), required=True, secret=True),
    ]
