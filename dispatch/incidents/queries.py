"""What screens ask about incidents: typed rows from the derived tables, and an incident with its log."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from data.clock import Micros
from data.projection import Database, Reader
from dispatch.distance import geodesic_km
from dispatch.incidents.chronology import LogLine, chronology
from dispatch.incidents.handover_units import under_way
from dispatch.incidents.projection import SPLIT, decode, load, split_handover
from dispatch.incidents.state import Incident

BOARD_LIMIT = 5000
"""Incidents on a board at most; more than anyone can look at."""

_WIDEST_KM = 20.0

_COLUMNS = (
    "id, version, number, status, stage, origin, type, priority, place, lat, lon, precision_m, village, district,"
    " district_code, opened_at, opened_by, changed_at, closed_at, result, calls, handovers, open_handovers,"
    " unacknowledged, overdue"
)


class IncidentRow(msgspec.Struct, frozen=True, kw_only=True):
    """An incident on a list. ``stage``: see ``Incident.stage``; ``overdue``: what is late, or None.

    ``unacknowledged``: hand-overs sent that nobody answered yet.
    """

    id: str
    version: int
    number: int
    status: str
    stage: str
    origin: str
    type: str | None
    priority: int | None
    place: str | None
    lat: float | None
    lon: float | None
    precision_m: float | None
    village: str | None
    district: str | None
    district_code: str | None
    opened_at: Micros
    opened_by: str
    changed_at: Micros
    closed_at: Micros | None
    result: str | None
    calls: int
    handovers: int
    open_handovers: int
    unacknowledged: int
    overdue: str | None
    distance_km: float | None = None


class IncidentDetail(msgspec.Struct, frozen=True, kw_only=True):
    """An incident with its log, oldest line first. ``merged``: the incidents that were merged into it directly."""

    incident: Incident
    log: tuple[LogLine, ...]
    merged: tuple[Incident, ...] = ()


def board(db: Database, limit: int = BOARD_LIMIT) -> list[IncidentRow]:
    """Active incidents: overdue first, then by priority (none yet counts as 1), then the oldest."""
    return _rows(
        db,
        "WHERE status = 'active' ORDER BY overdue IS NULL, COALESCE(priority, 1), opened_at, number LIMIT :limit",
        {"limit": limit},
    )


def rows_of(db: Database, ids: Sequence[str]) -> list[IncidentRow]:
    """The incidents ``ids`` as they stand, active or not, in no order; unknown ids are left out."""
    found: list[IncidentRow] = []
    for start in range(0, len(ids), 500):
        part = {f"i{n}": id for n, id in enumerate(ids[start : start + 500])}
        found += _rows(db, f"WHERE id IN ({', '.join(':' + name for name in part)})", part)
    return found


def closed(db: Database, since: Micros = 0, limit: int = 200) -> list[IncidentRow]:
    """Closed and merged incidents that were opened at ``since`` or later, the newest first."""
    return _rows(
        db,
        "WHERE status <> 'active' AND opened_at >= :since ORDER BY opened_at DESC LIMIT :limit",
        {"since": since, "limit": limit},
    )


class PartRow(msgspec.Struct, frozen=True):
    """An agency's part in an active incident; ``version`` and ``number`` are the incident's."""

    incident: str
    number: int
    version: int
    handover: str
    agency: str
    state: str
    unit: str | None = None
    under_way: tuple[str, ...] = ()
    """The units that are not there yet while others of the same hand-over are."""


def parts(db: Database, states: Sequence[str]) -> list[PartRow]:
    """The hand-overs of active incidents that are in one of ``states``, the oldest first."""
    marks = ",".join(f":s{index}" for index in range(len(states)))
    rows = db.execute(
        f"SELECT i.id, i.number, i.version, h.id, h.agency, h.state, h.unit, {SPLIT} FROM incidents i"
        " JOIN handovers h ON h.incident = i.id"
        f" WHERE i.status = 'active' AND h.state IN ({marks}) ORDER BY h.sent_at, h.id LIMIT 5000",
        {f"s{index}": state for index, state in enumerate(states)},
    ).fetchall()
    return [msgspec.structs.replace(PartRow(*row[:7]), under_way=_under_way(row[3], row[7])) for row in rows]


def _under_way(handover: str, whole: str | None) -> tuple[str, ...]:
    split = split_handover(handover, whole)
    return under_way(split) if split is not None else ()


def nearby(
    db: Database, lat: float, lon: float, km: float, *, type: str | None = None, other_than: str = "", limit: int = 9
) -> list[IncidentRow]:
    """Active incidents within ``km`` of a point: those of the same ``type`` first, then the nearest.

    An incident known only to a village (its ``precision_m``) is near when its area may reach that far.
    """
    if not (abs(lat) <= 90 and abs(lon) <= 180):
        return []
    # A box first; a degree of latitude is 110.6 km at least. Areas are at most 20 km wide.
    reach = km + _WIDEST_KM
    wide = _rows(
        db,
        "WHERE status = 'active' AND lat BETWEEN :south AND :north AND id <> :id",
        {"south": lat - reach / 110.0, "north": lat + reach / 110.0, "id": other_than},
    )
    # Flat distances choose and rank (off by less than 1 % here), geodesic ones are shown.
    narrow = math.cos(math.radians(lat)) * 111.2
    near: list[tuple[bool, float, int, IncidentRow, tuple[float, float]]] = []
    for row in wide:
        if row.lat is not None and row.lon is not None:
            distance = math.hypot((row.lat - lat) * 111.2, (row.lon - lon) * narrow)
            if distance <= km + min((row.precision_m or 0.0) / 1000, _WIDEST_KM):
                near.append((type is None or row.type != type, distance, row.number, row, (row.lat, row.lon)))
    near.sort(key=lambda item: item[:3])
    return [
        msgspec.structs.replace(row, distance_km=round(geodesic_km((lat, lon), point), 2))
        for _, _, _, row, point in near[:limit]
    ]


class Findable(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody may look an incident up by: its place and texts, the ids of its agencies, and their units."""

    id: str
    number: int
    type: str | None
    priority: int | None
    texts: tuple[str, ...]
    agencies: tuple[str, ...]
    units: tuple[str, ...] = ()


