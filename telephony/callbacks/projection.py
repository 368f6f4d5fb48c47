"""The derived tables of the call-back list: one open item for each number that was lost and has not got through.

A number is lost when a call of it ends without an operator (abandoned, or waiting when the exchange went down), when
its outcome is "cut off", or when a silent caller who pressed no key is gone. It leaves the list by itself when a later
call of it is answered, when the call is given another outcome, or by a person's ``callback.closed``. Facts may come
late (from an archive) and out of order: what counts is when they happened.

A caller without a number is on no list: nobody could dial it.
"""

from __future__ import annotations

from data.clock import Micros
from data.entry import Entry
from data.projection import Database
from data.vocabulary import calls as v
from telephony import numbers

_DDL = """
    CREATE TABLE callback_calls(
        call TEXT PRIMARY KEY, key TEXT NOT NULL, number TEXT NOT NULL, name TEXT, began_at INTEGER NOT NULL,
        ended_at INTEGER, silent INTEGER NOT NULL);
    CREATE TABLE callback_numbers(key TEXT PRIMARY KEY, through_at INTEGER NOT NULL);
    CREATE TABLE callbacks(
        callback TEXT PRIMARY KEY, key TEXT NOT NULL, number TEXT NOT NULL, name TEXT, reason TEXT NOT NULL,
        since INTEGER NOT NULL, last_at INTEGER NOT NULL, calls INTEGER NOT NULL, last_call TEXT NOT NULL,
        attempts INTEGER NOT NULL, attempt TEXT, attempt_at INTEGER, attempt_by TEXT, attempt_operator TEXT,
        attempt_state TEXT, attempt_detail TEXT, closed_at INTEGER, closed_by TEXT, result TEXT);
    CREATE UNIQUE INDEX callbacks_open ON callbacks(key) WHERE closed_at IS NULL;
    CREATE TABLE callback_lost(call TEXT PRIMARY KEY, callback TEXT NOT NULL);
    CREATE TABLE callback_attempts(command TEXT PRIMARY KEY, callback TEXT NOT NULL)
"""

LOST = frozenset({"abandoned", "pbx_lost"})
"""Ends of a call that no operator had."""


class _Callbacks:
    """Projection: who is to be called back, how often it was tried, and what came of it."""

    name = "callbacks"
    version = 1
    tables = ("callback_calls", "callback_numbers", "callbacks", "callback_lost", "callback_attempts")
    ddl = _DDL
    kinds = frozenset(
        cls.KIND
        for cls in (
            v.CallArrived,
            v.CallObserved,
            v.CallRecovered,
            v.CallAnswered,
            v.CallOperatorJoined,
            v.CallSilent,
            v.CallEnded,
            v.CallClassified,
            v.CommandRequested,
            v.CommandProgress,
            v.CommandFinished,
            v.CallbackClosed,
        )
    )

    def apply(self, db: Database, entry: Entry) -> None:
        """Fold one entry into the tables."""
        body = entry.body
        match body:
            case v.CallArrived() | v.CallObserved() | v.CallRecovered():
                _call(db, entry, body)
            case v.CallAnswered() | v.CallOperatorJoined():
                _mark_silent(db, entry.stream, False)
                _through(db, _key(db, entry.stream), entry.at)
            case v.CallSilent():
                _mark_silent(db, entry.stream, body.step == "nodigit")
                if body.step == "hung_up":
                    _lost(db, entry.stream, entry.at, "silent")
            case v.CallEnded():
                _ended(db, entry, body)
            case v.CallClassified():
                _classified(db, entry, body)
            case v.CommandRequested() if body.action == "call_back":
                _attempt(db, entry, body)
            case v.CommandProgress():
                detail = body.status if body.step == "ended" else None
                _attempt_went(db, entry, body.step, detail)
            case v.CommandFinished() if body.result != "done":
                _attempt_failed(db, entry, body.reason or body.result)
            case v.CallbackClosed():
                _close(db, "callback = :what", entry.stream, entry.at, entry.actor, body.result)


