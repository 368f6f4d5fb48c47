"""The command line on the screen: seeing what will happen, Tab, earlier lines, the list of actions, and the record."""

from __future__ import annotations

from typing import Any

import pytest

from console.command_line import KnownAgency
from console.ui.carrying import as_choices
from console.ui.widgets.command_line import CommandLine
from data.errors import Conflict
from tests.unit.console.fake_desk import DISPATCHER, ME, FakeDesk, detail, handover, incident, my_call, waiting
from tests.unit.console.screens import app, burst, screen_text, shows, until


@pytest.fixture
def desk() -> FakeDesk:
    made = FakeDesk()
    house = incident("i1", number=17, version=3)
    road = incident("i2", number=42, type="traffic", place="Jl. Veteran", version=9)
    made.show(incidents=(house, road), closed=(incident("i5", number=15, state="closed", place="Plered"),))
    made.details = {
        "i1": detail(house, handovers=(handover(state="acknowledged"),)),
        "i2": detail(road, version=9, handovers=(handover("h2", agency="psc119", agency_name="PSC 119"),)),
    }
    return made


def line_of(app: Any) -> CommandLine:
    found: CommandLine = app.screen.query_one(CommandLine)
    return found


async def test_what_will_happen_stands_there_before_enter(desk: FakeDesk) -> None:
    async with app(desk, DISPATCHER, "en").run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Jl. Veteran")
        burst(pilot, "f2", *"X 42 ")
        await shows(pilot, "Result is missing.")
        await shows(pilot, "false-report")
        burst(pilot, *"done all out")
        await shows(pilot, "Close 42 TRAFFIC ACCIDENT Jl. Veteran: result done all out")
        assert desk.done("close_incident") == []
        burst(pilot, "enter")
        await until(pilot, lambda: desk.done("close_incident") == [("i2", "done", "all out", 9)])
        await shows(pilot, "Incident 42 is closed.")
        assert pilot.app.focused is pilot.app.screen.query_one("#board")


async def test_every_line_is_on_record_as_it_was_typed_with_what_it_became(desk: FakeDesk) -> None:
    async with app(desk, DISPATCHER).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Jl. Veteran")
        burst(pilot, "f2", *"n 42  dua  mobil", "enter")
        await until(pilot, lambda: desk.done("note") == [("i2", "dua  mobil")])
        burst(pilot, "f2", *"zzz", "enter")
        await shows(pilot, "zzz bukan perintah di sini")
        await until(pilot, lambda: desk.lines == [("n 42  dua  mobil", "note"), ("zzz", None)])


async def test_a_line_that_is_wrong_stays_to_be_corrected(desk: FakeDesk) -> None:
    async with app(desk, DISPATCHER).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Jl. Veteran")
        burst(pilot, "f2", *"N 9 api", "enter")
        await shows(pilot, "Tidak ada insiden 9 di sini.")
        assert line_of(pilot.app).text == "N 9 api"
        burst(pilot, *["left"] * 4, "backspace", *"17", "enter")
        await until(pilot, lambda: desk.done("note") == [("i1", "api")])


async def test_a_line_typed_faster_than_the_world_is_looked_up_is_carried_out(desk: FakeDesk) -> None:
    async with app(desk, DISPATCHER).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Jl. Veteran")
        burst(pilot, "f2", *"OTW dam regu 2", "enter", "f2", *"terima psc Bu Dewi", "enter")
        await until(pilot, lambda: desk.done("acknowledge") == [("i2", "h2", "Bu Dewi", "telephone", 9)])
        assert desk.done("en_route") == [("i1", "h1", "regu 2", 3)]


async def test_several_agencies_are_handed_an_incident_at_once(desk: FakeDesk) -> None:
    async with app(desk, DISPATCHER).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Jl. Veteran")
        burst(pilot, "f2", *"D psc polres 17", "enter")
        await until(pilot, lambda: desk.done("hand_over") == [("i1", ("psc119", "polres"))])
        await shows(pilot, "Diserahkan ke PSC 119, Polres Purwakarta")


def test_agencies_named_by_hand_have_the_role_of_the_recommendation_and_others_support(desk: FakeDesk) -> None:
    named = (KnownAgency("psc119", "PSC 119"), KnownAgency("polres", "Polres"), KnownAgency("pmi", "PMI"))
    assert [choice.role for choice in as_choices(desk, "i1", named)] == ["primary", "supporting", "supporting"]


async def test_somebody_else_was_quicker_and_one_message_says_so(desk: FakeDesk) -> None:
    async with app(desk, DISPATCHER).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Jl. Veteran")
        desk.fail = Conflict("changed", "meanwhile {who} changed it", who="Rina")
        burst(pilot, "f2", *"X 42 done", "enter")
        await shows(pilot, "Rina")
        assert desk.done("close_incident") == []


async def test_a_line_that_means_something_else_than_a_moment_ago_needs_a_second_enter(desk: FakeDesk) -> None:
    async with app(desk, DISPATCHER).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Jl. Veteran")
        burst(pilot, "f2", *"N 2 api")
        await shows(pilot, "Catatan pada 42")
        desk.show(incidents=(incident("i1", number=17), incident("i9", number=52, place="Wanayasa")))
        await shows(pilot, "Catatan pada 52")
        burst(pilot, "enter")
        await shows(pilot, "Artinya kini lain daripada tadi")
        assert desk.done("note") == []
        burst(pilot, "enter")
        await until(pilot, lambda: desk.done("note") == [("i9", "api")])


