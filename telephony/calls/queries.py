"""What screens and reports ask about calls: typed rows from the derived tables. Times UTC micros."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from data.clock import Micros
from data.projection import Database
from telephony.calls.fold import Call
from telephony.calls.outcomes import OUTCOMES


class CallRow(msgspec.Struct, frozen=True):
    """A call as a list shows it. ``state``: see :attr:`telephony.calls.fold.Call.state`; ``call`` is its stream.

    ``priority``: that of the queue, higher goes first (100: put back at the head), None when not known. ``third``: the
    third party that is in the talk now.
    """

    call: str
    pbx: str
    linkedid: str
    state: str
    number: str | None
    name: str | None
    began_at: Micros | None
    arrived_at: Micros | None
    queued_at: Micros | None
    queue: str | None
    priority: int | None
    waiting_since: Micros | None
    offered_at: Micros | None
    answered_at: Micros | None
    answered: bool
    operator: str | None
    held_since: Micros | None
    held_how: str | None
    held_us: int
    third: str | None
    transfers: int
    lat: float | None
    lon: float | None
    radius_m: float | None
    location_source: str | None
    location_text: str | None
    recording: str | None
    ended_at: Micros | None
    outcome: str | None
    ended_by: str | None
    classified: str | None
    classified_at: Micros | None
    classified_by: str | None
    incident: str | None
    version: int


class MemberRow(msgspec.Struct, frozen=True):
    """A telephone's place in a queue. ``state``: ready or paused."""

    pbx: str
    queue: str
    operator: str
    state: str
    reason: str | None
    since: Micros


class CommandRow(msgspec.Struct, frozen=True):
    """A command to an exchange and what came of it; ``result`` None: not finished."""

    command: str
    pbx: str
    action: str
    call: str | None
    operator: str | None
    queue: str | None
    reason: str | None
    requested_at: Micros
    deadline: Micros
    requested_by: str
    terminal: str
    claimed_by: str | None
    claimed_at: Micros | None
    result: str | None
    result_reason: str | None
    finished_at: Micros | None
    target: str | None = None
    progress: str | None = None
    """How a call-back goes on (see :class:`data.vocabulary.calls.CommandProgress`): its last step, ..."""
    progress_status: str | None = None
    """... its status, ..."""
    progress_at: Micros | None = None
    """... and since when."""


class LinkRow(msgspec.Struct, frozen=True):
    """A bridge's connection to an exchange."""

    pbx: str
    bridge: str
    linked: bool
    since: Micros
    reason: str | None


class Counts(msgspec.Struct, frozen=True):
    """How many calls are open, by what they do."""

    waiting: int
    ringing: int
    talking: int
    held: int


class Caller(msgspec.Struct, frozen=True):
    """What is known of a number before this call."""

    number: str
    calls: int
    answered: int
    abandoned: int
    emergencies: int
    nuisances: int
    silent: int
    first_at: Micros | None
    last_at: Micros | None


_NAMES = CallRow.__struct_fields__
_FIELDS = ", ".join(_NAMES)
_ANSWERED = _NAMES.index("answered")


def _calls(db: Database, rest: str, params: dict[str, Any]) -> list[CallRow]:
    found = []
    for row in db.execute(f"SELECT {_FIELDS} FROM calls {rest}", params).fetchall():
        values = list(row)
        values[_ANSWERED] = bool(values[_ANSWERED])
        found.append(CallRow(*values))
    return found


def call(db: Database, stream: str) -> CallRow | None:
    """The call ``stream``, None when there is none."""
    found = _calls(db, "WHERE call = :call", {"call": stream})
    return found[0] if found else None


def folded(db: Database, stream: str) -> Call | None:
    """The whole fold of the call ``stream``, with offers, talking operators and all times."""
    row = db.execute("SELECT fold FROM calls WHERE call = :call", {"call": stream}).fetchone()
    return msgspec.json.decode(row[0], type=Call) if row is not None else None


def open_calls(db: Database, pbx: str | None = None) -> list[CallRow]:
    """Every call that has not ended, oldest first."""
    where = "WHERE outcome IS NULL" + (" AND pbx = :pbx" if pbx is not None else "")
    return _calls(db, f"{where} ORDER BY began_at, call", {"pbx": pbx} if pbx is not None else {})


def open_streams(db: Database, pbx: str) -> list[str]:
    """The streams of the calls of ``pbx`` that have not ended: what a bridge reads when it starts."""
    rows = db.execute(
        "SELECT call FROM calls WHERE outcome IS NULL AND pbx = :pbx ORDER BY began_at, call", {"pbx": pbx}
    ).fetchall()
    return [row[0] for row in rows]