CALLBACKS = _Callbacks()
"""Register it with the journal."""


def item_of(call: str) -> str:
    """The stream of the item that the lost call ``call`` (its stream) opens."""
    return "callback/" + call.removeprefix("call/")


def _call(db: Database, entry: Entry, body: v.CallArrived | v.CallObserved | v.CallRecovered) -> None:
    key = numbers.key(body.number)
    if not key:
        return
    began = entry.at
    if isinstance(body, v.CallObserved):
        began = body.began_at or entry.at
    elif isinstance(body, v.CallRecovered):
        began = body.arrived_at
    db.execute(
        "INSERT INTO callback_calls VALUES (:call, :key, :number, :name, :began, NULL, 0) ON CONFLICT(call) DO NOTHING",
        {"call": entry.stream, "key": key, "number": body.number, "name": body.name, "began": began},
    )
    if isinstance(body, v.CallObserved) and body.operator and body.state == "talking":
        _through(db, key, body.answered_at or entry.at)
    elif isinstance(body, v.CallRecovered):
        ended = body.ended_at or entry.at
        if body.outcome in LOST:
            _mark_ended(db, entry.stream, ended)
            _lost(db, entry.stream, ended, body.outcome)
        elif body.answered_at is not None:
            _mark_ended(db, entry.stream, ended)
            _through(db, key, body.answered_at)
            if body.silent in ("nodigit", "hung_up"):
                _lost(db, entry.stream, ended, "silent")


def _ended(db: Database, entry: Entry, body: v.CallEnded) -> None:
    _mark_ended(db, entry.stream, entry.at)
    row = db.execute("SELECT silent FROM callback_calls WHERE call = :call", {"call": entry.stream}).fetchone()
    if row is not None and row[0]:
        _lost(db, entry.stream, entry.at, "silent")
    elif body.outcome in LOST:
        _lost(db, entry.stream, entry.at, body.outcome)


def _mark_silent(db: Database, call: str, silent: bool) -> None:
    """Whether the caller pressed no key when he was asked to, and no operator has had him since."""
    db.execute("UPDATE callback_calls SET silent = :silent WHERE call = :call", {"silent": int(silent), "call": call})


def _mark_ended(db: Database, call: str, at: Micros) -> None:
    db.execute(
        "UPDATE callback_calls SET ended_at = :at WHERE call = :call AND ended_at IS NULL", {"at": at, "call": call}
    )


def _classified(db: Database, entry: Entry, body: v.CallClassified) -> None:
    if body.outcome == "cut_off":
        row = db.execute("SELECT ended_at FROM callback_calls WHERE call = :call", {"call": entry.stream}).fetchone()
        _lost(db, entry.stream, (row[0] if row else None) or entry.at, "cut_off")
        return
    found = "(SELECT callback FROM callback_lost WHERE call = :what)"
    _close(db, f"callback = {found} AND last_call = :what", entry.stream, entry.at, entry.actor, body.outcome)


def _key(db: Database, call: str) -> str:
    row = db.execute("SELECT key FROM callback_calls WHERE call = :call", {"call": call}).fetchone()
    return row[0] if row else ""


def _through(db: Database, key: str, at: Micros) -> None:
    """The number talked with an operator at ``at``: what was lost before that needs no call back."""
    if not key:
        return
    db.execute(
        "INSERT INTO callback_numbers VALUES (:key, :at) ON CONFLICT(key) "
        "DO UPDATE SET through_at = MAX(through_at, excluded.through_at)",
        {"key": key, "at": at},
    )
    db.execute(
        "UPDATE callbacks SET closed_at = :at, closed_by = '', result = 'got_through' "
        "WHERE key = :key AND closed_at IS NULL AND last_at <= :at",
        {"key": key, "at": at},
    )


