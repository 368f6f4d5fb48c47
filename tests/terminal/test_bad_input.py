"""Anything typed or pasted anywhere, in a real terminal: the console lives, logs no error, and keeps what was typed."""

from __future__ import annotations

import contextlib
import os
import random
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from console.auth import set_password
from console.pty_terminal import KEYS
from console.ui.views import FIELDS, FieldChange
from data.entry import new_id
from data.vocabulary.administration import UserRolesSet
from tests.terminal.test_console_process import PASSWORD, Terminal, centre, start
from tests.unit.console.centre import Centre
from tests.unit.console.hostile import ACTS, HOSTILE

pytestmark = pytest.mark.terminal
__all__ = ["centre", "start"]

PASTE, PASTED = b"\x1b[200~", b"\x1b[201~"
MEGABYTE = 1_000_000
ODD = (
    b"\x1b[",  # begun, never ended
    b"\x1bP",
    b"\x1bO",
    b"\xf0\x9f",
    b"\x1b[<0;5;5M",  # the mouse, also far outside
    b"\x1b[<0;5;5m",
    b"\x1b[<64;99999;99999M",
    b"\x1b[M\xff\xff\xff",
    b"\x1b[999;999R",  # answers that nobody asked for
    b"\x1b]11;rgb:0/0/0\x07",
    b"\x1b[?2026;2$y",
    b"\x1b[?2048;1$y",
    b"\x1b[48;99999;99999;1;1t",  # "the window is now so big"
    b"\x1b[48;0;0;0;0t",
    b"\x1b[I",
    b"\x1b[O",
    b"\x1b[97;5u",  # keys of the newer protocol, and numbers that are no character
    b"\x1b[97;1:3u",
    b"\x1b[1114112;1u",
    b"\x1b[99999999999999999999;1u",
    b"\x1b[55296;1;55296u",
    "\U0001f691e\u0301".encode(),
    PASTED,
)


def send(terminal: Terminal, data: bytes) -> None:
    """Bytes as a terminal sends them; a line that is full is waited for."""
    while data:
        data = data[os.write(terminal._master, data[:4000]) :]


def paste(terminal: Terminal, data: bytes) -> None:
    send(terminal, PASTE + data + PASTED)


def lives(centre: Centre, terminal: Terminal) -> None:
    """It answers a key, and nothing went wrong unseen."""
    assert answers(terminal)
    terminal.press("escape", "escape")
    sound(centre, terminal)


def answers(terminal: Terminal, tries: int = 20) -> bool:
    """Whether it takes a command; False when it has ended. What the storm typed may still be on its way."""
    for _ in range(tries):
        with contextlib.suppress(OSError):
            terminal.press("escape", "escape", "escape", "f2", "zzqq", "enter")
        deadline = time.monotonic() + 3
        while time.monotonic() < deadline:
            if terminal.process.poll() is not None:
                return False
            if "zzqq" in terminal.look():
                return True
            time.sleep(0.02)
    raise AssertionError(f"it takes no key any more\n{terminal.look()}")


def sound(centre: Centre, terminal: Terminal) -> None:
    assert b"Traceback" not in terminal.output
    logs = list((centre.directory / "log").glob("console-*.log"))
    assert logs, "the console writes a log"
    for log in logs:
        said = log.read_text("utf-8", "replace")
        assert not re.search(r"Traceback| ERROR ", said), said[-3000:]


def storm(seed: int, length: int) -> Iterator[bytes]:
    """Keys, bytes that are no text, broken sequences, mouse reports, answers that nobody asked for, pastes."""
    chance = random.Random(seed)
    names = sorted(KEYS)
    hostile = [text.encode("utf-8", "replace") for text in HOSTILE.values() if len(text) < 1000]
    for _ in range(length):
        match chance.randrange(8):
            case 0 | 1 | 2:
                yield chance.choice("abcdefghijklmnopqrstuvwxyz 0123456789./-:,").encode()
            case 3 | 4:
                yield KEYS[chance.choice(names)]
            case 5:
                yield bytes(chance.randrange(256) for _ in range(chance.randint(1, 6)))
            case 6:
                yield chance.choice(ODD)
            case _:
                yield PASTE + chance.choice(hostile) + PASTED


STORMS = [("budi", "calltaker", 1), ("budi", "calltaker", 2), ("sari", "dispatcher", 3), ("sari", "supervisor", 4)]
STORMS += [("adi", "admin", 5)]


@pytest.mark.parametrize(("login", "role", "seed"), STORMS, ids=[f"{role}-{seed}" for _login, role, seed in STORMS])
def test_a_storm_of_keys(centre: Centre, start: Callable[..., Terminal], login: str, role: str, seed: int) -> None:
    print(f"seed {seed}")
    set_password(centre.journal, "test", login, PASSWORD)
    centre.append(f"user/{login}", UserRolesSet(login=login, roles=(role,)))
    terminal = start()
    terminal.sign_in(login)
    for number in range(3):
        call = centre.ring(str(number))
        if number == 1 and role == "calltaker":
            centre.answer(call)
    with contextlib.suppress(OSError):  # the storm found the way out: signing out and y
        for piece in storm(seed, 500):
            send(terminal, piece)
        send(terminal, PASTED + b"\x1b\\\x07")  # ends whatever the storm began
    lived = answers(terminal)
    sound(centre, terminal)
    if not lived:
        assert terminal.process.returncode == 0, "it was told to leave, in order"
        terminal = start()
        terminal.sign_in(login)
        lives(centre, terminal)


