"""The facade on a real journal: what screens see and what they do, end to end without a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from console.ui import words
from console.ui.desk.api import CALLS
from console.ui.desk.desk import Desk
from console.ui.errors import RoleNeeded, sentence
from console.ui.views import Draft, FieldChange, FieldSaved
from data.administration import user
from data.clock import SECOND, now
from data.entry import new_id
from data.errors import Conflict, Refusal
from data.vocabulary.administration import UserRolesSet
from data.vocabulary.calls import (
    CallConferenced,
    CallHeld,
    CallOfferEnded,
    CallOperatorLeft,
    CallPartyLeft,
    CallQueued,
    CallSilent,
    CallTransferred,
    CommandFinished,
    MemberChanged,
)
from telephony.calls import queries as calls
from telephony.settings import Pbx
from tests.unit.console.centre import PBX, Centre, finder


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    made = Centre(tmp_path)
    yield made
    made.close()


@pytest.fixture
def desk(centre: Centre) -> Desk:
    return centre.desk("budi", "calltaker", "desk-1", "PJSIP/op1")[0]


def change(name: str, text: str, base: str = "", *, best: bool = False) -> FieldChange:
    return FieldChange(name, text, base, new_id(), best=best)


def save(desk: Desk, incident: str, *changes: FieldChange, call: str = "") -> tuple[int, dict[str, FieldSaved]]:
    number, fates = desk.save(incident, call, changes)
    return number, {fate.name: fate for fate in fates}


def test_signing_on_asks_the_exchange_to_add_the_telephone(centre: Centre, desk: Desk) -> None:
    (command,) = calls.open_commands(centre.journal, "pbx-1")
    assert (command.action, command.operator, command.queue) == ("member_add", "PJSIP/op1", "112")
    assert (command.requested_by, command.terminal) == ("budi", "desk-1")


def test_a_ringing_call_is_seen_with_its_caller_and_for_whom_it_rings(centre: Centre, desk: Desk) -> None:
    stream = centre.ring()
    (waiting,) = desk.ring()
    assert (waiting.call, waiting.number, waiting.name, waiting.here) == (stream, "081234567890", "Ibu Sri", True)
    other = centre.desk("sari", "calltaker", "desk-2", "PJSIP/op2")[0]
    assert [call.here for call in other.ring()] == [False]


def test_a_call_taker_is_shown_the_callers_of_the_own_telephones_exchange_a_dispatcher_all(tmp_path: Path) -> None:
    centre = Centre(tmp_path, exchanges=(PBX, Pbx(name="pbx-2", secret="x", telephones={"PJSIP/op11": "111"})))
    here, there = centre.ring("1"), centre.ring("2", operator="PJSIP/op11", pbx="pbx-2")
    at_first, _ = centre.desk("budi", "calltaker", "desk-1", "PJSIP/op1")
    at_second, _ = centre.desk("budi", "calltaker", "desk-2", "PJSIP/op11")
    dispatcher, _ = centre.desk("sari", "dispatcher", "desk-3")
    shown = [{call.call for call in each.ring()} for each in (at_first, at_second, dispatcher)]
    centre.close()
    assert shown == [{here}, {there}, {here, there}]


def test_the_follower_names_what_came(centre: Centre, desk: Desk) -> None:
    assert desk.wait(0.01) == frozenset()
    centre.ring()
    assert CALLS in desk.wait(60)


def test_the_call_in_hand_and_calls_without_an_outcome(centre: Centre, desk: Desk) -> None:
    stream = centre.ring()
    centre.answer(stream)
    mine = desk.snapshot().mine
    assert mine is not None
    assert (mine.call, mine.state, mine.outcome) == (stream, "talking", "")
    centre.end(stream)
    after = desk.snapshot()
    assert after.mine is None
    assert [call.call for call in after.unfinished] == [stream]
    desk.classify(stream, "prank", "", new_id())
    assert desk.snapshot().unfinished == ()


def test_only_what_concerns_the_own_calls_has_to_be_shown_at_once(centre: Centre, desk: Desk) -> None:
    def changed() -> bool:
        desk.wait(0.1)
        return desk.own_changed()

    desk.snapshot()
    changed()
    mine = centre.ring()
    assert not changed(), "a call that rings is no call in hand"
    centre.answer(mine)
    assert changed()
    desk.snapshot()
    assert not changed(), "the picture shows it already"
    centre.desk("sari", "calltaker", "desk-2", "PJSIP/op2")
    other = centre.ring("2", number="02187654321", operator="PJSIP/op2")
    centre.answer(other, "PJSIP/op2")
    centre.end(other)
    assert not changed(), "somebody else's call came and went"
    centre.end(mine)
    assert changed()


def test_an_outcome_also_asks_for_the_end_of_a_call_that_goes_on(centre: Centre, desk: Desk) -> None:
    stream = centre.ring()
    centre.answer(stream)
    decision = new_id()
    desk.classify(stream, "silent", "", decision)
    desk.classify(stream, "silent", "", decision)  # a repeat of the same key press
    wanted = [c for c in calls.open_commands(centre.journal, "pbx-1") if c.action == "hangup"]
    assert [(c.call, c.requested_by) for c in wanted] == [(stream, "budi")]


def test_a_caller_who_is_asked_for_a_key_is_shown_beside_those_who_wait(centre: Centre, desk: Desk) -> None:
    stream = centre.ring()
    centre.answer(stream)
    centre.append(stream, CallSilent(step="start", operator="PJSIP/op1"))
    centre.append(stream, CallOperatorLeft(operator="PJSIP/op1", channel="PJSIP/op1-1"))
    shown = desk.snapshot()
    assert ([call.call for call in shown.asked], shown.waiting) == ([stream], ())
    centre.append(stream, CallSilent(step="digit", digit="5"))
    centre.append(stream, CallQueued(queue="112", priority=100))
    shown = desk.snapshot()
    assert ([call.call for call in shown.waiting], shown.asked) == ([stream], ())


def test_leaving_the_place_opens_the_incident_with_everything_typed_before(centre: Centre, desk: Desk) -> None:
    stream = centre.ring()
    number, fates = save(
        desk, "i1", change("place", "nagri kaler", best=True), change("caller_name", "Ibu Sri"), call=stream
    )
    assert number == 1
    assert fates["place"].text == "Nagri Kaler, Purwakarta"
    (row,) = desk.snapshot().incidents
    assert (row.number, row.place, row.type) == (1, "Nagri Kaler, Purwakarta", "")
    detail = desk.detail("i1")
    assert detail is not None
    assert detail.values["caller_name"] == "Ibu Sri"
    assert detail.village_code == "32.14.01.1008" or detail.village_code.startswith("32.14.01")


def test_text_that_names_no_place_is_kept_as_typed_and_has_no_point(desk: Desk) -> None:
    _, fates = save(desk, "i1", change("place", "belakang warung bu Tuti"))
    assert (fates["place"].text, fates["place"].place) == ("belakang warung bu Tuti", None)
    detail = desk.detail("i1")
    assert detail is not None
    assert detail.lat is None


def test_a_text_that_names_no_type_is_not_saved_and_opens_nothing(desk: Desk) -> None:
    number, fates = save(desk, "i1", change("type", "zzz"))
    assert (number, fates["type"].unknown) == (0, True)
    assert desk.detail("i1") is None


def test_a_type_is_recognised_by_its_name_in_either_language(desk: Desk) -> None:
    save(desk, "i1", change("type", "house fire"))
    detail = desk.detail("i1")
    assert detail is not None
    assert (detail.row.type, detail.row.priority, detail.values["type"]) == ("house_fire", 1, "Kebakaran rumah")


def test_the_same_save_twice_writes_once(centre: Centre, desk: Desk) -> None:
    save(desk, "i1", change("place", "Jatiluhur"))
    again = change("narrative", "asap tebal")
    save(desk, "i1", again)
    before = centre.journal.head()
    save(desk, "i1", again)
    assert centre.journal.head() == before


def test_a_field_changed_by_another_desk_is_refused_and_the_others_are_saved(desk: Desk, centre: Centre) -> None:
    save(desk, "i1", change("place", "Jatiluhur"), change("narrative", "asap"))
    other, _ = centre.desk("sari", "dispatcher", "desk-2")
    save(other, "i1", change("narrative", "api besar", "asap"))
    number, fates = save(desk, "i1", change("narrative", "asap hitam", "asap"), change("address", "RT 3 RW 5"))
    assert number == 1
    assert isinstance(fates["narrative"].error, Conflict)
    assert fates["address"].error is None
    detail = desk.detail("i1")
    assert detail is not None
    assert (detail.values["narrative"], detail.values["address"]) == ("api besar", "RT 3 RW 5")


def test_agencies_are_recommended_handed_over_and_chased(desk: Desk, centre: Centre) -> None:
    save(desk, "i1", change("place", "nagri kaler", best=True), change("type", "house_fire"))
    place = desk.places("nagri kaler")[0]
    agencies = desk.recommend(place, "house_fire")
    assert agencies[0].role == "primary"
    assert agencies[0].estimate
    desk.hand_over("i1", agencies[:2], new_id())
    dispatcher, _ = centre.desk("sari", "dispatcher", "desk-2")
    (row,) = dispatcher.snapshot().incidents
    assert (row.state, row.unacknowledged) == ("sent", 2)
    detail = dispatcher.detail("i1")
    assert detail is not None
    first = detail.handovers[0]
    dispatcher.acknowledge("i1", first.id, "Pak Asep", "radio", detail.version, new_id())
    with pytest.raises(Refusal):
        dispatcher.close_incident("i1", "done", "", detail.version, new_id())
    assert [h.state for h in dispatcher.detail("i1").handovers] == ["acknowledged", "sent"]  # type: ignore[union-attr]


def test_reassigning_is_one_operation_and_the_first_agency_has_to_know(desk: Desk) -> None:
    save(desk, "i1", change("place", "nagri kaler", best=True), change("type", "house_fire"))
    agencies = desk.recommend(desk.places("nagri kaler")[0], "house_fire")
    desk.hand_over("i1", agencies[:1], new_id())
    detail = desk.detail("i1")
    assert detail is not None
    desk.reassign("i1", detail.handovers[0].id, agencies[1], "mobil rusak", detail.version, new_id())
    after = desk.detail("i1")
    assert after is not None
    assert [h.state for h in after.handovers] == ["stood_down", "sent"]
    desk.stand_down_acknowledged("i1", after.handovers[0].id, "Asep", after.version, new_id())
    last = desk.detail("i1")
    assert last is not None
    assert last.handovers[0].state == "stand_down_acknowledged"
    assert any("mobil rusak" in str(line.params) for line in last.log)


def test_without_a_place_agencies_of_the_whole_region_are_named_without_a_distance(desk: Desk) -> None:
    agencies = desk.recommend(None, "house_fire")
    assert agencies
    assert all(agency.distance_km is None for agency in agencies)


def test_incidents_near_a_place_are_found_without_the_one_in_hand(desk: Desk) -> None:
    save(desk, "i1", change("place", "-6.55, 107.44"), change("type", "house_fire"))
    save(desk, "i2", change("place", "-6.551, 107.441"))
    place = desk.places("-6.5505, 107.4405")[0]
    assert [row.id for row in desk.nearby(place, "i2")] == ["i1"]


def test_what_came_of_a_command_is_told_once_it_failed(centre: Centre, desk: Desk) -> None:
    stream = centre.ring()
    desk.wait(0.2)
    decision = new_id()
    desk.answer(stream, decision)
    centre.append(f"command/{decision}", CommandFinished(result="failed", reason="call_taken"))
    desk.wait(1)
    (notice,) = desk.snapshot().notices
    assert (notice.message, dict(notice.params)["reason"]) == (
        "Not answered: {reason}",
        "another operator has the call",
    )


def test_somebody_with_several_roles_is_asked_which(centre: Centre) -> None:
    from console.auth import set_password

    set_password(centre.journal, "test", "budi", "rahasia-sekali-9")
    centre.append("user/budi", UserRolesSet(login="budi", roles=("calltaker", "dispatcher")))
    found = user(centre.journal, "budi")
    assert found is not None
    desk = Desk(centre.journal, centre.side, finder(), [PBX], "desk-9")
    with pytest.raises(Refusal):
        desk.sign_in("budi", "salah-salah-salah", "", "")
    with pytest.raises(RoleNeeded) as asked:
        desk.sign_in("budi", "rahasia-sekali-9", "", "")
    assert set(asked.value.roles) == {"calltaker", "dispatcher"}
    identity = desk.sign_in("budi", "rahasia-sekali-9", "", "dispatcher")
    assert (identity.role, identity.endpoint) == ("dispatcher", "")


def test_typed_text_outlives_the_console(centre: Centre, desk: Desk) -> None:
    desk.save_draft(Draft("call/pbx-1/1|00a", {"narrative": "ada asap"}))
    again, _ = centre.desk("budi", "calltaker", "desk-1", "PJSIP/op1")
    assert again.drafts() == (Draft("call/pbx-1/1|00a", {"narrative": "ada asap"}),)
    again.drop_draft("call/pbx-1/1|00a")
    assert again.drafts() == ()


def test_typed_text_belongs_to_who_typed_it(centre: Centre, desk: Desk) -> None:
    form = "call/pbx-1/1|00a"
    desk.save_draft(Draft(form, {"narrative": "ada asap", "address": "gang 5"}))
    stranger, _ = centre.desk("sari", "calltaker", "desk-1", "PJSIP/op1")
    assert stranger.drafts() == (), "another user at the same terminal"
    living, _ = centre.desk("budi", "calltaker", "desk-7", "PJSIP/op2")
    living.save_draft(Draft("call/pbx-1/2|00b", {"place": "plered"}))
    elsewhere, _ = centre.desk("budi", "calltaker", "desk-2")
    assert [draft.form for draft in elsewhere.drafts()] == [form], "not what is being typed at a terminal that lives"
    elsewhere.save_draft(Draft(form, {"narrative": "ada asap tebal"}))
    assert centre.side.drafts("desk-1") == {}, "it is this terminal's now"
    assert elsewhere.drafts()[0].values == {"narrative": "ada asap tebal", "address": "gang 5"}
    elsewhere.drop_draft(form)
    assert elsewhere.drafts() == ()


def test_a_replaced_session_is_told_at_its_next_sign_of_life(centre: Centre, desk: Desk) -> None:
    assert desk.beat()
    centre.desk("sari", "calltaker", "desk-1", "PJSIP/op1")
    assert not desk.beat()


def test_incidents_are_found_by_area_type_agency_and_text(desk: Desk, centre: Centre) -> None:
    save(desk, "i1", change("place", "nagri kaler", best=True), change("type", "house_fire"))
    desk.hand_over("i1", desk.recommend(desk.places("nagri kaler")[0], "house_fire")[:1], new_id())
    save(desk, "i2", change("place", "belakang warung"), change("narrative", "ular sanca"))
    words = centre.desk("sari", "dispatcher", "desk-2")[0].search_words(["i1", "i2", "i3"])
    assert set(words) == {"i1", "i2"}
    for word in ("nagri", "purwakarta", "kebakaran", "fire", "damkar", "p1"):
        assert word in words["i1"].split() and word not in words["i2"].split(), word
    assert {"warung", "sanca", "2"} <= set(words["i2"].split())


def test_two_incidents_are_merged_undone_merged_and_parted(desk: Desk, centre: Centre) -> None:
    for id in ("i1", "i2"):
        save(desk, id, change("place", "nagri kaler", best=True), change("type", "house_fire"), call=centre.ring(id))
    sari, _ = centre.desk("sari", "dispatcher", "desk-2")
    merger = new_id()
    sari.merge("i2", "i1", "rumah yang sama", sari.detail("i2").version, merger)  # type: ignore[union-attr]
    first, second = sari.detail("i1"), sari.detail("i2")
    assert first is not None and second is not None
    assert ([each.number for each in first.merged], second.merged_number) == ([2], 1)
    assert {line.number for line in first.log} == {0, 2}
    assert [row.id for row in sari.snapshot().incidents] == ["i1"]
    sari.undo("i2", merger, new_id())
    assert {row.id for row in sari.snapshot().incidents} == {"i1", "i2"}
    sari.merge("i2", "i1", "memang sama", 99, new_id())
    sari.separate("i2", "ternyata dua rumah", 99, new_id())
    assert {row.id for row in sari.snapshot().incidents} == {"i1", "i2"}


def test_a_refusal_names_agencies_and_their_states_as_people_do() -> None:
    error = Refusal(
        "cannot_close_yet", "incident {number} still waits for: {agencies}",
        number=3, agencies="damkar-plered (sent), psc-119 (stood_down)",
    )  # fmt: skip
    words.set_agency_names(finder().agency_name)
    try:
        assert "Damkar, Pos Wilayah I Plered (dikirim, belum diterima)" in sentence(error)
    finally:
        words.set_agency_names(str)


# ---------------------------------------------------------------- the telephone


def asked(centre: Centre, *actions: str) -> list[tuple[str | None, ...]]:
    open_ones = calls.open_commands(centre.journal, "pbx-1")
    return [(c.action, c.call, c.operator, c.target) for c in open_ones if c.action in actions]


def test_what_the_talk_is_asked_to_become(centre: Centre, desk: Desk) -> None:
    stream = centre.ring()
    centre.answer(stream)
    desk.hold(stream, new_id())
    desk.resume(stream, new_id())
    desk.transfer(stream, "113", new_id())
    desk.three_way(stream, "op2", "Sari", new_id())
    desk.consult(stream, "113", "Damkar", new_id())
    desk.complete(stream, new_id())
    desk.call_back("0264123", "", new_id())
    me = "PJSIP/op1"
    assert asked(centre, "hold", "resume", "transfer", "three_way", "consult", "complete", "call_back") == [
        ("hold", stream, me, None), ("resume", stream, me, None), ("transfer", stream, me, "113"),
        ("three_way", stream, me, "op2"), ("consult", stream, me, "113"), ("complete", stream, me, None),
        ("call_back", None, me, None),
    ]  # fmt: skip
    assert desk.snapshot().mine.called == "Sari"  # type: ignore[union-attr]


def test_colleagues_who_are_signed_in_and_agencies_with_a_number_can_be_called_in(centre: Centre, desk: Desk) -> None:
    centre.desk("sari", "calltaker", "desk-2", "PJSIP/op2")
    centre.desk("adi", "admin", "desk-3")
    targets = desk.targets()
    assert [(t.code, t.name) for t in targets[:1]] == [("op2", "Sari")]
    numbers = [target.code for target in targets[1:]]
    assert "113" in numbers and len(set(numbers)) == len(numbers)


def test_of_two_calls_the_one_with_the_voice_is_mine_and_the_held_one_stands_beside_it(
    centre: Centre, desk: Desk
) -> None:
    first = centre.ring("1")
    centre.answer(first)
    centre.append(first, CallOperatorLeft(operator="PJSIP/op1", channel="PJSIP/op1-1"))  # the exchange says this first
    centre.append(first, CallHeld(how="hold", operator="PJSIP/op1"))
    assert desk.snapshot().mine.state == "held"  # type: ignore[union-attr]
    second = centre.ring("2", "0811222333")
    centre.answer(second)
    shown = desk.snapshot()
    assert shown.mine is not None
    assert (shown.mine.call, shown.mine.state) == (second, "talking")
    assert [(call.call, call.state) for call in shown.others] == [(first, "held")]


def test_a_call_that_was_passed_on_to_an_agency_still_wants_its_outcome_and_is_not_hung_up(
    centre: Centre, desk: Desk
) -> None:
    stream = centre.ring()
    centre.answer(stream)
    centre.append(stream, CallTransferred(method="blind", from_operator="PJSIP/op1", target="113"))
    centre.append(stream, CallOperatorLeft(operator="PJSIP/op1", channel="PJSIP/op1-1"))
    shown = desk.snapshot()
    assert shown.mine is None
    assert [(call.call, call.state) for call in shown.unfinished] == [(stream, "passed")]
    desk.classify(stream, "informed", "", new_id())
    assert asked(centre, "hangup") == []
    assert desk.snapshot().unfinished == ()


def test_with_a_third_party_the_outcome_ends_only_the_own_part_of_the_talk(centre: Centre, desk: Desk) -> None:
    stream = centre.ring()
    centre.answer(stream)
    centre.append(stream, CallConferenced(party="PJSIP/damkar", parties=3))
    assert desk.snapshot().mine.third == "PJSIP/damkar"  # type: ignore[union-attr]
    desk.classify(stream, "informed", "", new_id())
    assert asked(centre, "hangup") == [("hangup", stream, "PJSIP/op1", None)]


def test_who_left_the_talk_is_no_third_party_any_more(centre: Centre, desk: Desk) -> None:
    stream = centre.ring()
    centre.answer(stream)
    centre.append(stream, CallConferenced(party="PJSIP/damkar", parties=3))
    centre.append(stream, CallPartyLeft(party="PJSIP/damkar"))
    assert desk.snapshot().mine.third == ""  # type: ignore[union-attr]
    desk.hang_up(stream, new_id())
    assert asked(centre, "hangup") == [("hangup", stream, None, None)]


def test_why_a_caller_is_back_in_the_queue_is_a_notice(centre: Centre, desk: Desk) -> None:
    desk.wait(0.01)
    stream = centre.ring()
    desk.answer(stream, new_id())
    centre.append(stream, CallOfferEnded(operator="PJSIP/op1", channel="PJSIP/op1-1", reason="busy"))
    centre.append(stream, CallQueued(queue="112", priority=100))
    desk.wait(2)
    notice = desk.snapshot().notices[-1]
    assert notice.message == "Your telephone is busy: {caller} is back at the head of the queue."
    assert dict(notice.params) == {"caller": "081234567890 Ibu Sri"}
    assert notice.serial == 1


def test_a_wrap_up_is_shown_until_its_time_and_another_pause_has_none(centre: Centre, desk: Desk) -> None:
    phone, at = "member/pbx-1/PJSIP/op1", now()
    paused = MemberChanged(queue="112", operator="PJSIP/op1", state="paused", reason="wrapup")
    centre.append(phone, paused, at)
    assert desk.snapshot().wrap_until == at + 30 * SECOND
    centre.append(phone, MemberChanged(queue="112", operator="PJSIP/op1", state="paused", reason="ibadah"), at + SECOND)
    shown = desk.snapshot()
    assert (shown.phone, shown.phone_reason, shown.wrap_until) == ("paused", "ibadah", None)


@pytest.mark.parametrize("reason", ["wrapup", "vanished"])
def test_nobody_pauses_with_a_reason_that_a_bridge_would_end(centre: Centre, desk: Desk, reason: str) -> None:
    desk.set_ready(False, "d1", reason)
    asked = calls.command(centre.journal, "d1")
    assert asked is not None and (asked.action, asked.reason) == ("pause", None)
