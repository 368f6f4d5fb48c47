"""What is known of a number at the ring, and the service level: at a glance, also on 80 columns."""

from __future__ import annotations

from pathlib import Path

import pytest

from console import i18n
from console.ui.draw.past import counts_text, last_text
from console.ui.views import FieldChange, LevelNow, Past
from data.entry import new_id
from tests.unit.console.centre import Centre
from tests.unit.console.fake_desk import ME, FakeDesk, incident, my_call, waiting
from tests.unit.console.screens import app, screen_text, shows, until


@pytest.mark.parametrize(
    ("past", "text"),
    [
        (Past(), ""),
        (Past(2, (("prank", 2),)), "2×: prank 2"),
        (Past(5, (("prank", 3), ("silent", 1), ("", 1))), "5×: prank 3, silent 1, no outcome 1"),
    ],
)
def test_counts_by_kind(past: Past, text: str) -> None:
    i18n.set_language("en")
    assert counts_text(past) == text


async def test_the_ring_and_the_call_in_hand_show_it() -> None:
    desk = FakeDesk()
    desk.pasts["call/pbx/1"] = Past(4, (("prank", 3), ("incident", 1)), incident(number=7, place="Plered"))
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        desk.show(waiting=(waiting(),))
        await shows(pilot, "4×: prank 3, ins")
        desk.show(waiting=(), mine=my_call())
        await shows(pilot, "insiden terakhir 10:13 #7 Kebakaran rumah Plered")
        assert "4×: prank 3, insiden 1" in screen_text(pilot.app)


async def test_a_ring_of_a_number_that_never_called_has_no_past_to_look_up(monkeypatch: pytest.MonkeyPatch) -> None:
    desk, asked = FakeDesk(), list[str]()
    monkeypatch.setattr(desk, "past", lambda call: asked.append(call) or Past())
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        desk.show(waiting=(waiting("call/pbx/1", first_time=True),))
        await shows(pilot, "BERDERING DI SINI")
        desk.show(waiting=(waiting("call/pbx/2", number="081299999999"),))
        await until(pilot, lambda: asked)
        assert asked == ["call/pbx/2"]


def test_the_ring_tells_whether_its_number_called_before(tmp_path: Path) -> None:
    centre = Centre(tmp_path)
    desk = centre.desk("budi", "calltaker", "desk-1", "PJSIP/op1")[0]
    centre.end(centre.ring("1"), "abandoned")
    again, new, withheld = centre.ring("2"), centre.ring("3", "0811999888"), centre.ring("4", "")
    elsewhere = centre.ring("5", "0811777666", operator="PJSIP/op2")
    first = {call.call: call.first_time for call in desk.ring()}
    assert first == {again: False, new: True, withheld: False, elsewhere: False}
    centre.end(new, "abandoned")
    assert {call.call: call.first_time for call in desk.ring()}[again] is False
    centre.close()


async def test_the_service_level_of_the_hour_stands_in_the_head_line() -> None:
    desk = FakeDesk()
    desk.level_now = LevelNow(92.4, 15)
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "1 jam: 92 % dalam 15 d")


def test_outcomes_of_earlier_calls_are_counted_and_the_last_incident_found(tmp_path: Path) -> None:
    centre = Centre(tmp_path)
    desk = centre.desk("budi", "calltaker", "desk-1", "PJSIP/op1")[0]
    for number, outcome in enumerate(("prank", "prank", "incident")):
        call = centre.ring(str(number))
        centre.answer(call)
        if outcome == "incident":
            desk.save("i1", call, [FieldChange("place", "Plered", "", new_id(), best=True)])
        desk.classify(call, outcome, "i1" if outcome == "incident" else "", new_id())
        centre.end(call)
    lost = centre.ring("4")
    centre.end(lost, "abandoned")
    other = centre.ring("5", "0811999888")
    now = centre.ring("9")
    past = desk.past(now)
    assert (past.calls, dict(past.outcomes)) == (4, {"prank": 2, "incident": 1, "abandoned": 1})
    assert past.last is not None and past.last.place == "Plered"
    assert "#1" in last_text(past, past.last.opened_at, str)
    assert desk.past(other) == Past()
    assert desk.level().limit_s == 15
    centre.close()
