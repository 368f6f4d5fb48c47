"""The rules of hand-overs: state + request -> entries. Pure.

``base_version`` is the version of the stream that the person saw. A decision on a hand-over conflicts only when that
very hand-over has changed since; the message says who changed it, to what, and when. ``happened_at`` tells a report
that comes late ("they left at 14:03"); it is never before the state that it follows, nor in the future.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from data.clock import Micros
from data.entry import Draft
from data.errors import Conflict, Refusal
from data.text import safe_line, safe_text
from data.vocabulary import handover as v
from data.vocabulary.record import Record
from dispatch.handover.channels import channel
from dispatch.incidents.handover_units import under_way
from dispatch.incidents.rules import Asked, drafts, must_be_active, one_of, when
from dispatch.incidents.state import (
    ACKNOWLEDGED,
    EN_ROUTE,
    ON_SCENE,
    REFUSED,
    SENT,
    STOOD_DOWN,
    WORKING,
    Handover,
    Incident,
)
from dispatch.units.names import key, named, parts

ROLES = ("primary", "supporting")
MEANS = ("telephone", "radio", "terminal")
FINISH_RESULTS = ("done", "nothing_found", "called_off", "passed_on")


class HandoverRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One agency to hand over to. ``id`` is the new hand-over's, made where the key was pressed; ``unit``: which of its
    units it is asked to send, if any."""

    id: str
    agency: str
    role: str = "primary"
    channel: str = "voice"
    unit: str | None = None


def missing(incident: Incident) -> tuple[str, ...]:
    """Which of the two mandatory fields (place, type) are not known: a warning before a hand-over."""
    return tuple(name for name, value in (("place", incident.place), ("type", incident.type)) if value is None)


def hand_over(incident: Incident, asked: Asked, base_version: int, requests: Sequence[HandoverRequest]) -> list[Draft]:
    """Give the incident to agencies, all or none. With place or type missing it is allowed (see :func:`missing`).

    Raises Refusal when both are missing, or an agency has it already; Conflict when somebody gave it to that agency
    after ``base_version``.
    """
    must_be_active(incident)
    if len(missing(incident)) == 2:
        raise Refusal("nothing_known", "neither place nor type is known yet; an agency could do nothing with that")
    if not requests:
        raise Refusal("no_agency", "choose an agency to hand over to")
    bodies: list[Record] = []
    asked_for: set[str] = set()
    for request in requests:
        body = _sent(incident, request, base_version)
        if request.agency in asked_for:
            raise Refusal("agency_twice", "{agency} is named twice", agency=body.agency)
        asked_for.add(request.agency)
        bodies.append(body)
    return drafts(asked, incident.stream, *bodies)


def send_again(incident: Incident, asked: Asked, handover: str) -> list[Draft]:
    """Tell the agency once more; no time of the first sending changes. Raises Refusal unless it is unanswered."""
    found = _get(incident, handover)
    if found.state != SENT:
        raise _not_now(found, "sent again")
    body = v.HandoverSent(
        handover=handover, agency=found.agency, role=found.role, channel=found.channel, replaces=found.replaces
    )
    return drafts(asked, incident.stream, body)


def acknowledge(
    incident: Incident,
    asked: Asked,
    handover: str,
    base_version: int,
    *,
    by: str,
    means: str = "telephone",
    happened_at: Micros | None = None,
) -> list[Draft]:
    """The agency takes it; ``by`` is the name that was given. Raises Refusal, Conflict."""
    found = _fresh(incident, handover, base_version)
    _must(found, (SENT,), "acknowledged")
    name = safe_line(by, 200).strip()
    if not name:
        raise Refusal("no_name", "who at {agency} took it? A name is needed", agency=found.agency)
    body = v.HandoverAcknowledged(handover=handover, by=name, means=one_of(means, MEANS, "unknown_means"))
    return drafts(asked, incident.stream, body, at=_at(found, asked, happened_at))


def refuse(
    incident: Incident,
    asked: Asked,
    handover: str,
    base_version: int,
    *,
    reason: str,
    by: str | None = None,
    happened_at: Micros | None = None,
) -> list[Draft]:
    """The agency does not take it, and says why. Raises Refusal, Conflict."""
    found = _fresh(incident, handover, base_version)
    _must(found, (SENT,), "refused")
    text = _reason(reason)
    if text is None:
        raise Refusal("no_reason", "why does {agency} not take it? A reason is needed", agency=found.agency)
    body = v.HandoverRefused(handover=handover, by=_name(by), reason=text)
    return drafts(asked, incident.stream, body, at=_at(found, asked, happened_at))


