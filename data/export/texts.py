"""The formats that are text: csv, ndjson, geojson. Each takes batches of rows and gives the number of rows written."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from typing import Any, BinaryIO

import msgspec

from data.export.sets import ExportSet, present_all, present_columns
from data.text import spreadsheet_cell

Batches = Iterable[Sequence[tuple[Any, ...]]]


def write_csv(file: BinaryIO, set_: ExportSet, batches: Batches, unmasked: bool) -> int:
    """RFC 4180 with a header; text cells that a spreadsheet would run are neutralised, numbers stay numbers.

    Written here and not by the csv module, whose look at every character of every cell took half of the time; the
    tests hold what is written against the csv module's reader.
    """
    file.write((",".join(_cell(column.name) for column in set_.columns) + EOL).encode())
    count = 0
    for batch in batches:
        columns = [
            _texts(values) if column.kind == "text" else ["" if v is None else str(v) for v in values]
            for column, values in zip(set_.columns, present_columns(set_, batch, unmasked), strict=True)
        ]
        lines = map(",".join, zip(*columns, strict=True))
        file.write((EOL.join(lines) + EOL).encode())
        count += len(batch)
    return count


EOL = "\r\n"
_QUOTED = re.compile('[",\r\n]')
_BETWEEN = "\x1f"
_SUSPECT = (*',"\r\n', *(_BETWEEN + first for first in "=+-@\t"))
"""What a cell that must be quoted or neutralised has in it, or begins with."""


def _texts(values: Sequence[Any]) -> list[str]:
    """The cells of a text column. One look at all of them together spares most columns a look at each."""
    texts = ["" if v is None else v for v in values]
    try:
        together = _BETWEEN + _BETWEEN.join(texts)
    except TypeError:  # SQLite keeps a number in a text column when somebody put one there
        return [_cell(str(text)) for text in texts]
    if any(suspect in together for suspect in _SUSPECT):
        return [_cell(text) for text in texts]
    return texts


def _cell(text: str) -> str:
    text = spreadsheet_cell(text)
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text


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
