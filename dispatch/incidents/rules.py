"""The rules of incidents: state + request -> entries. Pure; every refusal is a sentence with a code and parameters.

A request that asks for what is so already returns no entries (and is no error). A form field carries the base value of
that field only, so a hang-up or a colleague's note conflicts with nothing. A request about the status carries
``base_version``, the version of the stream that the person saw: it conflicts only when the status itself has changed
since. Hand-overs have their own rules in :mod:`dispatch.incidents.handovers`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from data.clock import SECOND, Micros
from data.entry import Draft
from data.errors import Conflict, Refusal
from data.text import safe_line, safe_text
from data.vocabulary import incidents as v
from data.vocabulary.record import Record
from dispatch.incidents.state import Changed, Incident, Place
from dispatch.incidents.vicinity import USUAL, Limits

TEXT_FIELDS = {"caller_name": 200, "caller_number": 60, "address": 500, "narrative": 10_000, "victims": 1000}
"""The free fields of the form and how many characters each keeps. Only the narrative has lines."""

ORIGINS = ("call", "radio", "walk_in", "telephone", "agency", "other")
CLOSE_RESULTS = ("done", "false_report", "referred", "no_response_needed", "cancelled")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks for something, where and when (UTC micros). ``id`` is the request's: a repeat of it is harmless."""

    id: str
    actor: str
    terminal: str
    at: Micros
    vicinity: Limits = USUAL
    """How far an alert around an incident reaches, and how long it lasts."""


def drafts(asked: Asked, stream: str, *bodies: Record, at: Micros | None = None) -> list[Draft]:
    """Entries of one request, in order, with ids made of the request's."""
    return [
        Draft(
            id=f"{asked.id}/{number}",
            stream=stream,
            body=body,
            at=asked.at if at is None else at,
            actor=asked.actor,
            terminal=asked.terminal,
        )
        for number, body in enumerate(bodies)
    ]


