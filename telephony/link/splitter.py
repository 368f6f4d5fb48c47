"""A stream of bytes cut into packets: linear in its length, with a cap on one packet.

Above the cap a packet is thrown away, but not silently: its length and its beginning come out in its place, and the
packets behind it are read as ever.
"""

from __future__ import annotations

import msgspec

from telephony.link.packet import END, Packet

CAP = 4 << 20
"""Bytes of the longest packet that is kept (a long answer to a command is some hundred kilobytes)."""

KEPT = 2048
"""Bytes of a packet above the cap that are kept as evidence."""


class Oversize(msgspec.Struct, frozen=True):
    """A packet above the cap was here: ``size`` bytes of which ``head`` are the first."""

    size: int
    head: bytes


class Splitter:
    """Feed it what arrives; it gives the packets that are complete, in order, however the bytes were cut."""

    def __init__(self, cap: int = CAP) -> None:
        if cap < KEPT:
            raise ValueError(f"the cap of a packet is at least {KEPT} bytes")
        self._cap = cap
        self._pending = bytearray()  # the beginning of an incomplete packet, without any END in it
        self._head = b""  # of a packet above the cap, and
        self._dropped = 0  # how many of its bytes were thrown away already

    def feed(self, data: bytes) -> list[Packet | Oversize]:
        """The packets that ``data`` completes."""
        pending = self._pending
        if pending:
            # Only the seam can hold an END that neither side has; the pending bytes are not searched again.
            if END not in data and END not in bytes(pending[-3:]) + data[:3]:
                pending += data
                self._shrink()
                return []
            data = bytes(pending) + data
        *whole, rest = data.split(END)
        found: list[Packet | Oversize] = []
        for raw in whole:
            if self._dropped or len(raw) > self._cap:
                found.append(self._oversize(raw))
                continue
            clean = raw.lstrip(b"\r\n") if raw.startswith(b"\r\n") else raw
            if clean:
                found.append(Packet(clean))
        self._pending = bytearray(rest)
        self._shrink()
        return found

    @property
    def incomplete(self) -> int:
        """Bytes of a packet whose end has not come (lost when the connection ends now)."""
        return self._dropped + len(self._pending)

    def _shrink(self) -> None:
        """Of a packet above the cap only its head stays, and the last 3 bytes (they may be half an END)."""
        pending = self._pending
        if self._dropped + len(pending) > self._cap and len(pending) > 3:
            if not self._dropped:
                self._head = bytes(pending[:KEPT])
            self._dropped += len(pending) - 3
            del pending[:-3]

    def _oversize(self, raw: bytes) -> Oversize:
        size, head = self._dropped + len(raw), self._head if self._dropped else raw[:KEPT]
        self._dropped, self._head = 0, b""
        return Oversize(size=size, head=head)
