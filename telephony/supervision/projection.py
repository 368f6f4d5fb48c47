"""The derived tables of supervision: one row for each time that somebody listened, and the modes in it."""

from __future__ import annotations

from data.entry import Entry
from data.projection import Database
from data.vocabulary import calls as c
from data.vocabulary import supervision as v

_DDL = """
    CREATE TABLE supervisions(
        supervision TEXT PRIMARY KEY, pbx TEXT NOT NULL, call TEXT NOT NULL, operator TEXT NOT NULL,
        telephone TEXT NOT NULL, mode TEXT NOT NULL, who TEXT NOT NULL, started_at INTEGER NOT NULL, ended_at INTEGER);
    CREATE INDEX supervisions_now ON supervisions(call) WHERE ended_at IS NULL;
    CREATE INDEX supervisions_when ON supervisions(started_at);
    CREATE TABLE supervision_modes(
        supervision TEXT NOT NULL, from_at INTEGER NOT NULL, mode TEXT NOT NULL, PRIMARY KEY(supervision, from_at))
"""


class _Supervisions:
    """Projection: who listens now, and who has listened."""

    name = "supervisions"
    version = 1
    tables = ("supervisions", "supervision_modes")
    ddl = _DDL
    kinds = frozenset(cls.KIND for cls in (v.SupervisionStarted, v.SupervisionChanged, v.SupervisionEnded, c.CallEnded))

    def apply(self, db: Database, entry: Entry) -> None:
        """Fold one entry into the tables."""
        body, about = entry.body, {"id": entry.stream, "at": entry.at}
        if isinstance(body, c.CallEnded):
            # Whoever listened hears no more, also when nobody saw it.
            db.execute("UPDATE supervisions SET ended_at = :at WHERE call = :id AND ended_at IS NULL", about)
        elif isinstance(body, v.SupervisionStarted):
            db.execute(
                "INSERT INTO supervisions VALUES (:id, :pbx, :call, :operator, :telephone, :mode, :who, :at, NULL) "
                "ON CONFLICT(supervision) DO NOTHING",
                {
                    **about, "pbx": entry.stream.split("/")[1], "call": body.call, "operator": body.operator,
                    "telephone": body.telephone, "mode": body.mode, "who": body.by or "",
                },
            )  # fmt: skip
            _mode(db, entry, body.mode)
        elif isinstance(body, v.SupervisionChanged):
            db.execute("UPDATE supervisions SET mode = :mode WHERE supervision = :id", {**about, "mode": body.mode})
            _mode(db, entry, body.mode)
        elif isinstance(body, v.SupervisionEnded):
            db.execute("UPDATE supervisions SET ended_at = :at WHERE supervision = :id AND ended_at IS NULL", about)


SUPERVISIONS = _Supervisions()
"""Register it with the journal."""


def _mode(db: Database, entry: Entry, mode: str) -> None:
    db.execute(
        "INSERT INTO supervision_modes VALUES (:id, :at, :mode) ON CONFLICT DO NOTHING",
        {"id": entry.stream, "at": entry.at, "mode": mode},
    )