def findable(db: Database, ids: Sequence[str]) -> list[Findable]:
    """What the incidents with these ids can be found by; unknown ids are left out."""
    found: list[Findable] = []
    for start in range(0, len(ids), 500):
        some = {f"i{n}": id for n, id in enumerate(ids[start : start + 500])}
        marks = ", ".join(f":{name}" for name in some)
        agencies: dict[str, list[str]] = {}
        units: dict[str, list[str]] = {}
        for incident, agency, unit in db.execute(
            f"SELECT incident, agency, unit FROM handovers WHERE incident IN ({marks})"
            " AND state NOT IN ('withdrawn', 'moved') ORDER BY sent_at, id",
            some,
        ).fetchall():
            agencies.setdefault(incident, []).append(agency)
            if unit:
                units.setdefault(incident, []).append(unit)
        rows = db.execute(
            "SELECT id, number, type, priority, place, village, district, address, narrative FROM incidents"
            f" WHERE id IN ({marks})",
            some,
        ).fetchall()
        found += [
            Findable(
                id=id, number=number, type=type, priority=priority, texts=tuple(text for text in texts if text),
                agencies=tuple(agencies.get(id, ())), units=tuple(units.get(id, ())),
            )
            for id, number, type, priority, *texts in rows
        ]  # fmt: skip
    return found


def get(db: Database, id: str) -> Incident | None:
    """The incident as it stands, or None."""
    return load(db, id)


def by_number(db: Database, number: int) -> Incident | None:
    """The incident with the number that people say, or None."""
    row = db.execute("SELECT state FROM incidents WHERE number = :number", {"number": number}).fetchone()
    return decode(row[0]) if row else None


def of_call(db: Database, call: str) -> list[IncidentRow]:
    """Incidents that the call belongs to, the newest first; after a merger the one that goes on comes first."""
    return _rows(
        db,
        "WHERE id IN (SELECT incident FROM incident_calls WHERE call = :call)"
        " ORDER BY status = 'merged', opened_at DESC",
        {"call": call},
    )


