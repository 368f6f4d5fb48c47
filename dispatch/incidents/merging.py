"""Two incidents that are the same event, and two again when they are not. Pure.

The merged one says into which, and is closed for everything; its calls go along, and so does every hand-over of which
something is still expected, with its times. Its notes and texts stay where they are: the other one shows both logs as
one (``dispatch.incidents.queries.detail``), so that no personal text stands in the record twice.
"""

from __future__ import annotations

from collections.abc import Iterable

from data.entry import Draft
from data.errors import Refusal
from data.text import safe_text
from data.vocabulary import handover as h
from data.vocabulary import incidents as i
from data.vocabulary.record import Record
from dispatch.incidents.handover_state import PICTURE
from dispatch.incidents.rules import Asked, must_be_active, status_is_fresh
from dispatch.incidents.state import MOVED, PREFIX, STOOD_DOWN, WORKING, Handover, Incident


def merge(incident: Incident, into: Incident, asked: Asked, base_version: int, reason: str) -> list[Draft]:
    """``incident`` is the same as ``into`` and goes on there. Raises Conflict, Refusal."""
    status_is_fresh(incident, base_version)
    must_be_active(incident)
    if into.id == incident.id:
        raise Refusal("same_incident", "incident {number} cannot be merged with itself", number=incident.number)
    must_be_active(into)
    text = _reason(reason)
    if text is None:
        raise Refusal("no_merge_reason", "why is it the same incident? A reason is needed")
    moving = incident.open_handovers
    there = {handover.agency: handover for handover in into.open_handovers}
    for handover in moving:
        other = there.get(handover.agency)
        if other is not None and other.state == STOOD_DOWN and handover.state in WORKING:
            raise Refusal(
                "agency_stops_there",
                "{agency} works for incident {number} and is to stop for incident {into}: settle that first",
                agency=handover.agency,
                number=incident.number,
                into=into.number,
            )
    calls = tuple(call for call in incident.calls if call not in into.calls)
    # An agency that has the other one already has it once; what it said here stays in this log.
    taken = [handover for handover in moving if handover.agency not in there]
    return _both(
        asked,
        (incident, [
            *(h.HandoverMoved(handover=handover.id, to=into.stream) for handover in moving),
            i.IncidentMerged(into=into.stream, number=into.number, reason=text),
        ]),
        (into, [
            i.IncidentAbsorbed(incident=incident.stream, number=incident.number, calls=calls),
            *(_taken_over(handover, incident.stream) for handover in taken),
        ]),
    )  # fmt: skip


def separate(
    incident: Incident, into: Incident, asked: Asked, base_version: int, reason: str | None = None
) -> list[Draft]:
    """``incident`` is active again, with its calls and its hand-overs as they stand now. Raises Conflict, Refusal."""
    status_is_fresh(incident, base_version)
    if incident.status != "merged" or incident.merged_into != into.id:
        raise Refusal("not_merged", "incident {number} is not merged", number=incident.number)
    must_be_active(into)
    text = _reason(reason)
    back: list[Record] = []
    gone: list[Record] = []
    for handover in incident.handovers.values():
        if handover.state != MOVED:
            continue
        there = into.handovers.get(handover.id)
        if there is not None and there.came_from == incident.stream and there.state != MOVED:
            gone.append(h.HandoverMoved(handover=there.id, to=incident.stream))
            back.append(_taken_over(there, None))
        else:
            back.append(h.HandoverUndone(handover=handover.id, state=MOVED, unit=handover.unit))
    return _both(
        asked,
        (incident, [i.IncidentSeparated(other=into.stream, number=into.number, reason=text), *back]),
        (into, [*gone, i.IncidentSeparated(other=incident.stream, number=incident.number, reason=text)]),
    )


def merged_into(incident: Incident) -> str:
    """The id of the incident that this one goes on in. Raises Refusal when it is not merged."""
    if incident.merged_into is None:
        raise Refusal("not_merged", "incident {number} is not merged", number=incident.number)
    return incident.merged_into.removeprefix(PREFIX)


def _taken_over(handover: Handover, came_from: str | None) -> h.HandoverTakenOver:
    values = {name: getattr(handover, name) for name in PICTURE}
    return h.HandoverTakenOver(handover=handover.id, reported=handover.reported, came_from=came_from, **values)


def _both(asked: Asked, *parts: tuple[Incident, Iterable[Record]]) -> list[Draft]:
    """Entries in several streams with ids made of one request."""
    bodies = [(incident.stream, body) for incident, all in parts for body in all]
    return [
        Draft(
            id=f"{asked.id}/{number}", stream=stream, body=body, at=asked.at, actor=asked.actor,
            terminal=asked.terminal,
        )
        for number, (stream, body) in enumerate(bodies)
    ]  # fmt: skip


def _reason(text: str | None) -> str | None:
    return safe_text(text or "", 1000).strip() or None
