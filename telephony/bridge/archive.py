"""What nobody saw: the exchange's own archive (channel event logging) tells of the calls that came while no bridge ran.

After every login the archive is read from a little before the last thing that was seen. A call that has ended, and of
which the journal knows nothing or not all, becomes a ``call.recovered`` with the archive's times, which are those of
AMI to the millisecond. Live facts are never replaced by it.
"""

from __future__ import annotations

import csv
import io
import logging
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

import msgspec

from data.clock import Micros, from_ami
from data.entry import Draft
from data.vocabulary.calls import CallRecovered
from telephony.asterisk.names import CEL_COLUMNS
from telephony.calls.fold import Call
from telephony.calls.names import HELPERS, call_stream, interface_of, known, technology

log = logging.getLogger(__name__)

INTAKE = "X112Intake"
"""Our own event in the archive: here a 112 call begins."""

SOURCE = "cel"
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


def _rows(lines: Iterable[str]) -> Iterator[Row]:
    for values in csv.reader(lines):
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


def recovered(pbx: str, rows: Iterable[Row], *, booted_at: Micros | None = None) -> dict[str, CallRecovered]:
    """The 112 calls among ``rows`` that are over, by stream. Pure.

    ``booted_at``: the exchange started then; a call without an end whose events are all older ended with it.
    """
    calls: dict[str, list[Row]] = {}
    for row in rows:
        calls.setdefault(row.linkedid, []).append(row)
    found: dict[str, CallRecovered] = {}
    for events in calls.values():
        caller = next((row.uniqueid for row in events if row.event == INTAKE), None)
        call = _call(events, caller, booted_at) if caller is not None else None
        if caller is not None and call is not None:
            found[call_stream(pbx, caller)] = call
    return found


def _call(events: list[Row], caller: str, booted_at: Micros | None) -> CallRecovered | None:
    own = [row for row in events if row.uniqueid == caller]
    others = [row for row in events if row.uniqueid != caller and technology(row.channel) not in HELPERS]
    began = _first(own, "CHAN_START")
    if began is None:
        return None  # it began before what was read, so somebody saw it
    end = _first(own, "HANGUP") or _first(own, "CHAN_END")
    lost = end is None and booted_at is not None and max(row.at for row in events) < booted_at
    if end is None and not lost:
        return None
    queued = next((row for row in own if row.event == "APP_START" and row.fields["application"] == "Queue"), None)
    offered = next((row for row in others if row.event == "CHAN_START"), None)
    answered_at, operator = _answer(own, others)
    intake = _first(own, INTAKE) or began
    unanswered = "pbx_lost" if lost else "abandoned"
    return CallRecovered(
        source=SOURCE,
        arrived_at=began.at,
        outcome="answered" if answered_at is not None else unanswered,
        number=known(intake.fields["number"], 80),
        name=known(intake.fields["name"]),
        queue=known(queued.fields["data"].partition(",")[0], 80) if queued else None,
        operator=operator,
        queued_at=queued.at if queued else None,
        offered_at=offered.at if offered else None,
        answered_at=answered_at,
        ended_at=end.at if end else None,
        ended_by="pbx" if lost or end is None else _ended_by(end, others),
    )


def _first(rows: Iterable[Row], event: str) -> Row | None:
    return next((row for row in rows if row.event == event), None)


def _answer(own: list[Row], others: list[Row]) -> tuple[Micros | None, str | None]:
    """When the caller and somebody else were first in one bridge, and who that was."""
    entered = {str(row.extra.get("bridge_id")): row.at for row in reversed(own) if row.event == "BRIDGE_ENTER"}
    together = [
        (max(row.at, entered[bridge]), interface_of(row.channel))
        for row in others
        if row.event == "BRIDGE_ENTER" and (bridge := str(row.extra.get("bridge_id"))) in entered
    ]
    return min(together) if together else (None, None)


def _ended_by(end: Row, others: Iterable[Row]) -> str | None:
    source = end.extra.get("hangupsource")
    if source == end.channel:
        return "caller"
    return "operator" if source and any(row.channel == source for row in others) else None


def lacks(call: Call | None) -> bool:
    """Whether the journal lacks something that the archive has: nobody saw it, or not all of it. Pure."""
    if call is None:
        return True
    if call.recovered_from is not None or not call.ended:
        return False  # told already; or not over, and its end will be seen
    return call.observed_at is not None or call.end_evidence == "snapshot"


def draft_of(pbx: str, stream: str, call: CallRecovered) -> Draft:
    """The entry: one id per call, so that two bridges tell it once."""
    return Draft(
        id=f"{stream}/recovered",
        stream=stream,
        body=call,
        at=call.ended_at or call.arrived_at,
        actor=f"pbx:{pbx}",
    )
