"""Derived tables of incidents and hand-overs.

Each incident's row holds its folded state as JSON (``state``): an entry is folded into that, and every column is taken
from the result, so the tables cannot differ from the fold. ``handover_waits`` is what the hand-over service times: a
row for each hand-over of which an answer is expected within a limit and that was not reported late yet.
"""

from __future__ import annotations

from typing import Any

import msgspec

from data.entry import Entry
from data.projection import Database
from data.vocabulary import handover as h
from data.vocabulary import incidents as i
from data.vocabulary.nuisance import VicinityAlert
from dispatch.incidents.state import MOVED, SENT, WITHDRAWN, Handover, Incident, fold

_INCIDENT = msgspec.json.Decoder(Incident)

INCIDENT_COLUMNS = (
    "id", "version", "number", "status", "stage", "origin", "type", "priority", "place", "lat", "lon", "precision_m",
    "village", "village_code", "district", "district_code", "regency", "address", "caller_name", "caller_number",
    "narrative", "victims", "opened_at", "opened_by", "began_at", "placed_at", "typed_at", "first_sent_at",
    "first_acknowledged_at", "first_on_scene_at", "closed_at", "closed_by", "result", "closing_note", "merged_into",
    "changed_at", "calls", "handovers", "open_handovers", "unacknowledged", "overdue", "state",
)  # fmt: skip

HANDOVER_COLUMNS = (
    "incident", "id", "agency", "role", "channel", "state", "sent_at", "sent_by", "sends", "last_sent_at",
    "acknowledged_at", "acknowledged_by", "means", "refused_at", "refused_by", "refusal", "en_route_at",
    "on_scene_at", "unit", "finished_at", "result", "finish_note", "stood_down_at", "stand_down_reason",
    "stand_down_acknowledged_at", "stand_down_acknowledged_by", "replaces", "replaced_by", "changed_at", "changed_by",
    "overdue",
)  # fmt: skip


def _upsert(table: str, columns: tuple[str, ...], key: tuple[str, ...]) -> str:
    names, values = ", ".join(columns), ", ".join(f":{name}" for name in columns)
    changes = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in key)
    return f"INSERT INTO {table}({names}) VALUES ({values}) ON CONFLICT({', '.join(key)}) DO UPDATE SET {changes}"


_PUT_INCIDENT = _upsert("incidents", INCIDENT_COLUMNS, ("id",))
_PUT_HANDOVER = _upsert("handovers", HANDOVER_COLUMNS, ("incident", "id"))


class _Incidents:
    """Projection of all streams ``incident/...``."""

    name = "incidents"
    version = 2
    tables = ("incidents", "incident_calls", "handovers", "handover_waits")
    ddl = """
        CREATE TABLE incidents(
            id TEXT PRIMARY KEY, version INTEGER NOT NULL, number INTEGER NOT NULL UNIQUE, status TEXT NOT NULL,
            stage TEXT NOT NULL, origin TEXT NOT NULL, type TEXT, priority INTEGER, place TEXT, lat REAL, lon REAL,
            precision_m REAL, village TEXT, village_code TEXT, district TEXT, district_code TEXT, regency TEXT,
            address TEXT, caller_name TEXT, caller_number TEXT, narrative TEXT, victims TEXT,
            opened_at INTEGER NOT NULL, opened_by TEXT NOT NULL, began_at INTEGER, placed_at INTEGER,
            typed_at INTEGER, first_sent_at INTEGER, first_acknowledged_at INTEGER, first_on_scene_at INTEGER,
            closed_at INTEGER, closed_by TEXT, result TEXT, closing_note TEXT, merged_into TEXT,
            changed_at INTEGER NOT NULL, calls INTEGER NOT NULL, handovers INTEGER NOT NULL,
            open_handovers INTEGER NOT NULL, unacknowledged INTEGER NOT NULL, overdue TEXT, state TEXT NOT NULL);
        CREATE INDEX incidents_status ON incidents(status, opened_at);
        CREATE INDEX incidents_opened ON incidents(opened_at);
        CREATE TABLE incident_calls(call TEXT NOT NULL, incident TEXT NOT NULL, PRIMARY KEY(call, incident));
        CREATE TABLE handovers(
            incident TEXT NOT NULL, id TEXT NOT NULL, agency TEXT NOT NULL, role TEXT NOT NULL, channel TEXT NOT NULL,
            state TEXT NOT NULL, sent_at INTEGER NOT NULL, sent_by TEXT NOT NULL, sends INTEGER NOT NULL,
            last_sent_at INTEGER, acknowledged_at INTEGER, acknowledged_by TEXT, means TEXT, refused_at INTEGER,
            refused_by TEXT, refusal TEXT, en_route_at INTEGER, on_scene_at INTEGER, unit TEXT, finished_at INTEGER,
            result TEXT, finish_note TEXT, stood_down_at INTEGER, stand_down_reason TEXT,
            stand_down_acknowledged_at INTEGER, stand_down_acknowledged_by TEXT, replaces TEXT, replaced_by TEXT,
            changed_at INTEGER NOT NULL, changed_by TEXT NOT NULL, overdue TEXT, PRIMARY KEY(incident, id));
        CREATE INDEX handovers_sent ON handovers(sent_at);
        CREATE TABLE handover_waits(
            incident TEXT NOT NULL, handover TEXT NOT NULL, what TEXT NOT NULL, since INTEGER NOT NULL,
            PRIMARY KEY(incident, handover, what))
    """
    kinds = frozenset(
        cls.KIND
        for cls in (
            i.IncidentOpened, i.IncidentPlaceSet, i.IncidentTypeSet, i.IncidentPrioritySet, i.IncidentTextSet,
            i.IncidentCallAttached, i.IncidentNoted, i.IncidentMerged, i.IncidentAbsorbed, i.IncidentSeparated,
            i.IncidentClosed, i.IncidentReopened,
            h.HandoverSent, h.HandoverAcknowledged, h.HandoverRefused, h.HandoverEnRoute, h.HandoverOnScene,
            h.HandoverFinished, h.HandoverStoodDown, h.StandDownAcknowledged, h.HandoverOverdue, h.HandoverUndone,
            h.HandoverMoved, h.HandoverTakenOver, h.HandoverUnitAdded, h.HandoverUnitOnScene, h.HandoverUnitUndone,
            VicinityAlert,
        )
    )  # fmt: skip

    def apply(self, db: Database, entry: Entry) -> None:
        """Fold one entry into the rows of its incident."""
        if isinstance(entry.body, VicinityAlert):
            return  # says nothing that the incident's own entries don't say
        id = entry.stream.partition("/")[2]
        before = load(db, id)
        after = fold(before, entry)
        db.execute(_PUT_INCIDENT, incident_row(after))
        _keep_calls(db, id, before.calls if before else (), after.calls)
        handover = after.handovers.get(getattr(entry.body, "handover", ""))
        if handover is not None:
            db.execute(_PUT_HANDOVER, handover_row(id, handover))
            _keep_wait(db, id, handover)