def en_route(
    incident: Incident,
    asked: Asked,
    handover: str,
    base_version: int,
    *,
    unit: str | None = None,
    happened_at: Micros | None = None,
) -> list[Draft]:
    """Somebody is on the way. Raises Refusal, Conflict."""
    found = _fresh(incident, handover, base_version)
    _must(found, (ACKNOWLEDGED,), "en route")
    body = v.HandoverEnRoute(handover=handover, unit=_name(unit))
    return drafts(asked, incident.stream, body, at=_at(found, asked, happened_at))


def on_scene(
    incident: Incident,
    asked: Asked,
    handover: str,
    base_version: int,
    *,
    unit: str | None = None,
    happened_at: Micros | None = None,
) -> list[Draft]:
    """Somebody is there; "en route" may have gone unreported. Without ``unit`` all are that were sent.

    A text that names some of those sent means these alone; further ones beside them set out as well. One that names
    only others is what the agency sent instead, while nobody said that it sends several. Raises Refusal, Conflict.
    """
    found = _fresh(incident, handover, base_version)
    late = under_way(found)
    _must(found, (ACKNOWLEDGED, EN_ROUTE, *([ON_SCENE] if late else [])), "on scene")
    bodies = _arrived(found, _name(unit), late)
    return drafts(asked, incident.stream, *bodies, at=_at(found, asked, happened_at))


def add_unit(
    incident: Incident,
    asked: Asked,
    handover: str,
    base_version: int,
    *,
    unit: str,
    happened_at: Micros | None = None,
) -> list[Draft]:
    """The agency, which is on the way or there, sends a further unit. Raises Refusal, Conflict."""
    found = _fresh(incident, handover, base_version)
    if found.state not in (EN_ROUTE, ON_SCENE):
        raise Refusal(
            "nobody_on_the_way",
            "{agency} is {state}: a further unit is added to one that is on the way",
            agency=found.agency,
            state=found.state,
        )
    text = _name(unit)
    if not named(text):
        raise Refusal("no_unit", "which unit does {agency} send too? Its name is needed", agency=found.agency)
    new = _not_of(found, text)
    if not new:
        raise Refusal("unit_sent_already", "{agency} has {unit} on it already", agency=found.agency, unit=text)
    body = v.HandoverUnitAdded(handover=handover, unit=new)
    return drafts(asked, incident.stream, body, at=_at(found, asked, happened_at))


def _arrived(found: Handover, text: str | None, late: Sequence[str]) -> list[Record]:
    """What a report "on scene" about the units in ``text`` says; ``late``: those still on the way while others are
    there."""
    id, wanted, sent = found.id, named(text), named(found.unit)
    if not wanted and late:
        return [v.HandoverUnitOnScene(handover=id, unit=", ".join(late))]
    if not wanted or found.state == ACKNOWLEDGED or not sent:
        return [v.HandoverOnScene(handover=id, unit=text)]
    if not found.unit_times and not set(wanted) & set(sent):
        return [v.HandoverOnScene(handover=id, unit=text)]  # another one than it said
    if set(wanted) == set(sent) and not late:
        return [v.HandoverOnScene(handover=id)]
    if found.state == ON_SCENE and not set(wanted) - (set(sent) - {key(each) for each in late}):
        raise Refusal("unit_there_already", "{unit} of {agency} is there already", agency=found.agency, unit=text)
    new = _not_of(found, text)
    more: list[Record] = [v.HandoverUnitAdded(handover=id, unit=new)] if new else []
    return [*more, v.HandoverUnitOnScene(handover=id, unit=", ".join(parts(text or "")))]


def _not_of(found: Handover, text: str | None) -> str:
    """The units of ``text`` that the hand-over does not have, each once."""
    known, new = set(named(found.unit)), []
    for part in parts(text or ""):
        if key(part) not in known:
            known.add(key(part))
            new.append(part)
    return ", ".join(new)


def finish(
    incident: Incident,
    asked: Asked,
    handover: str,
    base_version: int,
    *,
    result: str,
    note: str | None = None,
    happened_at: Micros | None = None,
) -> list[Draft]:
    """The agency's part is over. Raises Refusal, Conflict."""
    found = _fresh(incident, handover, base_version)
    _must(found, (ACKNOWLEDGED, EN_ROUTE, ON_SCENE), "finished")
    body = v.HandoverFinished(
        handover=handover,
        result=one_of(result, FINISH_RESULTS, "unknown_result"),
        note=safe_text(note or "", 2000).strip() or None,
    )
    return drafts(asked, incident.stream, body, at=_at(found, asked, happened_at))


def stand_down(
    incident: Incident, asked: Asked, handover: str, base_version: int, *, reason: str | None = None
) -> list[Draft]:
    """The agency is to stop, and has to acknowledge that. Raises Refusal, Conflict."""
    found = _fresh(incident, handover, base_version)
    _must(found, tuple(WORKING), "stood down")
    return drafts(asked, incident.stream, v.HandoverStoodDown(handover=handover, reason=_reason(reason)))


