"""``siaga112 agencies``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from console.compose import region_here
from console.main import region_option
from data.pack import Agency, Pack, load_pack


@click.command()
@region_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def agencies(region: str | None, data_directory: Path, as_json: bool) -> None:
    """List the agencies of a region: kind, national number, what they cover, and who verified the row."""
    pack = load_pack(region_here(region, data_directory))
    for agency in sorted(pack.agencies.values(), key=lambda a: (a.kind, a.id)):
        if as_json:
            click.echo(json.dumps(_record(pack, agency), ensure_ascii=False))
            continue
        verified = f"verified: {agency.verified}" if agency.verified else "not verified"
        click.echo(f"{agency.id:22} {agency.kind:12} {agency.number or '-':4} {agency.name}")
        click.echo(f"{'':22} covers {_coverage(pack, agency)}; position {_known(agency)}; {verified}")


def _record(pack: Pack, agency: Agency) -> dict[str, object]:
    office = agency.office
    return {
        "id": agency.id,
        "name": agency.name,
        "kind": agency.kind,
        "number": agency.number or None,
        "covers": [{"code": code, "name": _area(pack, code)} for code in agency.covers],
        "office": None if office is None else office.name,
        "lat": None if office is None else office.lat,
        "lon": None if office is None else office.lon,
        "position_known_to": None if office is None else office.position_known_to,
        "verified": agency.verified or None,
    }


def _known(agency: Agency) -> str:
    return "not known" if agency.office is None else f"known to the {agency.office.position_known_to}"


def _coverage(pack: Pack, agency: Agency) -> str:
    return ", ".join(_area(pack, code) for code in agency.covers)


def _area(pack: Pack, code: str) -> str:
    if code == pack.region.code:
        return pack.region.name
    district = pack.districts.get(code)
    if district is not None:
        return f"Kec. {district.name}"
    village = pack.villages.get(code)
    return f"{village.kind} {village.name}, Kec. {village.district}" if village else code
