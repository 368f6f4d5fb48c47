"""What is asked about recordings: typed rows from the derived tables. Times UTC micros."""

from __future__ import annotations

import msgspec

from data.clock import Micros
from data.projection import Database

_FIELDS = (
    "call, pbx, file, started_at, ended_at, state, seconds, bytes, sha256, finished_at, muted_since, muted_by, "
    "deleted_at"
)


class RecordingRow(msgspec.Struct, frozen=True):
    """A call's recording; ``state``: see :class:`data.vocabulary.recordings.RecordingFinished`, None while it runs."""

    call: str
    pbx: str
    file: str | None
    started_at: Micros
    ended_at: Micros | None
    state: str | None
    seconds: float | None
    bytes: int | None
    sha256: str | None
    finished_at: Micros | None
    muted_since: Micros | None
    muted_by: str | None
    """The telephone whose operator asked for the last mute."""
    deleted_at: Micros | None


class AccessRow(msgspec.Struct, frozen=True):
    """Somebody was given a recording; see :class:`data.vocabulary.recordings.RecordingAccessed`."""

    call: str
    at: Micros
    who: str
    how: str
    seconds: int | None
    reason: str | None


class HoldRow(msgspec.Struct, frozen=True):
    """An incident whose recordings are kept."""

    incident: str
    since: Micros
    who: str
    reason: str | None


def recording(db: Database, call: str) -> RecordingRow | None:
    """The recording of a call; None when nothing is known of one."""
    row = db.execute(f"SELECT {_FIELDS} FROM recordings WHERE call = :call", {"call": call}).fetchone()
    return RecordingRow(*row) if row else None


def _rows(db: Database, where: str, params: dict[str, int | str]) -> list[RecordingRow]:
    return [
        RecordingRow(*row) for row in db.execute(f"SELECT {_FIELDS} FROM recordings WHERE {where}", params).fetchall()
    ]


def pending(db: Database) -> list[RecordingRow]:
    """Recordings of calls that are over and whose file nobody has looked at yet, oldest first."""
    return _rows(db, "ended_at IS NOT NULL AND finished_at IS NULL ORDER BY ended_at", {})


def fingerprinted(db: Database) -> list[RecordingRow]:
    """Recordings whose file was looked at and not deleted since, oldest first."""
    return _rows(db, "sha256 IS NOT NULL AND deleted_at IS NULL ORDER BY ended_at", {})


def ended_before(db: Database, at: Micros) -> list[RecordingRow]:
    """Fingerprinted recordings, not deleted, of calls that ended before ``at``; oldest first."""
    return _rows(db, "sha256 IS NOT NULL AND deleted_at IS NULL AND ended_at < :at ORDER BY ended_at", {"at": at})


def deleted_since(db: Database, at: Micros) -> list[RecordingRow]:
    """Recordings that were deleted at ``at`` or later."""
    return _rows(db, "deleted_at >= :at ORDER BY deleted_at", {"at": at})


def by_linkedid(db: Database, linkedid: str) -> RecordingRow | None:
    """The recording of the call with that linkedid at any exchange; the latest when there are several."""
    found = _rows(
        db, "call IN (SELECT call FROM calls WHERE linkedid = :id) ORDER BY started_at DESC LIMIT 1", {"id": linkedid}
    )
    return found[0] if found else None


def muted(db: Database, pbx: str) -> list[RecordingRow]:
    """Running recordings that are muted now."""
    return _rows(db, "muted_since IS NOT NULL AND pbx = :pbx", {"pbx": pbx})


def mutes(db: Database, call: str) -> list[tuple[Micros, Micros | None]]:
    """From when to when a call was not recorded; None: still not."""
    found = db.execute("SELECT from_at, to_at FROM recording_mutes WHERE call = :call ORDER BY from_at", {"call": call})
    return [(row[0], row[1]) for row in found.fetchall()]


def accesses(db: Database, call: str) -> list[AccessRow]:
    """Who was given the recording of a call, oldest first."""
    found = db.execute(
        "SELECT call, at, who, how, seconds, reason FROM recording_access WHERE call = :call ORDER BY seq",
        {"call": call},
    )
    return [AccessRow(*row) for row in found.fetchall()]


def holds(db: Database) -> list[HoldRow]:
    """Incidents whose recordings are kept, oldest hold first."""
    found = db.execute("SELECT incident, since, who, reason FROM recording_holds ORDER BY since, incident")
    return [HoldRow(*row) for row in found.fetchall()]
