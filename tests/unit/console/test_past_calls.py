"""Looking back: the list of calls that are over, another outcome with its reason, and the history of a number."""

from __future__ import annotations

import dataclasses
import threading
from typing import Any

import pytest

from console.ui.past_views import Caller, Correction, NumberPast, PastCall
from console.ui.screens.past_calls import PastCallsScreen
from console.ui.screens.supervisor import SupervisorScreen
from console.ui.views import Identity, NumberStanding
from console.ui.widgets.board import Board
from data.clock import SECOND, now
from data.errors import Conflict, Refusal, SiagaError
from data.vocabulary.administration import PersonalViewed, UserCreated
from telephony.nuisance import rules
from telephony.nuisance.settings import Nuisance
from tests.unit.console.centre import Centre
from tests.unit.console.fake_desk import ME, NOW, FakeDesk, my_call, waiting
from tests.unit.console.hostile import HOSTILE, assert_harmless
from tests.unit.console.screens import app, screen_text, shows, typed, until
from tests.unit.console.test_supervisor import centre, office

__all__ = ["centre"]

MINUTE = 60 * SECOND
CHIEF = Identity("bos", "Bos", "supervisor", "desk-9")


def over(call: str = "call/pbx/1", **changes: Any) -> PastCall:
    """A call of ten minutes ago that was talked about for 75 s and filed as a prank."""
    made = PastCall(
        call, "081234567890", "081234567890", "Ibu Sri", NOW - 10 * MINUTE, NOW - 10 * MINUTE + 5 * SECOND,
        NOW - 10 * MINUTE + 80 * SECOND, "answered", "prank", by="budi", at=NOW - 9 * MINUTE, operators=("PJSIP/op1",),
    )  # fmt: skip
    return dataclasses.replace(made, **changes)


TOLD = over(
    "call/pbx/2", number="0811222333", shown="0811222333", name="", outcome="incident", about="incident/i17",
    incident=17, type="fire_house", place="Nagri Kaler", began_at=NOW - 40 * MINUTE,
)  # fmt: skip


@pytest.fixture
def desk() -> FakeDesk:
    made = FakeDesk()
    made.over = (over(), TOLD)
    return made


async def test_the_list_says_when_who_how_long_what_and_which_incident(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        pilot.app.perform("recent")
        await shows(pilot, "Panggilan Anda 12 jam terakhir")
        await shows(pilot, "1  10:05 081234567890    1:15    prank")
        await shows(pilot, "insiden          #17 Kebakaran rumah Nagri")
        await shows(pilot, "Ibu Sri · op1 · hasil oleh budi 10:06")
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, PastCallsScreen))


