"""Coordinates as people and programs write them, decimal degrees or degrees, minutes and seconds.

Read: "-6.55, 107.44", "-6,55 107,44" (decimal comma), "6.55 LS 107.44 BT" (Indonesian hemispheres LU LS BT BB),
"S6.55 E107.44", "6°33'12\"S 107°26'E", "6 33 12 S 107 26 24 E", "geo:-6.55,107.44", links of map services that hold
"@lat,lon" or "q=lat,lon", and longitude first when it can only be that.
"""

from __future__ import annotations

import re

_NUMBER = r"[0-9]{1,3}(?:\.[0-9]{0,20})?"
_HEMI = r"LS|LU|BT|BB|[NSEW]"
_PART = re.compile(
    rf"(?P<sign>[-+])?(?P<before>{_HEMI})?\s*(?P<sign2>[-+])?(?P<deg>{_NUMBER})"
    rf"(?:\s*(?:°|\s)\s*(?P<min>{_NUMBER})\s*'?(?:\s*(?P<sec>{_NUMBER})\s*(?:\"|'')?)?)?"
    rf"\s*°?(?(before)|\s*(?P<after>{_HEMI})?)",
    re.IGNORECASE,
)
_LINK = re.compile(rf"(?:@|geo:|[?&](?:q|ll|query|center|destination)=)(-?{_NUMBER})(?:,|%2C|\+)+(-?{_NUMBER})", re.I)
_PAIR = re.compile(rf"^([-+]?{_NUMBER})\s*[,;/]\s*([-+]?{_NUMBER})$")
_SPACED_PAIR = re.compile(r"^([-+]?[0-9]{1,3}\.[0-9]{1,20})\s+([-+]?[0-9]{1,3}\.[0-9]{1,20})$")  # not "12 34"
_COMMA_PAIR = re.compile(r"^([-+]?[0-9]{1,3},[0-9]{1,20})(?:\s*[,;/]\s+|\s*;\s*|\s+)([-+]?[0-9]{1,3},[0-9]{1,20})$")
_HEMISPHERE = {"S": -1, "LS": -1, "N": 1, "LU": 1, "E": 1, "BT": 1, "W": -1, "BB": -1}
_LATITUDES = frozenset({"S", "LS", "N", "LU"})
_LONGEST = 300


def parse_coordinates(text: str) -> tuple[float, float] | None:
    """(latitude, longitude) when ``text`` is a pair of coordinates and nothing else (or a map link); None otherwise."""
    if len(text) > _LONGEST or not any(c.isdecimal() for c in text):
        return None
    if link := _LINK.search(text):
        return _valid(float(link[1]), float(link[2]))
    line = re.sub(r"\s+", " ", text).strip().strip("()[]")
    line = line.replace("−", "-").replace("’", "'").replace("”", '"').replace("“", '"')
    line = re.sub(r"(?i)\b(?:lat|latitude|lintang|lon|lng|long|longitude|bujur)\b\s*[:=]?", "", line).strip()
    if not line.isascii():
        line = line.translate({ord("º"): "°", ord("′"): "'", ord("″"): '"'})
    if pair := _PAIR.match(line) or _SPACED_PAIR.match(line):
        return _valid(float(pair[1]), float(pair[2]))
    if pair := _COMMA_PAIR.match(line):
        return _valid(float(pair[1].replace(",", ".")), float(pair[2].replace(",", ".")))
    return _parts(line)


def _parts(line: str) -> tuple[float, float] | None:
    """Two values with hemispheres, or with degree signs."""
    if not re.search(r"(?i)[NSEW°]|BT|BB|LU", line):
        return None
    line = re.sub(r"(?<=[0-9]),(?=[0-9])", ".", line)
    first = _PART.match(line)
    second = first and _PART.fullmatch(re.sub(r"^\s*[,;/]?\s*", "", line[first.end() :]))
    if not first or not second:
        return None
    one, two = _value(first), _value(second)
    if one is None or two is None:
        return None
    (a, ha), (b, hb) = one, two
    if not ha and not hb:
        return _valid(a, b)
    if not ha or not hb or (ha in _LATITUDES) == (hb in _LATITUDES):
        return None
    return _in_range(a, b) if ha in _LATITUDES else _in_range(b, a)


def _value(match: re.Match[str]) -> tuple[float, str] | None:
    sign = -1 if "-" in (match["sign"], match["sign2"]) else 1
    hemisphere = (match["before"] or match["after"] or "").upper()
    minutes, seconds = float(match["min"] or 0), float(match["sec"] or 0)
    if minutes >= 60 or seconds >= 60:
        return None
    degrees = float(match["deg"]) + minutes / 60 + seconds / 3600
    if hemisphere:
        sign = _HEMISPHERE[hemisphere]
    return sign * degrees, hemisphere


def _in_range(lat: float, lon: float) -> tuple[float, float] | None:
    return (lat, lon) if abs(lat) <= 90 and abs(lon) <= 180 else None


def _valid(a: float, b: float) -> tuple[float, float] | None:
    """Latitude first, unless it can only be the longitude."""
    return _in_range(a, b) or _in_range(b, a)
