"""What stands on every screen, as plain text: each role, both languages, a small terminal and a large one.

    SNAPSHOTS=write .venv/bin/python -m pytest -q -n 2 tests/terminal/test_snapshots.py

writes them anew and drops those that no state here makes any more; read the difference before committing it. Each test
is one console that is led through the states of its role, so that all of them are cheap. A new state is one ``yield``.
"""

from __future__ import annotations

import asyncio
import dataclasses
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from console import i18n
from console.ui.past_views import PastCall
from console.ui.screens.past_calls import PastCallsScreen
from console.ui.views import CallbackRow, Identity, Merged
from console.ui.widgets.command_line import CommandLine
from tests.unit.console.fake_desk import (
    DISPATCHER,
    ME,
    NOW,
    FakeDesk,
    LogLine,
    detail,
    handover,
    incident,
    my_call,
    unit,
    waiting,
)
from tests.unit.console.fake_office import FakeOffice
from tests.unit.console.screens import app, burst, screen_text, shows, until

FOLDER = Path(__file__).parent / "snapshots"
WRITE = os.environ.get("SNAPSHOTS") == "write"
SECOND = 1_000_000
SIZES = [(80, 24), (160, 50)]
SUPERVISOR = Identity("sari", "Sari", "supervisor", "desk-2")
ADMIN = Identity("adi", "Adi", "admin", "desk-3")

States = AsyncIterator[str]
"""Leads a console on and yields the name of each state to be kept, once it stands on the screen."""


def centre() -> FakeDesk:
    """Incidents in every state, calls that wait, one without an outcome, one to call back."""
    desk = FakeDesk()
    desk.near = (incident("i2", number=18, type="traffic", priority=2, distance_km=0.4, place="Jl. Veteran"),)
    rows = (
        incident(),
        incident("i2", number=18, type="traffic", priority=2, place="Jl. Veteran", overdue="acknowledgement"),
        incident(
            "i3", number=16, type="tree", priority=3, place="Jatiluhur", state="on_scene", unacknowledged=0,
            opened_at=NOW - 3725 * SECOND,
        ),
        incident(
            "i4", number=19, type="", priority=0, place="belakang pasar", state="new", handovers=0, unacknowledged=0,
            opened_at=NOW - 20 * SECOND,
        ),
    )  # fmt: skip
    desk.show(
        incidents=rows,
        closed=(incident("i5", number=15, state="closed", place="Plered", unacknowledged=0),),
        unfinished=(my_call("call/pbx/7", number="0811222333", name="Pak Udin", state="ended", ended_at=NOW),),
        callbacks=(CallbackRow("0813", "081322334455", "", "abandoned", NOW - 300 * SECOND, "call/pbx/5", calls=2),),
    )
    parts = (
        handover(by="Pak Asep", state="acknowledged"),
        handover("h2", agency="psc119", agency_name="PSC 119", overdue=True),
    )
    log = (
        LogLine(NOW - 95 * SECOND, "budi", "opened as incident {number} ({origin})",
                (("number", 18), ("origin", "call"))),
        LogLine(NOW - 94 * SECOND, "budi", "place: {name}", (("name", "Jl. Veteran"),)),
        LogLine(NOW - 80 * SECOND, "budi", "type: {type}, priority {priority}", (("type", "traffic"), ("priority", 2))),
        LogLine(NOW - 75 * SECOND, "budi", "handed over to {agency}", (("agency", "PSC 119"),)),
        LogLine(NOW - 70 * SECOND, "siti", "note: {text}", (("text", "dua motor"),), 14),
        LogLine(NOW - 15 * SECOND, "handover", "{agency} is late: {what} within {limit_s} s",
                (("agency", "PSC 119"), ("what", "acknowledgement"), ("limit_s", 60))),
    )  # fmt: skip
    values = {
        "caller_number": "081234567890", "caller_name": "Ibu Sri", "address": "depan SD 3", "narrative": "Dua motor"
    }  # fmt: skip
    desk.over = (
        PastCall(
            "call/pbx/7", "0811222333", "0811222333", "Pak Udin", NOW - 300 * SECOND, NOW - 290 * SECOND,
            NOW - 60 * SECOND, "answered", operators=("PJSIP/op1",),
        ),
        PastCall(
            "call/pbx/6", "081234567890", "081234567890", "Ibu Sri", NOW - 3600 * SECOND, NOW - 3590 * SECOND,
            NOW - 3515 * SECOND, "answered", "prank", by="budi", at=NOW - 3500 * SECOND, reason="tertawa",
            operators=("PJSIP/op1", "PJSIP/op2"),
        ),
        PastCall(
            "call/pbx/5", "+6281322334455", "+6281322334455", "", NOW - 30000 * SECOND, NOW - 29990 * SECOND,
            NOW - 26000 * SECOND, "answered", "attached", "incident/i2", "siti", NOW - 26000 * SECOND, "",
            ("PJSIP/op1",), 18, "traffic", "Jl. Veteran, Nagri Kaler",
        ),
    )  # fmt: skip
    desk.details = {
        "i2": detail(rows[1], values=values, handovers=parts, log=log, merged=(Merged("i9", 14, 4),)),
        "i1": detail(rows[0], handovers=()),
    }
    return desk


