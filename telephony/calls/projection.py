"""The derived tables of calls, operators, members, exchanges and commands.

A row of ``calls`` is the call's fold (kept whole in ``fold``) with the columns that are searched and sorted by; so the
tables, the bridge and the rules can't disagree about what a call is.
"""

from __future__ import annotations

from typing import Any

import msgspec

from data.entry import Entry
from data.projection import Database
from data.vocabulary import calls as v
from telephony.calls.fold import CALL_KINDS, Call, fold

_DDL = """
    CREATE TABLE calls(
        call TEXT PRIMARY KEY, pbx TEXT NOT NULL, linkedid TEXT NOT NULL, state TEXT NOT NULL, channel TEXT,
        trunk TEXT, number TEXT, name TEXT, began_at INTEGER, arrived_at INTEGER, queued_at INTEGER, queue TEXT,
        priority INTEGER, waiting_since INTEGER,
        offered_at INTEGER, answered_at INTEGER, answered INTEGER NOT NULL, operator TEXT, held_since INTEGER,
        held_how TEXT, held_us INTEGER NOT NULL, transfers INTEGER NOT NULL, lat REAL, lon REAL, radius_m REAL,
        location_source TEXT, location_text TEXT, recording TEXT, ended_at INTEGER, outcome TEXT, ended_by TEXT,
        held_by TEXT, third TEXT, cause INTEGER, end_evidence TEXT, classified TEXT, classified_at INTEGER,
        classified_by TEXT, incident TEXT, observed INTEGER NOT NULL, recovered INTEGER NOT NULL,
        version INTEGER NOT NULL, fold TEXT NOT NULL);
    CREATE INDEX calls_open ON calls(began_at) WHERE outcome IS NULL;
    CREATE INDEX calls_began ON calls(began_at);
    CREATE INDEX calls_number ON calls(number, began_at);
    CREATE INDEX calls_incident ON calls(incident) WHERE incident IS NOT NULL;
    CREATE TABLE call_offers(
        call TEXT NOT NULL, operator TEXT NOT NULL, channel TEXT NOT NULL, queue TEXT, offered_at INTEGER NOT NULL,
        ended_at INTEGER, reason TEXT, PRIMARY KEY(call, channel));
    CREATE INDEX call_offers_open ON call_offers(operator) WHERE ended_at IS NULL;
    CREATE TABLE call_operators(
        call TEXT NOT NULL, operator TEXT NOT NULL, channel TEXT NOT NULL, joined_at INTEGER NOT NULL, left_at INTEGER,
        PRIMARY KEY(call, channel, joined_at));
    CREATE INDEX call_operators_now ON call_operators(operator) WHERE left_at IS NULL;
    CREATE INDEX call_operators_when ON call_operators(operator, joined_at);
    CREATE TABLE members(
        pbx TEXT NOT NULL, queue TEXT NOT NULL, operator TEXT NOT NULL, state TEXT NOT NULL, reason TEXT,
        since INTEGER NOT NULL, PRIMARY KEY(pbx, queue, operator));
    CREATE TABLE pbx_links(
        pbx TEXT NOT NULL, bridge TEXT NOT NULL, linked INTEGER NOT NULL, since INTEGER NOT NULL, reason TEXT,
        PRIMARY KEY(pbx, bridge));
    CREATE TABLE pbxs(
        pbx TEXT PRIMARY KEY, version TEXT, booted_at INTEGER, restarted_at INTEGER, evidence TEXT);
    CREATE TABLE commands(
        command TEXT PRIMARY KEY, pbx TEXT NOT NULL, action TEXT NOT NULL, call TEXT, operator TEXT, queue TEXT,
        reason TEXT, number TEXT, requested_at INTEGER NOT NULL, deadline INTEGER NOT NULL, requested_by TEXT NOT NULL,
        terminal TEXT NOT NULL, claimed_by TEXT, claimed_at INTEGER, result TEXT, result_reason TEXT,
        finished_at INTEGER, target TEXT, progress TEXT, progress_status TEXT, progress_at INTEGER);
    CREATE INDEX commands_open ON commands(requested_at) WHERE result IS NULL
"""

_COLUMNS = (
    "call", "pbx", "linkedid", "state", "channel", "trunk", "number", "name", "began_at", "arrived_at", "queued_at",
    "queue", "priority", "waiting_since", "offered_at",
    "answered_at", "answered", "operator", "held_since", "held_how", "held_us", "transfers",
    "lat", "lon", "radius_m", "location_source", "location_text", "recording", "ended_at", "outcome", "ended_by",
    "held_by", "third", "cause", "end_evidence", "classified", "classified_at", "classified_by", "incident", "observed",
    "recovered", "version", "fold",
)  # fmt: skip
_UPSERT = (
    f"INSERT INTO calls({', '.join(_COLUMNS)}) VALUES ({', '.join(':' + c for c in _COLUMNS)}) "
    f"ON CONFLICT(call) DO UPDATE SET {', '.join(f'{c} = excluded.{c}' for c in _COLUMNS[1:])}"
)
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Call).decode


