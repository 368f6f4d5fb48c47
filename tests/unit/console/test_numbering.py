"""A caller's number on the screens: the silent-call procedure, flags, and what is seen of them at a glance."""

from __future__ import annotations

import pytest

from console.ui.views import Identity, NumberStanding
from console.ui.widgets.board import Board
from data.clock import SECOND, now
from data.errors import Refusal
from telephony.asterisk.names import PRIORITY_HEAD, PRIORITY_LOW
from telephony.nuisance import rules
from telephony.nuisance.settings import Nuisance
from tests.unit.console.centre import Centre
from tests.unit.console.fake_desk import ME, NOW, FakeDesk, my_call, waiting
from tests.unit.console.screens import app, screen_text, shows, typed, until
from tests.unit.console.test_supervisor import centre, office

__all__ = ["centre"]

TOMORROW = NOW + 24 * 3600 * SECOND


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


async def test_one_key_has_a_silent_caller_asked_also_while_a_field_has_the_keyboard(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        desk.show(mine=my_call())
        await shows(pilot, "BICARA")
        await pilot.press("f12")
        await until(pilot, lambda: desk.done("silent"))
        assert desk.done("silent") == [("call/pbx/1",)]
        await shows(pilot, "diminta menekan tombol")


async def test_without_a_talk_nobody_is_asked_anything(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await pilot.press("f12")
        await shows(pilot, "Anda tidak dalam panggilan")
        assert desk.done("silent") == []


async def test_who_pressed_a_key_is_answered_first_and_who_is_flagged_last(desk: FakeDesk) -> None:
    later = {"here": False, "ringing_for": ()}
    flagged = waiting("call/pbx/1", since=NOW - 60 * SECOND, priority=PRIORITY_LOW, **later)
    plain = waiting("call/pbx/2", since=NOW - 30 * SECOND, **later)
    mute = waiting("call/pbx/3", since=NOW - 5 * SECOND, priority=PRIORITY_HEAD, silent="digit", **later)
    async with app(desk, ME).run_test(size=(120, 40)) as pilot:
        desk.show(waiting=(flagged, plain, mute))
        await shows(pilot, "MENUNGGU 0:05  TIDAK DAPAT BICARA")
        await shows(pilot, "TERLAMBAT DITANDAI")
        for n, expected in enumerate(("call/pbx/3", "call/pbx/2", "call/pbx/1"), 1):
            await pilot.press("f3")
            await until(pilot, lambda n=n: len(desk.done("answer")) == n)
            assert desk.done("answer")[-1] == (expected,)
            desk.show(waiting=tuple(call for call in (flagged, plain, mute) if (call.call,) not in desk.done("answer")))
            await shows(pilot, "tidak ada panggilan menunggu" if n == 3 else "MENUNGGU")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_call_in_hand_says_how_its_number_stands(desk: FakeDesk, size: tuple[int, int]) -> None:
    standing = NumberStanding(until=TOMORROW, score=4.25, by="sari", reason="tertawa")
    async with app(desk, ME).run_test(size=size) as pilot:
        desk.show(mine=my_call(standing=standing))
        await shows(pilot, "DITANDAI")
        await shows(pilot, "ditandai sampai 25/11")
        desk.show(mine=my_call(standing=NumberStanding(score=1.5)))
        await shows(pilot, "skor 1,5")
        desk.show(mine=my_call(silent="digit"))
        await shows(pilot, "TIDAK DAPAT BICARA")


async def test_the_number_of_the_call_in_hand_is_flagged_with_a_reason_for_a_day(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        desk.show(mine=my_call())
        await shows(pilot, "BICARA")
        pilot.app.perform("flag")
        await shows(pilot, "Mengapa 081234567890")
        await typed(pilot, "enter")
        await typed(pilot, *"tertawa", "enter")
        await shows(pilot, "Untuk berapa jam?")
        await typed(pilot, "enter")
        await until(pilot, lambda: desk.done("flag"))
        assert desk.done("flag") == [("081234567890", "tertawa", 24.0)], "no flag without a reason"


async def test_a_number_is_put_right_with_a_reason(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        pilot.app.perform("unflag", "0812 3456 7890")
        await shows(pilot, "Mengapa 081234567890")
        await typed(pilot, *"korban", "enter")
        await until(pilot, lambda: desk.done("unflag"))
        assert desk.done("unflag") == [("081234567890", "korban")]


async def test_the_supervisor_sees_who_waits_at_the_end_masked_and_puts_one_right(
    desk: FakeDesk, centre: Centre
) -> None:
    rules_of = {"actor": "sari", "at": now(), "settings": Nuisance(), "supervisor": True}
    centre.journal.append(rules.flag("+6281234567890", "tertawa", **rules_of))  # type: ignore[arg-type]
    chief = Identity("sari", "Sari", "supervisor", "desk-9")
    async with app(desk, chief, office=office(centre), clock=now).run_test(size=(120, 40)) as pilot:
        await shows(pilot, "***890 sampai")
        await shows(pilot, "sari: tertawa")
        assert "81234567890" not in screen_text(pilot.app)
        floor = pilot.app.screen.query_one("#floor", Board)
        for _ in range(20):
            if floor.chosen == "number:+6281234567890":
                break
            await typed(pilot, "down")
        await typed(pilot, "delete")
        await shows(pilot, "Mengapa ***890")
        await typed(pilot, *"salah", "enter")
        await until(pilot, lambda: desk.done("unflag"))
        assert desk.done("unflag") == [("+6281234567890", "salah")]


def test_the_facade_writes_flags_and_says_how_a_number_stands(centre: Centre) -> None:
    one, _ = centre.desk("budi", "calltaker", "desk-1")
    one.flag("+6281234567890", "tertawa", None, "f1")
    one.flag("+6281234567890", "tertawa", None, "f1")
    found = one.standing_of(centre.journal, "081234567890")
    assert found is not None
    assert (found.by, found.reason) == ("budi", "tertawa")
    with pytest.raises(Refusal, match="takes a supervisor"):
        one.flag("+6281234567890", "tertawa", 48.0, "f2")
    one.unflag("+6281234567890", "salah", "u1")
    assert one.standing_of(centre.journal, "081234567890") is None
    assert [e.kind for e in centre.journal.read(0, 10_000) if e.kind.startswith("nuisance.")] == [
        "nuisance.flagged", "nuisance.cleared",
    ]  # fmt: skip
