"""Starting our own services as processes, ending them with their parent, and bringing dead ones back."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

log = logging.getLogger(__name__)

_PR_SET_PDEATHSIG = 1
STEADY_S = 10.0
"""A service that ran so long starts its next restart without a pause."""


def end_with_parent() -> None:
    """Ask the kernel to end this process (SIGTERM) when its parent dies, even by kill -9 (prctl(2), Linux)."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def stop_event() -> threading.Event:
    """An event that SIGTERM and SIGINT set: the orderly end of a service."""
    event = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: event.set())
    return event


def start(arguments: Sequence[str], log_file: Path | None = None) -> subprocess.Popen[bytes]:
    """Start ``siaga112 ARGUMENTS`` as a process of its own; what it prints goes to ``log_file``."""
    out = open(log_file, "ab") if log_file else subprocess.DEVNULL  # noqa: SIM115, PTH123 - closed below
    try:
        return subprocess.Popen(
            [sys.executable, "-m", "console.main", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env={**os.environ, "SIAGA112_CHILD": "1"},
        )
    finally:
        if log_file:
            out.close()  # type: ignore[union-attr]


def end(process: subprocess.Popen[bytes], patience_s: float = 5.0) -> None:
    """SIGTERM, and after ``patience_s`` SIGKILL; always reaped."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(patience_s)
        except subprocess.TimeoutExpired:
            log.warning("process %d did not end within %g s and was killed", process.pid, patience_s)
            process.kill()
    process.wait()


class Supervisor:
    """Keeps services running: a dead one is started again, after a pause that doubles while it keeps dying."""

    def __init__(
        self, services: Mapping[str, Callable[[], subprocess.Popen[bytes]]], most_pause_s: float = 10.0
    ) -> None:
        self._start = services
        self._most = most_pause_s
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._since: dict[str, float] = {}
        self._pause: dict[str, float] = dict.fromkeys(services, 0.0)
        self._due: dict[str, float] = dict.fromkeys(services, 0.0)

    def step(self) -> None:
        """Reap what died, start what is due. Never blocks."""
        now = time.monotonic()
        for name, start_service in self._start.items():
            process = self._running.get(name)
            if process is not None and process.poll() is not None:
                steady = now - self._since[name] >= STEADY_S
                self._pause[name] = 0.1 if steady else min(self._most, max(0.1, self._pause[name] * 2))
                self._due[name] = now + self._pause[name]
                log.warning(
                    "service %s ended with status %s; it starts again in %.1f s",
                    name, process.returncode, self._pause[name],
                )  # fmt: skip
                del self._running[name]
                process = None
            if process is None and now >= self._due[name]:
                self._running[name] = start_service()
                self._since[name] = now
                log.info("service %s runs as process %d", name, self._running[name].pid)

    def run(self, stop: threading.Event) -> None:
        """Supervise until ``stop``, then end all services in order."""
        try:
            while not stop.wait(0.1):
                self.step()
        finally:
            for process in self._running.values():
                if process.poll() is None:
                    process.terminate()
            for process in self._running.values():
                end(process)
