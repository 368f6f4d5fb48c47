"""The exchange's other two records: queue_log (outcomes, whole seconds) and the CDRs (which only count calls).

Both stand beside the archive in the exchange's log directory. Neither is trusted as the archive is: every pick from the
queue writes an ABANDON, and the CDRs of running calls are lost with a killed exchange.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from data.clock import SECOND, Micros
from telephony.asterisk.cel import cells
from telephony.asterisk.names import CDR_FILE, CEL_FILE, HELD_QUEUE, QUEUE_LOG
from telephony.calls.names import short_call

_USERFIELD, _START, _CDR_CELLS = 17, 9, 21
"""Cells of a CDR line: our call's key, when it began ("2026-11-24 07:55:25" UTC), and how many there are at least."""


class Queued(msgspec.Struct):
    """What queue_log tells of one call; ``answered``: a telephone was connected with it."""

    at: Micros
    answered: bool = False


class QueueLog(msgspec.Struct, frozen=True):
    """A stretch of queue_log: its calls by key, when the exchange started, from when on it goes."""

    calls: dict[str, Queued] = {}
    restarts: tuple[Micros, ...] = ()
    begins_at: Micros | None = None


def beside(archive: Path) -> tuple[Path | None, Path | None]:
    """queue_log and the CDRs of the exchange whose archive is ``archive``; None where there is none."""
    if not archive.as_posix().endswith(f"/{CEL_FILE}"):
        return None, None
    log = archive.parents[CEL_FILE.count("/")]
    queue_log, cdr = log / QUEUE_LOG, log / CDR_FILE
    return queue_log if queue_log.is_file() else None, cdr if cdr.is_file() else None


def read_queue_log(lines: Iterable[str], since: Micros, until: Micros) -> QueueLog:
    """The calls that entered a queue in [since, until), and the starts of the exchange from ``since`` on. Pure."""
    calls: dict[str, Queued] = {}
    restarts: list[Micros] = []
    begins_at: Micros | None = None
    for line in lines:
        cells = line.rstrip("\n").split("|")
        if len(cells) < 5 or not cells[0].isdecimal() or len(cells[0]) > 12:
            continue
        at, call, queue, event = int(cells[0]) * SECOND, cells[1], cells[2], cells[4]
        begins_at = at if begins_at is None else begins_at
        if event == "QUEUESTART" and at >= since:
            restarts.append(at)
        elif queue == HELD_QUEUE:
            continue  # callers on hold stand in it; nobody answers there
        elif event == "ENTERQUEUE" and since <= at < until:
            calls.setdefault(short_call(call), Queued(at))
        elif event == "CONNECT" and (known := calls.get(short_call(call))) is not None:
            known.answered = True
    return QueueLog(calls, tuple(restarts), begins_at)


def read_cdr(lines: Iterable[str], since: Micros, until: Micros) -> dict[str, Micros]:
    """The 112 calls (those with our key) that began in [since, until), with their beginning in whole seconds. Pure."""
    found: dict[str, Micros] = {}
    for row in map(cells, lines):
        if len(row) < _CDR_CELLS or not row[_USERFIELD]:
            continue
        try:
            began = datetime.strptime(row[_START], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
        except ValueError:
            continue
        at = int(began.timestamp()) * SECOND
        if since <= at < until:
            found.setdefault(short_call(row[_USERFIELD]), at)
    return found
