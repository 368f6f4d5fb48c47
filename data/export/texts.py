"""The formats that are text: csv, ndjson, geojson. Each takes batches of rows and gives the number of rows written."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence
from typing import Any, BinaryIO

import msgspec

from data.export.sets import ExportSet, present_all
from data.text import spreadsheet_cell

Batches = Iterable[Sequence[tuple[Any, ...]]]


def write_csv(file: BinaryIO, set_: ExportSet, batches: Batches, unmasked: bool) -> int:
    """RFC 4180 with a header; text cells that a spreadsheet would run are neutralised, numbers stay numbers."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    try:
        writer = csv.writer(text)
        writer.writerow([c.name for c in set_.columns])
        count = 0
        for batch in batches:
            writer.writerows(present_all(set_, batch, unmasked, text=spreadsheet_cell))
            count += len(batch)
    finally:
        text.detach()  # flushes; else the wrapper would close the file that the caller still has to sync
    return count


def write_ndjson(file: BinaryIO, set_: ExportSet, batches: Batches, unmasked: bool) -> int:
    """One JSON object a line."""
    names = [c.name for c in set_.columns]
    encode = msgspec.json.Encoder().encode
    count = 0
    for batch in batches:
        lines = [encode(dict(zip(names, row, strict=True))) for row in present_all(set_, batch, unmasked)]
        file.write(b"\n".join(lines) + b"\n")
        count += len(batch)
    return count


def write_geojson(file: BinaryIO, set_: ExportSet, batches: Batches, unmasked: bool) -> int:
    """RFC 7946: a feature a row, a Point where the coordinates are known, else a null geometry; the rest properties.

    A point is as exact as its ``precision_m`` says (metres): mostly the middle of a village, not an address.
    """
    assert set_.point is not None
    names = [c.name for c in set_.columns]
    lat, lon = (names.index(name) for name in set_.point)
    others = [n for n in range(len(names)) if n not in (lat, lon)]
    encode = msgspec.json.Encoder().encode
    file.write(b'{"type":"FeatureCollection","features":[')
    count = 0
    for batch in batches:
        for row in present_all(set_, batch, unmasked):
            feature = {
                "type": "Feature",
                "geometry": _point(row[lat], row[lon]),
                "properties": {names[n]: row[n] for n in others},
            }
            file.write((b",\n" if count else b"\n") + encode(feature))
            count += 1
    file.write(b"\n]}\n")
    return count


def _point(lat: Any, lon: Any) -> dict[str, Any] | None:
    for value, most in ((lat, 90), (lon, 180)):
        if not isinstance(value, int | float) or not math.isfinite(value) or abs(value) > most:
            return None
    return {"type": "Point", "coordinates": [lon, lat]}
