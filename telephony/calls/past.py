"""Calls that are over, as people look back on them: one's own of the last hours, everybody's, those of a number."""

from __future__ import annotations

from typing import Any

import msgspec

from data.clock import Micros
from data.projection import Database
from data.sessions import Seats
from telephony import numbers
from telephony.calls.fold import Call

SHOWN = 200
"""Calls of a list at most."""

LEAST_DIGITS = 3
"""Digits of a number's end that name it."""

_decode = msgspec.json.Decoder(Call).decode


def talked(db: Database, seats: Seats, login: str, call: str) -> bool:
    """Whether ``login`` had the telephone of somebody who talked in ``call``, when they did."""
    rows = db.execute("SELECT operator, joined_at FROM call_operators WHERE call = :call", {"call": call}).fetchall()
    return any(seats.login(operator, at) == login for operator, at in rows)


def of_person(db: Database, seats: Seats, login: str, since: Micros, limit: int = SHOWN) -> list[Call]:
    """Calls that began at ``since`` or later, are over, and are ``login``'s: in which he talked, or whose outcome is
    his; the newest first."""
    period = {"since": since}
    rows = db.execute(
        "SELECT o.call, o.operator, o.joined_at FROM calls c JOIN call_operators o ON o.call = c.call "
        "WHERE c.began_at >= :since",
        period,
    ).fetchall()
    mine = {call for call, operator, at in rows if seats.login(operator, at) == login}
    ended = db.execute(
        "SELECT call, classified_by FROM calls WHERE began_at >= :since AND outcome IS NOT NULL "
        "ORDER BY began_at DESC, call DESC",
        period,
    ).fetchall()
    wanted = [call for call, by in ended if call in mine or by == login][:limit]
    names = {f"c{n}": call for n, call in enumerate(wanted)}
    marks = ", ".join(f":{name}" for name in names)
    return _folded(db, f"WHERE call IN ({marks}) ORDER BY began_at DESC, call DESC", names) if names else []


def of_everybody(db: Database, since: Micros, limit: int = SHOWN) -> list[Call]:
    """Calls that began at ``since`` or later and are over, the newest first."""
    return _folded(
        db,
        "WHERE began_at >= :since AND outcome IS NOT NULL ORDER BY began_at DESC, call DESC LIMIT :limit",
        {"since": since, "limit": limit},
    )


def of_number(db: Database, number: str, limit: int = SHOWN) -> list[Call]:
    """The calls of ``number``, however a trunk wrote it, those that go on too; the newest first."""
    names = {f"n{n}": spelling for n, spelling in enumerate(numbers.spellings(number))}
    if not names:
        return []
    return _folded(
        db,
        f"WHERE number IN ({', '.join(':' + name for name in names)}) ORDER BY began_at DESC, call DESC LIMIT :limit",
        {**names, "limit": limit},
    )


def caller_entries(db: Database, call: str) -> tuple[int, ...]:
    """``seq`` of the entries that tell who called in ``call``."""
    rows = db.execute(
        "SELECT seq FROM journal WHERE stream = :call AND kind IN ('call.arrived', 'call.observed', 'call.recovered') "
        "ORDER BY seq",
        {"call": call},
    ).fetchall()
    return tuple(row[0] for row in rows)


def numbers_ending(db: Database, digits: str, limit: int = 9) -> list[str]:
    """The numbers that have called and end in ``digits``, each once however it was written; those that called last
    first. Fewer than ``LEAST_DIGITS`` digits name none."""
    if len(digits) < LEAST_DIGITS or not (digits.isascii() and digits.isdecimal()):
        return []
    rows = db.execute(
        "SELECT number, MAX(began_at) FROM calls WHERE number LIKE :end GROUP BY number ORDER BY 2 DESC LIMIT :limit",
        {"end": f"%{digits}", "limit": 4 * limit},
    ).fetchall()
    known: dict[str, str] = {}
    for number, _last in rows:
        known.setdefault(numbers.key(number), number)
    return list(known.values())[:limit]


def _folded(db: Database, rest: str, params: dict[str, Any]) -> list[Call]:
    return [_decode(row[0]) for row in db.execute(f"SELECT fold FROM calls {rest}", params).fetchall()]
