"""What screens and reports ask about the call-back list. Times UTC micros."""

from __future__ import annotations

import msgspec

from data.clock import Micros
from data.projection import Database
from telephony import numbers


class CallbackRow(msgspec.Struct, frozen=True):
    """A number to call back. ``callback`` is the item's stream; ``last_call`` the stream of the call lost last.

    ``reason``: abandoned, pbx_lost, cut_off or silent, of the last one. ``calls``: how many were lost since
    ``since``; ``attempts``: how often it was called back. ``attempt_state`` of the last attempt: asked, ringing,
    reached (outcome to come), ended (not reached; ``attempt_detail`` has Asterisk's DIALSTATUS), operator_failed,
    failed (``attempt_detail`` has the reason). ``calls_again``: the caller is in a call or in the queue right now.
    """

    callback: str
    number: str
    name: str | None
    reason: str
    since: Micros
    last_at: Micros
    calls: int
    last_call: str
    attempts: int
    attempt_at: Micros | None
    attempt_by: str | None
    attempt_operator: str | None
    attempt_state: str | None
    attempt_detail: str | None
    closed_at: Micros | None
    closed_by: str | None
    result: str | None
    calls_again: bool = False


_FIELDS = ", ".join(name for name in CallbackRow.__struct_fields__ if name != "calls_again")


def open_items(db: Database, limit: int = 200) -> list[CallbackRow]:
    """Who is to be called back: those not tried yet first, then the ones whose last attempt is longest ago."""
    again = {
        numbers.key(row[0])
        for row in db.execute("SELECT number FROM calls WHERE outcome IS NULL AND number IS NOT NULL").fetchall()
    }
    rows = db.execute(
        f"SELECT {_FIELDS}, key FROM callbacks WHERE closed_at IS NULL "
        "ORDER BY COALESCE(attempt_at, 0), last_at, callback LIMIT :limit",
        {"limit": limit},
    ).fetchall()
    return [msgspec.structs.replace(CallbackRow(*row[:-1]), calls_again=row[-1] in again) for row in rows]


def called_back(db: Database, operator: str, since: Micros) -> CallbackRow | None:
    """The item that ``operator`` is calling back, or has reached and owes an outcome; attempts since ``since`` only."""
    row = db.execute(
        f"SELECT {_FIELDS} FROM callbacks WHERE closed_at IS NULL AND attempt_operator = :operator "
        "AND attempt_state IN ('asked', 'ringing', 'reached') AND attempt_at >= :since "
        "ORDER BY attempt_at DESC LIMIT 1",
        {"operator": operator, "since": since},
    ).fetchone()
    return CallbackRow(*row) if row is not None else None


def going_on(db: Database, call: str, operator: str) -> str:
    """The id of the command by which ``operator`` calls the lost call ``call`` back, or called; "" when nobody does."""
    row = db.execute(
        "SELECT attempt FROM callbacks WHERE last_call = :call AND attempt_operator = :operator AND closed_at IS NULL "
        "AND attempt_state IN ('asked', 'ringing', 'reached')",
        {"call": call, "operator": operator},
    ).fetchone()
    return row[0] if row is not None else ""


def item(db: Database, callback: str) -> CallbackRow | None:
    """The item of that stream, open or closed; None when there is none."""
    row = db.execute(f"SELECT {_FIELDS} FROM callbacks WHERE callback = :callback", {"callback": callback}).fetchone()
    return CallbackRow(*row) if row is not None else None
