"""A key pressed in the sound stream (RFC 4733, before it RFC 2833), as most telephones do it."""

from __future__ import annotations

import re
import socket
import struct
import time

from tests.lab.sip import CALLER_ADDRESS, Caller

_EVENT, _ALAW = 101, 8
_SILENCE = b"\xd5" * 160
"""20 ms of A-law silence."""


def press(caller: Caller, key: str, exchange: str = "127.0.0.1") -> None:
    """``caller`` (who sends no sound of his own) presses ``key`` for 100 ms.

    Some packets of silence go first: the exchange gets to know where his sound comes from (strictrtp).
    """
    port = _port_of_the_exchange(caller)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind((CALLER_ADDRESS, 0))
        sequence, stamp = 1, 0

        def send(kind: int, payload: bytes, *, mark: bool = False) -> None:
            nonlocal sequence
            head = struct.pack("!BBHII", 0x80, kind | (0x80 if mark else 0), sequence, stamp, 0x51A6A112)
            line.sendto(head + payload, (exchange, port))
            sequence += 1
            time.sleep(0.02)

        for _ in range(10):
            send(_ALAW, _SILENCE)
            stamp += 160
        event = "0123456789*#".index(key)
        for n in range(8):
            over = n >= 5  # the end is sent three times (RFC 4733, 2.5.1.4)
            duration = 160 * min(n + 1, 5)
            send(_EVENT, struct.pack("!BBH", event, (0x80 if over else 0) | 10, duration), mark=n == 0)
        stamp += 800
        for _ in range(5):
            send(_ALAW, _SILENCE)
            stamp += 160


def _port_of_the_exchange(caller: Caller) -> int:
    """Where the exchange wants the caller's sound: from its answer."""
    caller.answered()
    until = time.monotonic() + 60
    while time.monotonic() < until:
        text = caller.message_file.read_text("utf-8", "replace") if caller.message_file.exists() else ""
        answers = [part for part in re.split(r"(?m)^-{10,}", text) if "SIP/2.0 200" in part and "m=audio" in part]
        if answers:
            found = re.search(r"m=audio (\d+)", answers[0])
            assert found is not None
            return int(found[1])
        time.sleep(0.02)
    raise TimeoutError("the exchange's answer names no port for sound")
