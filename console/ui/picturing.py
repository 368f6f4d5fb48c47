"""From rows of the derived tables to the views that screens draw."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from console.ui.views import (
    CallbackRow,
    HandoverRow,
    IncidentDetail,
    IncidentRow,
    LogLine,
    Merged,
    MyCall,
    SurgeRow,
    WaitingCall,
)
from data.clock import Micros
from dispatch.incidents import queries as incidents
from dispatch.incidents.chronology import LogLine as Line
from dispatch.incidents.handover_units import under_way
from dispatch.incidents.state import PREFIX, Incident
from dispatch.incidents.surge import Cluster, Report
from telephony.asterisk.names import PRIORITY_NORMAL
from telephony.callbacks import queries as callbacks
from telephony.calls.queries import CallRow, Told


def incident_id(stream: str | None) -> str:
    """The id of an incident from its stream."""
    return (stream or "").removeprefix(PREFIX)


def waiting_call(
    row: CallRow, here: frozenset[str], operator: str, silent: str = "", *, first_time: bool = False
) -> WaitingCall:
    """A caller without an operator. ``here``: the calls for which this telephone rings; ``first_time``: see there."""
    rings_here = row.call in here
    ringing: tuple[str, ...] = (operator,) if rings_here else (("",) if row.state == "ringing" else ())
    return WaitingCall(
        call=row.call,
        number=row.number or "",
        name=row.name or "",
        since=row.began_at or row.arrived_at or 0,
        ringing_for=ringing,
        here=rings_here,
        place=row.location_text or "",
        priority=row.priority if row.priority is not None else PRIORITY_NORMAL,
        silent=silent,
        first_time=first_time,
    )


def my_call(row: CallRow, history: int = 0, incident: str = "") -> MyCall:
    """The call in hand, or one that needs an outcome."""
    state = "ended" if row.outcome is not None else ("held" if row.held_since is not None else "talking")
    if row.state == "alone":
        state = "passed"
    return MyCall(
        call=row.call,
        number=row.number or "",
        name=row.name or "",
        state=state,
        arrived_at=row.began_at or row.arrived_at or 0,
        answered_at=row.answered_at,
        held_since=row.held_since,
        ended_at=row.ended_at,
        place=row.location_text or "",
        lat=row.lat,
        lon=row.lon,
        radius_m=row.radius_m,
        incident=incident or incident_id(row.incident),
        outcome=row.classified or "",
        third=row.third or "",
        history=history,
    )


def callback_row(row: callbacks.CallbackRow, operator: str) -> CallbackRow:
    """A number to call back; ``operator``: the telephone of this console."""
    return CallbackRow(
        callback=row.callback,
        number=row.number,
        name=row.name or "",
        reason=row.reason,
        since=row.since,
        last_call=row.last_call,
        calls=row.calls,
        attempts=row.attempts,
        attempt=row.attempt_state or "",
        attempt_at=row.attempt_at or 0,
        detail=row.attempt_detail or "",
        here=bool(operator) and row.attempt_operator == operator,
        calls_again=row.calls_again,
    )


def reports(rows: Sequence[Told], active: Mapping[str, incidents.IncidentRow]) -> list[Report]:
    """What the callers of ``rows`` told; ``active``: the incident of each call that belongs to one."""
    found = []
    for row in rows:
        about = active.get(row.call)
        if about is not None:
            found.append(
                Report(
                    call=row.call, at=row.at, lat=about.lat, lon=about.lon, area=about.district_code or "",
                    place=about.place or "", type=about.type or "", incident=about.id,
                )
            )  # fmt: skip
        elif row.lat is not None and not row.classified:
            found.append(Report(call=row.call, at=row.at, lat=row.lat, lon=row.lon))
    return found


def surge_row(cluster: Cluster, active: Mapping[str, incidents.IncidentRow], km: float) -> SurgeRow:
    """A cluster of calls with the number of its incident; a call within ``km`` of it may be about the same."""
    numbers = {row.id: row.number for row in active.values()}
    return SurgeRow(
        calls=cluster.calls,
        since=cluster.since,
        incident=cluster.incident,
        number=numbers.get(cluster.incident, 0),
        type=cluster.type,
        place=cluster.place,
        box=cluster.box(km),
    )


def incident_row(row: incidents.IncidentRow) -> IncidentRow:
    """A line of the board."""
    return IncidentRow(
        id=row.id,
        number=row.number,
        type=row.type or "",
        priority=row.priority or 0,
        place=row.place or "",
        opened_at=row.opened_at,
        changed_at=row.changed_at,
        state=row.stage,
        open_handovers=row.open_handovers,
        handovers=row.handovers,
        unacknowledged=row.unacknowledged,
        overdue=row.overdue or "",
        calls=row.calls,
        version=row.version,
        distance_km=row.distance_km,
        origin=row.origin,
    )


def handover_rows(incident: Incident, agency_name: Callable[[str], str]) -> tuple[HandoverRow, ...]:
    """The agencies of an incident, in the order in which they were asked."""
    return tuple(
        HandoverRow(
            id=handover.id,
            agency=handover.agency,
            agency_name=agency_name(handover.agency),
            role=handover.role,
            state=handover.state,
            sent_at=handover.sent_at,
            changed_at=handover.happened_at,
            by=handover.acknowledged_by or handover.refused_by or "",
            overdue=handover.overdue is not None,
            unit=handover.unit or "",
            under_way=", ".join(under_way(handover)),
        )
        for handover in incident.handovers.values()
    )


def detail(found: incidents.IncidentDetail, agency_name: Callable[[str], str], type_name: str) -> IncidentDetail:
    """An incident as the dispatcher and the form see it; ``type_name`` in the language spoken now."""
    incident = found.incident
    place = incident.place
    values = {name: text for name, text in incident.texts.items() if text}
    if place is not None:
        values["place"] = place.name
    if incident.type:
        values["type"] = type_name
    handovers = handover_rows(incident, agency_name)
    return IncidentDetail(
        row=_row(incident, handovers),
        version=incident.version,
        values=values,
        handovers=handovers,
        log=tuple(log_line(each) for each in found.log),
        lat=place.lat if place is not None else None,
        lon=place.lon if place is not None else None,
        village_code=(place.village_code or "") if place is not None else "",
        district_code=(place.district_code or "") if place is not None else "",
        merged_number=incident.merged_number or 0,
        merged=tuple(Merged(each.id, each.number, each.version) for each in found.merged),
    )


def _row(incident: Incident, handovers: Sequence[HandoverRow]) -> IncidentRow:
    late = [each.overdue for each in incident.handovers.values() if each.overdue]
    return IncidentRow(
        id=incident.id,
        number=incident.number,
        type=incident.type or "",
        priority=incident.priority or 0,
        place=incident.place.name if incident.place is not None else "",
        opened_at=incident.opened_at,
        changed_at=incident.changed_at,
        state=incident.stage,
        open_handovers=len(incident.open_handovers),
        handovers=sum(each.state not in {"withdrawn", "moved"} for each in handovers),
        unacknowledged=sum(1 for each in handovers if each.state == "sent"),
        overdue=late[0] if late else "",
        calls=len(incident.calls),
        version=incident.version,
    )


def log_line(each: Line) -> LogLine:
    """A line of the chronology."""
    return LogLine(
        at=each.at, who=each.who, message=each.message, params=tuple(each.params.items()), number=each.number or 0
    )


def recently(rows: Sequence[incidents.IncidentRow], now: Micros, within: Micros) -> list[incidents.IncidentRow]:
    """Those closed within the last ``within`` microseconds."""
    return [row for row in rows if row.closed_at is not None and now - row.closed_at <= within]
