"""Master.csv, as Asterisk's cdr_csv writes it (newcdrcolumns, uniqueid and userfield logged, times in UTC)."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from data.clock import SECOND, Micros


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One call detail record. ``answered_at`` is the dialplan's Answer(), which is not an operator's answer."""

    number: str
    name: str
    exten: str
    context: str
    channel: str
    operator_channel: str = ""
    application: str = "Queue"
    data: str = ""
    started_at: Micros
    answered_at: Micros
    ended_at: Micros
    disposition: str
    uniqueid: str
    linkedid: str
    sequence: int


def line(record: Record) -> str:
    """The record as one line: texts quoted with quotation marks doubled, numbers bare."""
    duration = (record.ended_at - record.started_at) // SECOND
    billed = (record.ended_at - record.answered_at) // SECOND if record.disposition == "ANSWERED" else 0
    cells: list[str | int] = [
        "",
        record.number,
        record.exten,
        record.context,
        f'"{record.name}" <{record.number}>',
        record.channel,
        record.operator_channel,
        record.application,
        record.data,
        _time(record.started_at),
        _time(record.answered_at),
        _time(record.ended_at),
        int(duration),
        int(billed),
        record.disposition,
        "DOCUMENTATION",
        record.uniqueid,
        record.linkedid,
        "",
        record.linkedid,
        record.sequence,
    ]
    return ",".join(str(c) if isinstance(c, int) else '"' + c.replace('"', '""') + '"' for c in cells) + "\n"


def _time(at: Micros) -> str:
    return datetime.fromtimestamp(at // SECOND, UTC).strftime("%Y-%m-%d %H:%M:%S")


class CdrFile:
    """Appends records to Master.csv."""

    def __init__(self, path: Path) -> None:
        """``path``: the file; its folder is there."""
        self._path = path

    def write(self, records: list[Record]) -> None:
        """Append ``records``; they are in the file when this returns."""
        with self._path.open("a", encoding="utf-8", errors="surrogateescape", newline="") as file:
            file.writelines(line(record) for record in records)
            file.flush()
            os.fsync(file.fileno())
