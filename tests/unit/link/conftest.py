from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from telephony.link.connection import Connection
from telephony.link.inbox import Inbox, Item
from telephony.link.link import Link
from telephony.link.packet import Packet
from telephony.settings import Pbx
from tests.unit.link.fake_ami import FakeAMI, until


def pbx_of(server: FakeAMI, **more: Any) -> Pbx:
    """Settings for the fake server: patient, so that a busy machine is not taken for a dead exchange. Tests of what
    happens when time is up say which."""
    values: dict[str, Any] = {
        "name": "test", "port": server.port, "secret": "s3cret", "user": "siaga112", "connect_seconds": 30.0,
        "login_seconds": 30.0, "reply_seconds": 30.0, "ping_seconds": 0.05, "dead_seconds": 30.0,
        "retry_seconds": 0.02, "retry_most_seconds": 0.1,
    }  # fmt: skip
    return Pbx(**(values | more))


class Taken:
    """What has been taken out of an inbox so far."""

    def __init__(self, inbox: Inbox) -> None:
        self.inbox = inbox
        self.items: list[Item] = []

    def all(self) -> list[Item]:
        while found := self.inbox.take(0):
            self.items += found
        return self.items

    def kinds(self) -> list[str]:
        """Event names, and the class names of what is no event."""
        return [i.name if isinstance(i, Packet) and i.name else type(i).__name__ for i in self.all()]

    def has(self, kind: str, times: int = 1) -> bool:
        return until(lambda: self.kinds().count(kind) >= times)


@pytest.fixture
def serve() -> Iterator[Callable[..., FakeAMI]]:
    servers: list[FakeAMI] = []

    def make(*args: Any, **kwargs: Any) -> FakeAMI:
        servers.append(FakeAMI(*args, **kwargs))
        return servers[-1]

    yield make
    for server in servers:
        server.close()


@pytest.fixture
def connect() -> Iterator[Callable[..., tuple[Connection, Taken]]]:
    opened: list[Connection] = []

    def make(server: FakeAMI, **more: Any) -> tuple[Connection, Taken]:
        inbox = Inbox(backlog=more.pop("backlog", 20_000))
        connection = Connection(pbx_of(server, **more), inbox)
        opened.append(connection)
        connection.open()
        assert until(lambda: inbox.waiting == 2), "LinkUp and FullyBooted"
        return connection, Taken(inbox)

    yield make
    for connection in opened:
        connection.disconnect()


@pytest.fixture
def link() -> Iterator[Callable[..., tuple[Link, Taken]]]:
    started: list[Link] = []

    def make(server: FakeAMI, *, required: tuple[str, ...] = (), **more: Any) -> tuple[Link, Taken]:
        made = Link(pbx_of(server, **more), required=required)
        started.append(made)
        made.start()
        return made, Taken(made.inbox)

    yield make
    for each in started:
        each.stop()
