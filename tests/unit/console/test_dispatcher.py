"""The dispatcher's screen, key by key."""

from __future__ import annotations

import pytest

from console.ui.views import Identity
from console.ui.widgets.board import Board
from data.clock import SECOND
from data.errors import Conflict
from tests.unit.console.fake_desk import DISPATCHER, NOW, FakeDesk, detail, handover, incident
from tests.unit.console.screens import app, burst, screen_text, shows, typed, until


@pytest.fixture
def desk() -> FakeDesk:
    made = FakeDesk()
    made.show(incidents=(incident(),))
    made.details = {"i1": detail()}
    return made


async def test_the_board_puts_what_is_late_first_then_priority_then_age(desk: FakeDesk) -> None:
    desk.show(
        incidents=(
            incident("a", number=1, priority=3),
            incident("b", number=2, priority=1, opened_at=NOW - 10 * SECOND),
            incident("c", number=3, priority=1, opened_at=NOW - 300 * SECOND),
            incident("d", number=4, priority=4, overdue="acknowledgement"),
        )
    )
    async with app(desk, DISPATCHER).run_test(size=(120, 40)) as pilot:
        await shows(pilot, "TERLAMBAT")
        lines = screen_text(pilot.app).splitlines()[3:7]
        assert [line.split()[1] for line in lines] == ["4", "3", "2", "1"]


async def test_acknowledging_asks_for_name_and_means(desk: FakeDesk) -> None:
    async with app(desk, DISPATCHER).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "ada orang di dalam")
        await typed(pilot, "a", *"Asep", "enter", "r")
        await until(pilot, lambda: desk.done("acknowledge") == [("i1", "h1", "Asep", "radio", 3)])
        await shows(pilot, "Damkar Purwakarta sudah menerima: Asep")
        assert pilot.app.focused is pilot.app.screen.query_one("#board")


async def test_keys_pressed_while_a_question_opens_are_not_lost(desk: FakeDesk) -> None:
    async with app(desk, DISPATCHER).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "ada orang di dalam")
        burst(pilot, "n", *"masih menyala")
        await until(pilot, lambda: "masih menyala" in screen_text(pilot.app))
        await pilot.press("enter")
        await until(pilot, lambda: desk.done("note") == [("i1", "masih menyala")])


async def test_an_acknowledgement_in_one_burst(desk: FakeDesk) -> None:
    async with app(desk, DISPATCHER).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "ada orang di dalam")
        burst(pilot, "a", *"Asep", "enter", "r", "n", *"tiba", "enter")
        await until(pilot, lambda: desk.done("note") == [("i1", "tiba")])
        assert desk.done("acknowledge") == [("i1", "h1", "Asep", "radio", 3)]


async def test_a_name_is_needed_and_escape_does_nothing(desk: FakeDesk) -> None:
    async with app(desk, DISPATCHER).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "ada orang di dalam")
        await pilot.press("a", "enter", "enter")
        await shows(pilot, "menerima. Nama:")
        await pilot.press("escape")
        await until(pilot, lambda: "menerima. Nama:" not in screen_text(pilot.app))
        assert desk.done("acknowledge") == []


async def test_with_several_agencies_it_is_asked_which(desk: FakeDesk) -> None:
    second = handover("h2", agency="psc119", agency_name="PSC 119")
    desk.details = {"i1": detail(handovers=(handover(), second))}
    async with app(desk, DISPATCHER).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "PSC 119")
        await typed(pilot, "a", "2", *"Dewi", "enter", "enter")
        await until(pilot, lambda: desk.done("acknowledge") == [("i1", "h2", "Dewi", "telephone", 3)])


async def test_the_whole_chase(desk: FakeDesk) -> None:
    async with app(desk, DISPATCHER).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "ada orang di dalam")
        desk.details = {"i1": detail(handovers=(handover(state="acknowledged"),))}
        desk.show()
        await shows(pilot, "Damkar Purwakarta  diterima")
        await typed(pilot, "e", *"Unit 3", "enter")
        await until(pilot, lambda: desk.done("en_route") == [("i1", "h1", "Unit 3", 3)])
        await pilot.press("o", "enter")
        await until(pilot, lambda: desk.done("on_scene") == [("i1", "h1", "", 3)])
        await typed(pilot, "f", "enter", *"padam", "enter")
        await until(pilot, lambda: desk.done("finish") == [("i1", "h1", "done", "padam", 3)])
        await typed(pilot, "s", *"salah", "enter")
        await until(pilot, lambda: desk.done("stand_down") == [("i1", "h1", "salah", 3)])
        await pilot.press("x", "2", "enter")
        await until(pilot, lambda: desk.done("close_incident") == [("i1", "false_report", "", 3)])


