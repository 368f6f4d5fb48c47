"""What a console asks for: each function runs one rule on the present state inside the journal's lock.

Every request carries an :class:`Asked` whose ``id`` was made when the key was pressed: repeating the same request
(a retry after a killed process or a time-out) writes nothing and returns the first answer's entries. All functions
return the entries that the request wrote (none when everything was so already) and raise Refusal or Conflict when the
rules say no, StoreLocked or StoreFull when nothing could be written. Nothing is ever partly done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from data.clock import Micros, now
from data.entry import Draft, Entry, new_id
from data.errors import Refusal
from data.journal import Journal
from data.projection import Reader
from dispatch.handover.channels import channel
from dispatch.incidents import handovers, rules
from dispatch.incidents.handovers import HandoverRequest
from dispatch.incidents.projection import load
from dispatch.incidents.queries import next_number
from dispatch.incidents.rules import Asked
from dispatch.incidents.state import Incident, Place

__all__ = [
    "Asked",
    "HandoverRequest",
    "Place",
    "acknowledge",
    "acknowledge_stand_down",
    "asked",
    "attach_call",
    "close",
    "en_route",
    "finish",
    "hand_over",
    "merge",
    "note",
    "on_scene",
    "open_incident",
    "reassign",
    "refuse",
    "reopen",
    "send_again",
    "set_place",
    "set_priority",
    "set_text",
    "set_type",
    "stand_down",
]


def asked(actor: str, terminal: str, *, id: str | None = None, at: Micros | None = None) -> Asked:
    """Who asks, now; make it once when the key is pressed and keep it for repeats."""
    return Asked(id=id or new_id(), actor=actor, terminal=terminal, at=now() if at is None else at)


def open_incident(
    journal: Journal,
    asked: Asked,
    incident: str,
    *,
    origin: str = "call",
    call: str | None = None,
    began_at: Micros | None = None,
    place: Place | None = None,
    type: str | None = None,
    priority: int | None = None,
    texts: Mapping[str, str] | None = None,
) -> list[Entry]:
    """Open the incident with the id ``incident`` (made by the caller), with what is known already."""

    def rule(reader: Reader) -> list[Draft]:
        if load(reader, incident) is not None:
            raise Refusal("id_taken", "there is an incident with that id already")
        return rules.open_incident(
            asked,
            incident,
            next_number(reader),
            origin=origin,
            call=call,
            began_at=began_at,
            place=place,
            type=type,
            priority=priority,
            texts=texts,
        )

    return journal.decide(rule, id=asked.id)


def set_place(journal: Journal, asked: Asked, incident: str, place: Place, *, base: str | None) -> list[Entry]:
    """Where it is; ``base``: the place's name as the person saw it (None: there was none)."""
    return _decide(journal, asked, incident, lambda it: rules.set_place(it, asked, place, base))


def set_type(
    journal: Journal, asked: Asked, incident: str, type: str, priority: int, *, base: str | None
) -> list[Entry]:
    """What it is, with the type's own priority; ``base``: the type's code as the person saw it."""
    return _decide(journal, asked, incident, lambda it: rules.set_type(it, asked, type, priority, base))


def set_priority(journal: Journal, asked: Asked, incident: str, priority: int, *, base: int | None) -> list[Entry]:
    """A person raises (1) or lowers (4) the priority."""
    return _decide(journal, asked, incident, lambda it: rules.set_priority(it, asked, priority, base))


def set_text(
    journal: Journal, asked: Asked, incident: str, field: str, value: str | None, *, base: str | None
) -> list[Entry]:
    """A free field (see ``rules.TEXT_FIELDS``); ``base``: the text as the person saw it before typing."""
    return _decide(journal, asked, incident, lambda it: rules.set_text(it, asked, field, value, base))


def attach_call(journal: Journal, asked: Asked, incident: str, call: str) -> list[Entry]:
    """A further call about the same incident."""
    return _decide(journal, asked, incident, lambda it: rules.attach_call(it, asked, call))


def note(journal: Journal, asked: Asked, incident: str, text: str) -> list[Entry]:
    """A line in the log."""
    return _decide(journal, asked, incident, lambda it: rules.note(it, asked, text))


def hand_over(
    journal: Journal, asked: Asked, incident: str, base_version: int, requests: Sequence[HandoverRequest]
) -> list[Entry]:
    """Give it to agencies, all of ``requests`` or none."""
    for request in requests:
        channel(request.channel)
    return _decide(journal, asked, incident, lambda it: handovers.hand_over(it, asked, base_version, requests))


def send_again(journal: Journal, asked: Asked, incident: str, handover: str) -> list[Entry]:
    """Tell an agency once more; the times of the first sending stay."""
    return _decide(journal, asked, incident, lambda it: handovers.send_again(it, asked, handover))


