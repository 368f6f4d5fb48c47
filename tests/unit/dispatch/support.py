"""Making incidents without a journal, and journals without a console."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from pathlib import Path

from data.clock import SECOND
from data.entry import Draft, Entry
from data.journal import Journal
from dispatch.incidents import handovers, rules
from dispatch.incidents.projection import INCIDENTS
from dispatch.incidents.rules import Asked
from dispatch.incidents.state import Incident, Place, fold

T0 = 1_795_490_000 * SECOND
_COUNTER = itertools.count(1)

PLACE = Place(name="Citalang", lat=-6.54395, lon=107.46528, precision_m=1441.0, village="Citalang",
              village_code="32.14.01.2010", district="Purwakarta", district_code="32.14.01",
              regency="Kabupaten Purwakarta", source="search")  # fmt: skip
"""A place as the gazetteer gives it."""


def asked(actor: str = "sari", at: int = T0, id: str | None = None) -> Asked:
    """A request by somebody."""
    return Asked(id=id or f"r{next(_COUNTER):06d}", actor=actor, terminal="meja-1", at=at)


def entries(drafts: Iterable[Draft], version: int = 0) -> list[Entry]:
    """Drafts as they would stand in the journal."""
    return [
        Entry(
            seq=number, id=draft.id, stream=draft.stream, version=number, kind=draft.kind, at=draft.at,
            recorded_at=draft.at, actor=draft.actor, terminal=draft.terminal, body=draft.body,
        )
        for number, draft in enumerate(drafts, version + 1)
    ]  # fmt: skip


def after(incident: Incident | None, drafts: Iterable[Draft]) -> Incident:
    """The incident after the drafts of its own stream."""
    for entry in entries(drafts, incident.version if incident else 0):
        incident = fold(incident, entry)
    assert incident is not None
    return incident


def opened(**known: object) -> Incident:
    """A fresh incident, number 1."""
    return after(None, rules.open_incident(asked(), "i1", 1, **known))  # type: ignore[arg-type]


def ready() -> Incident:
    """An incident with place and type."""
    return opened(place=PLACE, type="house_fire", priority=1, call="call/pbx/1")


def request(agency: str, id: str | None = None) -> handovers.HandoverRequest:
    """A hand-over to an agency; its id is the agency's unless given."""
    return handovers.HandoverRequest(id=id or agency, agency=agency)


def sent(incident: Incident, *agencies: str, at: int = T0) -> Incident:
    """The incident given to agencies."""
    drafts = handovers.hand_over(incident, asked(at=at), incident.version, [request(agency) for agency in agencies])
    return after(incident, drafts)


def acknowledged(incident: Incident, handover: str, at: int = T0) -> Incident:
    """The incident after an agency took it."""
    return after(incident, handovers.acknowledge(incident, asked(at=at), handover, incident.version, by="Pak Dedi"))


def open_journal(path: Path) -> Journal:
    """A journal with the derived tables of incidents."""
    return Journal(path, [INCIDENTS])
