"""A whole centre on this machine: data directory, users, services as processes, consoles in real terminals."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from console.auth import set_password
from console.compose import open_journal
from data.administration import create_user
from data.entry import Entry
from data.journal import Journal
from data.side import SideTables
from telephony.asterisk.names import CEL_FILE
from tests.e2e.tmux import Tmux
from tests.lab import Exchange

PASSWORD = "sangat-rahasia-42"
SIAGA = [sys.executable, "-m", "console.main"]

CONFIGURATION = """
[centre]
name = "Call Center 112 Uji"
language = "{language}"

[telephony]
vanish_seconds = {vanish}

[[pbx]]
name = "lab"
host = "127.0.0.1"
port = {port}
user = "{user}"
secret = "{secret}"
dial_user = "siaga112-dial"
dial_secret = "{dial_secret}"
cel_file = "{cel}"
telephones = {{ {telephones} }}

[dispatch]
acknowledge_seconds = {{ "1" = {limit} }}

[console]
speech = false
"""


class Centre:
    """A centre with ``exchange``; users siti and budi (call-takers), dewi (dispatcher), admin. Close it at the end."""

    def __init__(
        self,
        folder: Path,
        exchange: Exchange,
        *,
        language: str = "en",
        vanish: float = 15.0,
        port: int = 0,
        limit: int = 5,
        listening: bool = False,
    ):
        self.exchange = exchange
        assert exchange.harness.open  # from here on it notes what the exchange tells, and when
        self.data = folder / "data"
        self.data.mkdir(mode=0o700)
        telephones = ", ".join(f'"PJSIP/{o.name}" = "{o.number}"' for o in exchange.settings.operators)
        (self.data / "siaga112.toml").write_text(
            CONFIGURATION.format(
                language=language,
                vanish=vanish,
                port=port or exchange.ami_port,
                user=exchange.ami_user,
                secret=exchange.ami_secret,
                dial_secret=exchange.dial_secret,
                limit=limit,
                cel=exchange.log / CEL_FILE,
                telephones=telephones,
            )
        )
        if listening:  # where the recordings are: fingerprints, recall
            file = self.data / "siaga112.toml"
            file.write_text(
                file.read_text().replace("\n[dispatch]", f'recordings = "{exchange.recordings}"\n\n[dispatch]')
            )
        self._processes: list[subprocess.Popen[bytes]] = []
        self._terminals: list[Tmux] = []
        self._journal = open_journal(self.data, create=True)
        for login, name, roles in (
            ("admin", "Ibu Admin", ("admin",)),
            ("siti", "Siti", ("calltaker",)),
            ("budi", "Budi", ("calltaker",)),
            ("dewi", "Dewi", ("dispatcher",)),
        ):
            self.add(login, name, roles)

    def add(self, login: str, name: str, roles: tuple[str, ...]) -> None:
        """One more user, with the password of all."""
        self._journal.decide(lambda view: create_user(view, "test", login, name, roles))
        set_password(self._journal, "test", login, PASSWORD)

    @property
    def journal(self) -> Journal:
        """The centre's journal, opened by the test as one more process would."""
        return self._journal

    # --- processes

    def siaga(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command of siaga112 on this centre's data directory."""
        run = subprocess.run(
            [*SIAGA, *arguments, "--data", str(self.data)], capture_output=True, text=True, check=False
        )
        assert not check or run.returncode == 0, run.stderr + run.stdout
        return run

    def serve(self) -> subprocess.Popen[bytes]:
        """Start the services, and wait until the exchange is linked."""
        process = subprocess.Popen([*SIAGA, "serve", "--data", str(self.data)], stdin=subprocess.DEVNULL)
        self._processes.append(process)
        self.until(lambda: any(e.kind == "pbx.linked" for e in self.entries()), "the exchange is linked")
        return process

    def service_pid(self, name: str) -> int | None:
        """The process id of a service (bridge:lab, handover); None while it does not run."""
        pattern = re.compile(rf"console\.main\0service\0{re.escape(name)}\0.*{re.escape(str(self.data))}", re.S)
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                if pattern.search(path.read_text(errors="replace")):
                    return int(path.parent.name)
            except OSError:
                continue
        return None

    def kill_service(self, name: str) -> None:
        """kill -9 of a service; the supervisor brings it back."""
        pid = self.until(lambda: self.service_pid(name), f"the service {name} runs")
        os.kill(pid, signal.SIGKILL)

    # --- consoles

    def console(self, terminal: str, *, columns: int = 120, rows: int = 40) -> Tmux:
        """An operator's console in a real terminal, at its sign-in screen."""
        opened = Tmux(
            [*SIAGA, "console", "--terminal", terminal, "--data", str(self.data)], columns=columns, rows=rows,
            env={"PYTHONPATH": str(Path(__file__).parents[2])},
        )  # fmt: skip
        self._terminals.append(opened)
        return opened

    # --- looking

    def entries(self, kind: str = "") -> list[Entry]:
        """All entries so far (of one kind, or of kinds with that prefix ending in a point)."""
        found: list[Entry] = []
        after = 0
        while batch := self._journal.read(after):
            found += batch
            after = batch[-1].seq
        return [e for e in found if e.kind == kind or (kind.endswith(".") and e.kind.startswith(kind)) or not kind]

    def rows(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        """Ask the derived tables."""
        return list(self._journal.execute(sql, params).fetchall())

    def until(self, test: Callable[[], Any], what: str, timeout: float = 60.0) -> Any:
        """Wait until ``test`` gives something true, which is returned."""
        deadline = time.monotonic() + timeout
        while not (result := test()):
            if time.monotonic() > deadline:
                screens = "\n".join(t.screen() for t in self._terminals if not t.closed)
                kinds = [f"{e.seq} {e.kind} {e.stream} {e.body}"[:300] for e in self.entries()][-30:]
                logs = [path.name + ":\n" + path.read_text()[-1500:] for path in (self.data / "log").glob("*.log")]
                told = "\n".join([*kinds, *logs])
                raise AssertionError(f"not within {timeout:g} s: {what}\n{screens}\n{told}")
            time.sleep(0.02)
        return result

    def drafts(self, terminal: str) -> dict[str, dict[str, str]]:
        """What is typed and not saved at a terminal."""
        side = SideTables(self.data)
        found = side.drafts(terminal)
        side.close()
        return found

    def close(self) -> None:
        """End consoles and services."""
        for terminal in self._terminals:
            terminal.close()
        for process in self._processes:
            if process.poll() is None:
                process.terminate()
            process.wait(60)
        self._journal.close()
