"""How a number stands, from the journal: its outcomes, flags, and areas under alert."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from data.administration import ADMINISTRATION
from data.clock import SECOND
from data.entry import Draft, draft
from data.erasure import erase
from data.errors import Refusal
from data.journal import Journal
from data.verify import verify
from data.vocabulary.calls import CallArrived, CallClassified
from data.vocabulary.nuisance import VicinityAlert
from telephony.calls.projection import CALLS
from telephony.nuisance import rules
from telephony.nuisance.area_alerts import AREA_ALERTS
from telephony.nuisance.projection import NUISANCE
from telephony.nuisance.queries import Alert, Standing, alerts, inside, lowered, lowered_of, standing
from telephony.nuisance.reports import lowered_table
from telephony.nuisance.settings import Nuisance

SETTINGS = Nuisance()
NUMBER, SPELT = "+6281200000001", "081200000001"
NOW = 1_790_000_000 * SECOND
HOUR = 3600 * SECOND


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path, [ADMINISTRATION, CALLS, NUISANCE, AREA_ALERTS]) as made:
        yield made


def called(n: int, *outcomes: str, number: str | None = NUMBER, at: int = NOW) -> list[Draft]:
    """Call ``n`` of ``number``, and the outcomes that it was given one after another."""
    stream = f"call/pwk/1.{n}"
    arrived = draft(stream, CallArrived(channel=f"PJSIP/trunk-{n}", number=number), at=at + n)
    return [arrived, *(draft(stream, CallClassified(outcome=code), actor="sari", at=at + n + 1) for code in outcomes)]


def pranks(journal: Journal, count: int = 4, number: str | None = NUMBER) -> None:
    for n in range(count):
        journal.append(called(n, "prank", number=number))


def of(journal: Journal, number: str = NUMBER, at: int = NOW + HOUR) -> Standing:
    found = standing(journal, number, SETTINGS, at)
    assert found is not None
    return found


def flag(journal: Journal, *, at: int = NOW, **more: object) -> None:
    made = {"reason": "tertawa, memaki", "actor": "sari", "settings": SETTINGS, "supervisor": False} | more
    journal.append(rules.flag(NUMBER, at=at, **made))  # type: ignore[arg-type]


def test_pranks_lower_the_place_of_the_number_and_of_no_other(journal: Journal) -> None:
    pranks(journal)
    journal.append(called(9, "informed", number="+6281299999999"))
    assert of(journal, SPELT).until is not None
    assert of(journal).outcomes == {"prank": 4}
    assert set(lowered(journal, SETTINGS, NOW + HOUR)) == {"6281200000001"}
    assert verify(journal).ok


def test_of_those_who_wait_only_the_lowered_are_told(journal: Journal) -> None:
    pranks(journal)
    other = rules.flag(
        "+6281277777777", at=NOW, reason="memaki", actor="sari", settings=SETTINGS, supervisor=False
    )  # fmt: skip
    journal.append(other)
    assert set(lowered(journal, SETTINGS, NOW + HOUR)) == {"6281200000001", "6281277777777"}
    asked = ["6281200000001", "6281299999999"]
    assert set(lowered_of(journal, asked, SETTINGS, NOW + HOUR)) == {"6281200000001"}
    assert lowered_of(journal, [], SETTINGS, NOW + HOUR) == {}


def test_an_outcome_that_is_changed_counts_as_what_it_is_now(journal: Journal) -> None:
    pranks(journal)
    journal.append([draft("call/pwk/1.3", CallClassified(outcome="incident"), actor="sari", at=NOW + HOUR)])
    assert of(journal).score == 0
    assert lowered(journal, SETTINGS, NOW + 2 * HOUR) == {}


def test_the_score_has_faded_after_some_weeks(journal: Journal) -> None:
    pranks(journal)
    later = NOW + 60 * 24 * HOUR
    assert lowered(journal, SETTINGS, later) == {}
    assert of(journal, at=later).score < 1


def test_a_withheld_number_is_never_lowered(journal: Journal) -> None:
    pranks(journal, number="anonymous")
    assert standing(journal, "anonymous", SETTINGS, NOW) is None
    assert lowered(journal, SETTINGS, NOW + HOUR) == {}


def test_a_flag_by_hand_lasts_a_day_and_says_who_and_why(journal: Journal) -> None:
    flag(journal)
    found = of(journal)
    assert (found.until, found.by, found.reason) == (NOW + 24 * HOUR, "sari", "tertawa, memaki")
    assert lowered(journal, SETTINGS, NOW + 23 * HOUR)
    assert not lowered(journal, SETTINGS, NOW + 24 * HOUR)


def test_the_newest_flag_counts(journal: Journal) -> None:
    flag(journal)
    flag(journal, at=NOW + HOUR, hours=2.0, reason="lagi")
    found = of(journal, at=NOW + 90 * 60 * SECOND)
    assert (found.until, found.reason) == (NOW + 3 * HOUR, "lagi")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"reason": "  \n"}, "reason_missing"),
        ({"hours": 25.0}, "supervisor_needed"),
        ({"hours": 0.0}, "flag_too_long"),
        ({"hours": 1e9, "supervisor": True}, "flag_too_long"),
        ({"hours": float("nan"), "supervisor": True}, "flag_too_long"),
    ],
)
def test_a_flag_is_refused(journal: Journal, change: dict[str, object], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        flag(journal, **change)
    assert refused.value.code == code


def test_a_supervisor_may_flag_for_longer(journal: Journal) -> None:
    flag(journal, hours=72.0, supervisor=True)
    assert of(journal).until == NOW + 72 * HOUR


def test_a_number_that_is_put_right_starts_anew(journal: Journal) -> None:
    pranks(journal)
    flag(journal)
    journal.append(rules.clear(SPELT, "ternyata korban", actor="budi", at=NOW + HOUR))
    assert (of(journal, at=NOW + 2 * HOUR).until, of(journal).by) == (None, "")
    journal.append(called(7, "prank", at=NOW + 3 * HOUR))
    assert of(journal, at=NOW + 4 * HOUR).score <= 1
    assert verify(journal).ok


def test_an_erased_number_is_lowered_no_more(journal: Journal) -> None:
    pranks(journal)
    flag(journal)
    erase(journal, "admin", range(1, journal.head()[0] + 1), "request")
    assert lowered(journal, SETTINGS, NOW + HOUR) == {}
    assert verify(journal).ok


def test_an_area_is_under_alert_until_it_is_over(journal: Journal) -> None:
    begun = VicinityAlert(lat=-6.5, lon=107.4, radius_m=1500, until=NOW + HOUR, area="Ciseureuh")
    journal.append([draft("vicinity/7", begun, at=NOW)])
    assert [alert.area for alert in alerts(journal, NOW + 1)] == ["Ciseureuh"]
    assert alerts(journal, NOW + HOUR) == []
    over = VicinityAlert(lat=-6.5, lon=107.4, radius_m=1500, until=NOW + 2)
    journal.append([draft("vicinity/7", over, at=NOW + 2)])
    assert alerts(journal, NOW + 3) == []
    assert verify(journal).ok


def test_a_caller_is_inside_an_area_when_he_may_be_there() -> None:
    area = Alert(-6.55, 107.44, 1000, 0)
    assert inside(area, -6.55, 107.448, 0)
    assert not inside(area, -6.55, 107.46, None)
    assert inside(area, -6.55, 107.46, 1500), "known only roughly: in doubt he is"
    assert inside(Alert(0, 179.999, 1000, 0), 0, -179.999, None), "across the date line"


def test_the_report_shows_flagged_numbers_masked(journal: Journal) -> None:
    pranks(journal)
    flag(journal)
    table = lowered_table(journal, SETTINGS, NOW + HOUR)
    [row] = [dict(zip((c.name for c in table.columns), row, strict=True)) for row in table.rows]
    assert (row["number"], row["flagged_by"], row["prank"], row["emergencies"]) == ("***001", "sari", 4, 0)
    assert row["until_at"] is not None
    assert lowered_table(journal, SETTINGS, NOW + 60 * 24 * HOUR).rows == ()
