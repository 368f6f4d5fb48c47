"""Loading a region's pack: every file read and checked, all faults at once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TypeVar

import msgspec

from data.errors import SiagaError
from data.pack.model import (
    Agency,
    District,
    Fault,
    IncidentType,
    KmMark,
    Office,
    Pack,
    Place,
    Polygon,
    Region,
    Reservoir,
    Road,
    Village,
    covers,
)
from data.pack.read import Faults, Row, is_code, read_csv, read_geojson, read_tables, read_toml, tables

FORMAT = 1
"""Format of the pack that this program reads."""

NATIONAL_NUMBERS = ("", "110", "112", "113", "115", "117", "118", "119", "123")
"""Short numbers that are the same in the whole country; a pack holds no other number."""

_KNOWN_TO = ("building", "village", "district")
_Item = TypeVar("_Item", bound=msgspec.Struct)


class PackFaulty(SiagaError):
    """The pack has faults; ``faults`` lists them all."""

    code = "pack_faulty"
    exit_status = 2

    def __init__(self, path: Path, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__("\n".join(map(str, faults)), where=str(path), remedy="correct the lines named")


def load_pack(path: Path | str) -> Pack:
    """The pack in the folder ``path``. Raises :class:`PackFaulty` naming every fault by file and line."""
    folder = Path(path)
    faults = Faults()
    pack = read_pack(folder, faults)
    if faults.list or pack is None:
        raise PackFaulty(folder, sorted(faults.list))
    return pack


def read_pack(folder: Path, faults: Faults) -> Pack | None:
    """Read the folder, noting faults. None when the region itself cannot be read."""
    if not folder.is_dir():
        faults.add(str(folder), 0, "is not a folder")
        return None
    read = _region(folder, faults)
    if read is None:
        return None
    region, roads = read
    districts, villages = _areas(folder, region, faults)
    neighbours = _neighbours(folder, districts, faults)
    places = _places(folder, region, villages, neighbours, faults)
    offices = _offices(folder, villages, faults)
    agencies = _agencies(folder, region, districts, villages, offices, faults)
    return Pack(
        path=folder,
        region=region,
        districts=districts,
        neighbours=neighbours,
        villages=villages,
        places=places,
        offices=offices,
        roads=roads,
        reservoirs=_reservoirs(folder, faults),
        agencies=agencies,
        types=_types(folder, {agency.kind for agency in agencies.values()}, faults),
    )


def _put(items: dict[str, _Item], key: str, item: _Item, row: Row) -> None:
    if key in items:
        row.fault(f"{key!r} is there twice")
    items[key] = item


def _region(folder: Path, faults: Faults) -> tuple[Region, tuple[Road, ...]] | None:
    file = "region.toml"
    parsed, lines = read_toml(folder, file, faults)
    if not parsed:
        return None
    top = Row(faults, file, 0, {key: value for key, value in parsed.items() if not isinstance(value, (dict, list))})
    top.only(("format", "code", "name", "timezone", "attribution"))
    if parsed.get("format") != FORMAT:
        top.fault(f"format is {parsed.get('format')!r}; this program reads {FORMAT}")
    for key in parsed.keys() - top.values.keys() - {"estimate", "border", "road"}:
        top.fault(f"{key} is not known here")
    estimate = Row(faults, file, 0, _table(parsed, "estimate", top))
    estimate.only(("speed_km_h", "verified"))
    border = Row(faults, file, 0, _table(parsed, "border", top))
    border.only(("near_m",))
    region = Region(
        code=top.code("code", "regency"),
        name=top.text("name"),
        timezone=top.text("timezone"),
        attribution=top.text("attribution"),
        speed_km_h=estimate.number("speed_km_h", 1, 120),
        near_m=border.number("near_m", 1, 5000),
    )
    marks: dict[str, list[KmMark]] = {}
    for row in read_csv(folder, "toll_km.csv", ("road", "km", "lat", "lon", "precision_m"), faults):
        mark = KmMark(
            km=row.number("km", 0, 2000),
            lat=row.number("lat", -90, 90),
            lon=row.number("lon", -180, 180),
            precision_m=row.number("precision_m", 1, 5000),
        )
        of_road = marks.setdefault(row.text("road"), [])
        if of_road and mark.km <= of_road[-1].km:
            row.fault(f"km {mark.km:g} does not rise")
        of_road.append(mark)
    roads = [_road(row, marks) for row in tables(file, "road", parsed, lines, faults)]
    for name in marks.keys() - {road.name for road in roads}:
        faults.add("toll_km.csv", 0, f"road {name!r} is not in {file}")
    return region, tuple(roads)


def _table(parsed: dict[str, object], key: str, top: Row) -> dict[str, object]:
    value = parsed.get(key, {})
    if not isinstance(value, dict):
        top.fault(f"{key} must be a table")
        return {}
    return value


def _road(row: Row, marks: dict[str, list[KmMark]]) -> Road:
    row.only(("name", "aliases", "rising", "falling"))
    name = row.text("name")
    ways = []
    for key in ("rising", "falling"):
        way = Row(row.faults, row.file, row.line, _table(row.values, key, row))
        way.only(("towards", "lane"))
        ways.append((way.text("towards"), way.text("lane")))
    if len(marks.get(name, [])) < 2:
        row.fault(f"{name!r} has fewer than two marks in toll_km.csv")
    return Road(
        name=name,
        aliases=row.texts("aliases"),
        rising_towards=ways[0][0],
        rising_lane=ways[0][1],
        falling_towards=ways[1][0],
        falling_lane=ways[1][1],
        marks=tuple(marks.get(name, ())),
    )


def _areas(folder: Path, region: Region, faults: Faults) -> tuple[dict[str, District], dict[str, Village]]:
    districts: dict[str, District] = {}
    for row, polygons in read_geojson(folder, "kecamatan.geojson", faults):
        district = _district(row, polygons)
        if district.regency_code != region.code or not covers(region.code, district.code):
            row.fault(f"{district.code} is not in {region.code}")
        _put(districts, district.code, district, row)
    shapes: dict[str, tuple[Row, tuple[Polygon, ...]]] = {}
    for row, polygons in read_geojson(folder, "desa.geojson", faults):
        code = row.code("kode", "village")
        if code in shapes:
            row.fault(f"{code!r} is there twice")
        shapes[code] = (row, polygons)
    columns = "kode,nama,jenis,kode_kec,kecamatan,kode_bps_2020,nama_bps,kodepos,lat,lon,lat_dalam,lon_dalam,luas_km2"
    villages: dict[str, Village] = {}
    for row in read_csv(folder, "desa.csv", tuple(columns.split(",")), faults):
        code, district_code = row.code("kode", "village"), row.code("kode_kec", "district")
        owner = districts.get(district_code)
        if owner is None:
            row.fault(f"district {district_code!r} is not in kecamatan.geojson")
        elif owner.name != row.text("kecamatan"):
            row.fault(f"district {district_code} is called {owner.name!r} in kecamatan.geojson")
        if not covers(district_code, code):
            row.fault(f"{code} is not in district {district_code}")
        _check_beside(row)
        shape = shapes.pop(code, None)
        if shape is None:
            row.fault(f"{code} has no polygon in desa.geojson")
        elif shape[0].text("nama") != row.text("nama"):
            shape[0].fault(f"{code} is called {row.text('nama')!r} in desa.csv")
        village = Village(
            code=code,
            name=row.text("nama"),
            kind=row.text("jenis"),
            district_code=district_code,
            district=row.text("kecamatan"),
            bps_code=row.text("kode_bps_2020", needed=False),
            bps_name=row.text("nama_bps", needed=False),
            postcode=row.text("kodepos", needed=False),
            lat=row.number("lat_dalam", -90, 90),
            lon=row.number("lon_dalam", -180, 180),
            area_km2=row.number("luas_km2", 0.001, 100_000),
            polygons=shape[1] if shape else (),
        )
        _put(villages, code, village, row)
    for code, (row, _) in shapes.items():
        row.fault(f"{code} is not in desa.csv")
    return districts, villages


def _check_beside(row: Row) -> None:
    """What a row of desa.csv says beside the codes and names that other files know, too."""
    kind, postcode = row.text("jenis", needed=False), row.text("kodepos", needed=False)
    if kind not in ("", "desa", "kelurahan"):
        row.fault(f"jenis must be desa or kelurahan, not {kind!r}")
    if not re.fullmatch(r"([0-9]{5})?", postcode):
        row.fault(f"kodepos must have 5 digits, not {postcode!r}")
    row.number("lat", -90, 90)
    row.number("lon", -180, 180)


def _district(row: Row, polygons: tuple[Polygon, ...]) -> District:
    return District(
        code=row.code("kode", "district"),
        name=row.text("nama"),
        regency_code=row.code("kode_kab", "regency"),
        regency=row.text("kabupaten"),
        polygons=polygons,
    )


def _neighbours(folder: Path, districts: dict[str, District], faults: Faults) -> dict[str, District]:
    neighbours: dict[str, District] = {}
    for row, polygons in read_geojson(folder, "kecamatan_tetangga.geojson", faults):
        district = _district(row, polygons)
        if district.code in districts:
            row.fault(f"{district.code} is in kecamatan.geojson too")
        _put(neighbours, district.code, district, row)
    return neighbours


def _reservoirs(folder: Path, faults: Faults) -> tuple[Reservoir, ...]:
    return tuple(
        Reservoir(name=row.text("nama"), polygons=polygons)
        for row, polygons in read_geojson(folder, "waduk.geojson", faults)
    )


def _places(
    folder: Path,
    region: Region,
    villages: dict[str, Village],
    neighbours: dict[str, District],
    faults: Faults,
) -> tuple[Place, ...]:
    places: dict[str, Place] = {}
    columns = ("kind", "name", "lat", "lon", "precision_m", "village_code", "verified")
    for row in read_csv(folder, "places.csv", columns, faults):
        place = Place(
            kind=row.text("kind"),
            name=row.text("name"),
            lat=row.number("lat", -90, 90),
            lon=row.number("lon", -180, 180),
            precision_m=row.number("precision_m", 1, 50_000),
            village_code=row.code("village_code", "village"),
            verified=row.signature("verified"),
        )
        if covers(region.code, place.village_code) and place.village_code not in villages:
            row.fault(f"village {place.village_code!r} is not in desa.csv")
        _put(places, place.name, place, row)
    return tuple(places.values())


def _offices(folder: Path, villages: dict[str, Village], faults: Faults) -> tuple[Office, ...]:
    offices: dict[str, Office] = {}
    columns = ("kind", "name", "address", "lat", "lon", "village_code", "position_known_to", "verified")
    for row in read_csv(folder, "offices.csv", columns, faults):
        office = Office(
            kind=row.text("kind"),
            name=row.text("name"),
            address=row.text("address", needed=False),
            lat=row.number("lat", -90, 90),
            lon=row.number("lon", -180, 180),
            village_code=row.code("village_code", "village"),
            position_known_to=row.text("position_known_to"),
            verified=row.signature("verified"),
        )
        if office.village_code not in villages:
            row.fault(f"village {office.village_code!r} is not in desa.csv")
        if office.position_known_to not in _KNOWN_TO:
            row.fault(f"position_known_to must be one of {', '.join(_KNOWN_TO)}")
        _put(offices, office.name, office, row)
    return tuple(offices.values())


def _zones(folder: Path, districts: dict[str, District], faults: Faults) -> dict[str, list[str]]:
    zones: dict[str, list[str]] = {}
    seen: set[str] = set()
    for row in read_csv(folder, "fire_zones.csv", ("district_code", "district", "fire_post"), faults):
        code = row.code("district_code", "district")
        owner = districts.get(code)
        if owner is None:
            row.fault(f"district {code!r} is not in kecamatan.geojson")
        elif owner.name != row.text("district"):
            row.fault(f"district {code} is called {owner.name!r} in kecamatan.geojson")
        if code in seen:
            row.fault(f"district {code} is there twice")
        seen.add(code)
        zones.setdefault(row.text("fire_post"), []).append(code)
    for code in districts.keys() - seen:
        faults.add("fire_zones.csv", 0, f"district {code} ({districts[code].name}) has no fire post")
    return zones


def _agencies(
    folder: Path,
    region: Region,
    districts: dict[str, District],
    villages: dict[str, Village],
    offices: tuple[Office, ...],
    faults: Faults,
) -> dict[str, Agency]:
    zones = _zones(folder, districts, faults)
    by_name = {office.name: office for office in offices}
    areas = {region.code, *districts, *villages}
    agencies: dict[str, Agency] = {}
    used: set[str] = set()
    for row in read_tables(folder, "agencies.toml", "agency", faults):
        row.only(("id", "name", "kind", "number", "office", "covers", "zone", "verified"))
        office = row.text("office", needed=False)
        if office and office not in by_name:
            row.fault(f"office {office!r} is not in offices.csv")
        number = row.text("number", needed=False)
        if number not in NATIONAL_NUMBERS:
            row.fault(f"number {number!r} is not a national short number; the centre enters other numbers")
        zone = row.text("zone", needed=False)
        covered = list(row.texts("covers"))
        if zone and zone not in zones:
            row.fault(f"zone {zone!r} is not in fire_zones.csv")
        used.add(zone)
        covered += zones.get(zone, [])
        for code in covered:
            if not is_code(code) or code not in areas:
                row.fault(f"covers {code!r}: no such area in this pack")
        if not covered:
            row.fault("covers nothing")
        agency = Agency(
            id=row.text("id"),
            name=row.text("name"),
            kind=row.text("kind"),
            number=number,
            office=by_name.get(office),
            covers=tuple(covered),
            verified=row.signature("verified"),
        )
        _put(agencies, agency.id, agency, row)
    for zone in zones.keys() - used:
        faults.add("fire_zones.csv", 0, f"fire post {zone!r} is no agency's zone")
    return agencies


def _types(folder: Path, kinds: set[str], faults: Faults) -> dict[str, IncidentType]:
    types: dict[str, IncidentType] = {}
    keys = "code,name_id,name_en,priority,words,words_su_unverified,primary,support,verified"
    for row in read_tables(folder, "types.toml", "type", faults):
        row.only(keys.split(","))
        priority = row.values.get("priority")
        if not isinstance(priority, int) or isinstance(priority, bool) or not 1 <= priority <= 4:
            row.fault(f"priority must be 1, 2, 3 or 4, not {priority!r}")
            priority = 1
        kind = IncidentType(
            code=row.text("code"),
            name_id=row.text("name_id"),
            name_en=row.text("name_en"),
            priority=priority,
            words=row.texts("words"),
            unverified_words=row.texts("words_su_unverified"),
            primary=row.texts("primary", needed=True),
            support=row.texts("support"),
            verified=row.signature("verified"),
        )
        for wanted in (*kind.primary, *kind.support):
            if wanted not in kinds:
                row.fault(f"no agency of kind {wanted!r} in agencies.toml")
        if both := set(kind.primary) & set(kind.support):
            row.fault(f"{', '.join(sorted(both))} is primary and support")
        _put(types, kind.code, kind, row)
    if not types:
        faults.add("types.toml", 0, "names no type")
    return types
