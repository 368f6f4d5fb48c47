"""Keys typed ahead: what an operator types behind his own step is judged by the screen that shows it."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.events import Key, Paste

from console.ui.terminal import typeahead
from console.ui.terminal.typeahead import Backlog, TypeAhead
from console.ui.views import Snapshot
from data.errors import SiagaError
from tests.unit.console.fake_desk import DISPATCHER, FakeDesk, detail, handover, incident
from tests.unit.console.screens import app, burst, screen_text, shows, until


class SlowDesk(FakeDesk):
    """Its picture shows a step only when ``catch_up`` says so."""

    def __init__(self) -> None:
        super().__init__()
        self.show(incidents=(incident(),))
        self.details = {"i1": detail()}
        self.shown = self.picture

    def last_seq(self) -> int:
        return self.picture.seq

    def snapshot(self) -> Snapshot:
        return self.shown

    def reassign(self, *what: Any) -> None:
        super().reassign(*what)
        self.details = {"i1": detail(handovers=(handover(state="stood_down"), handover("h2", agency="psc119")))}
        self.show(incidents=(incident(changed_at=1),))

    def catch_up(self) -> None:
        self.shown = self.picture
        self.show()
        self.shown = self.picture


async def test_a_key_behind_an_own_step_waits_for_the_screen_that_shows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.ui.terminal.keyboard.LONGEST_S", 3600.0)
    desk = SlowDesk()
    async with app(desk, DISPATCHER, "en").run_test(size=(120, 40)) as pilot:
        await shows(pilot, "sent, not acknowledged")
        await until(pilot, lambda: pilot.app.screen.settled)
        burst(pilot, "g", "1", *"nearer", "enter", "d", *"Asep", "enter")
        await until(pilot, lambda: bool(desk.done("reassign")))
        await pilot.pause(0.2)
        assert desk.done("stand_down_acknowledged") == [], "on the screen nobody is stood down yet"
        desk.catch_up()
        await until(pilot, lambda: desk.done("stand_down_acknowledged") == [("i1", "h1", "Asep", 3)])


async def test_no_key_waits_longer_than_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.ui.terminal.keyboard.LONGEST_S", 0.1)
    desk = SlowDesk()
    async with app(desk, DISPATCHER, "en").run_test(size=(120, 40)) as pilot:
        await shows(pilot, "sent, not acknowledged")
        await until(pilot, lambda: pilot.app.screen.settled)
        burst(pilot, "g", "1", *"nearer", "enter", "n", *"noted anyway", "enter")
        await until(pilot, lambda: desk.done("note") == [("i1", "noted anyway")])


async def test_a_second_step_that_stalls_holds_the_key_behind_it_no_longer_than_the_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("console.ui.terminal.keyboard.LONGEST_S", 1.0)
    desk, go_on = SlowDesk(), threading.Event()
    acknowledged = desk.stand_down_acknowledged

    def stalled(*what: Any) -> None:
        go_on.wait(60)
        acknowledged(*what)

    desk.stand_down_acknowledged = stalled  # type: ignore[method-assign]
    async with app(desk, DISPATCHER, "en").run_test(size=(120, 40)) as pilot:
        try:
            await shows(pilot, "sent, not acknowledged")
            await until(pilot, lambda: pilot.app.screen.settled)
            burst(pilot, "g", "1", *"nearer", "enter", "d", *"Asep", "enter", "n", *"typed on")
            await until(pilot, lambda: bool(desk.done("reassign")))
            desk.catch_up()
            await until(pilot, lambda: "typed on" in screen_text(pilot.app))
            assert desk.done("stand_down_acknowledged") == [], "the disk still holds it up"
        finally:
            go_on.set()


async def test_what_is_done_is_never_told_as_failed_because_the_journal_cannot_be_read() -> None:
    class Unreadable(SlowDesk):
        def last_seq(self) -> int:
            raise SiagaError("the disk is away")

    desk = Unreadable()
    async with app(desk, DISPATCHER, "en").run_test(size=(120, 40)) as pilot:
        await shows(pilot, "sent, not acknowledged")
        await until(pilot, lambda: pilot.app.screen.settled)
        burst(pilot, "n", *"it burns", "enter")
        await until(pilot, lambda: "Noted." in screen_text(pilot.app))
        assert "the disk is away" not in screen_text(pilot.app)


async def test_help_and_text_wait_for_nothing() -> None:
    desk = SlowDesk()
    async with app(desk, DISPATCHER, "en").run_test(size=(120, 40)) as pilot:
        await shows(pilot, "sent, not acknowledged")
        await until(pilot, lambda: pilot.app.screen.settled)
        burst(pilot, "g", "1", *"nearer", "enter", "f1")
        await until(pilot, lambda: "Help" in screen_text(pilot.app))


KEY = st.sampled_from([Key("a", "a"), Key("f8", None), Key("x", "x"), Paste("pasted")])
STEP = st.one_of(KEY, st.sampled_from(["began", "ended", "shown", "late"]))


@given(st.lists(STEP, max_size=40))
def test_whatever_happens_no_key_is_lost_doubled_or_overtaken(steps: list[Any]) -> None:
    came: list[Any] = []
    taken: list[Any] = []
    seqs = {"journal": 0, "screen": 0}
    writing = 0

    async def take(event: typeahead.Keys) -> None:
        taken.append(event)

    def acts(event: typeahead.Keys) -> bool:
        return isinstance(event, Key) and event.key != "x"

    async def run() -> None:
        nonlocal writing
        ahead = TypeAhead(take, lambda seq: seqs["screen"] >= seq)
        for step in steps:
            if step == "began":
                ahead.write_began()
                writing += 1
            elif step == "ended" and writing:
                seqs["journal"] += 1
                writing -= 1
                ahead.write_ended(seqs["journal"])
            elif step == "shown":
                seqs["screen"] = seqs["journal"]
            elif step == "late":
                await ahead.release(acts, late=ahead.first)
                assert taken == came
            elif not isinstance(step, str):
                came.append(step)
                if not ahead.holds(step, lambda: acts(step)):  # noqa: B023 - called at once
                    await take(step)
            await ahead.release(acts)
            assert taken == came[: len(taken)]
            assert not (len(taken) < len(came) and not ahead.behind)

    asyncio.run(run())


# ---------------------------------------------------------------- a flood


def keys(count: int) -> list[Key]:
    return [Key("x", "x") for _ in range(count)]


def test_what_waits_is_bounded_and_the_last_of_a_flood_is_kept() -> None:
    backlog, given = Backlog(most=10, last=3), []
    flood = keys(50)
    for key in flood:
        backlog.put(key)
        given += backlog.ready()
    assert given == flood[:10]
    lost = 0
    for _ in range(20):
        lost += backlog.came(given.pop(0)) if given else 0
        given += backlog.ready()
    assert lost == 50 - 10 - 3, "told once, at the end"
    later = keys(1)[0]
    backlog.put(later)
    assert [*backlog.ready()] == [later]
    assert backlog.came(later) == 0


def test_a_key_that_gets_lost_on_the_way_takes_no_room() -> None:
    backlog = Backlog(most=2, last=5)
    first, second, third = keys(3)
    for key in (first, second, third):
        backlog.put(key)
    assert [*backlog.ready()] == [first, second]
    backlog.came(second)
    assert [*backlog.ready()] == [third]


def test_a_paste_counts_as_what_it_holds_and_what_is_held_behind_a_step_counts_too() -> None:
    backlog = Backlog(most=100, last=5)
    paste, key = Paste("x" * 5000), keys(1)[0]
    backlog.put(paste)
    backlog.put(key)
    assert [*backlog.ready()] == [paste]
    assert [*backlog.ready(held=100)] == []
    backlog.came(paste)
    assert [*backlog.ready(held=100)] == []
    assert [*backlog.ready(held=99)] == [key]