def last_of_calls(db: Database, calls: Sequence[str]) -> IncidentRow | None:
    """The incident opened last of those that ``calls`` (streams) belong to."""
    names = {f"c{number}": call for number, call in enumerate(calls)}
    found = _rows(
        db,
        f"WHERE id IN (SELECT incident FROM incident_calls WHERE call IN ({', '.join(':' + name for name in names)}))"
        " ORDER BY status = 'merged', opened_at DESC LIMIT 1",
        names,
    )
    return found[0] if found else None


def active_of_calls(db: Database, calls: Sequence[str]) -> dict[str, IncidentRow]:
    """The active incident of each of ``calls`` (streams) that belongs to one; the newest when there are several."""
    return _of_calls(db, calls, "status = 'active' AND ", "opened_at")


def of_calls(db: Database, calls: Sequence[str]) -> dict[str, IncidentRow]:
    """The incident of each of ``calls`` that belongs to one, active or not: the newest that was not merged away."""
    return _of_calls(db, calls, "", "status <> 'merged', opened_at")


def _of_calls(db: Database, calls: Sequence[str], which: str, order_by: str) -> dict[str, IncidentRow]:
    found: dict[str, IncidentRow] = {}
    for start in range(0, len(calls), 500):
        part = {f"c{n}": call for n, call in enumerate(calls[start : start + 500])}
        pairs = db.execute(
            f"SELECT call, incident FROM incident_calls WHERE call IN ({', '.join(':' + name for name in part)})", part
        ).fetchall()
        ids = {f"i{n}": incident for n, incident in enumerate(sorted({pair[1] for pair in pairs}))}
        where = f"WHERE {which}id IN ({', '.join(':' + name for name in ids)}) ORDER BY {order_by}"
        rows = {row.id: row for row in _rows(db, where, ids)} if ids else {}
        order = {id: n for n, id in enumerate(rows)}
        for call, incident in sorted((pair for pair in pairs if pair[1] in rows), key=lambda pair: order[pair[1]]):
            found[call] = rows[incident]
    return found


def detail(
    reader: Reader, id: str, agency_name: Callable[[str], str] | Mapping[str, str] | None = None
) -> IncidentDetail | None:
    """The incident with its log, or None; the logs of those merged into it are in it. Read in one snapshot."""
    incident = load(reader, id)
    if incident is None:
        return None
    log = _log(reader, incident, agency_name)
    others = absorbed(reader, incident)
    for other in others:
        log += _log(reader, other, agency_name, other.number)
    log.sort(key=lambda each: each[0])
    return IncidentDetail(
        incident=incident,
        log=tuple(line for _seq, line in log),
        merged=tuple(other for other in others if other.id in incident.absorbed),
    )


def absorbed(db: Database, incident: Incident) -> list[Incident]:
    """The incidents that were merged into this one, directly or by way of another."""
    found: dict[str, Incident] = {}
    coming = list(incident.absorbed)
    while coming:
        id = coming.pop()
        other = load(db, id) if id not in found and id != incident.id else None
        if other is not None:
            found[id] = other
            coming += other.absorbed
    return list(found.values())


def _log(
    reader: Reader,
    incident: Incident,
    agency_name: Callable[[str], str] | Mapping[str, str] | None,
    number: int | None = None,
) -> list[tuple[int, LogLine]]:
    entries = reader.stream(incident.stream)
    lines = chronology(entries, incident, agency_name)
    return [
        (entry.seq, msgspec.structs.replace(line, number=number)) for entry, line in zip(entries, lines, strict=True)
    ]


def next_number(db: Database) -> int:
    """The number of the next incident; to be asked inside the lock only."""
    return int(db.execute("SELECT COALESCE(MAX(number), 0) + 1 FROM incidents").fetchone()[0])


def _rows(db: Database, where: str, params: dict[str, Any]) -> list[IncidentRow]:
    names = _COLUMNS.replace(" ", "").split(",")
    found = db.execute(f"SELECT {_COLUMNS} FROM incidents {where}", params).fetchall()
    return [IncidentRow(**dict(zip(names, row, strict=True))) for row in found]
