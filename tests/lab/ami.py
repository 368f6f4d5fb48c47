"""A plain AMI client for tests: every packet kept, every wait with a limit. Not the product's own."""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

Packet = dict[str, list[str]]


class AmiError(RuntimeError):
    """An action was refused; the message is Asterisk's."""


def first(packet: Packet, key: str) -> str:
    """The first value of ``key``, or an empty text."""
    return packet.get(key, [""])[0]


class AmiClient:
    """One session. ``packets`` are all that came, in order, with the raw bytes in ``raw``."""

    def __init__(self, port: int, user: str, secret: str, *, host: str = "127.0.0.1", events: bool = True) -> None:
        self._socket = socket.create_connection((host, port), 30)
        self._socket.settimeout(None)
        self._ids = itertools.count(1)
        self._changed = threading.Condition()
        self.packets: list[Packet] = []
        self.raw = bytearray()
        self.open = True
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.action("Login", Username=user, Secret=secret, Events="on" if events else "off")

    def _read(self) -> None:
        buffer = b""
        banner = False
        while True:
            try:
                data = self._socket.recv(65536)
            except OSError:
                data = b""
            if not data:
                break
            buffer += data
            if not banner:
                if b"\r\n" not in buffer:
                    continue
                _, buffer = buffer.split(b"\r\n", 1)
                banner = True
            *whole, buffer = buffer.split(b"\r\n\r\n")
            with self._changed:
                self.raw += data
                for block in whole:
                    packet: Packet = {}
                    for line in block.split(b"\r\n"):
                        key, _, value = line.decode("utf-8", "replace").partition(": ")
                        packet.setdefault(key.rstrip(":"), []).append(value)
                    self.packets.append(packet)
                self._changed.notify_all()
        with self._changed:
            self.open = False
            self._changed.notify_all()

    def wait(self, wanted: Callable[[Packet], bool], timeout: float = 60.0, start: int = 0) -> Packet:
        """The first packet, from index ``start`` on, that is ``wanted``. Raises TimeoutError."""
        until = time.monotonic() + timeout
        at = start
        with self._changed:
            while True:
                while at < len(self.packets):
                    if wanted(self.packets[at]):
                        return self.packets[at]
                    at += 1
                left = until - time.monotonic()
                if left <= 0 or not self.open:
                    names = [first(p, "Event") for p in self.packets[start:] if "Event" in p]
                    raise TimeoutError(f"not seen within {timeout} s (connected: {self.open}); events: {names[-40:]}")
                self._changed.wait(left)

    def event(self, name: str, timeout: float = 60.0, start: int = 0, **headers: str) -> Packet:
        """The first event called ``name`` whose headers have these values. Raises TimeoutError."""
        return self.wait(lambda p: first(p, "Event") == name and _matches(p, headers), timeout, start)

    def events(self, name: str, start: int = 0, **headers: str) -> list[Packet]:
        """All events so far called ``name`` with these headers."""
        with self._changed:
            seen = self.packets[start:]
        return [p for p in seen if first(p, "Event") == name and _matches(p, headers)]

    def take(self) -> list[Packet]:
        """What came since the last time, which is then forgotten: for sessions that go on for long."""
        with self._changed:
            taken, self.packets = self.packets, []
            self.raw.clear()
        return taken

    def action(self, name: str, timeout: float = 60.0, **fields: str | int | list[str]) -> list[Packet]:
        """The answer and, for a list, its events. Raises AmiError when Asterisk says no."""
        answer = self.try_action(name, timeout, **fields)
        if first(answer[0], "Response") not in {"Success", "Goodbye", "Pong"}:
            raise AmiError(f"{name}: {first(answer[0], 'Message')}")
        return answer

    def try_action(self, name: str, timeout: float = 60.0, **fields: str | int | list[str]) -> list[Packet]:
        """Like :meth:`action`, with the refusal as the answer."""
        start = len(self.packets)
        action_id = f"lab-{next(self._ids)}"
        lines = [f"Action: {name}", f"ActionID: {action_id}"]
        for key, value in fields.items():
            lines += [f"{key}: {one}" for one in (value if isinstance(value, list) else [value])]
        self._socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        answer = self.wait(lambda p: first(p, "ActionID") == action_id and "Response" in p, timeout, start)
        if first(answer, "EventList") != "start":
            return [answer]
        self.wait(lambda p: first(p, "ActionID") == action_id and first(p, "EventList") == "Complete", timeout, start)
        return [answer, *(p for p in self.packets[start:] if first(p, "ActionID") == action_id and "Event" in p)]

    def close(self) -> None:
        """End the session."""
        with contextlib.suppress(OSError):  # the exchange may have been quicker
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._reader.join(2)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _matches(packet: Packet, headers: dict[str, str]) -> bool:
    return all(str(value) in packet.get(key, []) for key, value in headers.items())
