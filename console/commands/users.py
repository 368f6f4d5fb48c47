"""``siaga112 users``."""

from __future__ import annotations

import getpass
import json
from pathlib import Path

import click
import msgspec

from console.compose import open_journal
from console.main import data_option
from console.proving import a_login, password_in
from data import administration


@click.group()
def users() -> None:
    """List, add, change and disable the people who may sign in."""


@users.command("list")
@data_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_users(data_directory: Path, as_json: bool) -> None:
    """All users."""
    with open_journal(data_directory) as journal:
        for user in administration.users(journal):
            if as_json:
                click.echo(json.dumps(msgspec.to_builtins(user), ensure_ascii=False))
            else:
                state = "disabled" if user.disabled else "active"
                click.echo(f"{user.login:16} {state:9} {','.join(user.roles):30} {user.name or ''}")


@users.command()
@click.argument("login", callback=a_login)
@click.option("--name", default="", help="The person's name.")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice(administration.ROLES))
@click.option(
    "--password-file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Read the password here."
)
@data_option
def add(login: str, name: str, roles: tuple[str, ...], password_file: Path | None, data_directory: Path) -> None:
    """Add a user; the password is asked for, or read from a file."""
    from console.auth import check_strength, set_password  # noqa: PLC0415

    with open_journal(data_directory) as journal:
        administration.create_user(journal, _actor(), login, name, roles)  # a login that cannot be is said before
        password = ask_password(password_file)
        check_strength(login, password)
        journal.decide(lambda view: administration.create_user(view, _actor(), login, name, roles))
        set_password(journal, _actor(), login, password)
    click.echo(f"{login} may sign in")


@users.command()
@click.argument("login", callback=a_login)
@click.option(
    "--password-file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Read the password here."
)
@data_option
def password(login: str, password_file: Path | None, data_directory: Path) -> None:
    """Give a user a new password."""
    from console.auth import set_password  # noqa: PLC0415

    with open_journal(data_directory) as journal:
        set_password(journal, _actor(), login, ask_password(password_file))
    click.echo(f"password of {login} changed")


@users.command()
@click.argument("login", callback=a_login)
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice(administration.ROLES))
@data_option
def roles(login: str, roles: tuple[str, ...], data_directory: Path) -> None:
    """Set what a user may be."""
    with open_journal(data_directory) as journal:
        journal.decide(lambda view: administration.set_roles(view, _actor(), login, roles))
    click.echo(f"{login}: {', '.join(roles)}")


@users.command()
@click.argument("login", callback=a_login)
@click.option("--reason", help="Why; stays on record.")
@data_option
def disable(login: str, reason: str | None, data_directory: Path) -> None:
    """No sign-in any more."""
    with open_journal(data_directory) as journal:
        journal.decide(lambda view: administration.disable_user(view, _actor(), login, reason))
    click.echo(f"{login} is disabled")


@users.command()
@click.argument("login", callback=a_login)
@data_option
def enable(login: str, data_directory: Path) -> None:
    """May sign in again."""
    with open_journal(data_directory) as journal:
        journal.decide(lambda view: administration.enable_user(view, _actor(), login))
    click.echo(f"{login} is enabled")


def ask_password(password_file: Path | None) -> str:
    """The password from its file (first line), or asked for twice."""
    if password_file is not None:
        return password_in(password_file)
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))


def _actor() -> str:
    return f"os:{getpass.getuser()}"
