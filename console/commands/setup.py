"""``siaga112 setup``: first configuration, first admin, and the exchange's configuration."""

from __future__ import annotations

import getpass
import os
import re
import secrets
from pathlib import Path

import click

from console import configuration
from console.commands.users import ask_password
from console.compose import open_journal
from console.main import data_option
from console.proving import a_login
from data import administration
from data.errors import SiagaError, WrongUse
from data.store.ownership import give_to_owner

SAMPLE = Path(__file__).parents[1] / "siaga112.sample.toml"


@click.command()
@data_option
@click.option(
    "--config", "given", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Use this configuration."
)
@click.option("--admin", "login", callback=a_login, help="Login of the first admin (asked for when missing).")
@click.option("--name", default="", help="The admin's name.")
@click.option(
    "--password-file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Read the password here."
)
@click.option(
    "--exchange",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="TOML file that describes the exchange (telephones, trunk, directories); see docs/admin.md.",
)
@click.option(
    "--write-asterisk",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write the exchange's configuration here.",
)
def setup(
    data_directory: Path, given: Path | None, login: str | None, name: str, password_file: Path | None,
    exchange: Path | None, write_asterisk: Path | None,
) -> None:  # fmt: skip
    """Make the data directory, write siaga112.toml, create the first admin. Nothing that exists is overwritten.

    With --exchange and --write-asterisk it writes the configuration of the exchange instead, and makes the spoken
    prompts that are missing (a recorded voice that stands there stays). With --exchange alone, siaga112.toml says where
    that exchange keeps its archive.
    """
    if exchange is None and write_asterisk is not None:
        raise WrongUse("--write-asterisk needs --exchange")
    if exchange is not None and write_asterisk is not None:
        _write_exchange(exchange, write_asterisk)
        return
    data_directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = data_directory / configuration.FILE
    if target.exists():
        click.echo(f"{target} is there already and stays as it is")
    else:
        text = given.read_text("utf-8") if given else _fresh(data_directory, exchange)
        _write_private(target, text)
        click.echo(f"{target} written")
    configuration.load(target)
    with open_journal(data_directory, create=True) as journal:
        if any("admin" in u.roles and not u.disabled for u in administration.users(journal)):
            click.echo("there is an admin already: siaga112 users add makes more users")
            return
        _first_admin(journal, login, name, password_file)
    click.echo("next: siaga112 doctor, then siaga112 serve")


def _first_admin(journal: object, login: str | None, name: str, password_file: Path | None) -> None:
    from console.auth import check_strength, set_password  # noqa: PLC0415
    from data.journal import Journal  # noqa: PLC0415

    assert isinstance(journal, Journal)
    if login is None:
        login = str(click.prompt("Login of the first admin", err=True))
        name = name or str(click.prompt("Name", default="", show_default=False, err=True))
    password = ask_password(password_file)
    check_strength(login, password)
    actor = f"os:{getpass.getuser()}"
    chosen = login
    journal.decide(lambda view: administration.create_user(view, actor, chosen, name, ("admin",)))
    set_password(journal, actor, login, password)
    click.echo(f"admin {login} may sign in")


def _fresh(data_directory: Path, exchange: Path | None) -> str:
    """The sample with a secret of its own in a file of its own, and the exchange's files where they are known."""
    secret = data_directory / "secrets" / "ami-pbx-1"
    secret.parent.mkdir(mode=0o700, exist_ok=True)
    give_to_owner(secret.parent)
    if not secret.exists():
        _write_private(secret, secrets.token_hex(24) + "\n")
    text = SAMPLE.read_text("utf-8")
    text = re.sub(r'(?m)^secret_file = ".*"', lambda _: f'secret_file = "{secret.absolute()}"', text)
    for setting, path in _places(exchange).items():
        head = text.partition(f"#{setting} = ")[0]
        if len(head) < len(text):
            text = f'{head}{setting} = "{path}"\n' + text[len(head) :].partition("\n")[2]
    return text


def _places(exchange: Path | None) -> dict[str, Path]:
    """Where the exchange keeps its channel events and recordings: as ``exchange`` says, or in their usual places when
    they are there."""
    from telephony.asterisk.names import CEL_FILE  # noqa: PLC0415
    from telephony.asterisk.settings import Directories, load  # noqa: PLC0415

    folders = load(exchange).directories if exchange is not None else Directories()
    places = {"cel_file": Path(folders.log) / CEL_FILE, "recordings": Path(folders.recordings)}
    return {name: path for name, path in places.items() if exchange is not None or path.exists()}


def _write_private(path: Path, text: str) -> None:
    file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "w", encoding="utf-8")
    try:
        with file:
            file.write(text)
    except OSError:
        path.unlink()  # what is there is kept by the next setup: half a secret must not be
        raise
    give_to_owner(path)


def _write_exchange(exchange: Path, target: Path) -> None:
    from telephony.asterisk.render import render  # noqa: PLC0415
    from telephony.asterisk.settings import load  # noqa: PLC0415

    try:
        settings = load(exchange)
        for path in render(settings, target):
            click.echo(path)
    except OSError as error:
        raise SiagaError(f"cannot be written: {error.strerror or error}", where=str(target)) from error
    # A configuration for another machine: its prompts lie beside it, to be copied there as well.
    here = target.absolute() == Path(settings.directories.etc)
    _write_prompts(Path(settings.directories.prompts) if here else target / "prompts")


def _write_prompts(folder: Path) -> None:
    """Without a voice the exchange works all the same: the caller is then asked in silence."""
    from console.prompts import make_prompts  # noqa: PLC0415
    from console.speech import NoSpeech  # noqa: PLC0415

    try:
        made, kept = make_prompts(folder)
    except NoSpeech as error:
        click.echo(f"the prompts are missing: {error}", err=True)
        return
    except OSError as error:
        raise SiagaError(f"cannot be written: {error.strerror or error}", where=str(folder)) from error
    for path in made:
        click.echo(path)
    for path in kept:
        click.echo(f"{path} is there already and stays as it is")
