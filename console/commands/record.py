"""``siaga112 verify`` and ``siaga112 rebuild``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from console import configuration
from console.compose import open_journal
from console.main import data_option
from data.journal import Journal

if TYPE_CHECKING:
    from data.verify import Report


@click.command()
@data_option
@click.option("--recordings", is_flag=True, help="Compare the recordings' files with their fingerprints, too.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def verify(data_directory: Path, as_json: bool, recordings: bool) -> None:
    """Check the record: hash chain, versions, head file, derived tables. Exit 1 if anything is off."""
    from data.verify import verify as check  # noqa: PLC0415

    with open_journal(data_directory) as journal:
        report = check(journal)
        checked = _recordings(journal, data_directory, report) if recordings else None
    if as_json:
        more = {} if checked is None else {"recordings": checked}
        click.echo(json.dumps({"ok": report.ok, **msgspec.to_builtins(report), **more}))
    else:
        for fault in report.faults:
            click.echo(fault, err=True)
        if report.first_bad_seq is not None:
            click.echo(f"first bad seq: {report.first_bad_seq}", err=True)
        if report.ok:
            erased = f", {report.erased} personal values erased" if report.erased else ""
            files = "" if checked is None else f", {checked} recordings"
            click.echo(f"ok: {report.entries} entries{erased}{files}; head {report.head_seq} {report.head_hash}")
    sys.exit(0 if report.ok else 1)


def _recordings(journal: Journal, data_directory: Path, report: Report) -> int:
    """Add what is wrong with the recordings' files to ``report``; how many files were compared."""
    from telephony.recordings.check import compare  # noqa: PLC0415

    folders = {p.name: p.recordings for p in configuration.load(data_directory / configuration.FILE).telephony.pbx}
    checked, faults = compare(journal, folders)
    for fault in faults:
        report.fault(fault)
    return checked


@click.command()
@data_option
def rebuild(data_directory: Path) -> None:
    """Make the derived tables anew from the journal; readers keep the old ones until the new are complete."""
    from data.rebuild import rebuild as make_anew  # noqa: PLC0415

    with open_journal(data_directory) as journal:
        total = journal.head()[0]
        with click.progressbar(length=total, label="entries", file=sys.stderr) as bar:
            done = 0

            def progress(seq: int) -> None:
                nonlocal done
                bar.update(seq - done)
                done = seq

            count = make_anew(journal, progress=progress)
    click.echo(f"{count} entries folded")
