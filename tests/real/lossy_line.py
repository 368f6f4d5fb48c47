"""The line to a telephone, on which what the exchange asks it (OPTIONS) can get lost."""

from __future__ import annotations

import socket
import threading
from types import TracebackType
from typing import Self


class LossyLine:
    """Stands where the exchange looks for the telephone; passes everything on until it is told to lose questions."""

    def __init__(self, at: int, telephone: int, exchange: int) -> None:
        """``at``: the port in the telephone's contact; ``telephone`` and ``exchange``: where these really stand."""
        self._telephone, self._exchange = ("127.0.0.1", telephone), ("127.0.0.1", exchange)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", at))
        self._loses = threading.Event()
        self._closing = threading.Event()
        self.lost = 0
        """How many questions got lost."""
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def lose_questions(self) -> None:
        """From now on no OPTIONS arrives."""
        self._loses.set()

    def _run(self) -> None:
        self._socket.settimeout(0.1)
        while not self._closing.is_set():
            try:
                data, sender = self._socket.recvfrom(65536)
            except TimeoutError:
                continue
            if sender == self._telephone:
                self._socket.sendto(data, self._exchange)
            elif self._loses.is_set() and data.startswith(b"OPTIONS "):
                self.lost += 1
            else:
                self._socket.sendto(data, self._telephone)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._thread.join()
        self._socket.close()
