"""Child processes that end for certain: by their own id, with a record of what they printed."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self


class Process:
    """A running program. ``log`` takes its output. Use as a context manager, or call :meth:`end`."""

    def __init__(
        self, name: str, argv: Sequence[str | Path], log: Path, *, env: Mapping[str, str] | None = None
    ) -> None:
        self.name = name
        self.log = log
        with log.open("ab") as out:
            self._child = subprocess.Popen(
                [str(word) for word in argv],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=None if env is None else dict(env),
                cwd=log.parent,
            )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._child.pid

    def running(self) -> bool:
        """Whether it still runs (a finished one is reaped on the way)."""
        return self._child.poll() is None

    def wait(self, timeout: float = 60.0) -> int:
        """Its exit status. Raises TimeoutError, with the end of its log, when it does not end in time."""
        try:
            return self._child.wait(timeout)
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"{self.name} still runs after {timeout} s: {self.output()[-600:]}") from None

    def output(self) -> str:
        """What it printed so far."""
        return self.log.read_text("utf-8", "replace") if self.log.exists() else ""

    def kill9(self) -> None:
        """SIGKILL, and reap it."""
        if self.running():
            self._child.kill()
        self._child.wait()

    def end(self, grace: float = 3.0) -> None:
        """SIGTERM, after ``grace`` seconds SIGKILL; it is reaped in any case."""
        if self.running():
            self._child.terminate()
            try:
                self._child.wait(grace)
            except subprocess.TimeoutExpired:
                self._child.kill()
        self._child.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()
