"""Texts from callers, agencies and colleagues are data: through every widget nothing of them acts on the terminal."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from textual.events import Paste

from console.ui.views import Notice, Snapshot
from data.clock import SECOND
from data.errors import Refusal, SiagaError
from tests.unit.console.fake_desk import (
    DISPATCHER,
    ME,
    NOW,
    AgencyChoice,
    FakeDesk,
    LogLine,
    PlaceChoice,
    detail,
    handover,
    incident,
    my_call,
    waiting,
)
from tests.unit.console.hostile import ACTS, HOSTILE, assert_harmless
from tests.unit.console.screens import app, burst, screen_text, until

ROOT = Path(__file__).parents[2]


def places(text: str) -> tuple[PlaceChoice, ...]:
    return (PlaceChoice(text or "x", text, -6.5, 107.4, 10, text, text, text, text, text, 90, text),)


async def test_the_call_takers_screen() -> None:
    desk = FakeDesk()
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        for number, (name, text) in enumerate(HOSTILE.items()):
            row = incident(f"n{number}", type=text, place=text, distance_km=1.0)
            desk.near, found, agency = (row,), places(text), AgencyChoice(text, text, text, text, 1.0, 2, text, text)
            desk.places = lambda _typed, found=found: found  # type: ignore[method-assign,misc]
            desk.recommend = lambda _place, _type, agency=agency: (agency,)  # type: ignore[method-assign,misc]
            desk.show(
                waiting=(waiting(number=text, name=text, place=text),),
                mine=my_call(f"call/pbx/{number}", number=text, name=text, place=text),
                unfinished=(my_call("call/pbx/u", number=text, name=text),),
                incidents=(row,),
                notices=(Notice(number + 1, "Not answered: {reason}", (("reason", text),)),),
            )
            await until(pilot, lambda row=row: row in pilot.app.snapshot.incidents, name)
            assert_harmless(pilot.app)
            burst(pilot, "f6", "j")
            await pilot.pause(0.02)
            assert_harmless(pilot.app)
            burst(pilot, "enter", *"kebak", "enter")
            await until(pilot, lambda: screen_form(pilot).number, name)
            id = screen_form(pilot).incident
            desk.details[id] = detail(
                incident(id, number=42), values={"place": text, "address": text, "narrative": text, "caller_name": text}
            )
            desk.show(incidents=(row, incident(id, number=42, version=number + 5)))
            await until(pilot, lambda: screen_form(pilot).typed.get("narrative"), name)
            burst(pilot, "f8", "f9")
            await pilot.pause(0.02)
            assert_harmless(pilot.app)
            await pilot.press("escape")
        assert pilot.app.is_running


def screen_form(pilot: Any) -> Any:
    return pilot.app.operator.form


async def test_the_dispatchers_screen() -> None:
    desk = FakeDesk()
    desk.fail_once = True
    async with app(desk, DISPATCHER).run_test(size=(100, 30)) as pilot:
        for number, (name, text) in enumerate(HOSTILE.items()):
            row = incident(f"i{number}", type=text, place=text, state=text, overdue=text)
            shown = detail(
                row,
                values={"address": text, "narrative": text, "caller_name": text, "caller_number": text},
                handovers=(handover(agency_name=text, by=text), handover("h2", agency_name=text, state=text)),
                log=(
                    LogLine(NOW, text, "{field}: {value}", (("field", text), ("value", text))),
                    LogLine(NOW - SECOND, text, text, (("a", text),)),
                ),
            )
            desk.details = {row.id: shown}
            desk.show(incidents=(row,), closed=(incident("c", place=text, state="closed"),), alarms=(text,))
            await until(pilot, lambda shown=shown: pilot.app.operator._detail is shown, name)  # type: ignore[misc]
            assert_harmless(pilot.app)
            await pilot.press("a")
            assert_harmless(pilot.app)
            desk.fail = Refusal(
                "x", "{who} changed {field} at {when}; it is now: {value}", who=text, field=text, when=text, value=text
            )
            burst(pilot, "escape", "n", "x", "enter")
            await until(pilot, lambda: desk.fail is None, name)
            assert_harmless(pilot.app)
            desk.fail = SiagaError(text, where=text, remedy=text)
            burst(pilot, "n", "x", "enter")
            await until(pilot, lambda: desk.fail is None, name)
            await pilot.pause()
            assert_harmless(pilot.app)
        assert pilot.app.is_running


async def test_the_command_line() -> None:
    desk = FakeDesk()
    async with app(desk, DISPATCHER).run_test(size=(80, 24)) as pilot:
        driver = pilot.app._driver
        assert driver is not None
        for number, (name, text) in enumerate(HOSTILE.items()):
            row = incident(f"i{number}", number=42, type=text, place=text)
            part = handover(agency_name=text)
            desk.details = {row.id: detail(row, handovers=(part,))}
            desk.lines = [(text, None)]
            desk.show(incidents=(row,), closed=(incident("c", number=9, place=text, state="closed"),))
            await until(pilot, lambda row=row: row in pilot.app.snapshot.incidents, name)
            for keys in ([], [*"terima "]):
                burst(pilot, "f2", *keys)
                driver.send_message(Paste(text))
                burst(pilot, "tab", "down", "up", "up")
                await pilot.pause(0.02)
                assert_harmless(pilot.app)
                burst(pilot, "escape")
            burst(pilot, "f2", *"N 42 ")
            driver.send_message(Paste(text))
            burst(pilot, "x", "enter")
            await until(pilot, lambda number=number: len(desk.done("note")) > number, name)
            assert_harmless(pilot.app)
        assert pilot.app.is_running


async def test_pasted_into_every_field() -> None:
    desk = FakeDesk()
    async with app(desk, ME).run_test(size=(80, 24)) as pilot:
        driver = pilot.app._driver
        assert driver is not None
        for text in HOSTILE.values():
            burst(pilot, "f6")
            for _ in range(6):
                driver.send_message(Paste(text))
                burst(pilot, "tab")
            await pilot.pause(0.02)
            assert_harmless(pilot.app)
        for fields in (*desk.kept.values(), *desk.saved.values()):
            for value in fields.values():
                assert not ACTS.search(value)


async def test_on_the_sign_in_screen() -> None:
    desk = FakeDesk()
    desk.endpoints = lambda: (*HOSTILE.values(), "PJSIP/op1")  # type: ignore[method-assign]
    async with app(desk, None).run_test(size=(80, 40)) as pilot:
        driver = pilot.app._driver
        assert driver is not None
        for text in HOSTILE.values():
            driver.send_message(Paste(text))
            await pilot.pause()
            assert_harmless(pilot.app)
        burst(pilot, "enter", *"geheim", "enter")
        await pilot.pause(0.1)
        assert_harmless(pilot.app)
        assert pilot.app.is_running


def test_the_screen_tests_would_notice() -> None:
    assert ACTS.search("\x1b[2J")
    assert ACTS.search("\u202e")
    assert Snapshot().alarms == ()
    assert screen_text is not None


MARKUP = [
    (re.compile(r"\bfrom_markup\b|\bmarkup\s*=\s*True|\bTextual?\.markup"), "markup is parsed"),
    (re.compile(r"(app|self|siaga)\.notify\("), "notify() parses markup; use the message line"),
    (re.compile(r"\bescape\(.*markup|markup\.escape"), "markup.escape is not enough"),
    (re.compile(r"f[\"'][^\"']*\[/?[a-z@#][^\]{}]*\]"), "looks like markup in an f-string"),
    (re.compile(r"\bborder_(sub)?title\b"), "border titles parse markup"),
    (
        re.compile(r"import .*\b(Label|Static|Button|OptionList|DataTable|Tree|Select|Markdown|RichLog|Toast)\b"),
        "parses markup",
    ),
    (re.compile(r"\bprint\("), "prints into the screen"),
]


def test_no_markup_anywhere_in_the_screens() -> None:
    found = []
    for path in sorted((ROOT / "console" / "ui").rglob("*.py")):
        if path.name == "run.py":  # runs when the screen is gone
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            found += [(path.name, number, why) for pattern, why in MARKUP if pattern.search(line)]
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        'self.notify("x")',
        'label = f"[bold]{name}[/bold]"',
        "from textual.widgets import Label",
        'print("x")',
        "self.border_title = x",
    ],
)
def test_that_lint_finds_what_it_looks_for(line: str) -> None:
    assert any(pattern.search(line) for pattern, _ in MARKUP)
