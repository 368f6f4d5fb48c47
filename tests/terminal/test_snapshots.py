"""What stands on the screens, as plain text: both screens, both languages, a small terminal and a large one.

``SNAPSHOTS=write pytest tests/terminal/test_snapshots.py`` writes them anew; read the difference before committing it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from console import i18n
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
    waiting,
)
from tests.unit.console.screens import app, burst, screen_text, shows, until

FOLDER = Path(__file__).parent / "snapshots"
SECOND = 1_000_000
SIZES = [(80, 24), (120, 40), (160, 50)]


def check(name: str, text: str) -> None:
    text = text.rstrip("\n")
    path = FOLDER / f"{name}.txt"
    if os.environ.get("SNAPSHOTS") == "write":
        path.write_text(text + "\n", encoding="utf-8")
    assert text == path.read_text(encoding="utf-8").rstrip("\n")


def centre() -> FakeDesk:
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
    other = waiting("call/pbx/2", number="", name="", here=False, ringing_for=(), since=NOW - 18 * SECOND)
    desk.show(
        waiting=(waiting(), other),
        incidents=rows,
        closed=(incident("i5", number=15, state="closed", place="Plered", unacknowledged=0),),
        unfinished=(my_call("call/pbx/7", number="0811222333", name="Pak Udin", state="ended", ended_at=NOW),),
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
        LogLine(NOW - 15 * SECOND, "handover", "{agency} is late: {what} within {limit_s} s",
                (("agency", "PSC 119"), ("what", "acknowledgement"), ("limit_s", 60))),
    )  # fmt: skip
    desk.details = {
        "i2": detail(
            rows[1],
            values={
                "caller_number": "081234567890",
                "caller_name": "Ibu Sri",
                "address": "depan SD 3",
                "narrative": "Dua motor",
            },
            handovers=parts,
            log=log,
        )
    }
    return desk


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("language", i18n.LANGUAGES)
async def test_call_taker(size: tuple[int, int], language: str) -> None:
    desk = centre()
    async with app(desk, ME, language).run_test(size=size) as pilot:
        await until(pilot, lambda: pilot.app.snapshot.incidents)
        desk.show(mine=my_call("call/pbx/9", lat=-6.5512, lon=107.4433, radius_m=80, history=2))
        await until(pilot, lambda: pilot.app.snapshot.mine)
        burst(pilot, *"nagri")
        await shows(pilot, "Nagri Kidul")
        check(f"calltaker-place-{size[0]}x{size[1]}-{language}", screen_text(pilot.app))
        burst(pilot, "enter", *"kebakaran" if language == "id" else "house", "enter")
        await shows(pilot, "[x] PSC 119")
        await shows(pilot, "18 ")
        burst(pilot, "f9")
        await shows(pilot, "F9 08")
        await settled(pilot)
        check(f"calltaker-outcome-{size[0]}x{size[1]}-{language}", screen_text(pilot.app))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("language", i18n.LANGUAGES)
async def test_dispatcher(size: tuple[int, int], language: str) -> None:
    desk = centre()
    async with app(desk, DISPATCHER, language).run_test(size=size) as pilot:
        await shows(pilot, "Pak Asep")
        check(f"dispatcher-board-{size[0]}x{size[1]}-{language}", screen_text(pilot.app))
        burst(pilot, "a", *"Dewi", "enter")
        await shows(pilot, "radio")
        await settled(pilot)
        check(f"dispatcher-acknowledge-{size[0]}x{size[1]}-{language}", screen_text(pilot.app))


@pytest.mark.parametrize("language", i18n.LANGUAGES)
async def test_sign_in_and_help(language: str) -> None:
    async with app(FakeDesk(), None, language).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "PJSIP/op2")
        check(f"sign-in-80x24-{language}", screen_text(pilot.app))
    async with app(FakeDesk(), ME, language).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Budi")
        burst(pilot, "f1")
        await shows(pilot, "F9")
        await settled(pilot)
        check(f"help-80x24-{language}", screen_text(pilot.app))


async def settled(pilot: Any) -> None:
    """Wait until two looks at the screen are the same."""
    before = ""
    while (now := screen_text(pilot.app)) != before:
        before = now
        await pilot.pause(0.15)
