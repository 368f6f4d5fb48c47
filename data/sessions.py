"""Who sat at which telephone, and when: sessions as the journal tells them."""

from __future__ import annotations

from bisect import bisect_right

import msgspec

from data.clock import Micros
from data.projection import Database


class Session(msgspec.Struct):
    """One sign-in. ``endpoint``: the telephone; ``closed_at`` None: still open. Times UTC micros."""

    login: str
    terminal: str
    endpoint: str | None
    opened_at: Micros
    closed_at: Micros | None = None


class _Body(msgspec.Struct):
    login: str
    terminal: str
    endpoint: str | None = None


_decode = msgspec.json.Decoder(_Body).decode


def sessions(db: Database) -> list[Session]:
    """All sessions, in the order of the journal. A new one at the same terminal or telephone ends the one before."""
    found: list[Session] = []
    at_terminal: dict[str, Session] = {}
    at_endpoint: dict[str, Session] = {}
    cursor = db.execute(
        "SELECT at, kind, body FROM journal WHERE stream >= 'terminal/' AND stream < 'terminal0'"
        " AND kind IN ('session.opened', 'session.closed') ORDER BY seq"
    )
    for at, kind, text in cursor.fetchall():
        body = _decode(text)
        if kind == "session.closed":
            session = at_terminal.get(body.terminal)
            if session is not None and session.login == body.login and session.closed_at is None:
                session.closed_at = at
            continue
        before = [at_terminal.get(body.terminal), at_endpoint.get(body.endpoint) if body.endpoint else None]
        for session in before:
            if session is not None and session.closed_at is None:
                session.closed_at = at
        session = Session(body.login, body.terminal, body.endpoint, at)
        found.append(session)
        at_terminal[body.terminal] = session
        if body.endpoint:
            at_endpoint[body.endpoint] = session
    return found


class Seats:
    """Who had a telephone at a moment."""

    def __init__(self, all_sessions: list[Session]) -> None:
        self._by_endpoint: dict[str, list[Session]] = {}
        for session in sorted(all_sessions, key=lambda s: s.opened_at):
            if session.endpoint:
                self._by_endpoint.setdefault(session.endpoint, []).append(session)

    def login(self, endpoint: str, at: Micros) -> str | None:
        """The login whose session had ``endpoint`` at ``at``; None when nobody's had."""
        held = self._by_endpoint.get(endpoint, [])
        position = bisect_right(held, at, key=lambda s: s.opened_at)
        if not position:
            return None
        session = held[position - 1]
        return session.login if session.closed_at is None or at < session.closed_at else None
