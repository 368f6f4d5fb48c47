"""The admin's screen and what it does, on a real journal."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from console.auth import set_password
from console.ui import audit
from console.ui.office.office import ExportCancelled, Office
from console.ui.office.views import ExportDone, ExportWish
from console.ui.pack_rows import PLACES
from console.ui.views import Identity
from data.administration import user
from data.entry import Entry
from data.errors import Refusal
from tests.unit.console.centre import Centre
from tests.unit.console.fake_desk import FakeDesk
from tests.unit.console.screens import app, screen_text, shows, typed, until
from tests.unit.console.test_supervisor import office as office_of

ME = Identity("adi", "Adi", "admin", "desk-3")


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    made = Centre(tmp_path)
    yield made
    made.close()


@pytest.fixture
def office(centre: Centre) -> Office:
    return office_of(centre, "adi", "admin")


def test_the_journal_is_masked_until_a_look_that_is_on_record(centre: Centre, office: Office) -> None:
    centre.ring()
    (entry,) = office.entries(audit.parse("kind:call.arrived"))
    assert "081234567890" not in str(entry.fields) and entry.personal
    shown = office.reveal(entry.seq)
    assert shown is not None and ("number", "081234567890") in shown.fields
    (viewed,) = office.entries(audit.parse("personal.viewed actor:adi"))
    assert ("entries", f"[{entry.seq}]") in viewed.fields


def test_a_row_is_signed_off_by_name(office: Office) -> None:
    row = office.pack_rows((PLACES,), "sadang")[0]
    office.verify_row(row.file, row.key, "Pak Dedi", "dilihat")
    after = next(each for each in office.pack_rows((PLACES,), "sadang") if each.key == row.key)
    assert (after.by, after.actor, after.signed) == ("Pak Dedi", "adi", True)


def test_an_export_is_named_and_a_stopped_one_leaves_nothing(centre: Centre, office: Office) -> None:
    done = office.export(ExportWish("journal", "csv"), lambda _d, _t: None, threading.Event())
    assert Path(done.path).stat().st_size > 0
    stopped = threading.Event()
    stopped.set()
    with pytest.raises(Refusal):
        office.export(ExportWish("journal", "csv"), lambda _d, _t: None, stopped)
    assert [str(each) for each in (centre.directory / "exports").iterdir()] == [done.path]


def test_personal_data_leave_only_with_the_admins_own_password(centre: Centre, office: Office) -> None:
    set_password(centre.journal, "test", "adi", "rahasia-sekali-9")
    with pytest.raises(Refusal):
        office.export(
            ExportWish("calls", "csv", unmasked=True, password="salah"), lambda _d, _t: None, threading.Event()
        )
    wish = ExportWish("calls", "csv", unmasked=True, password="rahasia-sekali-9")
    assert office.export(wish, lambda _d, _t: None, threading.Event()).path


def test_nobody_else_may_do_it(centre: Centre) -> None:
    other = office_of(centre, "budi", "calltaker")
    for ask in (other.users, other.exports, other.findings, lambda: other.entries(audit.parse(""))):
        with pytest.raises(Refusal):
            ask()


async def test_a_user_is_added_with_the_password_typed_twice(centre: Centre, office: Office) -> None:
    async with app(FakeDesk(), ME, office=office).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "budi")
        await typed(pilot, "n", *"rina", "enter", *"Rina", "enter", *"cd", "enter", *"kata-sandi-9", "enter")
        await typed(pilot, *"kata-sandi-9", "enter")
        await until(pilot, lambda: user(centre.journal, "rina"))
        await shows(pilot, "rina boleh masuk")


@pytest.mark.parametrize(("size", "language"), [((80, 24), "id"), ((160, 50), "en")])
async def test_every_tab_opens(office: Office, size: tuple[int, int], language: str) -> None:
    async with app(FakeDesk(), ME, language, office=office).run_test(size=size) as pilot:
        for digit, text in zip("123456", ("budi", "Damkar", "Sadang", "csv", "user.created", "sqlite"), strict=True):
            await pilot.press(digit)
            if digit == "3":
                await typed(pilot, "s", *"sadang", "enter")
            await shows(pilot, text)


async def test_a_search_that_finds_nothing_says_how_all_is_shown_again(office: Office) -> None:
    async with app(FakeDesk(), ME, "en", office=office).run_test(size=(80, 24)) as pilot:
        await pilot.press("3")
        await shows(pilot, "verified")
        await typed(pilot, "s", *"qqqq", "enter")
        await shows(pilot, "no row fits; an empty search shows all")
        await typed(pilot, "s", *["backspace"] * 4, "enter")
        await shows(pilot, "Sadang")


def digit_of(text: str, word: str) -> str:
    """The key before an option of an open question."""
    found = re.search(rf"(\w) {word}", text)
    assert found, text
    return found[1]


class GatedOffice(Office):
    """An office whose exports stop after their first rows until the test lets them go on or they are cancelled."""

    gate = threading.Event()

    def export(self, wish: ExportWish, progress: Callable[[int, int], None], cancelled: threading.Event) -> ExportDone:
        def slowly(done: int, total: int) -> None:
            progress(done, total)
            while done and not self.gate.is_set() and not cancelled.is_set():
                cancelled.wait(0.02)
            if cancelled.is_set():
                raise ExportCancelled

        return super().export(wish, slowly, cancelled)


async def ask_export(pilot: Any, what: str, format: str) -> None:
    """4, x, and everything as offered."""
    await pilot.press("4")
    await shows(pilot, "Berkas disimpan di")
    await pilot.press("x")
    await shows(pilot, "Ekspor apa?")
    await pilot.press(digit_of(screen_text(pilot.app).partition("Ekspor apa?")[2], what))
    await shows(pilot, "Format?")
    await pilot.press(digit_of(screen_text(pilot.app).partition("Format?")[2], format), "enter", "enter", "m")


async def test_an_export_by_keys_with_its_bar_is_named_and_on_record(centre: Centre, office: Office) -> None:
    gated = office_of(centre, "adi", "admin", GatedOffice)
    GatedOffice.gate.clear()
    async with app(FakeDesk(), ME, office=gated).run_test(size=(120, 40)) as pilot:
        await ask_export(pilot, "jurnal", "csv")
        await until(pilot, lambda: re.search(r"\[#+.*\] 100[,.]0 %", screen_text(pilot.app)), "the bar")
        await pilot.press("1")
        await shows(pilot, "%")  # it goes on under another tab
        await pilot.press("4", "x")
        await shows(pilot, "Ekspor sedang berjalan")
        GatedOffice.gate.set()
        await shows(pilot, "baris ditulis ke")
        await shows(pilot, "disamarkan")
    (made,) = exports(centre)
    assert made.actor == "adi"


async def test_a_stopped_export_leaves_no_file_and_no_entry(centre: Centre) -> None:
    gated = office_of(centre, "adi", "admin", GatedOffice)
    GatedOffice.gate.clear()
    async with app(FakeDesk(), ME, office=gated).run_test(size=(80, 24)) as pilot:
        await ask_export(pilot, "jurnal", "ndjson")
        await shows(pilot, "%")
        await pilot.press("b")
        await shows(pilot, "Hentikan ekspor?")
        await pilot.press("y")
        await shows(pilot, "Ekspor dihentikan")
        await until(pilot, lambda: "%" not in screen_text(pilot.app))
    assert list((centre.directory / "exports").iterdir()) == []
    assert exports(centre) == []


def exports(centre: Centre) -> list[Entry]:
    return [entry for entry in centre.journal.read(0, 1000) if entry.kind == "export.made"]


async def test_personal_data_are_shown_by_f7_until_the_cursor_moves_and_that_is_an_entry(
    centre: Centre, office: Office
) -> None:
    centre.ring()
    centre.ring("2", number="08999")
    async with app(FakeDesk(), ME, office=office).run_test(size=(120, 40)) as pilot:
        await pilot.press("5", "s", *"kind:call.arrived", "enter")
        await shows(pilot, "F7")
        await until(pilot, lambda: "user.created" not in screen_text(pilot.app))
        assert "08999" not in screen_text(pilot.app)
        await pilot.press("f7")
        await shows(pilot, "08999")
        await shows(pilot, "tercatat")
        (viewed,) = [entry for entry in centre.journal.read(0, 1000) if entry.kind == "personal.viewed"]
        assert viewed.actor == "adi" and viewed.terminal == "desk-adi"
        await pilot.press("down")
        await until(pilot, lambda: "08999" not in screen_text(pilot.app), "masked again")


async def test_a_row_is_vouched_for_by_keys(office: Office) -> None:
    async with app(FakeDesk(), ME, office=office).run_test(size=(120, 40)) as pilot:
        for digit, word in (("2", "plered"), ("3", "sadang")):
            await pilot.press(digit, "s", *word, "enter")
            await shows(pilot, f"cari: {word}")
            await pilot.press("v", *"Pak Dedi", "enter", *"dilihat", "enter")
            await shows(pilot, "disahkan oleh Pak Dedi")
            await shows(pilot, "1 dari")


async def test_the_key_of_another_tab_says_where_it_belongs(office: Office) -> None:
    async with app(FakeDesk(), ME, office=office).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "budi")
        await pilot.press("v")
        await shows(pilot, "2 instansi, 3 tempat")
