"""The dispatcher's screen, key by key."""

from __future__ import annotations

import pytest

from console.ui.views import Identity, IncidentRow, LogLine, Merged
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
        await pilot.press("f8", "2", "enter")
        await until(pilot, lambda: desk.done("hand_over") == [("i1", ("polres",))])
        await pilot.press("u")
        await shows(pilot, "insiden 17 belum ditutup")
        closed = incident("i1", state="closed")
        desk.details["i1"] = detail(closed)
        desk.show(incidents=(), closed=(closed,))
        await shows(pilot, "Baru saja ditutup")
        await until(pilot, lambda: pilot.app.screen._incident().row.state == "closed")  # type: ignore[attr-defined]
        await typed(pilot, "u", *"api lagi", "enter")
        await until(pilot, lambda: desk.done("reopen") == [("i1", "api lagi", 3)])


async def test_an_action_no_agency_is_in_the_state_for_says_so(desk: FakeDesk) -> None:
    async with app(desk, DISPATCHER).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "ada orang di dalam")
        await pilot.press("o")
        await shows(pilot, "keadaannya cocok")


@pytest.mark.parametrize(("key", "named"), [("f3", "F3"), ("f9", "F9"), ("q", "q"), ("7", "7")])
async def test_a_key_that_means_nothing_here_says_so(desk: FakeDesk, key: str, named: str) -> None:
    async with app(desk, DISPATCHER).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "ada orang di dalam")
        await pilot.press(key)
        await shows(pilot, f"{named} tidak berfungsi di layar ini; F1 menampilkan tombolnya.")


async def test_what_the_centre_did_by_itself_is_told_in_the_language_of_the_screen(desk: FakeDesk) -> None:
    desk.details = {"i1": detail(log=(LogLine(NOW, "handover", "opened from a call"),))}
    async with app(desk, DISPATCHER).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "sistem opened from a call")


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


async def test_several_agencies_in_one_go_the_primary_ones_ticked(desk: FakeDesk) -> None:
    desk.details = {"i1": detail(handovers=())}
    async with app(desk, DISPATCHER).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "ada orang di dalam")
        await until(pilot, lambda: pilot.app.screen._agencies)  # type: ignore[attr-defined]
        await pilot.press("f8")
        await shows(pilot, "1 [x] Damkar Purwakarta")
        await shows(pilot, "3 [ ] Polres")
        await pilot.press("1", "2", "enter")  # nothing is ticked now: Enter sends nothing
        assert desk.done("hand_over") == []
        await pilot.press("1", "3", "enter")
        await until(pilot, lambda: desk.done("hand_over") == [("i1", ("damkar", "polres"))])
        await shows(pilot, "Diserahkan ke Damkar Purwakarta, Polres Purwakarta")


async def test_a_slip_of_the_hand_is_undone_within_ten_seconds(desk: FakeDesk) -> None:
    clock = [NOW]
    async with app(desk, DISPATCHER, clock=lambda: clock[0]).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "ada orang di dalam")
        await pilot.press("z")
        await shows(pilot, "Tidak ada")
        await pilot.press("a", *"Asep", "enter", "r")
        await shows(pilot, "z mengurungkan")
        await pilot.press("z")
        await until(pilot, lambda: desk.done("undo") == [("i1",)])
        await pilot.press("a", *"Asep", "enter", "r")
        await until(pilot, lambda: len(desk.done("acknowledge")) == 2)
        await shows(pilot, "z mengurungkan")
        clock[0] += 11 * SECOND
        await pilot.press("z")
        await shows(pilot, "Tidak ada")
        assert len(desk.done("undo")) == 1


def a_busy_board() -> tuple[IncidentRow, ...]:
    places = ("Sukatani", "Sukatani", "Plered", "Jatiluhur")
    kinds = ("fire_house", "traffic", "fire_house", "tree")
    return tuple(
        incident(f"b{n}", number=20 + n, place=place, type=kind, priority=n + 1)
        for n, (place, kind) in enumerate(zip(places, kinds, strict=True))
    )


async def test_the_board_is_filtered_by_words_and_says_what_is_outside(desk: FakeDesk) -> None:
    desk.show(incidents=a_busy_board())
    async with app(desk, DISPATCHER).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Jatiluhur")
        await pilot.press("c", *"sukatani kebakaran damkar", "enter")
        await shows(pilot, "Saringan: sukatani kebakaran damkar  1 dari 4")
        assert "Plered" not in screen_text(pilot.app)
        await pilot.press("b")
        await shows(pilot, "Plered")
        assert "Saringan" not in screen_text(pilot.app)
        await pilot.press("slash", *"saring p3", "enter")
        await shows(pilot, "di luar: 3, 1 P1")


