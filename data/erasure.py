"""Erasing personal data: the value goes, the chain stays whole, and the record says that something was erased."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable

import msgspec

from data.entry import Entry, draft
from data.journal import Journal
from data.projection import Database, Reader
from data.rebuild import made_anew
from data.store.connection import rows
from data.vocabulary.administration import PersonalErased

_PAGES_AT_ONCE = 1000
_CREATED = re.compile(r'CREATE TABLE\s+[\["`]?\w+[\]"`]?', re.IGNORECASE)


def erase(
    journal: Journal,
    actor: str,
    seqs: Iterable[int],
    reason: str,
    *,
    allowed: Callable[[Reader], None] | None = None,
) -> int:
    """Erase the personal fields of the entries ``seqs``; returns how many values went.

    The derived tables are made anew without them before anything is changed; then the values, the tables and the entry
    about it change in one transaction, so that nothing is ever half erased. ``allowed`` is asked inside the lock, and
    raises Refusal when something speaks against it by now.
    """
    chosen = tuple(sorted(set(seqs)))
    hidden = frozenset(chosen)

    def read(after: int, limit: int) -> list[Entry]:
        return [_without(entry) if entry.seq in hidden else entry for entry in journal.read(after, limit)]

    with made_anew(journal, journal.projections, read=read) as put:
        # What is deleted is written over from here on; for ingest nothing is, so what was deleted or moved about before
        # is looked for in the free pages and in the gaps of the tables that hold personal values.
        journal.execute("PRAGMA secure_delete = ON")
        try:
            with journal.transaction() as session:
                if allowed is not None:
                    allowed(session)
                gone = 0
                for seq in chosen:
                    gone += session.execute(
                        "DELETE FROM personal WHERE entry_id = (SELECT id FROM journal WHERE seq = ?)", (seq,)
                    ).rowcount
                _write_over_free_pages(session)
                _without_gaps(session, {table for each in journal.projections for table in each.tables})
                session.insert([draft("house", PersonalErased(entries=chosen, reason=reason), actor=actor)])
                put(session)
        finally:
            journal.execute("PRAGMA secure_delete = OFF")
    return gone


def _write_over_free_pages(db: Database) -> None:
    """Take all pages that are free into use and give them back, which writes each over (``secure_delete``)."""
    db.execute("CREATE TABLE free_pages(content BLOB)")
    while free := _pragma(db, "freelist_count"):
        db.execute(
            "INSERT INTO free_pages VALUES (zeroblob(?))", (min(free, _PAGES_AT_ONCE) * _pragma(db, "page_size"),)
        )
    db.execute("DROP TABLE free_pages")


def _without_gaps(db: Database, derived: Collection[str]) -> None:
    """Copy every table that is not ``derived`` into new pages: those that were split, or were something else before,
    still have what stood there between what they hold now."""
    tables = rows(
        db.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'")
    )
    for name, sql in tables:
        if name in derived:
            continue
        indexes = rows(
            db.execute("SELECT sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql > ''", (name,))
        )
        db.execute(_CREATED.sub(f'CREATE TABLE "{name}_anew"', sql, count=1))
        db.execute(f'INSERT INTO "{name}_anew" SELECT * FROM "{name}"')
        db.execute(f'DROP TABLE "{name}"')
        db.execute(f'ALTER TABLE "{name}_anew" RENAME TO "{name}"')
        for (index,) in indexes:
            db.execute(index)


def _pragma(db: Database, name: str) -> int:
    return int(rows(db.execute(f"PRAGMA {name}"))[0][0])


def flush(journal: Journal) -> bool:
    """Bring what is erased from the write-ahead log into the file and cut the log; False while others read in it."""
    return not rows(journal.execute("PRAGMA wal_checkpoint(TRUNCATE)"))[0][0]


def _without(entry: Entry) -> Entry:
    names = tuple(name for name in entry.body.PERSONAL if getattr(entry.body, name) is not None)
    body = msgspec.structs.replace(entry.body, **dict.fromkeys(names))
    return msgspec.structs.replace(entry, body=body, erased=(*entry.erased, *names))
