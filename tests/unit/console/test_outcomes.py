"""Another outcome on a real journal: who may, what the reports, the score and the call-back list make of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from console.ui.desk.desk import Desk
from console.ui.past_views import Correction, PastCall
from console.ui.views import FieldChange
from data.clock import SECOND, now
from data.entry import new_id
from data.erasure import erase
from data.errors import Conflict, Refusal
from data.reports import Period
from data.verify import verify
from data.vocabulary.administration import UserCreated
from data.vocabulary.calls import CallAnswered, CallArrived, CallEnded
from telephony.callbacks.queries import open_items
from telephony.calls import queries as calls
from telephony.calls.operators_report import operators
from telephony.calls.reports import nuisance
from telephony.nuisance.queries import standing
from telephony.nuisance.settings import Nuisance
from tests.unit.console.centre import Centre

HOUR = 3600 * SECOND
NUMBER = "081234567890"


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    made = Centre(tmp_path)
    for login, role in (("siti", "calltaker"), ("bos", "supervisor")):
        made.append(f"user/{login}", UserCreated(login=login, roles=(role,), name=login.title()))
    yield made
    made.close()


@pytest.fixture
def desk(centre: Centre) -> Desk:
    return centre.desk("budi", "calltaker", "desk-1", "PJSIP/op1")[0]


@pytest.fixture
def chief(centre: Centre) -> Desk:
    return centre.desk("bos", "supervisor", "desk-9")[0]


def talk(centre: Centre, desk: Desk, call: str = "1", outcome: str = "prank", **more: Any) -> str:
    """A call that ``desk`` had, ended, and gave its outcome."""
    stream = centre.ring(call, **more)
    centre.answer(stream, more.get("operator", "PJSIP/op1"))
    centre.end(stream)
    desk.classify(stream, outcome, "", new_id())
    return stream


def long_ago(centre: Centre, call: str, at: int, number: str = NUMBER) -> str:
    """A call that nobody gave an outcome."""
    stream = f"call/pbx-1/{call}"
    centre.append(stream, CallArrived(channel=f"PJSIP/t-{call}", number=number), at)
    centre.append(stream, CallAnswered(operator="PJSIP/op1", channel=f"PJSIP/op1-{call}"), at + SECOND)
    centre.append(stream, CallEnded(outcome="answered"), at + 60 * SECOND)
    return stream


def shown(desk: Desk, call: str, *, everybody: bool = False) -> PastCall:
    return next(each for each in desk.recent(everybody) if each.call == call)


def change(desk: Desk, call: PastCall, outcome: str, reason: str = "salah tekan", incident: int = 0) -> None:
    desk.change_outcome(Correction(call, outcome, reason, incident), new_id())


def test_the_list_has_the_calls_that_are_over_and_that_one_had_oneself(centre: Centre, desk: Desk) -> None:
    siti = centre.desk("siti", "calltaker", "desk-2", "PJSIP/op2")[0]
    mine = talk(centre, desk, "1")
    talk(centre, siti, "2", operator="PJSIP/op2")
    going_on = centre.ring("3")
    centre.answer(going_on)
    (row,) = desk.recent(False)
    assert (row.call, row.number, row.name, row.outcome, row.by) == (mine, NUMBER, "Ibu Sri", "prank", "budi")
    assert row.long_us is not None


def test_who_had_the_telephone_before_is_not_whoever_has_it_now(centre: Centre, desk: Desk) -> None:
    call = talk(centre, desk)
    row = shown(desk, call)
    desk.sign_out()
    siti = centre.desk("siti", "calltaker", "desk-1", "PJSIP/op1")[0]
    assert siti.recent(False) == ()
    with pytest.raises(Refusal) as error:
        change(siti, row, "silent")
    assert error.value.code == "not_your_call"
    budi = centre.desk("budi", "calltaker", "desk-2", "PJSIP/op2")[0]
    change(budi, row, "silent")
    assert shown(budi, call).outcome == "silent"


def test_the_outcome_before_stays_on_record_and_the_same_key_press_twice_writes_once(
    centre: Centre, desk: Desk
) -> None:
    call = talk(centre, desk)
    correction = Correction(shown(desk, call), "silent", "diam, tidak tertawa")
    desk.change_outcome(correction, "d1")
    desk.change_outcome(correction, "d1")
    entries = [e for e in centre.journal.stream(call) if e.kind == "call.classified"]
    assert [(e.body.outcome, e.body.reason, e.actor) for e in entries] == [
        ("prank", None, "budi"), ("silent", "diam, tidak tertawa", "budi"),
    ]  # fmt: skip
    row = shown(desk, call)
    assert (row.outcome, row.reason, row.by) == ("silent", "diam, tidak tertawa", "budi")


def test_a_reason_is_personal_and_can_be_erased(centre: Centre, desk: Desk) -> None:
    call = talk(centre, desk)
    change(desk, shown(desk, call), "silent", "Pak Udin sakit")
    entry = centre.journal.stream(call)[-1]
    body = centre.journal.execute("SELECT body FROM journal WHERE id = ?", (entry.id,)).fetchone()[0]
    assert "Udin" not in body
    erase(centre.journal, "admin", [entry.seq], "diminta")
    assert shown(desk, call).reason == ""
    assert verify(centre.journal).ok


def test_two_who_change_the_same_call_one_winner_and_one_message(centre: Centre, desk: Desk, chief: Desk) -> None:
    call = talk(centre, desk)
    seen, also_seen = shown(desk, call), shown(chief, call, everybody=True)
    change(chief, also_seen, "informed", "rekaman: bertanya alamat")
    with pytest.raises(Conflict, match="bos"):
        change(desk, seen, "silent")
    change(desk, shown(desk, call), "silent", "tetap diam")
    assert shown(desk, call).outcome == "silent"


def test_a_supervisor_sees_everybodys_calls_masked_and_changes_old_ones(
    centre: Centre, desk: Desk, chief: Desk
) -> None:
    call = talk(centre, desk)
    row = shown(chief, call, everybody=True)
    assert (row.shown, row.name) == ("***890", "")
    change(chief, row, "false_emergency")
    old = long_ago(centre, "9", now() - 30 * HOUR)
    (theirs,) = [each for each in chief.number_past(NUMBER, True).calls if each.call == old]
    change(chief, theirs, "informed")
    with pytest.raises(Refusal) as error:
        change(desk, next(each for each in desk.number_past(NUMBER, False).calls if each.call == old), "silent")
    assert error.value.code in {"not_your_call", "too_late"}
    with pytest.raises(Refusal) as error:
        desk.recent(True)
    assert error.value.code == "not_your_role"


def test_a_prank_that_was_an_incident_after_all_is_attached_to_it(centre: Centre, desk: Desk) -> None:
    call = talk(centre, desk)
    with pytest.raises(Refusal) as error:
        change(desk, shown(desk, call), "attached")
    assert error.value.code == "incident_missing"
    with pytest.raises(Refusal) as error:
        change(desk, shown(desk, call), "attached", incident=99)
    assert error.value.code == "no_incident"
    number, _ = desk.save("i1", "", [FieldChange("place", "Nagri Kaler", "", new_id(), best=True)])
    change(desk, shown(desk, call), "attached", incident=number)
    row = shown(desk, call)
    assert (row.outcome, row.incident, row.place) == ("attached", number, "Nagri Kaler, Purwakarta")
    assert "incident.call_attached" in [e.kind for e in centre.journal.stream("incident/i1")]
    change(desk, row, "prank", "ternyata iseng")
    unattached = calls.call(centre.journal, call)
    assert unattached is not None and (unattached.classified, unattached.incident) == ("prank", None)


def test_the_call_of_a_merged_incident_goes_with_the_one_that_goes_on(centre: Centre, desk: Desk) -> None:
    for id in ("i1", "i2"):
        desk.save(id, "", [FieldChange("place", "Nagri Kaler", "", new_id(), best=True)])
    sari = centre.desk("sari", "dispatcher", "desk-2")[0]
    first = sari.detail("i1")
    assert first is not None
    sari.merge("i1", "i2", "sama", first.version, new_id())
    call = talk(centre, desk)
    change(desk, shown(desk, call), "attached", incident=first.row.number)
    assert calls.call(centre.journal, call).incident == "incident/i2"  # type: ignore[union-attr]


def test_a_call_may_have_been_about_an_incident_that_is_closed_by_now(centre: Centre, desk: Desk) -> None:
    number, _ = desk.save("i1", "", [FieldChange("place", "Nagri Kaler", "", new_id(), best=True)])
    sari = centre.desk("sari", "dispatcher", "desk-2")[0]
    seen = sari.detail("i1")
    assert seen is not None
    sari.close_incident("i1", "done", "", seen.version, new_id())
    call = talk(centre, desk)
    change(desk, shown(desk, call), "attached", incident=number)
    row = shown(desk, call)
    assert (row.outcome, row.about, row.incident) == ("attached", "incident/i1", number)
    closed = sari.detail("i1")
    assert closed is not None
    assert closed.row.state == "closed"
    assert verify(centre.journal).ok


def test_reports_count_the_last_outcome_for_whoever_gave_it(centre: Centre, desk: Desk, chief: Desk) -> None:
    call = talk(centre, desk)
    change(chief, shown(chief, call, everybody=True), "silent", "diam")
    period = Period(now() - HOUR, now() + HOUR)
    outcomes = {row[0]: row[1] for row in nuisance(centre.journal, period).tables[0].rows}
    assert (outcomes["prank"], outcomes["silent"]) == (0, 1)
    people = operators(centre.journal, period).tables[0]
    place = [column.name for column in people.columns].index
    given = {row[0]: (row[place("prank")], row[place("silent")]) for row in people.rows if row[0] != "(nobody)"}
    assert given == {"budi": (0, 0), "bos": (0, 1)}


def test_the_score_of_a_number_is_that_of_the_outcomes_as_they_are_now(centre: Centre, desk: Desk) -> None:
    last = [talk(centre, desk, str(n)) for n in range(1, 5)][-1]
    before = standing(centre.journal, NUMBER, Nuisance(), now())
    change(desk, shown(desk, last), "informed")
    after = standing(centre.journal, NUMBER, Nuisance(), now())
    assert before is not None and after is not None
    assert after.score < before.score
    assert after.outcomes == {"prank": 3, "informed": 1}


def test_a_call_that_was_cut_off_after_all_is_to_be_called_back_and_one_that_was_not_leaves_the_list(
    centre: Centre, desk: Desk
) -> None:
    call = talk(centre, desk)
    assert open_items(centre.journal, 10) == []
    change(desk, shown(desk, call), "cut_off", "putus di tengah")
    assert [(row.number, row.reason) for row in open_items(centre.journal, 10)] == [(NUMBER, "cut_off")]
    change(desk, shown(desk, call), "prank", "tertawa")
    assert open_items(centre.journal, 10) == []
    change(desk, shown(desk, call), "cut_off", "putus")
    assert [row.last_call for row in open_items(centre.journal, 10)] == [call]


def test_all_calls_of_a_number_however_the_trunk_wrote_it(centre: Centre, desk: Desk) -> None:
    old = long_ago(centre, "8", now() - 200 * 24 * HOUR, "+6281234567890")
    new = talk(centre, desk)
    talk(centre, desk, "2", number="0899999890")
    found = desk.number_past("0812 3456 7890", False)
    assert (found.shown, [row.call for row in found.calls]) == (NUMBER, [new, old])
    assert [row.call for row in desk.number_past("567890", False).calls] == [new, old]
    assert desk.number_past("567890", True).shown == "***890"
    assert desk.number_past("890", False).others == 2
    for nobody in ("", "90", "123123123", "' OR 1=1 --", "%"):
        assert (desk.number_past(nobody, False).calls, desk.number_past(nobody, False).others) == ((), 0)


def test_a_line_may_name_own_calls_and_a_dispatcher_none(centre: Centre, desk: Desk, chief: Desk) -> None:
    call = talk(centre, desk)
    assert [row.call for row in desk.surroundings().recent] == [call]
    assert [row.shown for row in chief.surroundings().recent] == ["***890"]
    sari = centre.desk("sari", "dispatcher", "desk-2")[0]
    assert sari.surroundings().recent == ()
