"""Erasing personal data: the value goes, the chain stays whole, and the record says that something was erased."""

from __future__ import annotations

from collections.abc import Iterable

from data.entry import draft
from data.journal import Journal
from data.rebuild import rebuild
from data.vocabulary.administration import PersonalErased


def erase(journal: Journal, actor: str, seqs: Iterable[int], reason: str) -> int:
    """Erase the personal fields of the entries ``seqs`` and derive the tables anew; returns how many values went."""
    chosen = tuple(sorted(set(seqs)))
    with journal.transaction() as session:
        gone = 0
        for seq in chosen:
            gone += session.execute(
                "DELETE FROM personal WHERE entry_id = (SELECT id FROM journal WHERE seq = ?)", (seq,)
            ).rowcount
        session.insert([draft("house", PersonalErased(entries=chosen, reason=reason), actor=actor)])
    rebuild(journal)
    return gone
