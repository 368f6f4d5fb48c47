"""A bridge as a process of its own, for tests that kill it; and what they read from its journal."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from console.compose import projections
from data.entry import Draft, Entry
from data.journal import Journal
from data.side import SideTables
from telephony.calls import queries
from telephony.commands import request
from tests.calls import all_calls
from tests.lab.waiting import until

__all__ = ["PBX", "ROOT", "Centre", "until"]

PBX = "pwk"
ROOT = Path(__file__).parents[2]


class Centre:
    """A data directory with its journal, bridges as processes, and a person who asks."""

    def __init__(self, folder: Path, port: int, secret: str, **settings: Any) -> None:
        self.folder = folder
        self.journal = Journal(folder, projections())
        self.side = SideTables(folder)
        self.pbx = {"name": PBX, "port": port, "secret": secret, "retry_seconds": 0.1, "retry_most_seconds": 0.5}
        self.settings = settings
        self.nuisance: dict[str, Any] = {}
        self.bridges: list[subprocess.Popen[bytes]] = []

    def bridge(self, *, linked: bool = True, **pbx: Any) -> subprocess.Popen[bytes]:
        """Start one more bridge, and wait until it has the exchange (and its picture of it)."""
        before = self.journal.head()[0]
        text = json.dumps({"telephony": self.settings, "nuisance": self.nuisance, "pbx": self.pbx | pbx})
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.real.bridge_process", str(self.folder), text],
            cwd=ROOT,
            stderr=(self.folder / "bridge.log").open("ab"),
        )
        self.bridges.append(process)
        if linked:
            self.await_kind("pbx.linked", after=before)
        return process

    def kill(self, bridge: subprocess.Popen[bytes], how: int = signal.SIGKILL) -> None:
        bridge.send_signal(how)
        bridge.wait(60)

    def entries(self, kind: str = "", after: int = 0) -> list[Entry]:
        """Entries whose kind begins with ``kind``."""
        return [e for e in self.journal.read(after, 100_000) if e.kind.startswith(kind)]

    def await_kind(self, kind: str, times: int = 1, after: int = 0, seconds: float = 60.0) -> list[Entry]:
        found: list[Entry] = until(lambda: len(some := self.entries(kind, after)) >= times and some, seconds)
        assert found, f"not {times} x {kind}; {self.kinds(after)}\n{self.log()}"
        return found

    def kinds(self, after: int = 0) -> list[str]:
        return [e.kind for e in self.journal.read(after, 100_000)]

    def calls(self) -> list[queries.CallRow]:
        """All calls, oldest first."""
        return all_calls(self.journal)

    def story(self, stream: str) -> list[str]:
        """The kinds of one call's entries, in order."""
        return [e.kind.removeprefix("call.") for e in self.journal.stream(stream)]

    def ask(self, action: str, **what: Any) -> str:
        """A person asks the exchange for something; the command's id."""
        command: Draft = request(PBX, action, actor="sari", terminal="meja-1", **what)
        self.journal.append([command])
        return command.id

    def outcome(self, command: str, seconds: float = 60.0) -> tuple[str, str | None]:
        row = until(
            lambda: (r := queries.command(self.journal, command)) is not None and r.result is not None and r, seconds
        )
        assert row, f"{command} was never finished\n{self.log()}"
        return row.result, row.result_reason

    def do(self, action: str, **what: Any) -> tuple[str, str | None]:
        return self.outcome(self.ask(action, **what))

    def log(self) -> str:
        path = self.folder / "bridge.log"
        return path.read_text("utf-8", "replace")[-4000:] if path.exists() else ""

    def close(self) -> None:
        for bridge in self.bridges:
            if bridge.poll() is None:
                bridge.send_signal(signal.SIGCONT)
                bridge.terminate()
        for bridge in self.bridges:
            try:
                bridge.wait(60)
            except subprocess.TimeoutExpired:
                bridge.kill()
                bridge.wait()
        self.side.close()
        self.journal.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def main() -> None:
    import logging
    import threading

    from telephony.bridge.service import Bridge
    from telephony.settings import read_telephony

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(process)d %(name)s %(message)s")
    folder, settings = Path(sys.argv[1]), json.loads(sys.argv[2])
    telephony = read_telephony(settings["telephony"], [settings["pbx"]], settings["nuisance"])
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    with Journal(folder, projections()) as journal:
        Bridge(telephony, telephony.pbx[0], journal, SideTables(folder), name=f"{PBX}/{os.getpid()}").run(stop)


if __name__ == "__main__":
    main()
