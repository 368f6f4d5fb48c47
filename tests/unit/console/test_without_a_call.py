"""An incident without a call: who tells of it, and when it began."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from console.ui.draw.incidents import log_text
from console.ui.views import Draft, FieldChange, Source
from console.ui.when import IN_FUTURE, NOT_READ, TOO_OLD, NoMoment, moment
from console.ui.words import day_and_time
from data.entry import new_id
from data.errors import Refusal
from tests.unit.console.centre import Centre
from tests.unit.console.fake_desk import ME, NOW, FakeDesk
from tests.unit.console.screens import app, screen_text, shows, until

MINUTE = 60_000_000


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("10:14", "24/11/2026 10:14"),
        ("9.05", "24/11/2026 09:05"),
        ("23:50", "23/11/2026 23:50"),
        ("24/11 08:00", "24/11/2026 08:00"),
        ("20/11/2026 08:00", "20/11/2026 08:00"),
        ("2026-11-23 21:15", "23/11/2026 21:15"),
    ],
)
def test_a_moment_is_read_as_people_type_it(text: str, shown: str) -> None:
    at = moment(text, NOW)  # 2026-11-24 10:15:22 WIB
    assert at is not None
    assert day_and_time(at) == shown


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("10:30", IN_FUTURE), ("25/11 08:00", IN_FUTURE), ("2027-01-01 00:00", IN_FUTURE), ("12:00", IN_FUTURE),
        ("01/11 08:00", TOO_OLD), ("0001-01-01 00:00", TOO_OLD), ("24:00", NOT_READ), ("31/02 10:00", NOT_READ),
        ("tadi", NOT_READ), ("9", NOT_READ), ("99999/11 10:00", NOT_READ),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(NoMoment, match=why.replace("?", ".")):
        moment(text, NOW)


def test_an_empty_answer_means_now() -> None:
    assert moment("  ", NOW) is None


async def test_f6_without_a_call_asks_where_from_and_when() -> None:
    desk = FakeDesk()
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await pilot.press("f6")
        await shows(pilot, "w datang sendiri")
        await pilot.press("r")
        await shows(pilot, "Kapan")
        await pilot.press(*"10:55", "enter")
        await shows(pilot, "masih akan datang")
        await pilot.press(*(["backspace"] * 5), *"09:55", "enter")
        await shows(pilot, "radio 24/11/2026 09:55")
        await pilot.press(*"nagri", "enter")
        await until(pilot, lambda: desk.done("save"))
        assert desk.sources == [Source("radio", NOW // MINUTE * MINUTE - 20 * MINUTE)]
        assert desk.done("save")[0][1] == ""


async def test_f6_behind_a_typed_place_asks_before_the_incident_is_opened() -> None:
    desk = FakeDesk()
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await pilot.press(*"nagri")
        await shows(pilot, "tanpa panggilan; F6: dari mana")
        await pilot.press("f6")
        await shows(pilot, "w datang sendiri")
        await pilot.press("r", "enter")
        await shows(pilot, "Insiden baru radio")
        assert desk.done("save") == []
        await pilot.press("tab")
        await until(pilot, lambda: desk.done("save"))
        assert desk.sources == [Source("radio", None)]


async def test_where_it_comes_from_outlives_the_console_with_the_text() -> None:
    desk = FakeDesk()
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await pilot.press("f6", "w")
        await shows(pilot, "Kapan")
        await pilot.press("enter", *"belakang pasar")
        await until(pilot, lambda: any("walk_in" in kept.values() for kept in desk.kept.values()))
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "belakang pasar")
        assert "datang sendiri" in screen_text(pilot.app)
        await asyncio.sleep(0)


def test_the_record_the_board_and_the_chronology_say_where_it_comes_from(tmp_path: Path) -> None:
    centre = Centre(tmp_path)
    desk = centre.desk("budi", "calltaker", "desk-1", "PJSIP/op1")[0]
    place = FieldChange("place", "Plered", "", new_id(), best=True)
    began = NOW - 3600 * 1_000_000
    desk.save("i1", "", [place], Source("radio", began))
    assert [row.origin for row in desk.snapshot().incidents] == ["radio"]
    detail = desk.detail("i1")
    assert detail is not None
    assert log_text(detail.log[0], str) == "dibuka sebagai insiden 1 (radio), dicatat kemudian: mulai 24/11/2026 09:15"
    with pytest.raises(Refusal, match="future"):
        desk.save("i2", "", [place], Source("radio", 2**60))
    desk.save_draft(Draft("|i3", {"place": "x"}))
    centre.close()