def waiting_calls(db: Database) -> list[CallRow]:
    """Callers whom no operator has: arrived, waiting or ringing; oldest first.

    Not those in the state ``alone``, who may be talking with an agency, which is no operator.
    """
    return _calls(
        db,
        "WHERE outcome IS NULL AND state IN ('arrived', 'waiting', 'ringing') ORDER BY began_at, call",
        {},
    )


def asked_calls(db: Database) -> list[CallRow]:
    """Callers who are being asked to press a key: nobody can answer them meanwhile. Oldest first."""
    return _calls(db, "WHERE outcome IS NULL AND state = 'asked' ORDER BY began_at, call", {})


def ringing_for(db: Database, operator: str) -> list[CallRow]:
    """Calls for which the telephone ``operator`` (PJSIP/op1) rings now, oldest first."""
    return _calls(
        db,
        "WHERE outcome IS NULL AND call IN (SELECT call FROM call_offers WHERE operator = :operator "
        "AND ended_at IS NULL) ORDER BY began_at, call",
        {"operator": operator},
    )


def ringing_streams(db: Database, operator: str) -> frozenset[str]:
    """The streams of the calls for which ``operator`` rings now, and nothing more of them (see ``ringing_for``)."""
    rows = db.execute(
        "SELECT call FROM call_offers WHERE operator = :operator AND ended_at IS NULL", {"operator": operator}
    ).fetchall()
    return frozenset(row[0] for row in rows)


def in_one_of(db: Database, operator: str, streams: Iterable[str]) -> bool:
    """Whether ``operator`` talks in one of those calls now."""
    return any(
        db.execute(
            "SELECT 1 FROM call_operators WHERE call = :call AND operator = :operator AND left_at IS NULL LIMIT 1",
            {"call": stream, "operator": operator},
        ).fetchone()
        for stream in streams
    )


def active_calls(db: Database, operator: str) -> list[CallRow]:
    """The calls that ``operator`` talks in or holds now: the one with the voice first (the latest, were there several),
    then those on hold, the one that is held longest first."""
    return _calls(
        db,
        "WHERE outcome IS NULL AND (call IN (SELECT call FROM call_operators WHERE operator = :operator "
        "AND left_at IS NULL) OR (held_by = :operator AND held_how = 'hold')) "
        "ORDER BY held_since IS NOT NULL, held_since, began_at DESC, call DESC",
        {"operator": operator},
    )


def active_call(db: Database, operator: str) -> CallRow | None:
    """The call that ``operator`` talks in, else the one that he holds longest."""
    found = active_calls(db, operator)
    return found[0] if found else None


def calls_of(db: Database, operator: str, limit: int = 20) -> list[CallRow]:
    """The latest calls in which ``operator`` talked, newest first."""
    return _calls(
        db,
        "WHERE call IN (SELECT call FROM call_operators WHERE operator = :operator ORDER BY joined_at DESC "
        "LIMIT :limit) ORDER BY began_at DESC, call DESC LIMIT :limit",
        {"operator": operator, "limit": limit},
    )


def unclassified(db: Database, operator: str, since: Micros, limit: int = 20) -> list[CallRow]:
    """Calls since ``since`` that ``operator`` answered, over or not, that have no outcome yet; newest first. ``since``
    bounds what is looked through: nearly every call has an outcome, so ``limit`` alone would go back to the first."""
    return _calls(
        db,
        "WHERE began_at >= :since AND classified IS NULL AND operator = :operator "
        "ORDER BY began_at DESC, call DESC LIMIT :limit",
        {"since": since, "operator": operator, "limit": limit},
    )


class Told(msgspec.Struct, frozen=True):
    """A call of which it may be known what it is about: none that was classified as something else than an incident."""

    call: str
    at: Micros
    lat: float | None
    lon: float | None
    classified: bool


def told_of(db: Database, since: Micros) -> list[Told]:
    """Calls since ``since`` that belong to an incident, or may yet; oldest first."""
    about = ", ".join(f"'{outcome.code}'" for outcome in OUTCOMES if outcome.needs_incident)
    rows = db.execute(
        "SELECT call, began_at, lat, lon, classified IS NOT NULL FROM calls WHERE began_at >= :since "
        f"AND (classified IS NULL OR classified IN ({about})) ORDER BY began_at, call",
        {"since": since},
    ).fetchall()
    return [Told(row[0], row[1], row[2], row[3], bool(row[4])) for row in rows]


def number_history(db: Database, number: str, limit: int = 20) -> list[CallRow]:
    """The latest calls from ``number``, exactly as the trunk sent it, newest first."""
    return _calls(
        db, "WHERE number = :number ORDER BY began_at DESC, call DESC LIMIT :limit", {"number": number, "limit": limit}
    )


