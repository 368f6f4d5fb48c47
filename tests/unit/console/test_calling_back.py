"""The call-back list and clusters of calls on the call-taker's screen, key by key."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from console.ui.views import CallbackRow, SurgeRow
from console.ui.widgets.board import Board
from tests.unit.console.fake_desk import DISPATCHER, ME, NOW, FakeDesk, incident, my_call, waiting
from tests.unit.console.screens import app, screen_text, shows, until

LOST = CallbackRow("callback/pwk/7", "081300000001", "Pak Dedi", "abandoned", NOW - 65_000_000, "call/pwk/9", calls=2)
FIRE = SurgeRow(
    ("call/pwk/1", "call/pwk/2", "call/pwk/3", "call/pwk/4"), NOW - 240_000_000, "i1", 17, "fire_house",
    "Nagri Kaler", (-6.56, -6.54, 107.43, 107.45),
)  # fmt: skip


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


async def to_the_list(pilot: Any, row: str) -> None:
    board = pilot.app.screen.query_one("#lists", Board)
    pilot.app.screen.set_focus(board)
    await pilot.pause()
    board.choose(row)


async def test_a_lost_caller_is_called_back_by_enter_and_the_form_is_his(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        desk.show(callbacks=(LOST,))
        await shows(pilot, "1:05 081300000001")
        assert "2x" in screen_text(pilot.app)
        await to_the_list(pilot, "callback:callback/pwk/7")
        await pilot.press("enter")
        await until(pilot, lambda: desk.done("call_back"))
        assert desk.done("call_back") == [("081300000001", "call/pwk/9")]
        desk.show(called_back=my_call("call/pwk/9", number="081300000001", state="calling"))
        await shows(pilot, "MEMANGGIL BALIK")
        desk.show(called_back=my_call("call/pwk/9", number="081300000001", state="reached"))
        await shows(pilot, "SUDAH DIPANGGIL BALIK")
        await pilot.press("f9", "n")
        await until(pilot, lambda: desk.done("classify"))
        assert desk.done("classify") == [("call/pwk/9", "informed", "")]


async def test_who_is_in_the_queue_again_is_answered_and_not_dialled(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        desk.show(callbacks=(dataclasses.replace(LOST, calls_again=True),), waiting=(waiting(number="081300000001"),))
        await shows(pilot, "sedang menelepon lagi")
        await to_the_list(pilot, "callback:callback/pwk/7")
        await pilot.press("enter")
        await shows(pilot, "F3 menjawab")
        assert desk.done("call_back") == []


async def test_nobody_is_called_back_during_a_talk(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        desk.show(callbacks=(LOST,), mine=my_call())
        await shows(pilot, "081300000001")
        await to_the_list(pilot, "callback:callback/pwk/7")
        await pilot.press("enter")
        await shows(pilot, "lalu panggil balik")
        assert desk.done("call_back") == []


async def test_delete_takes_a_number_off_the_list_with_a_reason(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        tried = dataclasses.replace(LOST, attempts=3, attempt="ended", detail="NOANSWER")
        desk.show(callbacks=(tried,))
        await shows(pilot, "dicoba 3x, tidak dijawab")
        await to_the_list(pilot, "callback:callback/pwk/7")
        await pilot.press("delete")
        await shows(pilot, "dicoret dari daftar")
        await pilot.press("1")
        await pilot.press("enter")
        await until(pilot, lambda: desk.done("close_callback"))
        assert desk.done("close_callback") == [("callback/pwk/7", "not_reached", "")]


async def test_f7_attaches_at_once_to_the_incident_of_the_cluster(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        desk.show(surges=(FIRE,), incidents=(incident(),), mine=my_call("call/pwk/4"))
        await shows(pilot, "LONJAKAN 4 panggilan")
        await pilot.press("f7")
        await until(pilot, lambda: desk.done("attach"))
        assert desk.done("attach") == [("i1", "call/pwk/4")]


async def test_a_caller_whose_telephone_is_there_belongs_to_the_cluster_too(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        desk.show(surges=(FIRE,), incidents=(incident(),), mine=my_call("call/pwk/9", lat=-6.55, lon=107.44))
        await shows(pilot, "LONJAKAN")
        await pilot.press("f7")
        await until(pilot, lambda: desk.done("attach"))


async def test_a_caller_from_elsewhere_is_asked_as_always(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        desk.show(surges=(FIRE,), incidents=(incident(),), mine=my_call("call/pwk/9", lat=-6.7, lon=107.6))
        await shows(pilot, "LONJAKAN")
        await pilot.press("f7")
        await shows(pilot, "F7 lampirkan ke:")
        assert desk.done("attach") == []


async def test_the_dispatcher_sees_the_cluster_too(desk: FakeDesk) -> None:
    async with app(desk, DISPATCHER).run_test(size=(120, 40)) as pilot:
        desk.show(surges=(FIRE,), incidents=(incident(),))
        await shows(pilot, "LONJAKAN 4 panggilan dalam 4 mnt #17 Kebakaran rumah Nagri Kaler")


def test_a_box_holds_what_is_in_it() -> None:
    assert FIRE.holds(-6.55, 107.44)
    assert not FIRE.holds(-6.6, 107.44)
    assert not FIRE.holds(None, 107.44)
    assert not dataclasses.replace(FIRE, box=None).holds(-6.55, 107.44)