def load(db: Database, id: str) -> Incident | None:
    """The incident ``id`` as it stands, or None."""
    row = db.execute("SELECT state FROM incidents WHERE id = :id", {"id": id}).fetchone()
    return _INCIDENT.decode(row[0]) if row else None


def decode(state: str) -> Incident:
    """The incident that a ``state`` column holds."""
    return _INCIDENT.decode(state)


def split_handover(id: str, state: str | None) -> Handover | None:
    """The hand-over of that id in a ``state`` column which :data:`SPLIT` gave; None when its units are all alike."""
    handover = decode(state).handovers.get(id) if state is not None else None
    return handover if handover is not None and handover.unit_times else None


SPLIT = "CASE WHEN instr(i.state, '\"unit_times\"') > 0 THEN i.state END"
"""SQL: the ``state`` column of incident ``i`` where units of a hand-over may have times of their own, else NULL."""


def incident_row(incident: Incident) -> dict[str, Any]:
    """The columns of an incident."""
    place = incident.place
    texts = incident.texts
    row: dict[str, Any] = {
        name: getattr(incident, name, None) for name in INCIDENT_COLUMNS if name not in ("state", "calls", "handovers")
    }
    for name in ("lat", "lon", "precision_m", "village", "village_code", "district", "district_code", "regency"):
        row[name] = getattr(place, name) if place else None
    for name in ("caller_name", "caller_number", "narrative", "victims"):
        row[name] = texts.get(name)
    handovers = [each for each in incident.handovers.values() if each.state not in {WITHDRAWN, MOVED}]
    late = [handover.overdue for handover in handovers if handover.overdue]
    row |= {
        "place": place.name if place else None,
        "address": texts.get("address") or (place.address if place else None),
        "calls": len(incident.calls),
        "handovers": len(handovers),
        "open_handovers": len(incident.open_handovers),
        "unacknowledged": sum(handover.state == SENT for handover in handovers),
        "overdue": min(late, default=None),  # acknowledgement, en_route, on_scene, stand_down
        "state": msgspec.json.encode(incident).decode(),
    }
    return row


def handover_row(incident: str, handover: Handover) -> dict[str, Any]:
    """The columns of a hand-over."""
    row = {name: getattr(handover, name, None) for name in HANDOVER_COLUMNS}
    return row | {
        "incident": incident,
        "changed_at": handover.changed.at,
        "changed_by": handover.changed.actor,
    }


def _keep_calls(db: Database, incident: str, before: tuple[str, ...], after: tuple[str, ...]) -> None:
    if before == after:
        return
    for sql, calls in (
        ("INSERT INTO incident_calls VALUES (:call, :incident) ON CONFLICT DO NOTHING", set(after) - set(before)),
        ("DELETE FROM incident_calls WHERE call = :call AND incident = :incident", set(before) - set(after)),
    ):
        for call in sorted(calls):
            db.execute(sql, {"call": call, "incident": incident})


def _keep_wait(db: Database, incident: str, handover: Handover) -> None:
    key = {"incident": incident, "handover": handover.id}
    db.execute("DELETE FROM handover_waits WHERE incident = :incident AND handover = :handover", key)
    what = handover.waits_for
    if what is not None and what not in handover.reported:
        db.execute(
            "INSERT INTO handover_waits VALUES (:incident, :handover, :what, :since)",
            {**key, "what": what, "since": handover.happened_at},
        )


INCIDENTS = _Incidents()
