"""The fold of an incident: the entries of one stream ``incident/<id>``, one after another, make an :class:`Incident`.

Pure. Rules, derived tables and screens all know an incident only through this fold, so they cannot disagree.

A hand-over goes sent -> acknowledged | refused; acknowledged -> en_route -> on_scene -> finished (a report may skip
steps forward: "we are there"); any open one -> stood_down -> stand_down_acknowledged.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from data.clock import Micros
from data.entry import Entry
from data.vocabulary import handover as h
from data.vocabulary import incidents as i

PREFIX = "incident/"
"""Streams of incidents."""

SENT, ACKNOWLEDGED, REFUSED = "sent", "acknowledged", "refused"
EN_ROUTE, ON_SCENE, FINISHED = "en_route", "on_scene", "finished"
STOOD_DOWN, STAND_DOWN_ACKNOWLEDGED = "stood_down", "stand_down_acknowledged"

WORKING = frozenset({SENT, ACKNOWLEDGED, EN_ROUTE, ON_SCENE})
"""The agency has the incident (or has been asked to take it)."""

OPEN = WORKING | {STOOD_DOWN}
"""An incident with a hand-over in such a state cannot be closed."""

ACKNOWLEDGEMENT, STAND_DOWN = "acknowledgement", "stand_down"
"""What an agency can be late with."""


class Changed(msgspec.Struct, frozen=True):
    """Who changed something last, when, and at which version of the stream."""

    version: int
    actor: str
    at: Micros


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


class Handover(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One agency's part. Times are UTC micros, None when it was never so; ``sends`` counts, ``sent_at`` is the first.

    ``changed`` is the last change of its state: a decision made on an older version of it is stale.
    """

    id: str
    agency: str
    role: str
    channel: str
    sent_at: Micros
    sent_by: str
    changed: Changed
    state: str = SENT
    sends: int = 1
    last_sent_at: Micros | None = None
    acknowledged_at: Micros | None = None
    acknowledged_by: str | None = None
    means: str | None = None
    refused_at: Micros | None = None
    refused_by: str | None = None
    refusal: str | None = None
    en_route_at: Micros | None = None
    on_scene_at: Micros | None = None
    unit: str | None = None
    finished_at: Micros | None = None
    result: str | None = None
    finish_note: str | None = None
    stood_down_at: Micros | None = None
    stand_down_reason: str | None = None
    stand_down_acknowledged_at: Micros | None = None
    stand_down_acknowledged_by: str | None = None
    replaces: str | None = None
    replaced_by: str | None = None
    reported: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether something is still expected of the agency."""
        return self.state in OPEN

    @property
    def waits_for(self) -> str | None:
        """What the agency has to say next within a limit: acknowledgement, stand_down or None."""
        return {SENT: ACKNOWLEDGEMENT, STOOD_DOWN: STAND_DOWN}.get(self.state)

    @property
    def overdue(self) -> str | None:
        """What it is late with now, or None."""
        return self.waits_for if self.waits_for in self.reported else None

    @property
    def happened_at(self) -> Micros:
        """When it came into its present state."""
        times = {
            SENT: self.sent_at,
            ACKNOWLEDGED: self.acknowledged_at,
            REFUSED: self.refused_at,
            EN_ROUTE: self.en_route_at,
            ON_SCENE: self.on_scene_at,
            FINISHED: self.finished_at,
            STOOD_DOWN: self.stood_down_at,
            STAND_DOWN_ACKNOWLEDGED: self.stand_down_acknowledged_at,
        }
        return times[self.state] or self.sent_at


class Incident(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An incident as its stream tells it. ``version`` is the stream's; ``status``: active, closed or merged.

    ``fields`` says who changed what last: place, type, priority, status, and the free fields by their names.
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
        return "refused_open" if REFUSED in states else STAND_DOWN_ACKNOWLEDGED


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
        case i.IncidentMerged(into=into):
            return replace(
                incident,
                status="merged",
                merged_into=into.removeprefix(PREFIX),
                closed_at=entry.at,
                closed_by=entry.actor,
                fields=_touched(incident, entry, "status"),
            )
    return incident


def _touched(incident: Incident, entry: Entry, *names: str) -> dict[str, Changed]:
    return {**incident.fields, **dict.fromkeys(names, Changed(entry.version, entry.actor, entry.at))}


def _fold_handover(incident: Incident, entry: Entry, id: str) -> Incident:
    replace = msgspec.structs.replace
    before = incident.handovers.get(id)
    body = entry.body
    if isinstance(body, h.HandoverSent):
        if before is not None:  # sent again: no time of the first changes
            after = replace(before, sends=before.sends + 1, last_sent_at=entry.at)
            return replace(incident, handovers={**incident.handovers, id: after})
        after = Handover(
            id=id,
            agency=body.agency,
            role=body.role,
            channel=body.channel,
            sent_at=entry.at,
            sent_by=entry.actor,
            replaces=body.replaces,
            changed=Changed(entry.version, entry.actor, entry.at),
        )
        first_sent = incident.first_sent_at if incident.first_sent_at is not None else entry.at
        return replace(incident, handovers={**incident.handovers, id: after}, first_sent_at=first_sent)
    if before is None:
        return incident
    after = _moved(before, entry)
    incident = replace(incident, handovers={**incident.handovers, id: after})
    if isinstance(body, h.HandoverAcknowledged) and incident.first_acknowledged_at is None:
        incident = replace(incident, first_acknowledged_at=entry.at)
    if isinstance(body, h.HandoverOnScene) and incident.first_on_scene_at is None:
        incident = replace(incident, first_on_scene_at=entry.at)
    return incident


def _moved(handover: Handover, entry: Entry) -> Handover:
    """The hand-over after one entry of its own that is no ``handover.sent``."""
    at, body = entry.at, entry.body
    match body:
        case h.HandoverAcknowledged(by=by, means=means):
            values = {"state": ACKNOWLEDGED, "acknowledged_at": at, "acknowledged_by": by, "means": means}
        case h.HandoverRefused(by=by, reason=reason):
            values = {"state": REFUSED, "refused_at": at, "refused_by": by, "refusal": reason}
        case h.HandoverEnRoute(unit=unit):
            values = {"state": EN_ROUTE, "en_route_at": at, "unit": unit or handover.unit}
        case h.HandoverOnScene(unit=unit):
            values = {"state": ON_SCENE, "on_scene_at": at, "unit": unit or handover.unit}
        case h.HandoverFinished(result=result, note=note):
            values = {"state": FINISHED, "finished_at": at, "result": result, "finish_note": note}
        case h.HandoverStoodDown(reason=reason, replaced_by=replaced_by):
            values = {
                "state": STOOD_DOWN, "stood_down_at": at, "stand_down_reason": reason, "replaced_by": replaced_by
            }  # fmt: skip
        case h.StandDownAcknowledged(by=by):
            values = {
                "state": STAND_DOWN_ACKNOWLEDGED, "stand_down_acknowledged_at": at, "stand_down_acknowledged_by": by
            }  # fmt: skip
        case h.HandoverOverdue(what=what):
            # No decision of a person: what somebody decides meanwhile is not stale because of it.
            return msgspec.structs.replace(handover, reported=tuple(dict.fromkeys((*handover.reported, what))))
        case _:
            return handover
    return msgspec.structs.replace(handover, changed=Changed(entry.version, entry.actor, at), **values)
