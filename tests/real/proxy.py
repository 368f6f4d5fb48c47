"""A TCP proxy between a bridge and its exchange: it can be cut, reset, or go silent with both sockets open."""

from __future__ import annotations

import contextlib
import ctypes
import socket
import struct
import threading
import time
from types import TracebackType
from typing import Self


def _abort(sock: socket.socket) -> None:
    """RST now, although another thread is reading: to "connect" to no family at all ends a TCP connection so."""
    nobody = struct.pack("H14x", socket.AF_UNSPEC)
    ctypes.CDLL(None).connect(sock.fileno(), nobody, len(nobody))


class Proxy:
    """Listens on ``port`` and passes everything on to ``target`` of this machine."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._silent = threading.Event()
        self.accepted = 0
        self.from_client = bytearray()
        """Everything that bridges sent, as it was sent."""
        self._marks: list[tuple[int, float]] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """End every connection that is open now."""
        pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for sock in pair:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)

    def reset(self) -> None:
        """End every connection that is open now with a RST; what was under way is thrown away."""
        pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for sock in pair:
                _abort(sock)

    def mute(self) -> None:
        """Pass on nothing more of the connections that are open; new ones are served (a half-open link)."""
        self._silent.set()
        self._silent = threading.Event()

    def sent_at(self, text: bytes, start: int = 0) -> float | None:
        """When ``text`` came from a bridge (time.time()), after position ``start`` of what it sent; None: not yet."""
        found = self.from_client.find(text, start)
        return None if found < 0 else next(at for end, at in list(self._marks) if end >= found + len(text))

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            try:
                server = socket.create_connection(("127.0.0.1", self._target))
            except OSError:  # the exchange is down
                client.close()
                continue
            self._pairs.append((client, server))
            silent = self._silent
            for one, other in ((client, server), (server, client)):
                kept = self.from_client if one is client else None
                threading.Thread(target=self._pass, args=(one, other, silent, kept), daemon=True).start()

    def _pass(self, one: socket.socket, other: socket.socket, silent: threading.Event, kept: bytearray | None) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                if kept is not None:
                    kept += data
                    self._marks.append((len(kept), time.time()))
                if not silent.is_set():
                    other.sendall(data)
        if not silent.is_set():
            with contextlib.suppress(OSError):
                other.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()
        self.cut()
