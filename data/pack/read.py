"""Reading the files of a pack with the line of every row, so that every fault can be named by file and line."""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from data.pack.model import Fault, Polygon, Ring

_HEADER = re.compile(r"^\s*\[\[\s*([A-Za-z_]+)\s*\]\]")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")
_SIGNATURE = re.compile(r"[^\W\d_].*[^\W\d_].* (?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})")
_CODE = {
    "regency": re.compile(r"[0-9]{2}\.[0-9]{2}"),
    "district": re.compile(r"[0-9]{2}\.[0-9]{2}\.[0-9]{2}"),
    "village": re.compile(r"[0-9]{2}\.[0-9]{2}\.[0-9]{2}\.[0-9]{4}"),
}
_LONGEST = 500
"""Characters of the longest text of a row."""


class Faults:
    """Collects faults; reading goes on after each, so that one run names them all."""

    def __init__(self) -> None:
        self.list: list[Fault] = []

    def add(self, file: str, line: int, message: str) -> None:
        """Note one fault."""
        self.list.append(Fault(file, line, message))


class Row:
    """One row of a CSV file, or one table of a TOML file, whose values are taken out with a check each."""

    def __init__(self, faults: Faults, file: str, line: int, values: dict[str, Any]) -> None:
        self.faults, self.file, self.line, self.values = faults, file, line, values

    def fault(self, message: str) -> None:
        """Note a fault of this row."""
        self.faults.add(self.file, self.line, message)

    def text(self, key: str, *, needed: bool = True) -> str:
        """A text on one line; missing and not needed: empty."""
        value = self.values.get(key, "")
        if not isinstance(value, str):
            self.fault(f"{key} must be a text, not {value!r}")
            return ""
        if needed and not value.strip():
            self.fault(f"{key} is missing")
        if value != value.strip() or not value.isprintable():
            self.fault(f"{key} has blanks around it or characters that are not printable")
        if len(value) > _LONGEST:
            self.fault(f"{key} is longer than {_LONGEST} characters")
        return value.strip()

    def signature(self, key: str) -> str:
        """Who signed the row off and when (``A. Surname 2026-11-24``), or empty: a "no" or a "?" is nobody's name."""
        value = self.text(key, needed=False)
        found = _SIGNATURE.fullmatch(value)
        try:
            signed = not value or (found is not None and bool(date.fromisoformat(found["day"])))
        except ValueError:
            signed = False
        if not signed:
            self.fault(f"{key} must be empty, or a name and a day such as 'A. Surname 2026-11-24', not {value[:60]!r}")
        return value

    def number(self, key: str, low: float, high: float) -> float:
        """A number from ``low`` to ``high``."""
        raw = self.values.get(key)
        try:
            # float() takes more than people mean by a number: 1_000, digits of other scripts, blanks around it.
            if isinstance(raw, bool) or raw is None or (isinstance(raw, str) and not _NUMBER.fullmatch(raw)):
                raise ValueError
            value = float(raw)
        except (TypeError, ValueError):
            self.fault(f"{key} must be a number, not {raw!r}")
            return low
        if not low <= value <= high:
            self.fault(f"{key} must be from {low:g} to {high:g}, not {raw}")
            return low
        return value

    def texts(self, key: str, *, needed: bool = False) -> tuple[str, ...]:
        """A list of texts."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            self.fault(f"{key} must be a list of texts")
            return ()
        if needed and not value:
            self.fault(f"{key} must name at least one")
        if not all(item.isprintable() and len(item) <= _LONGEST for item in value):
            self.fault(f"{key} holds characters that are not printable, or more than {_LONGEST} of them")
        if len(set(value)) != len(value):
            self.fault(f"{key} names something twice")
        return tuple(value)

    def code(self, key: str, level: str, *, needed: bool = True) -> str:
        """A Kemendagri code of the level regency, district or village."""
        value = self.text(key, needed=needed)
        if value and not _CODE[level].fullmatch(value):
            self.fault(f"{key} {value!r} is not the code of a {level}")
        return value

    def only(self, keys: Iterable[str]) -> None:
        """Refuse keys that mean nothing here: they are mostly slips of the pen."""
        for key in self.values.keys() - set(keys):
            self.fault(f"{key} is not known here")


def is_code(text: str) -> bool:
    """Whether ``text`` is a code of a regency, district or village."""
    return any(pattern.fullmatch(text) for pattern in _CODE.values())


def _text_of(folder: Path, file: str, faults: Faults) -> str | None:
    try:
        return (folder / file).read_text(encoding="utf-8-sig")
    except OSError as error:
        faults.add(file, 0, f"cannot be read: {error.strerror}")
    except UnicodeDecodeError as error:
        faults.add(file, 0, f"is not UTF-8 (byte {error.start})")
    return None


def read_csv(folder: Path, file: str, columns: tuple[str, ...], faults: Faults) -> list[Row]:
    """The rows of a CSV file that has exactly ``columns`` (in any order)."""
    text = _text_of(folder, file, faults)
    if text is None:
        return []
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    rows: list[Row] = []
    try:
        header = next(reader, [])
        missing, unknown = set(columns) - set(header), set(header) - set(columns)
        if missing or unknown:
            if missing:
                faults.add(file, 1, "columns missing: " + ", ".join(sorted(missing)))
            if unknown:
                faults.add(file, 1, "columns not known: " + ", ".join(sorted(unknown)))
            return []
        line = reader.line_num + 1
        for cells in reader:
            if cells and len(cells) != len(header):
                faults.add(file, line, f"has {len(cells)} cells, the header {len(header)}")
            elif cells:
                rows.append(Row(faults, file, line, dict(zip(header, cells, strict=True))))
            line = reader.line_num + 1
    except csv.Error as error:
        faults.add(file, reader.line_num, f"is not CSV: {error}")
    return rows


def read_toml(folder: Path, file: str, faults: Faults) -> tuple[dict[str, Any], dict[str, list[int]]]:
    """A TOML file, and for each array of tables the line of every table's header."""
    text = _text_of(folder, file, faults)
    if text is None:
        return {}, {}
    try:
        parsed = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        where = re.search(r"line (\d+)", str(error))
        faults.add(file, int(where[1]) if where else 0, f"is not TOML: {error}")
        return {}, {}
    lines: dict[str, list[int]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            lines.setdefault(header[1], []).append(number)
    return parsed, lines


def read_tables(folder: Path, file: str, name: str, faults: Faults) -> list[Row]:
    """The tables ``[[name]]`` of a TOML file that holds nothing else."""
    parsed, lines = read_toml(folder, file, faults)
    for key in parsed.keys() - {name}:
        faults.add(file, 0, f"{key} is not known here")
    return tables(file, name, parsed, lines, faults)


def tables(file: str, name: str, parsed: dict[str, Any], lines: dict[str, list[int]], faults: Faults) -> list[Row]:
    """The tables ``[[name]]`` of a parsed TOML file."""
    items = parsed.get(name, [])
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        faults.add(file, 0, f"{name} must be written as [[{name}]]")
        return []
    numbers = lines.get(name, [])
    if len(numbers) != len(items):  # written as name = [{...}]: then only the file is known
        numbers = [0] * len(items)
    return [Row(faults, file, line, item) for line, item in zip(numbers, items, strict=True)]


class _Geometry(msgspec.Struct):
    type: str
    coordinates: msgspec.Raw


class _Feature(msgspec.Struct):
    properties: dict[str, str]
    geometry: _Geometry


class _Collection(msgspec.Struct):
    features: list[_Feature]


_COLLECTION = msgspec.json.Decoder(_Collection)
_POLYGON = msgspec.json.Decoder(tuple[Ring, ...])
_MULTIPOLYGON = msgspec.json.Decoder(tuple[tuple[Ring, ...], ...])


def read_geojson(folder: Path, file: str, faults: Faults) -> list[tuple[Row, tuple[Polygon, ...]]]:
    """The features of a GeoJSON file, their properties as a row, their geometry as polygons.

    The line of a feature is that of its ``"type":"Feature"``, looked for only when there is something to report.
    """
    text = _text_of(folder, file, faults)
    if text is None:
        return []
    try:
        features = _COLLECTION.decode(text).features
    except (msgspec.MsgspecError, UnicodeEncodeError) as error:
        faults.add(file, 0, f"is not GeoJSON: {error}")
        return []
    found: list[tuple[Row, tuple[Polygon, ...]]] = []
    starts = [match.start() for match in re.finditer(r'"type"\s*:\s*"Feature"', text)]
    for index, feature in enumerate(features):
        line = text.count("\n", 0, starts[index]) + 1 if index < len(starts) else 0
        row = Row(faults, file, line, dict(feature.properties))
        try:
            if feature.geometry.type == "Polygon":
                polygons: tuple[Polygon, ...] = (_POLYGON.decode(feature.geometry.coordinates),)
            elif feature.geometry.type == "MultiPolygon":
                polygons = _MULTIPOLYGON.decode(feature.geometry.coordinates)
            else:
                row.fault(f"geometry must be Polygon or MultiPolygon, not {feature.geometry.type}")
                continue
        except msgspec.MsgspecError as error:
            row.fault(f"coordinates are wrong: {error}")
            continue
        for polygon in polygons:
            _check_rings(row, polygon)
        found.append((row, polygons))
    return found


def _check_rings(row: Row, polygon: Polygon) -> None:
    if not polygon:
        row.fault("a polygon has no ring")
    for ring in polygon:
        if len(ring) < 4 or ring[0] != ring[-1]:
            row.fault("a ring must have four points at least, and end where it began")
        elif not (
            min(lon for lon, _ in ring) >= -180
            and max(lon for lon, _ in ring) <= 180
            and min(lat for _, lat in ring) >= -90
            and max(lat for _, lat in ring) <= 90
        ):
            row.fault("a coordinate is not on the globe (GeoJSON has longitude first)")