def _lost(db: Database, call: str, at: Micros, reason: str) -> None:
    """The call was lost at ``at``: a new item, or one more call of the open one; nothing when it got through since."""
    row = db.execute("SELECT key, number, name FROM callback_calls WHERE call = :call", {"call": call}).fetchone()
    if row is None:
        return
    key, number, name = row
    through = db.execute("SELECT through_at FROM callback_numbers WHERE key = :key", {"key": key}).fetchone()
    known = db.execute("SELECT callback FROM callback_lost WHERE call = :call", {"call": call}).fetchone()
    if through is not None and through[0] > at:
        return
    values = {"call": call, "key": key, "number": number, "name": name, "at": at, "reason": reason}
    found = db.execute("SELECT callback FROM callbacks WHERE key = :key AND closed_at IS NULL", {"key": key}).fetchone()
    if known is not None:
        if found is None:  # its outcome was changed back to "cut off"
            db.execute(
                "UPDATE callbacks SET closed_at = NULL, closed_by = NULL, result = NULL, reason = :reason "
                "WHERE callback = :item",
                {"reason": reason, "item": known[0]},
            )
        return
    item = found[0] if found is not None else item_of(call)
    db.execute("INSERT INTO callback_lost VALUES (:call, :item)", {"call": call, "item": item})
    if found is None:
        db.execute(
            "INSERT INTO callbacks(callback, key, number, name, reason, since, last_at, calls, last_call, attempts) "
            "VALUES (:item, :key, :number, :name, :reason, :at, :at, 1, :call, 0)",
            {**values, "item": item},
        )
        return
    db.execute(
        "UPDATE callbacks SET calls = calls + 1, since = MIN(since, :at) WHERE callback = :item",
        {"at": at, "item": item},
    )
    db.execute(
        "UPDATE callbacks SET last_at = :at, last_call = :call, reason = :reason, number = :number, "
        "name = COALESCE(:name, name) WHERE callback = :item AND last_at <= :at",
        {**values, "item": item},
    )


def _attempt(db: Database, entry: Entry, body: v.CommandRequested) -> None:
    key = numbers.key(body.number)
    row = db.execute("SELECT callback FROM callbacks WHERE key = :key AND closed_at IS NULL", {"key": key}).fetchone()
    if row is None:
        return
    command = entry.stream.partition("/")[2]
    db.execute("INSERT INTO callback_attempts VALUES (:command, :item)", {"command": command, "item": row[0]})
    db.execute(
        "UPDATE callbacks SET attempts = attempts + 1, attempt = :command, attempt_at = :at, attempt_by = :by, "
        "attempt_operator = :operator, attempt_state = 'asked', attempt_detail = NULL WHERE callback = :item",
        {"command": command, "at": entry.at, "by": entry.actor, "operator": body.operator, "item": row[0]},
    )


def _attempt_went(db: Database, entry: Entry, state: str, detail: str | None) -> None:
    """``answered`` stands until the end: somebody was reached, and the outcome is still to come."""
    db.execute(
        "UPDATE callbacks SET attempt_state = CASE WHEN attempt_state = 'reached' OR :state = 'answered' "
        "OR (:state = 'ended' AND :detail = 'ANSWER') THEN 'reached' ELSE :state END, attempt_detail = :detail "
        "WHERE attempt = :command",
        {"state": state, "detail": detail, "command": entry.stream.partition("/")[2]},
    )


def _attempt_failed(db: Database, entry: Entry, reason: str) -> None:
    """Nothing was dialled: it was no attempt."""
    db.execute(
        "UPDATE callbacks SET attempts = attempts - 1, attempt_state = 'failed', attempt_detail = :reason "
        "WHERE attempt = :command",
        {"reason": reason, "command": entry.stream.partition("/")[2]},
    )


def _close(db: Database, where: str, what: str, at: Micros, by: str, result: str) -> None:
    db.execute(
        f"UPDATE callbacks SET closed_at = :at, closed_by = :by, result = :result WHERE closed_at IS NULL AND {where}",
        {"at": at, "by": by, "result": result, "what": what},
    )
