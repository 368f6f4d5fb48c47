"""The derived tables of nuisance: outcomes by number, flags, areas under alert, silent calls. No score: it fades.

Keys stand for numbers as :func:`telephony.nuisance.number.key_of` makes them; a number that was erased has none.
"""

from __future__ import annotations

from data.entry import Entry
from data.projection import Database
from data.vocabulary import calls as v
from data.vocabulary.nuisance import NuisanceCleared, NuisanceFlagged, VicinityAlert
from telephony.nuisance.number import key_of

_DDL = """
    CREATE TABLE nuisance_calls(
        call TEXT PRIMARY KEY, number_key TEXT, number TEXT, at INTEGER NOT NULL, outcome TEXT);
    CREATE INDEX nuisance_calls_key ON nuisance_calls(number_key, at) WHERE outcome IS NOT NULL;
    CREATE INDEX nuisance_calls_at ON nuisance_calls(at) WHERE outcome IS NOT NULL;
    CREATE TABLE nuisance_flags(
        flag TEXT PRIMARY KEY, number_key TEXT NOT NULL, number TEXT NOT NULL, reason TEXT, at INTEGER NOT NULL,
        until INTEGER NOT NULL, actor TEXT NOT NULL);
    CREATE INDEX nuisance_flags_key ON nuisance_flags(number_key, at);
    CREATE INDEX nuisance_flags_until ON nuisance_flags(until);
    CREATE TABLE nuisance_clears(
        number_key TEXT PRIMARY KEY, at INTEGER NOT NULL, reason TEXT, actor TEXT NOT NULL);
    CREATE TABLE vicinity_alerts(
        alert TEXT PRIMARY KEY, lat REAL NOT NULL, lon REAL NOT NULL, radius_m REAL NOT NULL, at INTEGER NOT NULL,
        until INTEGER NOT NULL, area TEXT);
    CREATE TABLE silent_calls(call TEXT PRIMARY KEY, step TEXT NOT NULL, at INTEGER NOT NULL)
"""


class _NuisanceTables:
    """Projection: what the exchange is told of numbers, and what screens show of them."""

    name = "nuisance"
    version = 2
    tables = ("nuisance_calls", "nuisance_flags", "nuisance_clears", "vicinity_alerts", "silent_calls")
    ddl = _DDL
    kinds = frozenset(
        cls.KIND
        for cls in (
            v.CallArrived,
            v.CallObserved,
            v.CallRecovered,
            v.CallClassified,
            v.CallSilent,
            v.CallEnded,
            NuisanceFlagged,
            NuisanceCleared,
            VicinityAlert,
        )
    )

    def apply(self, db: Database, entry: Entry) -> None:
        """Fold one entry into the tables."""
        body = entry.body
        if isinstance(body, v.CallClassified):
            _classified(db, entry, body)
        elif isinstance(body, v.CallArrived | v.CallObserved | v.CallRecovered):
            _call(db, entry, body)
        elif isinstance(body, v.CallSilent):
            _silent(db, entry, body)
        elif isinstance(body, v.CallEnded):
            db.execute("DELETE FROM silent_calls WHERE call = :call", {"call": entry.stream})
        elif isinstance(body, VicinityAlert):
            _vicinity(db, entry, body)
        elif isinstance(body, NuisanceFlagged):
            _flagged(db, entry, body)
        elif isinstance(body, NuisanceCleared):
            _cleared(db, entry, body)


NUISANCE = _NuisanceTables()
"""Register it with the journal."""


def _call(db: Database, entry: Entry, body: v.CallArrived | v.CallObserved | v.CallRecovered) -> None:
    at = body.arrived_at if isinstance(body, v.CallRecovered) else entry.at
    db.execute(
        "INSERT INTO nuisance_calls VALUES (:call, :key, :number, :at, NULL) ON CONFLICT(call) DO UPDATE SET "
        "number_key = COALESCE(nuisance_calls.number_key, excluded.number_key), "
        "number = COALESCE(nuisance_calls.number, excluded.number)",
        {"call": entry.stream, "key": key_of(body.number), "number": body.number, "at": at},
    )


def _classified(db: Database, entry: Entry, body: v.CallClassified) -> None:
    db.execute(
        "INSERT INTO nuisance_calls VALUES (:call, NULL, NULL, :at, :outcome) "
        "ON CONFLICT(call) DO UPDATE SET outcome = excluded.outcome",
        {"call": entry.stream, "at": entry.at, "outcome": body.outcome},
    )


def _silent(db: Database, entry: Entry, body: v.CallSilent) -> None:
    """Only of calls that go on: who waits there and cannot speak."""
    db.execute(
        "INSERT INTO silent_calls VALUES (:call, :step, :at) ON CONFLICT(call) DO UPDATE SET step = excluded.step, "
        "at = excluded.at WHERE excluded.at >= silent_calls.at",
        {"call": entry.stream, "step": body.step, "at": entry.at},
    )


def _flagged(db: Database, entry: Entry, body: NuisanceFlagged) -> None:
    key = key_of(body.number)
    if key is None:
        return  # erased
    db.execute(
        "INSERT INTO nuisance_flags VALUES (:flag, :key, :number, :reason, :at, :until, :actor)",
        {
            "flag": entry.id,
            "key": key,
            "number": body.number,
            "reason": body.reason,
            "at": entry.at,
            "until": body.until,
            "actor": entry.actor,
        },
    )


def _cleared(db: Database, entry: Entry, body: NuisanceCleared) -> None:
    key = key_of(body.number)
    if key is None:
        return
    db.execute(
        "INSERT INTO nuisance_clears VALUES (:key, :at, :reason, :actor) ON CONFLICT(number_key) DO UPDATE SET "
        "at = excluded.at, reason = excluded.reason, actor = excluded.actor WHERE excluded.at >= nuisance_clears.at",
        {"key": key, "at": entry.at, "reason": body.reason, "actor": entry.actor},
    )
    db.execute("DELETE FROM nuisance_flags WHERE number_key = :key AND at <= :at", {"key": key, "at": entry.at})


def _vicinity(db: Database, entry: Entry, body: VicinityAlert) -> None:
    if body.until <= entry.at:
        gone = {"alert": entry.stream, "at": entry.at}
        db.execute("DELETE FROM vicinity_alerts WHERE alert = :alert AND at <= :at", gone)
        return
    db.execute(
        "INSERT INTO vicinity_alerts VALUES (:alert, :lat, :lon, :radius, :at, :until, :area) ON CONFLICT(alert) "
        "DO UPDATE SET lat = excluded.lat, lon = excluded.lon, radius_m = excluded.radius_m, at = excluded.at, "
        "until = excluded.until, area = excluded.area WHERE excluded.at >= vicinity_alerts.at",
        {
            "alert": entry.stream,
            "lat": body.lat,
            "lon": body.lon,
            "radius": body.radius_m,
            "at": entry.at,
            "until": body.until,
            "area": body.area,
        },
    )
