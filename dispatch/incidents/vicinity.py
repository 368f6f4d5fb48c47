"""Around a live incident nobody's place in the queue is lowered: the alert that goes with an incident's own entries.

Whoever calls from there may be the second witness. Telephony takes these entries up without knowing incidents; here the
rule says only when such an area begins, moves and ends. Pure.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from data.clock import SECOND, Micros
from data.entry import Draft, Entry
from data.vocabulary.nuisance import VicinityAlert
from dispatch.incidents.state import PREFIX, Incident, fold

MOST_M = 10_000.0
"""A place known less well than this is no area to be told from the rest."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How far an alert reaches, and how long it lasts."""

    radius_m: float = 1500.0
    """Metres around the incident; how roughly its place is known comes on top."""
    lasts_us: Micros = 24 * 3600 * SECOND
    """An alert that nobody ends, because nobody closes the incident, is over after so long."""


USUAL = Limits()


class Area(msgspec.Struct, frozen=True):
    """Where callers may be who have to do with the incident."""

    lat: float
    lon: float
    radius_m: float
    name: str


def area_of(incident: Incident | None, limits: Limits = USUAL) -> Area | None:
    """The area of an incident; None while it is not active, or nobody knows the point."""
    if incident is None or incident.status != "active" or incident.place is None:
        return None
    place = incident.place
    if place.lat is None or place.lon is None:
        return None
    radius = min(max(MOST_M, limits.radius_m), limits.radius_m + (place.precision_m or 0.0))
    return Area(place.lat, place.lon, radius, place.village or place.district or "")


def with_alerts(drafts: list[Draft], known: Callable[[str], Incident | None], limits: Limits = USUAL) -> list[Draft]:
    """``drafts`` of a decision, and after them the alerts that begin, move or end by it.

    ``known``: an incident by its id, as it was before.
    """
    incidents: dict[str, Incident | None] = {}
    after: dict[str, Incident | None] = {}
    last: dict[str, Draft] = {}
    for draft in drafts:
        if not draft.stream.startswith(PREFIX):
            continue
        id = draft.stream.removeprefix(PREFIX)
        if id not in after:
            incidents[id] = after[id] = known(id)
        now = after[id]
        after[id] = fold(now, _entry(draft, now.version + 1 if now is not None else 1))
        last[id] = draft
    alerts = []
    for id, incident in after.items():
        area, before = area_of(incident, limits), area_of(incidents[id], limits)
        if area != before:
            until = last[id].at + (limits.lasts_us if area is not None else 0)
            alerts.append(_alert(last[id], id, area or before, until))
    return [*drafts, *alerts]


def _alert(cause: Draft, id: str, area: Area | None, until: Micros) -> Draft:
    assert area is not None, "one of both is there when they differ"
    body = VicinityAlert(lat=area.lat, lon=area.lon, radius_m=area.radius_m, until=until, area=area.name or None)
    return Draft(
        id=f"{cause.id}/vicinity", stream=f"vicinity/{id}", body=body, at=cause.at, actor=cause.actor,
        terminal=cause.terminal,
    )  # fmt: skip


def _entry(draft: Draft, version: int) -> Entry:
    return Entry(
        seq=0, id=draft.id, stream=draft.stream, version=version, kind=draft.kind, at=draft.at, recorded_at=draft.at,
        actor=draft.actor, terminal=draft.terminal, body=draft.body,
    )  # fmt: skip