def row_of(call: Call, version: int) -> dict[str, Any]:
    """The row of ``calls`` that stands for ``call``."""
    place = call.location
    return {
        "call": call.stream,
        "pbx": call.pbx,
        "linkedid": call.linkedid,
        "state": call.state,
        "channel": call.channel,
        "trunk": call.trunk,
        "number": call.number,
        "name": call.name,
        "began_at": call.began_at,
        "arrived_at": call.arrived_at,
        "queued_at": call.queued_at,
        "queue": call.queue,
        "priority": call.priority,
        "waiting_since": call.waiting_since,
        "offered_at": call.offered_at,
        "answered_at": call.answered_at,
        "answered": int(call.answered),
        "operator": call.operator,
        "held_since": call.held_since,
        "held_how": call.held_how,
        "held_us": call.held_us,
        "transfers": call.transfers,
        "lat": place.lat if place else None,
        "lon": place.lon if place else None,
        "radius_m": place.radius_m if place else None,
        "location_source": place.source if place else None,
        "location_text": call.location_text,
        "recording": call.recording,
        "ended_at": call.ended_at,
        "outcome": call.outcome,
        "ended_by": call.ended_by,
        "held_by": call.held_by,
        "third": call.third,
        "cause": call.cause,
        "end_evidence": call.end_evidence,
        "classified": call.classified,
        "classified_at": call.classified_at,
        "classified_by": call.classified_by,
        "incident": call.incident,
        "observed": int(call.observed_at is not None),
        "recovered": int(call.recovered_from is not None),
        "version": version,
        "fold": _encode(call).decode(),
    }


class _Calls:
    """Projection: everything about calls, members, exchanges and commands that screens and reports ask for."""

    name = "calls"
    version = 5
    tables = ("calls", "call_offers", "call_operators", "members", "pbx_links", "pbxs", "commands")
    ddl = _DDL
    kinds = CALL_KINDS | frozenset(
        cls.KIND
        for cls in (
            v.MemberChanged,
            v.PbxLinked,
            v.PbxUnlinked,
            v.PbxRestarted,
            v.CommandRequested,
            v.CommandClaimed,
            v.CommandFinished,
            v.CommandProgress,
        )
    )

    def apply(self, db: Database, entry: Entry) -> None:
        """Fold one entry into the tables."""
        if entry.kind in CALL_KINDS:
            _apply_call(db, entry)
        elif isinstance(entry.body, v.MemberChanged):
            _apply_member(db, entry, entry.body)
        elif entry.kind.startswith("pbx."):
            _apply_pbx(db, entry)
        else:
            _apply_command(db, entry)


CALLS = _Calls()
"""Register it with the journal."""


def _apply_call(db: Database, entry: Entry) -> None:
    found = db.execute("SELECT fold FROM calls WHERE call = :call", {"call": entry.stream}).fetchone()
    call = _decode(found[0]) if found is not None else None
    before = dict(call.talking) if call is not None else {}
    offers = dict(call.offers) if call is not None else {}
    call = fold(call, entry)
    db.execute(_UPSERT, row_of(call, entry.version))
    _apply_offers(db, entry, call, set(offers))
    _apply_operators(db, entry, call, before)


def _apply_offers(db: Database, entry: Entry, call: Call, before: set[str]) -> None:
    reason = entry.body.reason if isinstance(entry.body, v.CallOfferEnded) else None
    for channel, offer in call.offers.items():
        if channel not in before:
            db.execute(
                "INSERT INTO call_offers VALUES (:call, :operator, :channel, :queue, :at, NULL, NULL) "
                "ON CONFLICT(call, channel) DO UPDATE SET ended_at = NULL, reason = NULL",
                {
                    "call": entry.stream,
                    "operator": offer.operator,
                    "channel": channel,
                    "queue": offer.queue,
                    "at": offer.at,
                },
            )
    for channel in before - set(call.offers):
        why = reason or ("answered" if channel in call.talking else "cancelled")
        db.execute(
            "UPDATE call_offers SET ended_at = :at, reason = :reason WHERE call = :call AND channel = :channel",
            {"at": entry.at, "reason": why, "call": entry.stream, "channel": channel},
        )