def acknowledge(
    journal: Journal,
    asked: Asked,
    incident: str,
    handover: str,
    base_version: int,
    *,
    by: str,
    means: str = "telephone",
    happened_at: Micros | None = None,
) -> list[Entry]:
    """The agency took it: who said so, by what means, and when if it was earlier than now."""
    return _decide(
        journal,
        asked,
        incident,
        lambda it: handovers.acknowledge(
            it, asked, handover, base_version, by=by, means=means, happened_at=happened_at
        ),
    )


def refuse(
    journal: Journal,
    asked: Asked,
    incident: str,
    handover: str,
    base_version: int,
    *,
    reason: str,
    by: str | None = None,
    happened_at: Micros | None = None,
) -> list[Entry]:
    """The agency does not take it."""
    return _decide(
        journal,
        asked,
        incident,
        lambda it: handovers.refuse(it, asked, handover, base_version, reason=reason, by=by, happened_at=happened_at),
    )


def en_route(
    journal: Journal,
    asked: Asked,
    incident: str,
    handover: str,
    base_version: int,
    *,
    unit: str | None = None,
    happened_at: Micros | None = None,
) -> list[Entry]:
    """Somebody is on the way."""
    return _decide(
        journal,
        asked,
        incident,
        lambda it: handovers.en_route(it, asked, handover, base_version, unit=unit, happened_at=happened_at),
    )


def on_scene(
    journal: Journal,
    asked: Asked,
    incident: str,
    handover: str,
    base_version: int,
    *,
    unit: str | None = None,
    happened_at: Micros | None = None,
) -> list[Entry]:
    """Somebody is there."""
    return _decide(
        journal,
        asked,
        incident,
        lambda it: handovers.on_scene(it, asked, handover, base_version, unit=unit, happened_at=happened_at),
    )


def finish(
    journal: Journal,
    asked: Asked,
    incident: str,
    handover: str,
    base_version: int,
    *,
    result: str,
    note: str | None = None,
    happened_at: Micros | None = None,
) -> list[Entry]:
    """The agency's part is over; ``result``: done, nothing_found, called_off, passed_on."""
    return _decide(
        journal,
        asked,
        incident,
        lambda it: handovers.finish(
            it, asked, handover, base_version, result=result, note=note, happened_at=happened_at
        ),
    )


def stand_down(
    journal: Journal, asked: Asked, incident: str, handover: str, base_version: int, *, reason: str | None = None
) -> list[Entry]:
    """The agency is to stop, and has to acknowledge that."""
    return _decide(
        journal, asked, incident, lambda it: handovers.stand_down(it, asked, handover, base_version, reason=reason)
    )


def acknowledge_stand_down(
    journal: Journal,
    asked: Asked,
    incident: str,
    handover: str,
    base_version: int,
    *,
    by: str,
    happened_at: Micros | None = None,
) -> list[Entry]:
    """The agency knows that it is to stop."""
    return _decide(
        journal,
        asked,
        incident,
        lambda it: handovers.acknowledge_stand_down(it, asked, handover, base_version, by=by, happened_at=happened_at),
    )


def reassign(
    journal: Journal,
    asked: Asked,
    incident: str,
    handover: str,
    base_version: int,
    to: HandoverRequest,
    *,
    reason: str,
) -> list[Entry]:
    """Another agency instead: stand-down of the old and sending to the new in one transaction."""
    channel(to.channel)
    return _decide(
        journal, asked, incident, lambda it: handovers.reassign(it, asked, handover, base_version, to, reason=reason)
    )


def close(
    journal: Journal, asked: Asked, incident: str, base_version: int, result: str, text: str | None = None
) -> list[Entry]:
    """Close it; ``result``: done, false_report, referred, no_response_needed, cancelled."""
    return _decide(journal, asked, incident, lambda it: rules.close(it, asked, base_version, result, text))


def reopen(journal: Journal, asked: Asked, incident: str, base_version: int, reason: str | None = None) -> list[Entry]:
    """It was closed too early."""
    return _decide(journal, asked, incident, lambda it: rules.reopen(it, asked, base_version, reason))


def merge(journal: Journal, asked: Asked, incident: str, into: str, base_version: int) -> list[Entry]:
    """``incident`` is the same as ``into`` and goes on there, with its calls."""

    def rule(reader: Reader) -> list[Draft]:
        return rules.merge(_known(reader, incident), _known(reader, into), asked, base_version)

    return journal.decide(rule, id=asked.id)


def _decide(journal: Journal, asked: Asked, incident: str, rule: Callable[[Incident], list[Draft]]) -> list[Entry]:
    return journal.decide(lambda reader: rule(_known(reader, incident)), id=asked.id)


def _known(reader: Reader, incident: str) -> Incident:
    found = load(reader, incident)
    if found is None:
        raise Refusal("no_such_incident", "there is no such incident")
    return found
