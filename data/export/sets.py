"""What can be exported: each domain describes its own set, ``data`` writes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from data.clock import iso

MASK = "***"


class Column(msgspec.Struct, frozen=True):
    """One column: ``kind`` is text, number or time (UTC micros, written as ISO 8601); ``mask`` hides personal data.

    ``mask``: None (not personal), ``number`` (the last three digits stay), ``text`` (nothing stays).
    """

    name: str
    kind: str = "text"
    mask: str | None = None


class ExportSet(msgspec.Struct, frozen=True):
    """A named set: ``sql`` selects the columns in order, ``:since`` and ``:until`` (UTC micros) bound it.

    ``convert`` turns a row as selected into the row to write (given the wish for unmasked data); None: row as it is.
    """

    name: str
    columns: tuple[Column, ...]
    sql: str
    convert: Callable[[tuple[Any, ...], bool], tuple[Any, ...]] | None = None


def mask(value: Any, how: str) -> Any:
    """The value as somebody without the right to personal data sees it; None stays None."""
    if value is None or value == "":
        return value
    if how == "number":
        text = str(value)
        return MASK + text[-3:] if len(text) > 6 else MASK
    return MASK


def present(set_: ExportSet, row: tuple[Any, ...], unmasked: bool) -> list[Any]:
    """A row as it leaves: masked, times as ISO 8601."""
    if set_.convert is not None:
        row = set_.convert(row, unmasked)
    values: list[Any] = []
    for column, value in zip(set_.columns, row, strict=True):
        if column.mask is not None and not unmasked:
            values.append(mask(value, column.mask))
        elif column.kind == "time":
            values.append(iso(value))
        else:
            values.append(value)
    return values
