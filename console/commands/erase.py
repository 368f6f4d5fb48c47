"""``siaga112 erase``: somebody's personal data go, the record stays whole and says so."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import click

from console.compose import open_journal
from console.main import data_option
from console.proving import prove
from data.errors import Refusal, WrongUse
from data.side import SideTables
from data.text import safe_line

NOT_REACHED = (
    "recordings, CDRs, CEL and queue_log are Asterisk's files",
    "backups made before",
    "exports that left the house",
    "points on the map, which are not marked as personal",
    "what somebody is typing now",
)
"""Where the same data may stand besides, which this command does not touch."""


@click.command()
@click.option("--number", help="A caller's number: all of his calls, and whatever else has it in it.")
@click.option("--entries", metavar="SEQ[,SEQ-SEQ]", help="Entries of the journal, as export journal numbers them.")
@click.option("--incident", type=int, help="An incident's number: its texts, and its calls that belong to no other.")
@click.option("--reason", required=True, help="Why; it stands in the record for ever, so it names nobody.")
@click.option("--user", "login", required=True, help="Who does it: an admin (asked for the password).")
@click.option(
    "--password-file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Read the password here."
)
@click.option("--dry-run", is_flag=True, help="Only say how much it is.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@data_option
def erase(
    number: str | None, entries: str | None, incident: int | None, reason: str, login: str, password_file: Path | None,
    dry_run: bool, yes: bool, as_json: bool, data_directory: Path,
) -> None:  # fmt: skip
    """Erase personal data from the record, for ever; the chain stays whole, and an entry says who erased and why."""
    from console import erasing  # noqa: PLC0415
    from console.auth import roles_of  # noqa: PLC0415
    from data.erasure import erase as erase_entries  # noqa: PLC0415
    from data.erasure import flush  # noqa: PLC0415

    if sum(each is not None for each in (number, entries, incident)) != 1:
        raise WrongUse("say what is to be erased", remedy="one of --number, --entries and --incident")
    why = safe_line(reason.strip(), 200)
    if not why:
        raise WrongUse("a reason is needed", where="--reason")
    with open_journal(data_directory) as journal:
        prove(journal, login, password_file)
        if "admin" not in roles_of(journal, login):
            raise Refusal("not_your_right", "{login} may not erase: it needs the role admin", login=login)
        with journal.snapshot() as view:
            if number is not None:
                found = erasing.of_number(view, number)
            elif entries is not None:
                found = erasing.of_entries(view, entries)
            else:
                found = erasing.of_incident(view, incident or 0)
            values = erasing.texts(view, found)
            if not found.seqs:
                raise Refusal("nothing", "there is no personal data of that in the record (any more)")
            erasing.check(view, found)
        if erasing.named_in(why, values):
            raise WrongUse("the reason has in it what is to be erased", where="--reason", remedy="name nobody in it")
        told = {"entries": len(found.seqs), "values": found.values, "calls": len(found.calls)}
        size = f"{found.values} values in {len(found.seqs)} entries, of {len(found.calls)} calls"
        if dry_run:
            click.echo(json.dumps({**told, "erased": False}) if as_json else f"{size}, would be erased")
            return
        if not yes:
            click.confirm(f"{size}: erase them for ever?", abort=True, err=True)
        gone = erase_entries(journal, login, found.seqs, why, allowed=lambda reader: erasing.check(reader, found))
        with closing(SideTables(journal.directory)) as side:
            side.forget_lines(value for field, value in values if field == "line")
        flushed = flush(journal)
    if as_json:
        click.echo(json.dumps({**told, "values": gone, "erased": True, "flushed": flushed, "not_reached": NOT_REACHED}))
        return
    click.echo(f"{gone} values erased in {len(found.seqs)} entries")
    if not flushed:
        click.echo("others read in the write-ahead log: their bytes leave it with its next turn", err=True)
    click.echo("not reached: " + "; ".join(NOT_REACHED), err=True)