def when(at: Micros) -> str:
    """The instant as time of day in UTC, for English sentences; screens format ``at`` themselves."""
    return datetime.fromtimestamp(at // SECOND, UTC).strftime("%H:%M:%S UTC")


def one_of(value: str, allowed: tuple[str, ...], code: str) -> str:
    """``value`` when it is allowed. Raises Refusal."""
    if value not in allowed:
        raise Refusal(code, "{value} is not possible here; possible: {allowed}", value=safe_line(value, 60),
                      allowed=", ".join(allowed))  # fmt: skip
    return value


def must_be_active(incident: Incident) -> None:
    """Raise Refusal when the incident is closed or merged, with the way out."""
    if incident.status == "closed":
        raise Refusal("incident_closed", "incident {number} is closed; reopen it first", number=incident.number)
    if incident.status == "merged":
        raise Refusal(
            "incident_merged",
            "incident {number} goes on in incident {into}",
            number=incident.number,
            into=incident.merged_number or incident.merged_into,
        )


def status_is_fresh(incident: Incident, base_version: int) -> None:
    """Raise Conflict when somebody changed the status after ``base_version``."""
    changed = incident.fields["status"]
    if changed.version > base_version:
        raise Conflict(
            "status_changed",
            "{who} changed the status of incident {number} to {state} at {when}",
            who=changed.actor,
            number=incident.number,
            state=incident.status,
            when=when(changed.at),
            at=changed.at,
        )


def _field_changed(incident: Incident, field: str, now: object) -> Conflict:
    changed = incident.fields.get(field) or Changed(incident.version, incident.opened_by, incident.opened_at)
    return Conflict(
        "field_changed",
        "{who} changed {field} at {when}; it is now: {value}",
        who=changed.actor,
        field=field,
        when=when(changed.at),
        at=changed.at,
        value=now if now is not None else "",
    )


def open_incident(
    asked: Asked,
    incident: str,
    number: int,
    *,
    origin: str = "call",
    call: str | None = None,
    began_at: Micros | None = None,
    place: Place | None = None,
    type: str | None = None,
    priority: int | None = None,
    texts: Mapping[str, str] | None = None,
) -> list[Draft]:
    """A new incident with what is known already. ``number`` is the next free one, taken inside the lock.

    Raises Refusal for an unknown origin or field, or for a beginning in the future.
    """
    one_of(origin, ORIGINS, "unknown_origin")
    if began_at is not None and began_at > asked.at:
        raise Refusal("in_the_future", "an incident cannot begin in the future")
    bodies: list[Record] = [v.IncidentOpened(number=number, origin=origin, call=call, began_at=began_at)]
    if place is not None:
        bodies.append(_place_body(place, None))
    if type is not None:
        bodies.append(v.IncidentTypeSet(type=_code(type), priority=_priority(priority)))
    for field, value in (texts or {}).items():
        if text := _text(field, value):
            bodies.append(v.IncidentTextSet(field=field, value=text))
    return drafts(asked, f"incident/{incident}", *bodies)


def set_place(incident: Incident, asked: Asked, place: Place, base: str | None) -> list[Draft]:
    """Where it is; ``base`` is the name that the person saw. Raises Refusal, Conflict."""
    must_be_active(incident)
    body = _place_body(place, base)
    current = incident.place
    if current is not None and all(getattr(current, f) == getattr(body, f) for f in Place.__struct_fields__):
        return []
    if (current.name if current else None) != body.base:
        raise _field_changed(incident, "place", current.name if current else None)
    return drafts(asked, incident.stream, body)


def set_type(incident: Incident, asked: Asked, type: str, priority: int, base: str | None) -> list[Draft]:
    """What it is, with the type's own priority; one that a person has set by hand stays. Raises Refusal, Conflict."""
    must_be_active(incident)
    type = _code(type)
    if incident.type == type:
        return []
    if incident.type != base:
        raise _field_changed(incident, "type", incident.type)
    kept = incident.priority if incident.priority_by_hand and incident.priority else _priority(priority)
    return drafts(asked, incident.stream, v.IncidentTypeSet(type=type, priority=kept, base=base))


def set_priority(incident: Incident, asked: Asked, priority: int, base: int | None) -> list[Draft]:
    """A person raises or lowers the priority. Raises Refusal, Conflict."""
    must_be_active(incident)
    priority = _priority(priority)
    if incident.priority == priority:
        return []
    if incident.priority != base:
        raise _field_changed(incident, "priority", incident.priority)
    return drafts(asked, incident.stream, v.IncidentPrioritySet(priority=priority, base=base))


def set_text(incident: Incident, asked: Asked, field: str, value: str | None, base: str | None) -> list[Draft]:
    """A free field; an empty text empties it. Raises Refusal, Conflict."""
    must_be_active(incident)
    text, old = _text(field, value), _text(field, base)
    current = incident.texts.get(field)
    if current == text:
        return []
    if current != old:
        raise _field_changed(incident, field, current)
    return drafts(asked, incident.stream, v.IncidentTextSet(field=field, value=text, base=old))


def attach_call(incident: Incident, asked: Asked, call: str) -> list[Draft]:
    """A further call is about this incident. Raises Refusal."""
    must_be_active(incident)
    if not call:
        raise Refusal("no_call", "there is no call to attach")
    if call in incident.calls:
        return []
    return drafts(asked, incident.stream, v.IncidentCallAttached(call=call))


def note(incident: Incident, asked: Asked, text: str) -> list[Draft]:
    """A line in the log; also of a closed incident, since news comes late. Raises Refusal when there is no text."""
    if not (safe := safe_text(text).strip()):
        raise Refusal("empty_note", "a note needs a text")
    return drafts(asked, incident.stream, v.IncidentNoted(text=safe))


def close(incident: Incident, asked: Asked, base_version: int, result: str, text: str | None = None) -> list[Draft]:
    """The incident is over. Raises Conflict; Refusal while something is expected of an agency, saying of which."""
    status_is_fresh(incident, base_version)
    must_be_active(incident)
    one_of(result, CLOSE_RESULTS, "unknown_result")
    _nobody_expected(incident)
    return drafts(asked, incident.stream, v.IncidentClosed(result=result, note=safe_text(text or "").strip() or None))


def reopen(incident: Incident, asked: Asked, base_version: int, reason: str | None = None) -> list[Draft]:
    """It was closed too early. Raises Conflict; Refusal when it is not closed."""
    status_is_fresh(incident, base_version)
    if incident.status == "merged":
        must_be_active(incident)
    if incident.status != "closed":
        raise Refusal("not_closed", "incident {number} is not closed", number=incident.number)
    return drafts(asked, incident.stream, v.IncidentReopened(reason=safe_line(reason or "", 500).strip() or None))


def _nobody_expected(incident: Incident) -> None:
    waiting = incident.open_handovers
    if waiting:
        raise Refusal(
            "cannot_close_yet",
            "incident {number} still waits for: {agencies}",
            number=incident.number,
            agencies=", ".join(f"{handover.agency} ({handover.state})" for handover in waiting),
        )


def _place_body(place: Place, base: str | None) -> v.IncidentPlaceSet:
    name = safe_line(place.name, 300).strip()
    if not name:
        raise Refusal("empty_place", "a place needs a name")
    if (place.lat is None) != (place.lon is None):
        raise Refusal("half_a_point", "latitude and longitude belong together")
    if place.lat is not None and place.lon is not None and not _on_the_globe(place.lat, place.lon):
        raise Refusal("no_such_point", "there is no point {lat}, {lon}", lat=place.lat, lon=place.lon)
    precision = place.precision_m
    if precision is not None and not (math.isfinite(precision) and precision >= 0):
        raise Refusal("no_such_precision", "a precision is a number of metres")

    def line(text: str | None, limit: int = 200) -> str | None:
        return safe_line(text, limit).strip() or None if text else None

    return v.IncidentPlaceSet(
        name=name,
        base=line(base, 300),
        lat=place.lat,
        lon=place.lon,
        precision_m=precision,
        village=line(place.village),
        village_code=line(place.village_code),
        district=line(place.district),
        district_code=line(place.district_code),
        regency=line(place.regency),
        source=line(place.source),
        address=line(place.address, TEXT_FIELDS["address"]),
    )


def _on_the_globe(lat: float, lon: float) -> bool:
    return abs(lat) <= 90 and abs(lon) <= 180  # False for nan, too


def _code(type: str) -> str:
    code = safe_line(type, 60).strip()
    if not code:
        raise Refusal("empty_type", "an incident needs a type")
    return code


def _priority(priority: int | None) -> int:
    if priority not in (1, 2, 3, 4):
        raise Refusal("unknown_priority", "a priority is 1, 2, 3 or 4, not {value}", value=priority)
    return priority


def _text(field: str, value: str | None) -> str | None:
    if field not in TEXT_FIELDS:
        raise Refusal("unknown_field", "there is no field {field}", field=safe_line(field, 60))
    limit = TEXT_FIELDS[field]
    clean = safe_text(value or "", limit) if field == "narrative" else safe_line(value or "", limit)
    return clean.strip() or None
