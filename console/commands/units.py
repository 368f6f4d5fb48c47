"""``siaga112 units``."""

from __future__ import annotations

import csv
import getpass
import io
import json
from pathlib import Path

import click

from console import configuration
from console.compose import open_journal, region_path
from console.main import data_option
from data.clock import iso
from data.errors import WrongUse
from data.settings import Fault, SettingsInvalid
from data.text import safe_line
from dispatch.units import rules
from dispatch.units.names import KINDS
from dispatch.units.queries import Unit
from dispatch.units.queries import units as all_units

MOST_BYTES = 1_000_000
"""Of a file to import; a thousand times what a district has."""

STATES = {
    "free": "free",
    "asked": "asked for",
    "en_route": "on its way",
    "on_scene": "on scene",
    "stood_down": "to stop",
    "out_of_service": "out of service",
}

agency_option = click.option("--agency", metavar="AGENCY", help="Its agency, where several have one of that call sign.")


@click.group()
def units() -> None:
    """List, add, import and retire units of agencies, and say which are out of service.

    UNIT is a call sign; case, blanks and dashes do not matter (A-12, a12). What a unit is doing is never entered here:
    it is that of the hand-over that names it.
    """


@units.command("list")
@click.option("--agency", metavar="AGENCY", help="Only those of this agency.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@data_option
def list_units(agency: str | None, as_json: bool, data_directory: Path) -> None:
    """All units: what each is doing, on which incident, and since when."""
    if agency is not None:
        _must_be_known(agency, data_directory)
    with open_journal(data_directory) as journal, journal.snapshot() as view:
        found = all_units(view, agency)
    for unit in found:
        if as_json:
            click.echo(json.dumps(_record(unit), ensure_ascii=False))
        else:
            click.echo(f"{unit.agency:22} {unit.call_sign:20} {unit.kind:12} {_doing(unit)}".rstrip())


@units.command()
@click.argument("agency")
@click.argument("call_sign", metavar="CALLSIGN")
@click.option("--kind", type=click.Choice(KINDS), help="Else the usual one of that agency's kind.")
@data_option
def add(agency: str, call_sign: str, kind: str | None, data_directory: Path) -> None:
    """Register a unit of AGENCY (its short name, see siaga112 agencies)."""
    known = _must_be_known(agency, data_directory)
    wanted = rules.Wanted(agency, call_sign, kind or "")
    with open_journal(data_directory) as journal:
        [made] = journal.decide(lambda view: rules.register(view, _actor(), wanted, known))
    click.echo(f"{made.body.call_sign} is a unit of {agency}")  # type: ignore[attr-defined]


@units.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@data_option
def import_units(file: Path, data_directory: Path) -> None:
    """Register every unit of a csv FILE: columns agency, call_sign and, if you like, kind; all or none."""
    wanted = _read(file)
    known = _agencies(data_directory)
    with open_journal(data_directory) as journal:
        try:
            journal.decide(lambda view: rules.register_all(view, _actor(), wanted, known))
        except rules.Faulty as faulty:
            raise SettingsInvalid(
                [
                    Fault(safe_line(each.call_sign, 40) + ":", str(refusal), each.line)
                    for each, refusal in faulty.faults
                ],
                where=str(file),
            ) from None
    click.echo(f"{len(wanted)} units registered")


@units.command()
@click.argument("unit")
@agency_option
@click.option("--reason", help="Why; stays on record.")
@data_option
def retire(unit: str, agency: str | None, reason: str | None, data_directory: Path) -> None:
    """The agency has UNIT no more."""
    with open_journal(data_directory) as journal:
        journal.decide(lambda view: rules.retire(view, _actor(), rules.find(view, unit, agency), reason))
    click.echo(f"{unit} is retired")


@units.command()
@click.argument("unit")
@click.argument("reason", nargs=-1, required=True)
@agency_option
@data_option
def out(unit: str, reason: tuple[str, ...], agency: str | None, data_directory: Path) -> None:
    """UNIT cannot be sent, because of REASON."""
    with open_journal(data_directory) as journal:
        why = " ".join(reason)
        journal.decide(lambda view: rules.out_of_service(view, _actor(), rules.find(view, unit, agency), why))
    click.echo(f"{unit} is out of service")


@units.command("in")
@click.argument("unit")
@agency_option
@data_option
def in_(unit: str, agency: str | None, data_directory: Path) -> None:
    """UNIT can be sent again."""
    with open_journal(data_directory) as journal:
        journal.decide(lambda view: rules.in_service(view, _actor(), rules.find(view, unit, agency)))
    click.echo(f"{unit} is in service")


def _record(unit: Unit) -> dict[str, object]:
    return {
        "agency": unit.agency,
        "call_sign": unit.call_sign,
        "kind": unit.kind,
        "state": unit.state,
        "incident": unit.number,
        "since": iso(unit.since),
        "also": [at.number for at in unit.at[1:]],
        "out_of_service": None if unit.out_since is None else (unit.out_reason or ""),
    }


def _doing(unit: Unit) -> str:
    parts = [STATES[unit.state]]
    if unit.at:
        parts.append("incident " + ", ".join(str(at.number) for at in unit.at))
    if unit.since is not None:
        parts.append(f"since {(iso(unit.since) or '')[:19]}Z")
    if unit.out_since is not None:
        parts.append(f"({'out of service: ' if unit.at else ''}{safe_line(unit.out_reason or '-', 200)})")
    return "  ".join(parts)


def _agencies(data_directory: Path) -> dict[str, str]:
    """Id -> kind of the agencies of the centre's region."""
    from data.pack import load_pack  # noqa: PLC0415

    region = configuration.load(data_directory / configuration.FILE).centre.region
    return {agency.id: agency.kind for agency in load_pack(region_path(region)).agencies.values()}


def _must_be_known(agency: str, data_directory: Path) -> dict[str, str]:
    known = _agencies(data_directory)
    if agency not in known:
        raise WrongUse(
            f"there is no agency {safe_line(agency, 40)!r}", where="AGENCY", remedy="siaga112 agencies lists them"
        )
    return known


def _read(file: Path) -> list[rules.Wanted]:
    """The rows of the file. Raises SettingsInvalid with every fault of its form."""
    try:
        if file.stat().st_size > MOST_BYTES:
            raise SettingsInvalid([Fault("file", f"is larger than {MOST_BYTES} bytes")], where=str(file))
        text = file.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise SettingsInvalid([Fault("file", "is no UTF-8 text; save it as CSV UTF-8")], where=str(file)) from None
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in first else ",", strict=True)
    wanted, faults = [], []
    columns: list[str] = []
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if not any(cells):
                continue
            if not columns:
                columns = [cell.casefold().replace("callsign", "call_sign") for cell in cells]
                faults += _bad_columns(columns)
                if faults:
                    break
            elif len(cells) != len(columns):
                faults.append(Fault("row", f"has {len(cells)} cells, not {len(columns)}", reader.line_num))
            else:
                named = dict(zip(columns, cells, strict=True))
                unit = rules.Wanted(named["agency"], named["call_sign"], named.get("kind", ""), reader.line_num)
                wanted.append(unit)
    except csv.Error as error:
        faults.append(Fault("file", f"is no csv: {error}", reader.line_num))
    if not faults and not wanted:
        faults.append(Fault("file", "names no unit"))
    if faults:
        raise SettingsInvalid(faults, where=str(file))
    return wanted


def _bad_columns(columns: list[str]) -> list[Fault]:
    faults = [Fault("file", f"has no column {name}", 1) for name in ("agency", "call_sign") if name not in columns]
    unknown = [name for name in columns if name not in {"agency", "call_sign", "kind"}]
    faults += [Fault("file", f"has a column that is not known: {safe_line(name, 40)!r}", 1) for name in unknown]
    if len(set(columns)) < len(columns):
        faults.append(Fault("file", "has a column twice", 1))
    return faults


def _actor() -> str:
    return f"os:{getpass.getuser()}"