async def test_reassigning_names_the_other_agency_and_a_reason(desk: FakeDesk) -> None:
    async with app(desk, DISPATCHER).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "ada orang di dalam")
        await until(pilot, lambda: pilot.app.screen._agencies)  # type: ignore[attr-defined]
        await pilot.press("g")
        await shows(pilot, "1 PSC 119")
        await typed(pilot, "1", *"mobil rusak", "enter")
        await until(pilot, lambda: desk.done("reassign") == [("i1", "h1", "psc119", "mobil rusak", 3)])
        desk.details = {"i1": detail(handovers=(handover(state="stood_down"),))}
        desk.show()
        await shows(pilot, "dibatalkan, belum diakui")
        await typed(pilot, "d", *"Asep", "enter")
        await until(pilot, lambda: desk.done("stand_down_acknowledged") == [("i1", "h1", "Asep", 3)])


async def test_refusing_needs_a_reason(desk: FakeDesk) -> None:
    async with app(desk, DISPATCHER).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "ada orang di dalam")
        await typed(pilot, "r", *"Ujang", "enter", "enter", *"penuh", "enter")
        await until(pilot, lambda: desk.done("refuse") == [("i1", "h1", "Ujang", "penuh", 3)])


async def test_one_more_agency_and_reopening(desk: FakeDesk) -> None:
    async with app(desk, DISPATCHER).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "ada orang di dalam")
        await until(pilot, lambda: pilot.app.screen._agencies)  # type: ignore[attr-defined]
        await pilot.press("f8", "2")
        await until(pilot, lambda: desk.done("hand_over") == [("i1", ("polres",))])
        await typed(pilot, "u", *"api lagi", "enter")
        await until(pilot, lambda: desk.done("reopen") == [("i1", "api lagi", 3)])


async def test_an_action_no_agency_is_in_the_state_for_says_so(desk: FakeDesk) -> None:
    async with app(desk, DISPATCHER).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "ada orang di dalam")
        await pilot.press("o")
        await shows(pilot, "keadaannya cocok")


async def test_the_losers_one_clear_message(desk: FakeDesk) -> None:
    async with app(desk, DISPATCHER).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "ada orang di dalam")
        desk.fail = Conflict(
            "handover_changed", "{who} set {agency} to {state} at {when}",
            who="rina", agency="damkar", state="acknowledged", when="03:15:00 UTC", at=NOW,
        )  # fmt: skip
        await typed(pilot, "a", *"Asep", "enter", "enter")
        await shows(pilot, "rina mengubah damkar menjadi diterima pukul 10:15:22")


async def test_the_cursor_stays_on_its_incident_while_rows_come_and_go(desk: FakeDesk) -> None:
    desk.details |= {"z": detail(incident("z", number=99))}
    desk.show(incidents=(incident("z", number=99, opened_at=NOW - 300 * SECOND), incident()))
    async with app(desk, DISPATCHER).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "99")
        await pilot.press("down")
        board = pilot.app.screen.query_one("#board", Board)
        assert board.chosen == "i1"
        desk.show(incidents=(incident("new", number=100, opened_at=NOW - 900 * SECOND), incident()))
        await shows(pilot, "100")
        assert board.chosen == "i1"


async def test_a_supervisor_and_an_admin_look_and_change_nothing(desk: FakeDesk) -> None:
    for role in ("admin", "supervisor"):
        async with app(desk, Identity("adi", "Adi", role, "desk-3")).run_test(size=(80, 24)) as pilot:
            await shows(pilot, "ada orang di dalam")
            await pilot.press("a")
            await shows(pilot, "tidak dapat mengubah")
            await pilot.press("f8")
            assert desk.asked == []


async def test_the_note_can_come_from_the_command_line(desk: FakeDesk) -> None:
    async with app(desk, DISPATCHER).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "ada orang di dalam")
        await typed(pilot, "/", *"catat jalan ditutup", "enter")
        await until(pilot, lambda: desk.done("note") == [("i1", "jalan ditutup")])
