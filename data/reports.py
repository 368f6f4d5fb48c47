"""What a report is made of, and how it leaves: text, JSON, CSV or one HTML file. Pure.

A report holds stable codes and numbers only. Words in a person's language come from ``words`` (code -> text), so that
JSON and CSV never change with the language. Times are UTC microseconds; durations leave as seconds.

Percentiles are nearest rank: the smallest value that at least p percent of the values do not exceed.
Source: Hyndman and Fan, Sample Quantiles in Statistical Packages (1996), definition 1.
"""

from __future__ import annotations

import csv
import html
import io
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

import msgspec

from data.clock import EARLIEST, LATEST, SECOND, Micros, iso
from data.errors import WrongUse
from data.text import safe_line, spreadsheet_cell

FORMATS = ("text", "json", "csv", "html")

Words = Callable[[str], str]
"""A code (of a report, table, column, cell or note) in the words that people read."""

Cell = str | int | float | None
"""None: there is nothing that the figure could be computed from."""


class Column(msgspec.Struct, frozen=True):
    """``kind``: text (from outside), code (ours, has words), count, percent, seconds, number, time (micros)."""

    name: str
    kind: str = "count"


class Table(msgspec.Struct, frozen=True):
    """Rows under columns; every row has a cell for each column."""

    name: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


class Note(msgspec.Struct, frozen=True):
    """A sentence about how to read the figures; ``params`` fill the words of ``code``."""

    code: str
    params: dict[str, int | str] = {}


class Period(msgspec.Struct, frozen=True):
    """``since <= time < until``, UTC micros; None: no bound on that side."""

    since: Micros | None = None
    until: Micros | None = None

    @property
    def bounds(self) -> dict[str, Micros]:
        """As parameters of a query."""
        return {
            "since": EARLIEST if self.since is None else self.since,
            "until": LATEST if self.until is None else self.until,
        }


class Report(msgspec.Struct, frozen=True):
    """A named report over a period."""

    name: str
    period: Period
    tables: tuple[Table, ...]
    notes: tuple[Note, ...] = ()

    def table(self, name: str) -> Table:
        """The table of that name. Raises KeyError."""
        for table in self.tables:
            if table.name == name:
                return table
        raise KeyError(name)


def period(since: Micros | None, until: Micros | None) -> Period:
    """A checked period. Raises WrongUse when it is empty or a bound is no time of a centre's life."""
    for option, bound in (("--from", since), ("--to", until)):
        if bound is not None and not EARLIEST <= bound <= LATEST:
            raise WrongUse("the time is out of range", where=option, remedy="from 1970-01-01 to 2200-01-01")
    if since is not None and until is not None and since >= until:
        raise WrongUse("--from is not before --to, so there is nothing to report")
    return Period(since, until)


# ---------------------------------------------------------------------- figures


def percent(part: int, whole: int) -> float | None:
    """``part`` of ``whole`` in percent, two decimals; None of nothing."""
    return round(100 * part / whole, 2) if whole else None


