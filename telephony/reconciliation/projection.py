"""The derived table of what came of each reconciliation."""

from __future__ import annotations

import msgspec

from data.clock import Micros
from data.entry import Entry
from data.projection import Database
from data.vocabulary.reconciliation import ReconcileFinished


class _Reconciliation:
    """Projection: one row for each time that the journal was held against an exchange's records."""

    name = "reconciliation"
    version = 1
    tables = ("reconciliations",)
    ddl = """
        CREATE TABLE reconciliations(seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, pbx TEXT NOT NULL,
            differences INTEGER NOT NULL, body TEXT NOT NULL);
        CREATE INDEX reconciliations_pbx ON reconciliations(pbx, seq)
    """
    kinds = frozenset({ReconcileFinished.KIND})

    def apply(self, db: Database, entry: Entry) -> None:
        """Fold one entry."""
        body = entry.body
        assert isinstance(body, ReconcileFinished)
        db.execute(
            "INSERT INTO reconciliations VALUES (:seq, :at, :pbx, :differences, :body)",
            {
                "seq": entry.seq,
                "at": entry.at,
                "pbx": entry.stream.partition("/")[2],
                "differences": body.differences,
                "body": msgspec.json.encode(body).decode(),
            },
        )


RECONCILIATION = _Reconciliation()
"""Register it with the journal."""


class Last(msgspec.Struct, frozen=True):
    """The latest reconciliation of an exchange, and when it was."""

    at: Micros
    result: ReconcileFinished


def last(db: Database, pbx: str) -> Last | None:
    """The latest reconciliation of ``pbx``; None when there was none."""
    row = db.execute(
        "SELECT at, body FROM reconciliations WHERE pbx = :pbx ORDER BY seq DESC LIMIT 1", {"pbx": pbx}
    ).fetchone()
    return None if row is None else Last(row[0], msgspec.json.decode(row[1], type=ReconcileFinished))
