"""The fold of an incident: the entries of one stream ``incident/<id>``, one after another, make an :class:`Incident`.

Pure. Rules, derived tables and screens all know an incident only through this fold, so they cannot disagree.

What an entry makes of a hand-over stands in :mod:`dispatch.incidents.handover_state`.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from data.clock import Micros
from data.entry import Entry
from data.vocabulary import handover as h
from data.vocabulary import incidents as i
from dispatch.incidents import handover_state
from dispatch.incidents.handover_state import (
    ACKNOWLEDGED,
    ACKNOWLEDGEMENT,
    EN_ROUTE,
    FINISHED,
    MOVED,
    ON_SCENE,
    OPEN,
    REFUSED,
    SENT,
    STAND_DOWN,
    STAND_DOWN_ACKNOWLEDGED,
    STOOD_DOWN,
    WITHDRAWN,
    WORKING,
    Changed,
    Handover,
)

__all__ = [
    "ACKNOWLEDGED",
    "ACKNOWLEDGEMENT",
    "EN_ROUTE",
    "FINISHED",
    "MOVED",
    "ON_SCENE",
    "OPEN",
    "PREFIX",
    "REFUSED",
    "SENT",
    "STAND_DOWN",
    "STAND_DOWN_ACKNOWLEDGED",
    "STOOD_DOWN",
    "WITHDRAWN",
    "WORKING",
    "Changed",
    "Handover",
    "Incident",
    "Place",
    "fold",
    "fold_all",
]

PREFIX = "incident/"
"""Streams of incidents."""


class Place(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where an incident is; see ``incident.place_set``."""

    name: str
    lat: float | None = None
    lon: float | None = None
    precision_m: float | None = None
    village: str | None = None
    village_code: str | None = None
    district: str | None = None
    district_code: str | None = None
    regency: str | None = None
    source: str | None = None
    address: str | None = None