async def test_an_urgent_incident_outside_the_filter_is_announced_once(desk: FakeDesk) -> None:
    desk.show(incidents=a_busy_board())
    async with app(desk, DISPATCHER).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Jatiluhur")
        await pilot.press("c", *"jatiluhur", "enter")
        await shows(pilot, "1 dari 4")
        new = incident("n1", number=77, place="Bojong", priority=1)
        desk.show(incidents=(*a_busy_board(), new))
        await shows(pilot, "DI LUAR SARINGAN: P1 77")
        await shows(pilot, "di luar: 4, 2 P1")
        await pilot.press("n", *"x", "escape", "f2", *"zzz", "enter")
        await shows(pilot, "zzz")
        desk.show(incidents=(*a_busy_board(), new))
        await pilot.pause(0.3)
        assert "DI LUAR SARINGAN" not in screen_text(pilot.app)


async def test_merging_asks_for_the_number_a_reason_and_a_yes_with_both_numbers(desk: FakeDesk) -> None:
    desk.show(incidents=(incident(), incident("i2", number=18, place="Jl. Veteran")))
    desk.near = (incident("i2", number=18, place="Jl. Veteran", distance_km=0.4),)
    async with app(desk, DISPATCHER).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "ada orang di dalam")
        await pilot.press("m")
        await shows(pilot, "Dekat sini: 18 Kebakaran rumah, Jl. Veteran 0,4 km")
        burst(pilot, *"17", "enter")
        await shows(pilot, "Tidak ada insiden aktif lain 17")
        burst(pilot, "m", *"18", "enter", *"rumah yang sama", "enter")
        await shows(pilot, "Gabungkan 17 ke 18?")
        await pilot.press("enter")
        await shows(pilot, "Tidak digabung")
        assert desk.done("merge") == []
        burst(pilot, "m", *"18", "enter", *"sama", "enter", "y")
        await until(pilot, lambda: desk.done("merge") == [("i1", "i2", "sama", 3)])
        await until(pilot, lambda: pilot.app.screen.query_one("#board", Board).chosen == "i2")


async def test_what_was_merged_is_parted_from_either_side(desk: FakeDesk) -> None:
    async with app(desk, DISPATCHER).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "ada orang di dalam")
        await pilot.press("p")
        await shows(pilot, "Tidak ada yang digabung")
        desk.details = {"i1": detail(merged=(Merged("i9", 9, 12),))}
        desk.show()
        await shows(pilot, "Bersama ini: insiden 9")
        burst(pilot, "p", *"dua rumah", "enter")
        await until(pilot, lambda: desk.done("separate") == [("i9", "dua rumah", 12)])
        desk.details = {"i1": detail(merged_number=18)}
        desk.show()
        await shows(pilot, "Berlanjut di insiden 18")
        burst(pilot, "p", *"lain", "enter")
        await until(pilot, lambda: desk.done("separate")[1:] == [("i1", "lain", 3)])


async def test_what_another_desk_changed_is_marked_beside_it(desk: FakeDesk) -> None:
    async with app(desk, DISPATCHER).run_test(size=(160, 50)) as pilot:
        await shows(pilot, "ada orang di dalam")
        before = desk.details["i1"]
        await pilot.press("a")
        await shows(pilot, "menerima. Nama:")
        log = (*before.log, LogLine(NOW, "rina", "{agency} took it: {by}, by {means}",
                                    (("agency", "Damkar Purwakarta"), ("by", "Asep"), ("means", "radio"))))  # fmt: skip
        values = {**before.values, "narrative": "Api besar"}
        desk.details = {"i1": detail(values=values, log=log, handovers=(handover(state="acknowledged"),))}
        desk.show()
        await shows(pilot, "DIUBAH tadi: dikirim, belum diterima")
        await shows(pilot, "DIUBAH tadi: Rumah terbakar")
        await shows(pilot, "rina sementara itu: Damkar Purwakarta menerima")


async def test_what_is_typed_into_a_question_survives_a_change_of_the_language(desk: FakeDesk) -> None:
    async with app(desk, DISPATCHER).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "ada orang di dalam")
        burst(pilot, "n", *"masih menyala", "f1", "l", "escape")
        await shows(pilot, "nothing is late")
        await shows(pilot, "masih menyala")
        burst(pilot, "f1", "l", "escape", *" di dapur", "enter")
        await until(pilot, lambda: desk.done("note") == [("i1", "masih menyala di dapur")])
