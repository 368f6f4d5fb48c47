"""The call-taker's screen, key by key."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from console.ui.app import SiagaApp
from console.ui.screens.calltaker import CallTakerScreen
from console.ui.views import LevelNow
from console.ui.widgets.bars import MESSAGE_STANDS_S, MessageLine
from console.ui.widgets.board import Board
from console.ui.widgets.fields import Field
from data.clock import SECOND
from data.errors import Refusal
from data.store.lock import StoreLocked
from tests.unit.console.fake_desk import ME, NOW, FakeDesk, detail, handover, incident, my_call, waiting
from tests.unit.console.screens import app, burst, screen_text, shows, typed, until


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


def form_screen(app: SiagaApp) -> CallTakerScreen:
    screen = app.operator
    assert isinstance(screen, CallTakerScreen)
    return screen


def field_text(app: SiagaApp, name: str) -> str:
    return app.screen.query_one(f"#field-{name}", Field).text


async def talking(pilot: Any, desk: FakeDesk, **more: Any) -> None:
    desk.show(mine=my_call(), **more)
    await shows(pilot, "BICARA")


async def test_a_ring_is_shown_and_the_typing_goes_on(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        for letter in "jalan":
            await pilot.press(letter)
        desk.show(waiting=(waiting(),))
        for letter in " mawar":
            await pilot.press("space" if letter == " " else letter)
        await shows(pilot, "BERDERING DI SINI")
        assert field_text(pilot.app, "place") == "jalan mawar"
        assert pilot.app.focused is pilot.app.screen.query_one("#field-place")


async def test_f3_answers_the_call_that_rings_here_before_an_older_one(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        old = waiting("call/pbx/0", since=waiting().since - 60_000_000, here=False, ringing_for=())
        desk.show(waiting=(old, waiting()))
        await shows(pilot, "+1 menunggu")
        await pilot.press("f3")
        await until(pilot, lambda: desk.done("answer"))
        assert desk.done("answer") == [("call/pbx/1",)]
        assert field_text(pilot.app, "caller_number") == "081234567890"


async def test_the_head_line_tells_of_a_talk_as_soon_as_the_panel_and_no_longer(desk: FakeDesk) -> None:
    async with app(desk, ME, "en").run_test(size=(80, 24)) as pilot:
        desk.show(phone="ready", mine=my_call())
        await shows(pilot, "TALKING 0:")
        assert "PJSIP/op1 TALKING" in screen_text(pilot.app).splitlines()[0]
        desk.show(phone="ready", mine=my_call(state="held", held_since=NOW, consulting="PSC 119"))
        await shows(pilot, "PSC 119")
        assert "PJSIP/op1 READY" in screen_text(pilot.app).splitlines()[0]
        desk.show(phone="ready", mine=my_call(state="held", held_since=NOW, consulting="PSC 119", consulted=True))
        await until(pilot, lambda: "PJSIP/op1 TALKING" in screen_text(pilot.app).splitlines()[0])
        desk.show(phone="ready", mine=None)
        await shows(pilot, "No call in hand")
        assert "PJSIP/op1 READY" in screen_text(pilot.app).splitlines()[0]


async def test_a_crowd_that_fills_the_list_can_be_scrolled_and_goes_again(desk: FakeDesk) -> None:
    crowd = [waiting(f"call/pbx/{n}", number=f"0812{n:04}", here=False, ringing_for=()) for n in range(40)]
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        lists = pilot.app.screen.query_one("#lists", Board)
        desk.show(waiting=tuple(crowd))
        await until(pilot, lambda: lists.show_vertical_scrollbar)
        lists.focus()
        await pilot.press("end")
        await until(pilot, lambda: lists.scroll_offset.y)
        desk.show(waiting=tuple(crowd[:1]))
        await until(pilot, lambda: not lists.show_vertical_scrollbar and not lists.scroll_offset.y)
        assert screen_text(pilot.app).count("08120000") == 2  # on the strip and in the list


async def test_what_comes_while_a_card_lies_over_the_screen_stands_there_when_it_is_gone(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await pilot.press("f1")
        await until(pilot, lambda: pilot.app.screen is not form_screen(pilot.app))
        desk.show(waiting=(waiting(),), mine=None)
        await until(pilot, lambda: pilot.app.snapshot.waiting)
        await pilot.press("escape")
        await shows(pilot, "BERDERING DI SINI")


async def test_a_caller_who_is_asked_for_a_key_stays_in_sight_and_cannot_be_answered(desk: FakeDesk) -> None:
    async with app(desk, ME, "en").run_test(size=(160, 50)) as pilot:
        desk.show(asked=(waiting(here=False, ringing_for=()),))
        await shows(pilot, "081234567890 key asked")
        await pilot.press("f3")
        await shows(pilot, "No call waits.")
        desk.show(asked=())
        await until(pilot, lambda: "key asked" not in screen_text(pilot.app))


async def test_f3_in_a_call_says_what_to_do_first(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await talking(pilot, desk, waiting=(waiting("call/pbx/2"),))
        await pilot.press("f3")
        await shows(pilot, "Anda sedang dalam panggilan")
        assert desk.done("answer") == []


async def test_f9_and_a_letter_give_the_outcome_and_clear_the_form(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await talking(pilot, desk)
        await pilot.press("f9", "p")
        await until(pilot, lambda: desk.done("classify"))
        assert desk.done("classify") == [("call/pbx/1", "prank", "")]
        await until(pilot, lambda: field_text(pilot.app, "caller_number") == "")


async def test_a_form_that_is_done_with_stays_blank_while_the_exchange_still_hangs_up(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await talking(pilot, desk)
        await pilot.press("f9", "p")
        await until(pilot, lambda: field_text(pilot.app, "caller_number") == "")
        desk.show(mine=my_call(outcome="prank"))
        await shows(pilot, "BICARA")
        desk.show(mine=None, incidents=(incident(),))
        await shows(pilot, "Tidak sedang dalam panggilan")
        assert field_text(pilot.app, "caller_number") == ""
        desk.show(mine=my_call("call/pbx/2", number="0811", name=""))
        await until(pilot, lambda: field_text(pilot.app, "caller_number") == "0811")


async def test_a_long_place_that_was_left_shows_its_beginning(desk: FakeDesk) -> None:
    place = "Tol Cipularang KM 92 arah Jakarta, Cibodas, Sukatani"
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await typed(pilot, *place)
        assert "Cibodas, Sukatani" in screen_text(pilot.app)
        await typed(pilot, "tab")
        await shows(pilot, "Lokasi   Tol Cipularang KM 92")
        await typed(pilot, "shift+tab", *"!")
        await shows(pilot, "Cibodas, Sukatani!")


async def test_callers_who_wait_are_told_apart_by_the_end_of_their_numbers_where_it_is_narrow(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        since = NOW - 60 * SECOND
        desk.show(
            waiting=tuple(waiting(f"call/pbx/{n}", number=f"+62812345678{n}", since=since) for n in (0, 1))
        )  # fmt: skip
        await shows(pilot, "56780")
        assert "…" in screen_text(pilot.app)
        assert "5678\n" not in screen_text(pilot.app)
        assert any("TERLAMBAT …" in row and row.endswith("56781") for row in screen_text(pilot.app).splitlines())


async def test_a_caller_with_a_mark_keeps_the_end_of_his_number_where_it_is_narrow(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(120, 40)) as pilot:
        since = NOW - 60 * SECOND
        desk.show(waiting=(waiting(number="+6281234567801", name="Ibu Ratna", since=since, silent="nodigit"),))
        await shows(pilot, "Panggilan menunggu")
        (row,) = (
            row for row in screen_text(pilot.app).splitlines() if "TERLAMBAT tidak" in row and "BERDERING" not in row
        )
        assert row.rstrip().endswith("…67801")


async def test_what_was_said_goes_when_it_is_old_and_an_alarm_stays(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        screen, line = form_screen(pilot.app), pilot.app.screen.query_one(MessageLine)
        for kind, text, stands in (("warn", "kotak kosong", False), ("alarm", "tidak tersimpan", True)):
            screen.say(text, kind)
            screen.tick(pilot.app.snapshot, NOW)
            screen.tick(pilot.app.snapshot, NOW + (MESSAGE_STANDS_S - 1) * SECOND)
            assert line.text == text
            screen.tick(pilot.app.snapshot, NOW + MESSAGE_STANDS_S * SECOND)
            assert (line.text == text) is stands


async def test_the_letter_after_f9_is_not_typed_and_escape_gives_it_up(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await talking(pilot, desk)
        await pilot.press("f9")
        await shows(pilot, "p prank")
        await pilot.press("escape", "p")
        await until(pilot, lambda: field_text(pilot.app, "place") == "p")
        await pilot.press("f9", "x")
        await shows(pilot, "Tidak ada hasil x.")
        assert field_text(pilot.app, "place") == "p"
        assert desk.done("classify") == []


async def test_a_call_that_ended_can_still_get_its_outcome(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        desk.show(unfinished=(my_call(state="ended", ended_at=my_call().arrived_at + 60_000_000),))
        await shows(pilot, "beri hasil: F9")
        await pilot.press("f9", "s")
        await until(pilot, lambda: desk.done("classify") == [("call/pbx/1", "silent", "")])


async def test_an_outcome_that_goes_with_an_incident_needs_one(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await talking(pilot, desk)
        await pilot.press("f9", "i")
        await shows(pilot, "belum punya insiden")
        assert desk.done("classify") == []


async def test_leaving_the_place_opens_the_incident_with_the_caller(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await talking(pilot, desk)
        await typed(pilot, *"nagri")
        await shows(pilot, "Nagri Kidul")
        await pilot.press("down", "enter")
        await until(pilot, lambda: desk.done("save"))
        ((_, call, fields),) = desk.done("save")
        assert call == "call/pbx/1"
        assert fields == {
            "place": "Nagri Kidul, Purwakarta", "caller_name": "Ibu Sri", "caller_number": "081234567890",
        }  # fmt: skip
        await shows(pilot, "Insiden 42")
        assert pilot.app.focused is pilot.app.screen.query_one("#field-type")


async def test_enter_before_the_suggestions_came_takes_the_best_for_the_whole_text(desk: FakeDesk) -> None:
    slow = desk.places

    def places(text: str) -> Any:
        import time

        time.sleep(0.05)
        return slow(text)

    desk.places = places  # type: ignore[method-assign]
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await typed(pilot, *"jatiluhur", "enter", *"keb")
        await until(pilot, lambda: field_text(pilot.app, "place") == "Jatiluhur")
        assert field_text(pilot.app, "type") == "keb"


async def test_text_that_is_no_place_is_saved_as_typed_and_says_so(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await typed(pilot, *"warung", "tab")
        await shows(pilot, "tak di peta")
        assert desk.done("save")[0][2]["place"] == "warung"


async def test_an_unknown_type_is_not_saved_and_the_text_stays(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await typed(pilot, *"jatiluhur", "enter", *"zzz", "tab")
        await shows(pilot, "tak dikenal")
        assert field_text(pilot.app, "type") == "zzz"
        assert "type" not in next(iter(desk.saved.values()))


async def test_tab_goes_through_the_fields_in_a_fixed_order(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        order = []
        for _ in range(8):
            await pilot.pause()
            assert pilot.app.focused is not None
            order.append(pilot.app.focused.id)
            await pilot.press("tab")
        assert order == [
            "field-place", "field-type", "field-caller_name", "field-caller_number", "field-address", "field-narrative",
            "agencies", "lists",
        ]  # fmt: skip


async def test_f8_and_enter_hand_over_to_the_primary_agencies(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await typed(pilot, *"jatiluhur", "enter", *"kebak", "enter")
        await shows(pilot, "[x] Damkar Purwakarta")
        await pilot.press("f8", "enter")
        await until(pilot, lambda: desk.done("hand_over"))
        assert desk.done("hand_over")[0][1] == ("damkar", "psc119")
        await shows(pilot, "Diserahkan ke Damkar Purwakarta, PSC 119")


async def test_blank_changes_a_tick_and_new_recommendations_do_not_undo_it(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await typed(pilot, *"jatiluhur", "enter", *"kebak", "enter")
        await shows(pilot, "[x] PSC 119")
        await pilot.press("f8", "down", "space", "down", "space")
        await shows(pilot, "[x] Polres")
        form_screen(pilot.app).filling.fetch()
        await asyncio.sleep(0.1)
        await pilot.press("enter")
        await until(pilot, lambda: desk.done("hand_over"))
        assert desk.done("hand_over")[0][1] == ("damkar", "polres")


async def test_f8_without_place_and_type_says_what_is_missing(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await pilot.press("f8")
        await shows(pilot, "Lokasi dan jenis dulu")
        assert pilot.app.focused is pilot.app.screen.query_one("#field-place")


async def test_f7_attaches_to_the_incident_that_had_the_digit_when_f7_was_pressed(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(120, 40)) as pilot:
        await talking(pilot, desk, incidents=(incident("i1", number=17),))
        await shows(pilot, "1 17 Kebakaran rumah")
        await pilot.press("f7")
        newer = incident("i2", number=18, opened_at=incident().opened_at + 5_000_000)
        desk.show(incidents=(newer, incident("i1", number=17)))
        await shows(pilot, "1 18 Kebakaran rumah")
        await pilot.press("1")
        await until(pilot, lambda: desk.done("attach") == [("i1", "call/pbx/1")])


async def test_a_place_shows_the_active_incidents_near_it_under_a_banner(desk: FakeDesk) -> None:
    desk.near = (incident("i9", number=9, distance_km=0.3),)
    async with app(desk, ME).run_test(size=(120, 40)) as pilot:
        await typed(pilot, *"jatiluhur", "enter")
        await shows(pilot, "AKTIF DI DEKAT LOKASI")
        await shows(pilot, "1 9 Kebakaran rumah")
        await shows(pilot, "0,3 km 1:35")


async def test_another_desks_change_stands_beside_the_field_and_down_takes_it(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await typed(pilot, *"jatiluhur", "enter", "tab", "tab", "tab", *"jalan", "tab")
        await until(pilot, lambda: desk.saved and next(iter(desk.saved.values())).get("address") == "jalan")
        (id,) = desk.saved
        await typed(pilot, "shift+tab", *" baru")
        desk.details[id] = detail(
            incident(id, number=42), values={"place": "Jatiluhur", "address": "Jl. Veteran 5"}, handovers=()
        )
        desk.show(incidents=(incident(id, number=42, version=7),))
        await shows(pilot, "Jl. Veteran 5")
        assert field_text(pilot.app, "address").startswith("jalan")
        await pilot.press("down")
        await until(pilot, lambda: field_text(pilot.app, "address") == "Jl. Veteran 5")


async def test_an_agency_already_asked_shows_its_state_and_is_not_asked_again(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await typed(pilot, *"jatiluhur", "enter", *"kebak", "enter")
        await shows(pilot, "[x] Damkar")
        (id,) = desk.saved
        desk.details[id] = detail(
            incident(id, number=42),
            values={"place": "Jatiluhur", "type": "Kebakaran rumah"},
            handovers=(handover(state="acknowledged"),),
        )
        desk.show(incidents=(incident(id, number=42, version=7),))
        await shows(pilot, "Damkar Purwakarta diterima")
        await pilot.press("f8", "enter")
        await until(pilot, lambda: desk.done("hand_over"))
        assert desk.done("hand_over")[0][1] == ("psc119",)


async def test_typed_text_is_kept_within_a_second_and_comes_back_in_a_new_console(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await talking(pilot, desk)
        await typed(pilot, "tab", "tab", "tab", "tab", *"gang tiga")
        await until(pilot, lambda: any(v.get("address") == "gang tiga" for v in desk.kept.values()))
    # as after kill -9: nothing but the drafts is left
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: field_text(pilot.app, "address") == "gang tiga")
        await shows(pilot, "Teks yang diketik sebelumnya kembali")


async def test_saved_text_leaves_no_draft(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await typed(pilot, *"jatiluhur")
        await until(pilot, lambda: desk.kept)
        await pilot.press("enter")
        await until(pilot, lambda: not desk.kept)


async def test_a_locked_store_names_the_process_and_the_text_stays(desk: FakeDesk, tmp_path: Any) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        desk.fail = StoreLocked(tmp_path, 4711, True, 5)
        await typed(pilot, *"jatiluhur", "tab")
        await shows(pilot, "4711")
        await shows(pilot, "GAGAL")
        assert field_text(pilot.app, "place") == "jatiluhur"
        desk.fail = None
        await pilot.press("shift+tab", "tab")
        await shows(pilot, "tersimpan")


async def test_a_refusal_is_one_line_in_the_operators_language(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await talking(pilot, desk)
        desk.fail = Refusal("no_call", "there is no call to attach")
        await pilot.press("f9", "p")
        await shows(pilot, "tidak ada panggilan untuk dilampirkan")


async def test_a_new_call_takes_a_blank_form_but_never_one_with_text(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await talking(pilot, desk)
        assert form_screen(pilot.app).form.call == "call/pbx/1"
        await typed(pilot, "tab", "tab", "tab", "tab", *"gang")
        desk.show(mine=my_call("call/pbx/2", number="0811", name="Pak Udin"), unfinished=(my_call(state="ended"),))
        await shows(pilot, "Pak Udin")
        assert form_screen(pilot.app).form.call == "call/pbx/1"
        assert field_text(pilot.app, "address") == "gang"
        await pilot.press("f6")
        await until(pilot, lambda: form_screen(pilot.app).form.call == "call/pbx/2")
        assert field_text(pilot.app, "caller_name") == "Pak Udin"


async def test_a_call_that_comes_back_to_the_form_has_its_place_though_the_keyboard_is_there(desk: FakeDesk) -> None:
    desk.details["i1"] = detail(incident("i1"))
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        assert pilot.app.focused is pilot.app.screen.query_one("#field-place")
        await talking(pilot, desk)
        desk.show(mine=my_call(incident="i1"))
        await until(pilot, lambda: form_screen(pilot.app).form.call == "call/pbx/1")
        desk.show(mine=my_call("call/pbx/2", number="0811", name="Pak Udin"))
        await until(pilot, lambda: form_screen(pilot.app).form.call == "call/pbx/2")
        assert field_text(pilot.app, "place") == ""
        desk.show(mine=my_call(incident="i1"))
        await until(pilot, lambda: field_text(pilot.app, "place") == "Nagri Kaler, Purwakarta")
        assert "DIUBAH" not in screen_text(pilot.app)
        place = form_screen(pilot.app).form.place
        assert place is not None and place.lat is not None, "agencies are recommended for that place"


async def test_the_form_does_not_stay_with_a_call_that_a_colleague_got(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        desk.show(waiting=(waiting(),))
        await shows(pilot, "BERDERING DI SINI")
        await pilot.press("f3")
        await until(pilot, lambda: desk.done("answer"))
        assert form_screen(pilot.app).form.call == "call/pbx/1"
        desk.show(waiting=())  # to another desk
        await until(pilot, lambda: form_screen(pilot.app).form.call == "")
        assert field_text(pilot.app, "caller_number") == ""


async def test_waiting_too_long_is_said_in_a_word(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        desk.show(waiting=(waiting(since=waiting().since - 20_000_000),))
        await shows(pilot, "0:27 TERLAMBAT")


async def test_ready_and_pause_are_commands(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await typed(pilot, "f2", *"jeda", "enter")
        await until(pilot, lambda: desk.done("set_ready") == [(False,)])
        await typed(pilot, "f2", *"sia", "enter")
        await until(pilot, lambda: desk.done("set_ready") == [(False,), (True,)])
        await typed(pilot, "f2", *"xyz", "enter")
        await shows(pilot, "xyz bukan perintah di sini")
        await pilot.press("escape")
        assert pilot.app.focused is pilot.app.screen.query_one("#field-place")


async def test_the_exchange_out_of_sight_is_said_in_the_head_line(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        desk.show(linked=False)
        await shows(pilot, "SENTRAL TAK TERLIHAT")
        assert "SIAP" in screen_text(pilot.app)


async def test_the_state_of_the_seat_stands_beside_that_of_the_telephone(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        desk.show(seat="connected")
        await shows(pilot, "SIAP JALUR TETAP")
        desk.show(seat="gone")
        await shows(pilot, "SIAP TANPA JALUR TETAP")
        desk.show(seat="")
        await until(pilot, lambda: "JALUR" not in screen_text(pilot.app))


async def test_the_callers_location_is_offered_as_the_place_and_taken_only_with_enter(desk: FakeDesk) -> None:
    asked: list[str] = []
    found = desk.places

    def places(text: str) -> Any:
        asked.append(text)
        return found("jatiluhur") if text == "-6.52, 107.38" else found(text)

    desk.places = places  # type: ignore[method-assign]
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await talking(pilot, desk)
        desk.show(mine=my_call(lat=-6.52, lon=107.38, radius_m=60.0))
        await shows(pilot, "Jatiluhur")
        assert field_text(pilot.app, "place") == ""
        assert desk.done("save") == []
        await pilot.press("enter")
        await until(pilot, lambda: desk.done("save"))
        place = form_screen(pilot.app).form.place
        assert place is not None
        assert (place.source, place.precision_m) == ("trunk", 60.0)


async def test_a_field_that_is_being_typed_in_is_not_saved_half(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Budi")
        burst(pilot, *"jatiluhur", "enter", *"keb")
        await until(pilot, lambda: desk.done("save"))
        await pilot.pause(0.1)
        assert all("type" not in fields for _, _, fields in desk.done("save"))
        await typed(pilot, *"akaran rumah", "tab")
        await until(pilot, lambda: next(iter(desk.saved.values())).get("type") == "Kebakaran rumah")


async def test_the_state_of_the_own_telephone_is_not_cut_off_for_the_level_of_the_hour(desk: FakeDesk) -> None:
    desk.level_now = LevelNow(100.0, 15)
    async with app(desk, replace(ME, name="Latihan Panjang Sekali Namanya")).run_test(size=(80, 24)) as pilot:
        await talking(pilot, desk, phone="ready")
        await until(pilot, lambda: " BICARA " in screen_text(pilot.app).splitlines()[0])
        assert "WIB" in screen_text(pilot.app).splitlines()[0]
        assert "1 jam" not in screen_text(pilot.app).splitlines()[0]
        await pilot.resize_terminal(160, 50)
        await until(pilot, lambda: "1 jam: 100 %" in screen_text(pilot.app).splitlines()[0])
        assert screen_text(pilot.app).startswith("Siaga 112 ")