def past_calls(pilot: Any) -> bool:
    """Whether the card of past calls is there with all of them."""
    return isinstance(pilot.app.screen, PastCallsScreen) and "#18" in screen_text(pilot.app)


async def sign_in(pilot: Any, desk: FakeDesk, language: str) -> States:
    await shows(pilot, "PJSIP/op2")
    yield "sign-in"
    burst(pilot, *"budi", "enter", *"salah", "enter")
    await shows(pilot, "sandi salah" if language == "id" else "password is wrong")
    yield "sign-in-refused"


async def calltaker(pilot: Any, desk: FakeDesk, language: str) -> States:
    await until(pilot, lambda: pilot.app.snapshot.incidents)
    yield "empty"
    other = waiting("call/pbx/2", number="", name="", here=False, ringing_for=(), since=NOW - 18 * SECOND)
    desk.show(waiting=(waiting(), other))
    # The strip is painted at once, the list with the next picture.
    await until(pilot, lambda: screen_text(pilot.app).count("081234567890") > 1)
    yield "ringing"
    desk.show(waiting=(other,), mine=my_call("call/pbx/9", lat=-6.5512, lon=107.4433, radius_m=80, history=2))
    await until(pilot, lambda: pilot.app.snapshot.mine)
    yield "talking"
    burst(pilot, *"nagri")
    await shows(pilot, "Nagri Kidul")
    yield "place"
    burst(pilot, "enter", *"kebakaran" if language == "id" else "house", "enter")
    await shows(pilot, "[x] PSC 119")
    yield "form"
    held = my_call("call/pbx/9", state="held", held_since=NOW - 12 * SECOND, history=2)
    desk.show(waiting=(other,), mine=held)
    await until(pilot, lambda: pilot.app.snapshot.mine.state == "held")
    yield "held"
    burst(pilot, "f9")
    await shows(pilot, "08")
    yield "outcome"
    burst(pilot, "escape", "f2", *"lampir 18" if language == "id" else "attach 18")
    await shows(pilot, "18")
    yield "command-line"
    burst(pilot, "escape")
    await until(pilot, lambda: not pilot.app.screen.query_one(CommandLine).is_open)
    pilot.app.perform("recent")
    await until(pilot, lambda: past_calls(pilot))
    yield "past-calls"
    burst(pilot, "down", "enter", "s")
    await until(pilot, lambda: pilot.app.screen.query_one("#question-text").has_focus)
    burst(pilot, *"diam" if language == "id" else "silence")
    yield "past-calls-reason"
    burst(pilot, "escape", "escape")
    await until(pilot, lambda: pilot.app.screen is pilot.app.operator)


