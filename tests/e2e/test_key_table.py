"""Keys from answer to finished, pressed in a real terminal and counted; the table is printed (pytest -s shows it)."""

import re

import pytest
from rich.console import Console
from rich.table import Table

from tests.e2e.test_one_call import sign_in
from tests.e2e.tmux import Tmux

pytestmark = [pytest.mark.asterisk, pytest.mark.terminal, pytest.mark.centre(limit=600)]

BEST_OPEN_SOURCE = {"silent or prank": 15, "second caller, same fire": 31, "house fire": 42, "reassign": 20}
"""Keys and clicks of the best open-source console, measured (TicketsCAD 4.2.25)."""


class Counted:
    """Presses keys in a terminal and counts them: one for a key, one for a letter."""

    def __init__(self, terminal: Tmux) -> None:
        self.terminal = terminal
        self.count = 0

    def press(self, key: str) -> None:
        self.count += 1
        self.terminal.keys(key)

    def type(self, text: str) -> None:
        self.count += len(text)
        self.terminal.type(text)


def test_the_keys_from_answer_to_finished(centre, exchange):
    exchange.softphone("op1")
    siti = sign_in(centre, "siti", "desk-1", r"\(call-taker\).*READY")
    dewi = sign_in(centre, "dewi", "desk-2", r"\(dispatcher\)")
    number = iter(range(1, 100))

    def answered() -> Counted:
        who = f"+62812000{next(number):05d}"
        exchange.caller(talk_s=None, number=who)
        siti.until(f"RINGS HERE.*{re.escape(who)}")
        siti.keys("F3")
        siti.until(f"TALKING.*{re.escape(who)}")
        return Counted(siti)

    def finished(calls: int) -> None:
        centre.until(lambda: len(centre.entries("call.classified")) == calls, "the call has its outcome")
        centre.until(lambda: len(centre.entries("call.ended")) == calls, "the call is over")

    table: list[tuple[str, int, int]] = []

    keys = answered()
    keys.press("F9")
    keys.press("s")
    finished(1)
    table.append(("silent or prank", keys.count, 2))

    keys = answered()
    keys.type("plered")
    keys.press("Enter")
    siti.until(r"Plered\s+saved")
    keys.type("rumah")
    keys.press("Enter")
    siti.until(r"\[x\] Damkar")
    keys.press("F8")
    keys.press("Enter")
    siti.until("Handed over")
    keys.press("F9")
    keys.press("i")
    finished(2)
    (fire,) = centre.rows("SELECT type, village FROM incidents")
    assert fire == ("house_fire", "Plered")
    table.append(("house fire", keys.count, 25))

    keys = answered()
    keys.press("F7")
    siti.until(r"F7.*1")
    keys.press("1")
    centre.until(lambda: centre.entries("incident.call_attached"), "the call is attached")
    keys.press("F9")
    keys.press("a")
    finished(3)
    assert centre.entries("call.classified")[-1].body.outcome == "attached"
    assert len(centre.rows("SELECT 1 FROM incidents")) == 1
    table.append(("second caller, same fire", keys.count, 6))

    keys = answered()
    keys.type("km 92")
    keys.press("Enter")
    siti.until(r"KM 92.*saved")
    keys.type("kece")
    keys.press("Enter")
    siti.until(r"\[x\]")
    keys.press("F8")
    keys.press("Enter")
    siti.until("Handed over")
    keys.press("F9")
    keys.press("i")
    finished(4)
    ((place, lat),) = centre.rows("SELECT place, lat FROM incidents WHERE number = 2")
    assert "KM 92" in place and lat is not None
    table.append(("accident at a toll kilometre", keys.count, 20))

    dewi.until("House fire")
    dewi.keys("Home")
    dewi.until(r"│ 1 House fire")
    keys = Counted(dewi)
    keys.press("g")
    dewi.until("Instead of")
    keys.press("1")
    dewi.until("Reason")
    keys.type("penuh")
    keys.press("Enter")
    centre.until(lambda: centre.entries("handover.stood_down"), "the first agency is stood down")
    table.append(("reassign", keys.count, 8))

    _print(table)
    assert all(pressed <= allowed for _, pressed, allowed in table), table


def _print(rows: list[tuple[str, int, int]]) -> None:
    table = Table("from answer to finished", "keys", "allowed", "best open-source console")
    for name, pressed, allowed in rows:
        table.add_row(name, str(pressed), str(allowed), str(BEST_OPEN_SOURCE.get(name, "-")))
    Console(width=100).print(table)