def nearest_rank(ordered: Sequence[int], percent: int) -> int | None:
    """The value of rank ceil(percent/100 x n) in ``ordered`` (ascending); None of nothing."""
    if not ordered:
        return None
    return ordered[max(0, -(-percent * len(ordered) // 100) - 1)]


def seconds(micros: int | None) -> float | None:
    """Microseconds as seconds with three decimals; None stays None."""
    return None if micros is None else round(micros / SECOND, 3)


TIMING_PERCENTILES = (50, 90, 95, 99)


def timing_columns(limits_s: Iterable[int]) -> tuple[Column, ...]:
    """The columns that :func:`timing` fills."""
    return (
        Column("timed"),
        *(Column(f"within_{limit}_s", "percent") for limit in limits_s),
        *(Column(f"p{p}_s", "seconds") for p in TIMING_PERCENTILES),
        Column("max_s", "seconds"),
    )


def timing(durations: Iterable[int], limits_s: Iterable[int]) -> tuple[Cell, ...]:
    """How many ``durations`` (micros), the percent at most each limit (seconds), percentiles and the longest."""
    ordered = sorted(durations)
    within = (percent(sum(d <= limit * SECOND for d in ordered), len(ordered)) for limit in limits_s)
    return (
        len(ordered),
        *within,
        *(seconds(nearest_rank(ordered, p)) for p in TIMING_PERCENTILES),
        seconds(ordered[-1]) if ordered else None,
    )


def between(start: Micros | None, end: Micros | None) -> int | None:
    """The time from ``start`` to ``end``; None when one is unknown or they contradict each other."""
    return None if start is None or end is None or end < start else end - start


# ---------------------------------------------------------------------- rendering


def render(report: Report, format: str, words: Words, zone: tzinfo) -> str:
    """The report as ``format``; ``zone`` is for people (text, HTML), JSON and CSV are UTC. Raises WrongUse."""
    if format not in FORMATS:
        raise WrongUse(f"there is no format {format!r}", remedy=f"one of {', '.join(FORMATS)}")
    if format == "json":
        return to_json(report, words)
    if format == "csv":
        return to_csv(report)
    return to_text(report, words, zone) if format == "text" else to_html(report, words, zone)


def to_json(report: Report, words: Words) -> str:
    """One object: report, from, to (ISO 8601 UTC or null), tables (name -> list of objects), notes."""
    tables = {
        table.name: [
            {c.name: _plain(c, value) for c, value in zip(table.columns, row, strict=True)} for row in table.rows
        ]
        for table in report.tables
    }
    notes = [{"code": n.code, **n.params, "text": sentence(n, words)} for n in report.notes]
    body = {
        "report": report.name,
        "from": iso(report.period.since),
        "to": iso(report.period.until),
        "tables": tables,
        "notes": notes,
    }
    return msgspec.json.format(msgspec.json.encode(body), indent=2).decode() + "\n"


def to_csv(report: Report) -> str:
    """All tables in one: ``table`` and then every column of any table; a cell that a row does not have is empty.

    Text cells that a spreadsheet would run are neutralised; numbers are numbers.
    """
    columns = list(dict.fromkeys(column.name for table in report.tables for column in table.columns))
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, ["table", *columns])
    writer.writeheader()
    for table in report.tables:
        for row in table.rows:
            cells: dict[str, Any] = {"table": table.name}
            for column, value in zip(table.columns, row, strict=True):
                plain = _plain(column, value)
                cells[column.name] = spreadsheet_cell(plain) if isinstance(plain, str) else plain
            writer.writerow(cells)
    return out.getvalue()


def to_text(report: Report, words: Words, zone: tzinfo) -> str:
    """For a terminal or a mail: aligned columns, numbers to the right."""
    lines = [words(report.name), _period(report.period, words, zone)]
    for table in report.tables:
        lines += ["", words(f"table.{table.name}")]
        if not table.rows:
            lines.append("  " + words("nothing"))
            continue
        grid = [[words(c.name) for c in table.columns]]
        grid += [[_shown(c, v, words, zone) for c, v in zip(table.columns, row, strict=True)] for row in table.rows]
        widths = [max(width(line[n]) for line in grid) for n in range(len(table.columns))]
        for line in grid:
            cells = (_padded(text, widths[n], table.columns[n]) for n, text in enumerate(line))
            lines.append(("  " + "  ".join(cells)).rstrip())
    if report.notes:
        lines += ["", *(f"* {sentence(note, words)}" for note in report.notes)]
    return "\n".join(lines) + "\n"


_STYLE = (
    "body{font:15px/1.5 sans-serif;margin:2em;color:#111;background:#fff}"
    "table{border-collapse:collapse;margin:1.5em 0}caption{text-align:left;font-weight:bold}"
    "th,td{border:1px solid #999;padding:.25em .6em;text-align:left}td.n{text-align:right}"
)


def to_html(report: Report, words: Words, zone: tzinfo) -> str:
    """One self-contained page: no script, nothing fetched, every text escaped."""

    def text(value: str) -> str:
        return html.escape(safe_line(value, 2000))

    title = text(words(report.name))
    parts = [
        f'<!DOCTYPE html>\n<html lang="{text(words("language"))}"><head><meta charset="utf-8">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        f"<title>{title}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{title}</h1><p>{text(_period(report.period, words, zone))}</p>",
    ]
    for table in report.tables:
        parts.append(f"<table><caption>{text(words(f'table.{table.name}'))}</caption><thead><tr>")
        parts += [f"<th>{text(words(column.name))}</th>" for column in table.columns]
        parts.append("</tr></thead><tbody>")
        if not table.rows:
            parts.append(f'<tr><td colspan="{len(table.columns)}">{text(words("nothing"))}</td></tr>')
        for row in table.rows:
            parts.append("<tr>")
            for column, value in zip(table.columns, row, strict=True):
                kind = "" if column.kind in _WORDLIKE else ' class="n"'
                parts.append(f"<td{kind}>{text(_shown(column, value, words, zone))}</td>")
            parts.append("</tr>")
        parts.append("</tbody></table>")
    if report.notes:
        parts.append("<ul>" + "".join(f"<li>{text(sentence(note, words))}</li>" for note in report.notes) + "</ul>")
    parts.append("</body></html>\n")
    return "\n".join(parts)


def sentence(note: Note, words: Words) -> str:
    """The note in words."""
    return words(f"note.{note.code}").format(**note.params)


def local(at: Micros, zone: tzinfo) -> str:
    """A moment as people read it: 2026-11-24 08:30:00 WIB. Whole seconds, not rounded up."""
    return datetime.fromtimestamp(at // SECOND, UTC).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S %Z")


_WORDLIKE = frozenset({"text", "code", "time"})


def _plain(column: Column, value: Cell) -> Cell:
    if column.kind == "time" and isinstance(value, int):
        return iso(value)
    return safe_line(value) if isinstance(value, str) else value


def _shown(column: Column, value: Cell, words: Words, zone: tzinfo) -> str:
    if value is None:
        return "-"
    if isinstance(value, str):
        return words(value) if column.kind == "code" else safe_line(value, 60)
    if column.kind == "time":
        return local(int(value), zone)
    if column.kind == "percent":
        return f"{value:.2f} %"
    if column.kind == "seconds":
        return f"{value:.1f} s" if value < 600 else f"{value / 60:.1f} min"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _period(period: Period, words: Words, zone: tzinfo) -> str:
    since = words("beginning") if period.since is None else local(period.since, zone)
    until = words("now") if period.until is None else local(period.until, zone)
    return f"{since} - {until}"


def width(text: str) -> int:
    """Columns of a terminal that ``text`` takes: wide characters two, combining ones none."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _padded(text: str, to: int, column: Column) -> str:
    blanks = " " * (to - width(text))
    return text + blanks if column.kind in _WORDLIKE else blanks + text