def caller(db: Database, number: str, before: Micros | None = None) -> Caller:
    """The history of ``number`` in figures, of calls that began before ``before`` (None: all)."""
    emergencies = ", ".join(f"'{o.code}'" for o in OUTCOMES if o.emergency)
    nuisances = ", ".join(f"'{o.code}'" for o in OUTCOMES if o.nuisance)
    conditions = (
        "answered = 1",
        "outcome = 'abandoned'",
        f"classified IN ({emergencies})",
        f"classified IN ({nuisances})",
        "classified = 'silent'",
    )
    row = db.execute(
        f"SELECT COUNT(*), {', '.join(_count(condition) for condition in conditions)}, MIN(began_at), MAX(began_at) "
        "FROM calls WHERE number = :number" + ("" if before is None else " AND began_at < :before"),
        {"number": number, "before": before},
    ).fetchone()
    return Caller(number, *row)


def called_before(db: Database, number: str, before: Micros) -> bool:
    """Whether ``number`` has a call that began before ``before``; one step in an index, however many it has."""
    row = db.execute(
        "SELECT 1 FROM calls WHERE number = :number AND began_at < :before LIMIT 1",
        {"number": number, "before": before},
    ).fetchone()
    return row is not None


def outcomes_of(db: Database, number: str, before: Micros | None = None) -> list[tuple[str, int]]:
    """What came of the calls of ``number`` that began before ``before`` (None: all), the most frequent first: the
    call-taker's outcome, else abandoned, pbx_lost, or "" for none yet."""
    rows = db.execute(
        "SELECT COALESCE(classified, CASE WHEN outcome IN ('abandoned', 'pbx_lost') THEN outcome ELSE '' END) AS code, "
        "COUNT(*) FROM calls WHERE number = :number"
        + ("" if before is None else " AND began_at < :before")
        + " GROUP BY code ORDER BY COUNT(*) DESC, code",
        {"number": number, "before": before},
    ).fetchall()
    return [(row[0], row[1]) for row in rows]


def _count(condition: str) -> str:
    return f"COALESCE(SUM(CASE WHEN {condition} THEN 1 ELSE 0 END), 0)"


_IDLE, _RINGING = "state IN ('arrived', 'waiting')", "state = 'ringing'"
_TALKING, _HELD = "state = 'talking'", "state = 'held'"


def counts(db: Database) -> Counts:
    """The open calls in figures."""
    row = db.execute(
        f"SELECT {_count(_IDLE)}, {_count(_RINGING)}, {_count(_TALKING)}, {_count(_HELD)} "
        "FROM calls WHERE outcome IS NULL",
        {},
    ).fetchone()
    return Counts(*row)


def members(db: Database, queue: str | None = None, pbx: str | None = None) -> list[MemberRow]:
    """Telephones in queues, by queue and name."""
    terms = [term for term, value in (("queue = :queue", queue), ("pbx = :pbx", pbx)) if value is not None]
    where = f"WHERE {' AND '.join(terms)} " if terms else ""
    rows = db.execute(
        f"SELECT pbx, queue, operator, state, reason, since FROM members {where}ORDER BY pbx, queue, operator",
        {"queue": queue, "pbx": pbx},
    ).fetchall()
    return [MemberRow(*row) for row in rows]


_COMMAND = (
    "SELECT command, pbx, action, call, operator, queue, reason, requested_at, deadline, requested_by, terminal, "
    "claimed_by, claimed_at, result, result_reason, finished_at, target, progress, progress_status, progress_at "
    "FROM commands"
)


def command(db: Database, id: str) -> CommandRow | None:
    """The command ``id``, None when there is none."""
    row = db.execute(f"{_COMMAND} WHERE command = :command", {"command": id}).fetchone()
    return CommandRow(*row) if row is not None else None


def open_commands(db: Database, pbx: str) -> list[CommandRow]:
    """Commands to ``pbx`` that nobody has finished, oldest first."""
    rows = db.execute(
        f"{_COMMAND} WHERE result IS NULL AND pbx = :pbx ORDER BY requested_at, command", {"pbx": pbx}
    ).fetchall()
    return [CommandRow(*row) for row in rows]


def links(db: Database) -> list[LinkRow]:
    """Which bridge is connected to which exchange."""
    rows = db.execute("SELECT pbx, bridge, linked, since, reason FROM pbx_links ORDER BY pbx, bridge").fetchall()
    return [LinkRow(row[0], row[1], bool(row[2]), row[3], row[4]) for row in rows]


def watched(db: Database, pbx: str) -> bool:
    """Does any bridge see ``pbx`` live now?"""
    row = db.execute("SELECT COALESCE(MAX(linked), 0) FROM pbx_links WHERE pbx = :pbx", {"pbx": pbx}).fetchone()
    return bool(row[0])
