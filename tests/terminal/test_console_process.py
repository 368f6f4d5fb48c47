"""The real command ``siaga112 console`` in a pseudo-terminal: signing in, kill -9, a locked journal, hostile bytes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyte
import pytest

from console.auth import set_password
from console.pty_terminal import PtyTerminal
from console.ui.views import FieldChange
from data.entry import new_id
from data.vocabulary.administration import LineTyped
from tests.unit.console.centre import Centre
from tests.unit.console.hostile import HOSTILE

PASSWORD = "rahasia-sekali-9"
CONFIGURATION = """\
[centre]
name = "Purwakarta"
[[pbx]]
name = "pbx-1"
secret = "x"
telephones = { "PJSIP/op1" = "101", "PJSIP/op2" = "102" }
"""

pytestmark = pytest.mark.terminal


class Terminal(PtyTerminal):
    """A console in a terminal of 80x24 whose screen can be looked at."""

    def __init__(self, directory: Path, name: str = "desk-1", language: str = "id") -> None:
        program = [sys.executable, "-c", "from console.main import main; main()"]
        arguments = ["console", "--data", str(directory), "--terminal", name, "--lang", language]
        self.directory = directory
        super().__init__(self.wrap([*program, *arguments], directory), columns=80, rows=24)
        self._screen = pyte.Screen(80, 24)
        self._stream = pyte.ByteStream(self._screen)
        self._fed = 0

    def wrap(self, argv: list[str], directory: Path) -> list[str]:
        """The command that runs ``argv``; a test may put something around it."""
        return argv

    def look(self) -> str:
        """What stands on the screen now."""
        output = self.output
        self._stream.feed(output[self._fed :])
        self._fed = len(output)
        return "\n".join(line.rstrip() for line in self._screen.display)

    def shows(self, text: str, within_s: float = 60) -> None:
        self.until(lambda: text in self.look(), text, within_s)

    def until(self, condition: Callable[[], object], what: str, within_s: float = 60) -> None:
        deadline = time.monotonic() + within_s
        while not condition():
            assert time.monotonic() < deadline, f"never on the screen: {what}\n{self.look()}"
            time.sleep(0.02)

    def sign_in(self, login: str = "budi") -> None:
        self.shows("Kata sandi")
        self.press(login, "enter", PASSWORD, "enter")
        self.shows(login.title() + " (")


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    made = Centre(tmp_path / "data")
    (made.directory / "siaga112.toml").write_text(CONFIGURATION)
    for login in ("budi", "sari"):
        set_password(made.journal, "test", login, PASSWORD)
    yield made
    made.close()


@pytest.fixture
def start(centre: Centre) -> Iterator[Callable[..., Terminal]]:
    started: list[Terminal] = []

    def run(name: str = "desk-1", language: str = "id") -> Terminal:
        started.append(Terminal(centre.directory, name, language))
        return started[-1]

    yield run
    for terminal in started:
        if terminal.process.poll() is None:
            terminal.process.kill()
        terminal.process.wait()
        terminal.close()


def test_from_sign_in_to_the_agency_with_keys_only(centre: Centre, start: Callable[..., Terminal]) -> None:
    taker = start()
    taker.sign_in()
    call = centre.ring()
    taker.shows("BERDERING DI SINI")
    centre.answer(call)
    taker.shows("BICARA")
    taker.press("nagri kaler", "enter", "kebakaran rumah", "enter")
    taker.shows("[x] ")
    taker.press("f8", "enter")
    taker.shows("Diserahkan ke")
    dispatcher = start("desk-2")
    dispatcher.sign_in("sari")
    dispatcher.shows("dikirim, belum diterima")
    dispatcher.press("a", "Pak Asep", "enter", "enter")
    dispatcher.shows("sudah menerima: Pak Asep")
    taker.press("f9", "i")
    taker.shows("insiden dibuat")
    centre.end(call)
    taker.shows("Tidak sedang dalam panggilan")


def test_typed_text_comes_back_after_kill_9(centre: Centre, start: Callable[..., Terminal]) -> None:
    first = start()
    first.sign_in()
    first.press("tab", "tab", "tab", "tab", "gang mawar 5")
    first.until(lambda: "gang mawar 5" in str(centre.side.drafts("desk-1")), "the draft")
    first.process.send_signal(signal.SIGKILL)
    first.process.wait()
    second = start()
    second.sign_in()
    second.shows("gang mawar 5")
    second.shows("Teks yang diketik sebelumnya kembali")


def test_keys_typed_right_behind_a_card_and_behind_escape_are_not_lost(
    centre: Centre, start: Callable[..., Terminal]
) -> None:
    terminal = start()
    terminal.sign_in()
    terminal.press("tab", "tab", "tab", "tab", "gang", "f1", "escape", " mawar", "f1", "f1", " 5")
    terminal.until(lambda: "gang mawar 5" in str(centre.side.drafts("desk-1")), "the draft")
    terminal.press("f1", "f2", "7 tidak ada", "escape", "7")
    terminal.until(lambda: "gang mawar 57" in str(centre.side.drafts("desk-1")), "the draft")
    terminal.press("f1", "f2", "zzqq")
    terminal.shows("zzqq bukan perintah di sini")


def test_a_stopped_process_that_holds_the_journal_is_named_and_nothing_typed_is_lost(
    centre: Centre, start: Callable[..., Terminal]
) -> None:
    terminal = start()
    terminal.sign_in()
    program = (
        "import fcntl, os, sys, time\n"
        "fd = os.open(sys.argv[1], os.O_RDWR)\n"
        "fcntl.flock(fd, fcntl.LOCK_EX)\n"
        "os.pwrite(fd, b'%-12d\\n' % os.getpid(), 0)\n"
        "print('held', flush=True)\n"
        "time.sleep(600)\n"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", program, str(centre.directory / "lock")], stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        holder.send_signal(signal.SIGSTOP)
        terminal.press("jatiluhur", "enter", "kebakaran")
        terminal.shows(str(holder.pid))
        terminal.shows("(terhenti)")
        terminal.shows("GAGAL")
        assert "jatiluhur" in terminal.look().casefold()
        terminal.press(" rumah")
        terminal.shows("kebakaran rumah")
    finally:
        holder.kill()
        holder.wait()
    terminal.press("enter")
    terminal.shows("Insiden 1")
    terminal.shows("[x] ")


def test_hostile_callers_reach_the_terminal_as_harmless_bytes(centre: Centre, start: Callable[..., Terminal]) -> None:
    terminal = start()
    terminal.sign_in()
    begin = terminal.length
    for number, text in enumerate(HOSTILE.values()):
        if "\ud800" in text:
            continue  # no journal takes it: ingress replaces what is no text
        call = centre.ring(f"h{number}", number=f"0800{number:04d}", name=text)
        terminal.shows(f"0800{number:04d}")
        centre.end(call, "abandoned")
    shown = terminal.output[begin:]
    known = re.compile(
        rb"\x1b\[[0-9;]*m|\x1b\[[0-9;]*H|\x1b\[\?[0-9;]+\$?[hlp]|\x1b\[[0-9;?]*[ABCDEFGJKSTsu]|\x1b\[[<>=?]?[0-9;]*u|\x1b\]22;[a-z-]*\x1b\\\\"
    )
    left = known.sub(b"", shown)
    assert b"\x1b" not in left, left[max(0, left.index(b"\x1b") - 60) : left.index(b"\x1b") + 60]
    text = left.decode("utf-8")
    assert not re.search("[\x00-\x07\x0b\x0c\x0e-\x1a\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", text)
    assert b"owned" not in b"".join(re.findall(rb"\x1b\][^\x07\x1b]*", shown))


def test_a_terminal_that_goes_away_takes_nothing_with_it(centre: Centre, start: Callable[..., Terminal]) -> None:
    terminal = start()
    terminal.sign_in()
    terminal.press("jatiluhur", "enter", "tab", "tab", "tab", "depan SD")
    terminal.until(lambda: "depan SD" in str(centre.side.drafts("desk-1")), "the draft")
    terminal.shows("Insiden 1")
    terminal.press(" 3")
    terminal.shows("depan SD 3")
    os.kill(terminal.process.pid, signal.SIGHUP)
    assert terminal.process.wait(60) == 0
    again = start()
    again.sign_in()
    again.shows("depan SD 3")
    again.shows("Insiden 1")
    again.shows("Jatiluhur")


def test_the_log_has_what_the_screen_has_not_and_standard_error_stays_quiet(
    centre: Centre, start: Callable[..., Terminal]
) -> None:
    terminal = start()
    terminal.sign_in()
    terminal.press("f2", "zzz", "enter")
    terminal.shows("zzz bukan perintah di sini")
    assert (centre.directory / "log" / "console-desk-1.log").exists()
    terminal.press("f1", "x")
    terminal.shows("Keluar?")
    terminal.press("y")
    assert terminal.process.wait(60) == 0
    assert centre.side.sessions() == []


def test_a_command_says_what_it_will_do_and_comes_back_with_the_key_up_after_a_kill(
    centre: Centre, start: Callable[..., Terminal]
) -> None:
    desk = centre.desk("budi", "calltaker", "desk-9")[0]
    desk.save("i1", "", [FieldChange("place", "Plered", "", new_id(), best=True)])
    terminal = start(name="desk-2")
    terminal.sign_in("sari")
    terminal.shows("Plered")
    terminal.press("f2", "n 1 dua mobil")
    terminal.shows("Catatan pada 1 JENIS BELUM ADA Plered")
    terminal.press("enter")
    terminal.shows("Dicatat.")
    terminal.press("f2", "x 1 tun")
    terminal.shows("hasil tuntas")
    terminal.process.send_signal(signal.SIGKILL)
    terminal.process.wait(60)
    again = start(name="desk-3")
    again.sign_in("sari")
    again.shows("Plered")
    again.press("f2")
    again.shows("F8  D H serah")
    again.until(lambda: again.press("up") or "> n 1 dua mobil" in again.look(), "the line of before")
    entries = [entry for entry in centre.journal.stream("terminal/desk-2") if isinstance(entry.body, LineTyped)]
    assert [(entry.actor, entry.body.line, entry.body.became) for entry in entries] == [
        ("sari", "n 1 dua mobil", "note")
    ]
    detail = desk.detail("i1")
    assert detail is not None
    assert detail.row.state != "closed"
