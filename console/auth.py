"""Signing in: argon2id, a lock-out after failures, one session a terminal and a telephone, every attempt on record."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from functools import cache

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from data.administration import user
from data.clock import SECOND, now
from data.credentials import get_hash, set_hash
from data.entry import draft
from data.errors import Refusal
from data.journal import Journal
from data.side import Presence, SideTables
from data.text import safe_line
from data.vocabulary.administration import SessionClosed, SessionDenied, SessionOpened

SHORTEST_PASSWORD = 10
"""Characters (NIST SP 800-63B asks for at least 8; a shared room asks for more)."""

ALIVE_S = 10
"""A console that gave no sign of life for so many seconds no longer keeps its telephone from others."""

_HASHER = PasswordHasher()


@cache
def _nobody() -> str:
    """Verified against for an unknown login, so that the answer takes as long as for a known one.

    Made when the first password is checked: it takes as long as a check (0.1 s), which no start has to wait for.
    """
    return _HASHER.hash(secrets.token_hex())


class Session(msgspec.Struct, frozen=True):
    """Who sits at which terminal with which telephone; every decision takes its actor from here."""

    token: str
    login: str
    role: str
    terminal: str
    endpoint: str | None = None


def set_password(journal: Journal, actor: str, login: str, password: str) -> None:
    """Give a user a password. Raises Refusal for a weak one or an unknown user."""
    check_strength(login, password)
    set_hash(journal, actor, login, _HASHER.hash(password))


def check_strength(login: str, password: str) -> None:
    """Raises Refusal for a password that is too short or too easy to guess."""
    if len(password) < SHORTEST_PASSWORD:
        raise Refusal("weak_password", "a password has at least {least} characters", least=SHORTEST_PASSWORD)
    if login.casefold() in password.casefold() or len(set(password)) < 5:
        raise Refusal("weak_password", "this password is too easy to guess")


def check_password(journal: Journal, login: str, password: str) -> str | None:
    """None when the password is right, else the reason: unknown_user, disabled, no_password, wrong_password."""
    found = user(journal, login)
    hashed = get_hash(journal, login) if found else None
    nobody = _nobody()  # whoever asks: the first check takes longer for a known login, too
    try:
        _HASHER.verify(hashed or nobody, password)
        right = hashed is not None
    except (VerificationError, InvalidHashError):
        right = False
    if found is None:
        return "unknown_user"
    if found.disabled:
        return "disabled"
    if hashed is None:
        return "no_password"
    return None if right else "wrong_password"


def roles_of(journal: Journal, login: str) -> tuple[str, ...]:
    """The roles that the user may choose from at sign-in; none for somebody unknown."""
    found = user(journal, login)
    return () if found is None or found.disabled else found.roles


def sign_in(
    journal: Journal,
    side: SideTables,
    *,
    login: str,
    password: str,
    terminal: str,
    role: str,
    endpoint: str | None = None,
    failures: int = 5,
    lock_s: int = 300,
) -> Session:
    """Open a session, replacing another on the same terminal or telephone. Raises Refusal; the attempt is on record."""
    login = safe_line(login.strip(), 40)
    until = side.locked_until(login)
    reason = "locked_out" if until else check_password(journal, login, password)
    if reason:
        if reason == "wrong_password":
            side.failed_sign_in(login, failures, lock_s)
        journal.append(
            [draft(f"terminal/{terminal}", SessionDenied(login=login, terminal=terminal, reason=reason), actor=login)]
        )
        if until:
            minutes = max(1, round((until - now()) / SECOND / 60))
            raise Refusal("locked_out", "too many wrong passwords; try again in {minutes} min", minutes=minutes)
        if reason == "disabled":
            raise Refusal("disabled", "this account is disabled; ask an admin")
        raise Refusal("wrong_password", "login or password is wrong")
    if role not in roles_of(journal, login):
        raise Refusal("not_your_role", "{login} may not sign in as {role}", login=login, role=role)
    _telephone_is_free(side, login, terminal, endpoint)
    return open_session(journal, side, login=login, role=role, terminal=terminal, endpoint=endpoint)


def _telephone_is_free(side: SideTables, login: str, terminal: str, endpoint: str | None) -> None:
    """Nobody takes the telephone of a colleague who is there; one's own, or a vanished console's, may be taken."""
    for other in telephones_in_use(side):
        if other.endpoint == endpoint and other.login != login and other.terminal != terminal:
            raise Refusal(
                "telephone_taken",
                "{endpoint} is in use by {login} at {terminal}; choose another",
                endpoint=endpoint,
                login=other.login,
                terminal=other.terminal,
            )


def usual_telephone(journal: Journal, side: SideTables, terminal: str, telephones: Sequence[str]) -> str | None:
    """The telephone to offer at this desk: the one it had last, if it is free, else the first free one, else None."""
    taken = {s.endpoint for s in telephones_in_use(side) if s.terminal != terminal}
    free = [t for t in telephones if t not in taken]
    for entry in reversed(journal.stream(f"terminal/{terminal}")):
        if isinstance(entry.body, SessionOpened) and entry.body.endpoint is not None:
            return entry.body.endpoint if entry.body.endpoint in free else next(iter(free), None)
    return next(iter(free), None)


def telephones_in_use(side: SideTables) -> list[Presence]:
    """Living sessions with a telephone."""
    since = now() - ALIVE_S * SECOND
    return [s for s in side.sessions() if s.endpoint is not None and s.seen_at >= since]


def open_session(
    journal: Journal, side: SideTables, *, login: str, role: str, terminal: str, endpoint: str | None
) -> Session:
    """Note the session of somebody whose password was checked."""
    side.forget_failures(login)
    at = now()
    token = secrets.token_urlsafe(24)
    replaced = side.open_session(Presence(token, login, role, terminal, endpoint, at, at))
    drafts = [
        draft(
            f"terminal/{old.terminal}",
            SessionClosed(login=old.login, terminal=old.terminal, how="replaced"),
            actor=old.login,
            terminal=old.terminal,
        )
        for old in replaced
    ]
    opened = SessionOpened(login=login, terminal=terminal, role=role, endpoint=endpoint)
    drafts.append(draft(f"terminal/{terminal}", opened, actor=login, terminal=terminal))
    journal.append(drafts)
    return Session(token, login, role, terminal, endpoint)


def sign_out(journal: Journal, side: SideTables, session: Session) -> None:
    """Close a session; a repeat does nothing."""
    if side.close_session(session.token):
        body = SessionClosed(login=session.login, terminal=session.terminal, how="signed_out")
        journal.append([draft(f"terminal/{session.terminal}", body, actor=session.login, terminal=session.terminal)])
