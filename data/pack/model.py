"""What a region's reference pack holds.

Codes are Kemendagri's: regency 32.14, district 32.14.01, village 32.14.01.1001.

Coordinates are WGS 84 decimal degrees. ``verified`` names who signed a row off; empty means nobody has.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from data.text import safe_line

Ring = list[tuple[float, float]]
"""Closed ring of (longitude, latitude), as GeoJSON has it."""

Polygon = tuple[Ring, ...]
"""Outer ring, then its holes."""


class Fault(msgspec.Struct, frozen=True, order=True):
    """Something wrong in a pack. ``line`` counts from 1; 0: the file as a whole."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        # What somebody wrote into the file is repeated here, and ends on a terminal.
        message = safe_line(self.message, 400)
        return f"{self.file}:{self.line}: {message}" if self.line else f"{self.file}: {message}"


class Region(msgspec.Struct, frozen=True, kw_only=True):
    """The regency. ``speed_km_h``: straight-line kilometres an hour, a rough figure; ``near_m``: border distance."""

    code: str
    name: str
    timezone: str
    attribution: str
    speed_km_h: float
    near_m: float


class District(msgspec.Struct, frozen=True, kw_only=True):
    """A kecamatan of the region, or of a neighbouring regency."""

    code: str
    name: str
    regency_code: str
    regency: str
    polygons: tuple[Polygon, ...]


class Village(msgspec.Struct, frozen=True, kw_only=True):
    """A desa or kelurahan; ``lat``, ``lon`` is a point surely inside it."""

    code: str
    name: str
    kind: str
    district_code: str
    district: str
    bps_code: str
    bps_name: str
    postcode: str
    lat: float
    lon: float
    area_km2: float
    polygons: tuple[Polygon, ...]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A station, toll gate, rest area, dam, landmark or district centre; may lie in a neighbouring regency."""

    kind: str
    name: str
    lat: float
    lon: float
    precision_m: float
    village_code: str
    verified: str


class Office(msgspec.Struct, frozen=True, kw_only=True):
    """A post or agency. ``position_known_to``: building, village or district (then a point inside that area)."""

    kind: str
    name: str
    address: str
    lat: float
    lon: float
    village_code: str
    position_known_to: str
    verified: str


class KmMark(msgspec.Struct, frozen=True, kw_only=True):
    """A kilometre mark of a road."""

    km: float
    lat: float
    lon: float
    precision_m: float


class Road(msgspec.Struct, frozen=True, kw_only=True):
    """A road with kilometre marks, in rising order; the two directions have a lane letter and a town they lead to."""

    name: str
    aliases: tuple[str, ...]
    rising_towards: str
    rising_lane: str
    falling_towards: str
    falling_lane: str
    marks: tuple[KmMark, ...]


class Reservoir(msgspec.Struct, frozen=True, kw_only=True):
    """A lake that no land route crosses."""

    name: str
    polygons: tuple[Polygon, ...]


class Agency(msgspec.Struct, frozen=True, kw_only=True):
    """Who answers. ``covers``: codes of the areas it answers for; ``number``: a national short number or empty."""

    id: str
    name: str
    kind: str
    number: str
    office: Office | None
    covers: tuple[str, ...]
    verified: str


class IncidentType(msgspec.Struct, frozen=True, kw_only=True):
    """A type of incident: names, priority (1 highest to 4), words that suggest it, kinds of agency that answer."""

    code: str
    name_id: str
    name_en: str
    priority: int
    words: tuple[str, ...]
    unverified_words: tuple[str, ...]
    primary: tuple[str, ...]
    support: tuple[str, ...]
    verified: str


class Pack(msgspec.Struct, frozen=True, kw_only=True):
    """The whole region. Dictionaries are keyed by code (or id) and keep the order of the files."""

    path: Path
    region: Region
    districts: dict[str, District]
    neighbours: dict[str, District]
    villages: dict[str, Village]
    places: tuple[Place, ...]
    offices: tuple[Office, ...]
    roads: tuple[Road, ...]
    reservoirs: tuple[Reservoir, ...]
    agencies: dict[str, Agency]
    types: dict[str, IncidentType]


def covers(area: str, code: str) -> bool:
    """Whether the area with code ``area`` contains the one with ``code`` (or is it)."""
    return code == area or code.startswith(area + ".")
