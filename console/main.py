"""The command ``siaga112``. Exit status: 0 yes, 1 the answer is no or it failed, 2 wrong use."""

from __future__ import annotations

import errno
import importlib
import logging
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from data.errors import SiagaError, WrongUse
from data.settings import SettingsInvalid

F = TypeVar("F", bound=Callable[..., Any])

COMMANDS = {
    "agencies": "console.commands.agencies",
    "backup": "console.commands.backup",
    "console": "console.commands.desk",
    "demo": "console.commands.demo",
    "doctor": "console.commands.doctor",
    "erase": "console.commands.erase",
    "export": "console.commands.export",
    "locate": "console.commands.locate",
    "pack": "console.commands.pack",
    "play": "console.commands.recordings",
    "rebuild": "console.commands.record",
    "reconcile": "console.commands.reconcile",
    "recordings": "console.commands.recordings",
    "replay": "console.commands.replay",
    "report": "console.commands.report",
    "restore": "console.commands.backup",
    "serve": "console.commands.serve",
    "service": "console.commands.serve",
    "setup": "console.commands.setup",
    "training": "console.commands.serve",
    "units": "console.commands.units",
    "users": "console.commands.users",
    "verify": "console.commands.record",
}
"""Command -> module; imported when used, so that no command pays for another."""

WITH_TRACEBACK = ("SIAGA112_DEBUG", "SIAGA112_CHILD")
"""With one of these in the environment a fault of our own is shown whole: to whoever asks, or in a service's log."""

LOG_BYTES, LOGS_KEPT = 10 << 20, 4
"""A log is put aside at so many bytes, and so many old ones are kept: a service runs for years."""

HIDDEN = {"service", "training"}
"""What other commands start as processes of their own."""


class Commands(click.Group):
    """Loads a command's module when it is asked for, and turns our errors into one line and an exit status."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands that people use."""
        return sorted(set(COMMANDS) - HIDDEN)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(COMMANDS[cmd_name])
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return command

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run, with our errors shown as people need them: never a traceback for what a person can mend."""
        try:
            return super().main(*args, **kwargs)
        except SettingsInvalid as invalid:
            click.echo(f"siaga112: {invalid.where or 'configuration'}:", err=True)
            for fault in invalid.faults:
                click.echo(f"  {fault}", err=True)
            sys.exit(invalid.exit_status)
        except SiagaError as error:
            click.echo(f"siaga112: {error}", err=True)
            sys.exit(error.exit_status)
        except OSError as error:
            click.echo(f"siaga112: {_of_the_system(error)}", err=True)
            sys.exit(1)
        except Exception as defect:
            if any(name in os.environ for name in WITH_TRACEBACK):
                raise
            click.echo(f"siaga112: {_of_the_program(defect)}", err=True)
            sys.exit(1)


def _of_the_program(defect: Exception) -> SiagaError:
    """A fault of ours, as a sentence. What it was about may hold personal data: only its kind and place are told."""
    frames = traceback.extract_tb(defect.__traceback__)
    where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return SiagaError(
        f"a fault of the program itself ({type(defect).__name__})",
        where=where,
        remedy=f"report it; {WITH_TRACEBACK[0]}=1 shows all of it",
    )


def _of_the_system(error: OSError) -> SiagaError:
    """What the operating system refused, as a sentence that says what to do."""
    where = str(error.filename) if error.filename is not None else ""
    remedy = ""
    if isinstance(error, PermissionError):
        remedy = "run it as the user to whom the data directory belongs: sudo -u siaga112 siaga112 ..."
    elif error.errno == errno.ENOSPC:
        remedy = "free space, then try again"
    elif isinstance(error, IsADirectoryError | NotADirectoryError):
        remedy = "name another with --data"
    return SiagaError(error.strerror or str(error), where=where, remedy=remedy)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="siaga112", prog_name="siaga112")
def main() -> None:
    """Siaga 112: the console of a 112 emergency-call centre.

    Data directory: --data DIR, else $SIAGA112_DATA, else the user's data directory.
    """


def data_option(command: F) -> F:
    """The option ``--data DIR`` that every command has."""
    from console.configuration import default_data_directory  # noqa: PLC0415

    return click.option(
        "--data",
        "data_directory",
        type=click.Path(path_type=Path, file_okay=False),
        default=default_data_directory,
        show_default="$SIAGA112_DATA or the user's data directory",
        help="Data directory.",
    )(command)


def region_option(command: F) -> F:
    """``--region PACK`` of commands that need no centre, and ``--data DIR`` of the one whose region it is otherwise."""
    text = "Region pack: a name that ships, or a folder; else the one of the centre in --data."
    return click.option("--region", help=text)(data_option(command))


def log_to(path: Path | None, level: int = logging.INFO) -> None:
    """Log to a file (a console never prints), or to standard error when ``path`` is None. Times are UTC."""
    handler: logging.Handler
    if path is None:
        handler = logging.StreamHandler()
    else:
        for folder in (path.parent.parent, path.parent):  # mkdir's own parents would be open to everybody
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        from logging.handlers import RotatingFileHandler  # noqa: PLC0415 - 20 ms that `siaga112 --help` needs not

        handler = RotatingFileHandler(
            path, encoding="utf-8", errors="backslashreplace", maxBytes=LOG_BYTES, backupCount=LOGS_KEPT
        )
    formatter = logging.Formatter("%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S")
    formatter.converter = __import__("time").gmtime
    handler.setFormatter(formatter)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(True)


def time_option(name: str, text: str) -> Callable[[F], F]:
    """An option that takes a date or a time (ISO 8601) and gives UTC microseconds."""
    from data.clock import (  # noqa: PLC0415
        EARLIEST,
        LATEST,
        parse_iso,
    )

    def convert(_ctx: click.Context, parameter: click.Parameter, value: str | None) -> int | None:
        if value is None:
            return None
        try:
            at = parse_iso(value)
        except ValueError as error:
            raise WrongUse(
                f"{value!r} is no date or time",
                where=parameter.opts[0],
                remedy="such as 2026-11-24 or 2026-11-24T08:30+07:00",
            ) from error
        if not EARLIEST <= at <= LATEST:
            raise WrongUse("the time is out of range", where=parameter.opts[0], remedy="from 1970-01-01 to 2200-01-01")
        return at

    parameter = {"--from": "since", "--to": "until"}[name]
    return click.option(name, parameter, callback=convert, metavar="TIME", help=text)


if __name__ == "__main__":
    main(prog_name="siaga112")
