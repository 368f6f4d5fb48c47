"""What ``siaga112 export calls`` writes: one row a call."""

from __future__ import annotations

from typing import Any

import msgspec

from data.clock import SECOND
from data.export.sets import Column, ExportSet
from telephony.calls.fold import Call

_decode = msgspec.json.Decoder(Call).decode


def _convert(row: tuple[Any, ...], unmasked: bool) -> tuple[Any, ...]:
    """The last column is the fold: it gives the operators, the duration of holding and the evidence of the end."""
    call = _decode(row[-1])
    return (
        *row[:-1],
        " ".join(call.operators),
        round(call.held_us / SECOND, 3),
        call.end_evidence,
        call.recovered_from,
    )


CALLS_SET = ExportSet(
    "calls",
    (
        Column("linkedid"), Column("pbx"), Column("number", mask="number"), Column("name", mask="text"),
        Column("trunk"), Column("queue"), Column("state"), Column("outcome"), Column("began_at", "time"),
        Column("arrived_at", "time"), Column("queued_at", "time"), Column("offered_at", "time"),
        Column("answered_at", "time"), Column("ended_at", "time"), Column("ended_by"), Column("cause", "number"),
        Column("operator"), Column("transfers", "number"), Column("lat", "number"), Column("lon", "number"),
        Column("radius_m", "number"), Column("location_source"), Column("location_text", mask="text"),
        Column("classified"), Column("classified_at", "time"), Column("classified_by"), Column("incident"),
        Column("recording"), Column("recording_state"), Column("recording_s", "number"), Column("recording_sha256"),
        Column("operators"), Column("held_s", "number"), Column("end_evidence"),
        Column("recovered_from"),
    ),
    """
    SELECT linkedid, c.pbx, number, name, trunk, queue, c.state, outcome, began_at, arrived_at, queued_at, offered_at,
        answered_at, c.ended_at, ended_by, cause, operator, transfers, lat, lon, radius_m, location_source,
        location_text, classified, classified_at, classified_by, incident, recording,
        CASE WHEN r.deleted_at IS NULL THEN r.state ELSE 'deleted' END, r.seconds, r.sha256, fold
    FROM calls c LEFT JOIN recordings r ON r.call = c.call
    WHERE began_at >= :since AND began_at < :until ORDER BY began_at, c.call
    """,
    _convert,
)  # fmt: skip
"""``recording_state``, its seconds and fingerprint: as ``telephony.recordings`` found the file after the call, so that
an exported recording can be held against the record. A call whose exact end nobody saw (see ``end_evidence``) has as
``ended_at`` when that was noticed."""
