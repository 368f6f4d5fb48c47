"""What is asked about supervision: typed rows from the derived tables. Times UTC micros."""

from __future__ import annotations

import msgspec

from data.clock import Micros
from data.projection import Database

_FIELDS = "supervision, pbx, call, operator, telephone, mode, who, started_at, ended_at"


class SupervisionRow(msgspec.Struct, frozen=True):
    """Somebody (``who``) who listens, or listened, to ``operator``; ``mode`` is the last one."""

    supervision: str
    pbx: str
    call: str
    operator: str
    telephone: str
    mode: str
    who: str
    started_at: Micros
    ended_at: Micros | None


def running(db: Database) -> list[SupervisionRow]:
    """Who listens now, oldest first."""
    found = db.execute(f"SELECT {_FIELDS} FROM supervisions WHERE ended_at IS NULL ORDER BY started_at")
    return [SupervisionRow(*row) for row in found.fetchall()]


def of_call(db: Database, call: str) -> list[SupervisionRow]:
    """Who listened to a call, oldest first."""
    found = db.execute(f"SELECT {_FIELDS} FROM supervisions WHERE call = :call ORDER BY started_at", {"call": call})
    return [SupervisionRow(*row) for row in found.fetchall()]


def modes(db: Database, supervision: str) -> list[tuple[Micros, str]]:
    """In which mode since when."""
    found = db.execute(
        "SELECT from_at, mode FROM supervision_modes WHERE supervision = :id ORDER BY from_at", {"id": supervision}
    )
    return [(row[0], row[1]) for row in found.fetchall()]
