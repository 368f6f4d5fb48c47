"""A real terminal: tmux on a server of its own, keys pressed, screens read."""

from __future__ import annotations

import re
import secrets
import shlex
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self


def _flowing(screen: str) -> str:
    """The screen as one line of words."""
    return " ".join(screen.split())


class Tmux:
    """One terminal of ``columns`` x ``rows`` that runs a command."""

    def __init__(self, argv: Sequence[str], *, columns: int = 120, rows: int = 40, env: dict[str, str] | None = None):
        self._name = f"siaga-{secrets.token_hex(4)}"
        self.closed = False
        settings = [word for key, value in (env or {}).items() for word in ("-e", f"{key}={value}")]
        command = f"exec {shlex.join(argv)}"
        self._tmux(
            "-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows), *settings, command,
            ";", "set-option", "-g", "remain-on-exit", "on",
        )  # fmt: skip

    def _tmux(self, *words: str) -> str:
        run = subprocess.run(["tmux", "-L", self._name, *words], capture_output=True, text=True, check=False)
        assert run.returncode == 0, f"tmux {words[0]}: {run.stderr}"
        return run.stdout

    @property
    def pid(self) -> int:
        """The process id of the program in the terminal."""
        return int(self._tmux("list-panes", "-F", "#{pane_pid}"))

    @property
    def dead(self) -> bool:
        """Whether the program has ended."""
        return self._tmux("list-panes", "-F", "#{pane_dead}").strip() == "1"

    @property
    def exit_status(self) -> int:
        """The program's exit status after its end; -1 when a signal ended it (tmux then shows none)."""
        status = self._tmux("list-panes", "-F", "#{pane_dead_status}").strip()
        return int(status) if status else -1

    def keys(self, *keys: str) -> None:
        """Press keys by tmux's names (F3, Enter, Tab, BTab, Escape, ...)."""
        self._tmux("send-keys", *keys)

    def type(self, text: str) -> None:
        """Type text, letter by letter as it stands."""
        self._tmux("send-keys", "-l", text)

    def paste(self, text: str) -> None:
        """Paste text, bracketed when the program asked for that."""
        subprocess.run(["tmux", "-L", self._name, "load-buffer", "-"], input=text.encode(), check=True)
        self._tmux("paste-buffer", "-p")

    def resize(self, columns: int, rows: int) -> None:
        """Change the terminal's size."""
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def screen(self) -> str:
        """What stands on the screen now, as text."""
        return self._tmux("capture-pane", "-p")

    def colours(self) -> str:
        """The screen with its escape sequences as tmux writes them anew."""
        return self._tmux("capture-pane", "-p", "-e", "-N")

    def until(self, wanted: str | Callable[[str], bool], timeout: float = 60.0) -> str:
        """The screen once it shows ``wanted``: a regular expression (also across wrapped lines), or a test.

        Fails with the screen otherwise.
        """
        deadline = time.monotonic() + timeout
        while True:
            screen = self.screen()
            if wanted(screen) if callable(wanted) else re.search(wanted, screen) or re.search(wanted, _flowing(screen)):
                return screen
            if time.monotonic() > deadline:
                raise AssertionError(f"within {timeout:g} s the screen did not show {wanted!r}:\n{screen}")
            time.sleep(0.03)

    def until_gone(self, unwanted: str, timeout: float = 60.0) -> str:
        """The screen once it no longer shows the regular expression."""
        return self.until(lambda screen: not re.search(unwanted, screen), timeout)

    def until_dead(self, timeout: float = 60.0) -> int:
        """Wait for the program's end; its exit status."""
        deadline = time.monotonic() + timeout
        while not self.dead:
            assert time.monotonic() < deadline, f"still running after {timeout:g} s:\n{self.screen()}"
            time.sleep(0.03)
        return self.exit_status

    def save(self, path: Path) -> None:
        """Keep the screen's text, for a person to look at after a failure."""
        path.write_text(self.screen())

    def close(self) -> None:
        """End the terminal and what runs in it."""
        self.closed = True
        subprocess.run(["tmux", "-L", self._name, "kill-server"], capture_output=True, check=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
