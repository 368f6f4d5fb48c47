"""Erasing personal data: the value goes, the chain stays whole, and the record says that something was erased."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from data.entry import Entry, draft
from data.journal import Journal
from data.projection import Reader
from data.rebuild import made_anew
from data.store.connection import rows
from data.vocabulary.administration import PersonalErased


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
        journal.execute("PRAGMA secure_delete = ON")  # else the bytes stay in the file's free space
        try:
            with journal.transaction() as session:
                if allowed is not None:
                    allowed(session)
                gone = 0
                for seq in chosen:
                    gone += session.execute(
                        "DELETE FROM personal WHERE entry_id = (SELECT id FROM journal WHERE seq = ?)", (seq,)
                    ).rowcount
                session.insert([draft("house", PersonalErased(entries=chosen, reason=reason), actor=actor)])
                put(session)
        finally:
            journal.execute("PRAGMA secure_delete = OFF")
    return gone


def flush(journal: Journal) -> bool:
    """Bring what is erased from the write-ahead log into the file and cut the log; False while others read in it."""
    return not rows(journal.execute("PRAGMA wal_checkpoint(TRUNCATE)"))[0][0]


def _without(entry: Entry) -> Entry:
    names = tuple(name for name in entry.body.PERSONAL if getattr(entry.body, name) is not None)
    body = msgspec.structs.replace(entry.body, **dict.fromkeys(names))
    return msgspec.structs.replace(entry, body=body, erased=(*entry.erased, *names))
