"""Asterisk's channel event log (CEL) as a file: the archive to trust, read from a moment on.

Each line is within about a millisecond of the event, the log is complete up to a kill -9, and its times are those of
AMI's Timestamps. What its lines mean for a call stands elsewhere; here they are only read.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec

from data.clock import SECOND, Micros, from_ami
from telephony.asterisk.names import CEL_COLUMNS

INTAKE = "X112Intake"
"""Our own event in the archive: here a 112 call begins."""

SILENT = "X112Silent"
"""Our own event: a step of the silent-call procedure (start, digit, nodigit)."""

_SERIAL = re.compile(r"(?:.*-)?(\d{1,12})\.(\d{1,12})\Z", re.DOTALL)  # of a channel: lab-1795490122.7
_ENDING = frozenset({"BRIDGE_EXIT", "STREAM_END", "APP_END", "HANGUP", "CHAN_END", "LINKEDID_END"})
_LINE = 65_536  # bytes of the longest line that is looked at when searching


class Row(msgspec.Struct, frozen=True):
    """One event of the archive; ``at`` is UTC micros."""

    event: str
    at: Micros
    channel: str
    uniqueid: str
    linkedid: str
    fields: Mapping[str, str]

    @property
    def extra(self) -> dict[str, object]:
        """The event's own details; {} when there are none or they are damaged."""
        try:
            found = msgspec.json.decode(self.fields["extra"] or "{}")
        except msgspec.DecodeError:
            return {}
        return found if isinstance(found, dict) else {}


def came_in(row: Row, intake_contexts: Collection[str]) -> bool:
    """Whether a 112 call begins here: our own event says so, or a channel that came in through the intake.

    (An exchange that is killed just then never gets to the first. What we dial through the trunk has no extension.)
    """
    if row.event == INTAKE:
        return True
    came = row.event == "CHAN_START" and row.uniqueid == row.linkedid and row.fields["context"] in intake_contexts
    return came and row.fields["exten"] not in ("", "s")


def read(path: Path, since: Micros) -> list[Row]:
    """The archive's events from ``since`` on (a little earlier, perhaps). Raises OSError.

    Lines are in the order of their times, so the beginning is searched by halving, however long the archive is. A
    damaged line (the machine died while it was written) is passed over. When the archive was rotated meanwhile (renamed
    to ``.1``, ``-20261124`` or the like, not compressed yet), the files before it are read, as far as they are needed.
    """
    found: list[Row] = []
    for file in (path, *_rotated(path)):
        try:
            rows, whole = _read_one(file, since)
        except FileNotFoundError:
            if file == path and not _rotated(path):
                raise
            continue  # just rotated, and nothing written since; or rotated once more while we read
        found = rows + found
        if whole:
            break
    return found


def begins(path: Path) -> Micros | None:
    """The oldest moment of which the archive, with what was rotated and not compressed, tells; None: it is empty."""
    for file in (*reversed(_rotated(path)), path):
        try:
            with file.open("rb") as archive:
                oldest = _time_of(archive.read(_LINE))
        except FileNotFoundError:
            continue
        if oldest is not None:
            return oldest
    return None


def _rotated(path: Path) -> list[Path]:
    """What the archive was before it was rotated, newest first."""
    named = re.compile(re.escape(path.name) + r"[.-][0-9][0-9.T-]*\Z")
    files = [each for each in path.parent.iterdir() if named.match(each.name)] if path.parent.is_dir() else []
    return sorted(files, key=lambda file: file.stat().st_mtime_ns, reverse=True)


def _read_one(path: Path, since: Micros) -> tuple[list[Row], bool]:
    """The events from ``since`` on, and whether the file goes back as far as that."""
    with path.open("rb") as archive:
        oldest = _time_of(archive.read(_LINE))
        archive.seek(_start(archive, since))
        text = archive.read().decode("utf-8", "replace")
    rows = [row for row in _rows(io.StringIO(text, newline="")) if row.at >= since]
    return rows, oldest is not None and oldest < since


def cells(line: str) -> list[str]:
    """The cells of one line of Asterisk's csv files; none of a damaged one.

    Each line by itself: the exchange writes an event as one line, and a quotation mark that was never closed (the
    machine died meanwhile) would take the next event with it. Zeros are what a file system leaves behind then.
    """
    try:
        return next(csv.reader((line.replace("\0", ""),)), [])
    except csv.Error:
        return []


def _rows(lines: Iterable[str]) -> Iterator[Row]:
    for values in map(cells, lines):
        if len(values) != len(CEL_COLUMNS):
            continue
        fields = dict(zip(CEL_COLUMNS, values, strict=True))
        try:
            at = from_ami(fields["time"])
        except ValueError:
            continue
        yield Row(fields["event"], at, fields["channel"], fields["uniqueid"], fields["linkedid"], fields)


def _start(archive: BinaryIO, since: Micros) -> int:
    """The offset of the beginning of a line that is not later than ``since`` (0 when there is none)."""
    low, high = 0, archive.seek(0, os.SEEK_END)
    while high - low > _LINE:
        middle = (low + high) // 2
        archive.seek(middle)
        chunk = archive.read(_LINE)
        begin = chunk.find(b"\n") + 1
        at = _time_of(chunk[begin:])
        if begin and at is not None and at < since:
            low = middle + begin
        else:
            high = middle
    return low


def _time_of(lines: bytes) -> Micros | None:
    """The time of the first whole line."""
    for row in _rows(io.StringIO(lines.decode("utf-8", "replace"), newline="")):
        return row.at
    return None


def boots(rows: Sequence[Row], restarts: Iterable[Micros]) -> set[int]:
    """Before which lines the exchange started anew (the number of lines: after the last). Pure.

    ``restarts``: when it started, as another record says, in whole seconds.

    Asterisk numbers its channels from its start on: a channel that began later than another and has no higher number
    belongs to a later run.
    """
    found: set[int] = set()
    newest, highest = -1, -1
    starts: list[int] = []
    for number, row in enumerate(rows):
        if row.event != "CHAN_START":
            continue
        starts.append(number)
        serial = _SERIAL.match(row.uniqueid)
        if serial is None:
            continue
        began, count = int(serial[1]), int(serial[2])
        if count <= highest and (began > newest or (count == 0 and began == newest)):
            found.add(number)
            highest = -1
        newest, highest = max(newest, began), max(highest, count)
    for at in restarts:
        # It is told in whole seconds: what began in that second belongs to the former run unless its number says else.
        first = next((number for number in starts if rows[number].at >= at + SECOND), len(rows))
        if not any(number <= first and rows[number].at >= at for number in found if number < len(rows)):
            found.add(first)
    return found


def taken_down(rows: Sequence[Row], boot: int) -> Iterator[str]:
    """The channels (Uniqueid) that an exchange took down when it was stopped, before it started at line ``boot``.

    Their ends are the last that it wrote, and nobody's telephone asked for them. Pure.
    """
    for row in reversed(rows[:boot]):
        if row.event not in _ENDING:
            return
        if row.event == "HANGUP" and not row.extra.get("hangupsource"):
            yield row.uniqueid
