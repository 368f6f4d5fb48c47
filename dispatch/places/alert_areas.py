"""Which area is meant by what a person types, and its shape: for an alert that holds for a whole area.

An area of the pack (village, district, district next door, reservoir, the region itself) has its border; anything else
is a point with a circle round it. Borders are as good as the pack's: who is as near to one as the region's border
distance counts as within.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from data.pack import Polygon
from dispatch.places.gazetteer import Gazetteer, Match
from dispatch.places.words import REGENCY_WORDS, letters, squeeze, take_apart

SIMPLE_M = 50.0
"""Borders are simplified by at most this for the record; about the precision of a pack's polygons."""

MOST_M = 10_000.0
"""A place known less well than this is no area to be told from the rest."""

REGION = "region"
FOUND = 6
"""Areas to choose from at most."""

Rings = tuple[tuple[tuple[float, float], ...], ...]


class AlertArea(msgspec.Struct, frozen=True, kw_only=True):
    """An area to put under alert. ``key`` names it for ever; ``kind`` as ``Match`` has it, or "region".

    ``outline``: outer rings of (lat, lon), empty when no border is known: then it is the circle. ``margin_m``: so far
    outside still counts. ``whole``: it is the region itself. ``certain``: what was typed is its name.
    """

    key: str
    name: str
    kind: str
    district: str
    regency: str
    lat: float
    lon: float
    radius_m: float
    margin_m: float = 0.0
    outline: Rings = ()
    whole: bool = False
    certain: bool = False


def alert_areas(gazetteer: Gazetteer, text: str, radius_m: float) -> list[AlertArea]:
    """The areas that ``text`` may mean, likeliest first; empty when there is none. Any text is allowed.

    ``radius_m``: metres round a place of which only a point is known; how roughly it is known comes on top.
    """
    query, typed = take_apart(text), letters(text)
    words = typed.split()
    region = gazetteer.pack.region
    own = squeeze(letters(region.name))
    bare = squeeze(" ".join(word for word in letters(region.name).split() if word not in REGENCY_WORDS))
    plainly = bool(words) and words[0] in REGENCY_WORDS and squeeze(query.name) == bare
    named = bool(typed) and not query.wanted and squeeze(typed) in {own, bare, region.code.replace(".", "")}
    found = [_region(gazetteer)] if plainly or named else []
    if plainly:
        return found
    return found + [
        _of_match(gazetteer, match, radius_m, certain=_certain(match, query.name, query.wanted))
        for match in gazetteer.search(text, FOUND - len(found))
    ]


def _certain(match: Match, name: str, wanted: str) -> bool:
    """Whether what was typed is the name of the match, or a code or position that means nothing else."""
    if match.kind in {"coordinates", "road_km"}:
        return match.score >= 100
    if wanted and match.kind not in {wanted, f"neighbour_{wanted}"}:
        return False
    codes = {(match.village_code or match.district_code or "").replace(".", ""), match.village_code or ""}
    return squeeze(name) in {squeeze(letters(match.name)), *codes}


def _of_match(gazetteer: Gazetteer, match: Match, radius_m: float, *, certain: bool) -> AlertArea:
    pack = gazetteer.pack
    polygons: tuple[Polygon, ...] = ()
    key = ""
    if match.kind == "village" and match.village_code:
        key, polygons = match.village_code, pack.villages[match.village_code].polygons
    elif match.kind in {"district", "neighbour_district"} and match.district_code:
        known = pack.districts.get(match.district_code) or pack.neighbours[match.district_code]
        key, polygons = match.district_code, known.polygons
    elif match.kind == "reservoir":
        lake = next((lake for lake in pack.reservoirs if lake.name == match.name), None)
        key, polygons = (letters(lake.name).replace(" ", "-"), lake.polygons) if lake is not None else ("", ())
    facts = dict[str, Any](
        name=match.name, kind=match.kind, district=match.district or "", regency=match.regency or "", certain=certain
    )
    if polygons:
        return _bounded(gazetteer, key, [polygons], facts)
    reach = min(max(MOST_M, radius_m), radius_m + match.precision_m)
    # Several offices are known to the middle of their district only: the point alone names none of them.
    key = f"{squeeze(letters(match.name))}@{match.lat:.4f},{match.lon:.4f}"
    return AlertArea(key=key, lat=match.lat, lon=match.lon, radius_m=reach, **facts)


def _region(gazetteer: Gazetteer) -> AlertArea:
    region = gazetteer.pack.region
    facts = dict[str, Any](name=region.name, kind=REGION, district="", regency="", whole=True, certain=True)
    return _bounded(gazetteer, region.code, [each.polygons for each in gazetteer.pack.districts.values()], facts)


def _bounded(gazetteer: Gazetteer, key: str, parts: Iterable[tuple[Polygon, ...]], facts: dict[str, Any]) -> AlertArea:
    rings = gazetteer.map.outline(parts, SIMPLE_M)
    lat, lon, radius = _circle(gazetteer, rings)
    margin = max(gazetteer.pack.region.near_m, 2 * SIMPLE_M)
    return AlertArea(key=key, lat=lat, lon=lon, radius_m=radius, margin_m=margin, outline=rings, **facts)


def _circle(gazetteer: Gazetteer, rings: Rings) -> tuple[float, float, float]:
    """(lat, lon, metres) of a circle round the rings, about the middle of their box."""
    lats, lons = [lat for ring in rings for lat, _ in ring], [lon for ring in rings for _, lon in ring]
    lat, lon = round((min(lats) + max(lats)) / 2, 6), round((min(lons) + max(lons)) / 2, 6)
    here = gazetteer.map.metres(lat, lon)
    farthest = max(math.dist(here, gazetteer.map.metres(*point)) for ring in rings for point in ring)
    # The bridge measures on a sphere: half a percent off the ellipsoid.
    return lat, lon, math.ceil(1.01 * farthest)


def sure(areas: Sequence[AlertArea]) -> AlertArea | None:
    """The one area that was plainly meant, None when a person has to choose."""
    certain = [area for area in areas if area.certain]
    return certain[0] if len(certain) == 1 else None
