"""The app: signing in, errors that must not kill it, languages, themes, a replaced session, a stalled terminal."""

from __future__ import annotations

import logging
import time
from typing import Any

import pytest
from textual.events import Paste
from textual.message import Message

from console import i18n
from console.ui.views import Snapshot
from console.ui.watch import WITH_CALLS_LEAST_S, RingChanged, SnapshotTaken, Watcher
from console.ui.widgets.bars import RingStrip
from console.ui.widgets.board import Board
from console.ui.widgets.fields import Field
from data.errors import SiagaError
from tests.unit.console.fake_desk import DISPATCHER, ME, FakeDesk, detail, incident, my_call, waiting
from tests.unit.console.screens import app, burst, screen_text, shows, typed, until
from tests.unit.link.fake_ami import until as settled


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


async def test_signing_in_with_keys_only(desk: FakeDesk) -> None:
    async with app(desk, None).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Kata sandi")
        await typed(pilot, *"budi", "enter", *"rahasia-panjang", "enter")
        await until(pilot, lambda: desk.done("sign_in") == [("budi", "PJSIP/op1", "calltaker")])
        await shows(pilot, "Budi (penerima)")


async def test_a_wrong_password_is_said_and_the_login_stays(desk: FakeDesk) -> None:
    async with app(desk, None).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Kata sandi")
        await typed(pilot, *"budi", "enter", *"salah", "enter")
        await shows(pilot, "nama pengguna atau kata sandi salah")
        assert "budi" in screen_text(pilot.app)
        assert "salah" not in screen_text(pilot.app).replace("sandi salah", "")
        await typed(pilot, *"rahasia-panjang", "enter")
        await shows(pilot, "Budi (penerima)")


async def test_the_password_is_never_on_the_screen(desk: FakeDesk) -> None:
    async with app(desk, None).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Kata sandi")
        await typed(pilot, *"budi", "enter", *"rahasia")
        await pilot.pause()
        assert "rahasia" not in screen_text(pilot.app)


async def test_another_telephone_and_one_of_several_roles(desk: FakeDesk) -> None:
    desk.roles = ("calltaker", "dispatcher")
    async with app(desk, None).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Kata sandi")
        await typed(pilot, *"sari", "enter", *"rahasia-panjang", "tab", "down", "enter")
        await shows(pilot, "Peran mana?")
        await pilot.press("down", "enter")
        await until(pilot, lambda: desk.done("sign_in") == [("sari", "PJSIP/op2", "dispatcher")])
        await shows(pilot, "(dispatcher)")


async def test_an_error_in_a_handler_is_one_line_and_the_screen_lives(
    desk: FakeDesk, caplog: pytest.LogCaptureFixture
) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        screen: Any = pilot.app.screen

        def broken(_argument: str) -> None:
            raise ZeroDivisionError("boom")

        screen.do_answer = broken
        with caplog.at_level(logging.ERROR):
            await pilot.press("f3")
            await shows(pilot, "Ada yang salah di sini (ZeroDivisionError)")
        assert "boom" in caplog.text
        desk.show(waiting=(waiting(),))
        await shows(pilot, "BERDERING DI SINI")
        await typed(pilot, *"masih")
        assert "masih" in screen_text(pilot.app)


