"""How long recordings are kept: deleted after so many days, never while an incident of their call is on hold.

The entry is written first and the file removed after it, so nothing is gone without an entry; a file that outlived its
entry (the process was killed in between) goes at the next look.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from data.clock import SECOND, Micros
from data.entry import Draft, draft
from data.errors import Refusal
from data.journal import Journal
from data.projection import Database, Reader
from data.text import safe_line
from data.vocabulary.recordings import RecordingDeleted, RecordingHeld, RecordingReleased
from telephony.recordings import queries
from telephony.recordings.names import path_of, recording_stream
from telephony.recordings.queries import RecordingRow

log = logging.getLogger(__name__)

DAY: Micros = 86_400 * SECOND

IncidentsOf = Callable[[Database, str], Iterable[str]]
"""The ids of the incidents that a call (its stream) belongs to; only who knows incidents can say."""


def hold(db: Database, incident: str, *, reason: str, actor: str, terminal: str = "") -> list[Draft]:
    """The recordings of this incident's calls are evidence. Raises Refusal without a reason, or when it is so."""
    text = safe_line(reason.strip(), 200)
    if not text:
        raise Refusal("no_reason", "a reason is needed")
    if any(row.incident == incident for row in queries.holds(db)):
        raise Refusal("held_already", "the recordings of this incident are on hold already")
    body = RecordingHeld(incident=incident, reason=text)
    return [draft(f"recording_hold/{incident}", body, actor=actor, terminal=terminal)]


def release(db: Database, incident: str, *, reason: str, actor: str, terminal: str = "") -> list[Draft]:
    """They are no longer needed. Raises Refusal without a reason, or when there is no hold."""
    text = safe_line(reason.strip(), 200)
    if not text:
        raise Refusal("no_reason", "a reason is needed")
    if all(row.incident != incident for row in queries.holds(db)):
        raise Refusal("not_on_hold", "the recordings of this incident are not on hold")
    body = RecordingReleased(incident=incident, reason=text)
    return [draft(f"recording_hold/{incident}", body, actor=actor, terminal=terminal)]


def expired(db: Database, at: Micros, keep_days: int, incidents_of: IncidentsOf) -> list[RecordingRow]:
    """Recordings whose time is over and that no hold keeps, oldest first; none with ``keep_days`` 0 (for ever)."""
    if keep_days <= 0:
        return []
    held = {row.incident for row in queries.holds(db)}
    old = queries.ended_before(db, at - keep_days * DAY)
    return [row for row in old if not held or held.isdisjoint(incidents_of(db, row.call))]


def prune(
    journal: Journal, folders: Mapping[str, str | None], at: Micros, keep_days: int, incidents_of: IncidentsOf,
    *, actor: str,
) -> list[RecordingRow]:  # fmt: skip
    """Delete what is :func:`expired` in ``folders`` (exchange -> folder on this machine); what was deleted."""
    done = []
    for row in expired(journal, at, keep_days, incidents_of):
        folder = folders.get(row.pbx)
        if not folder or not Path(folder).is_dir():
            continue
        path = path_of(folder, row.file or "")
        if path is not None and _write(journal, row, at, keep_days, incidents_of, actor):
            _remove(path)
            done.append(row)
    for row in queries.deleted_since(journal, at - 7 * DAY):
        path = path_of(folders.get(row.pbx) or "/nonexistent", row.file or "")
        if path is not None and path.exists():
            _remove(path)
    return done


def _write(
    journal: Journal, row: RecordingRow, at: Micros, keep_days: int, incidents_of: IncidentsOf, actor: str
) -> bool:
    """The entry; inside the lock it is looked again whether a hold keeps the recording by now."""
    stream = recording_stream(row.call)
    body = RecordingDeleted(
        call=row.call, file=row.file or "", keep_days=keep_days, sha256=row.sha256, bytes=row.bytes
    )  # fmt: skip

    def rule(reader: Reader) -> list[Draft]:
        held = {each.incident for each in queries.holds(reader)}
        if not held.isdisjoint(incidents_of(reader, row.call)):
            return []
        return [draft(stream, body, actor=actor, at=at, id=f"{stream}/deleted")]

    return bool(journal.decide(rule))


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        log.error("%s cannot be removed: %s", path, error)
