"""What can be exported: each domain describes its own set, ``data`` writes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from data.clock import SECOND, Micros, iso

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
    ``point``: the names of the columns of latitude and longitude (WGS 84), when its rows are places on a map.
    """

    name: str
    columns: tuple[Column, ...]
    sql: str
    convert: Callable[[tuple[Any, ...], bool], tuple[Any, ...]] | None = None
    point: tuple[str, str] | None = None


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
    return list(next(iter(present_all(set_, [row], unmasked))))


def present_all(set_: ExportSet, rows: Sequence[tuple[Any, ...]], unmasked: bool) -> Iterable[tuple[Any, ...]]:
    """Rows as they leave: masked, times as ISO 8601."""
    return zip(*present_columns(set_, rows, unmasked), strict=True) if rows else ()


def present_columns(set_: ExportSet, rows: Sequence[tuple[Any, ...]], unmasked: bool) -> list[Sequence[Any]]:
    """Like :func:`present_all`, by column; there must be rows.

    A column's conversion is chosen once a batch and not once a value: a million incidents have 36 million values.
    """
    if set_.convert is not None:
        convert = set_.convert
        rows = [convert(row, unmasked) for row in rows]
    columns: list[Sequence[Any]] = []
    for column, values in zip(set_.columns, zip(*rows, strict=True), strict=True):
        if column.mask == "text" and not unmasked:
            columns.append([value if value is None or value == "" else MASK for value in values])
        elif column.mask is not None and not unmasked:
            columns.append([mask(value, "number") for value in values])
        elif column.kind == "time":
            columns.append(_times(values))
        else:
            columns.append(values)
    return columns


class _Minutes(dict[int, str]):
    """Minute since 1970 -> its ISO 8601 beginning; times of one incident mostly fall into few minutes."""

    def __missing__(self, minute: int) -> str:
        if len(self) > 100_000:
            self.clear()
        day, rest = divmod(minute, 1440)
        text = self[minute] = f"{_day(day)}{rest // 60:02d}:{rest % 60:02d}:"
        return text


@lru_cache(maxsize=4000)
def _day(day: int) -> str:
    """Day since 1970 -> 2026-11-24T."""
    return (iso(day * 86_400 * SECOND) or "")[:11]


_MINUTES = _Minutes()
_MINUTE = 60 * SECOND
_SECONDS = [f"{second:02d}." for second in range(60)]
_THOUSANDTHS = [f"{n:03d}" for n in range(1000)]


def _times(values: Sequence[Micros | None]) -> list[str | None]:
    """What :func:`data.clock.iso` gives for each, put together from tables (four times as fast)."""
    minutes, seconds, thousandths = _MINUTES, _SECONDS, _THOUSANDTHS
    return [
        None
        if v is None
        else f"{minutes[v // _MINUTE]}{seconds[v % _MINUTE // SECOND]}"
        f"{thousandths[v % SECOND // 1000]}{thousandths[v % 1000]}Z"
        for v in values
    ]