async def test_an_error_in_a_timer_or_while_painting_does_not_end_the_app(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        pilot.app.set_timer(0.01, lambda: 1 / 0)
        await shows(pilot, "ZeroDivisionError")
        strip: Any = pilot.app.screen.query_one(RingStrip)
        strip.redraw = lambda: 1 / 0
        desk.show(waiting=(waiting(),))
        await pilot.pause(0.3)
        assert pilot.app.is_running
        await typed(pilot, *"jalan")
        assert "jalan" in screen_text(pilot.app)


async def test_a_failed_piece_of_work_is_told(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        desk.fail = SiagaError("the exchange is away", remedy="wait")
        desk.show(waiting=(waiting(),))
        await shows(pilot, "BERDERING")
        await pilot.press("f3")
        await shows(pilot, "the exchange is away (wait)")


async def test_a_journal_that_cannot_be_read_is_told_and_so_is_its_return(desk: FakeDesk) -> None:
    class Broken(FakeDesk):
        broken = True

        def wait(self, timeout_s: float, *, leisurely: bool = False) -> frozenset[str]:
            if self.broken:
                raise SiagaError("the disk is away")
            return super().wait(timeout_s)

    broken = Broken()
    async with app(broken, DISPATCHER, "en").run_test(size=(80, 24)) as pilot:
        await shows(pilot, "the disk is away")
        broken.broken = False
        await shows(pilot, "The journal can be read again.")


async def test_the_language_is_switched_on_the_card_and_every_word_follows(desk: FakeDesk) -> None:
    desk.show(incidents=(incident(),))
    desk.details = {"i1": detail()}
    async with app(desk, DISPATCHER).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Kebakaran rumah")
        await pilot.press("f1")
        await shows(pilot, "Bantuan")
        await pilot.press("l")
        await shows(pilot, "Help")
        await pilot.press("escape")
        await shows(pilot, "House fire")
        assert "handed over" in screen_text(pilot.app) or "sent, not acknowledged" in screen_text(pilot.app)
        assert i18n.language() == "en"


async def test_the_card_lists_every_action_of_the_role(desk: FakeDesk) -> None:
    async with app(desk, ME, "en").run_test(size=(160, 50)) as pilot:
        await pilot.press("f1")
        await shows(pilot, "Help")
        shown = screen_text(pilot.app)
        for word in ("F3", "F9", "answer", "pause", "signout", "sign out"):
            assert word in shown
        assert "acknowledge" not in shown.replace("acknowledged", "")


async def test_themes_go_round(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        seen = []
        for _ in range(4):
            seen.append(pilot.app.theme)
            await typed(pilot, "f2", *"tema", "enter")
            await pilot.pause()
        assert seen == ["siaga", "siaga-high-contrast", "siaga-monochrome", "siaga"]


async def test_signing_out_is_asked_and_enter_is_no(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await pilot.press("f1", "x")
        await shows(pilot, "Keluar?")
        await pilot.press("enter")
        await typed(pilot, "f2", *"keluar", "enter")
        await shows(pilot, "Keluar?")
        assert desk.done("sign_out") == []
        await pilot.press("y")
        await until(pilot, lambda: desk.done("sign_out") or not pilot.app.is_running)


async def test_ctrl_q_and_ctrl_c_do_not_end_the_console(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+q", "ctrl+c", "ctrl+p", "escape")
        await pilot.pause()
        assert pilot.app.is_running
        assert type(pilot.app.screen).__name__ == "CallTakerScreen"


async def test_a_taken_over_session_is_told(desk: FakeDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.ui.watch.BEAT_EVERY_S", 0.05)
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Budi")
        desk.alive = False
        desk.show()
        await shows(pilot, "diambil alih")


async def test_pictures_are_coalesced_and_the_ring_is_not(desk: FakeDesk) -> None:
    seen: list[Message] = []
    async with app(desk, ME).run_test(size=(80, 24), message_hook=seen.append) as pilot:
        await shows(pilot, "tidak ada panggilan menunggu")
        seen.clear()
        began = time.monotonic()
        for number in range(40):
            desk.show(waiting=(waiting(f"call/pbx/{number}", number=f"08{number}"),))
            await pilot.pause(0.005)
        await shows(pilot, "0839")
        rings = sum(isinstance(message, RingChanged) for message in seen)
        pictures = sum(isinstance(message, SnapshotTaken) for message in seen)
        passed = time.monotonic() - began
        assert rings > 1
        assert pictures <= passed / WITH_CALLS_LEAST_S + 2


def test_own_steps_calls_and_rings_are_shown_whatever_the_pace(desk: FakeDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.ui.watch.WITH_CALLS_LEAST_S", 3600.0)
    monkeypatch.setattr("console.ui.watch.SLOWEST_S", 3600.0)
    taken: list[Snapshot] = []

    def post(message: Message) -> None:
        if isinstance(message, SnapshotTaken) and (picture := message.box.take()) is not None:
            taken.append(picture)

    watcher = Watcher(desk, post, with_calls=True)
    watcher.start()
    try:
        assert settled(lambda: len(taken) == 1)
        desk.show(mine=my_call())
        assert settled(lambda: bool(taken[-1].mine)), "a call came into the hand"
        desk.show(waiting=(waiting(here=True),))  # the strip shows it
        desk.show(waiting=(waiting(here=True), waiting("call/pbx/2", here=True)))
        assert settled(lambda: len(taken[-1].waiting) == 2), "another call rings here, which the strip cannot show"
        desk.show(phone="paused")
        watcher.hurry()
        assert settled(lambda: taken[-1].phone == "paused"), "an own step is on record"
    finally:
        watcher.close()


def test_a_stalled_app_gets_one_message_and_then_the_newest_picture(desk: FakeDesk) -> None:
    posted: list[Message] = []
    shown: list[str | None] = []
    look = desk.snapshot

    def snapshot() -> Snapshot:
        picture = look()
        shown.append(picture.phone)
        return picture

    desk.snapshot = snapshot  # type: ignore[method-assign]
    watcher = Watcher(desk, posted.append, with_calls=False)
    watcher.start()
    try:
        for wanted in ("paused", "ready", "paused", "ready", "paused", "ready"):
            desk.show(phone=wanted)
            assert settled(lambda wanted=wanted: shown[-1:] == [wanted])  # type: ignore[misc]
        watcher.close(60)  # what was looked at has been told
        taken = [message for message in posted if isinstance(message, SnapshotTaken)]
        assert len(taken) == 1
        newest = taken[0].box.take()
        assert isinstance(newest, Snapshot)
        assert newest.phone == "ready"
        assert taken[0].box.take() is None
    finally:
        watcher.close()


async def test_no_widget_but_fields_and_lists_can_have_the_keyboard(desk: FakeDesk) -> None:
    for who in (ME, DISPATCHER):
        async with app(desk, who).run_test(size=(80, 24)) as pilot:
            focusable = {w.id for w in pilot.app.screen.query("*") if w.focusable}
            assert not focusable & {"head", "ring", "message", "keys", "alarms", "call", "suggestions"}
            assert all(isinstance(b, Board) for b in pilot.app.screen.query("#head, #ring, #message, #keys, #alarms"))


async def test_keys_that_arrive_together_each_go_where_the_one_before_led(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Budi")
        burst(pilot, *"jatiluhur", "enter", *"kebak", "enter", *"Bu Ani", "tab", "f9")
        await until(pilot, lambda: "Bu Ani" in screen_text(pilot.app))
        assert next(iter(desk.saved.values()))["place"] == "Jatiluhur"
        values = {f.field: f.text for f in pilot.app.screen.query("Field").results(Field)}
        assert values["type"] == "Kebakaran rumah"
        assert (values["caller_name"], values["caller_number"]) == ("Bu Ani", "")


async def test_a_paste_keeps_its_place_among_the_keys(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Budi")
        driver = pilot.app._driver
        assert driver is not None
        driver.send_message(Paste("Jl. Veteran\n\x1b]0;x\x07 5"))
        burst(pilot, "tab", *"keb")
        await until(pilot, lambda: "keb" in screen_text(pilot.app))
        assert pilot.app.screen.query_one("#field-place", Field).text == "Jl. Veteran \ufffd]0;x\ufffd 5"


async def test_undo_in_the_narrative_is_typing_too(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Budi")
        await typed(pilot, *["tab"] * 5, *"asap", "ctrl+z")
        screen: Any = pilot.app.screen
        await until(pilot, lambda: screen.form.typed.get("narrative", "") != "asap")