class Incident(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An incident as its stream tells it. ``version`` is the stream's; ``status``: active, closed or merged.

    ``fields`` says who changed what last: place, type, priority, status, and the free fields by their names.
    ``absorbed``: ids of incidents that were merged into this one, each with the calls that came along.
    """

    id: str
    version: int
    number: int
    origin: str
    opened_at: Micros
    opened_by: str
    began_at: Micros | None = None
    status: str = "active"
    place: Place | None = None
    type: str | None = None
    priority: int | None = None
    priority_by_hand: bool = False
    texts: dict[str, str] = {}
    calls: tuple[str, ...] = ()
    handovers: dict[str, Handover] = {}
    fields: dict[str, Changed] = {}
    placed_at: Micros | None = None
    typed_at: Micros | None = None
    first_sent_at: Micros | None = None
    first_acknowledged_at: Micros | None = None
    first_on_scene_at: Micros | None = None
    closed_at: Micros | None = None
    closed_by: str | None = None
    result: str | None = None
    closing_note: str | None = None
    merged_into: str | None = None
    merged_number: int | None = None
    absorbed: dict[str, tuple[str, ...]] = {}
    changed_at: Micros = 0

    @property
    def stream(self) -> str:
        """The stream's name."""
        return PREFIX + self.id

    @property
    def open_handovers(self) -> list[Handover]:
        """Hand-overs of which something is still expected."""
        return [handover for handover in self.handovers.values() if handover.is_open]

    @property
    def stage(self) -> str:
        """The incident in one word, the most urgent thing first.

        closed, merged, new (nobody has it), sent (somebody has not acknowledged), stood_down (somebody may not know
        that it is to stop), refused_open (refused, and nobody else has it), then the farthest state of those working
        on it, finished (all done, not closed yet), stand_down_acknowledged otherwise.
        """
        if self.status != "active":
            return self.status
        states = {handover.state for handover in self.handovers.values()}
        if not states:
            return "new"
        for state in (SENT, STOOD_DOWN, ON_SCENE, EN_ROUTE, ACKNOWLEDGED, FINISHED):
            if state in states:
                return state
        if REFUSED in states:
            return "refused_open"
        return STAND_DOWN_ACKNOWLEDGED if STAND_DOWN_ACKNOWLEDGED in states else "new"


def fold_all(entries: Iterable[Entry]) -> Incident | None:
    """The incident that the entries of one stream make; None when there are none."""
    incident: Incident | None = None
    for entry in entries:
        incident = fold(incident, entry)
    return incident


def fold(incident: Incident | None, entry: Entry) -> Incident:
    """The incident after ``entry``. Raises ValueError for a stream that does not begin with ``incident.opened``."""
    body = entry.body
    if incident is None:
        if not isinstance(body, i.IncidentOpened):
            raise ValueError(f"{entry.stream} begins with {entry.kind}, not with incident.opened")
        return Incident(
            id=entry.stream.removeprefix(PREFIX),
            version=entry.version,
            number=body.number,
            origin=body.origin,
            opened_at=entry.at,
            opened_by=entry.actor,
            began_at=body.began_at,
            calls=(body.call,) if body.call else (),
            fields={"status": Changed(entry.version, entry.actor, entry.at)},
            changed_at=entry.at,
        )
    moved = msgspec.structs.replace(incident, version=entry.version, changed_at=max(incident.changed_at, entry.at))
    handover_id = getattr(body, "handover", None)
    if handover_id is not None:
        return _fold_handover(moved, entry, handover_id)
    return _fold_incident(moved, entry)


def _fold_incident(incident: Incident, entry: Entry) -> Incident:  # noqa: PLR0911  one return for each kind
    replace = msgspec.structs.replace
    match entry.body:
        case i.IncidentPlaceSet() as body:
            values = {name: getattr(body, name) for name in Place.__struct_fields__}
            placed_at = incident.placed_at if incident.placed_at is not None else entry.at
            return replace(
                incident, place=Place(**values), placed_at=placed_at, fields=_touched(incident, entry, "place")
            )
        case i.IncidentTypeSet(type=type, priority=priority):
            typed_at = incident.typed_at if incident.typed_at is not None else entry.at
            fields = _touched(incident, entry, "type", *(["priority"] if priority != incident.priority else []))
            return replace(incident, type=type, priority=priority, typed_at=typed_at, fields=fields)
        case i.IncidentPrioritySet(priority=priority):
            fields = _touched(incident, entry, "priority")
            return replace(incident, priority=priority, priority_by_hand=True, fields=fields)
        case i.IncidentTextSet(field=field, value=value):
            texts = {name: text for name, text in incident.texts.items() if name != field}
            if value is not None:
                texts[field] = value
            return replace(incident, texts=texts, fields=_touched(incident, entry, field))
        case i.IncidentCallAttached(call=call):
            return replace(incident, calls=tuple(dict.fromkeys((*incident.calls, call))))
        case i.IncidentClosed(result=result, note=note):
            return replace(
                incident,
                status="closed",
                result=result,
                closing_note=note,
                closed_at=entry.at,
                closed_by=entry.actor,
                fields=_touched(incident, entry, "status"),
            )
        case i.IncidentReopened():
            return replace(
                incident,
                status="active",
                result=None,
                closing_note=None,
                closed_at=None,
                closed_by=None,
                fields=_touched(incident, entry, "status"),
            )
        case i.IncidentMerged(into=into, number=number):
            return replace(
                incident,
                status="merged",
                merged_into=into.removeprefix(PREFIX),
                merged_number=number,
                closed_at=entry.at,
                closed_by=entry.actor,
                fields=_touched(incident, entry, "status"),
            )
        case i.IncidentAbsorbed(incident=other, calls=calls):
            return replace(
                incident,
                absorbed={**incident.absorbed, other.removeprefix(PREFIX): calls},
                calls=tuple(dict.fromkeys((*incident.calls, *calls))),
            )
        case i.IncidentSeparated(other=other):
            return _separated(incident, entry, other.removeprefix(PREFIX))
    return incident


def _touched(incident: Incident, entry: Entry, *names: str) -> dict[str, Changed]:
    return {**incident.fields, **dict.fromkeys(names, Changed(entry.version, entry.actor, entry.at))}


def _separated(incident: Incident, entry: Entry, other: str) -> Incident:
    """The merged one is active again; the one that it was merged into gives back its calls."""
    replace = msgspec.structs.replace
    if incident.merged_into == other:
        return replace(
            incident,
            status="active",
            merged_into=None,
            merged_number=None,
            closed_at=None,
            closed_by=None,
            fields=_touched(incident, entry, "status"),
        )
    came = incident.absorbed.get(other, ())
    return replace(
        incident,
        absorbed={id: calls for id, calls in incident.absorbed.items() if id != other},
        calls=tuple(call for call in incident.calls if call not in came),
    )


def _fold_handover(incident: Incident, entry: Entry, id: str) -> Incident:
    replace = msgspec.structs.replace
    body = entry.body
    handover = handover_state.after(incident.handovers.get(id), entry)
    if handover is None:
        return incident
    incident = replace(incident, handovers={**incident.handovers, id: handover})
    if isinstance(body, h.HandoverUndone | h.HandoverUnitUndone):  # the first may have been undone
        there = [each for each in incident.handovers.values() if each.state != WITHDRAWN]
        return replace(
            incident,
            first_sent_at=min((each.sent_at for each in there), default=None),
            first_acknowledged_at=min((at for each in there if (at := each.acknowledged_at) is not None), default=None),
            first_on_scene_at=min((at for each in there if (at := each.on_scene_at) is not None), default=None),
        )
    firsts: dict[str, Micros | None] = {}
    if isinstance(body, h.HandoverSent):
        firsts = {"first_sent_at": handover.sent_at}
    elif isinstance(body, h.HandoverAcknowledged):
        firsts = {"first_acknowledged_at": entry.at}
    elif isinstance(body, h.HandoverOnScene | h.HandoverUnitOnScene):
        firsts = {"first_on_scene_at": entry.at}
    elif isinstance(body, h.HandoverTakenOver):
        # What the agency did before this incident was known counts from its beginning.
        times = {"sent": body.sent_at, "acknowledged": body.acknowledged_at, "on_scene": body.on_scene_at}
        firsts = {f"first_{name}_at": max(at, incident.opened_at) for name, at in times.items() if at is not None}
    return replace(incident, **{name: at for name, at in firsts.items() if getattr(incident, name) is None})
