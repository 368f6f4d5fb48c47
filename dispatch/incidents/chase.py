"""Hand-overs that nobody has answered yet, or not in time: what a supervisor looks at. Read only."""

from __future__ import annotations

import msgspec

from data.clock import Micros
from data.projection import Database
from dispatch.incidents.handover_state import REFUSED, WAITS_FOR


class Unanswered(msgspec.Struct, frozen=True, kw_only=True):
    """A hand-over of an active incident that waits for a word. ``waits_for``: acknowledgement or stand_down, en_route
    or on_scene once that is late, or refused_open when the agency refused and no other has the incident.

    ``since``: since when (UTC micros); ``overdue``: the limit has passed, as the hand-over service noted it.
    """

    incident: str
    number: int
    type: str | None
    priority: int | None
    place: str | None
    agency: str
    state: str
    waits_for: str
    since: Micros
    sent_by: str
    overdue: bool


_WAITS = {**WAITS_FOR, REFUSED: "refused_open"}


def unanswered(db: Database, limit: int = 200) -> list[Unanswered]:
    """Hand-overs that wait: the overdue first, then by priority (none yet counts as 1), then the oldest."""
    rows = db.execute(
        """
        SELECT i.id, i.number, i.type, i.priority, i.place, h.agency, h.state,
            CASE h.state WHEN 'sent' THEN h.sent_at WHEN 'stood_down' THEN h.stood_down_at
                WHEN 'acknowledged' THEN h.acknowledged_at WHEN 'en_route' THEN h.en_route_at
                ELSE h.refused_at END AS since,
            h.sent_by, h.overdue
        FROM incidents i JOIN handovers h ON h.incident = i.id
        WHERE i.status = 'active' AND (h.state IN ('sent', 'stood_down') OR h.overdue IS NOT NULL
            OR (h.state = 'refused' AND i.stage = 'refused_open'))
        ORDER BY h.overdue IS NULL AND h.state <> 'refused', COALESCE(i.priority, 1), since, i.number, h.id LIMIT :limit
        """,
        {"limit": limit},
    ).fetchall()
    return [
        Unanswered(
            incident=id, number=number, type=kind, priority=priority, place=place, agency=agency, state=state,
            waits_for=_WAITS[state], since=since, sent_by=by, overdue=overdue is not None,
        )
        for id, number, kind, priority, place, agency, state, since, by, overdue in rows
    ]  # fmt: skip
