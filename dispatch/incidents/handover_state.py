"""One agency's part in an incident: its states, and what one entry makes of it. Pure; the fold uses it.

A hand-over goes sent -> acknowledged | refused; acknowledged -> en_route -> on_scene -> finished (a report may skip
steps forward: "we are there"); any open one -> stood_down -> stand_down_acknowledged. A step that was undone at once
steps back; a hand-over whose incident was merged goes on in the other one and stays here as moved.
"""

from __future__ import annotations

from typing import Any

import msgspec

from data.clock import Micros
from data.entry import Entry
from data.vocabulary import handover as h
from dispatch.incidents import handover_units as units

SENT, ACKNOWLEDGED, REFUSED = "sent", "acknowledged", "refused"
EN_ROUTE, ON_SCENE, FINISHED = "en_route", "on_scene", "finished"
STOOD_DOWN, STAND_DOWN_ACKNOWLEDGED = "stood_down", "stand_down_acknowledged"
WITHDRAWN, MOVED = "withdrawn", "moved"
"""Undone before anybody was told; goes on in the incident that this one was merged into."""

WORKING = frozenset({SENT, ACKNOWLEDGED, EN_ROUTE, ON_SCENE})
"""The agency has the incident (or has been asked to take it)."""

OPEN = WORKING | {STOOD_DOWN}
"""An incident with a hand-over in such a state cannot be closed."""

ACKNOWLEDGEMENT, STAND_DOWN = "acknowledgement", "stand_down"
"""What an agency can be late with, beside its next state (en_route, on_scene)."""

WAITS_FOR = {SENT: ACKNOWLEDGEMENT, ACKNOWLEDGED: EN_ROUTE, EN_ROUTE: ON_SCENE, STOOD_DOWN: STAND_DOWN}
"""State -> what is expected next within a limit (the centre's settings say which limit, or none)."""


class Changed(msgspec.Struct, frozen=True):
    """Who changed something last, when, and at which version of the stream."""

    version: int
    actor: str
    at: Micros


class Handover(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One agency's part. Times are UTC micros, None when it was never so; ``sends`` counts, ``sent_at`` is the first.

    ``changed`` is the last change of its state: a decision made on an older version of it is stale. ``unit``: which was
    sent, or is asked for while none is on the way; several are parted by a comma, and ``unit_times`` has the times of
    each where they differ (see ``handover_units``). ``came_from``: the stream of the
    incident that it came along with when that was merged into this one.
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
    unit_times: tuple[units.UnitTimes, ...] = ()
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
    came_from: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether something is still expected of the agency."""
        return self.state in OPEN

    @property
    def waits_for(self) -> str | None:
        """What the agency has to say next within a limit: acknowledgement, en_route, on_scene, stand_down or None."""
        return WAITS_FOR.get(self.state)

    @property
    def overdue(self) -> str | None:
        """What it is late with now, or None."""
        return self.waits_for if self.waits_for in self.reported else None

    @property
    def happened_at(self) -> Micros:
        """When it came into its present state."""
        if self.state in {WITHDRAWN, MOVED}:
            return self.changed.at
        return getattr(self, _WRITES[self.state][0]) or self.sent_at


_WRITES = {
    SENT: ("sent_at", "sent_by"),
    ACKNOWLEDGED: ("acknowledged_at", "acknowledged_by", "means"),
    EN_ROUTE: ("en_route_at",),
    ON_SCENE: ("on_scene_at",),
    FINISHED: ("finished_at", "result", "finish_note"),
    REFUSED: ("refused_at", "refused_by", "refusal"),
    STOOD_DOWN: ("stood_down_at", "stand_down_reason", "replaced_by"),
    STAND_DOWN_ACKNOWLEDGED: ("stand_down_acknowledged_at", "stand_down_acknowledged_by"),
}
"""State -> the fields that coming into it fills, its time first; in the order in which states follow."""

PICTURE = tuple(name for name in Handover.__struct_fields__ if name not in {"id", "changed", "reported", "came_from"})
"""What a hand-over takes along into another incident."""


def after(before: Handover | None, entry: Entry) -> Handover | None:
    """The hand-over after one entry that is about it; None when it is about one that does not exist."""
    body, changed = entry.body, Changed(entry.version, entry.actor, entry.at)
    if isinstance(body, h.HandoverSent):
        if before is not None:  # sent again: no time of the first changes
            return msgspec.structs.replace(before, sends=before.sends + 1, last_sent_at=entry.at)
        return Handover(
            id=body.handover, agency=body.agency, role=body.role, channel=body.channel, sent_at=entry.at,
            sent_by=entry.actor, replaces=body.replaces, unit=body.unit, changed=changed,
        )  # fmt: skip
    if isinstance(body, h.HandoverTakenOver):
        values = {name: getattr(body, name) for name in PICTURE}
        return Handover(id=body.handover, changed=changed, reported=body.reported, came_from=body.came_from, **values)
    if before is None:
        return None
    values = _of_units(before, entry)
    return msgspec.structs.replace(before, changed=changed, **values) if values else _moved(before, entry)


def _of_units(handover: Handover, entry: Entry) -> dict[str, Any]:
    """What an entry changes that is about some of the units of a hand-over; nothing for any other."""
    match entry.body:
        case h.HandoverUnitAdded(unit=unit):
            return units.with_added(handover, unit, entry.at)
        case h.HandoverUnitOnScene(unit=unit):
            return {"state": ON_SCENE, **units.with_arrived(handover, unit, entry.at)}
        case h.HandoverUnitUndone(state=state, unit=unit, unit_times=times):
            there = {"on_scene_at": None} if state == EN_ROUTE else {}
            return {"state": state, "unit": unit, "unit_times": times, **there}
    return {}


def _moved(handover: Handover, entry: Entry) -> Handover:
    """The hand-over after an entry that changes its state."""
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
            values["unit_times"] = () if unit else units.all_arrived(handover, at)
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
        case h.HandoverMoved():
            values = {"state": MOVED}
        case h.HandoverUndone(unit=unit):
            values = _stepped_back(handover, unit)
        case h.HandoverOverdue(what=what):
            # No decision of a person: what somebody decides meanwhile is not stale because of it.
            return msgspec.structs.replace(handover, reported=tuple(dict.fromkeys((*handover.reported, what))))
        case _:
            return handover
    return msgspec.structs.replace(handover, changed=Changed(entry.version, entry.actor, at), **values)


def _stepped_back(handover: Handover, unit: str | None) -> dict[str, Any]:
    """What changes when the step into the present state is undone; ``unit``: that of before the step."""
    if handover.state == SENT:
        return {"state": WITHDRAWN}
    values: dict[str, Any] = dict.fromkeys(_WRITES.get(handover.state, ()))
    if handover.state in {EN_ROUTE, ON_SCENE}:
        values |= {"unit": unit, "unit_times": units.none_arrived(handover)}
    left = [state for state, names in _WRITES.items() if names[0] not in values and getattr(handover, names[0])]
    return values | {"state": left[-1]}
