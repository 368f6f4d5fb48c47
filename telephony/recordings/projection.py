"""The derived tables of recordings: one row a call, its mutes, who was given it, and the holds of incidents."""

from __future__ import annotations

from data.entry import Entry
from data.projection import Database
from data.vocabulary import calls as c
from data.vocabulary import recordings as v

_DDL = """
    CREATE TABLE recordings(
        call TEXT PRIMARY KEY, pbx TEXT NOT NULL, file TEXT, started_at INTEGER NOT NULL, ended_at INTEGER,
        state TEXT, seconds REAL, bytes INTEGER, sha256 TEXT, finished_at INTEGER, muted_since INTEGER,
        muted_by TEXT, deleted_at INTEGER);
    CREATE INDEX recordings_pending ON recordings(ended_at) WHERE ended_at IS NOT NULL AND finished_at IS NULL;
    CREATE INDEX recordings_muted ON recordings(muted_since) WHERE muted_since IS NOT NULL;
    CREATE INDEX recordings_kept ON recordings(ended_at) WHERE sha256 IS NOT NULL AND deleted_at IS NULL;
    CREATE INDEX recordings_deleted ON recordings(deleted_at) WHERE deleted_at IS NOT NULL;
    CREATE TABLE recording_mutes(
        call TEXT NOT NULL, from_at INTEGER NOT NULL, to_at INTEGER, PRIMARY KEY(call, from_at));
    CREATE TABLE recording_access(
        seq INTEGER PRIMARY KEY, call TEXT NOT NULL, at INTEGER NOT NULL, who TEXT NOT NULL, how TEXT NOT NULL,
        seconds INTEGER, reason TEXT);
    CREATE INDEX recording_access_call ON recording_access(call);
    CREATE TABLE recording_holds(incident TEXT PRIMARY KEY, since INTEGER NOT NULL, who TEXT NOT NULL, reason TEXT)
"""


class _Recordings:
    """Projection: what is known of each call's recording."""

    name = "recordings"
    version = 3
    tables = ("recordings", "recording_mutes", "recording_access", "recording_holds")
    ddl = _DDL
    kinds = frozenset(
        cls.KIND
        for cls in (
            c.CallRecording,
            c.CallEnded,
            c.CallRecovered,
            c.CommandRequested,
            v.RecordingFinished,
            v.RecordingAccessed,
            v.RecordingHeld,
            v.RecordingReleased,
            v.RecordingDeleted,
        )
    )

    def apply(self, db: Database, entry: Entry) -> None:
        """Fold one entry into the tables."""
        body = entry.body
        if isinstance(body, c.CallRecording):
            _recording(db, entry, body)
        elif isinstance(body, c.CallEnded):
            _ended(db, entry.stream, entry.at)
        elif isinstance(body, c.CallRecovered):
            if body.ended_at is not None:
                _started(db, entry.stream, body.arrived_at, None)
                _ended(db, entry.stream, body.ended_at)
        elif isinstance(body, c.CommandRequested):
            if body.action == "mute":  # the exchange tells that it is so, not for whom
                db.execute(
                    "UPDATE recordings SET muted_by = :operator WHERE call = :call AND ended_at IS NULL",
                    {"operator": body.operator, "call": body.call},
                )
        elif isinstance(body, v.RecordingFinished):
            _finished(db, entry, body)
        elif isinstance(body, v.RecordingAccessed):
            db.execute(
                "INSERT INTO recording_access VALUES (:seq, :call, :at, :who, :how, :seconds, :reason)",
                {
                    "seq": entry.seq, "call": body.call, "at": entry.at, "who": entry.actor, "how": body.how,
                    "seconds": body.seconds, "reason": body.reason,
                },
            )  # fmt: skip
        elif isinstance(body, v.RecordingHeld):
            db.execute(
                "INSERT INTO recording_holds VALUES (:incident, :at, :who, :reason) ON CONFLICT(incident) DO NOTHING",
                {"incident": body.incident, "at": entry.at, "who": entry.actor, "reason": body.reason},
            )
        elif isinstance(body, v.RecordingReleased):
            db.execute("DELETE FROM recording_holds WHERE incident = :incident", {"incident": body.incident})
        elif isinstance(body, v.RecordingDeleted):
            db.execute("UPDATE recordings SET deleted_at = :at WHERE call = :call", {"at": entry.at, "call": body.call})


RECORDINGS = _Recordings()
"""Register it with the journal."""


def _started(db: Database, call: str, at: int, file: str | None) -> None:
    db.execute(
        "INSERT INTO recordings(call, pbx, file, started_at) VALUES (:call, :pbx, :file, :at) "
        "ON CONFLICT(call) DO UPDATE SET file = COALESCE(file, excluded.file)",
        {"call": call, "pbx": call.split("/")[1], "file": file, "at": at},
    )


def _recording(db: Database, entry: Entry, body: c.CallRecording) -> None:
    call, at = entry.stream, entry.at
    _started(db, call, at, body.file)
    if body.state == "muted":
        db.execute(
            "INSERT INTO recording_mutes SELECT call, :at, NULL FROM recordings WHERE call = :call "
            "AND muted_since IS NULL AND ended_at IS NULL ON CONFLICT(call, from_at) DO UPDATE SET to_at = NULL",
            {"call": call, "at": at},
        )
        db.execute(
            "UPDATE recordings SET muted_since = COALESCE(muted_since, :at) WHERE call = :call AND ended_at IS NULL",
            {"call": call, "at": at},
        )
    elif body.state == "unmuted":
        _unmute(db, call, at)


def _unmute(db: Database, call: str, at: int) -> None:
    db.execute("UPDATE recording_mutes SET to_at = :at WHERE call = :call AND to_at IS NULL", {"call": call, "at": at})
    db.execute("UPDATE recordings SET muted_since = NULL WHERE call = :call", {"call": call})


def _ended(db: Database, call: str, at: int) -> None:
    _unmute(db, call, at)
    db.execute("UPDATE recordings SET ended_at = :at WHERE call = :call AND ended_at IS NULL", {"call": call, "at": at})


def _finished(db: Database, entry: Entry, body: v.RecordingFinished) -> None:
    db.execute(
        "UPDATE recordings SET file = :file, state = :state, seconds = :seconds, bytes = :bytes, sha256 = :sha256, "
        "finished_at = :at WHERE call = :call",
        {
            "file": body.file, "state": body.state, "seconds": body.seconds, "bytes": body.bytes,
            "sha256": body.sha256, "at": entry.at, "call": body.call,
        },
    )  # fmt: skip
