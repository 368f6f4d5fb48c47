"""Password hashes: beside the chain, changed in the transaction of the entry that says so."""

from __future__ import annotations

from data.administration import password_set
from data.journal import Journal


def set_hash(journal: Journal, actor: str, login: str, hashed: str) -> None:
    """Store the argon2 hash of a user's new password and append ``user.password_set``. Raises Refusal."""
    with journal.transaction() as session:
        session.insert(password_set(session, actor, login))
        session.execute(
            "INSERT INTO credentials VALUES (:login, :hash) ON CONFLICT(login) DO UPDATE SET hash = excluded.hash",
            {"login": login, "hash": hashed},
        )


def get_hash(journal: Journal, login: str) -> str | None:
    """The stored hash, or None when the user has no password."""
    row = journal.execute("SELECT hash FROM credentials WHERE login = ?", (login,)).fetchone()
    return None if row is None else str(row[0])
