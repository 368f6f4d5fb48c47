"""``siaga112 backup`` and ``siaga112 restore``."""

from __future__ import annotations

import getpass
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from console.compose import open_journal
from console.main import data_option

if TYPE_CHECKING:
    from data.verify import Report


@click.command()
@data_option
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="The file to write (tar).")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def backup(data_directory: Path, output: Path, as_json: bool) -> None:
    """Copy record, configuration and secrets into one file while the centre works, and check the copy.

    The file holds personal data and secrets: keep it as closely as the data directory. Recordings are not in it.
    """
    from data.backup import backup as write  # noqa: PLC0415

    with open_journal(data_directory) as journal:
        report = write(journal, output, open_journal, actor=f"os:{getpass.getuser()}")
    _tell(report, output, as_json, ())


@click.command()
@data_option
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def restore(file: Path, data_directory: Path, as_json: bool) -> None:
    """Put the centre of a backup FILE into a data directory that has no journal, after checking all of it."""
    from data.backup import restore as put  # noqa: PLC0415

    done = put(file, data_directory, open_journal)
    _tell(done.report, data_directory, as_json, done.kept)


def _tell(report: Report, where: Path, as_json: bool, kept: tuple[str, ...]) -> None:
    if as_json:
        click.echo(
            json.dumps(
                {
                    "ok": report.ok,
                    "where": str(where),
                    "entries": report.entries,
                    "head_seq": report.head_seq,
                    "head_hash": report.head_hash,
                    "kept": list(kept),
                    "faults": report.faults,
                }
            )
        )
    else:
        for fault in report.faults:
            click.echo(fault, err=True)
        if report.ok:
            click.echo(f"{where}: {report.entries} entries, checked; head {report.head_seq} {report.head_hash}")
        else:
            click.echo("nothing was written: the record in it is not whole", err=True)
        for name in kept:
            click.echo(f"{name} stood there already and was kept", err=True)
    sys.exit(0 if report.ok else 1)
