"""``siaga112 locate``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from console.compose import region_here
from console.main import region_option
from data.text import safe_line


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("text")
@click.option("--type", "type_code", metavar="CODE", help="Incident type; without it every kind of agency is told.")
@region_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def locate(text: str, type_code: str | None, region: str | None, data_directory: Path, as_json: bool) -> None:
    """Find the place that TEXT (a name, a toll kilometre, a code, or LAT,LON) means, and who answers for it.

    Exit 1 when nothing is found.
    """
    from data.pack.load import load_pack  # noqa: PLC0415
    from dispatch.locate import locate as find  # noqa: PLC0415

    found = find(load_pack(region_here(region, data_directory)), text, type_code)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
    else:
        for match in found["matches"]:
            where = ", ".join(filter(None, (match["village"], match["district"], match["regency"])))
            at = f"{match['lat']:.5f},{match['lon']:.5f}" if match["lat"] is not None else "-"
            click.echo(f"{match['name']} ({match['kind']})  {where}  {at}  +-{match['precision_m'] or '?'} m")
        for agency in found["agencies"]:
            distance = "" if agency["distance_km"] is None else f"  {agency['distance_km']} km ({agency['estimate']})"
            click.echo(f"  {agency['role']}: {agency['name']}{distance}  {agency['reason']}")
    if not found["matches"]:
        what = "a village, a landmark, an office, km 92 arah jakarta, or LAT,LON"
        click.echo(f"siaga112: no place is found for {safe_line(text, 80)!r} ({what})", err=True)
    sys.exit(0 if found["matches"] else 1)
