"""``siaga112 reconcile``: the record held against what the exchange itself wrote down."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from console import configuration
from console.compose import open_journal
from console.main import data_option, time_option
from data.clock import Micros, iso, now
from data.errors import WrongUse

if TYPE_CHECKING:
    from data.journal import Journal
    from telephony.reconciliation.compare import Difference, Result, Window
    from telephony.settings import Pbx


@click.command()
@time_option("--from", "Calls that began from this date or time on (UTC unless it has an offset).")
@time_option("--to", "Calls that began before this date or time; else up to now.")
@click.option("--pbx", "name", help="Only this exchange; else every one whose archive is on this machine.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@data_option
def reconcile(since: int | None, until: int | None, name: str | None, as_json: bool, data_directory: Path) -> None:
    """Compare the record with the exchange's own (CEL, queue_log, CDR) and print every difference.

    Exit 0 when they are equal, 1 when there is a difference, 2 when they cannot be compared.
    """
    if since is None:
        raise WrongUse("--from is needed", remedy="such as --from 2026-11-24 --to 2026-11-25")
    until = now() if until is None else until
    if until <= since:
        raise WrongUse("--to is not later than --from")
    settings = configuration.load(data_directory / configuration.FILE)
    exchanges = _exchanges(settings.telephony.pbx, name)
    with open_journal(data_directory) as journal:
        found = [(pbx, *_compare(journal, pbx, since, until)) for pbx in exchanges]
    differences = sum(len(result.differences) for _, _, result in found)
    if as_json:
        click.echo(json.dumps({"differences": differences, "pbx": [_object(*each) for each in found]}))
    else:
        for each in found:
            _print(*each)
    sys.exit(1 if differences else 0)


def _exchanges(all_of_them: tuple[Pbx, ...], name: str | None) -> list[Pbx]:
    named = [pbx for pbx in all_of_them if name in (None, pbx.name)]
    if not named:
        raise WrongUse(f"there is no exchange {name!r}", remedy=f"there are: {', '.join(p.name for p in all_of_them)}")
    found = [pbx for pbx in named if pbx.cel_file is not None]
    if not found:
        raise WrongUse(
            "no exchange's archive is known on this machine",
            where="[[pbx]]",
            remedy="set cel_file to Asterisk's channel event log, see docs/admin.md",
        )
    for pbx in named:
        if pbx.cel_file is None:
            click.echo(f"siaga112: {pbx.name} is not compared: its cel_file is not set", err=True)
    return found


def _compare(journal: Journal, pbx: Pbx, since: Micros, until: Micros) -> tuple[Window, Result]:
    from telephony.reconciliation import run  # noqa: PLC0415
    from telephony.reconciliation.compare import Window  # noqa: PLC0415

    window = Window(since, until, settled=now() - run.SETTLE)
    try:
        records = run.read_records(pbx, window)
    except OSError as error:
        raise WrongUse(
            f"the archive cannot be read: {error.strerror or error}",
            where=f"[[pbx]] {pbx.name}: {pbx.cel_file}",
            remedy="the user of siaga112 needs to read Asterisk's log directory",
        ) from error
    with journal.snapshot() as view:
        return window, run.reconcile(view, pbx, window, records)


def _object(pbx: Pbx, window: Window, result: Result) -> dict[str, Any]:
    return {
        "name": pbx.name,
        "from": iso(window.since),
        "to": iso(min(window.until, window.settled)),
        "calls": result.calls,
        "open": result.open,
        "recovered": result.recovered,
        "uncovered": result.uncovered,
        "counts": result.counts(),
        "differences": [
            {
                "kind": one.kind, "what": one.what, "linkedid": one.call, "began_at": iso(one.at),
                "exchange": _value(one, one.exchange), "journal": _value(one, one.journal), "source": one.source,
            }
            for one in result.differences
        ],
    }  # fmt: skip


def _value(one: Difference, value: str | int | None) -> str | int | None:
    return iso(value) if one.kind == "time" and isinstance(value, int) else value


def _print(pbx: Pbx, window: Window, result: Result) -> None:
    for one in result.differences:
        click.echo(f"{pbx.name} {iso(one.at)} call {one.call}: {_sentence(one)}")
    notes = f"{result.recovered} recovered, {result.open} going on"
    if result.uncovered:
        notes += f", {result.uncovered} from before the archive begins (not compared)"
    verdict = f"{len(result.differences)} differences" if result.differences else "equal"
    click.echo(
        f"{pbx.name}: {verdict}; {result.calls} calls from {iso(window.since)} to "
        f"{iso(min(window.until, window.settled))} compared; {notes}"
    )


def _sentence(one: Difference) -> str:
    exchange, journal = (str(_value(one, side) or "nothing") for side in (one.exchange, one.journal))
    match one.kind:
        case "missing":
            return f"MISSING in the record ({one.source}: {one.exchange or 'a call'})"
        case "unknown":
            return f"UNKNOWN to the exchange (the record: {journal})"
        case "doubled":
            return f"DOUBLED: {one.what} {one.journal} times"
        case "time":
            apart = ""
            if isinstance(one.exchange, int) and isinstance(one.journal, int):
                apart = f", {(one.journal - one.exchange) / 1000:+.1f} ms"
            return f"TIME {one.what}: exchange {exchange}, record {journal}{apart}"
        case _:
            what = f" {one.what}" if one.what else ""
            return f"{one.kind.upper()}{what}: exchange {exchange} ({one.source}), record {journal}"
