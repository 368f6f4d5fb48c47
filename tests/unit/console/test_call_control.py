"""The telephone by keys: hold, pass on, a third party, two calls at once, calling back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from console.configuration import ConsoleSettings
from console.ui import words
from console.ui.targets import find
from console.ui.views import Target
from tests.unit.console.fake_desk import ME, NOW, TARGETS, FakeDesk, incident, my_call, waiting
from tests.unit.console.screens import app, burst, screen_text, shows, until

SECOND = 1_000_000
HELD = my_call("call/pbx/1", state="held", held_since=NOW - 20 * SECOND)
OTHER = my_call("call/pbx/2", number="0811222333", name="Pak Udin")


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


async def with_calls(pilot: Any, desk: FakeDesk, **calls: Any) -> None:
    desk.show(**calls)
    await until(pilot, lambda: pilot.app.snapshot.seq == desk.picture.seq)


async def test_f4_puts_the_caller_on_hold_and_takes_him_back(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await with_calls(pilot, desk, mine=my_call())
        await pilot.press("f4")
        await until(pilot, lambda: desk.done("hold") == [("call/pbx/1",)])
        await with_calls(pilot, desk, mine=HELD)
        await shows(pilot, "DITAHAN 0:20")
        await pilot.press("f4")
        await until(pilot, lambda: desk.done("resume") == [("call/pbx/1",)])


async def test_f4_without_a_call_says_so(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await pilot.press("f4")
        await shows(pilot, "Anda tidak dalam panggilan.")


@pytest.mark.parametrize(
    ("key", "asked"),
    [
        ("3", ("three_way", "call/pbx/1", "113", "Damkar Purwakarta")),
        ("k", ("consult", "call/pbx/1", "113", "Damkar Purwakarta")),
        ("t", ("transfer", "call/pbx/1", "113")),
    ],
)
async def test_f5_a_few_letters_enter_and_how(desk: FakeDesk, key: str, asked: tuple[str, ...]) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await with_calls(pilot, desk, mine=my_call())
        await pilot.press("f5")
        await shows(pilot, "Damkar Purwakarta 113")
        await pilot.press(*"dam")
        await until(pilot, lambda: "PSC 119" not in screen_text(pilot.app))
        await pilot.press("enter")
        await shows(pilot, "oper penelepon")
        await pilot.press(key)
        await until(pilot, lambda: asked in [item[:-1] if item[-1] == "" else item for item in desk.asked])
        assert pilot.app.focused is pilot.app.screen.query_one("#field-place"), "the keyboard is back where it was"


async def test_keys_after_f5_that_come_together_are_not_lost_to_the_form(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await with_calls(pilot, desk, mine=my_call())
        await pilot.press("f5")
        await shows(pilot, "PSC 119")
        await pilot.press("escape")
        burst(pilot, "f5", *"sari", "enter", "t")
        await until(pilot, lambda: desk.done("transfer") == [("call/pbx/1", "op2")])


async def test_the_marked_target_moves_with_the_arrows(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await with_calls(pilot, desk, mine=my_call())
        await pilot.press("f5")
        await shows(pilot, "▸ Sari op2")
        await pilot.press("down")
        await shows(pilot, "▸ PSC 119 119")
        await pilot.press("enter", "enter")
        await until(pilot, lambda: desk.done("three_way") == [("call/pbx/1", "119", "PSC 119")])


async def test_a_transfer_by_command_names_target_and_way(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await with_calls(pilot, desk, mine=my_call())
        pilot.app.perform("transfer", "damkar t")
        await shows(pilot, "▸ Damkar Purwakarta 113")
        await pilot.press("enter")
        await until(pilot, lambda: desk.done("transfer") == [("call/pbx/1", "113")])


async def test_a_caller_on_hold_is_taken_back_before_he_is_passed_on(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await with_calls(pilot, desk, mine=HELD)
        pilot.app.perform("transfer", "damkar t")
        await shows(pilot, "ambil kembali dahulu dengan F4")


async def test_somebody_is_asked_about_a_caller_who_is_on_hold_already(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await with_calls(pilot, desk, mine=HELD)
        await pilot.press("f5")
        await shows(pilot, "▸ Sari op2")
        await pilot.press("enter")
        await shows(pilot, "tanya dulu")
        await pilot.press("enter")
        await until(pilot, lambda: desk.done("consult") == [("call/pbx/1", "op2", "Sari")])


async def test_f5_connects_the_caller_with_whoever_is_asked_once_they_have_answered(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await with_calls(pilot, desk, mine=replace(HELD, consulting="Damkar"))
        await shows(pilot, "+ memanggil Damkar")
        await pilot.press("f5")
        await shows(pilot, "Damkar belum menjawab")
        await with_calls(pilot, desk, mine=replace(HELD, consulting="Damkar", consulted=True))
        await shows(pilot, "+ bertanya kepada Damkar")
        await pilot.press("f5")
        await shows(pilot, "sambungkan penelepon dengan Damkar")
        assert desk.done("complete") == []
        await pilot.press("t")
        await until(pilot, lambda: desk.done("complete") == [("call/pbx/1",)])


async def test_whoever_is_asked_is_connected_by_command_and_nobody_else_meanwhile(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await with_calls(pilot, desk, mine=replace(HELD, consulting="Damkar", consulted=True))
        pilot.app.perform("transfer", "psc k")
        await shows(pilot, "Anda bertanya kepada Damkar")
        pilot.app.perform("transfer", "t")
        await until(pilot, lambda: desk.done("complete") == [("call/pbx/1",)])
        assert desk.done("consult") == []


async def test_when_the_caller_is_gone_the_telephone_is_hung_up_by_command(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await with_calls(pilot, desk, unfinished=(my_call(state="ended", ended_at=NOW),))
        pilot.app.perform("hang_up")
        await until(pilot, lambda: desk.done("hang_up") == [("call/pbx/1",)])


async def test_the_screen_says_who_else_is_in_the_talk_or_called_into_it(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await with_calls(pilot, desk, mine=my_call(called="Damkar Purwakarta"))
        await shows(pilot, "memanggil Damkar Purwakarta")
        await with_calls(pilot, desk, mine=my_call(third="PJSIP/damkar"))
        await shows(pilot, "+ damkar (tiga pihak)")


async def test_a_console_that_stood_still_makes_its_telephone_ready_again_once(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        desk.show(phone="paused", phone_reason="prayer")
        await shows(pilot, "JEDA prayer")
        desk.show(phone="paused", phone_reason="vanished")
        await shows(pilot, "Konsol ini sempat macet dan telepon Anda dijeda")
        desk.show(phone="paused", phone_reason="vanished", incidents=(incident(),))
        await shows(pilot, "Kebakaran rumah")
        assert desk.done("set_ready") == [(True,)], "a pause of the operator's own is left alone, and it is asked once"


async def test_with_a_third_party_nobody_is_put_on_hold_or_asked_to_press_a_key(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await with_calls(pilot, desk, mine=my_call(third="PJSIP/damkar"))
        for key in ("f4", "f12"):
            pilot.app.say("")  # type: ignore[attr-defined]
            await pilot.press(key)
            await shows(pilot, "damkar ikut bicara: itu hanya bisa bila Anda berdua dengan penelepon.")
        assert desk.asked == []


async def test_a_second_call_is_answered_while_the_first_is_on_hold(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await with_calls(pilot, desk, mine=my_call(), waiting=(waiting("call/pbx/2"),))
        await pilot.press("f3")
        await shows(pilot, "F4 menahannya")
        assert desk.done("answer") == []
        await with_calls(pilot, desk, mine=HELD, waiting=(waiting("call/pbx/2"),))
        await pilot.press("f3")
        await until(pilot, lambda: desk.done("answer") == [("call/pbx/2",)])


async def test_of_two_calls_the_keys_mean_the_one_that_is_heard(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await with_calls(pilot, desk, mine=OTHER, others=(HELD,))
        await shows(pilot, "BICARA")
        text = screen_text(pilot.app)
        assert "Ditahan" in text and "0811222333 Pak Udin" in text and "081234567890" in text
        await pilot.press("f9", "p")
        await until(pilot, lambda: desk.done("classify") == [("call/pbx/2", "prank", "")])


async def test_the_form_of_a_call_that_ended_keeps_the_keys_while_another_is_on_hold(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await with_calls(pilot, desk, mine=OTHER, others=(HELD,))
        await until(pilot, lambda: pilot.app.screen.form.call == OTHER.call)
        await pilot.press(*"nagri", "enter")
        await until(pilot, lambda: desk.done("save"))
        ended = my_call(OTHER.call, number="0811222333", state="ended", ended_at=NOW, incident="x")
        await with_calls(pilot, desk, mine=HELD, others=(), unfinished=(ended,))
        await pilot.press("f9", "i")
        await until(pilot, lambda: desk.done("classify"))
        assert desk.done("classify")[0][:2] == (OTHER.call, "incident"), "not the caller on hold"


async def test_enter_on_a_held_call_of_the_list_takes_it_back(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await with_calls(pilot, desk, mine=HELD, others=(my_call("call/pbx/3", state="held", held_since=NOW),))
        lists = pilot.app.screen.query_one("#lists")
        pilot.app.screen.set_focus(lists)
        await pilot.press("home", "down", "enter")
        await until(pilot, lambda: desk.done("resume") == [("call/pbx/3",)])


async def test_calling_back_takes_the_number_named_or_that_of_the_call_in_hand(desk: FakeDesk) -> None:
    ended = my_call(state="ended", ended_at=NOW)
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await with_calls(pilot, desk, unfinished=(ended,))
        pilot.app.perform("call_back")
        await until(pilot, lambda: desk.done("call_back") == [("081234567890", "call/pbx/1")])
        pilot.app.perform("call_back", "0264 123")
        await until(pilot, lambda: desk.done("call_back")[1:] == [("0264123", "")])
        await with_calls(pilot, desk, mine=my_call())
        pilot.app.perform("call_back")
        await shows(pilot, "akhiri dengan F9")
        pilot.app.perform("hang_up")
        await until(pilot, lambda: desk.done("hang_up") == [("call/pbx/1",)])


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", ["op2", "119", "113"]),
        ("dam", ["113"]),
        ("113", ["113"]),
        ("purwakarta damkar", ["113"]),
        ("op2", ["op2"]),
        ("0264200", ["0264200"]),
        ("tidak ada!", []),
    ],
)
def test_targets_are_found_by_the_beginnings_of_their_words(typed: str, found: list[str]) -> None:
    assert [target.code for target in find(TARGETS, typed)] == found


def test_recommended_agencies_come_first() -> None:
    more = (*TARGETS, Target("110", "Polres", "110", ("polres", "polsek")))
    assert [target.code for target in find(more, "", ("polsek", "damkar"))] == ["110", "113", "op2", "119"]


async def test_a_pause_may_say_why_and_the_head_line_shows_it(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        pilot.app.perform("pause", "ibadah")
        await until(pilot, lambda: desk.done("set_ready") == [(False, "ibadah")])
        await with_calls(pilot, desk, phone="paused", phone_reason="ibadah")
        await shows(pilot, "JEDA ibadah")


@pytest.mark.parametrize(("language", "shown"), [("id", "RAMPUNG 25 dtk"), ("en", "WRAP-UP 25 s")])
async def test_a_wrap_up_is_shown_with_the_seconds_left(desk: FakeDesk, language: str, shown: str) -> None:
    async with app(desk, ME, language).run_test(size=(80, 24)) as pilot:
        await with_calls(pilot, desk, phone="paused", phone_reason="wrapup", wrap_until=NOW + 25 * SECOND)
        await shows(pilot, shown)
        assert "wrapup" not in screen_text(pilot.app)


@pytest.fixture
def offered() -> Iterator[None]:
    words.set_pause_reasons(ConsoleSettings().pause_reasons)
    yield
    words.set_pause_reasons({})


@pytest.mark.parametrize(
    ("language", "shown", "keys", "reason"),
    [
        ("id", "1 istirahat  2 ibadah  3 makan  4 rapat  0 alasan lain", ["2"], "ibadah"),
        ("en", "1 break  2 prayer  3 meal  4 meeting  0 another reason", ["4"], "rapat"),
        ("id", "1 istirahat", ["enter"], "istirahat"),
        ("en", "1 break", ["0", *"toilet", "enter"], "toilet"),
        ("en", "1 break", ["0", *"Meal", "enter"], "makan"),
    ],
)
async def test_a_pause_without_a_reason_asks_for_one_by_digits(
    desk: FakeDesk, offered: None, language: str, shown: str, keys: list[str], reason: str
) -> None:
    async with app(desk, ME, language).run_test(size=(80, 24)) as pilot:
        pilot.app.perform("pause")
        await shows(pilot, shown)
        await pilot.press(*keys)
        await until(pilot, lambda: desk.done("set_ready") == [(False, reason)])


async def test_a_pause_that_is_not_wanted_after_all_is_none(desk: FakeDesk, offered: None) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        pilot.app.perform("pause")
        await shows(pilot, "Jeda, mengapa:")
        await pilot.press("escape")
        pilot.app.perform("ready")
        await until(pilot, lambda: desk.done("set_ready") == [(True,)])


async def test_each_reads_the_reason_in_his_own_language(desk: FakeDesk, offered: None) -> None:
    async with app(desk, ME, "en").run_test(size=(80, 24)) as pilot:
        await with_calls(pilot, desk, phone="paused", phone_reason="rapat")
        await shows(pilot, "PAUSED meeting")
