"""An outcome is changed with real keys, and the export, the reports and the next console read what is so now."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from console.auth import set_password
from data.vocabulary.administration import UserCreated
from tests.terminal.test_console_process import PASSWORD, Terminal, centre, pytestmark, start
from tests.unit.console.centre import Centre

__all__ = ["centre", "pytestmark", "start"]


def siaga(centre: Centre, *arguments: str) -> str:
    """A command of siaga112 on this centre's data."""
    program = [sys.executable, "-m", "console.main", *arguments, "--data", str(centre.directory)]
    return subprocess.run(program, capture_output=True, text=True, check=True).stdout


def prank(centre: Centre, taker: Terminal) -> str:
    """A call that the operator ended as a prank."""
    call = centre.ring()
    taker.shows("BERDERING DI SINI")
    centre.answer(call)
    taker.shows("BICARA")
    taker.press("f9", "p")
    taker.shows("081234567890 Ibu Sri: prank")
    centre.end(call)
    taker.shows("Tidak sedang dalam panggilan")
    return call


def outcome(centre: Centre, call: str) -> tuple[str, str] | None:
    row = centre.journal.execute("SELECT classified, classified_by FROM calls WHERE call = ?", (call,)).fetchone()
    return None if row is None else (row[0], row[1])


def test_a_changed_outcome_is_what_exports_and_reports_count(
    centre: Centre, start: Callable[..., Terminal], tmp_path: Path
) -> None:
    centre.append("user/bos", UserCreated(login="bos", roles=("supervisor",), name="Bos"))
    set_password(centre.journal, "test", "bos", PASSWORD)
    taker = start()
    taker.sign_in()
    call = prank(centre, taker)
    taker.press("f2", "riwayat", "enter")
    taker.shows("Panggilan Anda 12 jam terakhir")
    taker.shows("hasil oleh budi")
    taker.press("enter", "s", "diam saja", "enter")
    taker.shows("hasil oleh budi")
    taker.until(lambda: outcome(centre, call) == ("silent", "budi"), "the new outcome")
    taker.shows("diam saja")
    taker.press("escape")
    taker.shows("Tidak sedang dalam panggilan")
    taker.press("f2", "riwayat 7890 k kepencet anak")
    taker.shows("menjadi tak sengaja, karena: kepencet anak")
    taker.press("enter")
    taker.until(lambda: outcome(centre, call) == ("accidental", "budi"), "the outcome of the line")

    chief = start("desk-9")
    chief.sign_in("bos")
    chief.press("f2", "riwayat", "enter")
    chief.shows("***890")
    assert "81234567890" not in chief.look()
    chief.shows("kepencet anak")
    chief.press("enter", "n", "bertanya alamat", "enter")
    chief.until(lambda: outcome(centre, call) == ("informed", "bos"), "the supervisor's outcome")
    chief.shows("hasil oleh bos")

    file = tmp_path / "calls.csv"
    siaga(centre, "export", "calls", "--format", "csv", "-o", str(file))
    (row,) = csv.DictReader(file.open(newline="", encoding="utf-8"))
    assert (row["classified"], row["classified_by"]) == ("informed", "bos")
    told = json.loads(siaga(centre, "report", "nuisance", "--format", "json"))
    counted = {each["outcome"]: each["calls"] for each in told["tables"]["outcomes"] if each["calls"]}
    assert counted == {"informed": 1}
    siaga(centre, "verify")


def test_all_calls_of_a_number_are_shown_by_its_end(centre: Centre, start: Callable[..., Terminal]) -> None:
    taker = start()
    taker.sign_in()
    prank(centre, taker)
    taker.press("f2", "nomor 7890", "enter")
    taker.shows("Panggilan dari 081234567890  1 panggilan")
    taker.shows("prank")
    taker.press("escape")
    taker.shows("Tidak sedang dalam panggilan")
