"""Incidents: what happened where, as decisions of people. Stream ``incident/<id>``, shared with its hand-overs."""

from __future__ import annotations

from data.vocabulary.record import Record, record


@record("incident.opened")
class IncidentOpened(Record, frozen=True, kw_only=True):
    """A call-taker opened an incident. ``number`` is what people say; ``origin``: call, radio, walk_in,
    telephone (another one than 112's: the exchange was away), agency, other.

    ``began_at`` is set (UTC micros) when it is entered after the fact: the original time.
    """

    number: int
    origin: str
    call: str | None = None
    began_at: int | None = None


@record("incident.place_set", personal=("address",))
class IncidentPlaceSet(Record, frozen=True, kw_only=True):
    """t4: where it is. ``base`` is the previous ``name``. ``source``: search, coordinates, trunk, map."""

    name: str
    base: str | None = None
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


@record("incident.type_set")
class IncidentTypeSet(Record, frozen=True, kw_only=True):
    """t5: the incident's type code, and its priority (1 highest to 4). ``base``: the previous type."""

    type: str
    priority: int
    base: str | None = None


@record("incident.priority_set")
class IncidentPrioritySet(Record, frozen=True, kw_only=True):
    """A person raised or lowered the priority (1 highest to 4)."""

    priority: int
    base: int | None = None


@record("incident.text_set", personal=("value", "base"))
class IncidentTextSet(Record, frozen=True, kw_only=True):
    """A free field of the form: caller_name, caller_number, address, narrative, victims. ``base``: what it replaced."""

    field: str
    value: str | None = None
    base: str | None = None


@record("incident.call_attached")
class IncidentCallAttached(Record, frozen=True, kw_only=True):
    """A further call about the same incident."""

    call: str


@record("incident.noted", personal=("text",))
class IncidentNoted(Record, frozen=True, kw_only=True):
    """A line in the incident's log."""

    text: str | None = None


@record("incident.merged", personal=("reason",))
class IncidentMerged(Record, frozen=True, kw_only=True):
    """This incident was the same as ``into`` (a stream id, with the ``number`` that people say) and goes on there."""

    into: str
    number: int | None = None
    reason: str | None = None


@record("incident.absorbed")
class IncidentAbsorbed(Record, frozen=True, kw_only=True):
    """``incident`` (a stream id, with its ``number``) was merged into this one; ``calls`` came along."""

    incident: str
    number: int
    calls: tuple[str, ...] = ()


@record("incident.separated", personal=("reason",))
class IncidentSeparated(Record, frozen=True, kw_only=True):
    """Not the same after all: this one and ``other`` (a stream id, with its ``number``) are two again; in both."""

    other: str
    number: int
    reason: str | None = None


@record("incident.closed", personal=("note",))
class IncidentClosed(Record, frozen=True, kw_only=True):
    """t13: closed with a ``result``: done, false_report, referred, no_response_needed, cancelled."""

    result: str
    note: str | None = None


@record("incident.reopened")
class IncidentReopened(Record, frozen=True, kw_only=True):
    """Closed too early; it is active again. ``undone``: the closing was a slip of the hand, taken back at once."""

    reason: str | None = None
    undone: bool = False
