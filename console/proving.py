"""Who types a command proves who he is: by a password, asked for or from a file, as at a console's sign-in."""

from __future__ import annotations

import getpass
from contextlib import closing
from pathlib import Path

import click

from console import configuration
from data.administration import LOGIN_RULE, possible_login
from data.entry import draft
from data.errors import Refusal, WrongUse
from data.journal import Journal
from data.side import SideTables
from data.text import safe_line
from data.vocabulary.administration import SessionDenied


def a_login(_ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """Callback of an argument or option that is a login. Raises WrongUse for one that nobody can have."""
    if value is not None and not possible_login(value):
        where = parameter.opts[0] if parameter.opts[0].startswith("-") else parameter.opts[0].upper()
        raise WrongUse(f"{safe_line(value, 40)!r} cannot be a login", where=where, remedy=LOGIN_RULE)
    return value


def password_in(file: Path) -> str:
    """The password that is the first line of ``file``. Raises WrongUse when it is no text."""
    try:
        return file.read_text("utf-8").split("\n", 1)[0]
    except UnicodeDecodeError:
        raise WrongUse("a password is text in UTF-8", where=str(file)) from None


def prove(journal: Journal, login: str, password_file: Path | None) -> None:
    """That it is ``login``. Raises Refusal for a wrong password, and for any while the login is locked out.

    A wrong password counts as one at sign-in does (lock-out), and stands in the record.
    """
    password = password_in(password_file) if password_file else click.prompt("Password", hide_input=True, err=True)
    from console.auth import check_password  # noqa: PLC0415

    with closing(SideTables(journal.directory)) as side:
        reason = "locked_out" if side.locked_until(login) else check_password(journal, login, password)
        if reason is None:
            side.forget_failures(login)
            return
        if reason == "wrong_password":
            settings = configuration.load(journal.directory / configuration.FILE).console
            side.failed_sign_in(login, settings.sign_in_failures, settings.lock_out_seconds)
    body = SessionDenied(login=safe_line(login, 40), terminal="command", reason=reason)
    journal.append([draft("terminal/command", body, actor=f"os:{getpass.getuser()}", terminal="command")])
    raise Refusal("wrong_password", "login or password is wrong, or too many were wrong before")
