"""All calls of a record: what many tests look at and no screen does."""

from __future__ import annotations

from data.projection import Database
from telephony.calls.queries import CallRow, call


def all_calls(db: Database) -> list[CallRow]:
    """Every call, open ones too, oldest first."""
    streams = db.execute("SELECT call FROM calls ORDER BY began_at, call", {}).fetchall()
    return [row for (stream,) in streams if (row := call(db, stream)) is not None]