def _apply_operators(db: Database, entry: Entry, call: Call, before: dict[str, str]) -> None:
    for channel, operator in call.talking.items():
        if channel not in before:
            db.execute(
                "INSERT INTO call_operators VALUES (:call, :operator, :channel, :at, NULL) "
                "ON CONFLICT(call, channel, joined_at) DO UPDATE SET left_at = NULL",
                {"call": entry.stream, "operator": operator, "channel": channel, "at": entry.at},
            )
    for channel in before.keys() - call.talking.keys():
        db.execute(
            "UPDATE call_operators SET left_at = :at WHERE call = :call AND channel = :channel AND left_at IS NULL",
            {"at": entry.at, "call": entry.stream, "channel": channel},
        )


def _apply_member(db: Database, entry: Entry, body: v.MemberChanged) -> None:
    key = {"pbx": entry.stream.split("/", 2)[1], "queue": body.queue, "operator": body.operator}
    if body.state == "removed":
        db.execute("DELETE FROM members WHERE pbx = :pbx AND queue = :queue AND operator = :operator", key)
        return
    db.execute(
        "INSERT INTO members VALUES (:pbx, :queue, :operator, :state, :reason, :at) ON CONFLICT(pbx, queue, operator) "
        "DO UPDATE SET state = excluded.state, reason = excluded.reason, since = excluded.since",
        {**key, "state": "paused" if body.state == "paused" else "ready", "reason": body.reason, "at": entry.at},
    )


def _apply_pbx(db: Database, entry: Entry) -> None:
    pbx, body = entry.stream.split("/", 1)[1], entry.body
    db.execute(
        "INSERT INTO pbxs VALUES (:pbx, NULL, NULL, NULL, NULL) ON CONFLICT(pbx) DO NOTHING",
        {"pbx": pbx},
    )
    if isinstance(body, v.PbxRestarted):
        db.execute(
            "UPDATE pbxs SET booted_at = COALESCE(:booted, booted_at), restarted_at = :at, evidence = :evidence "
            "WHERE pbx = :pbx",
            {"booted": body.booted_at, "at": entry.at, "evidence": body.evidence, "pbx": pbx},
        )
        return
    if isinstance(body, v.PbxLinked):
        db.execute(
            "UPDATE pbxs SET version = COALESCE(:version, version), booted_at = COALESCE(:booted, booted_at) "
            "WHERE pbx = :pbx",
            {"version": body.version, "booted": body.booted_at, "pbx": pbx},
        )
        link = {"bridge": body.bridge, "linked": 1, "reason": None}
    elif isinstance(body, v.PbxUnlinked):
        link = {"bridge": body.bridge, "linked": 0, "reason": body.reason}
    else:
        return
    db.execute(
        "INSERT INTO pbx_links VALUES (:pbx, :bridge, :linked, :at, :reason) ON CONFLICT(pbx, bridge) "
        "DO UPDATE SET linked = excluded.linked, since = excluded.since, reason = excluded.reason",
        {**link, "pbx": pbx, "at": entry.at},
    )


def _apply_command(db: Database, entry: Entry) -> None:
    command, body = entry.stream.split("/", 1)[1], entry.body
    if isinstance(body, v.CommandRequested):
        db.execute(
            "INSERT INTO commands VALUES (:command, :pbx, :action, :call, :operator, :queue, :reason, :number, :at, "
            ":deadline, :by, :terminal, NULL, NULL, NULL, NULL, NULL, :target, NULL, NULL, NULL) "
            "ON CONFLICT(command) DO NOTHING",
            {
                "command": command,
                "pbx": body.pbx,
                "action": body.action,
                "call": body.call,
                "operator": body.operator,
                "queue": body.queue,
                "reason": body.reason,
                "number": body.number,
                "at": entry.at,
                "deadline": body.deadline,
                "by": entry.actor,
                "terminal": entry.terminal,
                "target": body.target,
            },
        )
    elif isinstance(body, v.CommandProgress):
        db.execute(
            "UPDATE commands SET progress = :step, progress_status = :status, progress_at = :at"
            " WHERE command = :command AND (progress_at IS NULL OR progress_at <= :at)",
            {"step": body.step, "status": body.status, "at": entry.at, "command": command},
        )
    elif isinstance(body, v.CommandClaimed):
        db.execute(
            "UPDATE commands SET claimed_by = :by, claimed_at = :at WHERE command = :command",
            {"by": body.bridge, "at": entry.at, "command": command},
        )
    elif isinstance(body, v.CommandFinished):
        db.execute(
            "UPDATE commands SET result = :result, result_reason = :reason, finished_at = :at WHERE command = :command",
            {"result": body.result, "reason": body.reason, "at": entry.at, "command": command},
        )
