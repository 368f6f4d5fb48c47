"""Areas under alert on the screens: the line that is typed, the questions, the list, and the mark in the head line."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.command_line.alert_line import split_alert
from console.ui.alert_views import AreaAlertRow
from console.ui.views import Identity
from console.ui.widgets.board import Board
from data.clock import SECOND, now
from data.errors import Refusal
from data.vocabulary.administration import UserRolesSet
from dispatch.places.alert_areas import AlertArea
from tests.unit.console.centre import Centre
from tests.unit.console.fake_desk import DISPATCHER, ME, NOW, FakeDesk
from tests.unit.console.screens import app, screen_text, shows, typed, until
from tests.unit.console.test_supervisor import centre, office

__all__ = ["centre"]

HOUR = 3600 * SECOND
CHIEF = Identity("sari", "Sari", "supervisor", "desk-9")
BORDER = (((-6.5, 107.4), (-6.5, 107.5), (-6.6, 107.5)),)
DISTRICT = AlertArea(
    key="32.14.09", name="Darangdan", kind="district", district="Darangdan", regency="Kabupaten Purwakarta", lat=-6.6,
    lon=107.4, radius_m=9000, margin_m=300, outline=BORDER, certain=True,
)  # fmt: skip
VILLAGE = AlertArea(
    key="32.14.09.2001", name="Darangdan", kind="village", district="Darangdan", regency="Kabupaten Purwakarta",
    lat=-6.6, lon=107.4, radius_m=2000, margin_m=300, outline=BORDER, certain=True,
)  # fmt: skip
MARK = AlertArea(
    key="-6.6,107.4", name="Tol KM 92", kind="road_km", district="", regency="", lat=-6.6, lon=107.4, radius_m=1700,
    certain=True,
)  # fmt: skip
ROW = AreaAlertRow(
    "vicinity/area-32.14.09", "Darangdan", "district", NOW - HOUR, NOW + HOUR, "sari", "longsor", 9000, 300,
    bounded=True,
)  # fmt: skip


@pytest.fixture
def desk() -> FakeDesk:
    made = FakeDesk()
    made.areas = (DISTRICT, VILLAGE, MARK)
    return made


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("", ("", "", "")),
        ("Darangdan", ("Darangdan", "", "")),
        ("Darangdan 6", ("Darangdan", "6", "")),
        ("kec Plered 6 longsor  di RT 3", ("kec Plered", "6", "longsor di RT 3")),
        ("Darangdan 1,5 jam banjir", ("Darangdan", "1.5", "banjir")),
        ("Darangdan 12jam banjir", ("Darangdan", "12", "banjir")),
        ("Darangdan -3", ("Darangdan", "-3", "")),
        ("Darangdan 0", ("Darangdan", "0", "")),
        ("Darangdan longsor", ("Darangdan longsor", "", "")),
        ("km 92 cipularang 4 tabrakan", ("km 92 cipularang", "4", "tabrakan")),
        ("-6.55, 107.44 2 api", ("-6.55, 107.44", "2", "api")),
        ("-6.55,107.44 2 api", ("-6.55,107.44", "2", "api")),
        ("32.14.09 2", ("32.14.09", "2", "")),
    ],
)
def test_area_hours_and_reason_are_told_apart_by_their_form(line: str, parts: tuple[str, str, str]) -> None:
    assert split_alert(line) == parts


@given(st.text(max_size=80))
def test_any_text_is_split_and_no_word_of_the_area_is_lost(text: str) -> None:
    line = split_alert(text)
    assert " ".join(text.split()).startswith(line.area)
    assert " ".join(text.split()).endswith(line.reason)
    assert not line.hours or re.fullmatch(r"[+-]?\d+(\.\d+)?", line.hours)
    assert line.area or not text.split()


@given(st.from_regex(r"[A-Z][a-z]{3,12}", fullmatch=True), st.integers(0, 999), st.text("abc ", max_size=9))
def test_a_whole_line_gives_back_its_parts(area: str, hours: int, reason: str) -> None:
    line = split_alert(f"{area} {hours} {reason}")
    assert line == (area, str(hours), " ".join(reason.split()))


async def line(pilot, text: str) -> None:  # type: ignore[no-untyped-def]
    """A command line typed and entered."""
    await typed(pilot, "f2", *text)
    await typed(pilot, "enter")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_namesakes_are_told_apart_before_an_alert_is_raised(desk: FakeDesk, size: tuple[int, int]) -> None:
    async with app(desk, DISPATCHER).run_test(size=size) as pilot:
        await typed(pilot, "f2", *"siaga Darangdan 6 longsor")
        await shows(pilot, "Darangdan | 6 jam | alasan: longsor")
        await typed(pilot, "enter")
        await shows(pilot, "Yang mana?")
        assert "Darangdan (kecamatan)" in screen_text(pilot.app)
        assert "Darangdan (desa/kelurahan, Darangdan)" in screen_text(pilot.app)
        await typed(pilot, "2")
        await until(pilot, lambda: desk.done("raise_alert"))
        assert desk.done("raise_alert") == [("32.14.09.2001", "longsor", 6.0)]
        await shows(pilot, "Darangdan siaga sampai 16:15")


async def test_what_is_missing_is_asked_and_a_point_says_that_it_has_no_border(desk: FakeDesk) -> None:
    async with app(desk, DISPATCHER).run_test(size=(80, 24)) as pilot:
        await line(pilot, "siaga")
        await shows(pilot, "Wilayah mana yang siaga?")
        await typed(pilot, *"Tol KM 92", "enter")
        await shows(pilot, "Mengapa siaga?")
        await typed(pilot, "enter")
        await typed(pilot, *"tabrakan", "enter")
        await shows(pilot, "Untuk berapa jam?")
        await typed(pilot, "enter")
        await until(pilot, lambda: desk.done("raise_alert"))
        assert desk.done("raise_alert") == [("-6.6,107.4", "tabrakan", 6.0)], "no alert without a reason"
        await shows(pilot, "batas tidak diketahui")


@pytest.mark.parametrize(
    ("typed_line", "said"),
    [
        ("siaga Darangdan 0", "siaga berlangsung 0.25 sampai 168 jam"),
        ("siaga Darangdan -2 x", "siaga berlangsung 0.25 sampai 168 jam"),
        ("siaga Darangdan 999", "siaga berlangsung 0.25 sampai 168 jam"),
        ("siaga Antahberantah 6 x", "Tidak ada wilayah Antahberantah di sini"),
    ],
)
async def test_hours_out_of_bounds_and_an_unknown_area_are_said_and_nothing_is_done(
    desk: FakeDesk, typed_line: str, said: str
) -> None:
    async with app(desk, DISPATCHER).run_test(size=(80, 24)) as pilot:
        await line(pilot, typed_line)
        await shows(pilot, said)
        assert desk.done("raise_alert") == []


@pytest.mark.parametrize("identity", [ME, DISPATCHER])
async def test_everybody_sees_at_a_glance_that_an_alert_stands_until_it_is_over(
    desk: FakeDesk, identity: Identity
) -> None:
    at = [NOW]
    async with app(desk, identity, clock=lambda: at[0]).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Siaga 112")
        assert "SIAGA" not in screen_text(pilot.app)
        desk.show(area_alerts=(ROW, replace(ROW, stream="vicinity/area-2", area="Plered")))
        await until(pilot, lambda: re.search(r"SIAGA Daran.* \+1", screen_text(pilot.app).splitlines()[0]))
        at[0] = NOW + HOUR  # nobody wrote anything
        await until(pilot, lambda: "SIAGA" not in screen_text(pilot.app))


async def test_the_mark_takes_no_room_from_an_alarm(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        desk.show(area_alerts=(ROW,))
        await shows(pilot, "SIAGA Darangdan")
        desk.show(area_alerts=(ROW,), device="unavailable", linked=True)
        await shows(pilot, "TELEPON TIDAK TERHUBUNG")
        await until(pilot, lambda: "SIAGA Darangdan" not in screen_text(pilot.app).splitlines()[0])


async def test_a_call_taker_raises_none(desk: FakeDesk) -> None:
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        await line(pilot, "siaga Darangdan 6 longsor")
        await shows(pilot, "siaga bukan perintah di sini")


async def test_a_dispatcher_ends_one_by_its_name(desk: FakeDesk) -> None:
    async with app(desk, DISPATCHER).run_test(size=(80, 24)) as pilot:
        await line(pilot, "aman Darangdan")
        await shows(pilot, "yang siaga: tidak ada")
        desk.show(area_alerts=(ROW, replace(ROW, stream="vicinity/area-2", area="Plered")))
        await shows(pilot, "SIAGA")
        await line(pilot, "aman darang")
        await shows(pilot, "Mengapa Darangdan tidak siaga lagi?")
        await typed(pilot, *"surut", "enter")
        await until(pilot, lambda: desk.done("end_alert"))
        assert desk.done("end_alert") == [("vicinity/area-32.14.09", "surut")]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_supervisor_sees_them_listed_and_ends_one_by_delete(
    desk: FakeDesk, centre: Centre, size: tuple[int, int]
) -> None:
    row = replace(ROW, since=now() - HOUR, until=now() + HOUR)
    desk.show(area_alerts=(row,))
    async with app(desk, CHIEF, office=office(centre), clock=now).run_test(size=size) as pilot:
        floor = pilot.app.screen.query_one("#floor", Board)
        for _ in range(20):
            if floor.chosen == row.stream:
                break
            await typed(pilot, "down")
            await pilot.pause()
        await shows(pilot, "sari: longsor")
        await typed(pilot, "delete")
        await shows(pilot, "Mengapa Darangdan tidak siaga lagi?")
        await typed(pilot, "escape")
        assert "Mengapa" not in screen_text(pilot.app)
        await typed(pilot, "delete")
        await shows(pilot, "Mengapa Darangdan")
        await typed(pilot, *"surut", "enter")
        await until(pilot, lambda: desk.done("end_alert"))
        assert desk.done("end_alert") == [(row.stream, "surut")], "Escape ended nothing"


def test_the_facade_puts_an_area_under_alert_and_ends_it_with_who_and_why(centre: Centre) -> None:
    desk, _ = centre.desk("sari", "dispatcher", "desk-2")
    other, _ = centre.desk("budi", "calltaker", "desk-1")
    [area] = desk.alert_areas("kec Darangdan")[:1]
    desk.raise_alert(area, "longsor", 6, "a1")
    desk.raise_alert(area, "longsor", 6, "a1")
    [row] = other.snapshot().area_alerts
    assert (row.area, row.kind, row.by, row.reason, row.bounded) == ("Darangdan", "district", "sari", "longsor", True)
    with pytest.raises(Refusal, match="may not sign in as dispatcher"):
        other.end_alert(row, "surut", "e0")
    desk.end_alert(row, "surut", "e1")
    assert other.snapshot().area_alerts == ()
    assert [e.terminal for e in centre.journal.stream(row.stream)] == ["desk-2", "desk-2"]


def test_a_role_that_was_taken_away_is_gone_at_once(centre: Centre) -> None:
    desk, _ = centre.desk("sari", "dispatcher", "desk-2")
    [area] = desk.alert_areas("kec Darangdan")[:1]
    centre.append("user/sari", UserRolesSet(login="sari", roles=("calltaker",)))
    with pytest.raises(Refusal, match="may not sign in as dispatcher"):
        desk.raise_alert(area, "longsor", 6, "a1")