async def dispatcher(pilot: Any, desk: FakeDesk, language: str) -> States:
    await shows(pilot, "Pak Asep")
    yield "board"
    burst(pilot, "a", *"Dewi", "enter")
    await shows(pilot, "radio")
    yield "acknowledge"
    burst(pilot, "escape", "m")
    near = "0,4 km" if language == "id" else "0.4 km"
    await until(pilot, lambda: pilot.app.screen.question.asking and near in screen_text(pilot.app))
    burst(pilot, *"17", "enter", *"motor yang sama", "enter")
    await until(pilot, lambda: pilot.app.screen.question.step and pilot.app.screen.question.step.name == "sure")
    yield "merge"
    burst(pilot, "escape", "down")
    await until(pilot, lambda: pilot.app.screen.detail_chosen() and pilot.app.screen.chosen_incident() == "i1")
    await until(pilot, lambda: pilot.app.screen._agencies)
    burst(pilot, "f8")
    await shows(pilot, "3 [ ] Polres")
    yield "hand-over"
    burst(pilot, "escape", "c", *"nagri damkar", "enter")
    await until(pilot, lambda: "Jatiluhur" not in screen_text(pilot.app))
    yield "filter"
    burst(pilot, "b", "f2", *"catat 17 jalan ditutup" if language == "id" else "note 17 road closed")
    await shows(pilot, "17")
    yield "command-line"
    burst(pilot, "escape")
    away = (unit("P-2", (18, "en_route"), (17, "asked")), unit("P-9", out_since=NOW - 7200 * SECOND, out_reason="ban"))
    desk.show(units=(unit("A-12", agency="psc119", kind="ambulance"), unit("P-1"), *away))
    await until(pilot, lambda: pilot.app.snapshot.units)
    burst(pilot, "f2", *"unit", "enter")
    await shows(pilot, "P-9")
    yield "units"
    burst(pilot, "escape")
    desk.show(incidents=(), closed=())
    await until(pilot, lambda: not pilot.app.snapshot.incidents)
    yield "empty"


async def supervisor(pilot: Any, desk: FakeDesk, language: str) -> States:
    await shows(pilot, "sholat")
    yield "floor"
    desk.over = tuple(dataclasses.replace(call, shown="***890", name="") for call in desk.over)
    pilot.app.perform("recent")
    await until(pilot, lambda: past_calls(pilot))
    yield "past-calls"
    burst(pilot, "escape", "f12")
    await shows(pilot, "Jl. Veteran")
    burst(pilot, "f12")
    await shows(pilot, "sholat")


async def admin(pilot: Any, desk: FakeDesk, language: str) -> States:
    tabs = {
        "1": ("users", "joko"),
        "2": ("agencies", "Damkar Purwakarta"),
        "3": ("places", "Sadang"),
        "4": ("exports", "/var/lib/siaga112/exports"),
        "6": ("system", "espeak-ng"),
        "5": ("journal", "18202"),
    }
    for digit, (name, text) in tabs.items():
        burst(pilot, digit)
        await shows(pilot, text)
        yield name
    burst(pilot, "f7")
    await shows(pilot, "Ibu Sri")
    yield "journal-revealed"


ROLES: dict[str, tuple[Identity | None, Callable[[Any, FakeDesk, str], States]]] = {
    "signin": (None, sign_in),
    "calltaker": (ME, calltaker),
    "dispatcher": (DISPATCHER, dispatcher),
    "supervisor": (SUPERVISOR, supervisor),
    "admin": (ADMIN, admin),
}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("role", ROLES)
async def test_every_state_of_a_role(role: str, language: str, size: tuple[int, int]) -> None:
    identity, states = ROLES[role]
    shown: dict[str, str] = {}
    desk = centre() if identity is not None else FakeDesk()
    async with app(desk, identity, language, office=FakeOffice()).run_test(size=size) as pilot:
        async for state in states(pilot, desk, language):
            shown[state] = await settled(pilot)
        if identity is not None:
            burst(pilot, "f1")
            await until(pilot, lambda: len(pilot.app.screen_stack) > 2 or "F12" in screen_text(pilot.app), "the card")
            shown["help"] = await settled(pilot)
    compare(role, f"{size[0]}x{size[1]}-{language}", shown)


def compare(role: str, which: str, shown: dict[str, str]) -> None:
    """Hold what was shown against what is kept; every state that differs is named, and so is every file too many."""
    FOLDER.mkdir(exist_ok=True)
    kept = {path.name: path for path in FOLDER.glob(f"{role}-*-{which}.txt")}
    texts = {f"{role}-{state}-{which}.txt": text.rstrip("\n") + "\n" for state, text in shown.items()}
    if WRITE:
        for name, text in texts.items():
            (FOLDER / name).write_text(text, encoding="utf-8")
        for name in kept.keys() - texts.keys():
            kept[name].unlink()
        return
    before = {name: path.read_text(encoding="utf-8") for name, path in kept.items()}
    assert texts == before, f"renew them with the command at the top of {Path(__file__).name}, and read the difference"


async def settled(pilot: Any) -> str:
    """The screen once three looks at it are the same."""
    before, same = "", 0
    while same < 3:
        now = screen_text(pilot.app)
        same = same + 1 if now == before else 1
        before = now
        await asyncio.sleep(0.05)
        await pilot.pause()
    return before
