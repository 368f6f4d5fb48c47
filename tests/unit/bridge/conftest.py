"""A bridge in this process, towards an exchange that is told what to say; for what a real one does not do on demand."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from console.compose import projections
from data.clock import SECOND, now
from data.entry import Entry
from data.journal import Journal
from data.side import SideTables
from telephony.bridge.service import Bridge
from telephony.calls import queries
from telephony.commands import request
from telephony.link.link import REQUIRED_ACTIONS
from telephony.settings import Telephony
from tests.unit.link.conftest import pbx_of
from tests.unit.link.fake_ami import FakeAMI, FakeConn, listing, until


class FakeExchange(FakeAMI):
    """Answers the lists of a snapshot and the bridge's actions; ``broken`` actions are answered with an error."""

    def __init__(self) -> None:
        self.channels: list[bytes] = []
        self.broken: dict[str, str] = {}
        self.silent: set[str] = set()
        self.before_list: Callable[[FakeConn], None] = lambda conn: None
        self.uptime = 500
        self.rights = REQUIRED_ACTIONS
        super().__init__(self._answer)

    def _answer(self, conn: FakeConn, fields: dict[str, str]) -> bool:
        name, action_id = fields["Action"], fields.get("ActionID", "")
        head = f"ActionID: {action_id}\r\n".encode()
        if name in self.silent:
            return True
        if name in self.broken:
            conn.send(b"Response: Error\r\n" + head + f"Message: {self.broken[name]}\r\n\r\n".encode())
        elif name == "Ping":
            stamp = now()
            text = f"Ping: Pong\r\nTimestamp: {stamp // SECOND}.{stamp % SECOND:06d}\r\n\r\n"
            conn.send(b"Response: Success\r\n" + head + text.encode())
        elif name == "CoreShowChannels":
            self.before_list(conn)
            listing(conn, action_id, self.channels, "CoreShowChannelsComplete")
        elif name in ("QueueStatus", "ParkedCalls", "DeviceStateList"):
            listing(conn, action_id, [], name + "Complete")
        elif name == "ListCommands":
            rows = "".join(f"{action}: what it does (Priv: all)\r\n" for action in self.rights)
            conn.send(b"Response: Success\r\n" + head + rows.encode() + b"\r\n")
        elif name == "Getvar":
            conn.send(b"Response: Success\r\n" + head + b"Variable: X112_CALL\r\nValue: 1.1\r\n\r\n")
        elif name == "Login":
            conn.send(b"Response: Success\r\n" + head + b"Message: Authentication accepted\r\n\r\n")
            if self.uptime:
                conn.send(b"Event: FullyBooted\r\nUptime: %d\r\n\r\n" % self.uptime)
        else:
            return False
        return True


def stamped(name: str, *headers: str, at: int | None = None) -> bytes:
    """An event with its Timestamp."""
    moment = now() if at is None else at
    lines = [f"Event: {name}", f"Timestamp: {moment // SECOND}.{moment % SECOND:06d}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def arrival(call: str, name: str = "Budi", at: int | None = None) -> bytes:
    """A caller comes in."""
    return stamped(
        "Newchannel", f"Channel: PJSIP/trunk-{call}", "ChannelState: 4", "CallerIDNum: 081", f"CallerIDName: {name}",
        "Context: from-trunk", "Exten: 112", f"Uniqueid: {call}", f"Linkedid: {call}", at=at,
    )  # fmt: skip


def hangup(call: str, at: int | None = None) -> bytes:
    """The caller's channel is gone."""
    return stamped(
        "Hangup", f"Channel: PJSIP/trunk-{call}", f"Uniqueid: {call}", f"Linkedid: {call}", "Cause: 16", at=at
    )


def channel_row(call: str) -> bytes:
    """A row of CoreShowChannels."""
    lines = [
        "Event: CoreShowChannel", f"Channel: PJSIP/trunk-{call}", "ChannelState: 6", "CallerIDNum: 081",
        "Context: waiting", "Exten: s", f"Uniqueid: {call}", f"Linkedid: {call}", "Duration: 00:00:09",
        f"ChanVariable: X112_CALL={call}",
    ]  # fmt: skip
    return "\r\n".join(lines).encode()


class House:
    """The exchange, the journal, and bridges that are started and stopped."""

    def __init__(self, folder: Path) -> None:
        self.exchange = FakeExchange()
        self.journal = Journal(folder, projections())
        self.side = SideTables(folder)
        self._running: list[tuple[threading.Event, threading.Thread]] = []

    def bridge(
        self, name: str = "pwk/1", *, claim_seconds: float = 4.0, snapshot_seconds: float = 60, **pbx: Any
    ) -> Callable[[], None]:
        """Start a bridge; returns what stops it in order."""
        settings = Telephony(claim_seconds=claim_seconds, snapshot_seconds=snapshot_seconds, backlog=1000)
        stop = threading.Event()
        made = Bridge(settings, pbx_of(self.exchange, name="pwk", **pbx), self.journal, self.side, name=name)
        thread = threading.Thread(target=made.run, args=(stop,), daemon=True)
        thread.start()
        self._running.append((stop, thread))

        def end() -> None:
            stop.set()
            thread.join(60)
            assert not thread.is_alive()

        return end

    def entries(self, kind: str = "") -> list[Entry]:
        return [e for e in self.journal.read(0, 100_000) if e.kind.startswith(kind)]

    def has(self, kind: str, times: int = 1) -> list[Entry]:
        assert until(lambda: len(self.entries(kind)) >= times, 60), [e.kind for e in self.entries()]
        return self.entries(kind)

    def story(self, call: str) -> list[str]:
        return [e.kind.removeprefix("call.") for e in self.journal.stream(f"call/pwk/{call}")]

    def do(self, action: str, **what: Any) -> tuple[str | None, str | None]:
        draft = request("pwk", action, actor="sari", terminal="meja-1", **what)
        self.journal.append([draft])
        return self.outcome(draft.id)

    def outcome(self, command: str) -> tuple[str | None, str | None]:
        assert until(lambda: (r := queries.command(self.journal, command)) is not None and r.result, 60)
        row = queries.command(self.journal, command)
        assert row is not None
        return row.result, row.result_reason

    def close(self) -> None:
        for stop, thread in self._running:
            stop.set()
            thread.join(60)
        self.exchange.close()
        self.side.close()
        self.journal.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.close()
