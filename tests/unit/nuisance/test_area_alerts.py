"""An area put under alert by hand: the rule, the list, and that it ends."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from data.administration import ADMINISTRATION
from data.clock import SECOND
from data.entry import draft
from data.erasure import erase
from data.errors import Refusal
from data.journal import Journal
from data.verify import verify
from data.vocabulary.nuisance import VicinityAlert
from telephony.calls.projection import CALLS
from telephony.nuisance import area_rules
from telephony.nuisance.area_alerts import AREA_ALERTS, running
from telephony.nuisance.projection import NUISANCE
from telephony.nuisance.queries import InQueue, alerts, inside, within

NOW = 1_790_000_000 * SECOND
HOUR = 3600 * SECOND
SQUARE = (((-6.50, 107.40), (-6.50, 107.50), (-6.60, 107.50), (-6.60, 107.40)),)
AREA = VicinityAlert(
    lat=-6.55, lon=107.45, radius_m=8000, until=0, area="Darangdan", area_kind="district", outline=SQUARE, margin_m=300
)
STREAM = "vicinity/area-32.14.09"


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path, [ADMINISTRATION, CALLS, NUISANCE, AREA_ALERTS]) as made:
        yield made


def begin(
    journal: Journal, hours: float = 6, *, at: int = NOW, area: VicinityAlert = AREA, actor: str = "sari"
) -> None:
    known = running(journal, at)
    journal.append(area_rules.begin("32.14.09", area, " longsor \n", hours, actor=actor, at=at, running=known))


def end(journal: Journal, since: int, *, at: int = NOW + HOUR) -> None:
    journal.append(area_rules.end(STREAM, since, "jalan terbuka", actor="budi", at=at, running=running(journal, at)))


def test_an_area_under_alert_is_listed_with_who_and_why_until_its_hours_are_over(journal: Journal) -> None:
    begin(journal)
    [found] = running(journal, NOW)
    assert (found.area, found.kind, found.actor, found.reason) == ("Darangdan", "district", "sari", "longsor")
    assert (found.until, found.bounded, found.margin_m, found.whole) == (NOW + 6 * HOUR, True, 300, False)
    [alert] = alerts(journal, NOW + 6 * HOUR - 1)
    assert alert.outline == SQUARE
    assert running(journal, NOW + 6 * HOUR) == alerts(journal, NOW + 6 * HOUR) == [], "it ends with nothing running"


@pytest.mark.parametrize("hours", [0, -1, 0.1, 168.5, 1e300, math.inf, math.nan])
def test_hours_out_of_bounds_are_refused(journal: Journal, hours: float) -> None:
    with pytest.raises(Refusal, match=r"from 0\.25 to 168 hours"):
        begin(journal, hours)


def test_no_alert_begins_or_ends_without_a_reason(journal: Journal) -> None:
    with pytest.raises(Refusal, match="a reason is needed"):
        area_rules.begin("a", AREA, " \n ", 6, actor="sari", at=NOW, running=[])
    begin(journal)
    with pytest.raises(Refusal, match="a reason is needed"):
        area_rules.end(STREAM, NOW, "", actor="sari", at=NOW + 1, running=running(journal, NOW))


def test_it_is_ended_by_hand_with_a_reason_that_stays_on_record(journal: Journal) -> None:
    begin(journal)
    end(journal, NOW)
    assert running(journal, NOW + HOUR) == alerts(journal, NOW + HOUR) == []
    told = [(e.actor, e.body.reason) for e in journal.stream(STREAM) if isinstance(e.body, VicinityAlert)]
    assert told == [("sari", "longsor"), ("budi", "jalan terbuka")]
    with pytest.raises(Refusal, match="not under alert any more"):
        end(journal, NOW)


def test_put_under_alert_again_the_newest_counts_and_an_older_look_ends_nothing(journal: Journal) -> None:
    begin(journal, 6)
    begin(journal, 2, at=NOW + 1, actor="dewi")
    [found] = running(journal, NOW + 2)
    assert found.until == NOW + 1 + 2 * HOUR
    with pytest.raises(Refusal, match="dewi has put Darangdan under alert anew"):
        end(journal, NOW)
    end(journal, NOW + 1)
    assert running(journal, NOW + HOUR) == []


def test_a_clock_that_went_back_ends_it_all_the_same(journal: Journal) -> None:
    begin(journal)
    end(journal, NOW, at=NOW - HOUR)
    assert running(journal, NOW - HOUR) == alerts(journal, NOW + 1) == []
    begin(journal)
    begin(journal, 1, at=NOW - HOUR)
    [found] = running(journal, NOW)
    assert found.until == NOW + 1 + HOUR


def test_an_alert_around_an_incident_is_no_row_of_the_list(journal: Journal) -> None:
    journal.append([draft("vicinity/7", VicinityAlert(lat=-6.5, lon=107.4, radius_m=1500, until=NOW + HOUR), at=NOW)])
    assert running(journal, NOW) == []
    assert len(alerts(journal, NOW)) == 1


def test_who_is_within_the_border_or_near_it_or_perhaps_there_is_within(journal: Journal) -> None:
    begin(journal)
    [area] = alerts(journal, NOW)
    assert inside(area, -6.51, 107.41, None), "a corner of the square"
    assert inside(area, -6.4975, 107.45, None), "280 m to the north of it"
    assert not inside(area, -6.495, 107.45, None), "550 m to the north, though within the circle"
    assert inside(area, -6.495, 107.45, 400), "known to 400 m only"


def caller(lat: float | None, lon: float | None) -> InQueue:
    return InQueue("call/p/1", "PJSIP/t-1", 1, 1, 1, "628", lat, lon)


def test_whose_place_nobody_knows_is_within_only_when_it_is_the_whole_region(journal: Journal) -> None:
    begin(journal)
    areas = alerts(journal, NOW)
    assert within(areas, caller(-6.55, 107.45))
    assert not within(areas, caller(None, None))
    begin(journal, at=NOW + 1, area=msgspec.structs.replace(AREA, whole=True))
    areas = alerts(journal, NOW + 1)
    assert within(areas, caller(None, None))
    assert not within(areas, caller(-6.2, 106.8)), "who is known to be elsewhere is elsewhere"


def test_an_erased_reason_leaves_the_alert_and_a_whole_chain(journal: Journal) -> None:
    begin(journal)
    [entry] = journal.stream(STREAM)
    erase(journal, "adi", [entry.seq], "diminta")
    [found] = running(journal, NOW)
    assert (found.area, found.reason) == ("Darangdan", "")
    assert verify(journal).ok
