"""Around a live incident nobody's place in the queue is lowered: when such an area begins, moves and ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.clock import SECOND
from data.journal import Journal
from data.settings import SettingsInvalid
from data.vocabulary.nuisance import VicinityAlert
from dispatch import desk
from dispatch.incidents.projection import INCIDENTS, load
from dispatch.incidents.state import Place
from dispatch.incidents.vicinity import USUAL
from dispatch.settings import read_dispatch

SAWAH = Place(name="Sawah Kulon", lat=-6.55, lon=107.44, precision_m=500.0, village="Sawah Kulon")
CITY = Place(name="Nagri Kaler", lat=-6.54, lon=107.45)


def alerts(journal: Journal, incident: str = "a") -> list[VicinityAlert]:
    return [e.body for e in journal.stream(f"vicinity/{incident}") if isinstance(e.body, VicinityAlert)]


def ask() -> desk.Asked:
    return desk.asked("sari", "meja-1")


def version(journal: Journal, incident: str = "a") -> int:
    found = load(journal, incident)
    assert found is not None
    return found.version


def test_an_area_goes_with_the_incident_from_its_place_to_its_end(tmp_path: Path) -> None:
    with Journal(tmp_path, [INCIDENTS]) as journal:
        desk.open_incident(journal, ask(), "a", type="fire", priority=1)
        assert alerts(journal) == [], "nobody knows where it is"
        desk.set_place(journal, ask(), "a", SAWAH, None)
        [begun] = alerts(journal)
        assert (begun.lat, begun.lon, begun.radius_m, begun.area) == (
            -6.55,
            107.44,
            USUAL.radius_m + 500,
            "Sawah Kulon",
        )
        desk.set_type(journal, ask(), "a", "flood", 2, "fire")
        desk.note(journal, ask(), "a", "api besar")
        assert len(alerts(journal)) == 1, "nothing changed there"
        desk.set_place(journal, ask(), "a", CITY, "Sawah Kulon")
        assert alerts(journal)[-1].lat == -6.54
        desk.close(journal, ask(), "a", version(journal), "done")
        closed = journal.stream("vicinity/a")[-1]
        assert isinstance(closed.body, VicinityAlert)
        assert closed.body.until == closed.at, "over"
        desk.reopen(journal, ask(), "a", version(journal), "belum padam")
        assert alerts(journal)[-1].until > closed.at
        assert len(alerts(journal)) == 4


def test_a_merged_incident_gives_its_area_up_and_one_that_is_parted_again_has_it_back(tmp_path: Path) -> None:
    with Journal(tmp_path, [INCIDENTS]) as journal:
        for incident, place in (("a", SAWAH), ("b", CITY)):
            desk.open_incident(journal, ask(), incident, place=place, type="fire", priority=1)
        desk.merge(journal, ask(), "a", "b", version(journal), "sama")
        assert alerts(journal)[-1].until <= journal.stream("vicinity/a")[-1].at
        assert len(alerts(journal, "b")) == 1
        desk.separate(journal, ask(), "a", version(journal), "beda")
        assert alerts(journal)[-1].until > journal.stream("vicinity/a")[-1].at


def test_the_same_request_twice_raises_one_alert(tmp_path: Path) -> None:
    with Journal(tmp_path, [INCIDENTS]) as journal:
        request = ask()
        for _ in range(2):
            desk.open_incident(journal, request, "a", place=SAWAH, type="fire", priority=1)
        assert len(alerts(journal)) == 1


def test_how_far_and_how_long_is_a_setting(tmp_path: Path) -> None:
    limits = read_dispatch({"alert_radius_km": 0.4, "alert_hours": 2}).vicinity
    with Journal(tmp_path, [INCIDENTS]) as journal:
        request = desk.asked("sari", "meja-1", vicinity=limits)
        desk.open_incident(journal, request, "a", place=SAWAH, type="fire", priority=1)
        [begun] = alerts(journal)
        assert (begun.radius_m, begun.until) == (900, request.at + 2 * 3600 * SECOND)


@pytest.mark.parametrize(
    ("name", "value"), [("alert_radius_km", 0), ("alert_radius_km", 500), ("alert_hours", 0), ("alert_hours", 9999)]
)
def test_an_alert_over_everything_or_nothing_or_for_ever_is_refused(name: str, value: float) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        read_dispatch({name: value})
    assert [fault.path for fault in caught.value.faults] == [f"dispatch.{name}"]
