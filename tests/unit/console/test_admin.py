"""The admin's screen and what it does, on a real journal."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.auth import set_password
from console.ui import audit
from console.ui.office import Office
from console.ui.office_views import ExportWish
from console.ui.pack_rows import PLACES
from console.ui.views import Identity
from data.administration import user
from data.errors import Refusal
from tests.unit.console.centre import Centre
from tests.unit.console.fake_desk import FakeDesk
from tests.unit.console.screens import app, shows, typed, until
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
