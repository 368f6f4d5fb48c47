"""Derived tables made anew from the journal, in a shadow database, then put in place in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from data.journal import Journal, create_tables, note_version
from data.projection import Projection
from data.store import connection, sqlite
from data.store.connection import rows

_BATCH = 2000

Progress = Callable[[int], None]
"""Told the last ``seq`` done."""


def shadow(
    journal: Journal, projections: Sequence[Projection], path: Path, progress: Progress | None = None
) -> tuple[sqlite.Database, int]:
    """Fold the whole journal into new tables in the database at ``path``; returns it and the last ``seq`` folded."""
    db = connection.connect(path, synchronous="OFF")
    for projection in projections:
        create_tables(db, projection)
    return db, catch_up(journal, projections, db, 0, progress)


def catch_up(
    journal: Journal,
    projections: Sequence[Projection],
    db: sqlite.Database,
    after: int,
    progress: Progress | None = None,
) -> int:
    """Fold the entries with ``seq > after`` into ``db``; returns the last ``seq``."""
    by_kind: dict[str, list[Projection]] = {}
    for projection in projections:
        for kind in projection.kinds:
            by_kind.setdefault(kind, []).append(projection)
    while batch := journal.read(after, _BATCH):
        db.execute("BEGIN")
        for entry in batch:
            for projection in by_kind.get(entry.kind, ()):
                projection.apply(db, entry)
        db.execute("COMMIT")
        after = batch[-1].seq
        if progress:
            progress(after)
    return after


def rebuild(journal: Journal, projections: Sequence[Projection] | None = None, progress: Progress | None = None) -> int:
    """Make the derived tables of ``projections`` (default: all) anew; readers see the old rows until then.

    Returns the number of entries folded. Raises StoreLocked, StoreFull; then the old tables stand.
    """
    chosen = tuple(journal.projections if projections is None else projections)
    with TemporaryDirectory(dir=journal.directory, prefix="rebuild-") as folder:
        path = Path(folder) / "shadow.sqlite"
        db, seq = shadow(journal, chosen, path, progress)
        try:
            with journal.transaction() as session:
                # The lock is ours, so nothing comes after this last stretch.
                seq = catch_up(journal, chosen, db, seq, progress)
                for projection in chosen:
                    create_tables(session, projection)
                    for table in projection.tables:
                        width = len(rows(db.execute(f'PRAGMA table_info("{table}")')))
                        marks = ",".join("?" * width)
                        session.db.conn.executemany(
                            f'INSERT INTO "{table}" VALUES ({marks})', db.execute(f'SELECT * FROM "{table}"')
                        )
                    note_version(session, projection)
        finally:
            db.close()
    return seq
