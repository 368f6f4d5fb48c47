"""An incident that is handed over without a console, for tests of what comes after."""

from __future__ import annotations

from data.entry import new_id
from dispatch import desk
from dispatch.desk import HandoverRequest, Place
from tests.e2e.centre import Centre


def open_and_hand_over(centre: Centre) -> str:
    """A house fire in Plered, handed to the fire post; returns the incident's stream."""
    incident = new_id()
    place = Place(name="Plered", lat=-6.6423, lon=107.38945)
    asked = desk.asked("siti", "desk-1")
    opened = desk.open_incident(
        centre.journal, asked, incident, origin="radio", place=place, type="house_fire", priority=1
    )
    request = HandoverRequest(id=new_id(), agency="damkar-plered", role="primary")
    version = opened[-1].version
    desk.hand_over(centre.journal, desk.asked("siti", "desk-1"), incident, version, [request])
    return opened[0].stream
