"""What ``siaga112 export incidents`` and ``export assignments`` write: one row an incident, one a hand-over."""

from __future__ import annotations

from data.export.sets import Column, ExportSet

INCIDENTS_SET = ExportSet(
    "incidents",
    (
        Column("number", "number"), Column("id"), Column("status"), Column("stage"), Column("origin"),
        Column("type"), Column("priority", "number"), Column("place"), Column("address", mask="text"),
        Column("village"), Column("village_code"), Column("district"), Column("district_code"), Column("regency"),
        Column("lat", "number"), Column("lon", "number"), Column("precision_m", "number"),
        Column("caller_name", mask="text"), Column("caller_number", mask="number"),
        Column("narrative", mask="text"), Column("victims", mask="text"),
        Column("opened_at", "time"), Column("opened_by"), Column("began_at", "time"), Column("placed_at", "time"),
        Column("typed_at", "time"), Column("first_sent_at", "time"), Column("first_acknowledged_at", "time"),
        Column("first_on_scene_at", "time"), Column("closed_at", "time"), Column("closed_by"), Column("result"),
        Column("closing_note", mask="text"), Column("merged_into"), Column("calls", "number"),
        Column("handovers", "number"), Column("open_handovers", "number"),
    ),
    """
    SELECT number, id, status, stage, origin, type, priority, place, address, village, village_code, district,
        district_code, regency, lat, lon, precision_m, caller_name, caller_number, narrative, victims, opened_at,
        opened_by, began_at, placed_at, typed_at, first_sent_at, first_acknowledged_at, first_on_scene_at, closed_at,
        closed_by, result, closing_note, merged_into, calls, handovers, open_handovers
    FROM incidents WHERE opened_at >= :since AND opened_at < :until ORDER BY opened_at, number
    """,
    point=("lat", "lon"),
)  # fmt: skip

ASSIGNMENTS_SET = ExportSet(
    "assignments",
    (
        Column("incident_number", "number"), Column("incident"), Column("handover"), Column("agency"), Column("role"),
        Column("channel"), Column("state"), Column("sent_at", "time"), Column("sent_by"), Column("sends", "number"),
        Column("acknowledged_at", "time"), Column("acknowledged_by", mask="text"), Column("means"),
        Column("refused_at", "time"), Column("refused_by", mask="text"), Column("refusal", mask="text"),
        Column("en_route_at", "time"), Column("on_scene_at", "time"), Column("unit", mask="text"),
        Column("finished_at", "time"), Column("result"), Column("finish_note", mask="text"),
        Column("stood_down_at", "time"), Column("stand_down_reason", mask="text"),
        Column("stand_down_acknowledged_at", "time"), Column("stand_down_acknowledged_by", mask="text"),
        Column("replaces"), Column("replaced_by"), Column("overdue"),
    ),
    """
    SELECT i.number, h.incident, h.id, h.agency, h.role, h.channel, h.state, h.sent_at, h.sent_by, h.sends,
        h.acknowledged_at, h.acknowledged_by, h.means, h.refused_at, h.refused_by, h.refusal, h.en_route_at,
        h.on_scene_at, h.unit, h.finished_at, h.result, h.finish_note, h.stood_down_at, h.stand_down_reason,
        h.stand_down_acknowledged_at, h.stand_down_acknowledged_by, h.replaces, h.replaced_by, h.overdue
    FROM handovers h JOIN incidents i ON i.id = h.incident
    WHERE h.sent_at >= :since AND h.sent_at < :until ORDER BY i.number, h.sent_at, h.id
    """,
)  # fmt: skip