def acknowledge_stand_down(
    incident: Incident,
    asked: Asked,
    handover: str,
    base_version: int,
    *,
    by: str,
    happened_at: Micros | None = None,
) -> list[Draft]:
    """The agency knows that it is to stop; ``by`` is the name that was given. Raises Refusal, Conflict."""
    found = _fresh(incident, handover, base_version)
    _must(found, (STOOD_DOWN,), "told to stop")
    name = _name(by)
    if name is None:
        raise Refusal("no_name", "who at {agency} knows that they are to stop? A name is needed", agency=found.agency)
    body = v.StandDownAcknowledged(handover=handover, by=name)
    return drafts(asked, incident.stream, body, at=_at(found, asked, happened_at))


def reassign(
    incident: Incident, asked: Asked, handover: str, base_version: int, to: HandoverRequest, *, reason: str
) -> list[Draft]:
    """Another agency instead: one decision, both entries or none. The old one has to acknowledge its stand-down.

    After a refusal there is nobody to stand down, only the new agency to ask. Raises Refusal, Conflict.
    """
    channel(to.channel)
    must_be_active(incident)
    found = _fresh(incident, handover, base_version)
    _must(found, (*WORKING, REFUSED), "reassigned")
    if to.agency == found.agency:
        raise Refusal("same_agency", "{agency} has it already; send it again instead", agency=found.agency)
    text = _reason(reason)
    if text is None:
        raise Refusal("no_reason", "why another agency? A reason is needed")
    new = msgspec.structs.replace(_sent(incident, to, base_version), replaces=handover)
    if found.state == REFUSED:
        return drafts(asked, incident.stream, new)
    old = v.HandoverStoodDown(handover=handover, reason=text, replaced_by=to.id)
    return drafts(asked, incident.stream, old, new)


def overdue(incident: Incident, handover: str, what: str, limit_s: int) -> v.HandoverOverdue | None:
    """The entry that says that an agency is late with ``what``; None when it no longer is, or was said already."""
    found = incident.handovers.get(handover)
    if found is None or found.waits_for != what or what in found.reported:
        return None
    return v.HandoverOverdue(handover=handover, what=what, limit_s=limit_s)


def _sent(incident: Incident, request: HandoverRequest, base_version: int) -> v.HandoverSent:
    agency = safe_line(request.agency, 100).strip()
    if not agency or not request.id:
        raise Refusal("no_agency", "choose an agency to hand over to")
    if request.id in incident.handovers:
        raise Refusal("id_taken", "there is a hand-over with that id already")
    for other in incident.handovers.values():
        if other.agency == agency and other.is_open:
            kind = Conflict if other.changed.version > base_version else Refusal
            raise kind(
                "has_it_already",
                "{agency} has this incident already ({state}; {who}, {when})",
                agency=agency,
                state=other.state,
                who=other.changed.actor,
                when=when(other.changed.at),
                at=other.changed.at,
            )
    return v.HandoverSent(
        handover=request.id,
        agency=agency,
        role=one_of(request.role, ROLES, "unknown_role"),
        channel=channel(request.channel).name,
        unit=_name(request.unit),
    )


def _get(incident: Incident, handover: str) -> Handover:
    must_be_active(incident)
    found = incident.handovers.get(handover)
    if found is None:
        raise Refusal("no_such_handover", "incident {number} has no such hand-over", number=incident.number)
    return found


def _fresh(incident: Incident, handover: str, base_version: int) -> Handover:
    found = _get(incident, handover)
    changed = found.changed
    if changed.version > base_version:
        raise Conflict(
            "handover_changed",
            "{who} set {agency} to {state} at {when}",
            who=changed.actor,
            agency=found.agency,
            state=found.state,
            when=when(changed.at),
            at=changed.at,
        )
    return found


def _must(handover: Handover, states: tuple[str, ...], wanted: str) -> None:
    if handover.state not in states:
        raise _not_now(handover, wanted)


def _not_now(handover: Handover, wanted: str) -> Refusal:
    return Refusal(
        "not_now",
        "{agency} cannot be {wanted} now: it is {state}",
        agency=handover.agency,
        wanted=wanted,
        state=handover.state,
    )


def _at(handover: Handover, asked: Asked, happened_at: Micros | None) -> Micros:
    if happened_at is None:
        return asked.at
    if happened_at > asked.at:
        raise Refusal("in_the_future", "that is in the future")
    if happened_at < handover.happened_at:
        raise Refusal(
            "too_early",
            "{agency} was {state} only at {when}",
            agency=handover.agency,
            state=handover.state,
            when=when(handover.happened_at),
            at=handover.happened_at,
        )
    return happened_at


def _name(text: str | None) -> str | None:
    return safe_line(text or "", 200).strip() or None


def _reason(text: str | None) -> str | None:
    return safe_text(text or "", 1000).strip() or None