async def test_a_letter_and_a_reason_give_the_call_chosen_another_outcome(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        pilot.app.perform("recent")
        await shows(pilot, "Ibu Sri")
        await typed(pilot, "enter", "s", "enter", *"tidak tertawa, diam", "enter")
        await until(pilot, lambda: desk.done("change_outcome"))
        assert desk.done("change_outcome") == [("call/pbx/1", "silent", 0, "tidak tertawa, diam")]
        await shows(pilot, "10:05 081234567890: senyap")


async def test_from_an_incident_to_a_prank_says_that_the_incident_stays(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        pilot.app.perform("recent")
        await shows(pilot, "Ibu Sri")
        await typed(pilot, "down", "enter", "p", *"tidak ada api", "enter")
        await shows(pilot, "Insiden 17 tetap seperti adanya")
        assert desk.done("change_outcome") == [("call/pbx/2", "prank", 0, "tidak ada api")]


async def test_an_outcome_that_needs_an_incident_asks_for_its_number(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        pilot.app.perform("recent")
        await shows(pilot, "Ibu Sri")
        await typed(pilot, "enter", "a", *"x17", "enter", *"ternyata sungguhan", "enter")
        await shows(pilot, "x17 bukan nomor insiden")
        await typed(pilot, "enter", "a", *"17", "enter", *"ternyata sungguhan", "enter")
        await until(pilot, lambda: desk.done("change_outcome"))
        assert desk.done("change_outcome") == [("call/pbx/1", "attached", 17, "ternyata sungguhan")]


async def test_escape_gives_the_question_up_first_and_then_the_list(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        pilot.app.perform("recent")
        await shows(pilot, "Ibu Sri")
        await typed(pilot, "enter", "p", *"salah", "escape")
        assert isinstance(pilot.app.screen, PastCallsScreen)
        await typed(pilot, "escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, PastCallsScreen))
        assert desk.done("change_outcome") == []


async def test_what_is_typed_behind_escape_goes_to_the_screen_below(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        desk.show(waiting=(waiting("call/pbx/7"),))
        await shows(pilot, "BERDERING DI SINI")
        pilot.app.perform("recent")
        await shows(pilot, "Ibu Sri · op1")
        await typed(pilot, "escape", "f3")
        await until(pilot, lambda: desk.done("answer"))


async def test_who_was_slower_reads_one_sentence_and_sees_what_is_so_now(desk: FakeDesk) -> None:
    desk.fail = Conflict(
        "classified_meanwhile", "{who} has just classified this call as {outcome}", who="sari", outcome="informed"
    )
    desk.fail_once = True
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        pilot.app.perform("recent")
        await shows(pilot, "Ibu Sri")
        desk.over = (over(outcome="informed", by="sari", reason="menanyakan alamat"), TOLD)
        await typed(pilot, "enter", "s", *"diam", "enter")
        await shows(pilot, "sari baru saja")
        await shows(pilot, "hasil oleh sari 10:06: menanyakan alamat")


async def test_whoever_leaves_before_the_answer_came_reads_it_on_the_screen_below(desk: FakeDesk) -> None:
    may_go = threading.Event()
    change = desk.change_outcome

    def slowly(correction: Correction, decision: str) -> None:
        may_go.wait()
        change(correction, decision)

    desk.change_outcome = slowly  # type: ignore[method-assign]
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        pilot.app.perform("recent")
        await shows(pilot, "Ibu Sri")
        await typed(pilot, "enter", "s", *"diam", "enter", "escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, PastCallsScreen))
        may_go.set()
        await shows(pilot, "10:05 081234567890: senyap")


async def test_a_journal_that_cannot_be_read_is_said_once(desk: FakeDesk) -> None:
    asked: list[bool] = []

    def broken(everybody: bool) -> tuple[PastCall, ...]:
        asked.append(everybody)
        raise SiagaError("the disk is gone")

    desk.recent = broken  # type: ignore[method-assign]
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        pilot.app.perform("recent")
        await shows(pilot, "the disk is gone")
        assert asked == [False]


async def test_a_call_that_rings_meanwhile_is_seen_and_answered_from_the_list(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        pilot.app.perform("recent")
        await shows(pilot, "Ibu Sri")
        desk.show(waiting=(waiting("call/pbx/7"),))
        await shows(pilot, "BERDERING DI SINI")
        await pilot.press("f3")
        await until(pilot, lambda: desk.done("answer"))
        assert desk.done("answer") == [("call/pbx/7",)]
        assert not isinstance(pilot.app.screen, PastCallsScreen)


async def test_one_line_changes_an_outcome_and_says_before_what_it_will_do(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await pilot.press("f2")
        await typed(pilot, *"riwayat 7890 s tidak tertawa")
        await shows(pilot, "10:05 081234567890 Ibu Sri (prank) menjadi senyap, karena: tidak tertawa")
        await typed(pilot, "enter")
        await until(pilot, lambda: desk.done("change_outcome"))
        assert desk.done("change_outcome") == [("call/pbx/1", "silent", 0, "tidak tertawa")]
        assert desk.lines == [("riwayat 7890 s tidak tertawa", "recent")]
        await shows(pilot, "10:05 081234567890: senyap")


async def test_a_line_with_the_call_alone_shows_it_in_the_list(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await pilot.press("f2")
        await typed(pilot, *"riwayat 333", "enter")
        await shows(pilot, "Panggilan Anda 12 jam")
        await typed(pilot, "enter", "p", *"palsu", "enter")
        await until(pilot, lambda: desk.done("change_outcome"))
        assert desk.done("change_outcome")[0][0] == "call/pbx/2"


async def test_the_number_of_the_call_in_hand_shows_all_its_calls(desk: FakeDesk) -> None:
    old = over(
        "call/pbx/0",
        began_at=NOW - 30 * 24 * 60 * MINUTE,
        outcome="",
        fate="abandoned",
        answered_at=None,
        ended_at=None,
    )
    now_ = over("call/pbx/9", outcome="", fate="", ended_at=None, began_at=NOW - MINUTE)
    desk.of_numbers["081234567890"] = NumberPast(
        "081234567890", (now_, over(), old), standing=NumberStanding(NOW + 3600 * SECOND, 4.2, "sari", "tertawa")
    )
    async with app(desk, ME).run_test(size=(100, 24)) as pilot:
        desk.show(mine=my_call())
        await shows(pilot, "BICARA")
        pilot.app.perform("number")
        await shows(pilot, "Panggilan dari 081234567890  3 panggilan  ditandai sampai")
        await shows(pilot, "25/10 10:15 Ibu Sri")
        await shows(pilot, "menutup telepon")
        await typed(pilot, "enter")
        await shows(pilot, "panggilan ini belum selesai")


async def test_a_number_that_nobody_named_or_that_never_called(desk: FakeDesk) -> None:
    desk.of_numbers["890"] = NumberPast("890", others=3)
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        pilot.app.perform("number")
        await shows(pilot, "Nomor mana?")
        pilot.app.perform("number", "0899 111")
        await shows(pilot, "Tidak ada catatan panggilan dari nomor itu")
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, PastCallsScreen))
        pilot.app.perform("number", "890")
        await shows(pilot, "3 nomor berakhiran begitu")


async def test_a_supervisor_has_the_list_too(desk: FakeDesk) -> None:
    desk.over = (over(shown="***890", name="", by="budi"),)
    async with app(desk, CHIEF).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        pilot.app.push_screen(SupervisorScreen())
        await pilot.pause()
        pilot.app.perform("recent")
        await shows(pilot, "***890")
        assert "81234567890" not in screen_text(pilot.app)
        await typed(pilot, "enter", "f", *"rekaman: orang lain", "enter")
        await until(pilot, lambda: desk.done("change_outcome"))
        await shows(pilot, "10:05 ***890: darurat palsu")


async def test_a_supervisor_sees_all_calls_of_the_flagged_number_under_the_cursor(
    desk: FakeDesk, centre: Centre
) -> None:
    drafts = rules.flag("+62899", "tertawa", actor="sari", at=now(), settings=Nuisance(), supervisor=True)
    centre.journal.append(drafts)
    desk.of_numbers["+62899"] = NumberPast("***", (over(shown="***", name=""),))
    async with app(desk, CHIEF, office=office(centre), clock=now).run_test(size=(120, 40)) as pilot:
        await shows(pilot, "sari: tertawa")
        pilot.app.screen.query_one("#floor", Board).choose("number:+62899")
        pilot.app.perform("number")
        await shows(pilot, "Panggilan dari ***  1 panggilan")


async def test_texts_from_outside_do_nothing_on_the_card(desk: FakeDesk) -> None:
    rows = tuple(
        over(f"call/pbx/{n}", number=text, shown=text, name=text, outcome=text, by=text, reason=text, place=text,
             type=text, incident=7, operators=(text,))
        for n, text in enumerate(HOSTILE.values())
    )  # fmt: skip
    desk.over = rows
    standing = NumberStanding(NOW + SECOND, 1, "\x9b31m", "\x07")
    desk.of_numbers = {"112": NumberPast("\x1b[2J[/x]\u202e", rows, standing=standing)}
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        for action, argument in (("number", "112"), ("recent", "")):
            pilot.app.perform(action, argument)
            await until(pilot, lambda: screen_text(pilot.app).count("#7") >= len(rows) - 1, "all that fit")
            for _row in rows:
                assert_harmless(pilot.app)
                await typed(pilot, "down")
            await typed(pilot, "enter")
            assert_harmless(pilot.app)
            await typed(pilot, "escape", "escape")
        pilot.app.perform("recent")
        await until(pilot, lambda: "#7" in screen_text(pilot.app))
        await typed(pilot, "enter", "p", *"x", "enter")
        await until(pilot, lambda: desk.done("change_outcome"))
        assert_harmless(pilot.app)


async def test_a_call_that_ends_while_the_list_is_open_comes_on_it_and_the_cursor_stays(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        pilot.app.perform("recent")
        await shows(pilot, "Ibu Sri · op1")
        await typed(pilot, "down")
        desk.over = (over("call/pbx/3", shown="08199", outcome=""), over(outcome="silent", by="sari"), TOLD)
        desk.show(waiting=())
        await shows(pilot, "08199")
        assert "senyap" in screen_text(pilot.app)
        assert pilot.app.screen.query_one("#past-calls", Board).chosen == "call/pbx/2"


async def test_the_calls_of_a_number_stay_its_own_when_another_with_the_same_end_calls(desk: FakeDesk) -> None:
    desk.of_numbers["890"] = desk.of_numbers["081234567890"] = NumberPast("081234567890", (over(),))
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        pilot.app.perform("number", "890")
        await shows(pilot, "1 panggilan")
        desk.of_numbers["890"] = NumberPast("890", others=2)
        desk.of_numbers["081234567890"] = NumberPast("081234567890", (over("call/pbx/3"), over()))
        desk.show(waiting=())
        await shows(pilot, "2 panggilan")


async def test_what_happens_while_a_reason_is_typed_takes_neither_the_words_nor_the_call(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        pilot.app.perform("recent")
        await shows(pilot, "Ibu Sri · op1")
        await typed(pilot, "enter", "s", *"dia")
        desk.over = (over("call/pbx/3", shown="08199"), TOLD)
        desk.show(waiting=())
        await shows(pilot, "08199")
        await typed(pilot, "m", "enter")
        await until(pilot, lambda: desk.done("change_outcome"))
        assert desk.done("change_outcome") == [("call/pbx/1", "silent", 0, "diam")]


@pytest.mark.parametrize("keys", [("enter",), ("enter", "s")], ids=["the outcome", "its reason"])
async def test_the_call_asked_about_stays_in_sight_when_it_is_the_last_row(desk: FakeDesk, keys: tuple[str]) -> None:
    desk.over = tuple(over(f"call/pbx/{n}", shown=f"nomor-{n:02}") for n in range(40))
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        pilot.app.perform("recent")
        await shows(pilot, "nomor-00")
        board = pilot.app.screen.query_one("#past-calls", Board)
        last = board.size.height - 1
        await typed(pilot, *["down"] * last)
        await shows(pilot, f"nomor-{last:02}")
        await typed(pilot, *keys)
        await until(pilot, lambda: board.size.height <= last, "the question takes a row")
        await shows(pilot, f"nomor-{last:02}")
        await typed(pilot, "escape")
        assert f"nomor-{last:02}" in screen_text(pilot.app)


async def test_a_supervisor_sees_one_number_by_f7_and_it_is_masked_again_with_the_next_list(desk: FakeDesk) -> None:
    desk.over = (over(shown="***", name=""), over("call/pbx/2", number="", shown="", name=""))
    desk.callers["call/pbx/1"] = Caller("call/pbx/1", "081234567890", "Ibu Sri")
    async with app(desk, CHIEF).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        pilot.app.push_screen(SupervisorScreen())
        await pilot.pause()
        pilot.app.perform("recent")
        await shows(pilot, "F7: nomor")
        await typed(pilot, "f7")
        await shows(pilot, "081234567890")
        assert "Ibu Sri" in screen_text(pilot.app) and "tercatat" in screen_text(pilot.app)
        desk.over = (*desk.over, over("call/pbx/3", shown="***", name="", outcome="silent"))
        desk.show(waiting=())
        await shows(pilot, "senyap")
        assert "081234567890" in screen_text(pilot.app), "the list renewed itself"
        await typed(pilot, "down", "f7")
        await shows(pilot, "nomor disembunyikan")
        await typed(pilot, "escape")
        pilot.app.perform("recent")
        await shows(pilot, "senyap")
        assert "81234567890" not in screen_text(pilot.app)
        assert desk.done("reveal_caller") == [("call/pbx/1",), ("call/pbx/2",)]


async def test_a_call_taker_sees_his_callers_numbers_anyway(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        pilot.app.perform("recent")
        await shows(pilot, "081234567890")
        assert "F7" not in screen_text(pilot.app)
        await typed(pilot, "f7")
        assert desk.done("reveal_caller") == []


def test_that_a_supervisor_looked_is_on_record(centre: Centre) -> None:
    centre.append("user/bos", UserCreated(login="bos", roles=("supervisor",), name="Bos"))
    stream = centre.ring()
    arrived = next(entry.seq for entry in centre.journal.read(0) if entry.kind == "call.arrived")
    chief, _ = centre.desk("bos", "supervisor", "desk-9")
    assert chief.reveal_caller(stream) == Caller(stream, "081234567890", "Ibu Sri")
    *_, last = centre.journal.read(0)
    assert (last.kind, last.actor, last.terminal) == ("personal.viewed", "bos", "desk-9")
    assert last.body == PersonalViewed(entries=(arrived,))
    taker, _ = centre.desk("budi", "calltaker", "desk-1", "PJSIP/op1")
    with pytest.raises(Refusal):
        taker.reveal_caller(stream)
