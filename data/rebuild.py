"""Derived tables made anew from the journal, in a shadow database, then put in place in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from data.entry import Entry
from data.journal import Journal, create_tables, note_version
from data.projection import Projection
from data.store import connection, sqlite
from data.store.connection import rows

_BATCH = 2000

Progress = Callable[[int], None]
"""Told the last ``seq`` done."""

Read = Callable[[int, int], list[Entry]]
"""Entries with a higher ``seq``, at most so many, in order: what :meth:`Journal.read` does."""


class Session(Protocol):
    """The transaction in which the tables are put in place."""

    db: sqlite.Database


def shadow(
    journal: Journal,
    projections: Sequence[Projection],
    path: Path,
    progress: Progress | None = None,
    read: Read | None = None,
) -> tuple[sqlite.Database, int]:
    """Fold the whole journal into new tables in the database at ``path``; returns it and the last ``seq`` folded."""
    db = connection.connect(path, synchronous="OFF")
    for projection in projections:
        create_tables(db, projection)
    return db, catch_up(journal, projections, db, 0, progress, read)


def catch_up(
    journal: Journal,
    projections: Sequence[Projection],
    db: sqlite.Database,
    after: int,
    progress: Progress | None = None,
    read: Read | None = None,
) -> int:
    """Fold the entries with ``seq > after`` into ``db``; returns the last ``seq``."""
    by_kind: dict[str, list[Projection]] = {}
    for projection in projections:
        for kind in projection.kinds:
            by_kind.setdefault(kind, []).append(projection)
    while batch := (read or journal.read)(after, _BATCH):
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
    with made_anew(journal, chosen, progress=progress) as put, journal.transaction() as session:
        return put(session)


@contextmanager
def made_anew(
    journal: Journal, chosen: Sequence[Projection], *, read: Read | None = None, progress: Progress | None = None
) -> Iterator[Callable[[Session], int]]:
    """The derived tables of ``chosen`` in a shadow; what is given puts them in place within a transaction of the caller
    and returns the number of entries folded. ``read``: the entries, where it is not the journal's own."""
    with TemporaryDirectory(dir=journal.directory, prefix="rebuild-") as folder:
        db, seq = shadow(journal, chosen, Path(folder) / "shadow.sqlite", progress, read)

        def put(session: Session) -> int:
            # The lock is the caller's, so nothing comes after this last stretch.
            last = catch_up(journal, chosen, db, seq, progress, read)
            for projection in chosen:
                create_tables(session.db, projection)
                for table in projection.tables:
                    width = len(rows(db.execute(f'PRAGMA table_info("{table}")')))
                    marks = ",".join("?" * width)
                    session.db.conn.executemany(
                        f'INSERT INTO "{table}" VALUES ({marks})', db.execute(f'SELECT * FROM "{table}"')
                    )
                note_version(session.db, projection)
            return last

        try:
            yield put
        finally:
            db.close()
