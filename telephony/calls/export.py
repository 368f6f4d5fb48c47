"""Calls as an export set, a row a call; ``classified`` tells prank and silent calls apart."""

from __future__ import annotations

from data.export.sets import Column, ExportSet

CALLS_SET = ExportSet(
    "calls",
    (
        Column("call"), Column("pbx"), Column("linkedid"), Column("number", mask="number"), Column("name", mask="text"),
        Column("queue"), Column("outcome"), Column("ended_by"), Column("classified"), Column("operator"),
        Column("incident"), Column("arrived_at", "time"), Column("queued_at", "time"), Column("offered_at", "time"),
        Column("answered_at", "time"), Column("ended_at", "time"), Column("held_s", "number"),
        Column("transfers", "number"), Column("lat", "number"), Column("lon", "number"), Column("radius_m", "number"),
        Column("location_source"), Column("recording"), Column("observed", "number"), Column("recovered", "number"),
    ),
    """
    SELECT call, pbx, linkedid, number, name, queue, outcome, ended_by, classified, operator, incident, arrived_at,
        queued_at, offered_at, answered_at, ended_at, held_us / 1000000.0, transfers, lat, lon, radius_m,
        location_source, recording, observed, recovered
    FROM calls WHERE began_at >= :since AND began_at < :until ORDER BY began_at, call
    """,
)  # fmt: skip
"""``siaga112 export calls``."""
