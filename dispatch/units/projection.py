"""Derived table of the units that agencies have. What each is doing is asked of the hand-overs, see ``queries``."""

from __future__ import annotations

from data.entry import Entry
from data.projection import Database
from data.vocabulary import units as v
from dispatch.units.names import key


class _Units:
    """Projection: units that were registered and not retired."""

    name = "units"
    version = 1
    tables = ("units",)
    ddl = """
        CREATE TABLE units(
            agency TEXT NOT NULL, key TEXT NOT NULL, call_sign TEXT NOT NULL, kind TEXT NOT NULL,
            registered_at INTEGER NOT NULL, out_since INTEGER, out_reason TEXT, PRIMARY KEY(agency, key))
    """
    kinds = frozenset(cls.KIND for cls in (v.UnitRegistered, v.UnitRetired, v.UnitOutOfService, v.UnitInService))

    def apply(self, db: Database, entry: Entry) -> None:
        """Fold one entry into the table."""
        match entry.body:
            case v.UnitRegistered(agency=agency, call_sign=call_sign, unit_kind=kind):
                db.execute(
                    "INSERT INTO units VALUES (:agency, :key, :call_sign, :kind, :at, NULL, NULL)"
                    " ON CONFLICT(agency, key) DO UPDATE SET call_sign = excluded.call_sign, kind = excluded.kind,"
                    " registered_at = excluded.registered_at, out_since = NULL, out_reason = NULL",
                    {"agency": agency, "key": key(call_sign), "call_sign": call_sign, "kind": kind, "at": entry.at},
                )
            case v.UnitRetired(agency=agency, call_sign=call_sign):
                db.execute("DELETE FROM units WHERE agency = ? AND key = ?", (agency, key(call_sign)))
            case v.UnitOutOfService(agency=agency, call_sign=call_sign, reason=reason):
                db.execute(
                    "UPDATE units SET out_since = ?, out_reason = ? WHERE agency = ? AND key = ?",
                    (entry.at, reason, agency, key(call_sign)),
                )
            case v.UnitInService(agency=agency, call_sign=call_sign):
                db.execute(
                    "UPDATE units SET out_since = NULL, out_reason = NULL WHERE agency = ? AND key = ?",
                    (agency, key(call_sign)),
                )


UNITS = _Units()
"""Register it with the journal."""
