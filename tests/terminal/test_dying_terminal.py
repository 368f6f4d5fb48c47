"""The terminal dies, or hangs: the console ends, nothing runs on, and the typed text is in the drafts."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from console.auth import set_password
from tests.e2e.tmux import Tmux
from tests.terminal.test_console_process import CONFIGURATION, PASSWORD
from tests.unit.console.centre import Centre

pytestmark = pytest.mark.terminal
RUN = "from console.main import main; main()"
TAKE = "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
"""Makes the terminal that of the session."""
WORDS = ["console", "--terminal", "desk-1", "--data"]


class Line:
    """A terminal line with a console on it, that can hang (nobody reads) and break (the other side is gone).

    ``controlling``: it is the session's own terminal, so that its end is a SIGHUP too, as over SSH. Without that the
    console hears of it by the line only.
    """

    def __init__(self, directory: Path, *, controlling: bool) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, "-c", (TAKE if controlling else "") + RUN, *WORDS, str(directory)],
            stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            env={**os.environ, "TERM": "xterm-256color"},
        )  # fmt: skip
        os.close(slave)
        self._guard = threading.Lock()
        self._output = bytearray()
        self._reading = threading.Event()
        self._reading.set()
        self._broken = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while not self._broken.is_set():
            self._reading.wait()
            if select.select([self._master], [], [], 0.05)[0]:
                try:
                    data = os.read(self._master, 4096)
                except OSError:
                    return
                with self._guard:
                    self._output += data

    def keys(self, text: str) -> None:
        os.write(self._master, text.encode())

    def shows(self, text: str) -> None:
        def there() -> bool:
            with self._guard:
                return text.encode() in self._output

        until(there, f"{text!r} on the screen")

    def hang(self) -> None:
        """From now on nobody reads what the console writes."""
        self._reading.clear()

    def shut(self) -> None:
        """The other side is gone."""
        self._broken.set()
        self._reading.set()
        self._thread.join(30)
        os.close(self._master)

    def sign_in(self) -> None:
        self.shows("Kata sandi")
        self.keys(f"budi\r{PASSWORD}\r")
        self.shows("Budi (")

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if not self._broken.is_set():
            self.shut()


def until(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.02)


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    made = Centre(tmp_path / "data")
    (made.directory / "siaga112.toml").write_text(CONFIGURATION)
    set_password(made.journal, "test", "budi", PASSWORD)
    yield made
    made.close()


@pytest.fixture
def line(centre: Centre) -> Iterator[Callable[..., Line]]:
    made: list[Line] = []

    def open_line(*, controlling: bool = False) -> Line:
        made.append(Line(centre.directory, controlling=controlling))
        return made[-1]

    yield open_line
    for each in made:
        each.close()


def ended(line: Line) -> None:
    until(lambda: line.process.poll() is not None, "the console ended")


def kept(centre: Centre, text: str) -> bool:
    return text in str(centre.side.drafts("desk-1"))


@pytest.mark.parametrize("controlling", [True, False], ids=["with a hang-up signal", "without one"])
def test_the_line_breaks(centre: Centre, line: Callable[..., Line], controlling: bool) -> None:
    here = line(controlling=controlling)
    here.sign_in()
    here.keys("gang mawar 5")
    here.shows("gang mawar 5"[-2:])
    until(lambda: kept(centre, "gang mawar"), "the draft")
    here.shut()
    ended(here)
    assert kept(centre, "gang mawar 5")


@pytest.mark.parametrize("controlling", [True, False], ids=["with a hang-up signal", "without one"])
def test_the_line_hangs_and_then_breaks(centre: Centre, line: Callable[..., Line], controlling: bool) -> None:
    here = line(controlling=controlling)
    here.sign_in()
    here.keys("gang melati 7")
    until(lambda: kept(centre, "gang melati 7"), "the draft")
    here.hang()
    flood(centre, here)
    here.shut()
    ended(here)
    assert kept(centre, "gang melati 7")


def test_the_line_hangs_and_the_console_is_told_to_end(centre: Centre, line: Callable[..., Line]) -> None:
    here = line()
    here.sign_in()
    here.keys("gang anggrek 9")
    until(lambda: kept(centre, "gang anggrek 9"), "the draft")
    here.hang()
    flood(centre, here)
    here.process.send_signal(signal.SIGTERM)
    ended(here)
    assert kept(centre, "gang anggrek 9")


def flood(centre: Centre, line: Line) -> None:
    """Change what is on the screen until the line is full and the console waits for room."""
    filled = 0
    for number in range(2_000):
        line_resized(line, 80 + number % 2)
        time.sleep(0.03)
        filled += full(line)
        if filled > 40:  # more pieces than its queue has room for
            return
    raise AssertionError("the line never filled")


def line_resized(line: Line, columns: int) -> None:
    fcntl.ioctl(line._master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with contextlib.suppress(ProcessLookupError):
        os.kill(line.process.pid, signal.SIGWINCH)


def full(line: Line) -> bool:
    """Whether the console's output thread waits in a write."""
    for task in Path(f"/proc/{line.process.pid}/task").iterdir():
        try:
            if (task / "wchan").read_text() in {"wait_woken", "n_tty_write", "tty_write"}:
                return True
        except OSError:
            continue
    return False


def test_the_terminals_server_is_killed(centre: Centre) -> None:
    terminal = Tmux(
        [sys.executable, "-c", RUN, *WORDS, str(centre.directory)],
        columns=80,
        rows=24,
        env={"PYTHONPATH": str(Path.cwd())},
    )
    try:
        terminal.until("Kata sandi")
        terminal.keys("budi", "Enter", PASSWORD, "Enter")
        terminal.until(r"Budi \(")
        terminal.type("gang kenanga 3")
        until(lambda: kept(centre, "gang kenanga 3"), "the draft")
        pid = terminal.pid
        for number in range(20):  # it paints while the server goes
            centre.ring(str(number))
    finally:
        terminal.close()
    until(lambda: not Path(f"/proc/{pid}").exists(), "the console ended")
    assert kept(centre, "gang kenanga 3")
