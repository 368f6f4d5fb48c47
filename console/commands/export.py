"""``siaga112 export``."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path

import click

from console.compose import export_sets, open_journal
from console.main import data_option, time_option
from console.proving import prove
from data.errors import Refusal, WrongUse
from data.export.write import FORMATS
from data.journal import Journal


@click.command()
@click.argument("what", type=click.Choice(["incidents", "calls", "assignments", "journal"]))
@click.option("--format", "format_", type=click.Choice(FORMATS), required=True)
@time_option("--from", "From this date or time (UTC unless it has an offset).")
@time_option("--to", "Before this date or time.")
@click.option("--unmasked", is_flag=True, help="With personal data; needs --user with the role admin and the password.")
@click.option("--user", "login", help="Who exports (asked for the password); else the system's user.")
@click.option(
    "--password-file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Read the password here."
)
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), required=True, help="File to write.")
@data_option
def export(
    what: str, format_: str, since: int | None, until: int | None, unmasked: bool, login: str | None,
    password_file: Path | None, output: Path, data_directory: Path,
) -> None:  # fmt: skip
    """Write incidents, calls, assignments or the journal to a file; masked, and never without an entry."""
    from data.export.write import export as write  # noqa: PLC0415

    if format_ == "geojson" and export_sets()[what].point is None:
        having = ", ".join(s.name for s in export_sets().values() if s.point is not None)
        raise WrongUse(
            f"{what} are no places on a map", where="--format geojson", remedy=f"there is geojson of {having}"
        )
    with open_journal(data_directory) as journal:
        actor = _who(journal, login, password_file, unmasked)
        if sys.stderr.isatty():
            rows = write(
                journal, export_sets()[what], format_, output, actor=actor, unmasked=unmasked, since=since, until=until,
                progress=lambda n: click.echo(f"\r{n} rows", err=True, nl=False),
            )  # fmt: skip
            click.echo("\r", err=True, nl=False)
        else:
            rows = write(
                journal, export_sets()[what], format_, output, actor=actor, unmasked=unmasked, since=since, until=until
            )  # fmt: skip
    click.echo(f"{rows} rows written to {output}")


def _who(journal: Journal, login: str | None, password_file: Path | None, unmasked: bool) -> str:
    """The actor of the export; for personal data an admin who proves it."""
    if login is None:
        if unmasked:
            raise Refusal("not_your_right", "personal data leave only by an admin: add --user LOGIN")
        return f"os:{getpass.getuser()}"
    from console.auth import roles_of  # noqa: PLC0415

    prove(journal, login, password_file)
    if unmasked and "admin" not in roles_of(journal, login):
        raise Refusal("not_your_right", "{login} may not export personal data: it needs the role admin", login=login)
    return login
