"""``siaga112 console``: an operator's terminal."""

from __future__ import annotations

import gc
import os
import re
import sys
from pathlib import Path

import click

from console import configuration, processes
from console.auth import Session
from console.main import data_option, log_to
from data.errors import WrongUse
from data.side import SideTables


@click.command("console")
@data_option
@click.option("--terminal", envvar="SIAGA112_TERMINAL", help="Name of this desk; else the terminal's own.")
@click.option("--lang", type=click.Choice(["id", "en"]), help="Language; else the configuration's.")
def console(data_directory: Path, terminal: str | None, lang: str | None) -> None:
    """Sign in and work: call-taker, dispatcher, supervisor or admin, by the user's role."""
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        raise WrongUse("the console needs a terminal", remedy="over SSH: ssh -t; none of its streams goes elsewhere")
    if os.environ.get("SIAGA112_CHILD"):
        processes.end_with_parent()
    settings = configuration.load(data_directory / configuration.FILE)
    name = terminal_name(terminal)
    log_to(data_directory / "log" / f"console-{name}.log")
    gc.disable()  # until the first screen stands, see there: nothing of a start is garbage
    from console.ui.run import run_console  # noqa: PLC0415 - Textual takes 135 ms to import

    sys.exit(
        run_console(
            data_directory,
            settings,
            terminal=name,
            language=lang or settings.centre.language,
            session=_adopted(data_directory),
        )
    )


def _adopted(data_directory: Path) -> Session | None:
    """The session that the headless demo opened for this console; its token is as good as a password."""
    token = os.environ.pop("SIAGA112_SESSION", None)
    if token is None:
        return None
    side = SideTables(data_directory)
    found = next((s for s in side.sessions() if s.token == token), None)
    side.close()
    if found is None:
        raise WrongUse("the session given is not open", where="SIAGA112_SESSION")
    return Session(found.token, found.login, found.role, found.terminal, found.endpoint)


def terminal_name(given: str | None) -> str:
    """The desk's name: given, or of the terminal line (pts-3); letters, digits, . _ - only."""
    name = given or os.ttyname(sys.stdin.fileno()).removeprefix("/dev/").replace("/", "-")
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,40}", name):
        raise WrongUse(f"{name!r} is no name of a terminal", where="--terminal", remedy="letters, digits, . _ - (40)")
    return name
