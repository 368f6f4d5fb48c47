"""A program in a pseudo-terminal: keys pressed, bytes timed. For the headless demo, benchmarks and tests."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Mapping, Sequence

KEYS: Mapping[str, bytes] = {
    "enter": b"\r", "tab": b"\t", "backtab": b"\x1b[Z", "escape": b"\x1b", "up": b"\x1b[A", "down": b"\x1b[B",
    "f1": b"\x1bOP", "f2": b"\x1bOQ", "f3": b"\x1bOR", "f4": b"\x1bOS", "f5": b"\x1b[15~", "f6": b"\x1b[17~",
    "f7": b"\x1b[18~", "f8": b"\x1b[19~", "f9": b"\x1b[20~", "f12": b"\x1b[24~", "backspace": b"\x7f", "space": b" ",
}  # fmt: skip
"""What an xterm sends."""


class PtyTerminal:
    """Runs ``arguments`` in a pseudo-terminal of ``columns`` x ``rows``; a thread reads and stamps its output.

    Times are of ``time.time()`` in seconds (UTC), so that they compare with an exchange's Timestamps.
    """

    def __init__(
        self, arguments: Sequence[str], *, columns: int = 120, rows: int = 40, env: Mapping[str, str] | None = None
    ) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **(env or {})}
        environment.pop("NO_COLOR", None)
        self.process = subprocess.Popen(
            arguments, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True, close_fds=True
        )
        os.close(slave)
        self._changed = threading.Condition()
        self._output = bytearray()
        self._marks: list[tuple[int, float]] = []
        self._stop_read, self._stop_write = os.pipe()
        self._thread = threading.Thread(target=self._read, name="pty-reader", daemon=True)
        self._thread.start()

    @property
    def output(self) -> bytes:
        """Everything that the program has written so far."""
        with self._changed:
            return bytes(self._output)

    @property
    def length(self) -> int:
        """How many bytes the program has written so far: a position for ``seen_at`` and ``wait_for``."""
        with self._changed:
            return len(self._output)

    def press(self, *keys: str) -> None:
        """Press named keys (see KEYS); anything else is typed as it is."""
        for key in keys:
            os.write(self._master, KEYS.get(key) or key.encode())

    def wait_for(self, text: str, timeout_s: float = 10.0, start: int = 0) -> float:
        """When ``text`` had reached the terminal (after position ``start``). Raises TimeoutError."""
        wanted = text.encode()
        deadline = time.monotonic() + timeout_s
        with self._changed:
            while (found := self._output.find(wanted, start)) < 0:
                left = deadline - time.monotonic()
                if left <= 0 or (self.process.poll() is not None and not self._thread.is_alive()):
                    raise TimeoutError(f"{text!r} did not appear within {timeout_s:g} s")
                self._changed.wait(left)
            return self._when(found + len(wanted))

    def seen_at(self, text: str, start: int = 0) -> float | None:
        """When ``text`` first reached the terminal after position ``start``, or None."""
        wanted = text.encode()
        with self._changed:
            found = self._output.find(wanted, start)
            return None if found < 0 else self._when(found + len(wanted))

    def resize(self, columns: int, rows: int) -> None:
        """Change the terminal's size, as a window does."""
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        os.killpg(self.process.pid, signal.SIGWINCH)

    def close(self, patience_s: float = 5.0) -> None:
        """End the program (SIGTERM, then SIGKILL), join the reader, then close the terminal."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(patience_s)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()
        os.write(self._stop_write, b"x")
        self._thread.join()
        for fd in (self._master, self._stop_read, self._stop_write):
            os.close(fd)

    def _when(self, position: int) -> float:
        for end, at in self._marks:
            if end >= position:
                return at
        return self._marks[-1][1]

    def _read(self) -> None:
        while True:
            ready, _, _ = select.select([self._master, self._stop_read], [], [])
            if self._master in ready:
                try:
                    data = os.read(self._master, 65536)
                except OSError:
                    data = b""  # the program has ended and closed its side
                at = time.time()
                with self._changed:
                    if data:
                        self._output += data
                        self._marks.append((len(self._output), at))
                    self._changed.notify_all()
                if not data:
                    return
            elif ready:
                return
