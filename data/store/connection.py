"""Opening SQLite so that it is safe: version, pragmas, rights, and errors as sentences."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pysqlite3

from data.errors import SiagaError
from data.store.ownership import give_to_owner
from data.store.sqlite import Database, Migrations

SAFE_SQLITE = (3, 51, 3)
"""SQLite 3.7.0-3.51.2 can corrupt a WAL file that many processes use (the WAL-reset bug, fixed in 3.51.3)."""

DatabaseError = pysqlite3.DatabaseError
OperationalError = pysqlite3.OperationalError


class UnsafeSqlite(SiagaError):
    """The SQLite library is one that corrupts databases shared by processes."""

    code = "unsafe_sqlite"


class StoreFull(SiagaError):
    """The disk is full. What was to be written was not; nothing is half-written."""

    code = "disk_full"


class StoreTooNew(SiagaError):
    """The database was written by a newer program."""

    code = "store_too_new"


class StoreClosed(SiagaError):
    """The file cannot be opened by the user who runs this program."""

    code = "store_closed"


class StoreBroken(SiagaError):
    """The file is no database, or is damaged."""

    code = "store_broken"


def connect(path: Path, *, synchronous: str = "FULL") -> Database:
    """A connection in autocommit mode (transactions are explicit), file mode 0600, WAL, foreign keys on.

    Raises UnsafeSqlite, StoreClosed, StoreBroken.
    """
    if pysqlite3.sqlite_version_info < SAFE_SQLITE:
        raise UnsafeSqlite(
            f"SQLite {pysqlite3.sqlite_version} can corrupt a journal that several processes use",
            remedy="install pysqlite3 0.6.1 or newer, which bundles a corrected SQLite",
        )
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        give_to_owner(path)
    except OSError as error:
        who = "run it as the user to whom the data directory belongs: sudo -u siaga112 siaga112 ..."
        raise StoreClosed(
            f"the database cannot be opened: {error.strerror}",
            where=str(path),
            remedy=who if isinstance(error, PermissionError) else "name the right directory with --data",
        ) from error
    # One connection per thread; only closing may come from another thread, when its own has ended.
    connection = pysqlite3.connect(str(path), isolation_level=None, timeout=10, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={synchronous}")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA cache_size=-16000")
    except pysqlite3.DatabaseError as error:
        connection.close()
        raise translate(error, path) from error
    return Database(connection, recursive_triggers=False, execute_plugins=False)


def migrate(db: Database, migrations: Migrations, path: Path) -> None:
    """Apply what is pending, in the caller's exclusive lock. Raises StoreTooNew when the file knows more than we do."""
    known = {m.name for m in migrations._migrations}
    newer = [m.name for m in migrations.applied(db) if m.name not in known]
    if newer:
        raise StoreTooNew(
            f"the database is newer than this program (it has {', '.join(newer)})",
            where=str(path),
            remedy="start the newer siaga112, or restore a backup of this version",
        )
    if migrations.pending(db):
        migrations.apply(db)


def translate(error: Exception, path: Path) -> SiagaError:
    """The sentence for a SQLite error that a person can do something about."""
    text = str(error)
    name = getattr(error, "sqlite_errorname", "")
    if "FULL" in name or "disk is full" in text or "disk I/O error" in text:
        return StoreFull(
            "the disk is full; nothing was written",
            where=str(path),
            remedy="free some space; the program goes on by itself",
        )
    return StoreBroken(
        f"the database cannot be used: {text}",
        where=str(path),
        remedy="restore the last backup, keep this file as evidence",
    )


def rows(cursor: Any) -> list[tuple[Any, ...]]:
    """All rows of a cursor, typed."""
    return list(cursor.fetchall())