PASTES = {"letters": b"a", "lines": b"x\r\n", "escapes": b"\x1b]0;x\x07", "emoji": "👩‍👩‍👧".encode()}


@pytest.mark.parametrize("what", PASTES)
def test_a_megabyte_pasted_into_every_field(centre: Centre, start: Callable[..., Terminal], what: str) -> None:
    data = PASTES[what] * (MEGABYTE // len(PASTES[what]))
    incident = new_id()
    centre.desk("budi", "calltaker", "desk-9")[0].save(
        incident, "", [FieldChange("place", "Plered", "", new_id(), best=True)]
    )
    known = len(centre.journal.read(0, 100_000))
    signing_in = start()
    signing_in.shows("Kata sandi")
    for _ in range(3):
        paste(signing_in, data)
        signing_in.press("tab")
    signing_in.press("f1")
    signing_in.shows("Bantuan")
    signing_in.process.send_signal(signal.SIGTERM)
    assert signing_in.process.wait(60) == 0
    taker = start("desk-1")
    taker.sign_in()
    for _ in FIELDS:
        paste(taker, data)
        taker.press("tab")
    taker.press("f2")
    paste(taker, data)
    lives(centre, taker)
    chaser = start("desk-2")
    chaser.sign_in("sari")
    chaser.shows("Plered")
    chaser.press("n")
    chaser.shows("Catatan")
    paste(chaser, data)
    chaser.press("enter")
    chaser.shows("Dicatat.")
    chaser.press("f2")
    paste(chaser, data)
    chaser.press("enter")
    lives(centre, chaser)
    drafts = [centre.side.drafts(desk) for desk in ("desk-1", "desk-2")]
    entries = [msgspec.to_builtins(entry) for entry in centre.journal.read(0, 100_000)[known:]]
    kept = [*texts(drafts), *texts(entries)]
    assert sum(map(len, kept)) < MEGABYTE / 10
    assert [text for text in kept if ACTS.search(text)] == []


def test_a_flood_of_keys_without_the_marks_of_a_paste(centre: Centre, start: Callable[..., Terminal]) -> None:
    terminal = start()
    terminal.sign_in()
    terminal.press("tab", "tab", "tab", "tab")
    send(terminal, PASTES["lines"] * 40_000)
    terminal.press("f1")  # what a hand types behind it is not thrown away
    terminal.shows("Bantuan")
    terminal.press("escape")
    terminal.shows("karakter dibuang")
    assert sum(map(len, texts(centre.side.drafts("desk-1")))) < 10_000
    lives(centre, terminal)


def texts(value: object) -> Iterator[str]:
    """Every text in something made of dicts and lists, as it is."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in (*value.keys(), *value.values()):
            yield from texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from texts(each)


def test_resized_ten_times_a_second_while_somebody_types(centre: Centre, start: Callable[..., Terminal]) -> None:
    terminal = start()
    terminal.sign_in()
    terminal.press("tab", "tab", "tab", "tab")
    text = "gang mawar nomor lima dekat masjid"
    chance = random.Random(5)
    for letter in text:
        terminal.resize(chance.randint(20, 200), chance.randint(5, 60))
        terminal.press(letter)
        time.sleep(0.1)
    terminal.until(lambda: text in texts(centre.side.drafts("desk-1")), "the draft")
    terminal.resize(80, 24)
    terminal.shows(text[-20:])
    terminal.shows("F3 jawab")
    lives(centre, terminal)


@pytest.mark.parametrize(("columns", "rows"), [(40, 24), (20, 5), (1, 1)])
def test_a_terminal_that_is_too_small_takes_keys_all_the_same(
    centre: Centre, start: Callable[..., Terminal], columns: int, rows: int
) -> None:
    terminal = start()
    terminal.sign_in()
    terminal.resize(columns, rows)
    terminal.press("tab", "tab", "tab", "tab", "gang kecil 4")
    terminal.until(lambda: "gang kecil 4" in texts(centre.side.drafts("desk-1")), "the draft")
    terminal.resize(80, 24)
    terminal.shows("gang kecil 4")
    lives(centre, terminal)


@pytest.mark.parametrize("said", ["2026 ERROR siaga112.console: x\n", "Traceback (most recent call last):\n"])
def test_an_error_in_the_log_would_be_found(tmp_path: Path, said: str) -> None:
    made = Centre(tmp_path / "d")
    (made.directory / "log").mkdir()
    quiet = type("Quiet", (), {"output": b""})()
    with pytest.raises(AssertionError, match="writes a log"):
        sound(made, quiet)
    (made.directory / "log" / "console-x.log").write_text("2026 INFO siaga112.console: x\n")
    sound(made, quiet)
    (made.directory / "log" / "console-x.log").write_text(said)
    with pytest.raises(AssertionError):
        sound(made, quiet)
    made.close()
