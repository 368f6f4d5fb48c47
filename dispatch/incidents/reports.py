"""Figures about incidents: hand-over and areas. Read only, from the derived tables.

Clocks (all UTC micros): t3 answer of the call that opened the incident (``answered``, which the caller supplies, since
calls are not known here), t4 ``placed_at``, t5 ``typed_at``, t7 ``sent_at``, t8 ``acknowledged_at``, t10
``en_route_at``, t11 ``on_scene_at``. Hand-over is t8-t7. Processing would be t9-t3; the record has no t9 (unit
dispatched), so t8-t3 and t10-t3 stand on both sides of it.
Sources of the limits: NFPA 1225-2022 (answer to first unit: 90 % within 60 s), Jakarta SOP (on scene within 15 min).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from data.clock import Micros
from data.projection import Database
from data.reports import Cell, Column, Note, Period, Report, Table, between, percent, timing, timing_columns
from dispatch.incidents.projection import decode
from dispatch.incidents.state import ACKNOWLEDGEMENT, Incident

HANDOVER_LIMITS_S = (30, 60, 120)
STEP_LIMITS_S = (60, 900)
PLACES_SHOWN = 20

Name = Callable[[str], str]
"""What people call an agency or a type, by its code."""


class _Sent(msgspec.Struct, frozen=True):
    agency: str
    role: str
    state: str
    sent_at: Micros
    acknowledged_at: Micros | None
    refused_at: Micros | None
    stood_down_at: Micros | None
    priority: int | None
    late: bool


def opening_calls(db: Database, period: Period) -> dict[str, str]:
    """Incident -> the call that opened it, of incidents opened in the period by a call while it was talking."""
    found = {}
    for incident in _incidents(db, period):
        if incident.origin == "call" and incident.began_at is None and incident.calls:
            found[incident.id] = incident.calls[0]
    return found


def handover(db: Database, period: Period, answered: Mapping[str, Micros], agency_name: Name = str) -> Report:
    """How soon agencies took what they were given, each step from the answer on, and what is still open.

    ``answered``: call -> t3, for the calls of :func:`opening_calls`. Hand-overs belong to the period in which they were
    first sent, incidents to that in which they were opened.
    """
    sent = _sent(db, period)
    incidents = _incidents(db, period)
    by_agency: dict[str, list[_Sent]] = defaultdict(list)
    by_priority: dict[int | None, list[_Sent]] = defaultdict(list)
    for one in sent:
        by_agency[one.agency].append(one)
        by_priority[one.priority].append(one)
    columns = (
        Column("sent"), Column("acknowledged"), *timing_columns(HANDOVER_LIMITS_S), Column("refused"),
        Column("withdrawn"), Column("unanswered"), Column("reported_late"),
    )  # fmt: skip
    tables = (
        Table("handovers", columns, (_handover_row(sent),)),
        Table(
            "by_priority",
            (Column("priority", "code"), *columns),
            tuple(
                (f"priority_{priority or 'none'}", *_handover_row(by_priority[priority]))
                for priority in sorted(by_priority, key=lambda p: p or 9)
            ),
        ),
        Table(
            "by_agency",
            (Column("agency", "text"), Column("name", "text"), *columns),
            tuple((id, agency_name(id), *_handover_row(by_agency[id])) for id in sorted(by_agency)),
        ),
        _steps(db, period, incidents, answered),
        _follow_up(incidents),
    )
    codes = ["handover", "processing", "percentiles"]
    if not sent and not incidents:
        codes.insert(0, "empty")
    notes = [Note(code) for code in codes]
    if other := sum(i.origin != "call" or i.began_at is not None for i in incidents):
        notes.append(Note("not_by_call", {"incidents": other}))
    return Report("handover", period, tables, tuple(notes))


def _incidents(db: Database, period: Period) -> list[Incident]:
    cursor = db.execute(
        "SELECT state FROM incidents WHERE opened_at >= :since AND opened_at < :until ORDER BY number", period.bounds
    )
    return [decode(state) for (state,) in cursor.fetchall()]


def _sent(db: Database, period: Period) -> list[_Sent]:
    cursor = db.execute(
        "SELECT i.state, h.id FROM handovers h JOIN incidents i ON i.id = h.incident"
        " WHERE h.sent_at >= :since AND h.sent_at < :until AND h.state NOT IN ('withdrawn', 'moved')"
        " ORDER BY h.sent_at, h.incident, h.id",
        period.bounds,
    )
    found = []
    for state, id in cursor.fetchall():
        incident = decode(state)
        h = incident.handovers[id]
        found.append(
            _Sent(
                agency=h.agency, role=h.role, state=h.state, sent_at=h.sent_at, acknowledged_at=h.acknowledged_at,
                refused_at=h.refused_at, stood_down_at=h.stood_down_at, priority=incident.priority,
                late=ACKNOWLEDGEMENT in h.reported,
            )
        )  # fmt: skip
    return found


def _handover_row(sent: list[_Sent]) -> tuple[Cell, ...]:
    """Each hand-over is acknowledged, refused, withdrawn (stood down before it was either) or unanswered."""
    times = [us for one in sent if (us := between(one.sent_at, one.acknowledged_at)) is not None]
    acknowledged = sum(one.acknowledged_at is not None for one in sent)
    refused = sum(one.acknowledged_at is None and one.refused_at is not None for one in sent)
    answered = [one for one in sent if one.acknowledged_at is not None or one.refused_at is not None]
    withdrawn = sum(one.stood_down_at is not None for one in sent) - sum(
        one.stood_down_at is not None for one in answered
    )
    return (
        len(sent), acknowledged, *timing(times, HANDOVER_LIMITS_S), refused, withdrawn,
        len(sent) - len(answered) - withdrawn, sum(one.late for one in sent),
    )  # fmt: skip


def _steps(db: Database, period: Period, incidents: list[Incident], answered: Mapping[str, Micros]) -> Table:
    calls = opening_calls(db, period)
    starts = {id: answered[call] for id, call in calls.items() if call in answered}
    steps: dict[str, Callable[[Incident], Micros | None]] = {
        "placed": lambda i: i.placed_at,
        "typed": lambda i: i.typed_at,
        "sent": lambda i: i.first_sent_at,
        "acknowledged": lambda i: i.first_acknowledged_at,
        "en_route": lambda i: min((h.en_route_at for h in i.handovers.values() if h.en_route_at), default=None),
        "on_scene": lambda i: i.first_on_scene_at,
    }
    by_call = [incident for incident in incidents if incident.id in calls]
    rows = []
    for name, reached in steps.items():
        times = [us for i in by_call if i.id in starts and (us := between(starts[i.id], reached(i))) is not None]
        rows.append((f"step_{name}", len(by_call), *timing(times, STEP_LIMITS_S)))
    return Table("steps", (Column("step", "code"), Column("incidents"), *timing_columns(STEP_LIMITS_S)), tuple(rows))


def _follow_up(incidents: list[Incident]) -> Table:
    def of(incident: Incident) -> str:
        if incident.status != "active":
            return incident.status
        if not incident.handovers:
            return "never_sent"
        return "open_unacknowledged" if incident.first_acknowledged_at is None else "open_acknowledged"

    count = Counter(map(of, incidents))
    names = ("closed", "merged", "open_acknowledged", "open_unacknowledged", "never_sent")
    return Table(
        "follow_up",
        (Column("stands", "code"), Column("incidents"), Column("percent", "percent")),
        tuple((name, count[name], percent(count[name], len(incidents))) for name in names),
    )


# ---------------------------------------------------------------------- areas


def areas(db: Database, period: Period, type_name: Name = str) -> Report:
    """Where incidents were, by district and village, and of which types. Merged ones count once, where they went."""
    cursor = db.execute(
        "SELECT district_code, district, regency, village_code, village, type, priority, status, result, place"
        " FROM incidents WHERE opened_at >= :since AND opened_at < :until ORDER BY number",
        period.bounds,
    )
    found = [_Where(*row) for row in cursor.fetchall()]
    counted = [one for one in found if one.status != "merged"]
    districts: dict[tuple[str, ...], list[_Where]] = defaultdict(list)
    villages: dict[tuple[str, ...], list[_Where]] = defaultdict(list)
    types: dict[tuple[str, ...], list[_Where]] = defaultdict(list)
    for one in counted:
        districts[(one.district_code or "", one.district or "", one.regency or "")].append(one)
        if one.village_code:
            villages[(one.village_code, one.village or "", one.district or "")].append(one)
        types[(one.type or "", type_name(one.type) if one.type else "")].append(one)
    figures = (
        Column("incidents"), Column("percent", "percent"), *(Column(f"priority_{p}") for p in (1, 2, 3, 4)),
        Column("priority_none"), Column("open"), Column("false_report"),
    )  # fmt: skip
    tables = (
        _area_table("districts", ("district_code", "district", "regency"), figures, districts, len(counted)),
        _area_table("villages", ("village_code", "village", "district"), figures, villages, len(counted), PLACES_SHOWN),
        _area_table("types", ("type", "name"), figures, types, len(counted)),
    )
    notes = [Note("areas", {"shown": PLACES_SHOWN}), Note("borders")]
    if not found:
        notes.insert(0, Note("empty"))
    if merged := len(found) - len(counted):
        notes.append(Note("merged", {"incidents": merged}))
    if nowhere := sum(not one.district_code for one in counted):
        notes.append(Note("nowhere", {"incidents": nowhere}))
    return Report("areas", period, tables, tuple(notes))


class _Where(msgspec.Struct, frozen=True):
    district_code: str | None
    district: str | None
    regency: str | None
    village_code: str | None
    village: str | None
    type: str | None
    priority: int | None
    status: str
    result: str | None
    place: str | None


def _area_table(
    name: str, keys: tuple[str, ...], figures: tuple[Column, ...], groups: dict[tuple[str, ...], list[_Where]],
    total: int, most: int | None = None,
) -> Table:  # fmt: skip
    ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))[:most]
    rows: list[tuple[Any, ...]] = []
    for key, members in ordered:
        priorities = Counter(one.priority for one in members)
        rows.append(
            (
                *(part or None for part in key), len(members), percent(len(members), total),
                *(priorities[p] for p in (1, 2, 3, 4, None)), sum(one.status == "active" for one in members),
                sum(one.result == "false_report" for one in members),
            )
        )  # fmt: skip
    return Table(name, (*(Column(key, "text") for key in keys), *figures), tuple(rows))
