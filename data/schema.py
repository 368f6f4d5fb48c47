"""The tables of the journal itself, as migrations; derived tables are the projections', side tables are in ``side``."""

from __future__ import annotations

from typing import Any

from data.store.sqlite import Migrations

JOURNAL = Migrations("siaga112-journal")


@JOURNAL()
def m001_journal(db: Any) -> None:
    """Entries, personal values beside them, and which projection stands at which version."""
    db.execute(
        """CREATE TABLE journal(
            seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, stream TEXT NOT NULL, version INTEGER NOT NULL,
            kind TEXT NOT NULL, at INTEGER NOT NULL, recorded_at INTEGER NOT NULL, actor TEXT NOT NULL,
            terminal TEXT NOT NULL, body TEXT NOT NULL, prev_hash TEXT NOT NULL, hash TEXT NOT NULL)"""
    )
    db.execute("CREATE UNIQUE INDEX journal_stream ON journal(stream, version)")
    db.execute(
        """CREATE TABLE personal(
            entry_id TEXT NOT NULL, field TEXT NOT NULL, salt BLOB NOT NULL, value TEXT NOT NULL,
            PRIMARY KEY(entry_id, field)) WITHOUT ROWID"""
    )
    db.execute("CREATE TABLE projections(name TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID")


@JOURNAL()
def m002_credentials(db: Any) -> None:
    """Password hashes (argon2id), never in the chain; changed in the transaction of ``user.password_set``."""
    db.execute("CREATE TABLE credentials(login TEXT PRIMARY KEY, hash TEXT NOT NULL) WITHOUT ROWID")
