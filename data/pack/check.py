"""A slow and thorough look at a pack: geometry too. For ``doctor`` and for whoever edits a pack."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path
from typing import Any

from data.pack.load import read_pack
from data.pack.model import Fault, Pack, Polygon, covers
from data.pack.read import Faults

OFF_M = 60.0
"""Metres by which a position may lie outside the area it names: the borders are simplified to about 30 m."""


def check_pack(path: Path | str) -> list[Fault]:
    """Every fault of the pack at ``path``, by file and line; an empty list when it is in order."""
    faults = Faults()
    pack = read_pack(Path(path), faults)
    if pack is not None and not faults.list:
        _check_geometry(pack, faults)
    return sorted(faults.list)


def _check_geometry(pack: Pack, faults: Faults) -> None:
    import shapely  # noqa: PLC0415  half a second of import that only this check needs

    degree_m = 111_320.0 * math.cos(math.radians(next(iter(pack.villages.values())).lat))
    off = OFF_M / degree_m

    def shape_of(polygons: tuple[Polygon, ...]) -> Any:
        return shapely.MultiPolygon([shapely.Polygon(rings[0], rings[1:]) for rings in polygons])

    villages = {code: shape_of(village.polygons) for code, village in pack.villages.items()}
    districts = {code: shape_of(district.polygons) for code, district in pack.districts.items()}
    for file, shapes in (("desa.geojson", villages), ("kecamatan.geojson", districts)):
        for code, shape in shapes.items():
            if not shape.is_valid:
                faults.add(file, 0, f"{code}: {shapely.is_valid_reason(shape)}")
    for code, village in pack.villages.items():
        if not villages[code].contains(shapely.Point(village.lon, village.lat)):
            faults.add("desa.csv", 0, f"{code}: lat_dalam, lon_dalam is not inside its polygon")
        if districts[village.district_code].intersection(villages[code]).area < 0.99 * villages[code].area:
            faults.add("desa.geojson", 0, f"{code}: reaches out of district {village.district_code}")
    _check_roads(pack, faults, degree_m)
    for place in pack.places:
        if covers(pack.region.code, place.village_code):
            distance = villages[place.village_code].distance(shapely.Point(place.lon, place.lat))
            if distance > off + place.precision_m / degree_m:
                faults.add("places.csv", 0, f"{place.name}: not in village {place.village_code}")
    for office in pack.offices:
        village = pack.villages[office.village_code]
        area = districts[village.district_code] if office.position_known_to == "district" else villages[village.code]
        if area.distance(shapely.Point(office.lon, office.lat)) > off:
            faults.add("offices.csv", 0, f"{office.name}: not in the {office.position_known_to} of {village.code}")


def _check_roads(pack: Pack, faults: Faults, degree_m: float) -> None:
    """No two marks of a road lie farther apart than the road between them is long (5 % for rough kilometres)."""
    for road in pack.roads:
        for here, there in pairwise(road.marks):
            apart = math.hypot((there.lon - here.lon) * degree_m, (there.lat - here.lat) * 111_320.0)
            if apart > (there.km - here.km) * 1050 + here.precision_m + there.precision_m:
                what = f"km {here.km:g} and {there.km:g} are {apart / 1000:.1f} km apart, farther than the road is long"
                faults.add("toll_km.csv", 0, f"{road.name}: {what}")
