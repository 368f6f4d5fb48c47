"""Kilometre marks: "KM 92 arah Jakarta", "tol cipularang km 71.4", "km 71+400 jalur B"."""

from __future__ import annotations

import itertools
import re
from typing import NamedTuple

from data.pack import Road
from data.text import plain_letters

_KM = re.compile(
    r"(?<![a-z])(?:km|kilometer|kilo|kilometre)\s*\.?\s*(\d{1,4})(?:\s*[+]\s*(\d{1,3})|[.,](\d{1,3}))?(?!\d)"
)
_NUMBER = re.compile(r"(?<!\d)(\d{1,4})(?:[+](\d{1,3})|[.,](\d{1,3}))?(?!\d)")
_LANE = re.compile(r"\b(?:jalur|lajur|line)\s*([a-z])\b|(?:\d|\d\s)([ab])\b")
_TOWARDS = re.compile(r"\b(?:arah|menuju|ke arah|ke)\s+([a-z]+)")
_TOLL = re.compile(r"\btoll?\b")

BETWEEN_M = 100.0
"""How much less sure a point half-way between two marks 2 km apart is than a mark: the road bends between them."""


class RoadPoint(NamedTuple):
    """A point on a road; ``certain``: the road was named, not guessed from the kilometre alone."""

    name: str
    lat: float
    lon: float
    precision_m: float
    certain: bool


def find_on_roads(text: str, roads: tuple[Road, ...]) -> list[RoadPoint]:
    """Points of ``roads`` that ``text`` names by kilometre; empty when it names none that has marks there."""
    plain = plain_letters(text[:400])
    found: list[RoadPoint] = []
    for road in roads:
        named = any(alias in plain for alias in (plain_letters(road.name), *map(plain_letters, road.aliases)))
        certain = named or bool(_TOLL.search(plain))
        match = _KM.search(plain) or (_NUMBER.search(plain) if named else None)
        if not match:
            continue
        km = float(match[1]) + (float(match[2]) / 1000 if match[2] else float(f"0.{match[3]}") if match[3] else 0.0)
        position = interpolate(road, km)
        if position is None:
            continue
        lat, lon, precision = position
        way = _way(plain, road)
        found.append(RoadPoint(f"{road.name} KM {km:g}{way}", lat, lon, precision, certain))
    return found


def _way(plain: str, road: Road) -> str:
    lane = _LANE.search(plain)
    letter = (lane[1] or lane[2]).upper() if lane else ""
    towards = _TOWARDS.search(plain)
    town = towards[1] if towards else ""
    for to, its_letter in ((road.rising_towards, road.rising_lane), (road.falling_towards, road.falling_lane)):
        if town == plain_letters(to) or (not town and letter == its_letter):
            return f" arah {to} (jalur {its_letter})"
    return ""


def interpolate(road: Road, km: float) -> tuple[float, float, float] | None:
    """(lat, lon, precision in metres) at ``km``, on the straight line between two marks; None beyond the marks."""
    marks = road.marks
    if not marks or not marks[0].km <= km <= marks[-1].km:
        return None
    for low, high in itertools.pairwise(marks):
        if low.km <= km <= high.km:
            part = (km - low.km) / (high.km - low.km)
            nearest = min(km - low.km, high.km - km)
            precision = max(low.precision_m, high.precision_m) + BETWEEN_M * min(nearest, 1.0)
            return (
                round(low.lat + part * (high.lat - low.lat), 6),
                round(low.lon + part * (high.lon - low.lon), 6),
                round(precision),
            )
    return None
