"""Cards over a screen: their own keys put them away at once, and a role's F-key does its work with one press."""

from __future__ import annotations

import pytest

from console.ui.screens.card import AnyCard
from console.ui.widgets.command_line import CommandLine
from tests.unit.console.fake_desk import DISPATCHER, ME, FakeDesk, detail, incident, my_call, waiting
from tests.unit.console.screens import app, burst, shows, until


@pytest.fixture
def desk() -> FakeDesk:
    made = FakeDesk()
    made.show(incidents=(incident("i1", number=17),))
    made.details = {"i1": detail(incident("i1", number=17))}
    return made


@pytest.mark.parametrize("away", ["escape", "f1", "enter", "q"])
async def test_what_is_typed_right_behind_the_help_card_goes_to_the_screen_below(desk: FakeDesk, away: str) -> None:
    async with app(desk, DISPATCHER).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "ada orang di dalam")
        burst(pilot, "f1", away, "n", *"dua mobil", "enter")
        await until(pilot, lambda: desk.done("note") == [("i1", "dua mobil")])
        assert not isinstance(pilot.app.screen, AnyCard)


@pytest.mark.parametrize("away", ["escape", "f1", "enter", "q"])
async def test_what_is_typed_right_behind_a_region_card_goes_to_the_screen_below(desk: FakeDesk, away: str) -> None:
    async with app(desk, DISPATCHER).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "ada orang di dalam")
        burst(pilot, "f2", *"?pohon", "enter")
        await shows(pilot, "Pohon tumbang")
        burst(pilot, away, "n", *"dua mobil", "enter")
        await until(pilot, lambda: desk.done("note") == [("i1", "dua mobil")])


async def test_a_letter_goes_into_the_field_below_where_the_cursor_was(desk: FakeDesk) -> None:
    desk.show(mine=my_call())
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: getattr(pilot.app.focused, "name", "") == "place")
        burst(pilot, *"nagri", "f1", "escape", *" kaler")
        await until(pilot, lambda: getattr(pilot.app.focused, "value", "") == "nagri kaler")


@pytest.mark.parametrize("card", ["f1", "?pohon"])
async def test_an_f_key_puts_the_card_away_and_answers_the_call(desk: FakeDesk, card: str) -> None:
    desk.show(waiting=(waiting(),))
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: pilot.app.snapshot.waiting)
        burst(pilot, card) if card == "f1" else burst(pilot, "f2", *card, "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, AnyCard) and pilot.app.screen.is_mounted)
        burst(pilot, "f3")
        await until(pilot, lambda: len(desk.done("answer")) == 1)
        assert not isinstance(pilot.app.screen, AnyCard)


async def test_f2_on_a_card_opens_the_command_line_for_what_is_typed_behind_it(desk: FakeDesk) -> None:
    async with app(desk, DISPATCHER).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "ada orang di dalam")
        burst(pilot, "f1", "f2", *"N 17 dua mobil")
        await shows(pilot, "Catatan pada 17")
        assert pilot.app.screen.query_one(CommandLine).text == "N 17 dua mobil"


async def test_an_f_key_that_the_role_does_not_have_leaves_the_card(desk: FakeDesk) -> None:
    async with app(desk, DISPATCHER).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "ada orang di dalam")
        burst(pilot, "f1", "f9", "f3")
        await shows(pilot, "Bantuan")
        assert isinstance(pilot.app.screen, AnyCard)


async def test_the_help_card_over_the_sign_in_knows_no_f_keys(desk: FakeDesk) -> None:
    async with app(desk, None).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Kata sandi")
        burst(pilot, "f1", "f3", "f2", "f8")
        await shows(pilot, "Bantuan")
        burst(pilot, "f1", *"budi")
        await shows(pilot, "budi")
