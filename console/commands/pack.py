"""``siaga112 pack``: for whoever fills or edits a region's reference pack."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

import click

from console.compose import region_path
from data.errors import SiagaError
from data.pack import Agency, IncidentType, Office, Place, check_pack, load_pack
from data.text import safe_line


@click.group()
def pack() -> None:
    """Check and show the reference pack of a region (docs/region-pack.md describes the files)."""


@pack.command()
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def check(directory: Path, as_json: bool) -> None:
    """Name every fault of the pack in DIR by file and line. Exit 1 when there is one."""
    if not directory.is_dir():
        raise SiagaError("there is no such folder", where=safe_line(str(directory)))
    faults = check_pack(directory)
    if as_json:
        found = [{"file": f.file, "line": f.line or None, "message": safe_line(f.message, 500)} for f in faults]
        click.echo(json.dumps({"ok": not faults, "faults": found}, ensure_ascii=False))
    else:
        for fault in faults:
            click.echo(safe_line(str(fault), 500), err=True)
        if faults:
            click.echo(f"{len(faults)} faults in {directory}", err=True)
        else:
            click.echo(f"ok: {directory} is in order")
    sys.exit(1 if faults else 0)


@pack.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def show(name: str, as_json: bool) -> None:
    """Show what the pack NAME (one that ships, or a folder) holds, and how much of it somebody has verified."""
    held = load_pack(region_path(name))
    verifiable: dict[str, tuple[Place | Office | Agency | IncidentType, ...]] = {
        "places": held.places,
        "offices": held.offices,
        "agencies": tuple(held.agencies.values()),
        "types": tuple(held.types.values()),
    }
    counts = {
        "districts": len(held.districts),
        "neighbours": len(held.neighbours),
        "villages": len(held.villages),
        **{key: len(rows) for key, rows in verifiable.items()},
        "roads": len(held.roads),
        "kilometre_marks": sum(len(road.marks) for road in held.roads),
        "reservoirs": len(held.reservoirs),
    }
    verified = {key: sum(bool(row.verified) for row in rows) for key, rows in verifiable.items()}
    kinds = Counter(agency.kind for agency in held.agencies.values())
    region = held.region
    if as_json:
        about = {"code": region.code, "name": region.name, "timezone": region.timezone, "speed_km_h": region.speed_km_h}
        body = {**about, "attribution": region.attribution, "counts": counts, "verified": verified}
        click.echo(json.dumps({**body, "agency_kinds": dict(sorted(kinds.items()))}, ensure_ascii=False))
        return
    click.echo(f"{region.name} ({region.code}), {region.timezone}")
    for key, count in counts.items():
        mark = f", {verified[key]} verified" if key in verified else ""
        click.echo(f"  {key.replace('_', ' '):16} {count:6}{mark}")
    click.echo("  kinds of agency: " + ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items())))
    click.echo(f"  estimates of time: {region.speed_km_h:g} km of straight line an hour (a rough figure)")
    click.echo(f"  {region.attribution}")
