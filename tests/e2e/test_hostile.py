"""Hostile callers through the whole path: the terminal's bytes, the spreadsheet, the actions sent to the exchange."""

import csv
import re

import pyte
import pytest

from console.pty_terminal import PtyTerminal
from tests.e2e.centre import PASSWORD, SIAGA, Centre
from tests.lab.waiting import PATIENCE_S
from tests.real.proxy import Proxy

pytestmark = [pytest.mark.asterisk, pytest.mark.terminal]

NAMES = {
    "+6281200000001": "[bold red]x[/] [@click=app.quit]y[/]",
    "+6281200000002": "\x1b]0;taken\x07\x1b[2J\x9b31m",
    "+6281200000003": "\u202egnp.exe\u2066\u200f",
    "+6281200000004": "Budi\u2028Uniqueid: 1\u0085Event: Hangup\x0b\x0c",
    "+6281200000005": "=1+1",
    "+6281200000006": "@SUM(A1)",
    "+6281200000007": "A" * 10_000,
    "+6281200000008": "\U0001f692 é́ ﷽",
}
"""Number -> name of a caller who would like to act on the console."""

ACTION_LINE = re.compile(rb"[A-Za-z0-9]+: [ -~]*\Z")


@pytest.fixture
def proxied(exchange, tmp_path):
    with Proxy(exchange.ami_port) as proxy:
        centre = Centre(tmp_path, exchange, port=proxy.port)
        try:
            centre.serve()
            yield centre, proxy
        finally:
            centre.close()


def test_hostile_callers_act_on_nothing(proxied, exchange, tmp_path):
    centre, proxy = proxied
    phone = exchange.softphone("op1")
    emulator = pyte.Screen(120, 40)
    stream, fed = pyte.ByteStream(emulator), 0

    def screen() -> str:
        nonlocal fed
        output = terminal.output
        stream.feed(output[fed:])
        fed = len(output)
        return " ".join(" ".join(emulator.display).split())

    terminal = PtyTerminal([*SIAGA, "console", "--terminal", "desk-1", "--data", str(centre.data)])
    try:
        terminal.wait_for("Password", PATIENCE_S)
        terminal.press("siti", "tab", PASSWORD, "enter")
        terminal.wait_for("READY", PATIENCE_S)
        for number, name in NAMES.items():
            caller = exchange.caller(talk_s=None, number=number, name=name)
            who = re.escape(number)
            centre.until(lambda n=who: re.search(f"(RINGS HERE|WAITING).*{n}", screen()), "he is on the screen")
            terminal.press("f3")
            phone.await_state("talking")
            centre.until(
                lambda n=number: centre.rows("SELECT 1 FROM calls WHERE number = ? AND answered", n), "answered"
            )
            centre.until(lambda n=who: re.search(f"TALKING.*{n}", screen()), "the talk is on the screen")
            terminal.press("f9", "p")
            caller.done()
            phone.await_state("idle")
        calls = len(NAMES)
        centre.until(lambda: len(centre.entries("call.classified")) == calls, "every call has its outcome")
        assert terminal.process.poll() is None, "no caller ended the console"
        output = terminal.output
    finally:
        terminal.close()
    _the_terminal_was_not_acted_on(output)
    _the_actions_are_clean(bytes(proxy.from_client))
    out = tmp_path / "calls.csv"
    password = tmp_path / "password"
    password.write_text(PASSWORD)
    allowed = ("--unmasked", "--user", "admin", "--password-file", str(password))
    centre.siaga("export", "calls", "--format", "csv", "-o", str(out), *allowed)
    rows = list(csv.DictReader(out.open(newline="", encoding="utf-8")))
    assert len(rows) == calls
    assert all(not row["name"].startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows)
    assert not any(c in row["name"] for row in rows for c in "\x1b\x9b\u202e\u2028\u0085\x00\x0b")
    assert all(row["linkedid"] and row["outcome"] == "answered" for row in rows), "nobody overwrote another call's id"
    assert centre.siaga("verify").returncode == 0


def _the_terminal_was_not_acted_on(output: bytes) -> None:
    text = output.decode("utf-8", "replace")
    assert "\x1b]0;taken" not in text, "a title was set by a caller"
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200e\u200f]", text), "text ran backwards"
    assert not any(c in text for c in "\x9b\x90\x9d\u2028\u0085\x0b\x0c")
    assert "[bold red]x[/]" in text, "markup stands on the screen as the caller wrote it"


def _the_actions_are_clean(sent: bytes) -> None:
    lines = [line for line in sent.split(b"\r\n") if line]
    assert any(line.startswith(b"Action: Redirect") for line in lines)
    bad = [line for line in lines if not ACTION_LINE.match(line)]
    assert not bad, bad[:3]
