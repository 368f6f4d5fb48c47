"""An AMI server on 127.0.0.1 for tests: says what it is told to say, byte by byte, and notes all it receives."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable

BANNER = b"Asterisk Call Manager/11.0.0\r\n"
Fields = list[tuple[str, str]]


def until(condition: Callable[[], object], seconds: float = 60.0) -> bool:
    """Wait for ``condition``; the tests' only clock is patience, not a limit on speed."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True


class FakeConn:
    """One accepted connection."""

    def __init__(self, server: FakeAMI, sock: socket.socket) -> None:
        self.server = server
        self.sock = sock
        self.raw = b""
        self.actions: list[Fields] = []
        self.closed = threading.Event()
        self._sending = threading.Lock()
        self.reading = threading.Event()
        self.reading.set()
        self.thread = threading.Thread(target=self._loop, daemon=True)

    def send(self, data: bytes) -> None:
        """Whole, whoever else sends. Over TLS only within a handler: one thread at a time may use such a socket."""
        with self._sending:
            self.sock.sendall(data)

    def event(self, name: str, *pairs: tuple[str, str], **more: str) -> None:
        lines = [f"Event: {name}", *(f"{k}: {v}" for k, v in [*pairs, *more.items()])]
        self.send(("\r\n".join(lines) + "\r\n\r\n").encode())

    def fin(self) -> None:
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()

    def reset(self) -> None:
        """End by RST, as a firewall or a killed machine does."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.shutdown(socket.SHUT_RD)
        if threading.current_thread() is not self.thread:
            self.thread.join(1)
        self.sock.close()

    def names(self) -> list[str]:
        """Names of the actions received."""
        return [dict(fields).get("Action", "") for fields in self.actions]

    def _loop(self) -> None:
        buffer = b""
        try:
            if self.server.banner is not None:
                self.send(self.server.banner)
            while True:
                self.reading.wait()
                data = self.sock.recv(65536)
                if not data:
                    break
                self.raw += data
                buffer += data
                while b"\r\n\r\n" in buffer:
                    pack, buffer = buffer.split(b"\r\n\r\n", 1)
                    fields: Fields = []
                    for line in pack.decode("utf-8", "replace").split("\r\n"):
                        key, _, value = line.partition(": ")
                        fields.append((key, value))
                    self.actions.append(fields)
                    self.server.dispatch(self, fields)
        except OSError:
            pass
        self.closed.set()


class FakeAMI:
    """``handler(conn, fields)`` returns True when it has dealt with an action; else the usual answer goes out."""

    def __init__(
        self,
        handler: Callable[[FakeConn, dict[str, str]], bool] | None = None,
        *,
        banner: bytes | None = BANNER,
        tls: ssl.SSLContext | None = None,
        small_buffer: bool = False,
    ) -> None:
        self.handler = handler
        self.banner = banner
        self.mute = False
        self.secret = "s3cret"
        self.conns: list[FakeConn] = []
        self.port = 0
        self._tls = tls
        self._small = small_buffer
        self.listen()

    def listen(self) -> None:
        """Open the listening socket (again)."""
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if self._small:
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
        self._listener.bind(("127.0.0.1", self.port))
        self._listener.listen(64)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def refuse(self) -> None:
        """Close the listening socket: the exchange is down."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def close(self) -> None:
        self.refuse()
        for conn in self.conns:
            conn.reading.set()
            conn.fin()

    def conn(self, number: int = 1) -> FakeConn:
        """The ``number``-th connection, waited for."""
        assert until(lambda: len(self.conns) >= number), f"there was no connection {number}"
        return self.conns[number - 1]

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            try:
                if self._tls is not None:
                    sock = self._tls.wrap_socket(sock, server_side=True)
            except OSError:
                sock.close()
                continue
            conn = FakeConn(self, sock)
            self.conns.append(conn)
            conn.thread.start()

    def dispatch(self, conn: FakeConn, fields: Fields) -> None:
        found = dict(fields)
        if self.mute or (self.handler is not None and self.handler(conn, found)):
            return
        action = found.get("Action", "").lower()
        head = b"Response: Success\r\nActionID: " + found.get("ActionID", "").encode() + b"\r\n"
        if action == "login":
            if found.get("Secret") != self.secret:
                conn.send(head.replace(b"Success", b"Error") + b"Message: Authentication failed\r\n\r\n")
                conn.fin()
                return
            conn.send(head + b"Message: Authentication accepted\r\n\r\n")
            conn.send(b"Event: FullyBooted\r\nPrivilege: system,all\r\nUptime: 500\r\nStatus: Fully Booted\r\n\r\n")
        elif action == "ping":
            conn.send(head + b"Ping: Pong\r\n\r\n")
        else:
            conn.send(head + b"Message: ok\r\n\r\n")


def listing(conn: FakeConn, action_id: str, entries: list[bytes], complete: str) -> None:
    """Answer an action by a list of events, as Asterisk does."""
    aid = b"ActionID: " + action_id.encode() + b"\r\n"
    conn.send(b"Response: Success\r\n" + aid + b"EventList: start\r\nMessage: List will follow\r\n\r\n")
    for entry in entries:
        name, _, rest = entry.partition(b"\r\n")
        conn.send(name + b"\r\n" + aid + rest + (b"\r\n\r\n" if rest else b"\r\n"))
    conn.send(
        b"Event: " + complete.encode() + b"\r\n" + aid + b"EventList: Complete\r\nListItems: %d\r\n\r\n" % len(entries)
    )
