"""``siaga112 verify`` and ``siaga112 rebuild``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click
import msgspec

from console.compose import open_journal
from console.main import data_option


@click.command()
@data_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def verify(data_directory: Path, as_json: bool) -> None:
    """Check the record: hash chain, versions, head file, derived tables. Exit 1 if anything is off."""
    from data.verify import verify as check  # noqa: PLC0415

    with open_journal(data_directory) as journal:
        report = check(journal)
    if as_json:
        click.echo(json.dumps({"ok": report.ok, **msgspec.to_builtins(report)}))
    else:
        for fault in report.faults:
            click.echo(fault, err=True)
        if report.first_bad_seq is not None:
            click.echo(f"first bad seq: {report.first_bad_seq}", err=True)
        if report.ok:
            erased = f", {report.erased} personal values erased" if report.erased else ""
            click.echo(f"ok: {report.entries} entries{erased}; head {report.head_seq} {report.head_hash}")
    sys.exit(0 if report.ok else 1)


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