async def test_tab_completes_and_up_brings_back_earlier_lines(desk: FakeDesk) -> None:
    desk.lines = [("N 17 pertama", "note"), ("N 42 kedua", "note")]
    async with app(desk, DISPATCHER).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Jl. Veteran")
        await pilot.press("f2")
        line = line_of(pilot.app)
        await until(pilot, lambda: len(line._history) == 2, "the earlier lines")
        burst(pilot, *"SLS dam", "tab")
        await until(pilot, lambda: line.text == "SLS damkar ")
        burst(pilot, "up")
        await until(pilot, lambda: line.text == "N 42 kedua")
        burst(pilot, "up", "up")
        await until(pilot, lambda: line.text == "N 17 pertama")
        burst(pilot, "down", "down")
        await until(pilot, lambda: line.text == "SLS damkar ")


async def test_an_empty_line_lists_what_can_be_done_now_and_enter_does_the_chosen_one(desk: FakeDesk) -> None:
    async with app(desk, DISPATCHER).run_test(size=(80, 40)) as pilot:
        await shows(pilot, "Jl. Veteran")
        burst(pilot, "f2")
        await shows(pilot, "D H serah handover instansi|unit..")
        burst(pilot, *"tem", "down", "enter")
        await until(pilot, lambda: pilot.app.theme == "siaga-high-contrast")
        burst(pilot, "f2", *"tut", "down", "enter")
        await shows(pilot, "Tutup 17: hasilnya?")
        assert desk.done("close_incident") == []


async def test_escape_and_an_empty_line_do_nothing_and_give_the_keyboard_back(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Budi")
        place = pilot.app.screen.query_one("#field-place")
        for keys in (["f2", "escape"], ["f2", "enter"], ["f2", "f2"], ["f2", *"jeda", "escape"]):
            burst(pilot, *keys)
            await until(pilot, lambda: not line_of(pilot.app).is_open and pilot.app.focused is place)
        assert desk.asked == []
        assert desk.lines == []


async def test_another_key_puts_the_line_away_first(desk: FakeDesk) -> None:
    async with app(desk, DISPATCHER).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Jl. Veteran")
        burst(pilot, "f2", *"cat", "f8")
        await shows(pilot, "Serahkan ke?")
        assert not line_of(pilot.app).is_open
        burst(pilot, "escape")
        await until(pilot, lambda: pilot.app.focused is pilot.app.screen.query_one("#board"))


async def test_the_language_changes_and_the_typed_line_stays(desk: FakeDesk) -> None:
    async with app(desk, DISPATCHER).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Jl. Veteran")
        burst(pilot, "f2", *"N 42 dua mobil")
        await shows(pilot, "Catatan pada 42")
        burst(pilot, "f1", "l", "escape")
        await shows(pilot, "Note on 42")
        assert line_of(pilot.app).text == "N 42 dua mobil"
        burst(pilot, "f1", "l", "escape", *" ringsek", "enter")
        await until(pilot, lambda: desk.done("note") == [("i2", "dua mobil ringsek")])


async def test_calls_are_answered_attached_and_ended_by_commands(desk: FakeDesk) -> None:
    desk.show(waiting=(waiting(), waiting("call/pbx/2", number="0811222333", here=False)))
    async with app(desk, ME).run_test(size=(120, 40)) as pilot:
        await shows(pilot, "0811222333")
        burst(pilot, "f2", *"jawab 333", "enter")
        await until(pilot, lambda: desk.done("answer") == [("call/pbx/2",)])
        desk.show(mine=my_call("call/pbx/2"), unfinished=(my_call("call/pbx/7", number="0899777", state="ended"),))
        await shows(pilot, "0899777")
        burst(pilot, "f2", *"AT 777 42", "enter")
        await until(pilot, lambda: desk.done("attach") == [("i2", "call/pbx/7")])
        burst(pilot, "f2", *"PR", "enter")
        await until(pilot, lambda: desk.done("classify") == [("call/pbx/2", "prank", "")])


async def test_a_question_mark_shows_the_cards_of_a_word(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Budi")
        burst(pilot, "f2", *"?pohon", "enter")
        await shows(pilot, "Pohon tumbang")
        await shows(pilot, "? pohon")
        burst(pilot, "escape")
        await shows(pilot, "Budi")
        burst(pilot, "f2", *"?zzz", "enter")
        await shows(pilot, "Paket wilayah tidak punya yang bernama itu.")


async def test_the_line_is_usable_in_forty_columns(desk: FakeDesk) -> None:
    async with app(desk, DISPATCHER).run_test(size=(40, 15)) as pilot:
        await until(pilot, lambda: pilot.app.snapshot.incidents)
        burst(pilot, "f2", *"N 42 dua mobil")
        await shows(pilot, "> N 42 dua mobil")
        await shows(pilot, "Catatan pada 42")
        assert all(len(row) <= 40 for row in screen_text(pilot.app).splitlines())


@pytest.mark.parametrize("where", ["#board", "#command-list"])
async def test_a_click_does_not_take_the_keyboard_from_an_open_line(desk: FakeDesk, where: str) -> None:
    async with app(desk, DISPATCHER).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Jl. Veteran")
        await pilot.click("#detail")
        await until(pilot, lambda: pilot.app.focused is pilot.app.screen.query_one("#detail"))
        burst(pilot, "f2", *"n 42 du")
        await until(pilot, lambda: line_of(pilot.app).text == "n 42 du")
        await pilot.click(where)
        burst(pilot, *"a mobil", "enter")
        await until(pilot, lambda: desk.done("note") == [("i2", "dua mobil")])
        assert pilot.app.focused is pilot.app.screen.query_one("#detail"), "back where it was"
        await pilot.click("#board")
        await until(pilot, lambda: pilot.app.focused is pilot.app.screen.query_one("#board"))
